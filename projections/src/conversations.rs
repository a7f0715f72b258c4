//! `conversations`: one row a conversation, for its owner's list.

use aggregates::{
    TurnId,
    thread::{Cut, Dialect, Expired, MessageSent, Opened, ReplyEnd, ThreadEvent},
};

use crate::{
    Event, Projection, Recorded,
    row::row,
    thread_list::hidden_for,
    transcript::{MessageStatus, count, end, has_something, length},
};

/// Characters of the first message that a title shows.
const TITLE_CHARS: usize = 80;

row! {
    /// A conversation.
    pub struct ConversationRow in "conversations" {
        /// Its id.
        pub thread: String,
        /// Whose it is.
        pub owner: String,
        /// The API that opened it.
        pub dialect: String,
        /// The name that the API's clients know it by, when that is not its id.
        pub reference: Option<String>,
        /// Where it takes place.
        pub channel: Option<String>,
        /// The name somebody (a person, or the title maker) gave it.
        pub name: Option<String>,
        /// The beginning of the first message: 80 characters, and `…` when there are more.
        pub first_user_text: Option<String>,
        /// The place of the first message.
        pub first_place: Option<i64>,
        /// The events, by their places in its stream, that say its name and what that message says.
        pub name_said: i64,
        /// See there.
        pub first_said: i64,
        /// When it was opened.
        pub created: i64,
        /// When somebody last said something.
        pub last_active: i64,
        /// Messages of the history. Nothing when a cut has made it unknowable here: then it has to be counted
        /// in the transcript.
        pub message_count: Option<i64>,
        /// Characters of these messages; nothing as above.
        pub content_length: Option<i64>,
        /// Messages of the history with those that cuts hide. Nothing when only counting them tells.
        pub whole_count: Option<i64>,
        /// Characters of these messages; nothing as above.
        pub whole_length: Option<i64>,
        /// It is off the list.
        pub archived: bool,
        /// Hidden ranges of places, as JSON `[[from,to],…]`, both ends included, ascending, apart from each other.
        pub cuts: String,
        /// The turn that is running.
        pub open_turn: Option<String>,
        /// The place of its answer.
        pub open_place: Option<i64>,
        /// The place that the next message will have.
        pub next_index: i64,
        /// The user message that was sent last.
        pub last_user: Option<String>,
        /// Its characters.
        pub last_user_length: i64,
        /// The turn that started last.
        pub last_turn: Option<String>,
        /// Characters of its answer; nothing when it is not counted in.
        pub last_answer_length: Option<i64>,
        /// The messages for which moderators keep it from its owner, as a list in JSON; nothing where they do not.
        pub hidden_for: Option<String>,
        /// The sequence of the thread's last event: what is looked up here holds for a thread that has come so far.
        pub sequence: i64,
        /// The log's position of its last change.
        pub position: i64,
    }
    indexes {
        by_activity: r#""owner", "archived", "last_active" DESC, "thread" DESC"#,
        by_channel: r#""owner", "channel", "archived", "last_active" DESC, "thread" DESC"#,
    }
}

impl ConversationRow {
    /// The hidden ranges.
    #[must_use]
    pub fn hidden(&self) -> Vec<Cut> {
        let pairs: Vec<(u64, u64)> = serde_json::from_str(&self.cuts).unwrap_or_default();
        pairs
            .into_iter()
            .map(|(from, to)| Cut { from, to })
            .collect()
    }

    /// The ranges of places between the hidden ones, ascending; the last one ends with the last place there is.
    #[must_use]
    pub fn open_ranges(&self) -> Vec<(i64, i64)> {
        let mut ranges = Vec::new();
        let mut from = 1;
        for cut in self.hidden() {
            ranges.push((from, count(cut.from).saturating_sub(1)));
            from = count(cut.to).saturating_add(1);
        }
        ranges.push((from, self.next_index.saturating_sub(1)));
        ranges.retain(|(from, to)| from <= to);
        ranges
    }

    /// The hidden ranges of places, ascending.
    #[must_use]
    pub fn hidden_ranges(&self) -> Vec<(i64, i64)> {
        let range = |cut: Cut| (count(cut.from), count(cut.to));
        self.hidden().into_iter().map(range).collect()
    }

    /// Whether more of its places are hidden than not.
    #[must_use]
    pub fn hides_most(&self) -> bool {
        places(&self.hidden_ranges()) > places(&self.open_ranges())
    }

