//! Whose a conversation is and was is read from its stream, each event once.

use aggregates::{ThreadId, UserId, case::SaidIn};
use colloquy::{
    audit::Trail,
    store::{Commit, NewEvent},
};
use uuid::Uuid;

use super::world::Record;
use crate::store::fixture::{Log, commit, on_both};

const THREAD: ThreadId = ThreadId(Uuid::from_u128(1));
const SAID_IN: SaidIn = SaidIn::Thread(THREAD);

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

/// Somebody begins the conversation.
fn opened(expected: u64, owner: UserId) -> Commit {
    of_thread(
        expected,
        &format!(r#"{{"thread.opened":{{"owner":"{owner}"}}}}"#),
    )
}

fn of_thread(expected: u64, payload: &str) -> Commit {
    let (name, _) = payload[2..].split_once('"').unwrap();
    Commit {
        aggregate_type: "thread",
        events: vec![NewEvent {
            event_type: name.to_owned(),
            event_version: "1".to_owned(),
            payload: payload.to_owned(),
        }],
        ..commit(&THREAD.to_string(), expected, 1)
    }
}

on_both! {
    async fn all_who_had_a_conversation_are_known(log: Log) {
        let trail = Trail::new(log.store.clone());
        assert_eq!(trail.owners(SAID_IN).await.unwrap(), []);
        assert!(!trail.is_known(SAID_IN).await.unwrap());
        log.commit(opened(0, user(2))).await.unwrap();
        assert_eq!(trail.owners(SAID_IN).await.unwrap(), [user(2)]);
        log.commit(of_thread(1, r#"{"thread.archived":{}}"#)).await.unwrap();
        assert_eq!(trail.owners(SAID_IN).await.unwrap(), [user(2)]);
        log.commit(opened(2, user(1))).await.unwrap();
        log.commit(opened(3, user(2))).await.unwrap();
        assert_eq!(trail.owners(SAID_IN).await.unwrap(), [user(1), user(2)]);
        let afresh = Trail::new(log.store.clone());
        assert_eq!(afresh.owners(SAID_IN).await.unwrap(), [user(1), user(2)]);
        assert!(afresh.is_known(SAID_IN).await.unwrap());
    }

    async fn what_was_read_is_not_read_again(log: Log) {
        let record = Record::of(log).await;
        let trail = Trail::new(record.log.store.clone());
        record.log.commit(opened(0, user(1))).await.unwrap();
        assert_eq!(trail.owners(SAID_IN).await.unwrap(), [user(1)]);
        // Behind its back, so that a second look would be seen.
        let other = opened(0, user(3));
        let payload = &other.events[0].payload;
        let forge = format!("UPDATE events SET payload = '{payload}' WHERE global_position = 1");
        record.tamper(&[&forge]).await;
        record.log.commit(opened(1, user(2))).await.unwrap();
        assert_eq!(trail.owners(SAID_IN).await.unwrap(), [user(1), user(2)]);
        let afresh = Trail::new(record.log.store.clone());
        assert_eq!(afresh.owners(SAID_IN).await.unwrap(), [user(2), user(3)]);
    }
}
