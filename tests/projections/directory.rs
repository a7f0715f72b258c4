//! Accounts and keys.

use aggregates::{
    AiProviderId, ChatId, KeyId, ProjectId, UserId,
    chat::{ChatEvent, ChatMade},
    key::{KeyEvent, KeyScope},
    user::{Role, UserEvent},
};
use colloquy::{store::NewEvent, views::ChatRow};
use uuid::Uuid;

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    an_account_is_found_by_name_without_regard_to_case,
    a_change_counts_as_soon_as_it_is_in_the_views,
    another_nodes_views_hear_of_a_revoked_key,
    what_is_configured_is_listed_and_counted_and_known_to_be_gone_at_once,
);

fn registered(name: &str) -> UserEvent {
    UserEvent::Registered {
        user: owner(1),
        username: name.to_owned(),
        role: Role::User,
        credential: Uuid::from_u128(1),
        generated: false,
    }
}

fn issued() -> KeyEvent {
    KeyEvent::Issued {
        key: KeyId(Uuid::from_u128(2)),
        owner: UserId(owner(1).0),
        name: "laptop".to_owned(),
        digest: "d1".to_owned(),
        prefix: "col_1".to_owned(),
        scope: KeyScope::default(),
    }
}

async fn an_account_is_found_by_name_without_regard_to_case(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.live().await;
    assert_eq!(views.user_by_name("žofie").await.unwrap(), None);
    let position = world
        .happened("user", owner(1).0, &[registered("Žofie")])
        .await;
    until(&views, position).await;
    for name in ["Žofie", "žofie", "ŽOFIE"] {
        let found = views.user_by_name(name).await.unwrap().unwrap();
        assert_eq!(found.user, owner(1).to_string());
    }
    assert_eq!(views.users().await.unwrap().len(), 1);
    assert!(views.user(owner(1).0).await.unwrap().is_some());
}

async fn a_change_counts_as_soon_as_it_is_in_the_views(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.live().await;
    world
        .happened("user", owner(1).0, &[registered("ann")])
        .await;
    let key = Uuid::from_u128(2);
    let mut position = world.happened("key", key, &[issued()]).await;
    until(&views, position).await;
    for n in 2..30 {
        // Read once, so that it is at hand.
        let user = views.user_by_name("ann").await.unwrap().unwrap();
        assert_eq!(user.credential, Uuid::from_u128(n - 1).to_string());
        let changed = UserEvent::PasswordChanged {
            credential: Uuid::from_u128(n),
        };
        position = world.happened("user", owner(1).0, &[changed]).await;
        until(&views, position).await;
    }
    assert_eq!(
        views.key_by_digest("d1").await.unwrap().unwrap().revoked,
        None
    );
    position = world.happened("key", key, &[KeyEvent::Revoked {}]).await;
    until(&views, position).await;
    let key = views.key_by_digest("d1").await.unwrap().unwrap();
    assert!(key.revoked.is_some());
}

async fn another_nodes_views_hear_of_a_revoked_key(database: TestDatabase) {
    let mut world = World::on(database).await;
    let here = world.live().await;
    // The other node's bell never rings: what it knows it has heard, or looked up.
    let there = world.views().await;
    let deaf = colloquy::store::Bell::new();
    colloquy::projector::start(world.store.clone(), there.clone(), deaf, &world.shutdown);
    let key = Uuid::from_u128(2);
    let position = world.happened("key", key, &[issued()]).await;
    until(&here, position).await;
    until(&there, position).await;
    assert!(there.key_by_digest("d1").await.unwrap().is_some());
    let position = world.happened("key", key, &[KeyEvent::Revoked {}]).await;
    until(&here, position).await;
    until(&there, position).await;
    let key = there.key_by_digest("d1").await.unwrap().unwrap();
    assert!(key.revoked.is_some());
}

async fn what_is_configured_is_listed_and_counted_and_known_to_be_gone_at_once(
    database: TestDatabase,
) {
    let mut world = World::on(database).await;
    let views = world.live().await;
    let (mine, other) = (ProjectId::from_random(1), ProjectId::from_random(2));
    let provider = AiProviderId::from_random(1);
    let chat = |number: u128, project: &ProjectId| {
        ChatEvent::Created(ChatMade {
            chat: ChatId::from_random(number),
            project: project.clone(),
            ai_provider: provider.clone(),
            name: None,
            system_message: None,
            model: None,
        })
    };
    let id = |number| ChatId::from_random(number).to_string();
    for (number, project) in [(1, &mine), (2, &other), (3, &mine)] {
        let made = NewEvent::of(&chat(number, project)).unwrap();
        let position = world.record("chat", &id(number), vec![made]).await;
        until(&views, position).await;
    }

    let listed = async |project: Option<&ProjectId>, limit, offset| {
        let project = project.map(ProjectId::as_str);
        let rows: Vec<ChatRow> = views.list_configured(project, limit, offset).await.unwrap();
        rows.into_iter().map(|row| row.chat).collect::<Vec<_>>()
    };
    assert_eq!(listed(Some(&mine), 10, 0).await, [id(3), id(1)]);
    assert_eq!(listed(None, 2, 1).await, [id(2), id(1)]);
    let count = views.count_configured::<ChatRow>(Some(mine.as_str()));
    assert_eq!(count.await.unwrap(), 2);
    assert_eq!(views.belongings(mine.as_str()).await.unwrap().chats, 2);
    let asking = views.chats_of_provider(provider.as_str());
    assert_eq!(asking.await.unwrap(), 3);

    assert!(views.chat(&id(1)).await.unwrap().is_some());
    let deleted = NewEvent::of(&ChatEvent::Deleted {}).unwrap();
    until(&views, world.record("chat", &id(1), vec![deleted]).await).await;
    assert_eq!(views.chat(&id(1)).await.unwrap(), None);
}
