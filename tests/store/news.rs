//! Who follows the log is told the newest events without reading them, and never anything else than what is there.

use colloquy::store::Recorded;

use super::{
    fixture::{Log, commit, on_both, within},
    sealing::{by_hand, said, saying},
};

fn positions(events: &[Recorded]) -> Vec<u64> {
    events.iter().map(|event| event.position).collect()
}

on_both! {
    async fn news_is_what_the_log_says(log: Log) {
        assert_eq!(log.store.read_news(0, 1).await.unwrap(), []);
        log.commit(saying("t", 0, 0, &["one \"and\" \u{1F980}", "two"])).await.unwrap();
        log.commit(commit("a", 0, 3)).await.unwrap();
        let read = log.store.read_after(0, 100).await.unwrap();
        assert_eq!(positions(&read), [1, 2, 3, 4, 5]);
        assert_eq!(log.store.read_news(0, 2).await.unwrap(), read[..2]);
        assert_eq!(log.store.read_news(2, 100).await.unwrap(), read[2..]);
        // Told once; who asks again, or for more, is answered by the log.
        assert_eq!(log.store.read_news(0, 100).await.unwrap(), read);
        assert_eq!(log.store.read_news(5, 100).await.unwrap(), []);
    }

    async fn what_others_commit_in_between_is_not_left_out(log: Log) {
        let neighbour = log.neighbour().await;
        let mut seen = vec![];
        for nth in 0..10 {
            log.commit(commit("ours", 2 * nth, 2)).await.unwrap();
            within(neighbour.commit(commit("theirs", nth, 1))).await.unwrap();
            if nth % 3 == 0 {
                seen.extend(log.store.read_news(seen.len() as u64, 4).await.unwrap());
            }
        }
        while seen.len() < 30 {
            let news = log.store.read_news(seen.len() as u64, 4).await.unwrap();
            assert!(!news.is_empty(), "there is more than {}", seen.len());
            seen.extend(news);
        }
        assert_eq!(seen, log.store.read_after(0, 100).await.unwrap());
    }

    async fn what_was_erased_is_no_news(log: Log) {
        assert_eq!(log.store.read_news(0, 1).await.unwrap(), []);
        log.commit(saying("t", 0, 0, &["a secret"])).await.unwrap();
        by_hand(&log, "DELETE FROM content_keys").await;
        log.store.forget_keys("thread", "t");
        let news = log.store.read_news(0, 100).await.unwrap();
        assert_eq!(positions(&news), [1]);
        assert!(!news[0].payload.contains("secret"), "{}", news[0].payload);
        assert_eq!(said(&log.store, "t").await, [""]);
    }
}
