//! Conversations of elsewhere become threads: the same rules decide, moderation judges every text, and the committer makes it
//! durable. No model is asked, and no actor is needed: nobody knows the thread before it is there.
//!
//! All ids are made of what the conversation is called there, so whatever was broken off goes on where it was, and what is
//! whole is not written again. The last event says that it is.

use aggregates::{
    Decide, MessageId, ThreadId, TurnId, UserId,
    thread::{
        ContextRule, Dialect, FinishReason, Imported, Opening, ReplyEnd, Route, SendMessage, Tail,
        Thread, ThreadCommand, ThreadEvent, TurnOptions, TurnPolicy, Usage, Written,
    },
    verdict::Verdict,
};
use cqrs_es::Aggregate;
use uuid::Uuid;

use super::{judging, messages::Origin};
use crate::{
    moderation::Moderation,
    store::{Commit, CommitError, Committer, NewEvent, Store, StoreError},
};

/// Events of one commit; the log takes 64.
const TOGETHER: usize = 60;
/// Bytes of one commit; the log takes 16 MiB.
const MOST: usize = 8 << 20;
/// Bytes of one text, as JSON has it; the log takes 4 MiB of an event.
const LONGEST: usize = 3 << 20;
/// The name of a conversation that has none.
const NAMELESS: &str = "Imported conversation";
/// The longest name, in characters.
const LONGEST_NAME: usize = 150;
/// What a conversation is called there, when that may stand in the record as it is.
const LONGEST_REFERENCE: usize = 100;
/// The namespace of references; random, fixed for ever.
const REFERENCES: Uuid = Uuid::from_u128(0x73b2_ce60_4d58_4f0e_8a1d_3b9c_5e27_d018);

/// A conversation of elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The program it took place in, in one word.
    pub source: &'static str,
    /// What it is called there; always the same.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// When it began, in microseconds since 1970.
    pub began_at: Option<i64>,
    /// When it was changed last.
    pub changed_at: Option<i64>,
    /// It had been put away.
    pub archived: bool,
    /// What happened in it.
    pub steps: Vec<PastStep>,
    /// Parts that are not in the steps.
    pub left_out: u64,
}

/// Something that happened in it.
#[derive(Clone, Debug, PartialEq)]
pub enum PastStep {
    /// Somebody said something, and was perhaps answered.
    Say {
        /// That.
        said: PastText,
        /// The answer.
        answer: Option<PastAnswer>,
    },
    /// The last thing was said again, differently.
    SayAgain {
        /// How.
        said: PastText,
        /// The answer.
        answer: Option<PastAnswer>,
    },
    /// It was answered again.
    AnswerAgain {
        /// How.
        answer: PastAnswer,
    },
    /// So many questions with their answers stay; what came after them is not seen any more.
    GoBack {
        /// How many.
        to: usize,
    },
}

/// What somebody said.
#[derive(Clone, Debug, PartialEq)]
pub struct PastText {
    /// Not empty.
    pub text: String,
    /// When, in microseconds since 1970.
    pub at: Option<i64>,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct PastAnswer {
    /// That.
    pub text: String,
    /// What the model thought.
    pub thoughts: Option<String>,
    /// When.
    pub at: Option<i64>,
    /// The model, as it is called there.
    pub model: Option<String>,
}

/// What became of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is a thread now, or is again whole.
    Imported(ThreadId),
    /// It was imported before; it may have been deleted since.
    Known(ThreadId),
}

/// Why a conversation was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Somebody was faster.
    #[error(
        "an import of it was broken off, and somebody has gone on with it since: it stays as it is"
    )]
    Changed,
    /// An event does not take it.
    #[error("one of its messages has more than 3 MiB")]
    TooLong,
    /// The rules say no, which is a fault of ours.
    #[error("it cannot be told as a conversation: {0}")]
    Refused(String),
    /// The log cannot be reached.
    #[error("the record cannot be written at the moment: {0}")]
    Unavailable(String),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Where conversations are imported.
#[derive(Clone)]
pub struct Imports {
    store: Store,
    committer: Committer,
    moderation: Moderation,
}

