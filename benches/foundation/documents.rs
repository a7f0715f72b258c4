//! Answers out of documents: finding passages among those of 1,000 sessions, and taking in a PDF of 100 pages.

use std::time::{Duration, Instant};

use aggregates::{
    IngestId, RagSessionId, UserId,
    ingest::{
        Ingest, IngestAnnounced, IngestEvent, IngestReceived, IngestRequested, IngestedChunk,
    },
    thread::Grounding,
};
use colloquy::{
    actors::Retrieve,
    projector,
    retrieval::Retriever,
    shutdown::Shutdown,
    store::{Bell, Commit, Committer, DatabaseUrl, NewEvent, Store},
    views::Views,
};
use cqrs_es::Aggregate;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Outcome,
    disk::Disk,
    figures::{Latencies, number, time},
    ground::{Ground, Kind},
    runtime,
    server::{self, Server},
    table::Table,
};

/// Sessions, and the passages of each, in one document.
const SESSIONS: u64 = 1_000;
const PASSAGES: u64 = 100;
/// Words of a passage, about 1,500 characters.
const WORDS: u64 = 230;
/// Questions that are asked.
const QUESTIONS: u64 = 2_000;
/// Pages of the PDF, and lines of a page.
const PAGES: usize = 100;
const LINES: usize = 45;
/// How often it is taken in.
const TIMES: usize = 5;

/// Prints the tables.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let sessions = SESSIONS / u64::from(ground.extent.smaller);
    let mut found = Table::new([
        "passages",
        "database",
        "views made",
        "a question, p50",
        "p99",
    ]);
    let mut taken = Table::new(["pages", "database", "bytes", "p50", "slowest"]);
    for kind in Kind::BOTH {
        let database = ground.database(kind, Disk::Native)?;
        let figures = runtime::all_cores()?.block_on(questions(&database, sessions))?;
        found.row([
            number((sessions * PASSAGES) as f64),
            kind.label().to_owned(),
            time(figures.made),
            time(figures.asked.quantile(0.5)),
            time(figures.asked.quantile(0.99)),
        ]);
        ground.discard(&database, Disk::Native)?;

        let server = Server::fresh(ground, kind, Disk::Native, &[])?;
        let key = server.user(ground)?.key;
        let file = pdf();
        let took = runtime::one_thread()?.block_on(ingests(&server, &key, &file))?;
        taken.row([
            PAGES.to_string(),
            kind.label().to_owned(),
            number(file.len() as f64),
            time(took.quantile(0.5)),
            time(took.quantile(1.0)),
        ]);
        server.discard(ground)?;
    }
    Ok(format!("{found}\n{taken}"))
}

struct Figures {
    made: Duration,
    asked: Latencies,
}

async fn questions(database: &DatabaseUrl, sessions: u64) -> Outcome<Figures> {
    let config = server::beside(database);
    let store = Store::open(&config).await?;
    let shutdown = Shutdown::default();
    let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
    let owner = UserId(Uuid::from_u128(1));
    eprintln!("  writing {} passages", sessions * PASSAGES);
    for number in 0..sessions {
        committer.commit(document(owner, number)?).await?;
    }
    committer.close();
    let views = Views::open(&config, &store).await?;
    let began = Instant::now();
    projector::catch_up(&store, &views).await?;
    let made = began.elapsed();
    eprintln!("  asking");
    let retriever = Retriever::new(views.clone(), None, 30);
    let mut asked = Latencies::new()?;
    for number in 0..QUESTIONS {
        let session = number * 7_919 % sessions;
        let grounding = Grounding {
            session: of_session(session),
            owner,
            institution: Some(institution(session).to_owned()),
        };
        let question = format!(
            "Which {} has a {} of the {}?",
            word(number * 31),
            word(number * 17 + 5),
            word(number * 13 + 9)
        );
        let began = Instant::now();
        let found = retriever.retrieve(grounding, question).await?;
        asked.record(began.elapsed());
        if found.passages.is_empty() {
            return Err("nothing was found".into());
        }
    }
    shutdown.finish(Duration::from_secs(5)).await;
    views.close().await;
    store.close().await;
    Ok(Figures { made, asked })
}

fn of_session(number: u64) -> RagSessionId {
    RagSessionId(Uuid::from_u128(u128::from(number) + 1))
}

fn institution(session: u64) -> &'static str {
    ["north", "south"][usize::from(session % 2 == 1)]
}

