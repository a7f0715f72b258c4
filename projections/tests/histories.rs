//! Random histories: numbers become commands, the rules decide, and what they say has happened.

use std::collections::BTreeMap;

use aggregates::{
    Decide, MessageId, ThreadId, TurnId, UserId,
    thread::{
        ContextRule, Dialect, Opening, ReplyEnd, Route, SendMessage, StopReason, Tail, Thread,
        ThreadCommand, ThreadEvent, TurnOptions, TurnPolicy, Usage,
    },
    verdict::{Action, Judged, Severity, Verdict},
};
use cqrs_es::Aggregate;
use uuid::Uuid;

/// Conversations that take part.
const THREADS: u32 = 3;
const WORDS: [&str; 6] = ["", "a", "žluť", "two words", "🐎", "and a longer one"];

/// One conversation, and what its users would see of it.
#[derive(Default)]
struct Conversation {
    thread: Thread,
    users: BTreeMap<u64, MessageId>,
    answers: BTreeMap<u64, TurnId>,
}

/// What happens when these numbers are taken for wishes; refused ones have no effect. One list a commit.
pub(crate) fn history(numbers: &[u32]) -> Vec<(ThreadId, Vec<ThreadEvent>)> {
    let mut conversations: BTreeMap<u32, Conversation> = BTreeMap::new();
    let mut happened = Vec::new();
    for (n, &number) in (1_u128..).zip(numbers) {
        let which = number % THREADS;
        let conversation = conversations.entry(which).or_default();
        let Some(command) = conversation.wish(n, number / THREADS) else {
            continue;
        };
        let events = conversation.thread.decide(command).unwrap_or_default();
        for event in &events {
            conversation.saw(event);
            conversation.thread.apply(event.clone());
        }
        if !events.is_empty() {
            let id = ThreadId(Uuid::from_u128(0xc000 + u128::from(which)));
            happened.push((id, events));
        }
    }
    happened
}

impl Conversation {
    fn wish(&self, n: u128, number: u32) -> Option<ThreadCommand> {
        let (kind, detail) = (number % 16, number / 16);
        let next_index = self.thread.next_index();
        let place = u64::from(detail) % next_index + 1;
        let words = WORDS[detail as usize % WORDS.len()].to_owned();
        let send = SendMessage {
            opening: Some(Opening {
                owner: UserId(Uuid::from_u128(0xa000 + u128::from(detail % 2))),
                dialect: Dialect::Assistant,
                reference: None,
                channel: Some("web".to_owned()),
                name: None,
            }),
            message: MessageId(Uuid::from_u128(2 * n)),
            turn: TurnId(Uuid::from_u128(2 * n + 1)),
            text: format!("{words}!"),
            judged: judged(detail),
            attachments: vec![],
            route: route(detail),
            options: TurnOptions::default(),
            context: context(),
            policy: [TurnPolicy::Queue, TurnPolicy::Interrupt][detail as usize % 2],
            archived_is_readonly: detail % 3 == 0,
        };
        Some(match kind {
            0..=2 => ThreadCommand::Send(send),
            3..=7 => {
                let end = ReplyEnd {
                    turn: self.thread.open_turn()?.turn,
                    text: words,
                    reasoning: (detail % 4 == 0).then(|| "hm".to_owned()),
                    route: route(detail),
                    finish: None,
                    error: None,
                    usage: Usage {
                        prompt_tokens: u64::from(detail % 100),
                        completion_tokens: 3,
                        estimated: detail % 2 == 0,
                    },
                    attempts: vec![],
                    context_messages: 0,
                    sources: None,
                    tools: None,
                };
                let verdict = judged(detail).map(|judged| judged.verdict);
                match detail % 5 {
                    0 => ThreadCommand::FailReply(end, verdict, context()),
                    1 => ThreadCommand::StopReply(end, verdict, context()),
                    2 => ThreadCommand::InterruptReply(end, verdict, context()),
                    _ => ThreadCommand::CompleteReply(end, verdict, context()),
                }
            }
            8 => ThreadCommand::Edit {
                target: *self.users.last_key_value()?.1,
                send,
            },
            9 => ThreadCommand::Reload {
                turn: send.turn,
                route: send.route,
                options: send.options,
                context: context(),
                said: None,
                judged: judged(detail),
            },
            10 => ThreadCommand::Truncate {
                before: place,
                deleted: 1,
                kept: 1,
                next_index,
            },
            11 => ThreadCommand::Rewind {
                from: place,
                deleted: 1,
                tail: self.tail(|other| other < place && !self.thread.is_hidden(other)),
                next_index,
            },
            12 => ThreadCommand::Restore {
                restored: 1,
                tail: self.tail(|_| true),
                next_index,
            },
            13 if detail % 2 == 0 => ThreadCommand::Archive,
            13 => ThreadCommand::Unarchive,
            14 if detail % 5 == 0 => ThreadCommand::RequestErasure,
            14 => ThreadCommand::Rename {
                name: format!("{words}?"),
                generated: detail % 2 == 0,
            },
            _ => ThreadCommand::RequestStop {
                turn: None,
                reason: StopReason::Asked,
            },
        })
    }

    /// What the history would end with, when these places are visible.
    fn tail(&self, visible: impl Fn(u64) -> bool) -> Tail {
        let user = self.users.iter().rev().find(|(place, _)| visible(**place));
        let answer = self
            .answers
            .iter()
            .rev()
            .find(|(place, _)| visible(**place));
        Tail {
            user: user.map(|(place, id)| (*id, *place)),
            answer: answer.map(|(place, id)| (*id, *place)),
        }
    }

    fn saw(&mut self, event: &ThreadEvent) {
        match event {
            ThreadEvent::MessageSent(sent) => {
                self.users.insert(sent.index, sent.message);
            }
            ThreadEvent::ReplyStarted(started) => {
                self.answers.insert(started.index, started.turn);
            }
            ThreadEvent::ErasureRequested {} => {
                self.users.clear();
                self.answers.clear();
            }
            _ => {}
        }
    }
}

/// Nobody looked, nothing was found, or it is refused.
fn judged(detail: u32) -> Option<Judged> {
    match detail % 4 {
        0 => None,
        1 => Some(Judged {
            verdict: Verdict {
                action: Action::Block,
                severity: Severity::Critical,
                ..Verdict::default()
            },
            warning: None,
            refusal: Some("No.".to_owned()),
        }),
        _ => Some(Judged::default()),
    }
}

fn route(detail: u32) -> Route {
    Route {
        provider: ["echo", "other"][detail as usize % 2].to_owned(),
        model: "m".to_owned(),
    }
}

fn context() -> ContextRule {
    ContextRule {
        rule: "recent-1".to_owned(),
        budget_tokens: 100,
        limits: vec![],
    }
}
