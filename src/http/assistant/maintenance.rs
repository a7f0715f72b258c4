//! What is done to a whole conversation: cut, restored, archived, stopped, deleted; each once for its
//! `Idempotency-Key`.

use std::str::FromStr;

use aggregates::{
    ThreadId,
    thread::{Refusal, StopReason, Thread, ThreadCommand, ThreadEvent},
};
use bytes::Bytes;
use cqrs_es::Aggregate;
use http::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;
use warp::reply::Response;

use super::{error::Error, name::Conversation, reply, request};
use crate::{
    actors::{CommandError, Done, Origin},
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES,
        idempotency::{self, Named},
    },
};

/// Tries to decide something at the very state that was looked at.
const LOOKS: u32 = 8;

/// The last part of `POST /api/chat/conversations/{id}/…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Truncate,
    Rewind,
    Restore,
    Archive,
    Unarchive,
    Stop,
}

pub(super) const ACTIONS: [(&str, Action); 6] = [
    ("truncate", Action::Truncate),
    ("rewind", Action::Rewind),
    ("restore", Action::Restore),
    ("archive", Action::Archive),
    ("unarchive", Action::Unarchive),
    ("stop", Action::Stop),
];

impl Action {
    /// The others take no body, and what is sent is not read.
    pub(super) fn takes_a_body(self) -> bool {
        matches!(self, Self::Truncate | Self::Rewind)
    }
}

impl FromStr for Action {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let found = ACTIONS.iter().find(|(name, _)| *name == word);
        found.map(|(_, action)| *action).ok_or(())
    }
}

/// `POST /api/chat/conversations/{id}/{action}`
pub(super) async fn act(
    api: Api,
    who: Principal,
    headers: HeaderMap,
    id: String,
    action: Action,
    body: Bytes,
) -> Result<Response, Error> {
    let conversation = Conversation::in_path(who.user, &id)?;
    let wish = match action {
        Action::Truncate => Wish::Keep(request::keep_count(&body)?),
        Action::Rewind => Wish::Before(request::message_id(&body)?),
        Action::Restore => Wish::Everything,
        Action::Archive => Wish::plain(ThreadCommand::Archive),
        Action::Unarchive => Wish::plain(ThreadCommand::Unarchive),
        Action::Stop => Wish::plain(ThreadCommand::RequestStop {
            turn: None,
            reason: StopReason::Asked,
        }),
    };
    let route = format!(
        "POST /api/chat/conversations/{}/{action:?}",
        conversation.id
    );
    let task = Task {
        named: idempotency::named(&api, &headers, who.user, &route, &body)?,
        api: &api,
        who: &who,
        thread: conversation.thread,
    };
    let outcome = match task.carry_out(&wish).await {
        // What does not exist has nothing that runs.
        Err(Error::Refused(Refusal::NotOpen)) if action == Action::Stop => task.nothing(0).await?,
        outcome => outcome?,
    };
    let (done, visible) = match outcome {
        Outcome::Done(done) => (Some(done), 0),
        Outcome::Nothing { visible } => (None, visible),
    };
    let events = done.as_ref().map_or(&[][..], |done| &done.events);
    let value = match action {
        Action::Truncate => {
            let (kept, deleted) = truncated(events).unwrap_or((visible, 0));
            json!({ "ok": true, "conversation_id": conversation.id, "keep_count": kept, "deleted": deleted })
        }
        Action::Rewind => {
            json!({ "ok": true, "conversation_id": conversation.id, "deleted": rewound(events) })
        }
        Action::Restore => json!({ "ok": true, "restored": restored(events) }),
        Action::Archive | Action::Unarchive => json!({ "ok": true }),
        Action::Stop => json!({ "ok": true, "stopped": !events.is_empty() }),
    };
    Ok(answer(&api, &value, done.as_ref()).await)
}

/// `DELETE /api/chat/conversations/{id}`
pub(super) async fn delete(
    api: Api,
    who: Principal,
    headers: HeaderMap,
    id: String,
) -> Result<Response, Error> {
    let conversation = Conversation::in_path(who.user, &id)?;
    let route = format!("DELETE /api/chat/conversations/{}", conversation.id);
    let task = Task {
        named: idempotency::named(&api, &headers, who.user, &route, b"")?,
        api: &api,
        who: &who,
        thread: conversation.thread,
    };
    let outcome = task
        .carry_out(&Wish::plain(ThreadCommand::RequestErasure))
        .await?;
    let done = match outcome {
        Outcome::Done(done) => Some(done),
        Outcome::Nothing { .. } => None,
    };
    Ok(answer(&api, &json!({ "ok": true }), done.as_ref()).await)
}

async fn answer(api: &Api, value: &Value, done: Option<&Done>) -> Response {
    let position = done.map_or(0, |done| done.position);
    let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
    reply::ok(value, position, fresh)
}

fn truncated(events: &[ThreadEvent]) -> Option<(u64, u64)> {
    events.iter().find_map(|event| match event {
        ThreadEvent::HistoryTruncated { deleted, kept, .. } => Some((*kept, *deleted)),
        _ => None,
    })
}

fn rewound(events: &[ThreadEvent]) -> u64 {
    let deleted = events.iter().find_map(|event| match event {
        ThreadEvent::HistoryRewound { deleted, .. } => Some(*deleted),
        _ => None,
    });
    deleted.unwrap_or(0)
}

fn restored(events: &[ThreadEvent]) -> u64 {
    let restored = events.iter().find_map(|event| match event {
        ThreadEvent::HistoryRestored { restored, .. } => Some(*restored),
        _ => None,
    });
    restored.unwrap_or(0)
}

