//! What a reply has brought in so far: text, thoughts, attempts, and how much of it was released. Only what was judged
//! gets in; what may still become something that has to be taken out is held.

use aggregates::{
    thread::{Attempt, FinishReason, ReplyEnd, Route, Usage},
    verdict::Verdict,
};
use futures_util::{FutureExt, Stream, StreamExt};

use super::{Job, rounds::Wanted};
use crate::{
    actors::context::shown::Shown,
    moderation::{Answer, Leaving},
    providers::{Delta, Step, ToolCall, tokens},
};

/// Bytes that an answer may take in its closing event, which is less than the log takes.
const LONGEST: usize = 3 << 20;
/// Text gathered that is written even though more is ready, in bytes.
const ENOUGH: usize = 64 * 1024;

/// See the module.
pub(super) struct Written<W> {
    /// Who watches the answer of the provider that writes it.
    watching: W,
    /// `None`: nothing was written yet.
    answer: Option<Answer>,
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) released_text: usize,
    pub(super) released_reasoning: usize,
    route: Route,
    /// Where in the text and the thoughts the last round began.
    round: [usize; 2],
    /// What is wanted before more is written.
    calls: Vec<ToolCall>,
    /// Something was written in an earlier round: what follows is a paragraph of its own.
    goes_on: bool,
    finish: Option<FinishReason>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) error: Option<String>,
    /// There may be chunks of it.
    pub(super) drafted: bool,
    /// Bytes that may still be taken in, and that may be kept of them, as they are written in the event.
    room: [usize; 2],
    cut: bool,
}

impl<W: Fn(&Route) -> Answer> Written<W> {
    pub(super) fn new(route: Route, watching: W) -> Self {
        Self {
            watching,
            answer: None,
            text: String::new(),
            reasoning: String::new(),
            released_text: 0,
            released_reasoning: 0,
            route,
            round: [0; 2],
            calls: vec![],
            goes_on: false,
            finish: None,
            attempts: vec![],
            error: None,
            drafted: false,
            room: [LONGEST; 2],
            cut: false,
        }
    }

    /// Takes `step` and everything that is ready behind it; `false` at the end of the stream.
    pub(super) fn gather<S>(&mut self, mut step: Option<Step>, steps: &mut S) -> bool
    where
        S: Stream<Item = Step> + Unpin,
    {
        let before = self.room[0];
        loop {
            match step {
                None => return false,
                Some(step) => self.take(step),
            }
            if self.has_ended() {
                return false;
            }
            if before - self.room[0] > ENOUGH {
                return true;
            }
            match steps.next().now_or_never() {
                Some(next) => step = next,
                None => return true,
            }
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Delta { route, delta } => match delta {
                Delta::Text(text) => {
                    if std::mem::take(&mut self.goes_on) {
                        self.write(route.clone(), "\n\n", Answer::text);
                    }
                    self.write(route, &text, Answer::text);
                }
                Delta::Reasoning(text) => self.write(route, &text, Answer::thoughts),
                Delta::Call(call) => {
                    self.route = route;
                    self.calls.push(call);
                }
                Delta::Finish(reason) => self.finish = Some(reason),
                // Each attempt carries its own.
                Delta::Usage(_) | Delta::Model(_) => {}
            },
            Step::Attempt(attempt) => self.attempts.push(attempt),
            Step::Failed(error) => self.error = Some(error.to_string()),
        }
    }

    fn write(&mut self, route: Route, text: &str, watched: fn(&mut Answer, &str) -> Leaving) {
        self.route = route;
        let text = self.fitting(0, text);
        let watching = || (self.watching)(&self.route);
        let leaving = watched(self.answer.get_or_insert_with(watching), text);
        self.keep(&leaving);
    }

    fn keep(&mut self, leaving: &Leaving) {
        let thoughts = self.fitting(1, &leaving.thoughts);
        self.reasoning.push_str(thoughts);
        let text = self.fitting(1, &leaving.text);
        self.text.push_str(text);
    }

