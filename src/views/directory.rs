//! Accounts with their limits, keys and what is configured, read on every request and so kept at hand.
//!
//! What is at hand is dropped as soon as the projector has passed an event of any of them,
//! here or (told by the database) on another node, and is never older than a second. That somebody
//! is unknown is never kept.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use aggregates::{UserId, quota::QuotaLimits, user::Role};
use dashmap::DashMap;
use projections::{
    AiProviderRow, ChatRow, KeyRow, PolicyRow, ProjectRow, QuotaRow, SecretRow, UserRow,
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{ViewError, Views};

/// How long a row may be at hand: so long after the views have passed a change, nobody knows what was before.
pub const FRESH: Duration = Duration::from_secs(1);
/// So many rows are kept at hand at most, of each sort.
const ROOM: usize = 10_000;

/// The rows at hand.
#[derive(Debug, Default)]
pub(super) struct Directory {
    generation: AtomicU64,
    users: DashMap<String, Kept<UserRow>>,
    names: DashMap<String, Kept<UserRow>>,
    digests: DashMap<String, Kept<KeyRow>>,
    projects: DashMap<String, Kept<ProjectRow>>,
    secrets: DashMap<String, Kept<SecretRow>>,
    providers: DashMap<String, Kept<AiProviderRow>>,
    policies: DashMap<String, Kept<PolicyRow>>,
    chats: DashMap<String, Kept<ChatRow>>,
    /// Of those, too, for whom nobody has set any.
    quotas: DashMap<String, Kept<QuotaLimits>>,
}

#[derive(Debug)]
struct Kept<T> {
    row: T,
    generation: u64,
    read: Instant,
}

impl Directory {
    /// Nothing at hand counts any more, nor what is being read at this moment.
    pub(super) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    fn find<T: Clone>(&self, among: &DashMap<String, Kept<T>>, key: &str) -> Option<T> {
        let kept = among.get(key)?;
        (kept.generation == self.generation() && kept.read.elapsed() < FRESH)
            .then(|| kept.row.clone())
    }
}

/// `generation` and `read` are from before the row was read.
fn keep<T>(among: &DashMap<String, Kept<T>>, key: &str, row: T, generation: u64, read: Instant) {
    if among.len() >= ROOM {
        among.clear();
    }
    among.insert(
        key.to_owned(),
        Kept {
            row,
            generation,
            read,
        },
    );
}

impl Views {
    /// The account with this name, without regard to case.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_by_name(&self, username: &str) -> Result<Option<UserRow>, ViewError> {
        let name = username.to_lowercase();
        self.at_hand(&self.directory.names, r#"WHERE "username_key" = $1"#, &name)
            .await
    }

    /// The account with this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user(&self, id: Uuid) -> Result<Option<UserRow>, ViewError> {
        let id = id.to_string();
        self.at_hand(&self.directory.users, r#"WHERE "user" = $1"#, &id)
            .await
    }

    /// The key with this digest (SHA-256, hexadecimal), revoked or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn key_by_digest(&self, digest: &str) -> Result<Option<KeyRow>, ViewError> {
        self.at_hand(&self.directory.digests, r#"WHERE "digest" = $1"#, digest)
            .await
    }

    /// The account with this short id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_by_short(&self, short: &str) -> Result<Option<UserRow>, ViewError> {
        let found = self.select(r#"WHERE "short" = $1"#, &[short.into()]).await;
        Ok(found?.pop())
    }

    /// The key with this short id, revoked or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn key_by_short(&self, short: &str) -> Result<Option<KeyRow>, ViewError> {
        let found = self.select(r#"WHERE "short" = $1"#, &[short.into()]).await;
        Ok(found?.pop())
    }

    /// The project with this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn project(&self, id: &str) -> Result<Option<ProjectRow>, ViewError> {
        self.at_hand(&self.directory.projects, r#"WHERE "project" = $1"#, id)
            .await
    }

    /// The secret with this id; its value is encrypted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn secret(&self, id: &str) -> Result<Option<SecretRow>, ViewError> {
        self.at_hand(&self.directory.secrets, r#"WHERE "secret" = $1"#, id)
            .await
    }

    /// The AI provider with this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ai_provider(&self, id: &str) -> Result<Option<AiProviderRow>, ViewError> {
        self.at_hand(&self.directory.providers, r#"WHERE "provider" = $1"#, id)
            .await
    }

    /// The policy with this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn policy(&self, id: &str) -> Result<Option<PolicyRow>, ViewError> {
        self.at_hand(&self.directory.policies, r#"WHERE "policy" = $1"#, id)
            .await
    }

    /// The chat with this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn chat(&self, id: &str) -> Result<Option<ChatRow>, ViewError> {
        self.at_hand(&self.directory.chats, r#"WHERE "chat" = $1"#, id)
            .await
    }

    /// A user's limits; none where nobody has set any.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn quota(&self, user: Uuid) -> Result<QuotaLimits, ViewError> {
        let id = user.to_string();
        if let Some(limits) = self.directory.find(&self.directory.quotas, &id) {
            return Ok(limits);
        }
        let (generation, read) = (self.directory.generation(), Instant::now());
        let row: Option<QuotaRow> = self.by_key(id.clone()).await?;
        let limits = row.map_or_else(QuotaLimits::default, |row| QuotaLimits {
            daily: row.daily,
            weekly: row.weekly,
            monthly: row.monthly,
        });
        keep(&self.directory.quotas, &id, limits, generation, read);
        Ok(limits)
    }

    /// Whether anybody has an account: one that was used, where the server has made it itself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_users(&self) -> Result<bool, ViewError> {
        let found: Vec<UserRow> = self.select(r#"WHERE "claimed" = 1 LIMIT 1"#, &[]).await?;
        Ok(!found.is_empty())
    }

    /// Whether this is an admin, and no other one who can log in is left without it; never from what is at hand.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_last_admin(&self, user: &UserRow) -> Result<bool, ViewError> {
        if user.role() != Role::Admin {
            return Ok(false);
        }
        let others =
            r#"WHERE "role" = 'admin' AND "disabled" = 0 AND "claimed" = 1 AND "user" <> $1"#;
        let left = self
            .count::<UserRow>(others, &[user.user.as_str().into()])
            .await?;
        Ok(left == 0)
    }

    /// Every account, oldest first; never from what is at hand.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn users(&self) -> Result<Vec<UserRow>, ViewError> {
        self.select(r#"ORDER BY "created", "user""#, &[]).await
    }

    /// Every key, oldest first; never from what is at hand.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keys(&self) -> Result<Vec<KeyRow>, ViewError> {
        self.select(r#"ORDER BY "created", "key""#, &[]).await
    }

    /// The keys of an account; never from what is at hand.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keys_of(&self, owner: UserId) -> Result<Vec<KeyRow>, ViewError> {
        self.select(r#"WHERE "owner" = $1"#, &[owner.to_string().into()])
            .await
    }

    async fn at_hand<R: projections::Row>(
        &self,
        among: &DashMap<String, Kept<R>>,
        condition: &str,
        key: &str,
    ) -> Result<Option<R>, ViewError> {
        if let Some(row) = self.directory.find(among, key) {
            return Ok(Some(row));
        }
        let (generation, read) = (self.directory.generation(), Instant::now());
        let found: Option<R> = self.select(condition, &[key.into()]).await?.pop();
        if let Some(row) = &found {
            keep(among, key, row.clone(), generation, read);
        }
        Ok(found)
    }
}
