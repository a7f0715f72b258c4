//! A policy lets somebody review who is no moderator, a part of the cases where it says so, and keeps a moderator from
//! what it denies.

use super::*;
use crate::{
    dialects::{
        ECHO,
        chats::{attach, person, policy},
        on_both_databases,
    },
    support::{client::eventually, databases::TestDatabase},
};

const FORBIDDEN: &str = "You do not have permission to perform this action.";
const UNREAD: &str = "Only who may read every case (moderation:GetCase) looks for words.";
const NO_CASE: &str = "No Case matches the given query.";

async fn check(database: TestDatabase) {
    let people = People::of(Server::start(database, &[ECHO]).await).await;
    let admin = people.server.user_as("ruth", "admin").await;
    everything_does_not_mean_the_queue(&people, &admin).await;
    a_right_to_see_is_none_to_act(&people, &admin).await;
    a_right_may_be_to_one_thread(&people, &admin).await;
    whoever_may_all_reviews_without_the_role(&people, &admin).await;
    a_moderator_may_be_denied(&people, &admin).await;
    what_is_denied_is_neither_listed_nor_handed_out(&people, &admin).await;
    nobody_decides_what_they_may_not_read(&people, &admin).await;
    who_is_denied_a_user_is_denied_their_cases(&people, &admin).await;
    a_statement_may_say_that_it_means_threads(&people, &admin).await;
}

fn allow(actions: &[&str]) -> Value {
    json!([{ "effect": "Allow", "action": actions }])
}

/// Somebody without a role for it, with this policy.
async fn with(admin: &Client, name: &str, statements: Value) -> Client {
    let policy = policy(admin, statements).await;
    let who = person(admin, name).await;
    attach(admin, &who, &[policy]).await;
    who
}

/// This policy for an account with another id; policies are attached where users have short ones.
async fn also(admin: &Client, who: &Client, statements: Value) {
    let policy = policy(admin, statements).await;
    let mut known = who.clone();
    known.id = who.id.parse::<aggregates::UserId>().unwrap().short();
    attach(admin, &known, &[policy]).await;
}

async fn next(who: &Client) -> Answer {
    post(who, &format!("{CASES}/next"), &json!({})).await
}

async fn everything_does_not_mean_the_queue(people: &People, admin: &Client) {
    let case = said(&people.ann, MEDIUM).await;
    let walt = with(admin, "walt", allow(&["*"])).await;
    for path in [
        CASES.to_owned(),
        format!("{CASES}/{case}"),
        "/api/moderation/stats".to_owned(),
    ] {
        details(&get(&walt, &path).await, 403, FORBIDDEN);
    }
    details(&next(&walt).await, 403, FORBIDDEN);
    let bulk = json!({ "ids": [case], "decision": "dismiss", "reason": "x", "expected_count": 1 });
    details(
        &post(&walt, &format!("{CASES}/bulk"), &bulk).await,
        403,
        FORBIDDEN,
    );
}

async fn a_right_to_see_is_none_to_act(people: &People, admin: &Client) {
    let case = said(&people.ann, MEDIUM).await;
    let lists = with(admin, "lisa", allow(&["moderation:ListCases"])).await;
    assert!(!listed(&lists, "").await.is_empty());
    ok(get(&lists, "/api/moderation/stats").await);
    details(
        &get(&lists, &format!("{CASES}/{case}")).await,
        403,
        FORBIDDEN,
    );
    // What is found by its words is as good as read.
    let found = get(&lists, &format!("{CASES}?q=system")).await;
    details(&found, 403, UNREAD);
    let sees = allow(&["moderation:ListCases", "moderation:GetCase"]);
    let sees = with(admin, "seth", sees).await;
    ok(get(&sees, &format!("{CASES}/{case}")).await);
    for action in ["claim", "release", "decide", "overturn"] {
        let refused = act(&sees, &case, action, decision("dismiss")).await;
        details(&refused, 403, FORBIDDEN);
    }
    details(&next(&sees).await, 403, FORBIDDEN);
    // Whoever acts on a case is shown it, so that this alone is not enough.
    let blind = with(admin, "bert", allow(&["moderation:ClaimCase"])).await;
    details(
        &act(&blind, &case, "claim", json!({})).await,
        403,
        FORBIDDEN,
    );
    assert_eq!(next(&blind).await.status, 204);
}

