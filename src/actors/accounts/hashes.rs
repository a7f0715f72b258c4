//! Hashes of passwords. Each is named by an event, by which an erasure finds it.

use aggregates::{
    UserId,
    user::{User, UserCommand},
};
use uuid::Uuid;

use super::{AccountError, Accounts, unmade};
use crate::{
    actors::{
        changes::{Change, Unchanged},
        messages::Origin,
    },
    store::Reservation,
};

impl Accounts {
    /// Keeps a hash and changes a user by a command that names it, and takes these names. Where nothing came of that, the hash
    /// goes again: no erasure would ever find it.
    ///
    /// # Errors
    /// When the change is refused, or the log cannot be reached.
    pub(super) async fn change_with(
        &self,
        user: UserId,
        hash: &str,
        command: impl FnOnce(Uuid) -> UserCommand,
        reserve: Vec<Reservation>,
        origin: Origin,
    ) -> Result<u64, AccountError> {
        let credential = Uuid::now_v7();
        self.store.put_credential(credential, hash).await?;
        let change = Change {
            reserve,
            ..Change::<User>::of(command(credential)).from(origin)
        };
        let id = user.to_string();
        let made = self.changes.make_once(&id, None, change).await;
        let is_named = match &made {
            Ok(made) => made.replayed.is_none() && made.position > 0,
            // Nobody knows whether the event is there.
            Err(Unchanged::Unavailable(_)) => true,
            Err(_) => false,
        };
        if !is_named && let Err(error) = self.store.forget_credential(credential).await {
            tracing::warn!(%error, "the hash of a password that no account has could not be removed");
        }
        Ok(made.map_err(unmade)?.position)
    }
}
