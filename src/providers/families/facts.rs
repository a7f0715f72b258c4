//! What the frames of one answer have said so far, whoever's they are.

use std::collections::VecDeque;

use aggregates::thread::{FinishReason, Usage};
use serde_json::Value;

use super::text_at;
use crate::providers::Delta;

/// The longest name of a model, in characters.
const LONGEST_NAME: usize = 255;
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
        let reason = self.finish.unwrap_or(FinishReason::Stop);
        self.deltas.push_back(Delta::Finish(reason));
    }
}

/// A number of tokens that a provider tells.
pub(super) fn believed(tokens: u64) -> u64 {
    tokens.min(MOST_TOKENS)
}

/// A name that a provider gives a model.
pub(super) fn named(name: &str) -> String {
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

/// U+0000 cannot be stored.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
