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

/// An answer that says this and then has tools called: names and arguments.
pub(crate) fn calling(text: &str, calls: &[(&str, serde_json::Value)]) -> Reply {
    let calls = calls.iter().enumerate().map(|(nth, (name, arguments))| {
        let function = json!({"name": name, "arguments": arguments.to_string()});
        json!({"index": nth, "id": format!("id-{nth}"), "type": "function", "function": function})
    });
    let said = json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    let calls = json!({"tool_calls": calls.collect::<Vec<_>>()});
    let calls = json!({"choices": [{"index": 0, "delta": calls}]});
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]});
    Reply::sse([
        said.to_string(),
        calls.to_string(),
        end.to_string(),
        "[DONE]".to_owned(),
    ])
}

/// The names of events, in order.
pub(crate) fn names(events: &[ThreadEvent]) -> Vec<&'static str> {
    events.iter().map(ThreadEvent::name).collect()
}
