//! Retention: what is older than its days is gone, wherever it was, once; what is held waits, and what is newer stays.

use aggregates::{
    AiProviderId, CompletionId, IngestId, ProjectId, ThreadId,
    ai_provider::{AiProvider, AiProviderMade},
    case::{CaseAction, CaseCommand, Flagged, SaidIn},
    completion::{CompletionEvent, Requested, Said, Sampling, Speaker},
    ingest::{IngestAnnounced, IngestEvent},
    project::{Project, ProjectChange, ProjectCommand, ProjectMade},
    thread::{Dialect, Expired, Route, ThreadCommand, ThreadEvent},
    verdict::Severity,
};
use colloquy::{
    actors::{Cases, Configuration, Effects, Held, Origin},
    clock,
    store::{Commit, Erasure, NewEvent, day_of},
    subscribers::Retention,
    views::Views,
};
use uuid::Uuid;

use super::{
    answers::saying,
    erasure::erase_on,
    holds::{lay, release, waiting},
    stage::{Stage, on_both},
    world::{World, given_names, look_again},
};
use crate::support::past::live_days_ago;

/// Content is kept for so many days.
const DAYS: u32 = 30;

/// Starts what looks for old things on this node, and what destroys them.
async fn keep_days(world: &World, stage: &Stage) -> Views {
    let views = erase_on(world, stage).await;
    look_on(world, &views, Some(DAYS)).await;
    views
}

/// Starts what looks for them alone.
async fn look_on(world: &World, views: &Views, days: Option<u32>) {
    let recorded_at = world.store.last_recorded_at().await.unwrap();
    let services = &world.services;
    let retention = Retention::new(
        world.directory.clone(),
        services.ingests.clone(),
        world.store.clone(),
        views.clone(),
        services.node,
        days,
        recorded_at,
    );
    services
        .shutdown
        .spawn(retention.run(services.shutdown.clone()));
}

fn texts(events: &[ThreadEvent]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| match event {
            ThreadEvent::MessageSent(sent) => Some(sent.text.as_str()),
            ThreadEvent::ReplyCompleted(end) => Some(end.text.as_str()),
            _ => None,
        })
        .collect()
}

fn expired(events: &[ThreadEvent]) -> Vec<&Expired> {
    events
        .iter()
        .filter_map(|event| match event {
            ThreadEvent::ContentExpired(expired) => Some(expired),
            _ => None,
        })
        .collect()
}

fn is_receipt(event: &ThreadEvent) -> bool {
    matches!(event, ThreadEvent::ExpiryConfirmed { .. })
}

fn receipts(events: &[ThreadEvent]) -> usize {
    events.iter().filter(|event| is_receipt(event)).count()
}

/// A thread in which something was said forty days ago, and named, and something today.
async fn old_and_new(world: &World, stage: &Stage) -> ThreadId {
    let thread = old(world).await;
    live_days_ago(&stage.database, 0).await;
    world.converse(thread, "new").await;
    thread
}

/// Two of them: time does not go back.
async fn two_old_and_new(world: &World, stage: &Stage) -> [ThreadId; 2] {
    let threads = [old(world).await, old(world).await];
    live_days_ago(&stage.database, 0).await;
    for thread in threads {
        world.converse(thread, "new").await;
    }
    threads
}

/// A thread in which something was said, and named, while the world lives in the past.
async fn old(world: &World) -> ThreadId {
    let thread = world.thread().await;
    world.converse(thread, "old").await;
    world.rename(thread, "an old name").await.unwrap();
    thread
}

