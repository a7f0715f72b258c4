//! The moderators' queue: 20,000 open cases among 1,000,000 messages, over HTTP, of a server that has nothing else to do.

use std::time::Instant;

use aggregates::{
    UserId,
    thread::{Stage, ThreadEvent, VerdictRecorded},
    verdict::{Action, Severity, Verdict},
};
use colloquy::store::DatabaseUrl;
use serde_json::Value;
use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use crate::{
    Outcome,
    disk::Disk,
    figures::{Latencies, number, time},
    ground::{Ground, Kind},
    load::{self, Connection, expect_ok, post},
    past::{self, Conversation},
    runtime,
    server::{Server, Site},
    table::Table,
};

const ALL: u64 = 1_000_000;
const OPEN: u64 = 20_000;
/// Turns of one conversation.
const TURNS: u64 = 10;
/// Requests of one kind.
const TIMES: usize = 500;
/// Cases of a page of a list.
const PAGE: usize = 200;
/// Pages into the queue, where the late page is.
const DEEP: usize = 50;
const CASES: &str = "/api/moderation/cases";
/// What each of them is to take at most, at p99.
const AIM: &str = "10 ms";

/// Prints the table.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let smaller = u64::from(ground.extent.smaller);
    let (all, open) = (ALL / smaller, OPEN / smaller);
    let mut table = Table::new(["what", "database", "p50", "p99", "aim at p99"]);
    for kind in Kind::BOTH {
        eprintln!(
            "  {} messages and {} open cases on {}",
            number(all as f64),
            number(open as f64),
            kind.label()
        );
        let database = ground.database(kind, Disk::Native)?;
        fill(&database, all, open)?;
        let site = Site::on(ground, database, Disk::Native, &[])?;
        let server = site.start(ground)?;
        let key = server.user_as(ground, "support")?.key;
        server.rest()?;
        for (what, latencies) in runtime::one_thread()?.block_on(asked(&server, &key))? {
            let [p50, p99] = [0.5, 0.99].map(|at| time(latencies.quantile(at)));
            table.row([
                what.to_owned(),
                kind.label().to_owned(),
                p50,
                p99,
                AIM.to_owned(),
            ]);
        }
        server.discard(ground)?;
    }
    Ok(table.to_string())
}

/// Writes the log, and makes the views of it.
fn fill(database: &DatabaseUrl, messages: u64, open: u64) -> Outcome {
    let turns = messages / 2;
    let flags = (turns / open.max(1)).max(1);
    past::write(database, async move |writer| {
        let mut said = 0;
        while said < turns {
            let owner = UserId(Uuid::from_u128(u128::from(said / 1_000) + 1));
            let mut thread = Conversation::new(owner, None);
            let mut events = vec![thread.opened()];
            for turn in said..turns.min(said + TURNS) {
                let [sent, started, completed] = thread.turn();
                let flag = (turn % flags == 0)
                    .then(|| flagged(&sent, turn / flags))
                    .flatten();
                events.extend([sent].into_iter().chain(flag).chain([started, completed]));
            }
            said += TURNS;
            writer.commit(thread.id, 0, &events).await?;
        }
        Ok(())
    })?;
    past::make_views(database)?;
    runtime::one_thread()?.block_on(settle(database))
}

/// Has PostgreSQL do at once what it does by itself within minutes of so many rows, whoever asks meanwhile.
async fn settle(database: &DatabaseUrl) -> Outcome {
    if let DatabaseUrl::Postgres { url } = database {
        let mut hand = PgConnection::connect(url).await?;
        for sql in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
            hand.execute(sql).await?;
        }
        hand.close().await?;
    }
    Ok(())
}

/// A verdict on a message; one is as frequent as the other.
fn flagged(sent: &ThreadEvent, number: u64) -> Option<ThreadEvent> {
    let ThreadEvent::MessageSent(sent) = sent else {
        return None;
    };
    let (action, severity) = match number % 4 {
        0 => (Action::Flag, Severity::Low),
        1 => (Action::Flag, Severity::Medium),
        2 => (Action::Redact, Severity::High),
        _ => (Action::Block, Severity::Critical),
    };
    Some(ThreadEvent::VerdictRecorded(VerdictRecorded {
        turn: sent.turn,
        stage: Stage::Input,
        message: Some(sent.message),
        verdict: Verdict {
            action,
            severity,
            injection_categories: vec!["leetspeak".to_owned()],
            policy: "bench-1".to_owned(),
            ..Verdict::default()
        },
        warning: None,
        refusal: None,
    }))
}

