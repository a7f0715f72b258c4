//! What webhooks are told: how far each is in the log, and a row for every event that it is told of.
//!
//! A row names its event and says nothing of it; what is told is made of the log when it is sent. So no row has to be
//! looked for when something is erased.

use uuid::Uuid;

use super::{Store, StoreError, on_either};

/// The name under which one node works for all webhooks.
pub(in crate::store) const WEBHOOKS: &str = "webhooks";

/// What is known of an event without looking into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Its place in the global order.
    pub position: u64,
    /// Microseconds since 1970.
    pub recorded_at: i64,
    /// The sort of aggregate.
    pub aggregate_type: String,
    /// Which one.
    pub aggregate_id: String,
    /// Its place in its stream.
    pub sequence: u64,
    /// Its stable name.
    pub event_type: String,
    /// The version of its shape.
    pub event_version: String,
    /// Who did it; nobody: the server.
    pub by: Option<String>,
    /// Where it says who was shown what, all that it says: the threads are in it.
    pub read: Option<String>,
}

/// How far a webhook is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookFeed {
    /// Which.
    pub webhook: String,
    /// Every event up to there has its row.
    pub position: u64,
    /// What is told once more: after the first position, up to the second.
    pub replay: Option<(u64, u64)>,
    /// Where in the log the last replay was asked for that was begun.
    pub replayed: u64,
    /// For how long its receiver has taken nothing.
    pub failing: Failing,
}

/// For how long a receiver has taken nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failing {
    /// The first failure after the last success, in microseconds since 1970.
    pub since: Option<i64>,
    /// How many there are since.
    pub times: u32,
}

/// A row to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Who is told.
    pub webhook: String,
    /// The event.
    pub position: u64,
    /// The message.
    pub id: Uuid,
    /// What sort of event it is.
    pub event_type: String,
}

/// Rows, and how far webhooks are with them.
#[derive(Clone, Debug, Default)]
pub struct DeliveryPlan {
    /// How far they are then.
    pub feeds: Vec<WebhookFeed>,
    /// Told for the first time; those that have a row keep it.
    pub fresh: Vec<NewDelivery>,
    /// Told once more, whatever became of it.
    pub again: Vec<NewDelivery>,
    /// From when on, in microseconds since 1970.
    pub due_at: i64,
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    /// The message.
    pub id: Uuid,
    /// How often it was tried.
    pub attempts: u32,
    /// The event.
    pub sign: Sign,
}

/// How far a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be sent, or sent again.
    Waiting,
    /// Taken by the receiver.
    Delivered,
    /// Given up.
    Failed,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Failed];

    /// The word it is stored as.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// How far the row is now.
    pub state: DeliveryState,
    /// When it is tried again.
    pub due_at: i64,
    /// When it was tried.
    pub tried_at: i64,
    /// The answer's status.
    pub status: Option<u16>,
    /// What went wrong: a sentence of ours.
    pub error: Option<String>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The event.
    pub position: u64,
    /// The message.
    pub id: Uuid,
    /// What sort of event it is.
    pub event_type: String,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits; in microseconds since 1970.
    pub due_at: i64,
    /// When it was tried last.
    pub tried_at: Option<i64>,
    /// The last answer's status.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
}

impl Store {
    /// Takes the work for all webhooks for so many seconds, or keeps it; whether this node has it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hold_webhooks(&self, node: Uuid, seconds: u32) -> Result<bool, StoreError> {
        let held = self.hold_subscription(WEBHOOKS, node, seconds).await?;
        Ok(held.is_some())
    }

    /// Gives the work back, if this node has it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn release_webhooks(&self, node: Uuid) -> Result<(), StoreError> {
        self.release_subscription(WEBHOOKS, node, 0).await
    }

    /// The first `limit` events after `position` and not after `last`, in global order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn signs_after(
        &self,
        position: u64,
        last: u64,
        limit: u32,
    ) -> Result<Vec<Sign>, StoreError> {
        on_either!(self, database => database.signs_after(position, last, limit).await)
    }

    /// How far all webhooks are that have begun.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn webhook_feeds(&self) -> Result<Vec<WebhookFeed>, StoreError> {
        on_either!(self, database => database.webhook_feeds().await)
    }

    /// Makes rows and says how far webhooks are with them: both or nothing. `false`: another node has the work now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn plan_deliveries(
        &self,
        node: Uuid,
        plan: &DeliveryPlan,
    ) -> Result<bool, StoreError> {
        on_either!(self, database => database.plan_deliveries(node, plan).await)
    }

    /// How many rows of a webhook wait; no more than `most` are counted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting_deliveries(&self, webhook: &str, most: u64) -> Result<u64, StoreError> {
        on_either!(self, database => database.waiting_deliveries(webhook, most).await)
    }

    /// What a webhook is to be told now, in the order in which it became due, and then in that of the log.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn due_deliveries(
        &self,
        webhook: &str,
        now: i64,
        limit: u32,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        on_either!(self, database => database.due_deliveries(webhook, now, limit).await)
    }

    /// When a webhook is to be told something next, in microseconds since 1970.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next_delivery(&self, webhook: &str) -> Result<Option<i64>, StoreError> {
        on_either!(self, database => database.next_delivery(webhook).await)
    }

    /// Notes what came of a try, if nobody else has noted it; the answer is for how long this webhook's receiver has
    /// taken nothing. Where the last failure was before `anew`, in microseconds since 1970, it is counted from this one.
    ///
    /// # Errors
    /// When the database does not answer; it is then tried again.
    pub async fn note_tried(
        &self,
        webhook: &str,
        due: &DueDelivery,
        tried: &Tried,
        anew: i64,
    ) -> Result<Failing, StoreError> {
        on_either!(self, database => database.note_tried(webhook, due, tried, anew).await)
    }

    /// The first `limit` rows of a webhook after a position, of one state or of all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn deliveries(
        &self,
        webhook: &str,
        state: Option<DeliveryState>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        on_either!(self, database => database.deliveries(webhook, state, after, limit).await)
    }

    /// Removes rows that were done before this time, at most `limit`; how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sweep_deliveries(&self, before: i64, limit: u32) -> Result<u64, StoreError> {
        on_either!(self, database => database.sweep_deliveries(before, limit).await)
    }

    /// Removes the rows of a webhook that is no more, at most `limit`, and with the last of them how far it was; how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_webhook(&self, webhook: &str, limit: u32) -> Result<u64, StoreError> {
        on_either!(self, database => database.forget_webhook(webhook, limit).await)
    }
}

/// The state of a stored row.
pub(in crate::store) fn state(name: &str) -> Result<DeliveryState, sqlx::Error> {
    DeliveryState::of(name).ok_or_else(|| sqlx::Error::Decode("a state of a delivery".into()))
}
