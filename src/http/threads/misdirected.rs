//! What is written to a thread or a message that is not there: judged and recorded, then refused.

use aggregates::{
    CompletionId,
    completion::{Requested, Said, Sampling, Speaker},
    thread::{Dialect, Route},
};

use super::{error::Error, request::Send};
use crate::{
    actors::{CommandError, Origin},
    auth::Principal,
    http::{
        Api, PATIENCE,
        idempotency::{self, Named},
    },
};

/// Records what was written, with its verdict, and that its author is `told` that it has nowhere to go; once, however
/// often it is sent by the same name.
pub(super) async fn note(
    api: &Api,
    who: &Principal,
    request: &Send,
    route: Route,
    named: Option<&Named>,
    told: &str,
) -> Result<(), Error> {
    let requested = Requested {
        completion: CompletionId(idempotency::id(named, "misdirected")),
        owner: who.user,
        dialect: Dialect::Threads,
        route,
        messages: vec![Said::words(Speaker::User, request.input.clone())],
        sampling: Sampling::default(),
        streamed: true,
    };
    let noting = api
        .directory
        .note_misdirected(requested, told, Origin::user(who.user));
    let noted = tokio::time::timeout(PATIENCE, noting).await;
    match noted.unwrap_or(Err(CommandError::Unavailable)) {
        // It was noted when it came first.
        Ok(()) | Err(CommandError::LongAgo) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
