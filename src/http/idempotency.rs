//! `Idempotency-Key`: the same request twice happens once, and both get the answer.
//!
//! The key becomes the command's id, so the log itself refuses the second commit; what is kept is ids
//! and an HMAC of the body, never a body.

use aggregates::{CommandId, ThreadId, UserId};
use http::HeaderMap;
use uuid::Uuid;

use super::Api;
use crate::{
    actors::{CommandError, CommandRecord, Done, Origin},
    auth::idempotency::command_id,
};

/// A header that is longer than this is refused.
const LONGEST: usize = 255;

/// A request's name, as its client chose it.
pub(crate) struct Named {
    pub(crate) command: CommandId,
    fingerprint: [u8; 32],
}

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// Empty, too long or not printable ASCII.
    Malformed,
    /// The same key came with another body before.
    OtherBody,
}

/// The request's name, if it has one.
pub(crate) fn named(
    api: &Api,
    headers: &HeaderMap,
    user: UserId,
    route: &str,
    body: &[u8],
) -> Result<Option<Named>, KeyError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().map_err(|_| KeyError::Malformed)?.trim();
    if key.is_empty() || key.len() > LONGEST {
        return Err(KeyError::Malformed);
    }
    Ok(Some(Named {
        command: CommandId(command_id(user, route, key)),
        fingerprint: api.auth.fingerprints.take(body),
    }))
}

impl Named {
    /// Whether this is what was done under the name before.
    pub(crate) fn same(&self, fingerprint: Option<[u8; 32]>) -> Result<(), KeyError> {
        match fingerprint == Some(self.fingerprint) {
            true => Ok(()),
            false => Err(KeyError::OtherBody),
        }
    }

    /// A part of what the request does, that is done once as well.
    pub(crate) fn part(&self, what: &[u8]) -> Self {
        Self {
            command: CommandId(Uuid::new_v5(&self.command.0, what)),
            fingerprint: self.fingerprint,
        }
    }

    /// The origin of the command this request makes.
    pub(crate) fn origin(&self, user: UserId) -> Origin {
        Origin {
            command: self.command,
            fingerprint: Some(self.fingerprint),
            ..Origin::user(user)
        }
    }

    /// The same of somebody who is nobody yet.
    pub(crate) fn origin_of_nobody(&self) -> Origin {
        Origin {
            command: self.command,
            fingerprint: Some(self.fingerprint),
            ..Origin::server()
        }
    }

    /// What the first request of this name did, if there was one.
    pub(crate) async fn recall(
        &self,
        api: &Api,
    ) -> Result<Option<Result<Done, KeyError>>, CommandError> {
        match self.known(api).await? {
            None => Ok(None),
            Some(Err(error)) => Ok(Some(Err(error))),
            Some(Ok(record)) => {
                let done = api.directory.replay(record).await?;
                Ok(Some(Ok(done)))
            }
        }
    }

    /// Remembers that there was nothing to do in this thread. The answer is what is remembered: a twin may have been faster.
    pub(crate) async fn note(
        &self,
        api: &Api,
        thread: ThreadId,
    ) -> Result<Option<Result<Done, KeyError>>, CommandError> {
        let noted = api
            .directory
            .note_nothing(self.command, Some(self.fingerprint), thread);
        noted.await?;
        self.recall(api).await
    }

    /// The record of what the first request of this name did, if there was one.
    pub(crate) async fn known(
        &self,
        api: &Api,
    ) -> Result<Option<Result<CommandRecord, KeyError>>, CommandError> {
        let record = api.directory.recall(self.command).await?;
        Ok(record.map(|record| self.check(record)))
    }

    /// Whether the record is that of this very request.
    pub(crate) fn check(&self, record: CommandRecord) -> Result<CommandRecord, KeyError> {
        self.same(record.fingerprint).map(|()| record)
    }
}
