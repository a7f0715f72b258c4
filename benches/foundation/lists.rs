//! Lists of threads over HTTP: 1,000,000 threads of one year beside 1,000, each page with how many there are in all.

use std::time::Instant;

use aggregates::{
    UserId,
    thread::{Dialect, ThreadEvent},
};
use colloquy::store::DatabaseUrl;
use sqlx::{Connection as _, Executor, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::{
    Outcome,
    disk::Disk,
    figures::{Latencies, time, times},
    ground::{Ground, Kind},
    load::{self, Connection, expect_ok},
    past::{self, Conversation},
    runtime,
    server::{Server, Site},
    table::Table,
};

const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;
/// Threads of one person.
const EACH: u64 = 100;
/// Every so manieth is archived.
const ARCHIVED: u64 = 50;
/// Requests of one kind.
const TIMES: usize = 200;
/// Microseconds.
const YEAR: i64 = 365 * 86_400_000_000;
/// Of a list, beyond 1,000 threads.
const AIM: f64 = 10.0;

/// Prints the table.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let many = MANY / u64::from(ground.extent.smaller);
    let mut table = Table::new([
        "a page of 10".to_owned(),
        "database".to_owned(),
        "1,000 threads, p50".to_owned(),
        "p99".to_owned(),
        format!("{} threads, p50", crate::figures::number(many as f64)),
        "p99".to_owned(),
        format!("ratio of p99 (aim: below {AIM})"),
    ]);
    for kind in Kind::BOTH {
        let few = measure(ground, kind, FEW)?;
        let many = measure(ground, kind, many)?;
        for ((what, few), (_, many)) in few.into_iter().zip(many) {
            let [few50, few99] = [0.5, 0.99].map(|at| few.quantile(at));
            let [many50, many99] = [0.5, 0.99].map(|at| many.quantile(at));
            table.row([
                what.to_owned(),
                kind.label().to_owned(),
                time(few50),
                time(few99),
                time(many50),
                time(many99),
                times(many99.as_secs_f64(), few99.as_secs_f64()),
            ]);
        }
    }
    Ok(table.to_string())
}

fn measure(
    ground: &mut Ground,
    kind: Kind,
    threads: u64,
) -> Outcome<Vec<(&'static str, Latencies)>> {
    eprintln!("  {threads} threads on {}", kind.label());
    let database = ground.database(kind, Disk::Native)?;
    fill(&database, threads)?;
    let server = Site::on(ground, database, Disk::Native, &[])?.start(ground)?;
    let key = server.user_as(ground, "support")?.key;
    let lists = runtime::one_thread()?.block_on(asked(&server, &key, threads))?;
    server.discard(ground)?;
    Ok(lists)
}

fn person(number: u64) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

/// Writes the log, and makes the views of it.
fn fill(database: &DatabaseUrl, threads: u64) -> Outcome {
    past::write(database, async move |writer| {
        for number in 0..threads {
            let thread = Conversation::new(UserId(person(number / EACH)), None);
            let mut events = vec![thread.opened()];
            if let Some(ThreadEvent::Opened(opened)) = events.first_mut() {
                opened.dialect = Dialect::Threads;
                opened.channel = None;
                opened.name = Some(format!("Question {number} about {}", number % 997));
            }
            if number % ARCHIVED == 0 {
                events.push(ThreadEvent::Archived {});
            }
            writer.commit(thread.id, 0, &events).await?;
        }
        Ok(())
    })?;
    past::make_views(database)?;
    runtime::one_thread()?.block_on(spread(database))
}

/// Lets the threads, all of them written within a minute, be of one year. The log keeps its times: only the list is told.
async fn spread(database: &DatabaseUrl) -> Outcome {
    match database {
        DatabaseUrl::Sqlite { dir } => {
            let file = format!("sqlite://{}", dir.join("views.db").display());
            let mut views = SqliteConnection::connect(&file).await?;
            let moment = format!("abs(random() % {YEAR})");
            views.execute(&*times_at(&moment)).await?;
            views.close().await?;
        }
        DatabaseUrl::Postgres { url } => {
            let mut views = PgConnection::connect(url).await?;
            views.execute("SET search_path = views").await?;
            let moment = format!("(random() * {YEAR})::bigint");
            views.execute(&*times_at(&moment)).await?;
            views.execute("VACUUM ANALYZE thread_list").await?;
            views.close().await?;
        }
    }
    Ok(())
}

fn times_at(moment: &str) -> String {
    format!(
        r#"UPDATE "thread_list" SET "created" = "created" - {moment};
           UPDATE "thread_list" SET "modified" = "created" + 60000000"#
    )
}

async fn asked(
    server: &Server,
    key: &str,
    threads: u64,
) -> Outcome<Vec<(&'static str, Latencies)>> {
    let user = person(threads / EACH / 2).simple().to_string();
    let last = threads / 10;
    let middle = last / 2;
    let lists = [
        ("newest first", String::new()),
        ("by their last change", "?o=-modified".to_owned()),
        ("oldest first", "?o=created".to_owned()),
        ("archived ones", "?is_archived=true".to_owned()),
        ("the others", "?is_archived=false".to_owned()),
        ("flagged ones", "?is_flagged=true".to_owned()),
        ("those that are not", "?is_flagged=false".to_owned()),
        (
            "since a moment",
            "?created_after=2026-01-01T00:00:00Z".to_owned(),
        ),
        ("of one person", format!("?user={user}")),
        ("with a word in the name", "?query=about+996".to_owned()),
        ("the page in the middle", format!("?page={middle}")),
        ("the last page", format!("?page={last}")),
    ];
    let mut connection = Connection::open(server.address).await?;
    let mut figures = vec![];
    for (what, query) in lists {
        let request = load::get(&format!("/api/chat-threads/{query}"), key);
        let mut latencies = Latencies::new()?;
        for _ in 0..TIMES {
            let began = Instant::now();
            expect_ok(&connection.ask(&request).await?)?;
            latencies.record(began.elapsed());
        }
        figures.push((what, latencies));
    }
    Ok(figures)
}