async fn a_right_may_be_to_one_thread(people: &People, admin: &Client) {
    let here = say(&people.ann, None, MEDIUM).await;
    let there = said(&people.ann, CRITICAL).await;
    let id = uuid::Uuid::parse_str(&here.thread).unwrap();
    let rights = json!([{
        "effect": "Allow",
        "action": ["moderation:*"],
        "resource": [format!("soat:*:thread:{id}")],
    }]);
    let otto = with(admin, "otto", rights).await;
    let case = here.user.unwrap();
    let rows = listed(&otto, "").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["uuid"], json!(case));
    details(
        &get(&otto, &format!("{CASES}/{there}")).await,
        403,
        FORBIDDEN,
    );
    details(&get(&otto, "/api/moderation/stats").await, 403, FORBIDDEN);
    assert_eq!(ok(next(&otto).await)["uuid"], json!(case));
    assert_eq!(next(&otto).await.status, 204);
    let preview = json!({ "filter": { "state": "open" } });
    let counted = post(&otto, &format!("{CASES}/bulk?preview=true"), &preview).await;
    assert_eq!(ok(counted)["count"], 0);
    let bulk = |ids: &[&String]| json!({ "ids": ids, "decision": "dismiss", "reason": "x", "expected_count": ids.len() });
    let path = format!("{CASES}/bulk");
    details(
        &post(&otto, &path, &bulk(&[&case, &there])).await,
        404,
        NO_CASE,
    );
    let done = ok(post(&otto, &path, &bulk(&[&case])).await);
    assert_eq!(done, json!({ "decided": 1, "failed": [] }));
    ok(act(&people.mia, &case, "overturn", json!({ "reason": "No." })).await);
    // What was decided about one's own conversation one reads like everybody else.
    let own = said(&otto, MEDIUM).await;
    let path = format!("{CASES}/{own}");
    details(&get(&otto, &path).await, 403, FORBIDDEN);
    ok(act(&people.mia, &own, "decide", decision("confirm")).await);
    assert_eq!(ok(get(&otto, &path).await)["decision"], "confirm");
}

async fn whoever_may_all_reviews_without_the_role(people: &People, admin: &Client) {
    let case = said(&people.ann, CRITICAL).await;
    let vera = with(admin, "vera", allow(&["moderation:*"])).await;
    let claimed = ok(act(&vera, &case, "claim", json!({})).await);
    assert_eq!(claimed["claimed_by"]["username"], "vera");
    ok(act(&vera, &case, "comment", json!({ "text": "Hm." })).await);
    ok(act(&vera, &case, "decide", decision("confirm")).await);
    // It is no role: nothing is taken from others, and one's own decision is for somebody else.
    let own = act(&vera, &case, "overturn", json!({ "reason": "No." })).await;
    details(
        &own,
        403,
        "The decision was yours: another moderator has to look at it.",
    );
    let other = said(&people.ann, MEDIUM).await;
    ok(act(&people.mia, &other, "claim", json!({})).await);
    details(
        &act(&vera, &other, "claim", json!({ "steal": true })).await,
        403,
        "Only staff may take a case from another moderator.",
    );
    ok(get(&vera, "/api/moderation/stats").await);
}