    /// What lists call it: its name, else how it begins, else `New conversation`.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name
            .as_deref()
            .or(self.first_user_text.as_deref())
            .unwrap_or("New conversation")
    }

    fn opened(key: &str, opened: &Opened, (at, sequence): (i64, u64)) -> Self {
        Self {
            thread: key.to_owned(),
            owner: opened.owner.to_string(),
            dialect: dialect(opened.dialect).to_owned(),
            reference: opened.reference.clone(),
            channel: opened.channel.clone(),
            name: opened.name.clone(),
            first_user_text: None,
            first_place: None,
            name_said: count(sequence),
            first_said: 0,
            created: at,
            last_active: at,
            message_count: Some(0),
            content_length: Some(0),
            whole_count: Some(0),
            whole_length: Some(0),
            archived: false,
            cuts: "[]".to_owned(),
            open_turn: None,
            open_place: None,
            next_index: 1,
            last_user: None,
            last_user_length: 0,
            last_turn: None,
            last_answer_length: None,
            hidden_for: None,
            sequence: 0,
            position: 0,
        }
    }

    fn sent(&mut self, sent: &MessageSent, sequence: u64) {
        let length = length(&sent.text);
        match sent.replaces {
            None => {
                self.grow(1, length);
                self.next_index = self.next_index.max(count(sent.index).saturating_add(2));
            }
            Some(replaced) if self.last_user == Some(replaced.to_string()) => {
                self.grow(0, length - self.last_user_length);
            }
            // After a cut it can be an older one, and nobody remembers how long that is.
            Some(_) => self.forget_size(),
        }
        self.last_user = Some(sent.message.to_string());
        self.last_user_length = length;
        let place = count(sent.index);
        if self.first_place.is_none_or(|first| place <= first) {
            self.first_place = Some(place);
            self.first_user_text = Some(beginning(&sent.text));
            self.first_said = count(sequence);
        }
    }

    fn ended(&mut self, status: MessageStatus, end: &ReplyEnd) {
        // A turn of before the conversation was erased and opened again has no place in it.
        if self.open_turn.as_deref() != Some(end.turn.to_string().as_str()) {
            return;
        }
        let hidden = self
            .open_place
            .is_some_and(|place| self.hides(place.unsigned_abs()));
        self.open_turn = None;
        self.open_place = None;
        if has_something(status, &end.text) {
            let length = length(&end.text);
            match hidden {
                true => self.grow_whole(1, length),
                false => self.grow(1, length),
            }
            self.last_answer_length = Some(length);
        }
    }

    /// What stands at a place is another text now; how much there is has to be counted.
    fn reads(&mut self, index: u64, text: &str, sequence: u64) {
        if self.first_place == Some(count(index)) {
            self.first_user_text = Some(beginning(text));
            self.first_said = count(sequence);
        }
        self.forget_size();
    }

    /// What was said up to there is gone, and so is what it was called then. How much is left has to be counted.
    fn expired(&mut self, expired: &Expired) {
        let through = count(expired.through);
        if self.name_said <= through {
            self.name = None;
        }
        if self.first_said <= through {
            self.first_user_text = None;
        }
        // The case on a message goes with it, and nobody could lift what keeps the conversation from its owner.
        self.hidden_for = hidden_for(self.hidden_for.take(), None, &expired.messages);
        self.forget_size();
        self.last_user_length = 0;
        self.last_answer_length = None;
    }

    /// An answer is about to be made again.
    fn answer_replaced(&mut self, replaced: TurnId) {
        if self.last_turn != Some(replaced.to_string()) {
            // As with messages.
            self.forget_size();
        } else if let Some(length) = self.last_answer_length {
            self.grow(-1, -length);
        }
    }

    fn grow(&mut self, messages: i64, characters: i64) {
        if let (Some(count), Some(length)) = (self.message_count, self.content_length) {
            self.message_count = Some(count.saturating_add(messages));
            self.content_length = Some(length.saturating_add(characters));
        }
        self.grow_whole(messages, characters);
    }

    /// What cuts hide has grown.
    fn grow_whole(&mut self, messages: i64, characters: i64) {
        if let (Some(count), Some(length)) = (self.whole_count, self.whole_length) {
            self.whole_count = Some(count.saturating_add(messages));
            self.whole_length = Some(length.saturating_add(characters));
        }
    }

    /// From now on it has to be counted.
    fn forget_size(&mut self) {
        self.message_count = None;
        self.content_length = None;
        self.whole_count = None;
        self.whole_length = None;
    }

    fn hides(&self, place: u64) -> bool {
        self.cuts != "[]"
            && self
                .hidden()
                .iter()
                .any(|cut| (cut.from..=cut.to).contains(&place))
    }

    /// Hides more. How long the messages were that are hidden now, no event says; only that nothing is left is certain.
    fn hide(&mut self, cut: Cut) {
        let mut cuts = self.hidden();
        cuts.push(cut);
        self.set_cuts(cuts);
        let nothing_left = self.open_ranges().is_empty();
        self.message_count = nothing_left.then_some(0);
        self.content_length = nothing_left.then_some(0);
    }

    fn set_cuts(&mut self, mut cuts: Vec<Cut>) {
        cuts.retain(|cut| cut.from <= cut.to);
        cuts.sort_unstable_by_key(|cut| cut.from);
        let mut pairs: Vec<(u64, u64)> = Vec::with_capacity(cuts.len());
        for cut in cuts {
            match pairs.last_mut() {
                Some((_, to)) if cut.from <= to.saturating_add(1) => *to = cut.to.max(*to),
                _ => pairs.push((cut.from, cut.to)),
            }
        }
        self.cuts = serde_json::to_string(&pairs).unwrap_or_else(|_| "[]".to_owned());
    }
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct Conversations;

