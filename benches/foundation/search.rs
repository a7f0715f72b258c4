//! Looking for words among 1,000,000 messages, lists and cuts of long pasts: what a reader waits for.

use std::time::{Duration, Instant};

use aggregates::{ThreadId, UserId};
use colloquy::{
    projector,
    store::{DatabaseUrl, Store},
    views::{ConversationQuery, SearchQuery, SearchScope, SearchTerms, Views},
};
use uuid::Uuid;

use crate::{
    Outcome,
    disk::Disk,
    figures::{Latencies, number, time},
    ground::{Ground, Kind},
    past, runtime, server,
    table::Table,
};

/// Questions of one kind.
const TIMES: u32 = 200;
/// How much somebody has said.
const FEW: u64 = 1_000;
const MANY: u64 = 100_000;
const ALL: u64 = 1_000_000;
/// Messages of each of the others.
const OTHERS: u64 = 5_000;
const PAGE: u32 = 50;

/// What is looked for. Every second message has `common`, one of a thousand `rare…`.
const SEARCHES: [(&str, &str); 6] = [
    ("a common word", "common"),
    ("a rare word", "rare7"),
    ("a common and a rare word", "common rare8"),
    ("a phrase", "\"said with common words\""),
    ("a common beginning", "comm*"),
    ("a word that is not there", "nowhere"),
];

/// Prints the tables.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let smaller = u64::from(ground.extent.smaller);
    let (few, many, all) = (FEW, MANY / smaller, ALL / smaller);
    let head = ["what", "whose", "database", "p50", "p99"];
    let (mut searches, mut lists) = (Table::new(head), Table::new(head));
    let mut made = Table::new([
        "messages",
        "database",
        "all views",
        "search alone",
        "messages/s",
    ]);
    for kind in Kind::BOTH {
        eprintln!("  filling a log on {}", kind.label());
        let database = ground.database(kind, Disk::Native)?;
        let [one, other] = [1, 2].map(|n| UserId(Uuid::from_u128((n << 64) + n)));
        past::said(&database, one, few)?;
        past::said(&database, other, many)?;
        let mut rest = all.saturating_sub(few + many);
        for n in 3.. {
            if rest == 0 {
                break;
            }
            let messages = rest.min(OTHERS);
            past::said(&database, UserId(Uuid::from_u128((n << 64) + n)), messages)?;
            rest -= messages;
        }
        let lister = UserId(Uuid::now_v7());
        past::short_conversations(&database, lister, many)?;
        let long = [1, 2].map(|n| format!("{lister}:web:{n:08x}"));
        for name in &long {
            past::long_conversation(&database, lister, name, many)?;
        }
        past::cut(&database, &long[1], many, 20)?;
        let people = People {
            one,
            other,
            lister,
            whole: ThreadId::named(&long[0]).0,
            cut: ThreadId::named(&long[1]).0,
        };
        let figures = runtime::all_cores()?.block_on(figures(&database, &people, few, many))?;
        let label = || kind.label().to_owned();
        for (what, whose, latencies) in figures.searches {
            let [p50, p99] = [0.5, 0.99].map(|at| time(latencies.quantile(at)));
            searches.row([what, whose, label(), p50, p99]);
        }
        for (what, whose, latencies) in figures.lists {
            let [p50, p99] = [0.5, 0.99].map(|at| time(latencies.quantile(at)));
            lists.row([what, whose, label(), p50, p99]);
        }
        let rate = all as f64 / figures.search_made.as_secs_f64();
        made.row([
            number(all as f64),
            label(),
            time(figures.all_made),
            time(figures.search_made),
            number(rate),
        ]);
        ground.discard(&database, Disk::Native)?;
    }
    Ok(format!("{searches}\n{lists}\n{made}"))
}

struct Figures {
    searches: Vec<(String, String, Latencies)>,
    lists: Vec<(String, String, Latencies)>,
    all_made: Duration,
    search_made: Duration,
}

