//! One at a time, and nobody alone.

use aggregates::reading::{Looked, ReadingEvent};
use futures_util::future::join_all;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{client::eventually, databases::TestDatabase, readings::Readings},
};

async fn check(database: TestDatabase) {
    let config = database.beside();
    let people = People::of(Server::start(database, &[ECHO]).await).await;
    let log = Readings::of(&config).await;
    only_moderators_see_cases(&people).await;
    a_case_shows_what_was_said_and_that_is_seen(&people, &log).await;
    what_is_around_it_is_shown_in_its_order(&people).await;
    a_claim_keeps_others_away(&people).await;
    a_decision_changes_the_threads_flags(&people).await;
    a_decision_is_overturned_by_somebody_else(&people).await;
    nobody_judges_their_own_conversation(&people).await;
    the_same_request_twice_happens_once(&people).await;
    whoever_gets_a_case_is_seen_reading_it(&people, &log).await;
    moderators_never_get_the_same_case(&people).await;
    it_is_counted(&people).await;
    who_has_gone_keeps_nobody_away(&people).await;
}

async fn who_has_gone_keeps_nobody_away(people: &People) {
    let ends: [&[&str]; 2] = [
        &["user", "disable", "gus"],
        &["user", "delete", "gil", "--yes"],
    ];
    for end in ends {
        let moderator = people.server.user_as(end[2], "support").await;
        let case = said(&people.ann, MEDIUM).await;
        ok(act(&moderator, &case, "claim", json!({})).await);
        people.server.command(end, "").await.unwrap();
        let free = async || act(&people.max, &case, "claim", json!({})).await.status == 200;
        eventually(free).await;
    }
}

async fn only_moderators_see_cases(people: &People) {
    let case = said(&people.ann, MEDIUM).await;
    let forbidden = "You do not have permission to perform this action.";
    let auditor = people.server.user_as("aud", "auditor").await;
    for who in [&people.ann, &auditor] {
        for path in [
            CASES.to_owned(),
            format!("{CASES}/{case}"),
            "/api/moderation/stats".to_owned(),
        ] {
            details(&get(who, &path).await, 403, forbidden);
        }
        for action in ["claim", "release"] {
            details(&act(who, &case, action, json!({})).await, 403, forbidden);
        }
        let refused = act(who, &case, "decide", decision("dismiss")).await;
        details(&refused, 403, forbidden);
        details(
            &post(who, &format!("{CASES}/next"), &json!({})).await,
            403,
            forbidden,
        );
    }
    let unknown = "00000000000070008000000000000000";
    details(
        &get(&people.mia, &format!("{CASES}/{unknown}")).await,
        404,
        "No Case matches the given query.",
    );
}

async fn a_case_shows_what_was_said_and_that_is_seen(people: &People, log: &Readings) {
    let turn = say(&people.ann, None, "Good morning!").await;
    let flagged = say(&people.ann, Some(&turn.thread), MEDIUM).await;
    let case = flagged.user.unwrap();
    let before = log.all().await.len();
    let shown = ok(get(&people.mia, &format!("{CASES}/{case}/")).await);
    assert_eq!(shown["text"], MEDIUM);
    assert_eq!(shown["thread"], json!(turn.thread));
    assert_eq!(shown["severity"], "medium");
    assert_eq!(shown["categories"], json!(["leetspeak"]));
    assert_eq!(shown["state"], "open");
    assert_eq!(shown["findings"][0]["category"], "leetspeak");
    assert_eq!(shown["context_before"][0]["content"], "Good morning!");
    assert_eq!(shown["context_after"].as_array().unwrap().len(), 1);
    assert_eq!(log.all().await.len(), before + 1);
    let listed = listed(&people.mia, "").await;
    assert!(listed.iter().any(|row| row["uuid"] == json!(case)));
    assert!(listed.iter().all(|row| row.get("text").is_none()));
}

async fn what_is_around_it_is_shown_in_its_order(people: &People) {
    let thread = say(&people.ann, None, "Good morning!").await.thread;
    for text in ["One.", "Two."] {
        say(&people.ann, Some(&thread), text).await;
    }
    let case = say(&people.ann, Some(&thread), MEDIUM).await.user.unwrap();
    let places = |messages: &Value| -> Vec<u64> {
        let messages = messages.as_array().unwrap().iter();
        messages
            .map(|message| message["sequence_index"].as_u64().unwrap())
            .collect()
    };
    let path = format!("{CASES}/{case}");
    let shown = ok(get(&people.mia, &path).await);
    assert_eq!(shown["sequence_index"], 7);
    assert_eq!(places(&shown["context_before"]), [4, 5, 6]);
    assert_eq!(places(&shown["context_after"]), [8]);
    for text in ["Three.", "Four."] {
        say(&people.ann, Some(&thread), text).await;
    }
    let shown = ok(get(&people.mia, &path).await);
    assert_eq!(places(&shown["context_before"]), [4, 5, 6]);
    assert_eq!(places(&shown["context_after"]), [8, 9, 10]);
}