impl Imports {
    /// Over this log.
    #[must_use]
    pub fn new(store: Store, committer: Committer, moderation: Moderation) -> Self {
        Self {
            store,
            committer,
            moderation,
        }
    }

    /// Makes it a thread of this user, unless it is one.
    ///
    /// # Errors
    /// When the log cannot be reached, or takes no part of it. What was written of it is gone on with the next time.
    pub async fn take(&self, owner: UserId, past: Past) -> Result<Arrival, ImportError> {
        let hash = Uuid::new_v5(&REFERENCES, past.id.as_bytes()).simple();
        let name = format!("{owner}:{}:{hash}", past.source);
        let thread = ThreadId::named(&name);
        let (there, sequence) = self.store.load::<Thread>(&thread.to_string()).await?;
        if there.is_imported() {
            return Ok(Arrival::Known(thread));
        }
        let mut telling = Telling::new(&self.moderation, thread, &past);
        telling.open(owner, name, past.name.clone()).await?;
        // What is there of it is recognised by the state it leads to.
        let mut done = (sequence == 0).then_some(0);
        let mut batches = Batches::default();
        for step in past.steps.iter().map(Some).chain([None]) {
            match step {
                Some(step) => telling.tell(step).await?,
                None => {
                    if past.archived {
                        telling.carry_out(ThreadCommand::Archive)?;
                    }
                    telling.carry_out(ThreadCommand::NoteImport(telling.imported(&past)))?;
                }
            }
            let events = std::mem::take(&mut telling.events);
            if done.is_some() {
                batches.add(&events)?;
            } else if telling.state == there {
                done = Some(sequence);
            }
        }
        let mut expected = done.ok_or(ImportError::Changed)?;
        for events in batches.0 {
            expected = self.commit(thread, owner, expected, events.0).await?;
        }
        Ok(Arrival::Imported(thread))
    }

    async fn commit(
        &self,
        thread: ThreadId,
        owner: UserId,
        expected: u64,
        events: Vec<NewEvent>,
    ) -> Result<u64, ImportError> {
        let next = expected + events.len() as u64;
        let commit = Commit {
            command_id: Uuid::new_v5(&thread.0, format!("import {expected}").as_bytes()),
            fingerprint: None,
            aggregate_type: Thread::TYPE,
            aggregate_id: thread.to_string(),
            expected,
            epoch: 0,
            events,
            metadata: Origin::user(owner).metadata(),
            reserve: vec![],
            release: vec![],
            turns: vec![],
        };
        match self.committer.commit(commit).await {
            Ok(_) => Ok(next),
            Err(
                CommitError::Conflict { .. }
                | CommitError::PredecessorFailed
                | CommitError::Duplicate(_),
            ) => Err(ImportError::Changed),
            Err(CommitError::Rejected(reason)) => Err(ImportError::Refused(reason)),
            Err(error) => Err(ImportError::Unavailable(error.to_string())),
        }
    }
}

/// Events that are written together; no commit ends in the middle of an answer.
#[derive(Default)]
struct Batches(Vec<(Vec<NewEvent>, usize)>);

impl Batches {
    fn add(&mut self, events: &[ThreadEvent]) -> Result<(), ImportError> {
        let events = events.iter().map(NewEvent::of);
        let events: Vec<NewEvent> = events.collect::<Result<_, StoreError>>()?;
        let size = events.iter().map(|event| event.payload.len()).sum();
        match self.0.last_mut() {
            Some((last, bytes))
                if last.len() + events.len() <= TOGETHER && *bytes + size <= MOST =>
            {
                last.extend(events);
                *bytes += size;
            }
            _ => self.0.push((events, size)),
        }
        Ok(())
    }
}

/// A question in the history, and the turn that answered it.
#[derive(Clone, Copy)]
struct Asked {
    message: MessageId,
    turn: TurnId,
    index: u64,
    answered: bool,
}