impl Projection for Conversations {
    const VERSION: u32 = 6;
    type Row = ConversationRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match &event.event {
            Event::Thread(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<ConversationRow>, key: &str, event: &Recorded) -> Option<ConversationRow> {
        let Event::Thread(happened) = &event.event else {
            return row;
        };
        let mut row = match happened {
            ThreadEvent::Opened(opened) => {
                ConversationRow::opened(key, opened, (event.recorded_at, event.sequence))
            }
            ThreadEvent::ErasureRequested {} => return None,
            _ => row?,
        };
        match happened {
            ThreadEvent::Renamed { name, .. } => {
                row.name = Some(name.clone());
                row.name_said = count(event.sequence);
            }
            ThreadEvent::Unnamed {} => row.name = None,
            ThreadEvent::ContentExpired(expired) => row.expired(expired),
            ThreadEvent::Archived {} => row.archived = true,
            ThreadEvent::Unarchived {} => row.archived = false,
            ThreadEvent::MessageSent(sent) => {
                row.sent(sent, event.sequence);
                row.last_active = event.recorded_at;
            }
            ThreadEvent::ReplyStarted(started) => {
                if let Some(replaced) = started.replaces {
                    row.answer_replaced(replaced);
                }
                row.last_turn = Some(started.turn.to_string());
                row.last_answer_length = None;
                row.open_turn = Some(started.turn.to_string());
                row.open_place = Some(count(started.index));
            }
            ThreadEvent::HistoryTruncated { cut, .. } | ThreadEvent::HistoryRewound { cut, .. } => {
                row.hide(*cut);
            }
            ThreadEvent::HistoryRestored { .. } => {
                if row.cuts != "[]" {
                    row.set_cuts(vec![]);
                    row.message_count = None;
                    row.content_length = None;
                }
            }
            ThreadEvent::Hidden { message } => {
                row.hidden_for = hidden_for(row.hidden_for, Some(*message), &[]);
            }
            ThreadEvent::Unhidden { message } => {
                row.hidden_for = hidden_for(row.hidden_for, None, &[*message]);
            }
            ThreadEvent::MessageRedacted {
                index,
                newest,
                text,
                ..
            }
            | ThreadEvent::MessageRestored {
                index,
                newest,
                text,
                ..
            } => {
                if *newest {
                    row.reads(*index, text, event.sequence);
                }
            }
            happened => {
                if let Some((status, end)) = end(happened) {
                    row.ended(status, end);
                    row.last_active = event.recorded_at;
                }
            }
        }
        row.sequence = count(event.sequence);
        row.position = count(event.position);
        Some(row)
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Thread(ThreadEvent::Opened(_)))
    }
}

pub(crate) fn dialect(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Assistant => "assistant",
        Dialect::Threads => "threads",
        Dialect::Rag => "rag",
        Dialect::Openai => "openai",
        Dialect::Chats => "chats",
    }
}

/// Places in these ranges.
fn places(ranges: &[(i64, i64)]) -> i64 {
    let width = |(from, to): &(i64, i64)| to.saturating_sub(*from).saturating_add(1);
    ranges.iter().map(width).fold(0, i64::saturating_add)
}

/// The first characters, and whether there were more.
fn beginning(text: &str) -> String {
    match text.char_indices().nth(TITLE_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}