async fn a_claim_keeps_others_away(people: &People) {
    let case = said(&people.ann, MEDIUM).await;
    let claimed = ok(act(&people.mia, &case, "claim", json!({})).await);
    assert_eq!(claimed["state"], "claimed");
    assert_eq!(claimed["claimed_by"]["username"], "mia");
    let held = "mia works on this case.";
    details(
        &act(&people.max, &case, "claim", json!({})).await,
        409,
        held,
    );
    details(
        &act(&people.max, &case, "release", json!({})).await,
        409,
        held,
    );
    let decided = act(&people.max, &case, "decide", decision("confirm")).await;
    details(&decided, 409, held);
    let steal = json!({ "steal": true });
    details(
        &act(&people.max, &case, "claim", steal.clone()).await,
        403,
        "Only staff may take a case from another moderator.",
    );
    let stolen = ok(act(&people.staff, &case, "claim", steal).await);
    assert_eq!(stolen["claimed_by"]["username"], "sue");
    let released = ok(act(&people.staff, &case, "release", json!({})).await);
    assert_eq!(released["state"], "open");
    assert_eq!(released["claimed_by"], Value::Null);
    let commented = act(
        &people.max,
        &case,
        "comment",
        json!({ "text": "Not sure." }),
    )
    .await;
    assert_eq!(ok(commented)["comments"][0]["by"]["username"], "max");
    for (body, fault) in [
        (
            json!({}),
            json!({ "decision": ["This field is required."], "reason": ["This field is required."] }),
        ),
        (
            json!({ "decision": "explode", "reason": "x" }),
            json!({ "decision": ["\"explode\" is not a valid choice."] }),
        ),
    ] {
        let refused = act(&people.max, &case, "decide", body).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.body, fault);
    }
}

async fn a_decision_changes_the_threads_flags(people: &People) {
    let turn = say(&people.ann, None, CRITICAL).await;
    let case = turn.user.unwrap();
    let before = thread(&people.mia, &turn.thread).await;
    assert_eq!(before["is_flagged"], true);
    assert_eq!(
        before["flags"],
        json!({ "is_flagged": true, "max_severity": "critical" })
    );
    let decided = ok(act(&people.mia, &case, "decide", decision("dismiss")).await);
    assert_eq!(decided["state"], "decided");
    assert_eq!(decided["decided_by"]["username"], "mia");
    let shown = thread(&people.mia, &turn.thread).await;
    assert_eq!(shown["is_flagged"], false);
    assert_eq!(shown["max_severity"], "none");
    // Something was found once: that is not as if nothing had ever been.
    assert_eq!(
        shown["flags"],
        json!({ "is_flagged": false, "max_severity": "none" })
    );
    // Other flags are a change of the thread.
    assert!(before["modified"].as_str() < shown["modified"].as_str());
    details(
        &act(&people.max, &case, "decide", decision("confirm")).await,
        409,
        "This case is decided; overturn the decision first.",
    );
}

async fn a_decision_is_overturned_by_somebody_else(people: &People) {
    let turn = say(&people.ann, None, CRITICAL).await;
    let case = turn.user.unwrap();
    ok(act(&people.mia, &case, "decide", decision("dismiss")).await);
    let no = json!({ "reason": "It is one." });
    details(
        &act(&people.mia, &case, "overturn", no.clone()).await,
        403,
        "The decision was yours: another moderator has to look at it.",
    );
    let undone = ok(act(&people.max, &case, "overturn", no).await);
    assert_eq!(undone["state"], "open");
    assert_eq!(undone["decision"], Value::Null);
    let shown = thread(&people.mia, &turn.thread).await;
    assert_eq!(shown["max_severity"], "critical");
}