/// A word of a thousand, the earlier ones more often than the later.
fn word(number: u64) -> String {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let rank = (mixed % 1_000) * (mixed / 1_000 % 1_000) / 1_000;
    format!(
        "w{}",
        [rank / 26 + 97, rank % 26 + 97]
            .map(|it| char::from_u32(it as u32).unwrap_or('x').to_string())
            .concat()
    )
}

/// The whole way of a document into its session.
fn document(owner: UserId, session: u64) -> Outcome<Commit> {
    let ingest = IngestId(Uuid::now_v7());
    let text = |nth: u64| {
        let at = (session * PASSAGES + nth) * WORDS;
        let words: Vec<String> = (at..at + WORDS).map(word).collect();
        words.join(" ")
    };
    let chunks: Vec<_> = (0..PASSAGES)
        .map(|nth| IngestedChunk {
            page: u32::try_from(nth / 3 + 1).ok(),
            heading: None,
            text: text(nth),
        })
        .collect();
    let events = [
        IngestEvent::Announced(IngestAnnounced {
            ingest,
            owner,
            filename: format!("{session}.pdf"),
            mime: "application/pdf".to_owned(),
            size: 1,
        }),
        IngestEvent::Received(IngestReceived {
            pieces: vec![],
            fingerprint: String::new(),
        }),
        IngestEvent::Requested(IngestRequested {
            session: of_session(session),
            filename: format!("{session}.pdf"),
            institution: Some(institution(session).to_owned()),
        }),
        IngestEvent::Started {
            parser: "1".to_owned(),
        },
        IngestEvent::Chunked { first: 0, chunks },
        IngestEvent::Completed {
            chunks: PASSAGES,
            pages: None,
        },
    ];
    Ok(Commit {
        command_id: Uuid::now_v7(),
        fingerprint: None,
        aggregate_type: Ingest::TYPE,
        aggregate_id: ingest.to_string(),
        expected: 0,
        epoch: 0,
        events: events.iter().map(NewEvent::of).collect::<Result<_, _>>()?,
        metadata: "{}".to_owned(),
        reserve: vec![],
        release: vec![],
        turns: vec![],
    })
}

/// Uploads the file and has it looked through, again and again, each time into a session of its own; from the first
/// byte until questions are answered out of it.
async fn ingests(server: &Server, key: &str, file: &[u8]) -> Outcome<Latencies> {
    // Two TLS stacks could be chosen from.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let post = async |path: &str, body: Value| -> Outcome<Value> {
        let url = format!("http://{}{path}", server.address);
        let sent = client.post(url).bearer_auth(key).json(&body).send().await?;
        Ok(sent.error_for_status()?.json().await?)
    };
    let mut took = Latencies::new()?;
    for number in 0..TIMES {
        let announced = json!({
            "filename": "book.pdf", "contentType": "application/pdf", "contentSize": file.len(),
        });
        let told = post("/api/v1/ingest/upload/url", announced).await?;
        let text = |name: &str| told["uploadData"][name].as_str().unwrap_or_default();
        let began = Instant::now();
        let put = client.put(text("signedUrl")).body(file.to_vec());
        put.send().await?.error_for_status()?;
        let process = json!({ "key": text("key"), "session_id": format!("s{number}") });
        post("/api/v1/ingest/process?wait=true", process).await?;
        took.record(began.elapsed());
        let status = format!(
            "http://{}/api/v1/ingest/status/{}",
            server.address,
            text("key")
        );
        let told: Value = client
            .get(status)
            .bearer_auth(key)
            .send()
            .await?
            .json()
            .await?;
        if told["data"][0]["status"] != "completed" {
            return Err(format!("the PDF was not taken in: {told}").into());
        }
    }
    Ok(took)
}

/// A PDF of pages full of text, as simple as one can be.
fn pdf() -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut kids = String::new();
    for page in 0..PAGES {
        let lines: String = (0..LINES)
            .map(|line| {
                let at = ((page * LINES + line) * 14) as u64;
                let words: Vec<String> = (at..at + 14).map(word).collect();
                format!("(Line {line} says {}.) Tj T*\n", words.join(" "))
            })
            .collect();
        let content = format!("BT /F1 11 Tf 14 TL 50 780 Td\n{lines}ET");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
            objects.len() + 2
        ));
        kids.push_str(&format!("{} 0 R ", objects.len()));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ));
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {PAGES} >>");
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = vec![];
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let at = file.len();
    file.push_str(&format!(
        "xref\n0 {}\n0000000000 65535 f \n",
        objects.len() + 1
    ));
    for place in places {
        file.push_str(&format!("{place:010} 00000 n \n"));
    }
    file.push_str(&format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n",
        objects.len() + 1
    ));
    file.into_bytes()
}
