//! What differs from one house to the next: what becomes of a message that is sent while a reply runs, and who is
//! asked first.

use aggregates::thread::TurnPolicy;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    client::Client,
    scripted::{Reply, Scripted},
    server::Server,
};

/// More replies than a journey has.
const ALL: u32 = 10_000;

/// Where a journey takes place.
pub(super) struct House {
    /// What becomes of a message that is sent while a reply runs.
    pub(super) policy: TurnPolicy,
    /// Whom each reply asks, in order; the last of them answers.
    asks: &'static [&'static str],
    settings: Vec<(&'static str, String)>,
    _first: Option<Scripted>,
}

impl House {
    /// Nothing is set: messages wait for their turn, and the echo is asked.
    pub(super) fn usual() -> Self {
        Self {
            policy: TurnPolicy::default(),
            asks: &["echo"],
            settings: vec![],
            _first: None,
        }
    }

    /// This is the server's policy.
    pub(super) fn of(policy: TurnPolicy) -> Self {
        let name = match policy {
            TurnPolicy::Queue => "queue",
            TurnPolicy::Reject => "reject",
            TurnPolicy::Interrupt => "interrupt",
        };
        Self {
            policy,
            settings: vec![("TURN_POLICY", name.to_owned())],
            ..Self::usual()
        }
    }

    /// The first provider turns everybody away, once each time: asking again would be of no use.
    pub(super) async fn whose_first_provider_refuses() -> Self {
        Self::behind(Reply::error(401, "who are you"), &["up", "echo"]).await
    }

    /// The first provider breaks off before its first word, however often it is asked.
    pub(super) async fn whose_first_provider_breaks_off() -> Self {
        let broken = Reply::sse(["never sent"]).cut_after(0);
        Self::behind(broken, &["up", "up", "up", "echo"]).await
    }

    async fn behind(fails: Reply, asks: &'static [&'static str]) -> Self {
        let first = Scripted::always(fails).await;
        let text = |text: &str| text.to_owned();
        Self {
            asks,
            settings: vec![
                ("PROVIDERS__UP__KIND", text("custom")),
                ("PROVIDERS__UP__BASE_URL", format!("{}/v1/", first.url())),
                ("PROVIDERS__UP__MODEL", text("m")),
                ("DEFAULT_PROVIDER", text("up")),
                ("FALLBACK", text("echo")),
            ],
            _first: Some(first),
            ..Self::usual()
        }
    }

    /// The settings of a server here, for a journey that needs these.
    pub(super) fn with<'a>(&'a self, settings: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let own = self.settings.iter().map(|(name, value)| (*name, &**value));
        settings.iter().copied().chain(own).collect()
    }

    /// Another tab says more while a reply runs in this conversation: what it is told.
    pub(super) async fn another_tab_says_more(&self, who: &Client, conversation: &str) {
        let said = who.say(conversation, "and this").await;
        if self.policy == TurnPolicy::Reject {
            assert_eq!(
                (said.status, said.body),
                (
                    StatusCode::CONFLICT,
                    json!({ "detail": "A reply is being generated" })
                )
            );
            return;
        }
        assert_eq!(said.status, StatusCode::OK, "{}", said.body);
        let reply = said.body["reply"].as_str().unwrap();
        assert!(reply.ends_with("and this"), "{reply}");
    }

    /// Messages of a conversation of one question after [`Self::another_tab_says_more`]: what was refused never was.
    pub(super) fn messages(&self) -> usize {
        match self.policy {
            TurnPolicy::Reject => 2,
            TurnPolicy::Queue | TurnPolicy::Interrupt => 4,
        }
    }

    /// In the record, every reply that came to its end names all that were asked for it, and why each but the last
    /// has not answered.
    pub(super) async fn every_attempt_is_recorded(&self, server: &Server) {
        let store = server.store().await;
        let ends = store.read_named_after(&["reply.completed"], 0, ALL).await;
        let ends = ends.unwrap();
        assert!(!ends.is_empty());
        for end in ends {
            let event: Value = serde_json::from_str(&end.payload).unwrap();
            let attempts = event["reply.completed"]["attempts"].as_array().unwrap();
            let asked: Vec<_> = attempts
                .iter()
                .map(|attempt| attempt["route"]["provider"].as_str().unwrap())
                .collect();
            assert_eq!(asked, self.asks);
            let (last, others) = attempts.split_last().unwrap();
            assert!(last["error"].is_null(), "{last}");
            assert!(others.iter().all(|other| other["error"].is_string()));
        }
    }
}