async fn asked(server: &Server, key: &str) -> Outcome<Vec<(&'static str, Latencies)>> {
    let mut asking = Asking {
        connection: Connection::open(server.address).await?,
        key,
    };
    // The newest wait for nobody's `next`, so that claims and decisions have them to themselves.
    let cases = asking.ids(2 * TIMES).await?;
    let first = format!("{CASES}?state=open");
    let mut page = Latencies::new()?;
    for _ in 0..TIMES {
        asking.get(&first, &mut page).await?;
    }
    let (mut late, mut after) = (Latencies::new()?, first.clone());
    for _ in 0..DEEP {
        let answer = asking.get(&after, &mut Latencies::new()?).await?;
        let Some(cursor) = answer["next_cursor"].as_str() else {
            break;
        };
        after = format!("{first}&cursor={cursor}");
    }
    for _ in 0..TIMES {
        asking.get(&after, &mut late).await?;
    }
    let mut next = Latencies::new()?;
    for _ in 0..TIMES {
        asking.post(&format!("{CASES}/next"), "", &mut next).await?;
    }
    let (claims, decisions) = cases.split_at(cases.len() / 2);
    let mut claim = Latencies::new()?;
    for case in claims {
        let path = format!("{CASES}/{case}/claim");
        asking.post(&path, "{}", &mut claim).await?;
    }
    let (mut decide, mut redact) = (Latencies::new()?, Latencies::new()?);
    for (nth, case) in decisions.iter().enumerate() {
        let path = format!("{CASES}/{case}/decide");
        let (decision, latencies) = match nth % 2 {
            0 => ("confirm", &mut decide),
            _ => ("redact", &mut redact),
        };
        let body = format!(r#"{{"decision":"{decision}","reason":"I have looked at it."}}"#);
        asking.post(&path, &body, latencies).await?;
    }
    Ok(vec![
        ("a page of the queue, 50 cases", page),
        ("the same, 2,500 cases on", late),
        ("next", next),
        ("claim", claim),
        ("decide", decide),
        ("decide, where the thread changes with it", redact),
    ])
}

/// A moderator.
struct Asking<'a> {
    connection: Connection,
    key: &'a str,
}

impl Asking<'_> {
    async fn get(&mut self, path: &str, latencies: &mut Latencies) -> Outcome<Value> {
        self.ask(&load::get(path, self.key), latencies).await
    }

    async fn post(&mut self, path: &str, body: &str, latencies: &mut Latencies) -> Outcome<Value> {
        self.ask(&post(path, self.key, body), latencies).await
    }

    async fn ask(&mut self, request: &[u8], latencies: &mut Latencies) -> Outcome<Value> {
        let began = Instant::now();
        let answer = self.connection.ask(request).await?;
        latencies.record(began.elapsed());
        expect_ok(&answer)?;
        Ok(serde_json::from_slice(answer.body)?)
    }

    /// So many cases from the queue's other end, or as many as there are.
    async fn ids(&mut self, count: usize) -> Outcome<Vec<String>> {
        let list = format!("{CASES}?state=open&severity=low&o=-created&limit={PAGE}");
        let (mut ids, mut after) = (vec![], list.clone());
        while ids.len() < count {
            let page = self.get(&after, &mut Latencies::new()?).await?;
            let cases = page["cases"].as_array().ok_or("this is no list of cases")?;
            let uuids = cases.iter().filter_map(|case| case["uuid"].as_str());
            ids.extend(uuids.map(str::to_owned));
            match page["next_cursor"].as_str() {
                Some(cursor) => after = format!("{list}&cursor={cursor}"),
                None => break,
            }
        }
        ids.truncate(count);
        Ok(ids)
    }
}