    /// Whether nothing more is taken in, whatever comes.
    fn has_ended(&mut self) -> bool {
        if self.cut {
            self.finish = Some(FinishReason::Length);
            return true;
        }
        let blocked = self.answer.as_ref().is_some_and(Answer::is_blocked);
        if blocked {
            self.finish = Some(FinishReason::ContentFilter);
        }
        blocked
    }

    /// What the model wants before it goes on, if it wants anything and may go on at all.
    pub(super) fn wanted(&mut self) -> Option<Wanted> {
        let broken = matches!(
            self.finish,
            Some(FinishReason::Length | FinishReason::ContentFilter)
        );
        if self.calls.is_empty() || broken || self.has_ended() {
            return None;
        }
        // What was held can become nothing any more that has to be taken out.
        if let Some(leaving) = self.answer.as_mut().map(Answer::part) {
            self.keep(&leaving);
        }
        if self.has_ended() {
            return None;
        }
        self.finish = None;
        let [text, thoughts] = self.round;
        self.round = [self.text.len(), self.reasoning.len()];
        let text = self.text[text..].trim().to_owned();
        self.goes_on |= !text.is_empty();
        Some(Wanted {
            route: self.route.clone(),
            text,
            thoughts: self.reasoning[thoughts..].to_owned(),
            calls: std::mem::take(&mut self.calls),
        })
    }

    /// Whether there is anything to release.
    pub(super) fn has_more(&self) -> bool {
        if self.answer.as_ref().is_some_and(Answer::is_held) {
            return false;
        }
        self.text.len() > self.released_text || self.reasoning.len() > self.released_reasoning
    }

    /// As much of it as there is room for.
    fn fitting<'t>(&mut self, room: usize, text: &'t str) -> &'t str {
        let room = &mut self.room[room];
        for (at, character) in text.char_indices() {
            let size = match character {
                '"' | '\\' | '\n' | '\r' | '\t' => 2,
                control if control < ' ' => 6,
                other => other.len_utf8(),
            };
            if size > *room {
                self.cut = true;
                return &text[..at];
            }
            *room -= size;
        }
        text
    }

    /// A reply of which nobody knows more than what was released.
    pub(super) fn released(route: Route, watching: W, text: String, reasoning: String) -> Self {
        let attempt = Attempt {
            route: route.clone(),
            duration_ms: 0,
            error: None,
            status: None,
            model: None,
            usage: Usage {
                prompt_tokens: 0,
                completion_tokens: tokens(&text).saturating_add(tokens(&reasoning)),
                estimated: true,
            },
            shown_from: None,
            images: vec![],
        };
        Self {
            text,
            reasoning,
            attempts: vec![attempt],
            ..Self::new(route, watching)
        }
    }

    /// The reply's end, with what it cost, what each provider was shown, and what moderation says of it.
    pub(super) fn end(mut self, job: &Job, shown: Option<&Shown>) -> (ReplyEnd, Option<Verdict>) {
        let mut answer = self.answer.take();
        let answer = answer.get_or_insert_with(|| (self.watching)(&self.route));
        let (leaving, verdict) = answer.finish();
        self.keep(&leaving);
        (self.told(job, shown), verdict)
    }

    fn told(mut self, job: &Job, shown: Option<&Shown>) -> ReplyEnd {
        if let Some(shown) = shown {
            for attempt in &mut self.attempts {
                attempt.shown_from = shown.extent(&attempt.route.provider).1;
                attempt.images = shown.images(&attempt.route.provider);
            }
        }
        let usages = self.attempts.iter().map(|attempt| attempt.usage);
        let usage = usages.fold(Usage::default(), |sum, usage| Usage {
            prompt_tokens: sum.prompt_tokens.saturating_add(usage.prompt_tokens),
            completion_tokens: sum
                .completion_tokens
                .saturating_add(usage.completion_tokens),
            estimated: sum.estimated || usage.estimated,
        });
        ReplyEnd {
            turn: job.turn,
            context_messages: shown.map_or(0, |shown| shown.extent(&self.route.provider).0),
            sources: None,
            tools: None,
            text: self.text,
            reasoning: (!self.reasoning.is_empty()).then_some(self.reasoning),
            route: self.route,
            finish: self.finish,
            error: self.error,
            usage,
            attempts: self.attempts,
        }
    }
}
