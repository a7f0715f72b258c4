//! A session has documents of two institutions: a question for one is answered out of its own only.

use serde_json::json;

use super::on_both_databases;
use crate::{
    dialects::{
        ECHO,
        assistant::upstream::{self, whole},
        rag::{COMPLETIONS, NOTHING, gives, ingest, ingest_of, question},
    },
    support::{databases::TestDatabase, scripted::Scripted, server::Server},
};

async fn journey(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    ingest_of(&alice, "s", "north", "The library opens at eight.").await;
    ingest_of(&alice, "s", "south", "The library opens at noon.").await;
    ingest(&alice, "s", "general.md", "Libraries have books.").await;
    let answer = async |institution: &str| {
        let mut asked = question("s", "When does the library open?");
        asked["institution"] = json!(institution);
        let told = gives(
            alice
                .post(&format!("{COMPLETIONS}?sources=true"), &asked)
                .await,
            200,
        );
        let files: Vec<String> = told["sources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|source| source["filename"].as_str().unwrap().to_owned())
            .collect();
        (told["data"].as_str().unwrap().to_owned(), files)
    };
    let (north, files) = answer("north").await;
    assert!(
        north.contains("eight") && !north.contains("noon"),
        "{north}"
    );
    assert_eq!(files, ["north.md"]);
    let (south, files) = answer("south").await;
    assert!(
        south.contains("noon") && !south.contains("eight"),
        "{south}"
    );
    assert_eq!(files, ["south.md"]);
    assert_eq!(answer("North").await, (NOTHING.to_owned(), vec![]));
    // Who names none asks all.
    let (all, files) = answer("").await;
    assert!(all.contains("eight") && all.contains("noon"), "{all}");
    assert_eq!(files.len(), 3);
}

/// What was said for one is not told to a model that answers for the other.
async fn nor_do_their_answers(database: TestDatabase) {
    let upstream =
        Scripted::start([whole("At eight."), whole("At noon."), whole("Still eight.")]).await;
    let (_server, alice) = upstream::server(database, &upstream).await;
    // The same document of both is two.
    for institution in ["north", "south"] {
        ingest_of(&alice, "s", institution, "The library has opening hours.").await;
    }
    for institution in ["north", "south", "north"] {
        let mut asked = question("s", "When does the library open?");
        asked["institution"] = json!(institution);
        gives(alice.post(COMPLETIONS, &asked).await, 200);
    }
    let said: Vec<String> = upstream
        .received()
        .iter()
        .map(|request| request.body["messages"].to_string())
        .collect();
    assert!(!said[1].contains("At eight."), "{}", said[1]);
    assert!(
        said[2].contains("At eight.") && !said[2].contains("At noon."),
        "{}",
        said[2]
    );
}

mod documents {
    use super::*;
    on_both_databases!(journey);
}

mod answers {
    use super::*;
    on_both_databases!(nor_do_their_answers);
}