/// What somebody wants of a conversation.
enum Wish {
    /// Only its last messages.
    Keep(u64),
    /// Only what came before this message.
    Before(Uuid),
    /// All that was cut.
    Everything,
    /// Something that rests on no look.
    Plain(Box<ThreadCommand>),
}

impl Wish {
    fn plain(command: ThreadCommand) -> Self {
        Self::Plain(Box::new(command))
    }
}

enum Outcome {
    Done(Done),
    /// There was nothing to do; so many messages there are.
    Nothing {
        visible: u64,
    },
}

/// A command with what it rests on: how far the thread had come when that was looked up.
enum Look {
    Command(Box<ThreadCommand>, Option<u64>),
    Nothing { visible: u64 },
}

impl Look {
    /// How many messages there are, where that was counted.
    fn visible(&self) -> u64 {
        match self {
            Self::Nothing { visible } => *visible,
            Self::Command(command, _) => match **command {
                ThreadCommand::Truncate { deleted, kept, .. } => deleted + kept,
                _ => 0,
            },
        }
    }
}

struct Task<'a> {
    api: &'a Api,
    who: &'a Principal,
    thread: ThreadId,
    named: Option<Named>,
}

impl Task<'_> {
    /// Does it once, at exactly the state that was looked at: when the thread has moved in between, it is
    /// looked at and decided again.
    async fn carry_out(&self, wish: &Wish) -> Result<Outcome, Error> {
        for _ in 0..LOOKS {
            let look = self.look(wish).await;
            // Asked after the look: what its twin did before shows here, what it does later there.
            if let Some(done) = self.recall().await? {
                if !done.events.is_empty() {
                    return Ok(Outcome::Done(done));
                }
                // There was nothing to do, whatever there is now.
                let visible = look.as_ref().map_or(0, Look::visible);
                return Ok(Outcome::Nothing { visible });
            }
            let (command, seen) = match look? {
                Look::Command(command, seen) => (command, seen),
                Look::Nothing { visible } => return self.nothing(visible).await,
            };
            let origin = Origin {
                seen,
                ..idempotency::origin(self.named.as_ref(), self.who.user)
            };
            match self.api.execute(self.thread, *command, origin).await {
                Ok(done) if done.replayed.is_none() && done.events.is_empty() => {
                    return self.nothing(0).await;
                }
                Ok(done) if done.replayed.is_none() => return Ok(Outcome::Done(done)),
                // Its twin was faster, or somebody else: both show at the next look.
                Ok(_) | Err(CommandError::Refused(Refusal::Stale)) => {}
                Err(CommandError::Refused(Refusal::BadCut)) => return Err(bad_cut(wish)),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Busy(
            "This conversation keeps changing; try again".into(),
        ))
    }

    /// There is nothing to do, and for the request's name there never will be.
    async fn nothing(&self, visible: u64) -> Result<Outcome, Error> {
        if let Some(named) = &self.named {
            let thread = self.thread.to_string();
            named.note(self.api, (Thread::TYPE, &thread)).await?;
            // A twin may have been faster.
            if let Some(done) = self.recall().await?
                && !done.events.is_empty()
            {
                return Ok(Outcome::Done(done));
            }
        }
        Ok(Outcome::Nothing { visible })
    }

    /// What the first request of this name did, if there was one.
    async fn recall(&self) -> Result<Option<Done>, Error> {
        idempotency::recall(self.api, self.named.as_ref()).await
    }

    /// Those who review may archive it still: only here is it always its owner who asks.
    async fn not_hidden(&self) -> Result<(), Error> {
        match self.api.views.conversation(self.thread.0).await? {
            Some(row) if row.hidden_for.is_some() => Err(Error::Refused(Refusal::Hidden)),
            _ => Ok(()),
        }
    }

    async fn look(&self, wish: &Wish) -> Result<Look, Error> {
        if let Wish::Plain(command) = wish {
            if matches!(**command, ThreadCommand::Archive | ThreadCommand::Unarchive) {
                self.not_hidden().await?;
            }
            return Ok(Look::Command(command.clone(), None));
        }
        let views = &self.api.views;
        let _ = views.catch_up(READ_YOUR_WRITES).await?;
        let thread = self.thread.0;
        let not_open = || Error::Refused(Refusal::NotOpen);
        let (command, sequence) = match wish {
            Wish::Keep(count) => {
                let kept = views.keeping(thread, *count).await?.ok_or_else(not_open)?;
                if kept.deleted == 0 {
                    return Ok(Look::Nothing { visible: kept.kept });
                }
                let command = ThreadCommand::Truncate {
                    before: kept.before,
                    deleted: kept.deleted,
                    kept: kept.kept,
                    next_index: kept.next_index,
                };
                (command, kept.sequence)
            }
            Wish::Before(message) => {
                if views.conversation(thread).await?.is_none() {
                    return Err(not_open());
                }
                let found = views.rewinding(thread, *message).await?;
                let rewound = found.ok_or_else(|| bad_cut(wish))?;
                let command = ThreadCommand::Rewind {
                    from: rewound.from,
                    deleted: rewound.deleted,
                    tail: rewound.tail,
                    next_index: rewound.next_index,
                };
                (command, rewound.sequence)
            }
            Wish::Everything | Wish::Plain(_) => {
                let restored = views.restoring(thread).await?.ok_or_else(not_open)?;
                let command = ThreadCommand::Restore {
                    restored: restored.restored,
                    tail: restored.tail,
                    next_index: restored.next_index,
                };
                (command, restored.sequence)
            }
        };
        Ok(Look::Command(Box::new(command), Some(sequence)))
    }
}

/// What a cut met that it cannot be made at.
fn bad_cut(wish: &Wish) -> Error {
    match wish {
        Wish::Before(_) => Error::not_found("There is no such message in this conversation"),
        _ => Error::Refused(Refusal::ReplyRunning),
    }
}
