//! What is configured: made once, changed by everybody at once without a loss, erased when it is deleted.

use aggregates::{
    ChatId, ProjectId, SecretId,
    ai_provider::AiProvider,
    chat::{Chat, ChatMade},
    closing::Closing,
    project::{Project, ProjectMade},
    secret::{Secret, SecretChange, SecretCommand, SecretMade},
};
use colloquy::{
    actors::{AccountEnd, AccountError, Accounts, Configuration, ConfigurationError, Origin},
    store::Store,
};
use cqrs_es::Aggregate;
use serde_json::Value;
use sqlx::{Connection, PgConnection, SqliteConnection};
use uuid::Uuid;

use super::{
    erasure::erase_on,
    stage::{Stage, on_both},
    world::{World, look_again},
};
use crate::support::databases::TestDatabase;

fn configuration(world: &World) -> Configuration {
    Configuration::new(world.store.clone(), world.services.committer.clone())
}

fn project() -> ProjectId {
    ProjectId::from_random(1)
}

fn secret(value: &str) -> SecretMade {
    SecretMade {
        secret: SecretId::from_random(1),
        project: project(),
        name: "a name somebody typed".to_owned(),
        value: value.to_owned(),
    }
}

/// The stored events of a thing, by their names.
async fn events<A: Aggregate>(store: &Store, id: &str) -> Vec<(String, Value)> {
    let read = store.read_stream(A::TYPE, id, 0, 100).await.unwrap();
    let parse = |payload: &str| serde_json::from_str(payload).unwrap();
    read.iter()
        .map(|event| (event.event_type.clone(), parse(&event.payload)))
        .collect()
}

/// All hashes of passwords that are kept.
async fn hashes(database: &TestDatabase) -> Vec<String> {
    let all = "SELECT hash FROM credentials ORDER BY hash";
    match database {
        TestDatabase::Sqlite(dir) => {
            let url = format!("sqlite://{}", dir.path().join("log.db").display());
            let mut hand = SqliteConnection::connect(&url).await.unwrap();
            let all = sqlx::query_scalar(all).fetch_all(&mut hand).await;
            all.unwrap()
        }
        TestDatabase::Postgres { .. } => {
            let mut hand = PgConnection::connect(&database.url()).await.unwrap();
            let all = sqlx::query_scalar(all).fetch_all(&mut hand).await;
            all.unwrap()
        }
    }
}

