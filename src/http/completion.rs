//! An answer without a thread, in whichever dialect it is asked for: made durable once, followed from anywhere, and ended
//! when whoever waits for it has left.

use aggregates::{
    CompletionId, TurnId, UserId,
    completion::{Requested, Said, Sampling, Speaker},
    thread::{Dialect, Route},
};
use http::HeaderMap;

use super::{
    Api, PATIENCE,
    follow::{Cursor, Follower},
    idempotency::{self, KeyError, Named},
};
use crate::{
    actors::{Begun, CommandError, Embedder, Foreign},
    auth::{Principal, Via},
    views::ViewError,
};

/// Bytes that the texts of a question may have together, as they are written in JSON: less than one event holds.
pub(crate) const MOST_TEXT: usize = 3 << 20;
/// Messages of one question.
pub(crate) const MOST_MESSAGES: usize = 2_048;

/// Who is to answer.
#[derive(Debug)]
pub(crate) enum Whom {
    /// A provider of the operator's, or who stands in for it.
    Configured(Route),
    /// A project's provider, and nobody else.
    Foreign(Foreign),
}

impl Whom {
    /// The provider's name and its model.
    pub(crate) fn route(&self) -> &Route {
        match self {
            Self::Configured(route) => route,
            Self::Foreign(foreign) => foreign.route(),
        }
    }

    /// The same one, asked for vectors; `None`: it makes none.
    pub(crate) fn embedder(&self, api: &Api) -> Option<Embedder> {
        match self {
            Self::Configured(route) => api.directory.embedder(route),
            Self::Foreign(foreign) => foreign.embedder(),
        }
    }

    /// Which of these parameters cannot be passed on.
    pub(crate) fn lacks(&self, api: &Api, sampling: &Sampling) -> Option<&'static str> {
        match self {
            Self::Configured(route) => api.directory.lacks(route, sampling),
            Self::Foreign(foreign) => foreign.lacks(sampling),
        }
    }

    /// Whether a model that may be asked sees images.
    pub(crate) fn reads_images(&self, api: &Api) -> bool {
        match self {
            Self::Configured(route) => api.directory.reads_images(route),
            Self::Foreign(foreign) => foreign.reads_images(),
        }
    }
}

/// What is to be answered.
pub(crate) struct Question {
    pub(crate) dialect: Dialect,
    pub(crate) whom: Whom,
    pub(crate) messages: Vec<Said>,
    pub(crate) sampling: Sampling,
    /// The answer is shown while it is written.
    pub(crate) streamed: bool,
}

/// An answer that is being made, or was.
#[derive(Clone, Debug)]
pub(crate) struct Answering {
    pub(crate) id: CompletionId,
    /// Seconds since 1970.
    pub(crate) created: i64,
    /// The provider that was to be asked first.
    pub(crate) route: Route,
    /// What moderation took out of the question.
    pub(crate) warning: Option<String>,
    /// Of the commit that asked.
    pub(crate) position: u64,
}