/// Asks a provider something with an image, without a conversation.
async fn ask(world: &World, provider: &AiProviderId, text: &str) -> CompletionId {
    let completion = CompletionId(Uuid::now_v7());
    let requested = Requested {
        completion,
        owner: world.owner,
        dialect: Dialect::Chats,
        route: Route {
            provider: provider.to_string(),
            model: "scripted".to_owned(),
        },
        messages: vec![Said {
            attachments: vec![world.directory.attach("image/jpeg", b"cat").await.unwrap()],
            ..Said::words(Speaker::User, text)
        }],
        sampling: Sampling::default(),
        streamed: false,
    };
    let asked = world
        .directory
        .complete(requested, None, Origin::server(), false);
    asked.await.unwrap();
    loop {
        let record = world.directory.completion(completion).await.unwrap();
        if record.is_some_and(|record| record.ended.is_some()) {
            return completion;
        }
        look_again().await;
    }
}

/// What the record still says of a completion.
async fn asked(world: &World, completion: CompletionId) -> String {
    let id = completion.to_string();
    let events = world.store.read_stream("completion", &id, 0, 16).await;
    let payloads = events.unwrap().into_iter().map(|event| event.payload);
    payloads.collect()
}

/// Whose the image of a completion is; nobody's, once it is destroyed.
async fn image_of(world: &World, completion: CompletionId) -> String {
    let id = completion.to_string();
    let events = world
        .store
        .read_stream("completion", &id, 0, 1)
        .await
        .unwrap();
    let CompletionEvent::Requested(asked) = serde_json::from_str(&events[0].payload).unwrap()
    else {
        panic!("{events:?}")
    };
    let image = asked.messages[0].attachments[0].blob.to_string();
    let owner = world.store.reservation("blob", &image).await;
    owner.unwrap().unwrap()
}

/// A world whose first connections live in the past already.
async fn world(stage: &Stage, answers: &[&str]) -> World {
    live_days_ago(&stage.database, 40).await;
    let script: Vec<_> = answers.iter().map(|answer| saying(&[answer])).collect();
    World::on(stage, script).await
}

