//! What moderators do with a conversation, in the words of tests.

use serde_json::{Value, json};

use super::{client::Client, threads::post};

/// Keeps the conversation of this message from its owner, who has reported it.
pub(crate) async fn hide(moderator: &Client, owner: &Client, message: &str) {
    let report = format!("/api/chat-messages/{message}/report/");
    done(owner, &report, json!({ "category": "wrong" })).await;
    let decision = json!({ "decision": "hide_thread", "reason": "I have looked at it." });
    done(moderator, &of_case(message, "decide"), decision).await;
}

/// Gives it back.
pub(crate) async fn show_again(moderator: &Client, message: &str) {
    let reason = json!({ "reason": "It was all right." });
    done(moderator, &of_case(message, "overturn"), reason).await;
}

fn of_case(message: &str, action: &str) -> String {
    format!("/api/moderation/cases/{message}/{action}")
}

async fn done(who: &Client, path: &str, body: Value) {
    let answer = post(who, path, &body).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
}
