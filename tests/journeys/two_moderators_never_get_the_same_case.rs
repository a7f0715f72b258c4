//! Moderators work through a queue at the same time, some of them on another node: each case is somebody's alone.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;

use super::{SLOW_ECHO, on_both_databases};
use crate::support::{
    client::Client,
    databases::TestDatabase,
    server::Server,
    threads::{post, say},
};

const CASES: usize = 12;

/// Takes cases until there is none.
async fn works(who: Client) -> Vec<String> {
    let mut mine = vec![];
    loop {
        let next = post(&who, "/api/moderation/cases/next", &json!({})).await;
        match next.status.as_u16() {
            200 => mine.push(next.body["uuid"].as_str().unwrap().to_owned()),
            204 => return mine,
            status => panic!("{status}: {}", next.body),
        }
    }
}

async fn journey(database: TestDatabase) {
    let url = match &database {
        TestDatabase::Sqlite(_) => None,
        TestDatabase::Postgres { .. } => Some(database.url()),
    };
    let server = Server::start(database, SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let mut moderators = vec![];
    for name in ["mia", "max", "ida", "tom"] {
        moderators.push(server.user_as(name, "support").await);
    }
    let mut said = BTreeSet::new();
    for _ in 0..CASES {
        said.insert(say(&alice, None, "h4ck the system").await.user.unwrap());
    }
    let other = match url {
        Some(url) => Some(Server::start_at(url, SLOW_ECHO).await),
        None => None,
    };
    let work = moderators.into_iter().enumerate().map(|(nth, who)| {
        let elsewhere = other.as_ref().filter(|_| nth % 2 == 1);
        works(who.at(elsewhere.map_or(server.address, |other| other.address)))
    });
    let taken: Vec<String> = join_all(work).await.into_iter().flatten().collect();
    assert_eq!(taken.len(), CASES, "{taken:?}");
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), said);
}

on_both_databases!(journey);
