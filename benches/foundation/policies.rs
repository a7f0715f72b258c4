//! Who may do what: what asking policies and checking a key costs each request.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use colloquy::{
    actors::{Accounts, Origin},
    auth::{
        key::{NewKey, digest, same_digest},
        policy::{Policy, Question, rule},
    },
    projector,
    shutdown::Shutdown,
    store::{Bell, Committer, DatabaseUrl, Store, StoreConfig},
    views::Views,
};
use serde_json::json;

use crate::{Outcome, ground::Ground, runtime, table::Table};

/// Repetitions of one figure.
const TIMES: u32 = 100_000;
/// Statements of a policy.
const STATEMENTS: usize = 100;

/// Prints the table.
pub(crate) fn run(_: &mut Ground) -> Outcome<String> {
    let mut table = Table::new(["what", "took"]);
    let names = ["soat:proj_0123456789abcdef:chat:cht_0123456789abcdef".to_owned()];
    let question = Question {
        action: "chats:CreateChatCompletion",
        names: &names,
        kind: "chat",
        tags: &[],
        by_name: false,
    };
    for (what, pattern) in [
        (
            "100 statements about other things",
            "soat:proj_*:document:doc_?*",
        ),
        (
            "100 statements about other chats",
            "soat:proj_*:chat:*_fedcba987654321?",
        ),
    ] {
        let policy = policy(pattern)?;
        let took = mean(|| {
            black_box(rule([black_box(&policy)], black_box(&question)));
        });
        table.row([what.to_owned(), micros(took)]);
    }
    let took = runtime::all_cores()?.block_on(keys())?;
    table.row([
        "an API key, its row and its owner's at hand".to_owned(),
        micros(took),
    ]);
    Ok(table.to_string())
}

/// A policy of statements whose actions and resources all have to be looked at to the end; the last one allows.
fn policy(pattern: &str) -> Outcome<Policy> {
    let statements = (1..STATEMENTS).map(|number| {
        json!({
            "effect": if number % 2 == 0 { "Allow" } else { "Deny" },
            "action": ["chats:*Completion", "documents:*"],
            "resource": [format!("{pattern}{}", number % 10)],
        })
    });
    let last = json!({ "effect": "Allow", "action": ["chats:*"], "resource": ["soat:proj_0123456789abcdef:*"] });
    let statements: Vec<_> = statements.chain([last]).collect();
    let parsed = Policy::parse(&json!({ "statement": statements }));
    parsed.map_err(|faults| format!("{faults:?}").into())
}

/// What each request with a key costs: its digest, its row, the comparison, its owner's row.
async fn keys() -> Outcome<Duration> {
    let dir = tempfile::tempdir()?;
    let config = StoreConfig::new(DatabaseUrl::Sqlite {
        dir: dir.path().to_owned(),
    });
    let store = Store::open(&config).await?;
    let shutdown = Shutdown::default();
    let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
    let accounts = Accounts::new(store.clone(), committer.clone());
    let role = aggregates::user::Role::User;
    let (user, _) = accounts.register("ada", role, "hash", false).await?;
    let new = NewKey::draw()?;
    let (id, prefix) = (new.digest.clone(), new.prefix.clone());
    let scope = aggregates::key::KeyScope::default();
    let issued = accounts.issue_key(user, "bench", id, prefix, scope, Origin::server());
    issued.await?;
    let views = Views::open(&config, &store).await?;
    projector::catch_up(&store, &views).await?;
    let began = Instant::now();
    for _ in 0..TIMES {
        let shown = digest(black_box(new.key.expose())).ok_or("this is a key")?;
        let row = views.key_by_digest(&shown).await?.ok_or("there is a key")?;
        if !same_digest(&row.digest, &shown) {
            return Err("it is this key".into());
        }
        black_box(views.user(row.owner.parse()?).await?);
    }
    let took = began.elapsed() / TIMES;
    views.close().await;
    committer.close();
    store.close().await;
    Ok(took)
}

fn mean(mut what: impl FnMut()) -> Duration {
    let began = Instant::now();
    (0..TIMES).for_each(|_| what());
    began.elapsed() / TIMES
}

fn micros(took: Duration) -> String {
    format!("{:.2} µs", took.as_secs_f64() * 1e6)
}
