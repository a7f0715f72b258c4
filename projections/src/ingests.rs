//! `ingests`: documents on their way into a session; `chunks`: the passages that were found in them.

use aggregates::ingest::IngestEvent;

use crate::{Clear, Event, Projection, Recorded, row::row, row::word};

word! {
    /// How far a document is.
    pub enum IngestStatus {
        /// Its bytes are awaited.
        Announced = "announced",
        /// They are here, and nobody has asked for it.
        Received = "received",
        /// Its session has them as another document.
        Recognised = "recognised",
        /// It is to be looked through.
        Pending = "pending",
        /// Somebody does.
        Processing = "processing",
        /// Questions are answered out of it.
        Completed = "completed",
        /// It could not be looked through.
        Failed = "failed",
    }
}

row! {
    /// A document.
    pub struct IngestRow in "ingests" {
        /// Its ingest.
        pub ingest: String,
        /// Whose it is.
        pub owner: String,
        /// The session that it went into.
        pub session: Option<String>,
        /// The name that answers cite it by.
        pub filename: String,
        /// What it is said to be.
        pub mime: String,
        /// Bytes.
        pub size: i64,
        /// Whose document it is, where a session has those of several.
        pub institution: Option<String>,
        /// How far it is.
        pub status: IngestStatus,
        /// Its passages.
        pub chunks: i64,
        /// Why it could not be looked through.
        pub error: Option<String>,
        /// The document that its session has the same bytes as.
        pub same_as: Option<String>,
        /// When it was announced.
        pub created: i64,
        /// Where in the log that was.
        pub number: i64,
    }
    indexes {
        by_session: r#""session", "owner", "number""#,
        by_owner: r#""owner", "number""#,
    }
}

/// The projection of [`IngestRow`]. What is deleted has no row.
#[derive(Clone, Copy, Debug)]
pub struct Ingests;

impl Projection for Ingests {
    const VERSION: u32 = 1;
    type Row = IngestRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Ingest(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<IngestRow>, key: &str, event: &Recorded) -> Option<IngestRow> {
        let Event::Ingest(happened) = &event.event else {
            return row;
        };
        let row = match happened {
            IngestEvent::Announced(announced) => {
                return Some(IngestRow {
                    ingest: key.to_owned(),
                    owner: announced.owner.to_string(),
                    session: None,
                    filename: announced.filename.clone(),
                    mime: announced.mime.clone(),
                    size: count(announced.size),
                    institution: None,
                    status: IngestStatus::Announced,
                    chunks: 0,
                    error: None,
                    same_as: None,
                    created: event.recorded_at,
                    number: count(event.position),
                });
            }
            IngestEvent::Deleted {}
            | IngestEvent::ErasureRequested {}
            | IngestEvent::ErasureConfirmed { .. } => return None,
            _ => row?,
        };
        let at = |status| IngestRow {
            status,
            ..row.clone()
        };
        Some(match happened {
            IngestEvent::Received(_) => at(IngestStatus::Received),
            IngestEvent::Requested(requested) => IngestRow {
                session: Some(requested.session.to_string()),
                filename: requested.filename.clone(),
                institution: requested.institution.clone(),
                ..at(IngestStatus::Pending)
            },
            IngestEvent::Recognised { session, same_as } => IngestRow {
                session: Some(session.to_string()),
                same_as: Some(same_as.to_string()),
                ..at(IngestStatus::Recognised)
            },
            IngestEvent::Started { .. } => at(IngestStatus::Processing),
            IngestEvent::Chunked { first, chunks } => IngestRow {
                chunks: count(*first) + count(chunks.len() as u64),
                ..row
            },
            IngestEvent::Completed { chunks, .. } => IngestRow {
                chunks: count(*chunks),
                ..at(IngestStatus::Completed)
            },
            IngestEvent::Failed { error } => IngestRow {
                error: Some(error.clone()),
                ..at(IngestStatus::Failed)
            },
            _ => row,
        })
    }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

row! {
    /// A passage of a document.
    pub struct ChunkRow in "chunks" {
        /// The document's ingest and its place in it: `<ingest>:<place>`.
        pub chunk: String,
        /// The document's ingest.
        pub ingest: String,
        /// Its place in it, from 0.
        pub place: i64,
        /// The page that it begins on.
        pub page: Option<i64>,
        /// What it stands under.
        pub heading: Option<String>,
        /// What it says.
        pub text: String,
        /// What it is found by, as [`passages::indexed`] writes it.
        pub words: String,
        /// Its vector, as the event has it.
        pub vector: Option<String>,
        /// Whose vector that is: `<provider>/<model>`.
        pub embedder: Option<String>,
    }
    indexes {
        by_ingest: r#""ingest", "place""#,
    }
}

/// The projection of [`ChunkRow`].
#[derive(Clone, Copy, Debug)]
pub struct Chunks;

/// The key of a passage.
#[must_use]
pub fn chunk_key(ingest: &str, place: u64) -> String {
    format!("{ingest}:{place}")
}

impl Projection for Chunks {
    const VERSION: u32 = 2;
    type Row = ChunkRow;

    fn keys(event: &Recorded) -> Vec<String> {
        let (first, count) = match &event.event {
            Event::Ingest(IngestEvent::Chunked { first, chunks }) => (*first, chunks.len()),
            Event::Ingest(IngestEvent::Embedded { first, vectors, .. }) => (*first, vectors.len()),
            _ => return vec![],
        };
        let places = (first..).take(count);
        places
            .map(|place| chunk_key(&event.aggregate_id, place))
            .collect()
    }

    fn fold(row: Option<ChunkRow>, key: &str, event: &Recorded) -> Option<ChunkRow> {
        let place: u64 = key.rsplit(':').next()?.parse().ok()?;
        let nth = |first: u64| usize::try_from(place.checked_sub(first)?).ok();
        match &event.event {
            Event::Ingest(IngestEvent::Chunked { first, chunks }) => {
                let chunk = chunks.get(nth(*first)?)?;
                let heading = chunk.heading.as_deref().unwrap_or_default();
                Some(ChunkRow {
                    chunk: key.to_owned(),
                    ingest: event.aggregate_id.clone(),
                    place: count(place),
                    page: chunk.page.map(i64::from),
                    heading: chunk.heading.clone(),
                    words: passages::indexed(&format!("{heading}\n{}", chunk.text)),
                    text: chunk.text.clone(),
                    vector: None,
                    embedder: None,
                })
            }
            Event::Ingest(IngestEvent::Embedded {
                first,
                route,
                vectors,
                ..
            }) => {
                let vector = vectors.get(nth(*first)?)?;
                Some(ChunkRow {
                    vector: Some(vector.clone()),
                    embedder: Some(format!("{}/{}", route.provider, route.model)),
                    ..row?
                })
            }
            _ => row,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Ingest(IngestEvent::Chunked { .. }))
    }

    fn clears(event: &Recorded) -> Option<Clear> {
        match event.event {
            Event::Ingest(IngestEvent::Deleted {}) => Some(Clear {
                column: "ingest",
                value: event.aggregate_id.clone(),
            }),
            _ => None,
        }
    }
}
