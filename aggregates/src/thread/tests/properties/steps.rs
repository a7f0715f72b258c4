//! Random commands: mostly what a client would do next, sometimes what none should.

use proptest::prelude::*;

use super::{
    super::{
        phrases::{blocked, context, message, opening, reply_end_of, route, send_message, turn},
        tools::{answered, called},
    },
    record::Record,
};
use crate::{
    ids::{MessageId, TurnId},
    thread::{
        ContextRule, ReplyEnd, SendMessage, StopReason, Tail, Thread, ThreadCommand, ToolAnswered,
        ToolCalled, TurnPolicy,
    },
    verdict::{Judged, Verdict},
};

/// A wish that becomes a command when the thread is known.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Open,
    Send {
        policy: TurnPolicy,
        opening: bool,
        archived_is_readonly: bool,
        judged: Option<Judged>,
    },
    Edit(Aim, Option<Judged>),
    Reload(Option<Judged>),
    Rename {
        length: usize,
        generated: bool,
    },
    Archive,
    Unarchive,
    Truncate {
        place: Place,
        counted: Aim,
    },
    Rewind {
        place: Place,
        counted: Aim,
        tail: Aim,
    },
    Restore {
        counted: Aim,
        tail: Aim,
    },
    Stop(Option<Aim>),
    /// Of the turn, and the next call of it.
    Call(Aim, Aim),
    Answer(Aim, u32),
    End(Ending, Aim, Option<Verdict>),
    Erase,
}

/// Whether the command names what there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Aim {
    Right,
    Wrong,
}

/// A place in the history.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// Some part of the way from the first place to the next free one.
    Part(u8),
    Any(u64),
}

type Ending = fn(ReplyEnd, Option<Verdict>, ContextRule) -> ThreadCommand;

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Open),
        16 => (policy(), prop::bool::weighted(0.8), any::<bool>(), judged()).prop_map(
            |(policy, opening, archived_is_readonly, judged)| Step::Send {
                policy,
                opening,
                archived_is_readonly,
                judged,
            }
        ),
        6 => (aim(), judged()).prop_map(|(aim, judged)| Step::Edit(aim, judged)),
        4 => judged().prop_map(Step::Reload),
        1 => (0..200_usize, any::<bool>())
            .prop_map(|(length, generated)| Step::Rename { length, generated }),
        1 => Just(Step::Archive),
        1 => Just(Step::Unarchive),
        2 => (place(), aim()).prop_map(|(place, counted)| Step::Truncate { place, counted }),
        4 => (place(), aim(), aim())
            .prop_map(|(place, counted, tail)| Step::Rewind { place, counted, tail }),
        3 => (aim(), aim()).prop_map(|(counted, tail)| Step::Restore { counted, tail }),
        2 => prop::option::of(aim()).prop_map(Step::Stop),
        6 => (aim(), aim()).prop_map(|(turn, call)| Step::Call(turn, call)),
        4 => (aim(), 0..4_u32).prop_map(|(turn, call)| Step::Answer(turn, call)),
        16 => (ending(), aim(), any::<bool>()).prop_map(|(ending, aim, judged)| {
            Step::End(ending, aim, judged.then(Verdict::default))
        }),
        1 => Just(Step::Erase),
    ]
}

fn policy() -> impl Strategy<Value = TurnPolicy> {
    prop_oneof![
        4 => Just(TurnPolicy::Queue),
        1 => Just(TurnPolicy::Reject),
        1 => Just(TurnPolicy::Interrupt),
    ]
}

/// Nobody looked, nothing was found, or it is refused.
fn judged() -> impl Strategy<Value = Option<Judged>> {
    prop_oneof![
        1 => Just(None),
        2 => Just(Some(Judged::default())),
        1 => Just(Some(blocked())),
    ]
}

fn aim() -> impl Strategy<Value = Aim> {
    prop_oneof![9 => Just(Aim::Right), 1 => Just(Aim::Wrong)]
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        9 => any::<u8>().prop_map(Place::Part),
        1 => any::<u64>().prop_map(Place::Any),
    ]
}

