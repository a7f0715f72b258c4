//! How a turn ends: with what was written, or in the server's own words.

use aggregates::{
    thread::{FinishReason, ReplyEnd, Route, Tools, Usage},
    verdict::{Action, Verdict},
};

use super::{Found, Job, written::Written};
use crate::{
    actors::{Services, context::shown::Shown, feed::Ending, grounding},
    moderation::Answer,
};

/// How a turn ended, and what there is to be recorded.
pub(super) struct Closing {
    pub(super) ending: Ending,
    pub(super) end: ReplyEnd,
    /// `None`: nobody has judged it yet.
    pub(super) verdict: Option<Verdict>,
    /// There may be drafts of it.
    pub(super) drafted: bool,
    /// Bytes of the text and of the thoughts that somebody may have seen.
    pub(super) released: (usize, usize),
}

impl Closing {
    pub(super) fn of<W: Fn(&Route) -> Answer>(
        ending: Ending,
        written: Written<W>,
        job: &Job,
        shown: Option<&Shown>,
    ) -> Self {
        let drafted = written.drafted;
        let released = (written.released_text, written.released_reasoning);
        let (end, verdict) = written.end(job, shown);
        Self {
            ending,
            end,
            verdict,
            drafted,
            released,
        }
    }

    /// The same, with what things could be looked up with.
    pub(super) fn with_tools(mut self, tools: Option<Tools>) -> Self {
        self.end.tools = tools;
        self
    }

    /// The same, with what detectors elsewhere say of the whole. Of what is blocked, and of what is to be over before
    /// those have judged it, only that is kept which somebody may have seen; where that is nothing, a refusal stands in
    /// the place of what is blocked. What was held and is harmless is kept, though nobody has seen it.
    pub(super) async fn judged_elsewhere(mut self, services: &Services) -> Self {
        let Some(verdict) = self.verdict.take() else {
            return self;
        };
        let moderation = &services.moderation;
        let blocked_here = verdict.action == Action::Block;
        // Who is told to stop at once, or has lost its turn, asks nobody any more.
        let is_over = matches!(self.ending, Ending::Interrupted | Ending::Elsewhere);
        let mut verdict = match is_over || blocked_here {
            true => verdict,
            false => {
                let thoughts = self.end.reasoning.as_deref().unwrap_or_default();
                moderation.answered(verdict, thoughts, &self.end.text).await
            }
        };
        let blocked = verdict.action == Action::Block;
        let unseen = is_over && moderation.asks_elsewhere_of_answers();
        if unseen || (blocked && (!blocked_here || moderation.is_strict())) {
            verdict.released = self.released != (0, 0);
            self.keep_what_was_seen(blocked.then(|| moderation.refusal()));
        }
        self.verdict = Some(verdict);
        self
    }

    fn keep_what_was_seen(&mut self, refusal: Option<String>) {
        let (end, (text, thoughts)) = (&mut self.end, self.released);
        end.text.truncate(text);
        if let Some(reasoning) = &mut end.reasoning {
            reasoning.truncate(thoughts);
        }
        end.reasoning.take_if(|reasoning| reasoning.is_empty());
        if let Some(refusal) = refusal {
            if text == 0 {
                end.text = refusal;
            }
            end.finish = Some(FinishReason::ContentFilter);
        }
    }

    /// The same, with the passages and what they have cost.
    pub(super) fn resting_on(mut self, found: Found) -> Self {
        let end = &mut self.end;
        for attempt in &found.attempts {
            end.usage.prompt_tokens = end
                .usage
                .prompt_tokens
                .saturating_add(attempt.usage.prompt_tokens);
            end.usage.estimated |= attempt.usage.estimated;
        }
        end.attempts.splice(0..0, found.attempts);
        end.sources = Some(found.sources);
        self
    }
}

/// The message to be answered was blocked when it was sent: it is so now.
pub(super) fn refused(services: &Services, job: &Job) -> Closing {
    said(
        job,
        services.moderation.refusal(),
        FinishReason::ContentFilter,
    )
}

pub(super) fn nothing_found(job: &Job, found: Found) -> Closing {
    said(job, grounding::NOTHING.to_owned(), FinishReason::Stop).resting_on(found)
}

/// The server's own words, without anybody being asked.
fn said(job: &Job, text: String, finish: FinishReason) -> Closing {
    let end = ReplyEnd {
        turn: job.turn,
        text,
        reasoning: None,
        route: job.route.clone(),
        finish: Some(finish),
        error: None,
        usage: Usage::default(),
        attempts: vec![],
        context_messages: 0,
        sources: None,
        tools: None,
    };
    Closing {
        ending: Ending::Completed,
        end,
        verdict: Some(Verdict::exempt()),
        drafted: false,
        released: (0, 0),
    }
}
