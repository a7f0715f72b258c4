//! Claims, decisions and comments, one case at a time.

use std::str::FromStr;

use aggregates::{
    MessageId, UserId,
    case::{Case, CaseAction, CaseCommand, CaseRefusal, Claiming, Decision, Restricts, SaidIn},
    user::Role,
};
use cqrs_es::Aggregate;
use http::{HeaderMap, StatusCode};
use uuid::Uuid;
use warp::reply::Response;

use super::{
    access::{CLAIM, DECIDE, GET, OVERTURN, Reviewer, case, flagged, no_case, owner},
    cases, reply,
    request::{self, DECISIONS, Decided},
};
use crate::{
    actors::{CaseError, CommandError, Origin},
    auth::Principal,
    clock,
    http::{
        Api, READ_YOUR_WRITES,
        idempotency::{self, KeyError, Named},
        threads::{error::Error, request::BodyFields},
    },
    views::{CaseRow, Freshness, MessageStatus},
};

/// How long a claim lasts, in microseconds.
const LEASE: i64 = 15 * 60 * 1_000_000;
/// A day, in microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The last part of `POST /api/moderation/cases/{uuid}/…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Claim,
    Release,
    Decide,
    Overturn,
    Comment,
}

/// Their words.
pub(super) const ACTIONS: [(&str, Action); 5] = [
    ("claim", Action::Claim),
    ("release", Action::Release),
    ("decide", Action::Decide),
    ("overturn", Action::Overturn),
    ("comment", Action::Comment),
];

impl Action {
    /// What policies call it.
    fn right(self) -> &'static str {
        match self {
            Self::Claim | Self::Release => CLAIM,
            Self::Decide => DECIDE,
            Self::Overturn => OVERTURN,
            Self::Comment => GET,
        }
    }
}

impl FromStr for Action {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let found = ACTIONS.iter().find(|(name, _)| *name == word);
        found.map(|(_, action)| *action).ok_or(())
    }
}

/// `POST /api/moderation/cases/{uuid}/{action}`
pub(super) async fn act(
    api: Api,
    who: Principal,
    id: Option<Uuid>,
    action: Action,
    headers: &HeaderMap,
    body: &BodyFields,
) -> Result<Response, Error> {
    let reviewer = Reviewer::of(&api, who).await?;
    let right = action.right();
    reviewer.may_some(right)?;
    let wish = wish(&reviewer, action, body)?;
    let (id, row) = case(&api, id).await?;
    // Whoever does something with a case is shown it.
    reviewer.may(&api, &[GET, right], &row).await?;
    let who = &reviewer.who;
    let route = format!("POST /api/moderation/cases/{id}/{action:?}");
    let named = named(&api, headers, who, &route, body)?;
    let effective = wish.has_an_effect(&row);
    let position = match wish {
        Wish::Decide(decided) => decide(&api, &reviewer, id, &row, decided, named.as_ref()).await?,
        Wish::Plain(action) => change(&api, who, id, &row, action, named.as_ref()).await?,
    };
    let seen = seen(&api, position, effective);
    if !effective {
        return cases::changed(&api, who, id, &row, seen).await;
    }
    let fresh = seen.await?;
    let row = api.views.case(id.0).await?.ok_or_else(no_case)?;
    cases::answered(&api, who, id, &row, fresh).await
}

/// What is wanted of a case.
enum Wish {
    Plain(CaseAction),
    Decide(Decided),
}

impl Wish {
    /// Whether more is to be seen then than another state of the case.
    fn has_an_effect(&self, row: &CaseRow) -> bool {
        let stood = || effective(row.decision.as_deref());
        match self {
            Self::Decide(decided) => decided.decision.has_an_effect() || stood(),
            Self::Plain(CaseAction::Overturn { .. }) => stood(),
            Self::Plain(_) => false,
        }
    }
}

/// Whether something follows from a decision of this name.
pub(super) fn effective(decision: Option<&str>) -> bool {
    let known = DECISIONS
        .into_iter()
        .find(|known| Some(known.as_str()) == decision);
    known.is_some_and(Decision::has_an_effect)
}

