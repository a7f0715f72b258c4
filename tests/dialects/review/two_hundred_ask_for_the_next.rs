//! Two hundred moderators' requests for the next case at the same time: nobody gets another one's, and nobody goes
//! without while there are cases.

use std::{collections::BTreeSet, sync::Arc};

use tokio::{sync::Barrier, task::JoinSet};

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

const AT_ONCE: usize = 200;
const OPEN: usize = 150;

async fn check(database: TestDatabase) {
    let people = People::of(Server::start(database, &[ECHO]).await).await;
    let mut open = BTreeSet::new();
    for _ in 0..OPEN {
        open.insert(said(&people.ann, MEDIUM).await);
    }
    let gate = Arc::new(Barrier::new(AT_ONCE));
    let mut asking = JoinSet::new();
    for nth in 0..AT_ONCE {
        let who = [&people.mia, &people.max, &people.staff][nth % 3].clone();
        let gate = Arc::clone(&gate);
        asking.spawn(async move {
            gate.wait().await;
            post(&who, &format!("{CASES}/next"), &json!({})).await
        });
    }
    let (mut taken, mut none) = (vec![], 0);
    while let Some(answer) = asking.join_next().await {
        let answer = answer.unwrap();
        match answer.status.as_u16() {
            200 => taken.push(answer.body["uuid"].as_str().unwrap().to_owned()),
            204 => none += 1,
            status => panic!("{status}: {}", answer.body),
        }
    }
    assert_eq!(taken.len(), OPEN, "each is somebody's");
    assert_eq!(none, AT_ONCE - OPEN);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), open);
    // The log says the same: one claim each.
    let store = people.server.store().await;
    for case in open {
        let id = uuid::Uuid::parse_str(&case).unwrap().to_string();
        let events = store.read_stream("case", &id, 0, 10).await.unwrap();
        let names: Vec<&str> = events.iter().map(|event| &*event.event_type).collect();
        assert_eq!(names, ["case.opened", "case.claimed"]);
    }
}

on_both_databases!(check);
