//! The rules of a completion.

use super::{
    Completion, CompletionCommand, CompletionEnd, CompletionEvent, CompletionOutcome,
    CompletionRefusal, CompletionVerdict, review,
};
use crate::{
    Decide,
    thread::{FinishReason, ReplyEnd, Stage, Usage},
    verdict::Verdict,
};

impl Decide for Completion {
    fn decide(
        &self,
        command: CompletionCommand,
    ) -> Result<Vec<CompletionEvent>, CompletionRefusal> {
        match (self, command) {
            (
                Self::Absent,
                CompletionCommand::Request {
                    requested,
                    verdicts,
                    asked,
                    warning,
                    refusal,
                },
            ) => {
                let (owner, turn, route) = (
                    requested.owner,
                    requested.completion.turn(),
                    requested.route.clone(),
                );
                let mut events = vec![CompletionEvent::Requested(requested)];
                if !verdicts.is_empty() {
                    events.push(CompletionEvent::VerdictRecorded(CompletionVerdict {
                        stage: Stage::Input,
                        verdicts,
                        asked,
                        warning,
                        refusal: refusal.clone(),
                    }));
                }
                if let Some(text) = refusal {
                    // Moderation answers, and nobody is asked.
                    let end = ReplyEnd {
                        turn,
                        text,
                        reasoning: None,
                        route,
                        finish: Some(FinishReason::ContentFilter),
                        error: None,
                        usage: Usage::default(),
                        attempts: vec![],
                        context_messages: 0,
                        sources: None,
                        tools: None,
                    };
                    events.push(CompletionEvent::Completed(CompletionEnd { owner, end }));
                    events.push(on_answer(Verdict::exempt()));
                }
                Ok(events)
            }
            (
                Self::Absent,
                CompletionCommand::NoteMisdirected {
                    requested,
                    verdicts,
                    asked,
                    told,
                },
            ) => Ok(vec![
                CompletionEvent::Requested(requested),
                CompletionEvent::VerdictRecorded(CompletionVerdict {
                    stage: Stage::Input,
                    verdicts,
                    asked,
                    warning: None,
                    refusal: None,
                }),
                CompletionEvent::Misdirected { told },
            ]),
            (_, CompletionCommand::Request { .. } | CompletionCommand::NoteMisdirected { .. }) => {
                Err(CompletionRefusal::Exists)
            }
            (Self::Open { owner, .. }, CompletionCommand::End(outcome, end, verdict)) => {
                let end = CompletionEnd { owner: *owner, end };
                let mut events = vec![match outcome {
                    CompletionOutcome::Completed => CompletionEvent::Completed(end),
                    CompletionOutcome::Failed => CompletionEvent::Failed(end),
                    CompletionOutcome::Stopped => CompletionEvent::Stopped(end),
                    CompletionOutcome::Interrupted => CompletionEvent::Interrupted(end),
                }];
                events.extend(verdict.map(on_answer));
                Ok(events)
            }
            (Self::Absent, CompletionCommand::Erase) | (_, CompletionCommand::End(..)) => {
                Err(CompletionRefusal::NotOpen)
            }
            (Self::Ended, CompletionCommand::Review { stage, by, ruling }) => {
                Ok(review::review(stage, by, ruling))
            }
            (Self::Absent | Self::Erased, CompletionCommand::Review { .. }) => {
                Err(CompletionRefusal::Gone)
            }
            (Self::Open { .. }, CompletionCommand::Erase | CompletionCommand::Review { .. }) => {
                Err(CompletionRefusal::StillOpen)
            }
            (Self::Ended, CompletionCommand::Erase) => Ok(vec![CompletionEvent::Erased {}]),
            (Self::Erased, CompletionCommand::Erase) => Ok(vec![]),
        }
    }
}

fn on_answer(verdict: Verdict) -> CompletionEvent {
    CompletionEvent::VerdictRecorded(CompletionVerdict {
        stage: Stage::Output,
        verdicts: vec![verdict],
        asked: None,
        warning: None,
        refusal: None,
    })
}