/// Tells a conversation from its beginning.
struct Telling<'m> {
    moderation: &'m Moderation,
    thread: ThreadId,
    route: Route,
    state: Thread,
    opening: Option<Opening>,
    events: Vec<ThreadEvent>,
    /// What is seen at the moment.
    seen: Vec<Asked>,
    turns: u64,
    written: Vec<Written>,
}

impl<'m> Telling<'m> {
    fn new(moderation: &'m Moderation, thread: ThreadId, past: &Past) -> Self {
        Self {
            moderation,
            thread,
            route: Route {
                provider: past.source.to_owned(),
                model: String::new(),
            },
            state: Thread::default(),
            opening: None,
            events: vec![],
            seen: vec![],
            turns: 0,
            written: vec![],
        }
    }

    async fn open(
        &mut self,
        owner: UserId,
        reference: String,
        name: Option<String>,
    ) -> Result<(), ImportError> {
        let name = name.map(|name| readable(&name)).unwrap_or_default();
        let name = self.moderation.redacted(name).await;
        let name: String = name.trim().chars().take(LONGEST_NAME).collect();
        let name = match name.trim() {
            "" => NAMELESS,
            name => name,
        };
        self.opening = Some(Opening {
            owner,
            dialect: Dialect::Assistant,
            reference: Some(reference),
            channel: Some(self.route.provider.clone()),
            // Also so that nobody is asked for a title.
            name: Some(name.to_owned()),
        });
        Ok(())
    }

    /// One step, whose last answer has ended.
    async fn tell(&mut self, step: &PastStep) -> Result<(), ImportError> {
        match step {
            PastStep::Say { said, answer } => {
                let index = self.state.next_index();
                let send = self.message(said, answer.as_ref()).await?;
                self.seen.push(asked(&send, index, answer.as_ref()));
                self.carry_out(ThreadCommand::Send(send))?;
                self.answer(answer.as_ref()).await
            }
            PastStep::SayAgain { said, answer } => {
                let old = self.last()?;
                let send = self.message(said, answer.as_ref()).await?;
                self.seen.pop();
                self.seen.push(asked(&send, old.index, answer.as_ref()));
                self.carry_out(ThreadCommand::Edit {
                    target: old.message,
                    send,
                })?;
                self.answer(answer.as_ref()).await
            }
            PastStep::AnswerAgain { answer } => {
                let old = self.last()?;
                let turn = self.next_turn();
                self.seen.pop();
                self.seen.push(Asked {
                    turn,
                    answered: true,
                    ..old
                });
                self.carry_out(ThreadCommand::Reload {
                    turn,
                    route: self.route_of(Some(answer)),
                    options: TurnOptions::default(),
                    context: elsewhere(),
                    said: None,
                    judged: None,
                })?;
                self.answer(Some(answer)).await
            }
            PastStep::GoBack { to } => self.go_back(*to),
        }
    }

    fn go_back(&mut self, to: usize) -> Result<(), ImportError> {
        let hidden = self.seen.split_off(to.min(self.seen.len()));
        let Some(first) = hidden.first() else {
            return Ok(());
        };
        let messages = |asked: &Asked| 1 + u64::from(asked.answered);
        let last = self.seen.last();
        self.carry_out(ThreadCommand::Rewind {
            from: first.index,
            deleted: hidden.iter().map(messages).sum(),
            tail: Tail {
                user: last.map(|last| (last.message, last.index)),
                answer: last.map(|last| (last.turn, last.index + 1)),
            },
            next_index: self.state.next_index(),
        })
    }

    async fn message(
        &mut self,
        said: &PastText,
        answer: Option<&PastAnswer>,
    ) -> Result<SendMessage, ImportError> {
        let text = fitting(&said.text)?;
        let (message, turn) = (MessageId(self.id("message")), self.next_turn());
        self.note(message, said.at);
        let input = self.moderation.input(text).await;
        // What was refused there would have been refused; what was answered was.
        let judged = input.judged.map(|judged| aggregates::verdict::Judged {
            refusal: None,
            ..judged
        });
        Ok(SendMessage {
            opening: self.opening.take(),
            message,
            turn,
            text: input.text,
            judged,
            attachments: vec![],
            route: self.route_of(answer),
            options: TurnOptions::default(),
            context: elsewhere(),
            policy: TurnPolicy::Queue,
            archived_is_readonly: false,
        })
    }

