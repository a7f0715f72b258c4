//! Whose something is, as the log has it: also of what was erased, which no view knows any more.

use aggregates::{UserId, case::SaidIn, completion::Completion, thread::Thread, user::User};
use cqrs_es::Aggregate;
use serde_json::Value;

use super::Trail;
use crate::store::{EventFilter, StoreError};

impl Trail {
    /// Whose this is, and whose it was: a conversation that was erased and begun anew may have been somebody else's.
    /// Nobody's is what was never there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn owners(&self, said_in: SaidIn) -> Result<Vec<UserId>, StoreError> {
        let begun = match said_in {
            SaidIn::Thread(_) => "thread.opened",
            SaidIn::Completion(_) => "completion.requested",
        };
        let filter = EventFilter {
            types: vec![begun.to_owned()],
            said_in: Some(said_in),
            ..EventFilter::default()
        };
        let head = self.head().await?;
        let page = self.events(&filter, 0, head, u32::MAX).await?;
        let owners = page.events.iter().filter_map(|event| {
            // Its content is sealed; whose it is, is not.
            let said: Value = serde_json::from_str(&event.payload).ok()?;
            said[begun]["owner"].as_str()?.parse().ok()
        });
        let mut owners: Vec<UserId> = owners.collect();
        owners.sort_unstable();
        owners.dedup();
        Ok(owners)
    }

    /// Whether it was ever there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_known(&self, said_in: SaidIn) -> Result<bool, StoreError> {
        let (kind, id) = match said_in {
            SaidIn::Thread(thread) => (Thread::TYPE, thread.to_string()),
            SaidIn::Completion(completion) => (Completion::TYPE, completion.to_string()),
        };
        Ok(self.store.last_sequence(kind, &id).await? > 0)
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
