//! Reads from the raw frames what the `genai` crate does not tell.
//!
//! Seen in 0.7.2: an Ollama answer that breaks off gets an end like a whole one, and its error lines are
//! passed over; without `[DONE]` neither usage nor finish reason are given; usage in a frame that
//! has choices but no finish reason is passed over; `"error": null` is taken for an error.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ::genai::chat::{ChatFrameSink, FrameCtx, RawFrameRef};
use aggregates::thread::{FinishReason, Usage};
use serde_json::Value;

use crate::providers::Delta;

/// What the frames of one answer have told so far.
#[derive(Debug, Default)]
pub(super) struct Wire(Mutex<Facts>);

#[derive(Debug, Default)]
struct Facts {
    /// All frames, comments included.
    frames: usize,
    /// Frames with data.
    data: usize,
    bytes: usize,
    done: bool,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    error: Option<FrameError>,
    overlooked: Option<Delta>,
}

/// An error told in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FrameError {
    /// An HTTP status, where the frame holds one.
    pub(super) status: Option<u16>,
    /// The provider's words.
    pub(super) message: String,
}

impl Wire {
    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn frames(&self) -> usize {
        self.facts().frames
    }

    /// Whether any frame had data: a web page has none.
    pub(super) fn has_data(&self) -> bool {
        self.facts().data > 0
    }

    pub(super) fn bytes(&self) -> usize {
        self.facts().bytes
    }

    /// Whether the provider said that nothing more of the answer will come.
    pub(super) fn is_whole(&self) -> bool {
        let facts = self.facts();
        facts.done || facts.finish.is_some()
    }

    pub(super) fn error(&self) -> Option<FrameError> {
        self.facts().error.clone()
    }

    /// What the last frame said beside an `"error": null`.
    pub(super) fn take_overlooked(&self) -> Option<Delta> {
        self.facts().overlooked.take()
    }

    /// The last deltas of a whole answer.
    pub(super) fn conclusion(&self) -> Vec<Delta> {
        let facts = self.facts();
        let finish = facts.finish.unwrap_or(FinishReason::Stop);
        let usage = facts.usage.map(Delta::Usage);
        usage.into_iter().chain([Delta::Finish(finish)]).collect()
    }
}

impl ChatFrameSink for Wire {
    fn on_frame(&self, _: &FrameCtx, frame: RawFrameRef<'_>) {
        let mut facts = self.facts();
        facts.frames += 1;
        facts.bytes += frame.data.len();
        facts.overlooked = None;
        if frame.data.trim().is_empty() {
            return;
        }
        facts.data += 1;
        if frame.data == "[DONE]" {
            facts.done = true;
        } else if let Ok(frame) = serde_json::from_str(frame.data) {
            facts.read(&frame);
        }
    }
}

impl Facts {
    fn read(&mut self, frame: &Value) {
        match frame.get("error") {
            Some(Value::Null) => self.overlooked = overlooked(frame),
            Some(error) => self.error = Some(FrameError::of(error)),
            None => {}
        }
        let finish = text_at(frame, "/choices/0/finish_reason");
        if let Some(reason) = finish.or_else(|| text_at(frame, "/done_reason")) {
            self.finish = Some(finish_reason(reason));
        }
        if frame.get("done") == Some(&Value::Bool(true)) {
            self.done = true;
        }
        if let Some(usage) = usage(frame) {
            self.usage = Some(usage);
        }
    }
}

impl FrameError {
    /// Found are a sentence, or an object with `message` and perhaps an HTTP status as `code`.
    fn of(error: &Value) -> Self {
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

fn text_at<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

fn overlooked(frame: &Value) -> Option<Delta> {
    let delta = frame.pointer("/choices/0/delta")?;
    let reasoning = text_at(delta, "/reasoning_content")
        .or_else(|| text_at(delta, "/reasoning"))
        .filter(|reasoning| !reasoning.is_empty());
    Some(match reasoning {
        Some(reasoning) => Delta::Reasoning(reasoning.to_owned()),
        None => Delta::Text(text_at(delta, "/content").unwrap_or_default().to_owned()),
    })
}

fn usage(frame: &Value) -> Option<Usage> {
    let count = |pointer: &str| frame.pointer(pointer).and_then(Value::as_u64);
    let pairs = [
        ("/usage/prompt_tokens", "/usage/completion_tokens"),
        (
            "/x_groq/usage/prompt_tokens",
            "/x_groq/usage/completion_tokens",
        ),
        ("/prompt_eval_count", "/eval_count"),
    ];
    pairs.into_iter().find_map(|(prompt, completion)| {
        let (prompt, completion) = (count(prompt), count(completion));
        if prompt.is_none() && completion.is_none() {
            return None;
        }
        Some(Usage {
            prompt_tokens: prompt.unwrap_or_default(),
            completion_tokens: completion.unwrap_or_default(),
            estimated: false,
        })
    })
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "stop" | "end_turn" | "eos" => FinishReason::Stop,
        "length" | "max_tokens" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "error" => FinishReason::Error,
        _ => FinishReason::Other,
    }
}
