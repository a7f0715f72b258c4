//! A conversation told again from its beginning, by a thread's own rules, every text judged.

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

use super::{ImportError, Past, PastAnswer, PastStep, PastText, REFERENCES};
use crate::{actors::judging, moderation::Moderation};

/// Bytes of one text, as JSON has it; the log takes 4 MiB of an event.
const LONGEST: usize = 3 << 20;
/// The name of a conversation that has none.
const NAMELESS: &str = "Imported conversation";
/// The longest name, in characters.
const LONGEST_NAME: usize = 150;
/// What a conversation is called there, when that may stand in the record as it is.
const LONGEST_REFERENCE: usize = 100;

/// A question in the history, and the turn that answered it.
#[derive(Clone, Copy)]
struct Asked {
    message: MessageId,
    turn: TurnId,
    index: u64,
    answered: bool,
}

/// Tells a conversation from its beginning.
pub(super) struct Telling<'m> {
    moderation: &'m Moderation,
    thread: ThreadId,
    route: Route,
    pub(super) state: Thread,
    opening: Option<Opening>,
    pub(super) events: Vec<ThreadEvent>,
    /// What is seen at the moment.
    seen: Vec<Asked>,
    turns: u64,
    written: Vec<Written>,
}

impl<'m> Telling<'m> {
    pub(super) fn new(moderation: &'m Moderation, thread: ThreadId, past: &Past) -> Self {
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

    pub(super) async fn open(
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
    pub(super) async fn tell(&mut self, step: &PastStep) -> Result<(), ImportError> {
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

    pub(super) fn imported(&self, past: &Past) -> Imported {
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

    pub(super) fn carry_out(&mut self, command: ThreadCommand) -> Result<(), ImportError> {
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
