//! Review of what belongs to no thread: what was asked and answered is looked up in the log, and what moderators decide
//! is noted there.

use aggregates::{
    CommandId, CompletionId, UserId,
    case::{Case, CaseAction, CaseCommand, Flagged, SaidIn},
    completion::{
        Completion, CompletionCommand, CompletionEvent, CompletionRefusal, Said, Speaker,
    },
    thread::{Ruling, Stage},
};
use cqrs_es::Aggregate;
use uuid::Uuid;

use crate::{
    actors::{
        Directory,
        changes::{Change, Unchanged},
        completions::changes,
        messages::{CommandError, Origin},
    },
    store::{Erasure, StoreError},
};

/// What was said in a completion, as whoever reviews it is shown it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Whose it is.
    pub owner: UserId,
    /// Microseconds since 1970.
    pub requested_at: i64,
    /// What was asked, the oldest first, and then the answer, where it has ended; all as it was written.
    pub said: Vec<Said>,
    /// Which of them is to be answered.
    asked: usize,
    /// The answer is there.
    answered: bool,
    /// What stands instead of what was redacted, by the place of that.
    pub redacted: Vec<(usize, String)>,
    /// Its contents are gone.
    pub erased: bool,
}

impl Exchange {
    /// Which of them it is; nothing while the answer is being made.
    #[must_use]
    pub fn place(&self, stage: Stage) -> Option<usize> {
        match stage {
            Stage::Input => Some(self.asked).filter(|asked| *asked < self.said.len()),
            Stage::Output => self.said.len().checked_sub(1).filter(|_| self.answered),
        }
    }

    /// Whether the answer has ended.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.answered
    }

    fn take(&mut self, event: CompletionEvent) {
        match event {
            CompletionEvent::VerdictRecorded(on) if on.stage == Stage::Input => {
                if let Some(asked) = on.asked.and_then(|asked| usize::try_from(asked).ok()) {
                    self.asked = asked;
                }
            }
            CompletionEvent::Completed(ended)
            | CompletionEvent::Failed(ended)
            | CompletionEvent::Stopped(ended)
            | CompletionEvent::Interrupted(ended) => {
                self.answered = true;
                self.said
                    .push(Said::words(Speaker::Assistant, ended.end.text));
            }
            // Nobody has answered: this is what its author was told.
            CompletionEvent::Misdirected { told } => {
                self.answered = true;
                self.said.push(Said::words(Speaker::Assistant, told));
            }
            CompletionEvent::Redacted { stage, text } => {
                if let Some(place) = self.place(stage) {
                    self.redacted.retain(|(known, _)| *known != place);
                    self.redacted.push((place, text));
                }
            }
            CompletionEvent::Restored { stage } => {
                let place = self.place(stage);
                self.redacted.retain(|(known, _)| Some(*known) != place);
            }
            CompletionEvent::Erased {} => self.erased = true,
            CompletionEvent::Requested(_)
            | CompletionEvent::VerdictRecorded(_)
            | CompletionEvent::DecisionRecorded { .. }
            | CompletionEvent::DecisionOverturned { .. } => {}
        }
    }
}

impl Directory {
    /// What was said in a completion; `None`: there was never one of this id.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn exchange(&self, id: CompletionId) -> Result<Option<Exchange>, StoreError> {
        let mut exchange: Option<Exchange> = None;
        for (recorded, event) in self.happened(id).await? {
            match (&mut exchange, event) {
                (None, CompletionEvent::Requested(requested)) => {
                    exchange = Some(Exchange {
                        owner: requested.owner,
                        requested_at: recorded.recorded_at,
                        asked: requested.messages.len().saturating_sub(1),
                        said: requested.messages,
                        answered: false,
                        redacted: vec![],
                        erased: false,
                    });
                }
                (Some(known), event) => known.take(event),
                (None, _) => {}
            }
        }
        Ok(exchange)
    }

    /// Notes with a completion what moderators have decided about its question or its answer, with what follows from
    /// that; once for each `command`. Of one that was erased nothing is said any more.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn review_completion(
        &self,
        id: CompletionId,
        stage: Stage,
        by: UserId,
        ruling: Ruling,
        command: CommandId,
    ) -> Result<(), CommandError> {
        let origin = Origin {
            command,
            ..Origin::user(by)
        };
        let review = CompletionCommand::Review { stage, by, ruling };
        let change = Change::<Completion>::of(review).from(origin);
        match changes(self.services()).make(&id.to_string(), change).await {
            Ok(_) => Ok(()),
            Err(Unchanged::Refused(refusal @ CompletionRefusal::Gone)) => {
                tracing::info!(completion = %id, %refusal, "a decision has nothing to be noted in");
                Ok(())
            }
            Err(unchanged) => {
                tracing::warn!(completion = %id, ?unchanged, "a decision could not be noted");
                Err(CommandError::Unavailable)
            }
        }
    }

    /// The cases that a completion is: what detectors have flagged of it.
    pub(in crate::actors) async fn cases_of(
        &self,
        id: CompletionId,
    ) -> Result<Vec<(String, Flagged)>, StoreError> {
        let flagged = |(_, event)| match event {
            CompletionEvent::VerdictRecorded(on) => {
                let (case, verdict) = on.of_case(id)?;
                let flagged = Flagged {
                    said_in: SaidIn::Completion(id),
                    severity: verdict.severity,
                    automated: true,
                };
                verdict.is_flagged().then(|| (case.to_string(), flagged))
            }
            _ => None,
        };
        let happened = self.happened(id).await?;
        Ok(happened.into_iter().filter_map(flagged).collect())
    }

    /// Has nothing more said about these cases, and destroys what was; whether no hold has kept it.
    pub(in crate::actors) async fn erase_cases(
        &self,
        erasure: &Erasure,
        cases: &[(String, Flagged)],
        held_by: &[String],
    ) -> Result<bool, CommandError> {
        let services = self.services();
        for (case, flagged) in cases {
            if services.store.is_held(held_by).await? {
                return Ok(false);
            }
            // First, so that whoever is about to write meets it: no key comes back.
            let change = Change::<Case>::of(CaseCommand {
                by: UserId(Uuid::nil()),
                now: 0,
                flagged: *flagged,
                action: CaseAction::Erase,
            });
            if let Err(unchanged) = changes(services).make(case, change).await {
                tracing::warn!(case, ?unchanged, "a case could not be erased");
                return Err(CommandError::Unavailable);
            }
            let destroyed = services
                .store
                .destroy_keys_of(erasure, Case::TYPE, case, held_by);
            if !destroyed.await? {
                return Ok(false);
            }
        }
        let gone: Vec<String> = cases.iter().map(|(case, _)| case.clone()).collect();
        let store = &services.store;
        store
            .destroy_commands_of(erasure, Case::TYPE, &gone)
            .await?;
        Ok(true)
    }
}
