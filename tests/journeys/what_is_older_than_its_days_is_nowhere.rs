//! Content is kept for thirty days: what was said forty days ago is in no file and in no table, what was said since is
//! there, what is held stays until its release, and the record proves itself.

use aggregates::{
    CompletionId, HoldId, ThreadId, UserId,
    completion::{Requested, Said, Sampling, Speaker},
    hold::Hold,
    thread::Dialect,
};
use colloquy::actors::{Held, Holds, Origin};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::{
    actors::{
        answers::saying,
        stage::{Stage, on_both},
        world::World,
    },
    support::{
        client::{Answer, Client, answer, eventually},
        past::live_days_ago,
        server::Server,
        traces::{Traces, marker},
    },
};

/// Says something forty days ago, and gives the conversation a name.
async fn talk(world: &World, old: &str) -> ThreadId {
    let thread = world.thread().await;
    for number in 0..8 {
        let said = format!("{old} {} {old}", "long".repeat(1 << number));
        world.converse(thread, &said).await;
    }
    world.rename(thread, &format!("about {old}")).await.unwrap();
    thread
}

/// Asks something once, forty days ago.
async fn ask(world: &World, text: &str) {
    let completion = CompletionId(Uuid::now_v7());
    let requested = Requested {
        completion,
        owner: world.owner,
        dialect: Dialect::Openai,
        route: world.directory.route("default").unwrap(),
        messages: vec![Said::words(Speaker::User, text)],
        sampling: Sampling::default(),
        streamed: false,
    };
    let asked = world
        .directory
        .complete(requested, None, Origin::server(), false);
    asked.await.unwrap();
    while world
        .directory
        .completion(completion)
        .await
        .unwrap()
        .is_none_or(|record| record.ended.is_none())
    {
        crate::support::look_again().await;
    }
}

async fn because(ada: &Client, path: &str) -> Answer {
    let request = ada.request(Method::GET, path);
    answer(request.header("x-audit-reason", "A claim"))
        .await
        .unwrap()
}

/// The texts of a thread as it is now, with whether they have expired.
async fn shown(ada: &Client, thread: ThreadId) -> Vec<(String, bool)> {
    let at = because(ada, &format!("/api/audit/threads/{thread}/at")).await;
    let messages = at.body["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| {
            let text = message["text"].as_str().unwrap().to_owned();
            (text, message["expired"].as_bool().unwrap())
        })
        .collect()
}

on_both! {
    async fn what_is_older_than_its_days_is_nowhere(stage: Stage) {
        crate::journeys::prepare();
        let [old, new, held_old, held_new, asked] = std::array::from_fn(|_| marker());
        live_days_ago(&stage.database, 40).await;
        let answers = (0..32).map(|_| saying(&["I see."]));
        let world = World::on(&stage, answers).await;
        let thread = talk(&world, &old).await;
        let held = talk(&world, &held_old).await;
        ask(&world, &asked).await;
        live_days_ago(&stage.database, 0).await;
        world.converse(thread, &new).await;
        world.converse(held, &held_new).await;
        let hold = Hold {
            hold: HoldId(Uuid::now_v7()),
            by: UserId(Uuid::nil()),
            reason: "A claim".to_owned(),
            matter: None,
        };
        let id = hold.hold;
        let holds = Holds::new(world.store.clone(), world.services.committer.clone());
        holds.lay(Held::Thread(held), hold, Origin::server()).await.unwrap();
        world.leaves();
        world.services.committer.close();
        world.store.close().await;

        // For ever, until somebody says otherwise: the views are made, and a search finds what is old.
        let traces = Traces::of(&stage.database);
        let server = Server::start(stage.database, &[]).await;
        let traces = traces.beside(&server);
        let ada = server.user_as("ada", "auditor").await;
        let staff = server.user_as("stan", "staff").await;
        let found = async |staff: &Client, word: &str| {
            let found = staff.get(&format!("/api/chat/search/all?q={word}")).await;
            found.body["results"].as_array().is_some_and(|all| !all.is_empty())
        };
        eventually(async || found(&staff, &old).await).await;
        traces.appears(&old).await;
        assert!(shown(&ada, thread).await.iter().all(|(_, expired)| !expired));
        let dry = server.command(&["audit", "retention", "--days", "30"], "").await.unwrap();
        assert!(dry.contains("2 thread: goes") && dry.contains("1 completion: goes"), "{dry}");

        let server = server.start_again_with(&[("RETENTION__CONTENT_DAYS", Some("30"))]).await;
        let (ada, staff) = (ada.at(server.address), staff.at(server.address));
        traces.recorded("expiry.confirmed", 1).await;
        traces.recorded("completion.erased", 1).await;
        eventually(async || traces.holding(&old).await.is_empty()).await;
        eventually(async || traces.holding(&asked).await.is_empty()).await;
        let texts = shown(&ada, thread).await;
        assert_eq!(texts.len(), 18);
        assert!(texts[..16].iter().all(|(text, expired)| text.is_empty() && *expired), "{texts:?}");
        assert_eq!(texts[16], (new.clone(), false));
        assert_eq!(texts[17], ("I see.".to_owned(), false));
        assert!(!found(&staff, &old).await && found(&staff, &new).await);

        // Nobody quotes it any more.
        let at = because(&ada, &format!("/api/audit/threads/{thread}/at")).await;
        let report = async |nth: usize| {
            let message = at.body["messages"][nth]["message"].as_str().unwrap();
            let said = json!({ "category": "private" });
            staff.post(&format!("/api/chat-messages/{message}/report/"), &said).await.status.as_u16()
        };
        assert_eq!((report(0).await, report(16).await), (409, 200));

        // What is held is there still, and listed.
        let now = shown(&ada, held).await;
        assert!(now[0].0.contains(&held_old) && !now[0].1, "{now:?}");
        let waiting = ada.get(&format!("/api/audit/holds?thread={held}")).await;
        assert_eq!(waiting.body["holds"][0]["erasures"]["count"], 1, "{}", waiting.body);
        let kept = ada.get("/api/audit/retention").await;
        assert_eq!(kept.body["content_days"], 30, "{}", kept.body);
        assert_eq!(kept.body["held"][0]["kind"], "thread", "{}", kept.body);
        assert_eq!(kept.body["due"], json!([]), "{}", kept.body);
        let path = format!("/api/audit/holds/{id}/release");
        let released = ada.post(&path, &json!({ "reason": "Settled" })).await;
        assert_eq!(released.status, 200, "{}", released.body);
        traces.recorded("expiry.confirmed", 2).await;
        eventually(async || traces.holding(&held_old).await.is_empty()).await;
        assert_eq!(shown(&ada, held).await[16], (held_new.clone(), false));

        // Somebody reads what changed; views that are made anew are those in use; the record is as it was signed.
        let diff = because(&ada, &format!("/api/audit/threads/{thread}/diff")).await;
        assert!(diff.body.to_string().contains("has expired") || diff.body.to_string().contains("older than content is kept"), "{}", diff.body);
        for view in ["transcript", "conversations", "thread_list", "search"] {
            let report = server.command(&["projections", "rebuild", view], "").await.unwrap();
            assert!(report.contains("identical"), "{view}: {report}");
        }
        assert_eq!(traces.holding(&old).await, [""; 0]);
        assert!(!traces.is_dumped(&old).await);
        server.is_signed().await;
        let verified = server.command(&["audit", "verify"], "").await.unwrap();
        assert!(verified.contains("as they were signed"), "{verified}");
    }
}