/// Who has said what.
struct People {
    /// A little.
    one: UserId,
    /// Much.
    other: UserId,
    /// Many conversations, two of them long.
    lister: UserId,
    whole: Uuid,
    cut: Uuid,
}

async fn figures(database: &DatabaseUrl, people: &People, few: u64, many: u64) -> Outcome<Figures> {
    let config = server::beside(database);
    let store = Store::open(&config).await?;
    let views = Views::open(&config, &store).await?;
    eprintln!("  making views");
    let began = Instant::now();
    projector::catch_up(&store, &views).await?;
    let all_made = began.elapsed();
    let began = Instant::now();
    projector::rebuild(&store, &views, "search", |_| {}).await?;
    let search_made = began.elapsed();
    eprintln!("  asking");
    let mut searches = vec![];
    let mut a_message = Uuid::nil();
    let whose = [
        (
            SearchScope::Owner(people.one.0),
            format!("{} messages", number(few as f64)),
        ),
        (
            SearchScope::Owner(people.other.0),
            format!("{} messages", number(many as f64)),
        ),
        (SearchScope::Everybody, "everybody's, for staff".to_owned()),
    ];
    for (scope, whose) in whose {
        for (what, typed) in SEARCHES {
            let query = SearchQuery {
                scope,
                terms: SearchTerms::read(typed),
                from: None,
                to: None,
                limit: PAGE,
                cursor: None,
            };
            let latencies =
                repeat(async || views.search(&query).await.map(drop).map_err(Into::into)).await?;
            let found = views.search(&query).await?.rows;
            if let Some(first) = found.first() {
                a_message = first.message.parse()?;
            }
            let found = found.len();
            searches.push((
                format!("{what} ({found} on the page)"),
                whose.clone(),
                latencies,
            ));
        }
    }
    let by_key =
        repeat(async || views.message(a_message).await.map(drop).map_err(Into::into)).await?;
    searches.push(("a read by primary key".to_owned(), String::new(), by_key));

    let list = ConversationQuery {
        owner: people.lister.0,
        channel: None,
        archived: false,
        limit: PAGE,
        cursor: None,
    };
    let telegram = ConversationQuery {
        channel: Some("telegram".to_owned()),
        ..list.clone()
    };
    let archived = ConversationQuery {
        archived: true,
        ..list.clone()
    };
    let conversations = format!("{} conversations", number(many as f64));
    let messages = format!("a conversation of {}", number(many as f64));
    let lists = vec![
        (
            format!("a list of {PAGE}"),
            conversations.clone(),
            repeat(async || {
                views
                    .conversations(list.clone())
                    .await
                    .map(drop)
                    .map_err(Into::into)
            })
            .await?,
        ),
        (
            format!("a list of {PAGE} of a channel that has few"),
            conversations.clone(),
            repeat(async || {
                views
                    .conversations(telegram.clone())
                    .await
                    .map(drop)
                    .map_err(Into::into)
            })
            .await?,
        ),
        (
            format!("a list of {PAGE} archived ones, of which there are few"),
            conversations,
            repeat(async || {
                views
                    .conversations(archived.clone())
                    .await
                    .map(drop)
                    .map_err(Into::into)
            })
            .await?,
        ),
        (
            "truncate: what it would do".to_owned(),
            messages.clone(),
            repeat(async || {
                views.keeping(people.whole, 10).await?;
                Ok(())
            })
            .await?,
        ),
        (
            "restore: what it would do".to_owned(),
            messages,
            repeat(async || {
                views.restoring(people.cut).await?;
                Ok(())
            })
            .await?,
        ),
    ];
    views.close().await;
    store.close().await;
    Ok(Figures {
        searches,
        lists,
        all_made,
        search_made,
    })
}

async fn repeat(what: impl AsyncFn() -> Outcome) -> Outcome<Latencies> {
    let mut latencies = Latencies::new()?;
    for _ in 0..TIMES {
        let began = Instant::now();
        what().await?;
        latencies.record(began.elapsed());
    }
    Ok(latencies)
}