/// Waits until what was decided is seen, and what follows from it.
pub(super) async fn seen(api: &Api, position: u64, effective: bool) -> Result<Freshness, Error> {
    if effective {
        let done = api.cases.have_taken_effect(position, READ_YOUR_WRITES);
        if !done.await {
            return Ok(Freshness::Stale);
        }
        return Ok(api.views.catch_up(READ_YOUR_WRITES).await?);
    }
    Ok(api.views.wait_for(position, READ_YOUR_WRITES).await)
}

fn wish(reviewer: &Reviewer, action: Action, body: &BodyFields) -> Result<Wish, Error> {
    Ok(Wish::Plain(match action {
        Action::Claim => claim(match taking(reviewer, body)? {
            true => Claiming::Steal,
            false => Claiming::Own,
        }),
        Action::Release => CaseAction::Release {
            steal: taking(reviewer, body)?,
        },
        Action::Decide => return Ok(Wish::Decide(request::decision(body)?)),
        Action::Overturn => CaseAction::Overturn {
            reason: request::reason(body)?,
            own_too: reviewer.is_staff(),
        },
        Action::Comment => CaseAction::Comment {
            text: request::text(body)?,
        },
    }))
}

/// Has a case decided, where what is decided can take effect.
pub(super) async fn decide(
    api: &Api,
    reviewer: &Reviewer,
    id: MessageId,
    row: &CaseRow,
    decided: Decided,
    named: Option<&Named>,
) -> Result<u64, Error> {
    // Nobody decides what they may not read.
    reviewer.may(api, &[GET, DECIDE], row).await?;
    let who = &reviewer.who;
    not_ones_own(api, row, who).await?;
    if status(api, id, row).await? == MessageStatus::Generating {
        let sentence = "This answer is still being written.";
        return Err(Error::detail(StatusCode::CONFLICT, sentence));
    }
    if decided.decision == Decision::HideThread && row.thread.is_none() {
        let sentence = "This belongs to no conversation that could be hidden; redact it, or restrict its author.";
        return Err(Error::detail(StatusCode::CONFLICT, sentence));
    }
    let restricts = match decided.decision {
        Decision::Dismiss | Decision::Confirm | Decision::HideThread | Decision::Redact => None,
        Decision::RestrictUser => Some(Restricts {
            user: author(api, row).await?,
            until: clock::now_micros().saturating_add(DAY * decided.days.cast_signed()),
        }),
    };
    let action = CaseAction::Decide {
        decision: decided.decision,
        reason: decided.reason,
        policy: decided.policy,
        restricts,
    };
    carry_out(api, who, id, row, action, named).await
}

/// How far what was said is.
async fn status(api: &Api, id: MessageId, row: &CaseRow) -> Result<MessageStatus, Error> {
    let status = match row.said_in().ok_or_else(no_case)? {
        SaidIn::Thread(thread) => match api.views.message(id.0).await? {
            Some(said) => Some(said.status),
            // What came with a wish for another answer is no message: the log has it, as a whole.
            None => {
                let said = api.directory.as_written(thread, id).await;
                let said = said.map_err(CommandError::from)?;
                said.map(|_| MessageStatus::Sent)
            }
        },
        SaidIn::Completion(completion) => {
            let row = api.views.completion(completion.0).await?;
            row.map(|row| row.status)
        }
    };
    status.ok_or_else(no_case)
}

/// Whose conversation it is, who can be kept from writing.
async fn author(api: &Api, row: &CaseRow) -> Result<UserId, Error> {
    let owner = owner(api, row).await?;
    let owner: UserId = owner.ok_or_else(no_case)?.parse().map_err(Error::broken)?;
    match api.views.user(owner.0).await? {
        Some(user) if user.role() == Role::User => Ok(owner),
        Some(_) => Err(Error::detail(
            StatusCode::FORBIDDEN,
            "Only users can be restricted: this is the conversation of somebody with another role.",
        )),
        None => Err(Error::detail(
            StatusCode::CONFLICT,
            "The account that this conversation belonged to has ended.",
        )),
    }
}

pub(super) fn claim(how: Claiming) -> CaseAction {
    CaseAction::Claim {
        until: clock::now_micros().saturating_add(LEASE),
        how,
    }
}

