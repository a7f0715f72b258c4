//! What is written to a thread or a message that is not there: judged and recorded, then refused.

use aggregates::{
    CompletionId,
    completion::{Requested, Said, Sampling, Speaker},
    thread::{Dialect, Route},
};
use uuid::Uuid;

use super::{error::Error, request::Send};
use crate::{
    actors::{CommandError, Origin},
    auth::Principal,
    http::{Api, PATIENCE},
};

/// Records what was written, with its verdict, and that its author is `told` that it has nowhere to go.
pub(super) async fn note(
    api: &Api,
    who: &Principal,
    request: &Send,
    route: Route,
    told: &str,
) -> Result<(), Error> {
    let requested = Requested {
        completion: CompletionId(Uuid::now_v7()),
        owner: who.user,
        dialect: Dialect::Threads,
        route,
        messages: vec![Said {
            by: Speaker::User,
            text: request.input.clone(),
        }],
        sampling: Sampling::default(),
        streamed: true,
    };
    let noting = api
        .directory
        .note_misdirected(requested, told, Origin::user(who.user));
    let noted = tokio::time::timeout(PATIENCE, noting).await;
    Ok(noted.unwrap_or(Err(CommandError::Unavailable))?)
}
