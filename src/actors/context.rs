//! What a model is shown: read from the log, newest first, until the budget is spent.
//!
//! A pure function of the log up to the turn's start and of its rule, so that an auditor computes the
//! same context again years later. It reads as much as fits, however long the thread is.

use std::collections::{HashMap, HashSet};

use aggregates::{
    MessageId, ThreadId, TurnId,
    thread::{
        ContextLimit, ContextRule, Cut, Grounding, MessageSent, Mood, ReplyEnd, Route, Stage,
        ThreadEvent, TurnOptions,
    },
    verdict::Action,
};
use cqrs_es::Aggregate;

use self::shown::{Candidate, Limit, Shown};
use crate::{
    providers::{Providers, Tokenizer},
    store::{Recorded, Store, StoreError},
};

pub(super) mod manifest;
pub(super) mod shown;

/// To each provider the newest visible messages that fit its limit, but for those that moderation keeps from
/// models, and what they were answered. `recent-3`, of old, showed those answers.
const RECENT: &str = "recent-4";
/// The same of old, with one budget for all.
const RECENT_1: &str = "recent-1";
/// Only the message itself.
pub(super) const NONE: &str = "none";

/// Events read at first, and at most, at a time.
const PAGES: (u32, u32) = (64, 1024);

/// Images that a model is shown at most: with more, older ones are what their messages say of them.
const MOST_IMAGES: u32 = 8;

/// Tokens that the system prompt may have; they are taken off the budget.
const SYSTEM_TOKENS: u64 = 256;

/// The rule for a turn that asks `route` first: `most` is what the operator lets any provider read.
pub(super) fn rule(providers: &Providers, route: &Route, most: Option<u64>) -> ContextRule {
    let chain = providers.chain(&route.provider);
    let limits: Vec<_> = chain
        .iter()
        .filter(|provider| provider.reads_history())
        .filter_map(|provider| {
            let window = provider.window()?;
            let room = window.prompt_tokens().saturating_sub(SYSTEM_TOKENS);
            Some(ContextLimit {
                provider: provider.route().provider.clone(),
                tokenizer: window.tokenizer.name().to_owned(),
                budget_tokens: most.map_or(room, |most| most.min(room)),
                images: if provider.reads_images() {
                    MOST_IMAGES
                } else {
                    0
                },
            })
        })
        .collect();
    ContextRule {
        rule: if limits.is_empty() { NONE } else { RECENT }.to_owned(),
        budget_tokens: limits.first().map_or(0, |limit| limit.budget_tokens),
        limits,
    }
}

/// How to behave: all that a model is told besides the conversation.
pub(super) fn system_prompt(mood: Option<Mood>) -> Option<String> {
    match mood {
        Some(Mood::Serious) => Some("Answer in a serious, factual tone.".to_owned()),
        Some(Mood::Friendly) => Some("Answer in a warm, friendly tone.".to_owned()),
        Some(Mood::Normal) | None => None,
    }
}

/// What the thread's state knows when the turn starts.
#[derive(Clone)]
pub(super) struct Start {
    pub(super) thread: ThreadId,
    pub(super) turn: TurnId,
    /// The sequence of `reply.started`.
    pub(super) sequence: u64,
    /// The message to be answered.
    pub(super) answers: MessageId,
    pub(super) rule: ContextRule,
    pub(super) cuts: Vec<Cut>,
    /// Of a question about documents: whose. What was said of others' is not shown.
    pub(super) grounding: Option<Grounding>,
}

