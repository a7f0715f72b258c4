//! `Idempotency-Key`: the same request twice happens once, and both get the answer.
//!
//! The key becomes the command's id, so the log itself refuses the second commit; what is kept is ids
//! and an HMAC of the body, never a body.

use aggregates::{CommandId, UserId};
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

/// What came of a request, this time or the first time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Once {
    /// The same each time.
    pub(crate) command: CommandId,
    /// From which on reads show it; 0 when there was nothing to do.
    pub(crate) position: u64,
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
    // A tab is let through in headers.
    if key.is_empty() || key.len() > LONGEST || key.contains('\t') {
        return Err(KeyError::Malformed);
    }
    Ok(Some(Named {
        command: CommandId(command_id(user, route, key)),
        fingerprint: api.auth.fingerprints.take(body),
    }))
}

/// The record of what the first request of this name did, if there was one.
pub(crate) async fn known<E>(api: &Api, named: Option<&Named>) -> Result<Option<CommandRecord>, E>
where
    E: From<CommandError> + From<KeyError>,
{
    match named {
        Some(named) => Ok(named.known(api).await?.transpose()?),
        None => Ok(None),
    }
}

/// What the first request of this name did to a thread, if there was one.
pub(crate) async fn recall<E>(api: &Api, named: Option<&Named>) -> Result<Option<Done>, E>
where
    E: From<CommandError> + From<KeyError>,
{
    match known::<E>(api, named).await? {
        Some(record) => Ok(Some(api.directory.replay(record).await?)),
        None => Ok(None),
    }
}

/// The origin of the command that a request makes, with a name or without.
pub(crate) fn origin(named: Option<&Named>, user: UserId) -> Origin {
    match named {
        Some(named) => named.origin(user),
        None => Origin::user(user),
    }
}

/// The id of something that a request makes: one that has a name of its own always makes the same.
pub(crate) fn id(named: Option<&Named>, what: &str) -> Uuid {
    match named {
        Some(named) => Uuid::new_v5(&named.command.0, what.as_bytes()),
        None => Uuid::now_v7(),
    }
}

/// Carries out what a request wishes; once, when it has a name: then what was done before is not done again, and what had
/// nothing to do never does anything, whatever the rules would say by now. That there was nothing to do is remembered with
/// `of`, the sort and the id of an aggregate: until that is erased.
pub(crate) async fn once<E, F, Doing>(
    api: &Api,
    named: Option<&Named>,
    by: UserId,
    of: (&str, &str),
    carry_out: F,
) -> Result<Once, E>
where
    E: From<CommandError> + From<KeyError>,
    F: FnOnce(Origin) -> Doing,
    Doing: Future<Output = Result<u64, E>>,
{
    let Some(named) = named else {
        let origin = Origin::user(by);
        let command = origin.command;
        let position = carry_out(origin).await?;
        return Ok(Once { command, position });
    };
    let command = named.command;
    let done = |position| Once { command, position };
    if let Some(record) = named.known(api).await? {
        return Ok(done(record?.position()));
    }
    let outcome = carry_out(named.origin(by)).await;
    match outcome {
        Ok(0) => named.note(api, of).await?,
        Ok(position) => return Ok(done(position)),
        Err(_) => {}
    }
    // A twin may have been faster: then there was nothing left to do, or its effect is what the rules object to.
    match named.known(api).await {
        Ok(Some(record)) => Ok(done(record?.position())),
        _ => outcome.map(done),
    }
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

    /// Remembers, with an aggregate of this sort and id, that there was nothing to do. What a twin did that was faster stays
    /// what is known.
    pub(crate) async fn note(&self, api: &Api, of: (&str, &str)) -> Result<(), CommandError> {
        let fingerprint = Some(self.fingerprint);
        api.directory
            .note_nothing(self.command, fingerprint, of)
            .await
    }

    /// The record of what the first request of this name did, if there was one.
    async fn known(
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