on_both! {
    async fn what_is_used_meanwhile_is_not_closed_and_what_is_closed_is_not_used(stage: Stage) {
        let world = World::on(&stage, []).await;
        let configuration = configuration(&world);
        let id = project();
        let begin = || configuration.begin_closing(id.as_str(), Origin::server());
        let close = |begun| configuration.close(id.as_str(), begun, Origin::server());
        let keep = || configuration.keep_open(id.as_str(), Origin::server());
        // Nobody ends it, and nothing is written.
        keep().await.unwrap();
        assert!(events::<Closing>(&world.store, id.as_str()).await.is_empty());
        let begun = begin().await.unwrap();
        keep().await.unwrap();
        assert!(!close(begun).await.unwrap());
        // It was begun anew by somebody who has looked later.
        let anew = begin().await.unwrap();
        assert!(!close(begun).await.unwrap());
        assert!(close(anew).await.unwrap());
        assert!(matches!(keep().await, Err(ConfigurationError::Unknown)));
        // Whoever was interrupted goes on.
        assert!(close(begin().await.unwrap()).await.unwrap());
    }

    async fn a_thing_is_made_once_and_what_was_never_made_is_unknown(stage: Stage) {
        let world = World::on(&stage, []).await;
        let configuration = configuration(&world);
        let id = project();
        let made = || ProjectMade { project: project(), name: "house".to_owned() };
        let create = || configuration.create::<Project>(id.as_str(), made(), Origin::server());
        assert!(create().await.unwrap() > 0);
        assert!(matches!(create().await, Err(ConfigurationError::Exists)));
        let deleted = configuration.delete::<AiProvider>("aip_1", Origin::server()).await;
        assert!(matches!(deleted, Err(ConfigurationError::Unknown)));
    }

    async fn changes_at_the_same_time_are_all_kept(stage: Stage) {
        let (here, there) = (World::on(&stage, []).await, World::on(&stage, []).await);
        let id = SecretId::from_random(1);
        let configured = configuration(&here);
        let made = configured.create::<Secret>(id.as_str(), secret("v"), Origin::server());
        made.await.unwrap();
        let change = |world: &World, value: &str| {
            let command = SecretCommand::Change(SecretChange {
                value: Some(value.to_owned()),
                ..SecretChange::default()
            });
            let (configuration, id) = (configuration(world), id.clone());
            async move { configuration.execute::<Secret>(id.as_str(), command, Origin::server()).await }
        };
        let (one, other) = tokio::join!(change(&here, "one"), change(&there, "other"));
        assert_ne!(one.unwrap(), other.unwrap());
        assert_eq!(events::<Secret>(&here.store, id.as_str()).await.len(), 3);
    }

    async fn what_is_deleted_is_destroyed_and_confirmed_and_gone_for_every_node(stage: Stage) {
        let (here, there) = (World::on(&stage, []).await, World::on(&stage, []).await);
        erase_on(&here, &stage).await;
        erase_on(&there, &stage).await;
        let (secret_id, chat_id) = (SecretId::from_random(1), ChatId::from_random(1));
        let configured = configuration(&here);
        let made = configured.create::<Secret>(secret_id.as_str(), secret("locked"), Origin::server());
        made.await.unwrap();
        let chat = ChatMade {
            chat: chat_id.clone(),
            project: project(),
            ai_provider: "aip_0123456789abcdef".parse().unwrap(),
            name: Some("mine".to_owned()),
            system_message: Some("be brief".to_owned()),
            model: Some("m".to_owned()),
        };
        configured.create::<Chat>(chat_id.as_str(), chat, Origin::server()).await.unwrap();
        let read = events::<Chat>(&there.store, chat_id.as_str()).await;
        assert_eq!(read[0].1["chat.created"]["system_message"], "be brief");

        configuration(&there).delete::<Chat>(chat_id.as_str(), Origin::server()).await.unwrap();
        configured.delete::<Secret>(secret_id.as_str(), Origin::server()).await.unwrap();
        let names = ["chat.created", "chat.deleted", "erasure.requested", "erasure.confirmed"];
        let read = loop {
            let read = events::<Chat>(&there.store, chat_id.as_str()).await;
            if read.len() == names.len() {
                break read;
            }
            look_again().await;
        };
        assert!(read.iter().map(|(name, _)| name.as_str()).eq(names));
        let made = &read[0].1["chat.created"];
        assert_eq!((&made["name"], &made["system_message"]), (&"".into(), &"".into()));
        assert_eq!(made["model"], "m");
        let receipt = &read[3].1["erasure.confirmed"]["receipt"];
        assert_eq!((&receipt[0]["store"], &receipt[0]["items"]), (&"keys".into(), &1.into()));
        while events::<Secret>(&here.store, secret_id.as_str()).await.len() < 4 {
            look_again().await;
        }
        let read = events::<Secret>(&here.store, secret_id.as_str()).await;
        assert_eq!(read[0].1["secret.created"]["value"], "");
    }

    async fn of_those_who_make_the_first_account_one_succeeds(stage: Stage) {
        let (here, there) = (World::on(&stage, []).await, World::on(&stage, []).await);
        let accounts =
            |world: &World| Accounts::new(world.store.clone(), world.services.committer.clone());
        let (one, other) = (accounts(&here), accounts(&there));
        let role = aggregates::user::Role::Admin;
        let (generated, _) = one.register("admin", role, "hash", true).await.unwrap();
        // A name that is none costs nobody the account.
        let refused = one.register_first(" ", "hash", Some(generated)).await;
        assert!(matches!(refused, Err(AccountError::Refused(_))));
        assert!(one.find("admin").await.is_ok());
        let (first, second) = tokio::join!(
            one.register_first("admin", "hash", Some(generated)),
            other.register_first("ada", "hash", Some(generated)),
        );
        let (made, refused) = match (first, second) {
            (Ok(made), Err(refused)) | (Err(refused), Ok(made)) => (made, refused),
            both => panic!("{both:?}"),
        };
        assert!(matches!(refused, AccountError::Claimed));
        let again = one.register_first("eve", "hash", None).await;
        assert!(matches!(again, Err(AccountError::Claimed)));
        // When that one has gone, another may come.
        one.delete(made.0, Origin::server()).await.unwrap();
        one.register_first("eve", "hash", None).await.unwrap();
    }

    async fn of_admins_who_have_seen_the_same_one_ends(stage: Stage) {
        let (here, there) = (World::on(&stage, []).await, World::on(&stage, []).await);
        let accounts =
            |world: &World| Accounts::new(world.store.clone(), world.services.committer.clone());
        let (one, other) = (accounts(&here), accounts(&there));
        let role = aggregates::user::Role::Admin;
        let (ann, _) = one.register("ann", role, "hash", false).await.unwrap();
        let (bob, _) = one.register("bob", role, "hash", false).await.unwrap();
        let seen = one.ended_admins().await.unwrap();
        let (first, second) = tokio::join!(
            one.end(ann, AccountEnd::Deleted, Some(seen), Origin::server()),
            other.end(bob, AccountEnd::Disabled, Some(seen), Origin::server()),
        );
        let (refused, left, end) = match (first, second) {
            (Ok(_), Err(refused)) => (refused, bob, AccountEnd::Disabled),
            (Err(refused), Ok(_)) => (refused, ann, AccountEnd::Deleted),
            both => panic!("{both:?}"),
        };
        assert!(matches!(refused, AccountError::Overtaken));
        // Who has looked again may.
        let again = other.ended_admins().await.unwrap();
        other.end(left, end, Some(again), Origin::server()).await.unwrap();
        assert_eq!(one.ended_admins().await.unwrap(), again + 1);
    }

    async fn no_hash_of_a_password_stays_that_no_account_has(stage: Stage) {
        let world = World::on(&stage, []).await;
        let accounts = Accounts::new(world.store.clone(), world.services.committer.clone());
        let role = aggregates::user::Role::User;
        let (ann, _) = accounts.register("ann", role, "of ann", false).await.unwrap();
        let taken = accounts.register("Ann", role, "of nobody", false).await;
        assert!(matches!(taken, Err(AccountError::NameTaken)));
        let nameless = accounts.register(" ", role, "of nobody", false).await;
        assert!(matches!(nameless, Err(AccountError::Refused(_))));
        let request = Origin { fingerprint: Some([7; 32]), ..Origin::server() };
        let register = || accounts.register_from("bob", role, "of bob", request.clone());
        let (one, other) = tokio::join!(register(), register());
        assert_eq!(one.unwrap().1, other.unwrap().1);
        let late = accounts.change_password(ann, "of nobody", Some(Uuid::nil()), Origin::server());
        assert!(matches!(late.await, Err(AccountError::OtherPassword)));
        assert_eq!(hashes(&stage.database).await, ["of ann", "of bob"]);
    }

    async fn an_account_that_is_in_use_is_not_replaced(stage: Stage) {
        let world = World::on(&stage, []).await;
        let accounts = Accounts::new(world.store.clone(), world.services.committer.clone());
        let role = aggregates::user::Role::Admin;
        let (generated, _) = accounts.register("admin", role, "hash", true).await.unwrap();
        accounts.note_login(generated).await.unwrap();
        let refused = accounts.register_first("eve", "hash", Some(generated)).await;
        assert!(matches!(refused, Err(AccountError::Claimed)));
    }
}
