//! A tab is closed in mid-answer and opened again: during the turn, while another tab says more, after it, after a
//! restart.

use aggregates::thread::TurnPolicy;

use super::{SLOW_ECHO, house::House, in_every_house, words};
use crate::support::{
    client::{Event, shown},
    databases::TestDatabase,
    server::Server,
};

async fn journey(database: TestDatabase, house: House) {
    let server = Server::start(database, &house.with(SLOW_ECHO)).await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);
    let mut stream = alice.stream(&conversation, &words(300)).await;
    let mut seen = vec![];
    while seen.len() < 10 {
        seen.push(stream.next().await.unwrap());
    }
    drop(stream);

    let cut = seen.last().unwrap().id.clone();
    let resumed = alice.resume(&conversation, &cut).await;
    let (during, ()) = tokio::join!(
        resumed.rest(),
        house.another_tab_says_more(&alice, &conversation)
    );
    assert_eq!(during.last().unwrap().kind, "done");
    let whole = during.last().unwrap().text("reply").to_owned();
    let interrupted = house.policy == TurnPolicy::Interrupt;
    assert_eq!(whole.ends_with("wörd299"), !interrupted, "{whole}");
    let history = alice.history(&conversation).await;
    assert_eq!((history.len(), &history[1].1), (house.messages(), &whole));
    assert_eq!(shown(&seen) + &shown(&during), whole);
    // The first text after a resume repeats what came before it, for pages that lost their state.
    let first = during
        .iter()
        .find(|event| event.kind == "assistant")
        .unwrap();
    assert_eq!(first.text("text"), shown(&seen) + first.text("delta"));

    // From every cursor that was ever shown, in the finished turn and after a restart.
    let cursors: Vec<Event> = seen
        .iter()
        .chain(&during)
        .filter(|event| event.kind == "assistant")
        .cloned()
        .collect();
    let server = server.start_again().await;
    let alice = alice.at(server.address);
    let mut before = String::new();
    for cursor in cursors.iter().step_by(7) {
        before.clear();
        for event in &cursors {
            before.push_str(event.text("delta"));
            if event.id == cursor.id {
                break;
            }
        }
        let after = alice.resume(&conversation, &cursor.id).await.rest().await;
        assert_eq!(before.clone() + &shown(&after), whole, "from {}", cursor.id);
        assert_eq!(after.last().unwrap().text("reply"), whole);
    }

    // A cursor past the end gets the current text whole, not a silent gap.
    let turn = cut.split('.').next().unwrap();
    let past = alice
        .resume(&conversation, &format!("{turn}.999999"))
        .await
        .rest()
        .await;
    let reset = past.iter().find(|event| event.kind == "reset").unwrap();
    assert_eq!(reset.text("text"), whole);
}

in_every_house!(journey);
