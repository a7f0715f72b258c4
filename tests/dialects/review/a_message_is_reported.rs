//! Users say that something is wrong, and that a decision is.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

const DECIDED_FIRST: &str =
    "You decided first, and that was appealed against: another moderator has to look at it.";

async fn report(who: &Client, message: &str, body: Value) -> Answer {
    post(who, &format!("/api/chat-messages/{message}/report/"), &body).await
}

async fn check(database: TestDatabase) {
    let people = People::of(Server::start(database, &[ECHO]).await).await;
    a_report_opens_a_case_and_another_joins_it(&people).await;
    what_was_replaced_is_shown_beside_what_stood_there_then(&people).await;
    what_one_does_not_see_one_does_not_report(&people).await;
    the_author_reads_what_was_decided_and_nobody_else_does(&people).await;
    whoever_reviews_reads_what_was_decided_about_them(&people).await;
    the_author_appeals_once_and_another_moderator_decides(&people).await;
    whoever_decided_first_does_not_decide_after_an_appeal_was_granted(&people).await;
    what_people_write_is_redacted(&people).await;
}

async fn a_report_opens_a_case_and_another_joins_it(people: &People) {
    let turn = say(&people.ann, None, "What is a log?").await;
    let spam = json!({ "category": "wrong", "comment": "It only echoes." });
    let case = ok(report(&people.ann, &turn.assistant, spam.clone()).await)["case"].clone();
    assert_eq!(case, json!(turn.assistant));
    ok(report(&people.ann, &turn.assistant, spam).await);
    let other = json!({ "category": "rude", "comment": "" });
    ok(report(&people.mia, &turn.assistant, other).await);
    let shown = ok(get(&people.mia, &format!("{CASES}/{}", turn.assistant)).await);
    assert_eq!(shown["is_automated"], false);
    assert_eq!(shown["severity"], "low");
    assert_eq!(shown["report_count"], 2);
    assert_eq!(shown["reports"][0]["category"], "wrong");
    assert_eq!(shown["reports"][0]["by"]["username"], "ann");
    assert_eq!(shown["reports"][1]["comment"], Value::Null);
    assert_eq!(thread(&people.mia, &turn.thread).await["is_flagged"], false);
    ok(act(&people.mia, &turn.assistant, "decide", decision("confirm")).await);
    assert_eq!(
        thread(&people.mia, &turn.thread).await["max_severity"],
        "low"
    );
    // Reported by somebody else, it is decided again.
    let third = json!({ "category": "wrong" });
    ok(report(&people.staff, &turn.assistant, third).await);
    let shown = ok(get(&people.mia, &format!("{CASES}/{}", turn.assistant)).await);
    assert_eq!(
        (&shown["state"], &shown["decision"]),
        (&json!("open"), &json!("confirm"))
    );
    ok(act(&people.mia, &turn.assistant, "decide", decision("dismiss")).await);
    assert_eq!(thread(&people.mia, &turn.thread).await["is_flagged"], false);
    // And reported again by who did before.
    let again = json!({ "category": "wrong", "comment": "It does so still." });
    ok(report(&people.ann, &turn.assistant, again).await);
    let shown = ok(get(&people.mia, &format!("{CASES}/{}", turn.assistant)).await);
    assert_eq!(
        (&shown["state"], &shown["report_count"]),
        (&json!("open"), &json!(4))
    );
    let refused = report(&people.ann, &turn.assistant, json!({})).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body,
        json!({ "category": ["This field is required."] })
    );
}

async fn what_was_replaced_is_shown_beside_what_stood_there_then(people: &People) {
    let first = say(&people.ann, None, "Good morning!").await;
    let (thread, greeted) = (first.thread, first.assistant);
    let old = say(&people.ann, Some(&thread), MEDIUM).await;
    let question = old.user.unwrap();
    let edit = json!({
        "input": "Nice weather", "thread_uuid": thread, "mode": "edit", "edit_message_uuid": question,
    });
    let new = turn(&send(&people.ann, &edit).await);
    let edited = new.user.unwrap();
    for answer in [&old.assistant, &new.assistant] {
        ok(report(&people.ann, answer, json!({ "category": "wrong" })).await);
    }
    let ids = |messages: &Value| -> Vec<String> {
        let messages = messages.as_array().unwrap().iter();
        messages
            .map(|message| message["uuid"].as_str().unwrap().to_owned())
            .collect()
    };
    let hello = first.user.unwrap();
    for (case, before, after) in [
        (&question, vec![&hello, &greeted], vec![&old.assistant]),
        (&old.assistant, vec![&hello, &greeted, &question], vec![]),
        (&new.assistant, vec![&hello, &greeted, &edited], vec![]),
    ] {
        let shown = ok(get(&people.mia, &format!("{CASES}/{case}")).await);
        let sides = [&shown["context_before"], &shown["context_after"]].map(ids);
        let wanted = [before, after].map(|side| side.into_iter().cloned().collect::<Vec<_>>());
        assert_eq!(sides, wanted, "{shown}");
    }
}

async fn what_one_does_not_see_one_does_not_report(people: &People) {
    let message = said(&people.ann, "Mine").await;
    let bob = people.server.user_as("bob", "user").await;
    let none = "No ThreadMessage matches the given query.";
    let spam = json!({ "category": "spam" });
    details(&report(&bob, &message, spam.clone()).await, 404, none);
    details(&report(&bob, "nonsense", spam).await, 404, none);
}

