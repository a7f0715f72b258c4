//! Answers of a scripted model, and whole texts of the record.

use aggregates::thread::ThreadEvent;
use serde_json::json;

use crate::support::scripted::Reply;

/// More than any answer has frames.
pub(crate) const ALL: usize = 10_000;

/// A piece of a model's answer.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Text(String),
    Thought(String),
}

/// An answer of these pieces, a frame each; then its end.
pub(crate) fn answer<'p>(parts: impl IntoIterator<Item = &'p Part>) -> Reply {
    let delta = |delta: serde_json::Value, finish: Option<&str>| {
        json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}).to_string()
    };
    let mut frames: Vec<String> = parts
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => delta(json!({"content": text}), None),
            Part::Thought(text) => delta(json!({"reasoning_content": text}), None),
        })
        .collect();
    frames.push(delta(json!({}), Some("stop")));
    frames.push("[DONE]".to_owned());
    Reply::sse(frames)
}

/// An answer of these words.
pub(crate) fn saying(words: &[&str]) -> Reply {
    let parts: Vec<_> = words
        .iter()
        .map(|word| Part::Text((*word).to_owned()))
        .collect();
    answer(&parts)
}

/// The names of events, in order.
pub(crate) fn names(events: &[ThreadEvent]) -> Vec<&'static str> {
    events.iter().map(ThreadEvent::name).collect()
}