    /// Ends the turn that runs: with this, or before its first word.
    async fn answer(&mut self, answer: Option<&PastAnswer>) -> Result<(), ImportError> {
        let turn = self.last()?.turn;
        let mut end = ReplyEnd {
            turn,
            text: String::new(),
            reasoning: None,
            route: self.route_of(answer),
            finish: None,
            error: None,
            usage: Usage::default(),
            attempts: vec![],
            context_messages: 0,
            sources: None,
            tools: None,
        };
        let Some(answer) = answer else {
            let verdict = Some(Verdict::exempt());
            return self.carry_out(ThreadCommand::InterruptReply(end, verdict, elsewhere()));
        };
        self.note(turn.answer(), answer.at);
        let text = fitting(&answer.text)?;
        let thoughts = match &answer.thoughts {
            Some(thoughts) => fitting(thoughts)?,
            None => String::new(),
        };
        let (text, thoughts, verdict) = judging::told(self.moderation, &thoughts, &text);
        end.finish = Some(FinishReason::Stop);
        end.text = text;
        end.reasoning = (!thoughts.is_empty()).then_some(thoughts);
        self.carry_out(ThreadCommand::CompleteReply(end, verdict, elsewhere()))
    }

    fn imported(&self, past: &Past) -> Imported {
        let plain = past.id.len() <= LONGEST_REFERENCE
            && past
                .id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        Imported {
            source: past.source.to_owned(),
            reference: match plain {
                true => past.id.clone(),
                false => Uuid::new_v5(&REFERENCES, past.id.as_bytes()).to_string(),
            },
            began_at: past.began_at,
            changed_at: past.changed_at,
            written: self.written.clone(),
            left_out: past.left_out,
        }
    }

    fn carry_out(&mut self, command: ThreadCommand) -> Result<(), ImportError> {
        let events = self.state.decide(command);
        let events = events.map_err(|refusal| ImportError::Refused(refusal.to_string()))?;
        for event in &events {
            self.state.apply(event.clone());
        }
        self.events.extend(events);
        Ok(())
    }

    fn last(&self) -> Result<Asked, ImportError> {
        let nothing = || ImportError::Refused("it answers nothing".to_owned());
        self.seen.last().copied().ok_or_else(nothing)
    }

    fn note(&mut self, message: MessageId, at: Option<i64>) {
        self.written.extend(at.map(|at| Written { message, at }));
    }

    fn next_turn(&mut self) -> TurnId {
        self.turns += 1;
        TurnId(self.id("turn"))
    }

    /// The next thing of this sort, always the same.
    fn id(&self, what: &str) -> Uuid {
        let name = format!("imported {what} {}", self.turns);
        Uuid::new_v5(&self.thread.0, name.as_bytes())
    }

    fn route_of(&self, answer: Option<&PastAnswer>) -> Route {
        let model = answer.and_then(|answer| answer.model.as_deref());
        let plain = |letter: &char| !letter.is_control();
        Route {
            model: model
                .unwrap_or_default()
                .chars()
                .filter(plain)
                .take(100)
                .collect(),
            ..self.route.clone()
        }
    }
}

fn asked(send: &SendMessage, index: u64, answer: Option<&PastAnswer>) -> Asked {
    Asked {
        message: send.message,
        turn: send.turn,
        index,
        answered: answer.is_some(),
    }
}

/// Nobody here knows what a model was shown there.
fn elsewhere() -> ContextRule {
    ContextRule {
        rule: "elsewhere".to_owned(),
        budget_tokens: 0,
        limits: vec![],
    }
}

/// A text that an event takes.
fn fitting(text: &str) -> Result<String, ImportError> {
    let text = readable(text);
    let size = serde_json::to_string(&text).map_or(usize::MAX, |json| json.len());
    match size <= LONGEST {
        true => Ok(text),
        false => Err(ImportError::TooLong),
    }
}

/// Without what no database keeps.
fn readable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
