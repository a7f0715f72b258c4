//! Requests of erasures as the log has them, and how far they are done.

use std::collections::BTreeMap;

use super::{EXPIRED, REQUESTED};
use crate::store::{HeldErasure, Recorded};

/// Whose contents go: the sort of aggregate, and which one.
pub(super) type Subject = (String, String);

pub(super) fn subject(request: &HeldErasure) -> Subject {
    (request.aggregate_type.clone(), request.aggregate_id.clone())
}

/// A request as the log has it; `None`: it is a receipt, or the end of a hold.
pub(super) fn request(event: &Recorded) -> Option<HeldErasure> {
    let asks = [REQUESTED, EXPIRED].contains(&event.event_type.as_str());
    asks.then(|| HeldErasure {
        aggregate_type: event.aggregate_type.clone(),
        aggregate_id: event.aggregate_id.clone(),
        position: event.position,
        sequence: event.sequence,
        requested_at: event.recorded_at,
        owner: None,
    })
}

/// The newest request for each: what was put aside is older than what was just heard.
pub(super) fn newest<'r>(
    heard: &'r [HeldErasure],
    released: &'r [HeldErasure],
) -> Vec<&'r HeldErasure> {
    let mut newest = BTreeMap::new();
    for request in released.iter().chain(heard) {
        newest.insert((&request.aggregate_type, &request.aggregate_id), request);
    }
    newest.into_values().collect()
}

/// How far all that was heard is done: up to the first request that has to wait. What asks for nothing is passed, or
/// a page full of it would be heard again for ever.
pub(super) fn reached(heard: &[Recorded], waiting: &[Subject]) -> Option<u64> {
    let goes_on = |event: &&Recorded| {
        let asked = request(event).map(|request| subject(&request));
        asked.is_none_or(|subject| !waiting.contains(&subject))
    };
    heard
        .iter()
        .take_while(goes_on)
        .last()
        .map(|event| event.position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(position: u64, event_type: &str, id: &str) -> Recorded {
        Recorded {
            position,
            recorded_at: 1_000,
            aggregate_type: "thread".to_owned(),
            aggregate_id: id.to_owned(),
            sequence: 1,
            event_type: event_type.to_owned(),
            event_version: "1".to_owned(),
            payload: "{}".to_owned(),
            metadata: "{}".to_owned(),
        }
    }

    #[test]
    fn what_asks_for_nothing_is_passed_and_what_waits_is_not() {
        let released: Vec<_> = (1..=1_000)
            .map(|position| recorded(position, "thread.released", "held"))
            .collect();
        assert_eq!(reached(&released, &[]), Some(1_000));
        assert_eq!(reached(&[], &[]), None);
        let waits = [("thread".to_owned(), "waits".to_owned())];
        let heard = [
            recorded(4, "erasure.requested", "done"),
            recorded(5, "erasure.confirmed", "waits"),
            recorded(6, "erasure.requested", "waits"),
            recorded(7, "thread.released", "held"),
        ];
        assert_eq!(reached(&heard, &waits), Some(5));
        assert_eq!(reached(&heard[2..], &waits), None);
        assert_eq!(reached(&heard, &[]), Some(7));
    }
}