/// The messages to show; `None`: the one to be answered was refused, or is gone. Nobody is asked then.
pub(super) async fn read(store: &Store, start: Start) -> Result<Option<Shown>, StoreError> {
    let (mut before, id) = (start.sequence, start.thread.to_string());
    let mut context = Backwards::new(start);
    let mut size = PAGES.0;
    while before > 1 && !context.full {
        let page = store
            .read_back(aggregates::thread::Thread::TYPE, &id, before, size)
            .await?;
        let Some(oldest) = page.last() else { break };
        before = oldest.sequence;
        size = (size * 2).min(PAGES.1);
        context = if context.shown.is_slow() {
            let counting = tokio::task::spawn_blocking(move || context.take_all(&page));
            match counting.await {
                Ok(context) => context,
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        } else {
            context.take_all(&page)
        };
    }
    if context.limit.is_none() {
        return Ok(None);
    }
    context.shown.open_images(store).await?;
    Ok(Some(context.shown))
}

/// A message before which there is nothing to show.
pub(super) async fn alone(
    store: &Store,
    rule: &ContextRule,
    message: MessageSent,
) -> Result<Shown, StoreError> {
    let mut shown = Shown::by(rule);
    let message = Candidate::sent(message);
    if shown.is_slow() {
        let counting = tokio::task::spawn_blocking(move || {
            shown.add(message);
            shown
        });
        shown = match counting.await {
            Ok(shown) => shown,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
    } else {
        shown.add(message);
    }
    shown.open_images(store).await?;
    Ok(shown)
}

/// The fold over a thread's events from the newest to the oldest.
struct Backwards {
    start: Start,
    /// The place of the message to be answered, once it was seen and is not to be refused.
    limit: Option<u64>,
    replaced: HashSet<uuid::Uuid>,
    /// Messages that no model is shown, and what came with wishes for another answer.
    kept_back: HashSet<uuid::Uuid>,
    /// Those of them that are refused where they are to be answered.
    blocked: HashSet<uuid::Uuid>,
    /// What messages say in place of what was written, as far as moderators have said the last word on them.
    redacted: HashMap<uuid::Uuid, Option<String>>,
    /// Endings whose beginning, which knows the place, has not been seen yet.
    ended: Vec<ReplyEnd>,
    /// Answers, newest first, to messages that have not been seen yet: whether they are shown hangs on those, and on what
    /// came with the wishes for them.
    answers: Vec<(MessageId, TurnId, Candidate)>,
    /// Newer than the message to be answered, by place unknown until that one is seen.
    held: Vec<Candidate>,
    shown: Shown,
    full: bool,
    /// Up to there nothing is left.
    expired: Option<u64>,
    /// What was said with the wish for another answer: it stands in for the message.
    instead: Option<String>,
}

impl Backwards {
    fn new(start: Start) -> Self {
        Self {
            shown: Shown::by(&start.rule),
            start,
            limit: None,
            replaced: HashSet::new(),
            kept_back: HashSet::new(),
            blocked: HashSet::new(),
            redacted: HashMap::new(),
            ended: vec![],
            answers: vec![],
            held: vec![],
            full: false,
            expired: None,
            instead: None,
        }
    }

    fn take_all(mut self, page: &[Recorded]) -> Self {
        for recorded in page {
            if self.full {
                break;
            }
            // What has expired is shown to nobody, from the moment on that says so.
            if self
                .expired
                .is_some_and(|through| recorded.sequence <= through)
            {
                self.full = true;
                break;
            }
            match serde_json::from_str(&recorded.payload) {
                Ok(event) => self.take(event),
                Err(error) => {
                    tracing::error!(position = recorded.position, %error, "an event cannot be read");
                }
            }
        }
        self
    }

    fn take(&mut self, event: ThreadEvent) {
        match event {
            ThreadEvent::MessageSent(sent) => {
                if let Some(old) = sent.replaces {
                    self.replaced.insert(old.0);
                }
                let message = sent.message;
                let sent = self.as_shown(sent);
                let answers = self.answers_to(message);
                if message == self.start.answers && self.blocked.contains(&sent.message.0) {
                    self.full = true;
                } else if message == self.start.answers {
                    self.limit = Some(sent.index);
                    self.full = self.start.rule.rule == NONE;
                    self.choose(Candidate::sent(sent));
                    for held in std::mem::take(&mut self.held) {
                        self.offer(held);
                    }
                } else if !self.kept_back.contains(&message.0) {
                    for answer in answers {
                        self.offer(answer);
                    }
                    if !self.replaced.contains(&message.0) && self.is_of_these(&sent.options) {
                        self.offer(Candidate::sent(sent));
                    }
                }
            }
            ThreadEvent::ReplyCompleted(mut end)
            | ThreadEvent::ReplyStopped(mut end)
            | ThreadEvent::ReplyInterrupted(mut end)
                if !end.text.is_empty() && !end.is_refusal() =>
            {
                if let Some(text) = self.redaction_of(end.turn.answer()) {
                    end.text = text;
                }
                self.ended.push(end);
            }
            ThreadEvent::ReplyStarted(started) => {
                if let Some(old) = started.replaces {
                    self.replaced.insert(old.0);
                }
                let Some(at) = self.ended.iter().position(|end| end.turn == started.turn) else {
                    return;
                };
                let end = self.ended.swap_remove(at);
                if !self.replaced.contains(&end.turn.0) && self.is_of_these(&started.options) {
                    let answer = Candidate::answered(end.turn, started.index, end.text);
                    match self.start.rule.rule == RECENT {
                        true => self.answers.push((started.answers, end.turn, answer)),
                        false => self.offer(answer),
                    }
                }
            }
            ThreadEvent::VerdictRecorded(recorded)
                if recorded.stage == Stage::Input && recorded.verdict.keeps_from_models() =>
            {
                let message = recorded.message.map(|message| message.0);
                self.kept_back.extend(message);
                if recorded.verdict.action == Action::Block {
                    self.blocked.extend(message);
                }
            }
            ThreadEvent::ReloadRequested { turn, said, .. } if turn == self.start.turn => {
                self.instead = said;
            }
            ThreadEvent::MessageRedacted { message, text, .. } => {
                self.redacted.entry(message.0).or_insert(Some(text));
            }
            ThreadEvent::MessageRestored { message, .. } => {
                self.redacted.entry(message.0).or_insert(None);
            }
            // What was erased is shown to nobody, a model neither.
            ThreadEvent::ErasureRequested {} => self.full = true,
            ThreadEvent::ContentExpired(expired) => {
                self.expired = self.expired.max(Some(expired.through));
            }
            _ => {}
        }
    }

    /// A message, or what was said in its place, under the id of that; as moderators have left it, who redact each under
    /// its own id. The images of a redacted or blocked message are not shown either way.
    fn as_shown(&mut self, mut sent: MessageSent) -> MessageSent {
        let mut redaction = self.redaction_of(sent.message);
        if redaction.is_some() || self.blocked.contains(&sent.message.0) {
            sent.attachments.clear();
        }
        if sent.message == self.start.answers
            && let Some(said) = self.instead.take()
        {
            sent.message = self.start.turn.wish();
            sent.text = said;
            redaction = self.redaction_of(sent.message);
        }
        if let Some(text) = redaction {
            sent.text = text;
        }
        sent
    }

    /// What stands in place of what was written, as far as moderators have said the last word on it.
    fn redaction_of(&mut self, message: MessageId) -> Option<String> {
        self.redacted.remove(&message.0).flatten()
    }

    /// What this message was answered, newest first, but for answers to wishes that are kept from models.
    fn answers_to(&mut self, question: MessageId) -> Vec<Candidate> {
        let answers = std::mem::take(&mut self.answers).into_iter();
        let (its, others): (Vec<_>, Vec<_>) = answers.partition(|(of, ..)| *of == question);
        self.answers = others;
        its.into_iter()
            .filter(|(_, turn, _)| !self.kept_back.contains(&turn.wish().0))
            .map(|(.., answer)| answer)
            .collect()
    }

    /// Whether it was asked of the same documents.
    fn is_of_these(&self, options: &TurnOptions) -> bool {
        let [ours, its] = [&self.start.grounding, &options.grounding]
            .map(|of| of.as_ref().map(|of| of.institution.as_deref()));
        ours == its
    }

    fn offer(&mut self, candidate: Candidate) {
        let mut cuts = self.start.cuts.iter();
        if cuts.any(|cut| (cut.from..=cut.to).contains(&candidate.index)) {
            return;
        }
        match self.limit {
            None => self.held.push(candidate),
            Some(limit) if candidate.index < limit => self.choose(candidate),
            // Sent after the message to be answered, waiting for an answer of its own.
            Some(_) => {}
        }
    }

    fn choose(&mut self, candidate: Candidate) {
        if !self.shown.add(candidate) {
            self.full = true;
        }
    }
}

impl Shown {
    /// Nothing yet, and for whom how much.
    fn by(rule: &ContextRule) -> Self {
        match rule.rule.as_str() {
            RECENT_1 => Self::of(vec![Limit::of_old(rule.budget_tokens)]),
            _ => Self::of(rule.limits.iter().map(limit).collect()),
        }
    }
}

fn limit(limit: &ContextLimit) -> Limit {
    let tokenizer = Tokenizer::named(&limit.tokenizer).unwrap_or_else(|| {
        tracing::error!(
            tokenizer = limit.tokenizer,
            "no such tokenizer: estimating instead"
        );
        Tokenizer::Estimate
    });
    Limit::new(&limit.provider, tokenizer, limit.budget_tokens).seeing(limit.images)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::tokens;

    #[test]
    fn every_tone_has_room_beside_the_conversation() {
        for mood in [
            None,
            Some(Mood::Serious),
            Some(Mood::Friendly),
            Some(Mood::Normal),
        ] {
            let prompt = system_prompt(mood).unwrap_or_default();
            assert!(tokens(&prompt) <= SYSTEM_TOKENS, "{prompt}");
        }
    }
}
