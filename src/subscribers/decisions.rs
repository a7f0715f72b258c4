//! Decisions: what a moderator has decided takes effect, in the order of the log, and a restriction ends with the case
//! that it came from. A server that ends between the decision and its effect makes it good at its next start.

use aggregates::{
    CommandId, MessageId,
    case::{CaseEvent, Restricts, SaidIn},
    completion::stage_of,
    thread::Ruling,
    user::Restriction,
};
use uuid::Uuid;

use super::{Postponed, Subscriber};
use crate::{
    actors::{AccountError, Accounts, Directory, Effects, Origin},
    store::Recorded,
};

/// Has decisions take effect.
pub struct Decisions {
    directory: Directory,
    accounts: Accounts,
    effects: Effects,
}

impl Decisions {
    /// In these threads, and on these accounts.
    #[must_use]
    pub fn new(directory: Directory, accounts: Accounts, effects: Effects) -> Self {
        Self {
            directory,
            accounts,
            effects,
        }
    }

    async fn carry_out(&self, event: &Recorded) -> Result<(), Postponed> {
        let (message, happened): (MessageId, CaseEvent) = (
            event.aggregate_id.parse()?,
            serde_json::from_str(&event.payload)?,
        );
        // The same again is known by these: it happens once, however often it is tried.
        let command = |what: &str| {
            let name = format!("{}:{}:{what}", event.aggregate_id, event.sequence);
            CommandId(Uuid::new_v5(&message.0, name.as_bytes()))
        };
        let (by, flagged, ruling, restricts, frees) = match happened {
            CaseEvent::Decided {
                by,
                decision,
                instead_of,
                flagged,
                reason,
                policy,
                restricts,
                frees,
            } => {
                let ruling = Ruling::Decided {
                    decision,
                    instead_of,
                    reason,
                    policy,
                };
                (by, flagged, ruling, restricts, frees)
            }
            CaseEvent::Overturned {
                by,
                undone,
                flagged,
                reason,
                frees,
            } => (
                by,
                flagged,
                Ruling::Overturned { undone, reason },
                None,
                frees,
            ),
            // Nobody can overturn it any more.
            CaseEvent::Erased { frees: Some(user) } => {
                let origin = Origin {
                    command: command("frees"),
                    ..Origin::server()
                };
                gone_or(self.accounts.unrestrict(user, message, origin).await)?;
                return Ok(());
            }
            _ => return Ok(()),
        };
        let origin = |what| Origin {
            command: command(what),
            ..Origin::user(by)
        };
        if let Some(user) = frees {
            let freed = self.accounts.unrestrict(user, message, origin("frees"));
            gone_or(freed.await)?;
        }
        if let Some(Restricts { user, until }) = restricts {
            let restriction = Restriction { message, until };
            let restricted = self
                .accounts
                .restrict(user, restriction, origin("restricts"));
            gone_or(restricted.await)?;
        }
        // Written before there were others, and never changed: it names what is done once.
        let command = command("thread");
        match flagged.said_in {
            SaidIn::Thread(thread) => {
                let review = self.directory.review(thread, message, by, ruling, command);
                review.await?;
            }
            SaidIn::Completion(completion) => {
                let (directory, stage) = (&self.directory, stage_of(completion, message));
                let review = directory.review_completion(completion, stage, by, ruling, command);
                review.await?;
            }
        }
        Ok(())
    }
}

/// Of an account that has ended there is nothing to say.
fn gone_or(outcome: Result<u64, AccountError>) -> Result<(), AccountError> {
    match outcome {
        Ok(_) | Err(AccountError::Gone) => Ok(()),
        Err(error) => Err(error),
    }
}

impl Subscriber for Decisions {
    const NAME: &'static str = "decisions";
    const EVENTS: &'static [&'static str] = &["case.decided", "case.overturned", "case.erased"];

    fn wants(&mut self, _: &Recorded) -> bool {
        true
    }

    async fn follow(&mut self, events: Vec<Recorded>) -> Result<(), Postponed> {
        for event in events {
            self.carry_out(&event).await?;
        }
        Ok(())
    }

    fn woken(&self) -> impl Future<Output = ()> + Send {
        self.effects.wanted()
    }

    fn reached(&self, position: u64) {
        self.effects.reached(position);
    }
}
