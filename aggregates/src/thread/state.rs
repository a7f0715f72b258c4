//! What the rules remember of a thread, and how each event changes it. It does not grow with the thread.

use std::collections::VecDeque;

use cqrs_es::Aggregate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Refusal, ThreadCommand,
    events::{Cut, MessageSent, ReplyStarted, Tail, ThreadEvent, VerdictRecorded},
    expiry::{Expired, Expiry},
    hidden::Hidden,
    turns::{OpenTurn, PendingTurn},
};
use crate::{
    aggregate::handle_by_deciding,
    hold::{Hold, Holds, Release},
    ids::{MessageId, TurnId, UserId},
};

/// A message by id and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageRef<Id = MessageId> {
    /// Which.
    pub id: Id,
    /// Where.
    pub index: u64,
}

/// A thread's state.
///
/// `last_user` is the newest visible message that nothing replaces, `last_answer` the newest visible answer
/// that has ended; `None` while another one is made in its place. A turn is in `pending` from the event
/// that asks for it until it starts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Thread {
    pub(super) owner: Option<UserId>,
    pub(super) next_index: u64,
    pub(super) message_count: u64,
    pub(super) open: Option<OpenTurn>,
    pub(super) pending: VecDeque<PendingTurn>,
    pub(super) last_user: Option<MessageRef>,
    pub(super) last_answer: Option<MessageRef<TurnId>>,
    pub(super) cuts: Hidden,
    pub(super) archived: bool,
    pub(super) named: bool,
    /// The name is a generated one.
    #[serde(default)]
    pub(super) titled: bool,
    /// The messages that moderators keep it from its owner for.
    #[serde(default)]
    pub(super) hidden_for: Vec<MessageId>,
    /// It came from elsewhere, all of it. Not forgotten by an erasure: what was deleted does not come back.
    #[serde(default)]
    pub(super) imported: bool,
    #[serde(default)]
    pub(super) erasures: u64,
    #[serde(default)]
    pub(super) erasures_confirmed: u64,
    /// The legal holds on it.
    #[serde(default)]
    pub(super) holds: Holds,
    /// Whose it was when it was erased, where that is not confirmed.
    #[serde(default)]
    pub(super) former_owners: Vec<UserId>,
    /// How much of it has grown too old.
    #[serde(default)]
    pub(super) expiry: Expiry,
}

impl Thread {
    /// Whose it is; `None` when it does not exist or was erased.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }

    /// The running turn. It may outlive an erasure, until it ends.
    #[must_use]
    pub fn open_turn(&self) -> Option<&OpenTurn> {
        self.open.as_ref()
    }

    /// Turns that wait, next one first.
    #[must_use]
    pub fn pending(&self) -> &VecDeque<PendingTurn> {
        &self.pending
    }

    /// The turn that asks a model next, when the running one has ended.
    #[must_use]
    pub fn next_turn(&self) -> Option<&PendingTurn> {
        self.pending.iter().find(|turn| turn.refusal.is_none())
    }

    /// Whether somebody may wait for this turn: it runs, or waits for the running one, and was not erased.
    #[must_use]
    pub fn has_turn(&self, turn: TurnId) -> bool {
        let runs = |open: &OpenTurn| open.turn == turn && !open.erased;
        self.open.as_ref().is_some_and(runs)
            || self.pending.iter().any(|waiting| waiting.turn == turn)
    }