async fn nobody_judges_their_own_conversation(people: &People) {
    let case = said(&people.max, MEDIUM).await;
    let yours = "This conversation is yours: another moderator has to look at it.";
    details(
        &get(&people.max, &format!("{CASES}/{case}")).await,
        403,
        yours,
    );
    let comment = act(&people.max, &case, "comment", json!({ "text": "Mine." })).await;
    details(&comment, 403, yours);
    details(
        &act(&people.max, &case, "claim", json!({})).await,
        403,
        yours,
    );
    let decided = act(&people.max, &case, "decide", decision("dismiss")).await;
    details(&decided, 403, yours);
    let bulk = json!({ "ids": [case], "decision": "dismiss", "reason": "x", "expected_count": 1 });
    details(
        &post(&people.max, &format!("{CASES}/bulk"), &bulk).await,
        404,
        "No Case matches the given query.",
    );
    ok(act(&people.mia, &case, "claim", json!({})).await);
}

async fn the_same_request_twice_happens_once(people: &People) {
    let case = said(&people.ann, MEDIUM).await;
    let path = format!("{CASES}/{case}/comment");
    let again = |text: &'static str| {
        request(&people.mia, reqwest::Method::POST, &path)
            .header("idempotency-key", "one")
            .json(&json!({ "text": text }))
    };
    for _ in 0..2 {
        let answer = crate::support::client::answer(again("Once."))
            .await
            .unwrap();
        assert_eq!(ok(answer)["comments"].as_array().unwrap().len(), 1);
    }
    let other = crate::support::client::answer(again("Twice."))
        .await
        .unwrap();
    assert_eq!(other.status, 409);
}

async fn whoever_gets_a_case_is_seen_reading_it(people: &People, log: &Readings) {
    said(&people.ann, MEDIUM).await;
    let before = log.all().await.len();
    let next = ok(post(&people.mia, &format!("{CASES}/next"), &json!({})).await);
    assert_eq!(next["state"], "claimed");
    assert_eq!(next["claimed_by"]["username"], "mia");
    let case = next["uuid"].as_str().unwrap();
    for (action, body) in [
        ("claim", json!({})),
        ("comment", json!({ "text": "Not sure." })),
        ("release", json!({})),
    ] {
        ok(act(&people.mia, case, action, body).await);
    }
    // Each time once, and nobody else's conversation.
    let readings = log.all().await.split_off(before);
    assert_eq!(readings.len(), 4, "{readings:?}");
    for ReadingEvent::ContentRead { what, threads, .. } in readings {
        assert_eq!(what, Looked::Messages);
        let threads: Vec<String> = threads
            .iter()
            .map(|thread| thread.0.simple().to_string())
            .collect();
        assert_eq!(threads, [next["thread"].as_str().unwrap()]);
    }
}

async fn moderators_never_get_the_same_case(people: &People) {
    for _ in 0..6 {
        said(&people.ann, MEDIUM).await;
    }
    let open = listed(&people.mia, "?state=open").await.len();
    let path = format!("{CASES}/next");
    let nothing = json!({});
    let all = (0..open + 6).map(|nth| {
        let who = if nth % 2 == 0 {
            &people.mia
        } else {
            &people.max
        };
        post(who, &path, &nothing)
    });
    let mut taken = vec![];
    let mut none = 0;
    for answer in join_all(all).await {
        match answer.status.as_u16() {
            200 => taken.push(answer.body["uuid"].as_str().unwrap().to_owned()),
            204 => none += 1,
            status => panic!("{status}: {}", answer.body),
        }
    }
    assert_eq!(taken.len(), open);
    assert_eq!(none, 6);
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), open, "one was given twice");
}

async fn it_is_counted(people: &People) {
    let stats = ok(get(&people.mia, "/api/moderation/stats").await);
    assert_eq!(stats["states"]["open"], json!({}));
    assert_eq!(stats["decisions"], 2);
    assert_eq!(stats["overturned"], 1);
    assert_eq!(stats["overturn_rate"], 0.5);
    assert_eq!(stats["moderators"][0]["moderator"]["username"], "mia");
    assert_eq!(stats["moderators"][0]["decisions"], 1);
    assert_eq!(stats["manual"], 0);
    assert_eq!(stats["unscanned"], 0);
    let claimed = stats["states"]["claimed"].as_object().unwrap().values();
    let claimed: i64 = claimed.map(|count| count.as_i64().unwrap()).sum();
    assert_eq!(stats["backlog"], claimed);
    assert!(stats["oldest"].is_string());
    assert!(stats["median_seconds_to_decision"].as_f64().unwrap() >= 0.0);
}

on_both_databases!(check);