async fn a_moderator_may_be_denied(people: &People, admin: &Client) {
    let case = said(&people.ann, MEDIUM).await;
    let never =
        json!([{ "effect": "Deny", "action": ["moderation:Decide*", "moderation:OverturnCase"] }]);
    let tom = people.server.user_as("tom", "support").await;
    also(admin, &tom, never).await;
    ok(get(&tom, &format!("{CASES}/{case}")).await);
    ok(act(&tom, &case, "claim", json!({})).await);
    for action in ["decide", "overturn"] {
        let refused = act(&tom, &case, action, decision("dismiss")).await;
        details(&refused, 403, FORBIDDEN);
    }
    let bulk = json!({ "ids": [case], "decision": "dismiss", "reason": "x", "expected_count": 1 });
    details(
        &post(&tom, &format!("{CASES}/bulk"), &bulk).await,
        403,
        FORBIDDEN,
    );
    ok(act(&tom, &case, "release", json!({})).await);
}

async fn what_is_denied_is_neither_listed_nor_handed_out(people: &People, admin: &Client) {
    let (worst, other) = (
        said(&people.ann, CRITICAL).await,
        said(&people.ann, MEDIUM).await,
    );
    let not_the_worst = json!([{
        "effect": "Deny",
        "action": ["moderation:*"],
        "condition": { "StringEquals": { "soat:ResourceTag/severity": "critical" } },
    }]);
    let ida = people.server.user_as("ida", "support").await;
    also(admin, &ida, not_the_worst).await;
    let rows = listed(&ida, "?limit=200").await;
    assert!(rows.iter().any(|row| row["uuid"] == json!(other)));
    assert!(rows.iter().all(|row| row["severity"] != "critical"));
    for (path, status) in [(&worst, 403), (&other, 200)] {
        let answer = get(&ida, &format!("{CASES}/{path}")).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    details(&get(&ida, "/api/moderation/stats").await, 403, FORBIDDEN);
    a_page_tells_nothing_of_what_is_denied(&ida, rows.len()).await;
    let bulk = json!({ "ids": [worst] });
    details(
        &post(&ida, &format!("{CASES}/bulk?preview=true"), &bulk).await,
        404,
        NO_CASE,
    );
    let taken = ok(next(&ida).await);
    assert_eq!(taken["severity"], "medium");
    assert_eq!(ok(next(&people.max).await)["severity"], "critical");
}

/// Every page is as long as was asked for, and there is another one only where something is in it.
async fn a_page_tells_nothing_of_what_is_denied(ida: &Client, rows: usize) {
    details(
        &get(ida, &format!("{CASES}?q=instructions")).await,
        403,
        UNREAD,
    );
    let mut path = format!("{CASES}?limit=1");
    for nth in 1..=rows {
        let page = ok(get(ida, &path).await);
        assert_eq!(page["cases"].as_array().unwrap().len(), 1);
        assert_eq!(page["next_cursor"].is_null(), nth == rows);
        let cursor = page["next_cursor"].as_str().unwrap_or_default();
        path = format!("{CASES}?limit=1&cursor={cursor}");
    }
}

async fn nobody_decides_what_they_may_not_read(people: &People, admin: &Client) {
    let case = said(&people.ann, MEDIUM).await;
    let unread = json!([{ "effect": "Deny", "action": ["moderation:GetCase"] }]);
    let ned = people.server.user_as("ned", "support").await;
    also(admin, &ned, unread).await;
    assert!(!listed(&ned, "").await.is_empty());
    let bulk = json!({ "ids": [case], "decision": "dismiss", "reason": "x", "expected_count": 1 });
    let done = ok(post(&ned, &format!("{CASES}/bulk"), &bulk).await);
    assert_eq!(
        done,
        json!({ "decided": 0, "failed": [{ "uuid": case, "detail": FORBIDDEN }] })
    );
}

async fn who_is_denied_a_user_is_denied_their_cases(people: &People, admin: &Client) {
    let bob = people.server.user("bob").await;
    let (hers, his) = (said(&people.ann, MEDIUM).await, said(&bob, MEDIUM).await);
    let asked = asked(&people.ann).await;
    let but_hers = |id: &str| {
        json!([
            { "effect": "Allow", "action": ["moderation:*"] },
            {
                "effect": "Deny",
                "action": ["moderation:*"],
                "resource": [format!("soat:*:user:{id}")],
            },
        ])
    };
    let ann: aggregates::UserId = people.ann.id.parse().unwrap();
    let finn = people.server.user_as("finn", "support").await;
    also(admin, &finn, but_hers(&people.ann.id)).await;
    // By either id.
    let gwen = with(admin, "gwen", but_hers(&ann.short())).await;
    // A statement may say that it means users, and then which cases of theirs.
    let mut meant = but_hers(&people.ann.id);
    meant[1]["condition"] = json!({ "StringEquals": {
        "soat:ResourceType": "user",
        "soat:ResourceTag/severity": "medium",
    } });
    let hugo = with(admin, "hugo", meant).await;
    for who in [&finn, &gwen, &hugo] {
        let rows = listed(who, "?limit=200").await;
        let shown = |case: &String| rows.iter().any(|row| row["uuid"] == json!(case));
        assert!(shown(&his) && !shown(&hers) && !shown(&asked));
        ok(get(who, &format!("{CASES}/{his}")).await);
        for case in [&hers, &asked] {
            details(&get(who, &format!("{CASES}/{case}")).await, 403, FORBIDDEN);
            let refused = act(who, case, "decide", decision("dismiss")).await;
            details(&refused, 403, FORBIDDEN);
            let bulk = json!({ "ids": [case] });
            let path = format!("{CASES}/bulk?preview=true");
            details(&post(who, &path, &bulk).await, 404, NO_CASE);
        }
        details(&get(who, "/api/moderation/stats").await, 403, FORBIDDEN);
        let words = get(who, &format!("{CASES}?q=system")).await;
        details(&words, 403, UNREAD);
    }
    assert_eq!(ok(next(&finn).await)["uuid"], json!(his));
    assert_eq!(next(&finn).await.status, 204);
    // To have a right to a user is none to what they said.
    let hers_alone = json!([{
        "effect": "Allow",
        "action": ["moderation:*"],
        "resource": [format!("soat:*:user:{}", people.ann.id)],
    }]);
    let kurt = with(admin, "kurt", hers_alone).await;
    details(
        &get(&kurt, &format!("{CASES}/{hers}")).await,
        403,
        FORBIDDEN,
    );
}

async fn a_statement_may_say_that_it_means_threads(people: &People, admin: &Client) {
    let (here, there) = (
        say(&people.ann, None, MEDIUM).await,
        said(&people.ann, MEDIUM).await,
    );
    let id = uuid::Uuid::parse_str(&here.thread).unwrap();
    let but_here = json!([{
        "effect": "Deny",
        "action": ["moderation:*"],
        "resource": [format!("soat:*:thread:{id}")],
        "condition": { "StringEquals": { "soat:ResourceType": "thread" } },
    }]);
    let ines = people.server.user_as("ines", "support").await;
    also(admin, &ines, but_here).await;
    let case = here.user.unwrap();
    details(
        &get(&ines, &format!("{CASES}/{case}")).await,
        403,
        FORBIDDEN,
    );
    ok(get(&ines, &format!("{CASES}/{there}")).await);
}

/// The case of a question that belongs to no conversation.
async fn asked(who: &Client) -> String {
    let ask = json!({ "model": "echo", "messages": [{ "role": "user", "content": MEDIUM }] });
    let body = ok(who.post("/v1/chat/completions", &ask).await);
    let id = body["id"].as_str().unwrap().strip_prefix("chatcmpl-");
    let id = uuid::Uuid::parse_str(id.unwrap()).unwrap();
    let question = aggregates::CompletionId(id).question();
    let case = question.0.simple().to_string();
    // Completions are answered before views show them.
    eventually(async || who.get("/readyz").await.body["projector"]["lag_events"] == 0).await;
    case
}

on_both_databases!(check);