on_both! {
    async fn what_is_too_old_goes_once_however_many_nodes_look_and_the_thread_goes_on(stage: Stage) {
        let here = world(&stage, &["Old answer", "New answer", "Newest answer"]).await;
        let there = World::on(&stage, []).await;
        let thread = old_and_new(&here, &stage).await;
        // What this node knows of it is of before.
        assert_eq!(texts(&there.events(thread).await).len(), 4);
        let views = keep_days(&here, &stage).await;
        keep_days(&there, &stage).await;

        let events = here.events_when(thread, |events| events.iter().any(is_receipt)).await;
        assert_eq!(texts(&events), ["", "", "new", "New answer"]);
        assert_eq!(texts(&there.events(thread).await), ["", "", "new", "New answer"]);
        assert_eq!(given_names(&events), [""]);
        let Some(ThreadEvent::ExpiryConfirmed { expiry: 1, receipt }) =
            events.iter().find(|event| is_receipt(event))
        else {
            panic!("{events:?}")
        };
        let stores: Vec<_> = receipt.iter().map(|part| part.store.as_str()).collect();
        assert_eq!(stores, ["keys", "blobs", "drafts", "commands", "snapshots", "views", "files"]);
        assert_eq!(receipt[0].items, 1);

        // A model is shown nothing of it, and lists show that there was something.
        here.converse(thread, "newest").await;
        assert_eq!(here.shown(2).await, ["new", "New answer", "newest"]);
        let head = here.store.head().await.unwrap();
        let _ = views.wait_for(head, std::time::Duration::from_secs(10)).await;
        let row = views.conversation(thread.0).await.unwrap().unwrap();
        assert_eq!((row.name, row.first_user_text), (None, None));
        here.meanwhile().await;
        let events = here.events(thread).await;
        assert_eq!((expired(&events).len(), receipts(&events)), (1, 1));
        assert_eq!(expired(&events)[0].messages.len(), 2);
    }

    async fn what_is_held_waits_where_it_is_listed_and_goes_at_the_release(stage: Stage) {
        let here = world(&stage, &["Old answer", "Old answer", "New answer", "New answer"]).await;
        let [held, free] = two_old_and_new(&here, &stage).await;
        let hold = lay(&here, Held::Thread(held)).await;
        keep_days(&here, &stage).await;
        here.events_when(free, |events| events.iter().any(is_receipt)).await;
        waiting(&here, &held.to_string(), 1).await;
        let events = here.events(held).await;
        assert_eq!(texts(&events), ["old", "Old answer", "new", "New answer"]);
        assert!(expired(&events).is_empty());
        release(&here, hold).await.unwrap();
        let events = here.events_when(held, |events| events.iter().any(is_receipt)).await;
        assert_eq!(texts(&events), ["", "", "new", "New answer"]);
        waiting(&here, &held.to_string(), 0).await;
    }

    async fn a_hold_that_comes_after_the_day_and_before_the_destruction_keeps_everything(stage: Stage) {
        let here = world(&stage, &["Old answer", "New answer"]).await;
        let thread = old_and_new(&here, &stage).await;
        let views = Views::open(&stage.database.config(), &here.store).await.unwrap();
        look_on(&here, &views, Some(DAYS)).await;
        here.events_when(thread, |events| !expired(events).is_empty()).await;
        let hold = lay(&here, Held::Thread(thread)).await;
        erase_on(&here, &stage).await;
        waiting(&here, &thread.to_string(), 1).await;
        assert_eq!(texts(&here.events(thread).await), ["old", "Old answer", "new", "New answer"]);
        release(&here, hold).await.unwrap();
        let events = here.events_when(thread, |events| events.iter().any(is_receipt)).await;
        assert_eq!(texts(&events), ["", "", "new", "New answer"]);
    }

    async fn a_server_whose_clock_is_in_another_century_destroys_nothing(stage: Stage) {
        let here = World::on(&stage, [saying(&["Answer"]), saying(&["Another answer"])]).await;
        let thread = here.thread().await;
        here.converse(thread, "now").await;
        keep_days(&here, &stage).await;
        clock::live_days_ago(-30_000);
        let there = World::on(&stage, []).await;
        keep_days(&there, &stage).await;
        here.meanwhile().await;
        let events = here.events(thread).await;
        assert_eq!(texts(&events), ["now", "Answer"]);
        assert!(expired(&events).is_empty());
    }

    async fn what_a_killed_server_had_begun_ends_the_same(stage: Stage) {
        let here = world(&stage, &["Old answer", "Old answer", "New answer", "New answer"]).await;
        let [asked, destroyed] = two_old_and_new(&here, &stage).await;
        // One ended when that was recorded, the other when the keys were gone.
        let before = day_of(clock::now_micros()) - u64::from(DAYS);
        let views = Views::open(&stage.database.config(), &here.store).await.unwrap();
        look_on(&here, &views, Some(DAYS)).await;
        for thread in [asked, destroyed] {
            here.events_when(thread, |events| !expired(events).is_empty()).await;
        }
        let keys = Erasure {
            aggregate_type: "thread".to_owned(),
            aggregate_id: destroyed.to_string(),
            number: (1 << 32) + 1,
            position: 0,
            sequence: 0,
            before: Some(before),
        };
        assert!(here.store.destroy_keys(&keys, &[]).await.unwrap());
        here.leaves();
        let again = World::on(&stage, []).await;
        keep_days(&again, &stage).await;
        for thread in [asked, destroyed] {
            let events = again.events_when(thread, |events| events.iter().any(is_receipt)).await;
            assert_eq!(texts(&events), ["", "", "new", "New answer"]);
            let Some(ThreadEvent::ExpiryConfirmed { receipt, .. }) = events.last() else {
                panic!("{events:?}")
            };
            assert_eq!(receipt[0].items, 1, "{receipt:?}");
            assert_eq!(expired(&events).len(), 1);
        }
    }

    async fn an_erasure_takes_what_was_to_expire_with_it(stage: Stage) {
        let here = world(&stage, &["Old answer", "New answer"]).await;
        let thread = old_and_new(&here, &stage).await;
        let views = Views::open(&stage.database.config(), &here.store).await.unwrap();
        look_on(&here, &views, Some(DAYS)).await;
        here.events_when(thread, |events| !expired(events).is_empty()).await;
        here.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        erase_on(&here, &stage).await;
        let erased = |event: &ThreadEvent| matches!(event, ThreadEvent::ErasureConfirmed { .. });
        let events = here.events_when(thread, |events| events.iter().any(erased)).await;
        assert_eq!(texts(&events), ["", "", "", ""]);
        here.meanwhile().await;
        assert_eq!(receipts(&here.events(thread).await), 0);
    }

    async fn a_project_keeps_what_its_providers_were_asked_fewer_days_and_others_do_not(stage: Stage) {
        let here = world(&stage, &[]).await;
        let configuration = Configuration::new(here.store.clone(), here.services.committer.clone());
        let provider = |number| AiProviderId::from_random(number);
        for number in [1, 2] {
            let project = ProjectId::from_random(number);
            let made = ProjectMade { project: project.clone(), name: "house".to_owned() };
            configuration.create::<Project>(project.as_str(), made, Origin::server()).await.unwrap();
            let made = AiProviderMade {
                provider: provider(number),
                project,
                name: "theirs".to_owned(),
                kind: "custom".to_owned(),
                model: "scripted".to_owned(),
                secret: None,
                base_url: None,
                config: None,
            };
            configuration.create::<AiProvider>(provider(number).as_str(), made, Origin::server()).await.unwrap();
        }
        let theirs = ask(&here, &provider(1), "old and theirs").await;
        let others = ask(&here, &provider(2), "old and others'").await;
        live_days_ago(&stage.database, 0).await;
        let new = ask(&here, &provider(1), "new and theirs").await;
        let days = ProjectCommand::Change(ProjectChange { retention_days: Some(Some(7)) });
        let project = ProjectId::from_random(1);
        configuration.execute::<Project>(project.as_str(), days, Origin::server()).await.unwrap();
        let views = erase_on(&here, &stage).await;
        let head = here.store.head().await.unwrap();
        let _ = views.wait_for(head, std::time::Duration::from_secs(10)).await;
        look_on(&here, &views, None).await;
        while !here.directory.completion(theirs).await.unwrap().unwrap().erased {
            look_again().await;
        }
        here.meanwhile().await;
        assert!(!asked(&here, theirs).await.contains("old and theirs"));
        assert!(asked(&here, others).await.contains("old and others'"));
        assert!(asked(&here, new).await.contains("new and theirs"));
        assert_eq!(image_of(&here, theirs).await, "");
        for kept in [others, new] {
            assert_eq!(image_of(&here, kept).await, kept.to_string());
        }
        let id = theirs.to_string();
        let events = here.store.read_stream("completion", &id, 0, 16).await.unwrap();
        assert_eq!(events.last().unwrap().metadata, r#"{"because":"retention"}"#);
        // Nothing is left of what was counted while it was destroyed.
        while !here.store.half_destroyed("completion").await.unwrap().is_empty() {
            look_again().await;
        }
    }

    async fn a_completion_whose_key_is_gone_is_recorded_as_erased_by_the_next_process(stage: Stage) {
        let here = world(&stage, &[]).await;
        let theirs = ask(&here, &AiProviderId::from_random(1), "old").await;
        live_days_ago(&stage.database, 0).await;
        here.thread().await;
        // Killed between the keys and the record.
        let keys = Erasure {
            aggregate_type: "completion".to_owned(),
            aggregate_id: theirs.to_string(),
            number: u64::MAX,
            position: u64::MAX,
            sequence: u64::MAX,
            before: None,
        };
        assert!(here.store.destroy_keys(&keys, &[]).await.unwrap());
        keep_days(&here, &stage).await;
        while !here.directory.completion(theirs).await.unwrap().unwrap().erased {
            look_again().await;
        }
    }

    async fn what_people_wrote_about_an_old_message_goes_with_it(stage: Stage) {
        let here = world(&stage, &["Old answer", "New answer"]).await;
        let thread = old_and_new(&here, &stage).await;
        let sent: Vec<_> = here
            .events(thread)
            .await
            .into_iter()
            .filter_map(|event| match event {
                ThreadEvent::MessageSent(sent) => Some(sent.message),
                _ => None,
            })
            .collect();
        let cases = Cases::new(
            here.store.clone(),
            here.services.committer.clone(),
            here.services.moderation.clone(),
            Effects::default(),
        );
        // Today, and quoting it: it goes all the same.
        for message in &sent {
            let report = CaseCommand {
                by: here.owner,
                now: clock::now_micros(),
                flagged: Flagged {
                    said_in: SaidIn::Thread(thread),
                    severity: Severity::Low,
                    automated: false,
                },
                action: CaseAction::Report {
                    category: "private".to_owned(),
                    comment: Some("a quotation".to_owned()),
                },
            };
            cases.change(*message, report, Origin::server()).await.unwrap();
        }
        keep_days(&here, &stage).await;
        here.events_when(thread, |events| events.iter().any(is_receipt)).await;
        let said = async |case: String| {
            let events = here.store.read_stream("case", &case, 0, 16).await.unwrap();
            let quoted = events.iter().any(|event| event.payload.contains("a quotation"));
            (quoted, events.last().unwrap().event_type.clone())
        };
        assert_eq!(said(sent[0].to_string()).await, (false, "case.erased".to_owned()));
        assert_eq!(said(sent[1].to_string()).await, (true, "case.reported".to_owned()));
    }

    async fn what_was_said_with_an_old_wish_for_another_answer_goes_under_its_own_id(stage: Stage) {
        let here = world(&stage, &["Old answer", "Another old answer"]).await;
        let thread = here.thread().await;
        here.converse(thread, "old").await;
        let again = here.say_again(thread, Some("in other words")).await;
        here.end_of(thread, again).await;
        live_days_ago(&stage.database, 0).await;
        here.thread().await;
        keep_days(&here, &stage).await;
        let events = here.events_when(thread, |events| events.iter().any(is_receipt)).await;
        let said = events.iter().find_map(|event| match event {
            ThreadEvent::ReloadRequested { said, .. } => said.as_deref(),
            _ => None,
        });
        assert_eq!(said, Some(""));
        let gone = &expired(&events)[0].messages;
        assert!(gone.len() == 4 && gone.contains(&again.wish()), "{gone:?}");
    }

    async fn an_old_document_of_a_session_is_erased_as_its_owner_would(stage: Stage) {
        let here = world(&stage, &[]).await;
        let ingest = IngestId(Uuid::now_v7());
        let announced = IngestEvent::Announced(IngestAnnounced {
            ingest,
            owner: here.owner,
            filename: "an old name".to_owned(),
            mime: "text/plain".to_owned(),
            size: 1,
        });
        let commit = Commit {
            command_id: Uuid::now_v7(),
            fingerprint: None,
            aggregate_type: "ingest",
            aggregate_id: ingest.to_string(),
            expected: 0,
            epoch: 0,
            events: vec![NewEvent::of(&announced).unwrap()],
            metadata: "{}".to_owned(),
            reserve: vec![],
            release: vec![],
            turns: vec![],
        };
        here.services.committer.commit(commit).await.unwrap();
        live_days_ago(&stage.database, 0).await;
        here.thread().await;
        let read = async || here.store.read_stream("ingest", &ingest.to_string(), 0, 16).await.unwrap();
        assert!(read().await[0].payload.contains("an old name"));
        keep_days(&here, &stage).await;
        loop {
            let events = read().await;
            if events.last().unwrap().event_type == "erasure.confirmed" {
                assert!(!events[0].payload.contains("an old name"));
                assert_eq!(events[1].metadata, r#"{"because":"retention"}"#);
                return;
            }
            look_again().await;
        }
    }
}
