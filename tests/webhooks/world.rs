//! A log with its views, a node that works for webhooks, and receivers.

use std::{collections::BTreeMap, time::Duration};

use aggregates::{
    WebhookId,
    webhook::{Webhook, WebhookChange, WebhookCommand, WebhookMade},
};
use colloquy::{
    actors::{Configuration, Origin},
    auth::{Vault, webhook::fresh_secret},
    config::{Networks, Secret, ServerKey},
    projector,
    shutdown::Shutdown,
    store::{DeliveryRow, DeliveryState, Store},
    subscribers::{Patience, Receivers, Webhooks},
    views::{Freshness, Views, WebhookRow},
};
use http::HeaderMap;
use uuid::Uuid;

use crate::{
    store::fixture::{Log, commit, within},
    support::{look_again, scripted::Received},
};

/// See the module.
pub(crate) struct World {
    pub(crate) log: Log,
    pub(crate) views: Views,
    pub(crate) configuration: Configuration,
    pub(crate) patience: Patience,
    pub(crate) networks: Networks,
    vault: Vault,
    written: BTreeMap<String, u64>,
}

/// A webhook, and what it signs with.
pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) secret: Secret,
}

impl World {
    pub(crate) async fn on(log: Log) -> Self {
        let views = Views::open(&log.database.config(), &log.store)
            .await
            .unwrap();
        projector::start(
            log.store.clone(),
            views.clone(),
            log.bell.clone(),
            &log.shutdown,
        );
        let retries = vec![Duration::from_millis(1); 9];
        Self {
            views,
            configuration: Configuration::new(log.store.clone(), log.committer.clone()),
            patience: Patience {
                retries,
                quiet: Duration::from_millis(1),
                ..Patience::default()
            },
            networks: Networks::Loopback,
            vault: Vault::new(&ServerKey::new([7; 32])),
            written: BTreeMap::new(),
            log,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.log.store
    }

    /// Has a node work for the webhooks, until the answer is told to end.
    pub(crate) fn node(&self, number: u128) -> Shutdown {
        let receivers = Receivers {
            configuration: self.configuration.clone(),
            vault: self.vault.clone(),
            networks: self.networks,
            patience: self.patience.clone(),
        };
        let (store, views) = (self.store().clone(), self.views.clone());
        let node = Uuid::from_u128(number);
        let webhooks = Webhooks::new(store, views, node, receivers).unwrap();
        let ending = Shutdown::default();
        ending.spawn(webhooks.run(ending.clone()));
        ending
    }

    /// A webhook that wants such events.
    pub(crate) async fn hook(&self, url: &str, pattern: &str) -> Hook {
        let webhook = WebhookId(Uuid::now_v7());
        let (id, secret) = (webhook.to_string(), fresh_secret().unwrap());
        let made = WebhookMade {
            webhook,
            url: format!("{url}/hook"),
            description: None,
            secret: self.vault.lock(&id, &secret).unwrap(),
            events: vec![pattern.to_owned()],
            thread: None,
            user: None,
        };
        let made = self
            .configuration
            .create::<Webhook>(&id, made, Origin::server());
        let position = made.await.unwrap();
        self.seen(position).await;
        Hook { id, secret }
    }

    pub(crate) async fn execute(&self, hook: &Hook, command: WebhookCommand) {
        let done = self
            .configuration
            .execute::<Webhook>(&hook.id, command, Origin::server());
        self.seen(done.await.unwrap()).await;
    }

    pub(crate) async fn enable(&self, hook: &Hook) {
        let enable = WebhookCommand::Change {
            change: WebhookChange::default(),
            enabled: Some(true),
            of: None,
        };
        self.execute(hook, enable).await;
    }

    /// Another secret.
    pub(crate) async fn rotate(&self, hook: &Hook) -> Secret {
        let secret = fresh_secret().unwrap();
        let locked = self.vault.lock(&hook.id, &secret).unwrap();
        self.execute(
            hook,
            WebhookCommand::Rotate {
                secret: locked,
                of: None,
            },
        )
        .await;
        secret
    }

    async fn seen(&self, position: u64) {
        let seen = self.views.wait_for(position, Duration::from_secs(20)).await;
        assert_eq!(seen, Freshness::Fresh);
    }

    /// So many things happen; the answer is the last position.
    pub(crate) async fn happen(&mut self, stream: &str, count: u64) -> u64 {
        let written = self.written.entry(stream.to_owned()).or_default();
        let mut last = 0;
        let mut left = count;
        while left > 0 {
            let some = left.min(50);
            let committed = self.log.commit(commit(stream, *written, some)).await;
            last = committed.unwrap().last_position;
            *written += some;
            left -= some;
        }
        last
    }

    pub(crate) async fn row(&self, hook: &Hook) -> Option<WebhookRow> {
        self.views.configured(&hook.id).await.unwrap()
    }

    pub(crate) async fn deliveries(&self, hook: &Hook) -> Vec<DeliveryRow> {
        let rows = self.store().deliveries(&hook.id, None, 0, 1_000);
        rows.await.unwrap()
    }

    /// What it was told, once all of it is done.
    pub(crate) async fn done(&self, hook: &Hook, count: usize) -> Vec<DeliveryRow> {
        within(async {
            loop {
                let rows = self.deliveries(hook).await;
                let is_done = |row: &DeliveryRow| row.state != DeliveryState::Waiting;
                if rows.len() >= count && rows.iter().all(is_done) {
                    return rows;
                }
                look_again().await;
            }
        })
        .await
    }

    /// Why a webhook is told nothing, once it is so.
    pub(crate) async fn disabled(&self, hook: &Hook) -> String {
        within(async {
            loop {
                if let Some(why) = self.row(hook).await.unwrap().disabled {
                    return why;
                }
                look_again().await;
            }
        })
        .await
    }
}

/// Whether the standard's own library takes this for signed with the secret.
pub(crate) fn is_signed(received: &Received, secret: &Secret) -> bool {
    let headers: HeaderMap = received
        .headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect::<HeaderMap>();
    let verifier = standardwebhooks::Webhook::new(secret.expose()).unwrap();
    verifier.verify(&received.bytes, &headers).is_ok()
}

/// The positions that were told, in the order in which they came.
pub(crate) fn positions(received: &[Received]) -> Vec<u64> {
    let position = |one: &Received| {
        let text = one.body["data"]["position"].as_str().unwrap();
        text.parse().unwrap()
    };
    received.iter().map(position).collect()
}

/// The messages that came, each as often as it did.
pub(crate) fn ids(received: &[Received]) -> Vec<&str> {
    received
        .iter()
        .map(|one| one.headers["webhook-id"].as_str())
        .collect()
}