    /// The index that the next message will have.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.next_index.max(1)
    }

    /// Messages there ever were: each sent, and each answer that has ended; replaced and hidden ones count too.
    #[must_use]
    pub fn message_count(&self) -> u64 {
        self.message_count
    }

    /// Hidden ranges, in order; no two touch.
    #[must_use]
    pub fn cuts(&self) -> &[Cut] {
        self.cuts.cuts()
    }

    /// Whether the place `index` is hidden by a cut.
    #[must_use]
    pub fn is_hidden(&self, index: u64) -> bool {
        self.cuts.hides(index)
    }

    /// Moderators keep it from its owner.
    #[must_use]
    pub fn is_kept_from_its_owner(&self) -> bool {
        !self.hidden_for.is_empty()
    }

    /// It is off its owner's list.
    #[must_use]
    pub fn archived(&self) -> bool {
        self.archived
    }

    /// Somebody (a person, or the title subscriber) has named it, or nobody but a person may.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.named
    }

    /// How often its contents were to be erased. Contents of before an erasure and of after it have nothing in
    /// common, not even the key they are sealed with.
    #[must_use]
    pub fn erasures(&self) -> u64 {
        self.erasures
    }

    /// It came from elsewhere, and all of it is here, or was.
    #[must_use]
    pub fn is_imported(&self) -> bool {
        self.imported
    }

    /// Some of these erasures are not confirmed.
    #[must_use]
    pub fn is_being_erased(&self) -> bool {
        self.erasures_confirmed < self.erasures
    }

    /// The running turn belongs to a conversation that was erased.
    #[must_use]
    pub fn erased_turn(&self) -> Option<TurnId> {
        let erased = self.open.as_ref().filter(|open| open.erased);
        erased.map(|open| open.turn)
    }

    /// The last user message, while the place of its answer is not hidden: it can be edited and answered again.
    pub(super) fn answerable(&self) -> Option<MessageRef> {
        self.last_user
            .filter(|message| !self.is_hidden(message.index + 1))
    }

    /// Whose contents are to be destroyed: those of several, where a conversation changed hands.
    #[must_use]
    pub fn former_owners(&self) -> &[UserId] {
        &self.former_owners
    }

    /// How much of it has grown too old, and is gone or is to go.
    #[must_use]
    pub fn expiry(&self) -> &Expiry {
        &self.expiry
    }

    /// The legal holds on it.
    #[must_use]
    pub fn holds(&self) -> &Holds {
        &self.holds
    }

    /// The epoch, see [`Thread::erasures`], that these events belong to when they come next. What an erased reply had
    /// shown belongs to the conversation that was erased.
    #[must_use]
    pub fn epoch_of(&self, events: &[ThreadEvent]) -> u64 {
        let kept = |event: &ThreadEvent| matches!(event, ThreadEvent::ReplyKept { .. });
        match &self.open {
            Some(open) if events.iter().any(kept) => open.epoch,
            _ => self.erasures,
        }
    }

    /// The answer that a new one at `index` replaces.
    pub(super) fn answer_at(&self, index: u64) -> Option<TurnId> {
        self.last_answer
            .filter(|answer| answer.index == index)
            .map(|answer| answer.id)
    }
}

impl Aggregate for Thread {
    const TYPE: &'static str = "thread";
    type Command = ThreadCommand;
    type Event = ThreadEvent;
    type Error = Refusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: ThreadEvent) {
        match event {
            ThreadEvent::Opened(opened) => {
                self.owner = Some(opened.owner);
                self.named = opened.name.is_some();
            }
            ThreadEvent::Renamed { generated, .. } => {
                self.named = true;
                self.titled = generated;
            }
            ThreadEvent::Unnamed {} => {
                self.named = true;
                self.titled = false;
            }
            ThreadEvent::Archived {} => self.archived = true,
            ThreadEvent::Unarchived {} => self.archived = false,
            ThreadEvent::MessageSent(sent) => self.sent(sent),
            ThreadEvent::ReloadRequested {
                turn,
                answers,
                index,
                route,
                options,
                said: _,
            } => {
                let replaces = self.answer_at(index);
                self.queue(PendingTurn {
                    turn,
                    answers,
                    index,
                    replaces,
                    route,
                    options,
                    refusal: None,
                });
            }
            ThreadEvent::VerdictRecorded(VerdictRecorded {
                turn,
                refusal: Some(refusal),
                ..
            }) => {
                let mut waiting = self.pending.iter_mut();
                if let Some(refused) = waiting.find(|waiting| waiting.turn == turn) {
                    refused.refusal = Some(refusal);
                }
            }
            ThreadEvent::VerdictRecorded(_) => {}
            ThreadEvent::ReplyStarted(started) => self.started(started),
            ThreadEvent::StopRequested { turn, .. } => {
                if let Some(open) = self.open.as_mut().filter(|open| open.turn == turn) {
                    open.stop_requested = true;
                }
            }
            ThreadEvent::ToolCalled(called) => {
                if let Some(open) = self.open.as_mut().filter(|open| open.turn == called.turn) {
                    open.calls = called.call;
                }
            }
            ThreadEvent::ReplyCompleted(end)
            | ThreadEvent::ReplyFailed(end)
            | ThreadEvent::ReplyStopped(end)
            | ThreadEvent::ReplyInterrupted(end) => self.ended(end.turn),
            ThreadEvent::HistoryTruncated { cut, .. } => {
                self.cuts.hide(cut);
                self.end_with(Tail::default());
            }
            ThreadEvent::HistoryRewound { cut, tail, .. } => {
                self.cuts.hide(cut);
                self.pending.retain(|waiting| waiting.index < cut.from);
                self.end_with(tail);
            }
            ThreadEvent::HistoryRestored { tail, .. } => {
                self.cuts = Hidden::default();
                self.end_with(tail);
            }
            // What waits for an answer gets none.
            ThreadEvent::Hidden { message } => {
                self.hidden_for.push(message);
                self.pending.clear();
            }
            ThreadEvent::Unhidden { message } => self.hidden_for.retain(|of| *of != message),
            ThreadEvent::TitleAsked { .. }
            | ThreadEvent::ToolAnswered(_)
            | ThreadEvent::DecisionRecorded { .. }
            | ThreadEvent::DecisionOverturned { .. }
            | ThreadEvent::MessageRedacted { .. }
            | ThreadEvent::MessageRestored { .. } => {}
            ThreadEvent::Held(Hold { hold, .. }) => self.holds.lay(hold),
            ThreadEvent::Released(Release { hold, .. }) => self.holds.release(hold),
            ThreadEvent::ReplyKept { turn, .. } => {
                if let Some(open) = self.open.as_mut().filter(|open| open.turn == turn) {
                    open.kept = true;
                }
            }
            ThreadEvent::ErasureOrdered { .. } => {}
            ThreadEvent::Imported(_) => self.imported = true,
            ThreadEvent::ErasureRequested {} => self.forget(),
            ThreadEvent::ErasureConfirmed { erasure, .. } => {
                self.erasures_confirmed = erasure;
                if !self.is_being_erased() {
                    self.former_owners.clear();
                }
            }
            ThreadEvent::ContentExpired(expired) => self.expired(&expired),
            ThreadEvent::ExpiryConfirmed { expiry, .. } => {
                self.expiry.confirmed = self.expiry.confirmed.max(expiry);
            }
        }
    }
}

