//! The rules of an embedding.

use super::{
    Embedding, EmbeddingCommand, EmbeddingEnd, EmbeddingEvent, EmbeddingRefusal, EmbeddingVerdict,
};
use crate::{
    Decide, UserId,
    thread::{Attempt, Route, Usage},
};

impl Decide for Embedding {
    fn decide(&self, command: EmbeddingCommand) -> Result<Vec<EmbeddingEvent>, EmbeddingRefusal> {
        match (self, command) {
            (
                Self::Absent,
                EmbeddingCommand::Request {
                    sent,
                    verdicts,
                    warning,
                    refusal,
                },
            ) => {
                let is_refused = refusal.is_some();
                let mut events = vec![EmbeddingEvent::Requested(sent)];
                if !verdicts.is_empty() {
                    events.push(EmbeddingEvent::VerdictRecorded(EmbeddingVerdict {
                        verdicts,
                        warning,
                        refusal,
                    }));
                }
                if is_refused {
                    events.push(EmbeddingEvent::Refused {});
                }
                Ok(events)
            }
            (_, EmbeddingCommand::Request { .. }) => Err(EmbeddingRefusal::Exists),
            (
                Self::Open { owner, route },
                EmbeddingCommand::Complete {
                    dimensions,
                    attempts,
                },
            ) => {
                let end = end(*owner, route, attempts);
                Ok(vec![EmbeddingEvent::Completed(EmbeddingEnd {
                    dimensions: Some(dimensions),
                    ..end
                })])
            }
            (Self::Open { owner, route }, EmbeddingCommand::Fail { error, attempts }) => {
                let end = end(*owner, route, attempts);
                Ok(vec![EmbeddingEvent::Failed(EmbeddingEnd {
                    error: Some(error),
                    ..end
                })])
            }
            (_, EmbeddingCommand::Complete { .. } | EmbeddingCommand::Fail { .. }) => {
                Err(EmbeddingRefusal::NotOpen)
            }
            (Self::Ended, EmbeddingCommand::Erase) => Ok(vec![EmbeddingEvent::Erased {}]),
            (Self::Erased, EmbeddingCommand::Erase) => Ok(vec![]),
            (Self::Open { .. }, EmbeddingCommand::Erase) => Err(EmbeddingRefusal::StillOpen),
            (Self::Absent, EmbeddingCommand::Erase) => Err(EmbeddingRefusal::NotOpen),
        }
    }
}

/// All calls count, those too that came to nothing.
fn end(owner: UserId, route: &Route, attempts: Vec<Attempt>) -> EmbeddingEnd {
    let usages = attempts.iter().map(|attempt| attempt.usage);
    let usage = usages.fold(Usage::default(), |sum, usage| Usage {
        prompt_tokens: sum.prompt_tokens.saturating_add(usage.prompt_tokens),
        completion_tokens: sum
            .completion_tokens
            .saturating_add(usage.completion_tokens),
        estimated: sum.estimated || usage.estimated,
    });
    EmbeddingEnd {
        owner,
        route: route.clone(),
        dimensions: None,
        error: None,
        usage,
        attempts,
    }
}
