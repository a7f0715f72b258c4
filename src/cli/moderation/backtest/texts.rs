//! The texts of the record, each with what was said of it: the verdict comes right after what it judges.

use aggregates::{
    ThreadId,
    completion::CompletionEvent,
    embedding::EmbeddingEvent,
    thread::{ReplyEnd, Stage, ThreadEvent},
    verdict::Verdict,
};

use crate::audit::Recorded;

/// Events with texts or verdicts in them.
pub(super) const TYPES: [&str; 13] = [
    "message.sent",
    "reload.requested",
    "reply.completed",
    "reply.failed",
    "reply.stopped",
    "reply.interrupted",
    "completion.requested",
    "completion.completed",
    "completion.failed",
    "completion.stopped",
    "completion.interrupted",
    "embedding.requested",
    "verdict.recorded",
];

/// A text as it was kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    /// Where the log has it.
    pub(super) position: u64,
    /// When it was kept, in microseconds since 1970.
    pub(super) recorded_at: i64,
    /// The thread and the message; nothing where it belongs to none.
    pub(super) place: Option<(ThreadId, String)>,
    pub(super) stage: Stage,
    /// Of an answer.
    pub(super) thoughts: String,
    pub(super) text: String,
    /// Its content was destroyed.
    pub(super) erased: bool,
    /// What was said of it, if anything was.
    pub(super) then: Option<Verdict>,
}

/// Puts together what belongs together.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Of the last event with texts.
    waiting: Vec<Text>,
    /// Whose they are.
    of: (String, String),
}

impl Texts {
    /// The next event of [`TYPES`] with its content; the texts that are complete with it.
    pub(super) fn take(&mut self, event: &Recorded) -> Vec<Text> {
        let of = (event.aggregate_type.clone(), event.aggregate_id.clone());
        let waited = self.waiting.first().map(|text| text.position);
        let follows = of == self.of && waited.is_some_and(|at| event.position == at + 1);
        if event.event_type == "verdict.recorded" {
            let verdicts = if follows { verdicts(event) } else { vec![] };
            let mut texts = self.finish();
            for (text, verdict) in texts.iter_mut().zip(verdicts) {
                text.then = Some(verdict);
            }
            return texts;
        }
        let without_verdict = self.finish();
        self.waiting = texts(event);
        self.of = of;
        without_verdict
    }

    /// What nobody has said anything of.
    pub(super) fn finish(&mut self) -> Vec<Text> {
        std::mem::take(&mut self.waiting)
    }
}

fn verdicts(event: &Recorded) -> Vec<Verdict> {
    let payload = event.payload.as_str();
    match event.aggregate_type.as_str() {
        "thread" => match serde_json::from_str(payload) {
            Ok(ThreadEvent::VerdictRecorded(on)) => vec![on.verdict],
            _ => vec![],
        },
        "completion" => match serde_json::from_str(payload) {
            Ok(CompletionEvent::VerdictRecorded(on)) => on.verdicts,
            _ => vec![],
        },
        _ => match serde_json::from_str(payload) {
            Ok(EmbeddingEvent::VerdictRecorded(on)) => on.verdicts,
            _ => vec![],
        },
    }
}

fn texts(event: &Recorded) -> Vec<Text> {
    let payload = event.payload.as_str();
    match event.aggregate_type.as_str() {
        "thread" => {
            let Ok(happened) = serde_json::from_str::<ThreadEvent>(payload) else {
                return vec![];
            };
            let thread = event.aggregate_id.parse::<ThreadId>().ok();
            let said = happened.says().map(|message| message.to_string());
            let place = thread.zip(said);
            match happened {
                ThreadEvent::MessageSent(sent) => {
                    // A message of nothing but an image has no text, but the key that opens the image.
                    let wordless = sent.attachments.iter().any(|image| !image.key.is_empty());
                    let text = input(event, sent.text);
                    vec![Text {
                        place,
                        erased: text.erased && !wordless,
                        ..text
                    }]
                }
                ThreadEvent::ReloadRequested {
                    said: Some(said), ..
                } => vec![Text {
                    place,
                    ..input(event, said)
                }],
                ThreadEvent::ReplyCompleted(end)
                | ThreadEvent::ReplyFailed(end)
                | ThreadEvent::ReplyStopped(end)
                | ThreadEvent::ReplyInterrupted(end) => vec![Text {
                    place,
                    ..output(event, end)
                }],
                _ => vec![],
            }
        }
        "completion" => match serde_json::from_str(payload) {
            Ok(CompletionEvent::Requested(asked)) => {
                let mut images = asked.messages.iter().flat_map(|said| &said.attachments);
                let shows = images.any(|image| !image.key.is_empty());
                let messages = asked.messages.into_iter();
                inputs(event, messages.map(|said| said.text).collect(), shows)
            }
            Ok(
                CompletionEvent::Completed(ended)
                | CompletionEvent::Failed(ended)
                | CompletionEvent::Stopped(ended)
                | CompletionEvent::Interrupted(ended),
            ) => vec![output(event, ended.end)],
            _ => vec![],
        },
        "embedding" => match serde_json::from_str(payload) {
            Ok(EmbeddingEvent::Requested(sent)) => inputs(event, sent.texts, false),
            _ => vec![],
        },
        _ => vec![],
    }
}

/// One of many may be empty; all of them are so when they were erased, unless an image says the rest.
fn inputs(event: &Recorded, texts: Vec<String>, shows: bool) -> Vec<Text> {
    let erased = !shows && texts.iter().all(String::is_empty);
    let text = |text| Text {
        erased,
        ..input(event, text)
    };
    texts.into_iter().map(text).collect()
}

fn input(event: &Recorded, text: String) -> Text {
    Text {
        position: event.position,
        recorded_at: event.recorded_at,
        place: None,
        stage: Stage::Input,
        thoughts: String::new(),
        erased: text.is_empty(),
        text,
        then: None,
    }
}

fn output(event: &Recorded, end: ReplyEnd) -> Text {
    let thoughts = end.reasoning.unwrap_or_default();
    // A model that was never heard has written nothing that could be gone.
    let wrote = end.usage.completion_tokens > 0;
    Text {
        stage: Stage::Output,
        erased: wrote && end.text.is_empty() && thoughts.is_empty(),
        thoughts,
        ..input(event, end.text)
    }
}

#[cfg(test)]
mod tests {
    use aggregates::{
        MessageId, TurnId,
        thread::{Route, TurnOptions},
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_came_with_a_wish_for_another_answer_is_a_text_of_its_thread_under_its_own_id() {
        let (thread, turn) = (ThreadId(Uuid::from_u128(1)), TurnId(Uuid::from_u128(2)));
        let wish = ThreadEvent::ReloadRequested {
            turn,
            answers: MessageId(Uuid::from_u128(3)),
            index: 2,
            route: Route {
                provider: "echo".to_owned(),
                model: "echo".to_owned(),
            },
            options: TurnOptions::default(),
            said: Some("in other words".to_owned()),
        };
        let event = Recorded {
            position: 7,
            recorded_at: 0,
            aggregate_type: "thread".to_owned(),
            aggregate_id: thread.to_string(),
            sequence: 4,
            event_type: wish.name().to_owned(),
            event_version: "1".to_owned(),
            payload: serde_json::to_string(&wish).unwrap(),
            metadata: "{}".to_owned(),
        };
        let mut texts = Texts::default();
        assert!(texts.take(&event).is_empty());
        let text = texts.finish().pop().unwrap();
        assert_eq!(text.text, "in other words");
        assert_eq!(text.place, Some((thread, turn.wish().to_string())));
    }
}
