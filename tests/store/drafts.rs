//! What was shown is kept, and a fenced owner shows nothing more.

use std::time::Duration;

use colloquy::store::{Channel, Chunk, DraftError, DraftText, Drafts, Store};
use futures_util::future::join_all;
use uuid::Uuid;

use super::{
    fixture::{Log, on_both, within},
    turns::{closing, opening},
};
use crate::support::databases::TestDatabase;

fn chunk(turn: Uuid, offset: u64, text: &str) -> Chunk {
    Chunk {
        turn,
        epoch: 1,
        channel: Channel::Text,
        offset,
        text: text.to_owned(),
    }
}

fn said(text: &str) -> DraftText {
    DraftText {
        text: text.to_owned(),
        reasoning: String::new(),
    }
}

async fn running(log: &Log) -> (Drafts, Uuid) {
    let turn = Uuid::now_v7();
    log.commit(opening(turn, Uuid::now_v7())).await.unwrap();
    (Drafts::start(log.store.clone(), &log.shutdown), turn)
}

on_both! {
    async fn chunks_are_read_back_in_the_order_of_their_offsets(log: Log) {
        let (drafts, turn) = running(&log).await;
        let thought = Chunk { channel: Channel::Reasoning, ..chunk(turn, 0, "hm\0\u{1F600}") };
        let thought = Chunk { text: thought.text.replace('\0', ""), ..thought };
        let writes = [chunk(turn, 3, "def"), thought, chunk(turn, 0, "abc"), chunk(turn, 10, "k"), chunk(turn, 6, "ghij")];
        for outcome in within(join_all(writes.map(|chunk| drafts.write(chunk)))).await {
            outcome.unwrap();
        }
        let draft = log.store.draft(turn).await.unwrap();
        assert_eq!((draft.text.as_str(), draft.reasoning.as_str()), ("abcdefghijk", "hm\u{1F600}"));
        assert_eq!(log.store.draft(Uuid::now_v7()).await.unwrap(), DraftText::default());
    }

    async fn a_chunk_written_twice_is_there_once(log: Log) {
        let (drafts, turn) = running(&log).await;
        drafts.write(chunk(turn, 0, "abc")).await.unwrap();
        drafts.write(chunk(turn, 0, "abc")).await.unwrap();
        assert_eq!(log.store.draft(turn).await.unwrap(), said("abc"));
    }

    async fn a_fenced_owner_releases_nothing_more(log: Log) {
        let (drafts, turn) = running(&log).await;
        let (_, other) = running(&log).await;
        drafts.write(chunk(turn, 0, "abc")).await.unwrap();
        log.store.fence(turn).await.unwrap();
        let (late, neighbour) = tokio::join!(
            drafts.write(chunk(turn, 3, "def")),
            drafts.write(chunk(other, 0, "xyz")),
        );
        assert_eq!(late, Err(DraftError::Fenced));
        neighbour.unwrap();
        assert_eq!(log.store.draft(turn).await.unwrap(), said("abc"));
    }

    async fn nothing_is_kept_for_a_turn_that_is_not_open(log: Log) {
        let (drafts, turn) = running(&log).await;
        assert_eq!(drafts.write(chunk(Uuid::now_v7(), 0, "abc")).await, Err(DraftError::Fenced));
        log.commit(closing(turn)).await.unwrap();
        assert_eq!(drafts.write(chunk(turn, 0, "abc")).await, Err(DraftError::Fenced));
    }

    async fn a_fence_misses_no_chunk_that_was_acknowledged(log: Log) {
        let (drafts, first) = running(&log).await;
        for round in 0..20 {
            let turn = if round == 0 { first } else { running(&log).await.1 };
            let writing = async {
                let mut acknowledged = 0;
                while drafts.write(chunk(turn, acknowledged, "x")).await.is_ok() {
                    acknowledged += 1;
                }
                acknowledged
            };
            let fencing = async {
                for _ in 0..round {
                    tokio::task::yield_now().await;
                }
                log.store.fence(turn).await.unwrap();
                log.store.draft(turn).await.unwrap().text.len() as u64
            };
            let (acknowledged, read) = within(async { tokio::join!(writing, fencing) }).await;
            assert_eq!(read, acknowledged);
        }
    }

    async fn a_removed_draft_is_gone_soon_and_a_forgotten_one_when_its_turn_is_closed(log: Log) {
        let (drafts, turn) = running(&log).await;
        let (_, other) = running(&log).await;
        for of in [turn, other] {
            drafts.write(chunk(of, 0, "abc")).await.unwrap();
        }
        drafts.remove(turn);
        // Taken after the removal, so answered after it.
        drafts.write(chunk(other, 3, "def")).await.unwrap();
        drafts.write(chunk(other, 6, "ghi")).await.unwrap();
        assert_eq!(log.store.draft(turn).await.unwrap(), DraftText::default());
        assert_eq!(log.store.forget_drafts().await.unwrap(), 0);
        log.commit(closing(other)).await.unwrap();
        assert_eq!(log.store.forget_drafts().await.unwrap(), 3);
        assert_eq!(log.store.draft(other).await.unwrap(), DraftText::default());
    }

    async fn a_closed_writer_writes_what_it_has_and_ends(log: Log) {
        let (drafts, turn) = running(&log).await;
        let (written, ()) = tokio::join!(drafts.write(chunk(turn, 0, "abc")), async { drafts.close() });
        written.unwrap();
        let late = drafts.write(chunk(turn, 3, "def")).await;
        assert!(matches!(late, Err(DraftError::Unavailable(_))));
        log.committer.close();
        assert!(log.shutdown.finish(Duration::from_secs(10)).await);
    }
}

#[tokio::test]
async fn a_damaged_file_of_drafts_is_told_by_its_name_and_made_anew_when_it_is_gone() {
    let database = TestDatabase::sqlite();
    let file = database.dir().join("drafts.db");
    std::fs::write(&file, "not a database ".repeat(500)).unwrap();
    let error = Store::open(&database.config()).await.unwrap_err();
    let told = error.to_string();
    assert!(told.starts_with(file.to_str().unwrap()), "{told}");
    assert!(told.contains("put it aside"), "{told}");
    std::fs::remove_file(&file).unwrap();
    Store::open(&database.config()).await.unwrap();
}
