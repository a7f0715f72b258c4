//! The whole record of a thread, naively kept: what a careful reader of the log knows, and holds against it.

use std::collections::{HashMap, HashSet};

use crate::{
    ids::{MessageId, TurnId},
    thread::{Cut, ReplyEnd, ReplyStarted, Tail, ThreadEvent},
};

/// All that was said, and how it was hidden.
#[derive(Default)]
pub(super) struct Record {
    /// Since the last erasure, in the order they came.
    messages: Vec<(MessageId, u64)>,
    answers: Vec<(TurnId, u64)>,
    cuts: Vec<Cut>,
    newest_index: Option<u64>,
    running: Option<(TurnId, u64)>,
    running_is_erased: bool,
    /// Since the beginning.
    count: u64,
    sent: HashSet<MessageId>,
    asked: HashMap<TurnId, (MessageId, u64)>,
    begun: HashSet<TurnId>,
    stopping: HashSet<TurnId>,
    calls: HashMap<TurnId, u32>,
    refused: HashSet<TurnId>,
    replaced_messages: HashSet<MessageId>,
    replaced_answers: HashSet<TurnId>,
}

impl Record {
    /// Writes the event down, if it fits to all before it.
    pub(super) fn note(&mut self, event: &ThreadEvent) {
        match event {
            ThreadEvent::MessageSent(sent) => {
                match sent.replaces {
                    None => {
                        let expected = self.newest_index.map_or(1, |newest| newest + 2);
                        assert_eq!(sent.index, expected, "new messages are two places apart");
                        self.newest_index = Some(sent.index);
                    }
                    Some(replaced) => {
                        assert!(self.messages.contains(&(replaced, sent.index)));
                        assert!(
                            self.replaced_messages.insert(replaced),
                            "a message is replaced once"
                        );
                    }
                }
                // What replaces is newer than what it replaces, so no chain comes back to itself.
                assert!(self.sent.insert(sent.message), "a message is sent once");
                self.messages.push((sent.message, sent.index));
                self.ask(sent.turn, sent.message, sent.index + 1);
                self.count += 1;
            }
            ThreadEvent::ReloadRequested {
                turn,
                answers,
                index,
                ..
            } => {
                assert!(
                    self.messages.contains(&(*answers, *index - 1)),
                    "an answer follows its message"
                );
                self.ask(*turn, *answers, *index);
            }
            ThreadEvent::VerdictRecorded(recorded) => {
                let asked = self.asked.contains_key(&recorded.turn);
                assert!(asked, "what is judged is for a turn, or of one");
                if recorded.refusal.is_some() {
                    self.refused.insert(recorded.turn);
                }
            }
            ThreadEvent::ReplyStarted(started) => self.begin(started),
            ThreadEvent::StopRequested { turn, .. } => {
                assert_eq!(Some(*turn), self.running(), "what runs can stop");
                assert!(self.stopping.insert(*turn), "a turn is asked to stop once");
            }
            ThreadEvent::ToolCalled(called) => {
                assert_eq!(Some(called.turn), self.running(), "what runs can call");
                let stops = self.stopping.contains(&called.turn) || self.running_is_erased;
                assert!(!stops, "what is to stop calls nothing");
                assert_eq!(called.call, self.calls() + 1, "calls are counted");
                self.calls.insert(called.turn, called.call);
            }
            ThreadEvent::ToolAnswered(answered) => {
                assert_eq!(Some(answered.turn), self.running(), "what runs is answered");
                let made = 1..=self.calls();
                assert!(made.contains(&answered.call), "what was called is answered");
            }
            ThreadEvent::ReplyCompleted(end)
            | ThreadEvent::ReplyFailed(end)
            | ThreadEvent::ReplyStopped(end)
            | ThreadEvent::ReplyInterrupted(end) => self.end(end),
            ThreadEvent::HistoryTruncated { cut, .. } | ThreadEvent::HistoryRewound { cut, .. } => {
                self.cuts.push(*cut)
            }
            ThreadEvent::HistoryRestored { .. } => self.cuts.clear(),
            ThreadEvent::ErasureRequested {} => {
                self.messages.clear();
                self.answers.clear();
                self.cuts.clear();
                self.newest_index = None;
                self.running_is_erased = true;
            }
            ThreadEvent::ContentExpired(_)
            | ThreadEvent::ExpiryConfirmed { .. }
            | ThreadEvent::DecisionRecorded { .. }
            | ThreadEvent::DecisionOverturned { .. }
            | ThreadEvent::MessageRedacted { .. }
            | ThreadEvent::MessageRestored { .. }
            | ThreadEvent::Hidden { .. }
            | ThreadEvent::Unhidden { .. }
            | ThreadEvent::Opened(_)
            | ThreadEvent::Renamed { .. }
            | ThreadEvent::Unnamed {}
            | ThreadEvent::TitleAsked { .. }
            | ThreadEvent::Archived {}
            | ThreadEvent::Imported(_)
            | ThreadEvent::Unarchived {}
            | ThreadEvent::Held(_)
            | ThreadEvent::Released(_)
            | ThreadEvent::ReplyKept { .. }
            | ThreadEvent::ErasureOrdered { .. }
            | ThreadEvent::ErasureConfirmed { .. } => {}
        }
    }

