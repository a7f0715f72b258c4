//! The rules of a thread: which file decides what.

mod archive;
mod cuts;
mod edit;
mod erasure;
mod expiry;
mod hold;
mod import;
mod name;
mod open;
mod reload;
mod reply;
mod review;
mod send;
mod tools;
mod verdict;

use super::{Refusal, Thread, ThreadCommand, ThreadEvent};
use crate::Decide;

/// What a rule says: the events, in order, or why not.
type Decision = Result<Vec<ThreadEvent>, Refusal>;

impl Decide for Thread {
    fn decide(&self, command: ThreadCommand) -> Decision {
        use ThreadCommand as Command;
        match command {
            // These know what to do about a thread that is not open …
            Command::Open(opening) => open::open(self, opening),
            Command::Send(send) => send::send(self, send),
            Command::CompleteReply(end, verdict, next) => {
                reply::end(self, end, verdict, next, ThreadEvent::ReplyCompleted)
            }
            Command::FailReply(end, verdict, next) => {
                reply::end(self, end, verdict, next, ThreadEvent::ReplyFailed)
            }
            Command::StopReply(end, verdict, next) => {
                reply::end(self, end, verdict, next, ThreadEvent::ReplyStopped)
            }
            Command::InterruptReply(end, verdict, next) => {
                reply::end(self, end, verdict, next, ThreadEvent::ReplyInterrupted)
            }
            Command::NoteTitle { attempts, erasure } => Ok(name::note(self, attempts, erasure)),
            Command::RequestErasure => Ok(erasure::request(self)),
            Command::OrderErasure { by, reason } => Ok(erasure::order(self, by, reason)),
            Command::Hold(hold) => hold::lay(self, hold),
            Command::ReleaseHold(release) => hold::release(self, release),
            Command::KeepReply {
                turn,
                text,
                reasoning,
            } => Ok(erasure::keep(self, turn, text, reasoning)),
            Command::ConfirmErasure { erasure, receipt } => {
                erasure::confirm(self, erasure, receipt)
            }
            Command::Expire(expired) => Ok(expiry::expire(self, &expired)),
            Command::ConfirmExpiry { expiry, receipt } => expiry::confirm(self, expiry, receipt),

            // … and the others have no business with one.
            _ if self.owner.is_none() => Err(Refusal::NotOpen),

            Command::CallTool(called) => tools::call(self, called),
            Command::AnswerTool(answered) => tools::answer(self, answered),
            Command::NoteImport(imported) => import::note(self, imported),
            Command::Review(review) => Ok(review::review(self, review)),
            Command::Edit { .. }
            | Command::Reload { .. }
            | Command::Rename {
                generated: false, ..
            }
            | Command::Truncate { .. }
            | Command::Rewind { .. }
            | Command::Restore { .. }
                if self.is_kept_from_its_owner() =>
            {
                Err(Refusal::Hidden)
            }

            Command::Edit { target, send } => edit::edit(self, target, send),
            Command::Reload {
                turn,
                route,
                options,
                context,
                said,
                judged,
            } => {
                let asked = reload::Asked {
                    turn,
                    route,
                    options,
                    said,
                };
                reload::reload(self, asked, context, judged)
            }
            Command::Rename { name, generated } => name::rename(self, &name, generated),
            Command::Archive => Ok(archive::archive(self)),
            Command::Unarchive => Ok(archive::unarchive(self)),
            Command::Truncate {
                before,
                deleted,
                kept,
                next_index,
            } => cuts::truncate(self, before, deleted, kept, next_index),
            Command::Rewind {
                from,
                deleted,
                tail,
                next_index,
            } => cuts::rewind(self, from, deleted, tail, next_index),
            Command::Restore {
                restored,
                tail,
                next_index,
            } => cuts::restore(self, restored, tail, next_index),
            Command::RequestStop { turn, reason } => Ok(reply::request_stop(self, turn, reason)),
        }
    }
}
