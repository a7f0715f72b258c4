//! Whatever happens: views do not depend on how it is dealt out, and agree with each other.

use std::sync::Arc;

use projections::{
    ConversationRow, Conversations, Definition, Event, Projection, Recorded, Row, ThreadList,
    Transcript, TranscriptRow,
    testing::{Memory, happened},
};
use proptest::prelude::*;

use crate::histories::history;

fn events(numbers: &[u32]) -> Vec<Arc<Recorded>> {
    happened(history(numbers).into_iter().flat_map(|(thread, events)| {
        events
            .into_iter()
            .map(move |event| (thread.to_string(), Event::Thread(event)))
    }))
}

fn folded(definition: Definition, events: &[Arc<Recorded>]) -> Memory {
    let mut memory = Memory::of(definition);
    memory.deliver(events);
    memory
}

fn rows<R: Row>(memory: &Memory) -> Vec<R> {
    let rows = memory.rows().values().cloned();
    rows.map(|row| R::from_values(row).unwrap()).collect()
}

/// Folds every event that makes a row anew over nothing, and over somebody else's row.
fn renewed<P: Projection>(events: &[Arc<Recorded>]) -> Vec<[Option<P::Row>; 2]> {
    let others: Vec<P::Row> = rows(&folded(Definition::of::<P>(), events));
    let mut renewed = vec![];
    for event in events {
        let keys = P::keys(event);
        for key in keys.iter().filter(|key| P::renews(event, key)) {
            renewed.extend(others.iter().map(|other| {
                [None, Some(other.clone())].map(|before| P::fold(before, key, event))
            }));
        }
    }
    renewed
}

proptest! {
    #[test]
    fn what_is_made_anew_does_not_depend_on_what_it_was(
        numbers in prop::collection::vec(any::<u32>(), 0..60),
    ) {
        let events = events(&numbers);
        for [over_nothing, over_another] in renewed::<Transcript>(&events) {
            prop_assert_eq!(over_nothing, over_another);
        }
        for [over_nothing, over_another] in renewed::<Conversations>(&events) {
            prop_assert_eq!(over_nothing, over_another);
        }
        for [over_nothing, over_another] in renewed::<ThreadList>(&events) {
            prop_assert_eq!(over_nothing, over_another);
        }
    }

    #[test]
    fn any_batches_make_the_same_rows(
        numbers in prop::collection::vec(any::<u32>(), 0..150),
        sizes in prop::collection::vec(1_usize..20, 1..10),
    ) {
        let events = events(&numbers);
        for definition in projections::all() {
            let mut dealt = Memory::of(definition);
            let (mut rest, mut sizes) = (events.as_slice(), sizes.iter().cycle());
            while !rest.is_empty() {
                let size = (*sizes.next().unwrap()).min(rest.len());
                let (batch, later) = rest.split_at(size);
                dealt.deliver(batch);
                // A batch that comes again changes nothing.
                dealt.deliver(batch);
                rest = later;
            }
            let at_once = folded(definition, &events);
            prop_assert_eq!(dealt.rows(), at_once.rows());
        }
    }

    #[test]
    fn a_known_size_is_the_size_of_the_visible_messages(
        numbers in prop::collection::vec(any::<u32>(), 0..150),
    ) {
        let events = events(&numbers);
        let messages: Vec<TranscriptRow> = rows(&folded(Definition::of::<Transcript>(), &events));
        let conversations: Vec<ConversationRow> =
            rows(&folded(Definition::of::<Conversations>(), &events));
        for conversation in conversations {
            let ranges = conversation.open_ranges();
            let visible = messages.iter().filter(|message| {
                message.thread == conversation.thread
                    && message.shown
                    && ranges.iter().any(|(from, to)| (from..=to).contains(&&message.place))
            });
            let (count, length) =
                visible.fold((0, 0), |(count, length), message| (count + 1, length + message.length));
            if conversation.message_count.is_some() {
                prop_assert_eq!(conversation.message_count, Some(count));
                prop_assert_eq!(conversation.content_length, Some(length));
            }
        }
    }

    #[test]
    fn a_known_whole_is_the_size_of_the_messages_without_cuts(
        numbers in prop::collection::vec(any::<u32>(), 0..150),
    ) {
        let events = events(&numbers);
        let messages: Vec<TranscriptRow> = rows(&folded(Definition::of::<Transcript>(), &events));
        let conversations: Vec<ConversationRow> =
            rows(&folded(Definition::of::<Conversations>(), &events));
        for conversation in conversations {
            let all = messages
                .iter()
                .filter(|message| message.thread == conversation.thread && message.shown);
            let (count, length) =
                all.fold((0, 0), |(count, length), message| (count + 1, length + message.length));
            if conversation.whole_count.is_some() {
                prop_assert_eq!(conversation.whole_count, Some(count));
                prop_assert_eq!(conversation.whole_length, Some(length));
            }
        }
    }

    #[test]
    fn a_place_shows_one_version_of_a_message(
        numbers in prop::collection::vec(any::<u32>(), 0..150),
    ) {
        let messages: Vec<TranscriptRow> =
            rows(&folded(Definition::of::<Transcript>(), &events(&numbers)));
        let mut places: Vec<_> = messages
            .iter()
            .filter(|message| message.shown)
            .map(|message| (&message.thread, message.place))
            .collect();
        let shown = places.len();
        places.sort_unstable();
        places.dedup();
        prop_assert_eq!(places.len(), shown);
    }
}
