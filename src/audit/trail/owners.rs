//! Whose something is, as the log has it: also of what was erased, which no view knows any more.

use aggregates::{UserId, case::SaidIn, completion::Completion, thread::Thread, user::User};
use cqrs_es::Aggregate;
use serde_json::Value;

use super::Trail;
use crate::store::StoreError;

/// So many conversations and completions are known at most.
const ROOM: usize = 10_000;

/// Whose something is, and whose it was, as far as its stream was read. The log is never changed: what was read is not
/// read again by those who ask every second.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    owners: Vec<UserId>,
    /// The last event that was looked at.
    sequence: u64,
}

impl Trail {
    /// Whose this is, and whose it was: a conversation that was erased and begun anew may have been somebody else's.
    /// Nobody's is what was never there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn owners(&self, said_in: SaidIn) -> Result<Vec<UserId>, StoreError> {
        let known = self.owners.get(&said_in).map(|known| known.value().clone());
        let mut known = known.unwrap_or_default();
        let last = self.last_of(said_in).await?;
        if last <= known.sequence {
            return Ok(known.owners);
        }
        let begun = match said_in {
            SaidIn::Thread(_) => "thread.opened",
            SaidIn::Completion(_) => "completion.requested",
        };
        let (kind, id) = stream(said_in);
        let new = self.store.read_named(kind, &id, begun, known.sequence);
        known.owners.extend(new.await?.iter().filter_map(|event| {
            // Its content is sealed; whose it is, is not.
            let said: Value = serde_json::from_str(&event.payload).ok()?;
            said[begun]["owner"].as_str()?.parse::<UserId>().ok()
        }));
        known.owners.sort_unstable();
        known.owners.dedup();
        known.sequence = last;
        if self.owners.len() >= ROOM {
            self.owners.clear();
        }
        self.owners.insert(said_in, known.clone());
        Ok(known.owners)
    }

    /// Whether it was ever there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_known(&self, said_in: SaidIn) -> Result<bool, StoreError> {
        Ok(self.last_of(said_in).await? > 0)
    }

    async fn last_of(&self, said_in: SaidIn) -> Result<u64, StoreError> {
        let (kind, id) = stream(said_in);
        self.store.last_sequence(kind, &id).await
    }

    /// Whether there was ever such an account.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn knows_user(&self, user: UserId) -> Result<bool, StoreError> {
        let user = user.to_string();
        Ok(self.store.last_sequence(User::TYPE, &user).await? > 0)
    }
}

/// The type and the id of the aggregate.
fn stream(said_in: SaidIn) -> (&'static str, String) {
    match said_in {
        SaidIn::Thread(thread) => (Thread::TYPE, thread.to_string()),
        SaidIn::Completion(completion) => (Completion::TYPE, completion.to_string()),
    }
}
