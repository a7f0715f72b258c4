//! No answer is too long for the log.

use aggregates::{ThreadId, thread::FinishReason};
use uuid::Uuid;

use super::{
    answers::saying,
    stage::{Stage, on_sqlite},
    world::World,
};

on_sqlite! {
    async fn an_answer_that_no_event_can_hold_is_cut_and_ends(stage: Stage) {
        // Quotes take two bytes in JSON: less than a provider may send, and more than an event may have.
        let piece = "\"\n".repeat(1 << 17);
        let words = vec![piece.as_str(); 15];
        let world = World::on(&stage, [saying(&words), saying(&["Hello"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        let end = world.converse(thread, "Go on and on").await;
        assert!(!end.text.is_empty() && words.concat().starts_with(&end.text));
        assert_eq!((end.finish, end.error), (Some(FinishReason::Length), None));
        assert!(end.usage.estimated && end.usage.completion_tokens > 0);
        assert_eq!(world.converse(ThreadId(Uuid::now_v7()), "Hi").await.text, "Hello");
    }
}
