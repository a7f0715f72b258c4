//! What detectors have flagged: a message of a thread, or a completion's question or answer.

use aggregates::{
    MessageId,
    case::SaidIn,
    completion::{CompletionEvent, CompletionVerdict},
    thread::{Stage, ThreadEvent},
    verdict::Verdict,
};

use crate::{Event, Recorded};

/// The columns for where something was said: its thread, or its completion.
pub(super) type Where = (Option<String>, Option<String>);

pub(super) fn columns(said_in: SaidIn) -> Where {
    match said_in {
        SaidIn::Thread(thread) => (Some(thread.to_string()), None),
        SaidIn::Completion(completion) => (None, Some(completion.to_string())),
    }
}

/// What a detector has flagged.
pub(super) struct OfDetectors<'a> {
    pub(super) message: MessageId,
    pub(super) said_in: Where,
    pub(super) stage: Stage,
    pub(super) verdict: &'a Verdict,
}

/// What is flagged by a verdict, if it is one on a message.
pub(super) fn flagged(event: &Recorded) -> Option<OfDetectors<'_>> {
    let id = || event.aggregate_id.clone();
    let flagged = match &event.event {
        Event::Thread(ThreadEvent::VerdictRecorded(recorded)) => OfDetectors {
            message: recorded.message?,
            said_in: (Some(id()), None),
            stage: recorded.stage,
            verdict: &recorded.verdict,
        },
        Event::Completion(CompletionEvent::VerdictRecorded(recorded)) => {
            let (message, verdict) = of_completion(event, recorded)?;
            OfDetectors {
                message,
                said_in: (None, Some(id())),
                stage: recorded.stage,
                verdict,
            }
        }
        _ => return None,
    };
    flagged.verdict.is_flagged().then_some(flagged)
}

fn of_completion<'a>(
    event: &Recorded,
    recorded: &'a CompletionVerdict,
) -> Option<(MessageId, &'a Verdict)> {
    recorded.of_case(event.aggregate_id.parse().ok()?)
}
