//! Lists: newest first, in pages, with the number of all there are.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let (one, other) = (project(&admin, "one").await, project(&admin, "other").await);
    let (here, there) = (provider(&admin, &one).await, provider(&admin, &other).await);
    let mut made = vec![];
    for number in 0..6 {
        let (project, provider) = if number % 2 == 0 {
            (&one, &here)
        } else {
            (&other, &there)
        };
        made.push(chat(&admin, project, provider).await);
    }
    made.reverse();
    let whole = get(&admin, "/chats").await;
    assert_eq!(whole.headers["x-total-count"], "6");
    assert_eq!(ids(&whole.body), made);
    let page = get(&admin, "/chats?limit=2&offset=3").await;
    assert_eq!(
        (ids(&page.body), &page.headers["x-total-count"]),
        (vec![made[3].as_str(), &made[4]], &"6".parse().unwrap())
    );
    let of_one = get(&admin, &format!("/chats?projectId={one}")).await;
    assert_eq!(ids(&of_one.body), [made[1].as_str(), &made[3], &made[5]]);
    assert_eq!(of_one.headers["x-total-count"], "3");
    assert_eq!(
        ids(&gives(get(&admin, "/chats?offset=100").await, 200)),
        [""; 0]
    );

    // Somebody with policies pages through what they may see, and nothing else is counted.
    let bob = person(&admin, "bob").await;
    let some = policy(&admin, json!([
        { "effect": "Allow", "action": ["chats:ListChats"], "resource": [format!("soat:{one}:chat:*")] },
    ])).await;
    attach(&admin, &bob, &[some]).await;
    let page = get(&bob, "/chats?limit=2&offset=1").await;
    assert_eq!(
        (ids(&page.body), &page.headers["x-total-count"]),
        (vec![made[3].as_str(), &made[5]], &"3".parse().unwrap())
    );
    forbids(&get(&bob, &format!("/chats?project_id={other}")).await);
    // To list is not to read.
    forbids(&get(&bob, &format!("/chats/{}", made[1])).await);
    // What was just written is seen by whoever was told where.
    let position = get(&admin, "/chats").await.headers["x-colloquy-position"].clone();
    let read = get(
        &bob,
        &format!("/chats?min_position={}", position.to_str().unwrap()),
    )
    .await;
    assert!(!read.headers.contains_key("x-colloquy-stale"));
}

on_both_databases!(check);