async fn the_author_reads_what_was_decided_and_nobody_else_does(people: &People) {
    let told = say(&people.ann, None, MEDIUM).await;
    let case = told.user.unwrap();
    let path = format!("{CASES}/{case}");
    let forbidden = "You do not have permission to perform this action.";
    let bea = people.server.user_as("bea", "user").await;
    let unknown = format!("{CASES}/00000000000070008000000000000000");
    for who in [&bea, &people.ann] {
        details(&get(who, &path).await, 403, forbidden);
        details(&get(who, &unknown).await, 403, forbidden);
    }
    ok(act(&people.mia, &case, "comment", json!({ "text": "Hm." })).await);
    let decided = ok(act(&people.mia, &case, "decide", decision("confirm")).await);
    details(&get(&bea, &path).await, 403, forbidden);
    assert_eq!(
        ok(get(&people.ann, &path).await),
        json!({
            "uuid": case, "message": case, "thread": told.thread, "state": "decided",
            "decision": "confirm", "decided": decided["decided"], "reason": "I have looked at it.",
            "policy": null, "is_appealed": false, "appeal": null,
        })
    );
    // What keeps the conversation from its owner is told, too.
    let hidden = say(&people.ann, None, MEDIUM).await.user.unwrap();
    ok(act(&people.mia, &hidden, "decide", decision("hide_thread")).await);
    let statement = ok(get(&people.ann, &format!("{CASES}/{hidden}/")).await);
    assert_eq!(statement["decision"], "hide_thread");
    let no = json!({ "text": "I did not mean it." });
    ok(act(&people.ann, &hidden, "appeal", no).await);
    let undone = json!({ "reason": "It was all right." });
    ok(act(&people.max, &hidden, "overturn", undone).await);
    let statement = ok(get(&people.ann, &format!("{CASES}/{hidden}")).await);
    assert_eq!(
        (&statement["state"], &statement["decision"]),
        (&json!("open"), &Value::Null)
    );
    assert_eq!(statement["appeal"], "I did not mean it.");
    // It has not become a way into the queue.
    details(&get(&people.ann, CASES).await, 403, forbidden);
}

async fn whoever_reviews_reads_what_was_decided_about_them(people: &People) {
    let case = said(&people.max, MEDIUM).await;
    let path = format!("{CASES}/{case}");
    let yours = "This conversation is yours: another moderator has to look at it.";
    details(&get(&people.max, &path).await, 403, yours);
    ok(act(&people.mia, &case, "decide", decision("confirm")).await);
    let statement = ok(get(&people.max, &path).await);
    assert_eq!(statement["decision"], "confirm");
    assert_eq!(statement["reason"], "I have looked at it.");
    // Not who decided, nor what others say of it.
    assert_eq!(statement.get("decided_by"), None);
    assert_eq!(statement.get("comments"), None);
    assert!(ok(get(&people.mia, &path).await).get("comments").is_some());
}

async fn the_author_appeals_once_and_another_moderator_decides(people: &People) {
    let case = said(&people.ann, MEDIUM).await;
    let no = json!({ "text": "I did not mean it." });
    details(
        &act(&people.ann, &case, "appeal", no.clone()).await,
        409,
        "This case is not decided.",
    );
    ok(act(&people.mia, &case, "decide", decision("confirm")).await);
    details(
        &act(&people.max, &case, "appeal", no.clone()).await,
        404,
        "No Case matches the given query.",
    );
    ok(act(&people.ann, &case, "appeal", no.clone()).await);
    details(
        &act(&people.ann, &case, "appeal", no).await,
        409,
        "This case was appealed against before.",
    );
    let appealed = listed(&people.mia, "?state=appealed").await;
    assert_eq!(appealed.len(), 1);
    assert_eq!(appealed[0]["uuid"], json!(case));
    details(
        &act(&people.mia, &case, "decide", decision("confirm")).await,
        403,
        "The decision was yours: another moderator has to look at it.",
    );
    let decided = ok(act(&people.max, &case, "decide", decision("dismiss")).await);
    assert_eq!(decided["decision"], "dismiss");
    assert_eq!(decided["appeal"], "I did not mean it.");
    // What would be undone is no decision of theirs.
    let undone = json!({ "reason": "I was right." });
    let refused = act(&people.mia, &case, "overturn", undone).await;
    details(&refused, 403, DECIDED_FIRST);
}

async fn whoever_decided_first_does_not_decide_after_an_appeal_was_granted(people: &People) {
    let case = said(&people.ann, MEDIUM).await;
    ok(act(&people.mia, &case, "decide", decision("confirm")).await);
    let no = json!({ "text": "I did not mean it." });
    ok(act(&people.ann, &case, "appeal", no).await);
    let granted = json!({ "reason": "It was a game." });
    ok(act(&people.max, &case, "overturn", granted).await);
    details(
        &act(&people.mia, &case, "decide", decision("confirm")).await,
        403,
        DECIDED_FIRST,
    );
    let decided = ok(act(&people.max, &case, "decide", decision("dismiss")).await);
    assert_eq!(decided["decision"], "dismiss");
}

async fn what_people_write_is_redacted(people: &People) {
    let message = said(&people.ann, "Hello").await;
    let comment = "It shows my card 4532 1111 1111 1112";
    ok(report(
        &people.ann,
        &message,
        json!({ "category": "private", "comment": comment }),
    )
    .await);
    let shown = ok(get(&people.mia, &format!("{CASES}/{message}")).await);
    assert_eq!(
        shown["reports"][0]["comment"],
        "It shows my card [pii_credit_card_REDACTED]"
    );
}

on_both_databases!(check);
