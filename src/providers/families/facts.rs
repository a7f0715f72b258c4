//! What the frames of one answer have said so far, whoever's they are.

use std::collections::{BTreeMap, VecDeque};

use aggregates::thread::{FinishReason, Usage};
use serde_json::Value;

use super::text_at;
use crate::providers::{Delta, ToolCall};

/// The longest name of a model, in characters.
const LONGEST_NAME: usize = 255;
/// Calls of one answer; a provider that tells more is not listened to.
const MOST_CALLS: usize = 32;
/// The longest name and arguments of a call, in bytes; what is longer is cut, and then is no JSON any more.
const LONGEST_CALL: [usize; 2] = [128, 32 << 10];
/// No answer costs more tokens; a provider that tells more is not believed.
const MOST_TOKENS: u64 = 1_000_000_000;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::providers) struct Facts {
    deltas: VecDeque<Delta>,
    done: bool,
    model: Option<String>,
    finish: Option<FinishReason>,
    usage: Usage,
    /// By their place in the answer.
    calls: BTreeMap<u64, ToolCall>,
    error: Option<FrameError>,
}

/// An error told in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::providers) struct FrameError {
    /// An HTTP status, where the frame holds one or means one.
    pub(in crate::providers) status: Option<u16>,
    /// The provider's words.
    pub(in crate::providers) message: String,
}

impl Facts {
    pub(super) fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.deltas.push_back(Delta::Text(clean(text)));
        }
    }

    pub(super) fn reasoning(&mut self, text: &str) {
        if !text.is_empty() {
            self.deltas.push_back(Delta::Reasoning(clean(text)));
        }
    }

    /// What the model that answers is called, the first time that it is told.
    pub(super) fn model(&mut self, name: Option<&str>) {
        let Some(name) = name.filter(|name| self.model.is_none() && !name.is_empty()) else {
            return;
        };
        let name = named(name);
        self.model = Some(name.clone());
        self.deltas.push_back(Delta::Model(name));
    }

    /// What was told of the usage; a later number replaces an earlier one, as all of them are sums.
    pub(super) fn usage(&mut self, prompt: Option<u64>, completion: Option<u64>) {
        let before = self.usage;
        self.usage = Usage {
            prompt_tokens: prompt.map_or(before.prompt_tokens, believed),
            completion_tokens: completion.map_or(before.completion_tokens, believed),
            estimated: false,
        };
        if self.usage != before {
            self.deltas.push_back(Delta::Usage(self.usage));
        }
    }

    /// A piece of the call at this place: its name and id come once, its arguments bit by bit. Some call everything the
    /// first one: another id is another call.
    pub(super) fn call(&mut self, mut place: u64, id: &str, name: &str, arguments: &str) {
        let known = self.calls.get(&place);
        let is_another =
            |known: &ToolCall| !known.id.is_empty() && !id.is_empty() && known.id != id;
        if known.is_some_and(is_another) {
            place = self.calls.last_key_value().map_or(0, |(last, _)| last + 1);
        }
        if self.calls.len() >= MOST_CALLS && !self.calls.contains_key(&place) {
            return;
        }
        let call = self.calls.entry(place).or_default();
        let [name_room, arguments_room] = LONGEST_CALL;
        // Some tell them with every piece.
        for (known, told) in [(&mut call.id, id), (&mut call.name, name)] {
            if known.is_empty() {
                append(known, told, name_room);
            }
        }
        append(&mut call.arguments, arguments, arguments_room);
    }

    /// A whole call, which comes after the others.
    pub(super) fn whole_call(&mut self, call: &ToolCall) {
        let place = self.calls.last_key_value().map_or(0, |(last, _)| last + 1);
        self.call(place, &call.id, &call.name, &call.arguments);
        if let Some(kept) = self.calls.get_mut(&place) {
            kept.signature.clone_from(&call.signature);
        }
    }

    pub(super) fn finish(&mut self, reason: FinishReason) {
        self.finish = Some(reason);
    }

    /// The provider said that nothing more will come.
    pub(in crate::providers) fn done(&mut self) {
        self.done = true;
    }

    pub(super) fn fail(&mut self, error: FrameError) {
        self.error = Some(error);
    }

    pub(in crate::providers) fn next(&mut self) -> Option<Delta> {
        self.deltas.pop_front()
    }

    pub(in crate::providers) fn error(&mut self) -> Option<FrameError> {
        self.error.take()
    }

    pub(in crate::providers) fn is_done(&self) -> bool {
        self.done
    }

    /// Whether nothing of the answer's text can be missing.
    pub(in crate::providers) fn is_whole(&self) -> bool {
        self.done || self.finish.is_some()
    }

    /// The answer is whole: the last delta.
    pub(in crate::providers) fn conclude(&mut self) {
        let calls = std::mem::take(&mut self.calls).into_values();
        let calls = calls.filter(|call| !call.name.is_empty());
        self.deltas.extend(calls.map(Delta::Call));
        let reason = self.finish.unwrap_or(FinishReason::Stop);
        self.deltas.push_back(Delta::Finish(reason));
    }
}

/// A number of tokens that a provider tells.
pub(in crate::providers) fn believed(tokens: u64) -> u64 {
    tokens.min(MOST_TOKENS)
}

/// A name that a provider gives a model.
pub(in crate::providers) fn named(name: &str) -> String {
    clean(name).chars().take(LONGEST_NAME).collect()
}

impl FrameError {
    /// Found are a sentence, or an object with `message` and perhaps an HTTP status as `code`.
    pub(super) fn of(error: &Value) -> Self {
        let message = error.as_str().or_else(|| text_at(error, "/message"));
        let status = error.get("code").and_then(Value::as_u64);
        Self {
            status: status
                .and_then(|status| u16::try_from(status).ok())
                .filter(|status| (400..600).contains(status)),
            message: message.unwrap_or_default().to_owned(),
        }
    }
}

fn append(text: &mut String, more: &str, most: usize) {
    let room = more.floor_char_boundary(most.saturating_sub(text.len()));
    text.push_str(&clean(&more[..room]));
}

/// U+0000 cannot be stored.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