/// The larger changes.
impl Thread {
    fn sent(&mut self, sent: MessageSent) {
        self.message_count += 1;
        if sent.replaces.is_none() {
            self.next_index = sent.index + 2;
        }
        self.last_user = Some(MessageRef {
            id: sent.message,
            index: sent.index,
        });
        let replaces = self.answer_at(sent.index + 1);
        self.queue(PendingTurn::asked_by(&sent, replaces));
    }

    /// Of several turns that wait for one place, only the newest is wanted.
    fn queue(&mut self, turn: PendingTurn) {
        self.pending.retain(|waiting| waiting.index != turn.index);
        self.pending.push_back(turn);
    }

    fn started(&mut self, started: ReplyStarted) {
        self.pending.retain(|waiting| waiting.turn != started.turn);
        // The room for its next entries is a ninth of what an idle thread takes.
        self.pending.shrink_to_fit();
        self.last_answer = self
            .last_answer
            .filter(|answer| Some(answer.id) != started.replaces);
        self.open = Some(OpenTurn {
            epoch: self.erasures,
            ..OpenTurn::from(started)
        });
    }

    fn ended(&mut self, turn: TurnId) {
        let Some(ended) = self.open.take_if(|open| open.turn == turn) else {
            return;
        };
        self.message_count += 1;
        for waiting in &mut self.pending {
            waiting.follow(&ended);
        }
        let newest = self
            .last_answer
            .is_none_or(|last| last.index <= ended.index);
        if newest && !ended.erased && !self.is_hidden(ended.index) {
            self.last_answer = Some(MessageRef {
                id: ended.turn,
                index: ended.index,
            });
        }
    }

    /// After a change of the cuts: what we know and is still visible, or what the event says when that is newer.
    fn end_with(&mut self, tail: Tail) {
        self.last_user = newest_visible(&self.cuts, self.last_user, tail.user);
        self.last_answer = newest_visible(&self.cuts, self.last_answer, tail.answer);
    }

    /// What has expired can be neither edited nor answered any more.
    fn expired(&mut self, expired: &Expired) {
        let is_gone = |message: MessageId| expired.messages.contains(&message);
        self.last_user = self.last_user.filter(|last| !is_gone(last.id));
        self.last_answer = self.last_answer.filter(|last| !is_gone(last.id.answer()));
        self.pending.retain(|waiting| !is_gone(waiting.answers));
        self.hidden_for.retain(|message| !is_gone(*message));
        self.expiry.note(expired);
    }

    /// Only what keeps erasures apart stays, and the running turn, so that its end is accepted; and what may keep the
    /// contents from being destroyed. What comes next is a new conversation, whose places are counted from the first.
    fn forget(&mut self) {
        let mut former_owners = std::mem::take(&mut self.former_owners);
        let owner = self.owner.filter(|owner| !former_owners.contains(owner));
        former_owners.extend(owner);
        *self = Self {
            holds: std::mem::take(&mut self.holds),
            former_owners,
            message_count: self.message_count,
            imported: self.imported,
            erasures: self.erasures + 1,
            erasures_confirmed: self.erasures_confirmed,
            expiry: self.expiry.overtaken(),
            open: self.open.take().map(|open| OpenTurn {
                erased: true,
                ..open
            }),
            ..Self::default()
        };
    }
}

fn newest_visible<Id: Copy>(
    cuts: &Hidden,
    known: Option<MessageRef<Id>>,
    told: Option<(Id, u64)>,
) -> Option<MessageRef<Id>> {
    let visible = |message: &MessageRef<Id>| !cuts.hides(message.index);
    let known = known.filter(visible);
    let told = told
        .map(|(id, index)| MessageRef { id, index })
        .filter(visible);
    match (known, told) {
        (Some(known), Some(told)) if told.index > known.index => Some(told),
        (known, told) => known.or(told),
    }
}