fn ending() -> impl Strategy<Value = Ending> {
    prop::sample::select(vec![
        ThreadCommand::CompleteReply as Ending,
        ThreadCommand::FailReply,
        ThreadCommand::StopReply,
        ThreadCommand::InterruptReply,
    ])
}

impl Step {
    /// The command; `number` is unique among the steps and makes the new ids.
    pub(super) fn command(self, number: u64, thread: &Thread, record: &Record) -> ThreadCommand {
        let next = thread.next_index();
        let fresh = send_message(number * 1000);
        match self {
            Self::Open => ThreadCommand::Open(opening()),
            Self::Send {
                policy,
                opening: opens,
                archived_is_readonly,
                judged,
            } => ThreadCommand::Send(SendMessage {
                opening: opens.then(opening),
                policy,
                archived_is_readonly,
                judged,
                ..fresh
            }),
            Self::Edit(aim, judged) => ThreadCommand::Edit {
                target: aim.at_message(record),
                send: SendMessage { judged, ..fresh },
            },
            Self::Reload(judged) => ThreadCommand::Reload {
                turn: fresh.turn,
                route: route(),
                options: fresh.options,
                context: context(),
                said: Some("again".to_owned()),
                judged,
            },
            Self::Rename { length, generated } => ThreadCommand::Rename {
                name: "a".repeat(length),
                generated,
            },
            Self::Archive => ThreadCommand::Archive,
            Self::Unarchive => ThreadCommand::Unarchive,
            Self::Truncate { place, counted } => ThreadCommand::Truncate {
                before: place.in_history(next),
                deleted: 0,
                kept: 0,
                next_index: counted.at_count(next),
            },
            Self::Rewind {
                place,
                counted,
                tail,
            } => {
                let from = place.in_history(next);
                ThreadCommand::Rewind {
                    from,
                    deleted: 0,
                    tail: tail.at_tail(record.tail(from), next),
                    next_index: counted.at_count(next),
                }
            }
            Self::Restore { counted, tail } => ThreadCommand::Restore {
                restored: 0,
                tail: tail.at_tail(record.whole_tail(), next),
                next_index: counted.at_count(next),
            },
            Self::Stop(aim) => ThreadCommand::RequestStop {
                turn: aim.map(|aim| aim.at_turn(record)),
                reason: StopReason::Asked,
            },
            Self::Call(aim, call) => ThreadCommand::CallTool(ToolCalled {
                turn: aim.at_turn(record),
                call: match call {
                    Aim::Right => record.calls() + 1,
                    Aim::Wrong => record.calls(),
                },
                ..called(7, 1)
            }),
            Self::Answer(aim, call) => ThreadCommand::AnswerTool(ToolAnswered {
                turn: aim.at_turn(record),
                ..answered(7, call)
            }),
            Self::End(ending, aim, verdict) => {
                ending(reply_end_of(aim.at_turn(record)), verdict, context())
            }
            Self::Erase => ThreadCommand::RequestErasure,
        }
    }
}

impl Aim {
    fn at_message(self, record: &Record) -> MessageId {
        let last = record.tail(u64::MAX).user.filter(|_| self == Self::Right);
        last.map_or(message(7), |(id, _)| id)
    }

    fn at_turn(self, record: &Record) -> TurnId {
        let running = record.running().filter(|_| self == Self::Right);
        running.unwrap_or(turn(7))
    }

    fn at_count(self, next_index: u64) -> u64 {
        match self {
            Self::Right => next_index,
            Self::Wrong => next_index + 2,
        }
    }

    fn at_tail(self, tail: Tail, next_index: u64) -> Tail {
        match self {
            Self::Right => tail,
            Self::Wrong => Tail {
                user: Some((message(7), next_index)),
                answer: None,
            },
        }
    }
}

impl Place {
    fn in_history(self, next_index: u64) -> u64 {
        match self {
            Self::Part(part) => (next_index * u64::from(part)).div_ceil(u64::from(u8::MAX)),
            Self::Any(index) => index,
        }
    }
}