/// Only staff take a case from somebody.
fn taking(reviewer: &Reviewer, body: &BodyFields) -> Result<bool, Error> {
    let steal = request::steal(body)?;
    match steal && !reviewer.is_staff() {
        true => Err(Error::detail(
            StatusCode::FORBIDDEN,
            "Only staff may take a case from another moderator.",
        )),
        false => Ok(steal),
    }
}

/// The request's own name, if it has one.
pub(super) fn named(
    api: &Api,
    headers: &HeaderMap,
    who: &Principal,
    route: &str,
    body: &BodyFields,
) -> Result<Option<Named>, Error> {
    let written = body.as_json();
    Ok(idempotency::named(api, headers, who.user, route, &written)?)
}

/// Has the case changed, under the request's own name where it has one.
pub(super) async fn change(
    api: &Api,
    who: &Principal,
    id: MessageId,
    row: &CaseRow,
    action: CaseAction,
    named: Option<&Named>,
) -> Result<u64, Error> {
    let anybodys = matches!(
        action,
        CaseAction::Report { .. } | CaseAction::Appeal { .. }
    );
    if !anybodys {
        not_ones_own(api, row, who).await?;
    }
    carry_out(api, who, id, row, action, named).await
}

/// The same of somebody who may change it.
async fn carry_out(
    api: &Api,
    who: &Principal,
    id: MessageId,
    row: &CaseRow,
    action: CaseAction,
    named: Option<&Named>,
) -> Result<u64, Error> {
    let command = CaseCommand {
        by: who.user,
        now: clock::now_micros(),
        flagged: flagged(row)?,
        action,
    };
    let change = move |origin: Origin| async move {
        match api.cases.change(id, command, origin).await {
            Ok(position) => Ok(position),
            Err(CaseError::Refused(refusal)) => Err(refused(api, refusal).await?),
            Err(CaseError::OtherRequest) => Err(KeyError::OtherBody.into()),
            Err(CaseError::Unavailable) => Err(Error::Busy(
                "The case cannot be changed at the moment; try again.".into(),
            )),
            Err(CaseError::Fault(fault)) => Err(Error::broken(fault)),
        }
    };
    let case = id.to_string();
    let changed = idempotency::once(api, named, who.user, (Case::TYPE, &case), change);
    Ok(changed.await?.position)
}

/// Nobody reviews their own conversation, nor sees what others make of it.
pub(super) async fn not_ones_own(api: &Api, row: &CaseRow, who: &Principal) -> Result<(), Error> {
    match is_of(api, row, who).await? {
        true => Err(Error::detail(
            StatusCode::FORBIDDEN,
            "This conversation is yours: another moderator has to look at it.",
        )),
        false => Ok(()),
    }
}

/// Whether the case is about somebody's own conversation.
pub(super) async fn is_of(api: &Api, row: &CaseRow, who: &Principal) -> Result<bool, Error> {
    // Whose it is must be known before anybody is shown it.
    match owner(api, row).await? {
        Some(owner) => Ok(owner == who.user.to_string()),
        None => Err(Error::Busy(
            "Whose conversation this is, is not known at the moment; try again.".into(),
        )),
    }
}

async fn refused(api: &Api, refusal: CaseRefusal) -> Result<Error, Error> {
    let sentence = match refusal {
        CaseRefusal::Held(holder) => {
            let holder = holder.to_string();
            let people = api.views.users_by_id([holder.clone()]).await?;
            let name = match reply::username(&holder, &people) {
                "" => "A deleted account",
                name => name,
            };
            format!("{name} works on this case.")
        }
        CaseRefusal::OwnDecision => {
            let sentence = "The decision was yours: another moderator has to look at it.";
            return Ok(Error::detail(StatusCode::FORBIDDEN, sentence));
        }
        CaseRefusal::DecidedFirst => {
            let sentence = "You decided first, and that was appealed against: another moderator has to look at it.";
            return Ok(Error::detail(StatusCode::FORBIDDEN, sentence));
        }
        CaseRefusal::Decided => "This case is decided; overturn the decision first.".to_owned(),
        CaseRefusal::NotDecided => "This case is not decided.".to_owned(),
        CaseRefusal::Appealed => "This case was appealed against before.".to_owned(),
        CaseRefusal::Erased => return Ok(no_case()),
        CaseRefusal::TooMany(what) => format!("This case has too many {what}."),
    };
    Ok(Error::detail(StatusCode::CONFLICT, sentence))
}