    fn ask(&mut self, turn: TurnId, answers: MessageId, index: u64) {
        let asked_before = self.asked.insert(turn, (answers, index));
        assert_eq!(asked_before, None, "a turn is asked for once");
    }

    fn begin(&mut self, started: &ReplyStarted) {
        assert_eq!(self.running, None, "one turn runs at a time");
        assert!(self.begun.insert(started.turn), "a turn starts once");
        assert_eq!(
            self.asked.get(&started.turn),
            Some(&(started.answers, started.index)),
            "a turn starts as it was asked for"
        );
        assert!(
            self.messages
                .contains(&(started.answers, started.index - 1)),
            "an answer follows its message"
        );
        assert!(
            !self.replaced_messages.contains(&started.answers),
            "nobody waits for the answer to a replaced message"
        );
        assert!(
            !self.is_hidden(started.index - 1) && !self.is_hidden(started.index),
            "nobody answers where nobody sees"
        );
        assert_eq!(
            started.replaces,
            self.answer_at(started.index),
            "an answer replaces the one in its place"
        );
        self.replaced_answers.extend(started.replaces);
        self.running = Some((started.turn, started.index));
        self.running_is_erased = false;
    }

    fn end(&mut self, end: &ReplyEnd) {
        let running = self.running.take();
        assert_eq!(running.map(|(turn, _)| turn), Some(end.turn));
        self.count += 1;
        if !self.running_is_erased {
            self.answers.extend(running);
        }
    }

    /// A turn that runs although it is refused.
    pub(super) fn refused_and_running(&self) -> Option<TurnId> {
        self.running().filter(|turn| self.refused.contains(turn))
    }

    pub(super) fn running(&self) -> Option<TurnId> {
        self.running.map(|(turn, _)| turn)
    }

    /// How often the running turn has called a tool.
    pub(super) fn calls(&self) -> u32 {
        let made = self.running().and_then(|turn| self.calls.get(&turn));
        made.copied().unwrap_or_default()
    }

    pub(super) fn message_count(&self) -> u64 {
        self.count
    }

    pub(super) fn is_hidden(&self, index: u64) -> bool {
        self.cuts
            .iter()
            .any(|cut| (cut.from..=cut.to).contains(&index))
    }

    /// The answer that stands at a place.
    pub(super) fn answer_at(&self, index: u64) -> Option<TurnId> {
        let mut standing = self
            .answers
            .iter()
            .filter(|answer| answer.1 == index && !self.replaced_answers.contains(&answer.0));
        let answer = standing.next().map(|answer| answer.0);
        assert_eq!(standing.next(), None, "one answer stands at a place");
        answer
    }

    /// What the visible history before `end` ends with: what an honest caller looks up for a rewind.
    pub(super) fn tail(&self, end: u64) -> Tail {
        self.tail_of(|index| index < end && !self.is_hidden(index))
    }

    /// What the whole history ends with: what an honest caller looks up for a restore.
    pub(super) fn whole_tail(&self) -> Tail {
        self.tail_of(|_| true)
    }

    fn tail_of(&self, counts: impl Fn(u64) -> bool) -> Tail {
        let messages = self.messages.iter().copied();
        let answers = self.answers.iter().copied();
        Tail {
            user: messages
                .filter(|(id, index)| counts(*index) && !self.replaced_messages.contains(id))
                .max_by_key(|(_, index)| *index),
            answer: answers
                .filter(|(id, index)| counts(*index) && !self.replaced_answers.contains(id))
                .max_by_key(|(_, index)| *index),
        }
    }
}