impl Answering {
    fn of(id: CompletionId, route: Route, begun: Begun) -> Self {
        Self {
            id,
            created: begun.recorded_at / 1_000_000,
            route,
            warning: begun.warning,
            position: begun.position,
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The request's name.
    Key(KeyError),
    /// The log.
    Command(CommandError),
    /// What can be read of it.
    View(ViewError),
    /// What the request made was deleted since.
    Gone,
    /// It is made, and cannot be followed at the moment.
    Lost,
}

impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<CommandError> for Fault {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}

impl From<ViewError> for Fault {
    fn from(error: ViewError) -> Self {
        Self::View(error)
    }
}

/// What the first request of this name has begun, if there was one.
pub(crate) async fn known(api: &Api, named: Option<&Named>) -> Result<Option<Answering>, Fault> {
    match idempotency::known::<Fault>(api, named).await? {
        None => Ok(None),
        Some(record) => recalled(api, id(named), record.position()).await.map(Some),
    }
}

/// Makes the question durable, exactly once, and has it answered; what was kept for one that did not come about goes. A
/// request with a name goes on without whoever asked: they may come back.
pub(crate) async fn begin(
    api: &Api,
    who: UserId,
    question: Question,
    named: Option<&Named>,
) -> Result<(Answering, Option<Leash>), Fault> {
    let id = id(named);
    // Held from before the beginning: whoever asked may leave at any time.
    let leash = named.is_none().then(|| Leash {
        api: api.clone(),
        turn: id.turn(),
    });
    let route = question.whom.route().clone();
    let requested = Requested {
        completion: id,
        owner: who,
        dialect: question.dialect,
        route: route.clone(),
        messages: question.messages,
        sampling: question.sampling,
        streamed: question.streamed,
    };
    let attached = requested.messages.iter();
    let attached: Vec<_> = attached.flat_map(|said| said.attachments.clone()).collect();
    let foreign = match question.whom {
        Whom::Configured(_) => None,
        Whom::Foreign(foreign) => Some(foreign),
    };
    let origin = idempotency::origin(named, who);
    let completing = api
        .directory
        .complete(requested, foreign, origin, named.is_none());
    let begun = tokio::time::timeout(PATIENCE, completing)
        .await
        .unwrap_or(Err(CommandError::Unavailable));
    if !begun.as_ref().is_ok_and(|begun| begun.replayed.is_none()) {
        for attachment in &attached {
            api.directory.detach(attachment).await;
        }
    }
    let begun = begun?;
    let answering = match (begun.replayed.clone(), named) {
        // Its twin was faster.
        (Some(record), Some(named)) => {
            let record = named.check(record)?;
            recalled(api, id, record.position()).await?
        }
        _ => Answering::of(id, route, begun),
    };
    Ok((answering, leash))
}

/// A route's name for `Idempotency-Key`. What a key that may do less than its owner has asked, others do not repeat, nor
/// the other way round.
pub(crate) fn route(who: &Principal, route: &str) -> String {
    match who.via {
        Via::Key(key) if who.is_limited() => format!("{route} by {key}"),
        _ => route.to_owned(),
    }
}

/// A request with a name has an id that follows from it.
fn id(named: Option<&Named>) -> CompletionId {
    CompletionId(idempotency::id(named, "completion"))
}

async fn recalled(api: &Api, id: CompletionId, position: u64) -> Result<Answering, Fault> {
    let record = api.directory.completion(id).await;
    match record.map_err(CommandError::from)? {
        Some(record) if !record.erased => Ok(Answering {
            id,
            created: record.requested_at / 1_000_000,
            route: record.route,
            warning: record.warning,
            position,
        }),
        _ => Err(Fault::Gone),
    }
}

/// Follows the answer, from where an earlier stream of it broke off.
pub(crate) async fn follow(
    api: &Api,
    answering: &Answering,
    headers: &HeaderMap,
) -> Result<Follower, Fault> {
    let at = resume_at(headers, answering.id.turn());
    let follower = Follower::start_alone(api, answering.id, at).await?;
    follower.ok_or(Fault::Lost)
}

/// Whoever asked waits: when this is dropped before the end, the answer ends.
pub(crate) struct Leash {
    api: Api,
    turn: TurnId,
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.api.directory.leave_completion(self.turn);
    }
}

/// The beginning, or where an earlier stream of this answer broke off.
pub(crate) fn resume_at(headers: &HeaderMap, turn: TurnId) -> Cursor {
    let told = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse::<Cursor>().ok());
    told.filter(|at| at.turn == turn).unwrap_or(Cursor {
        turn,
        text: 0,
        reasoning: 0,
    })
}

/// How to behave comes first: as the messages say it, else `otherwise`. What is said of it is never lost.
pub(crate) fn behaving(messages: Vec<Said>, otherwise: Option<String>) -> Vec<Said> {
    let is_system = |said: &Said| said.by == Speaker::System;
    let (mut first, rest): (Vec<_>, Vec<_>) = messages.into_iter().partition(is_system);
    if first.is_empty() {
        first.extend(otherwise.map(|text| Said::words(Speaker::System, text)));
    }
    // An empty one has replaced what is stored, and says nothing more.
    first.retain(|said| !said.text.is_empty());
    first.extend(rest);
    first
}

/// Bytes that a text takes in a question.
pub(crate) fn size(text: &str) -> usize {
    serde_json::to_string(text).map_or(0, |text| text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_messages_say_of_behaviour_replaces_what_is_stored() {
        use Speaker::{System, User};
        let stored = || Some("stored".to_owned());
        let asked = || Said::words(User, "hi");
        assert_eq!(
            behaving(vec![asked()], stored()),
            [Said::words(System, "stored"), asked()]
        );
        assert_eq!(behaving(vec![asked()], None), [asked()]);
        let two = vec![Said::words(System, "a"), asked(), Said::words(System, "b")];
        assert_eq!(
            behaving(two, stored()),
            [Said::words(System, "a"), Said::words(System, "b"), asked()]
        );
        assert_eq!(
            behaving(vec![Said::words(System, ""), asked()], stored()),
            [asked()]
        );
    }
}
