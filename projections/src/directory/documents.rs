//! `documents`: texts that messages may refer to, and what is known of them; `document_texts`: what they say, apart, so
//! that lists need not read it.

use aggregates::document::DocumentEvent;

use super::configured;
use crate::{Event, Projection, Recorded, row::row};

row! {
    /// A document.
    pub struct DocumentRow in "documents" {
        /// Its id.
        pub document: String,
        /// Whose it is.
        pub project: String,
        /// The name of its file.
        pub filename: String,
        /// Where in the project it is.
        pub path: Option<String>,
        /// What it is called.
        pub title: Option<String>,
        /// What else is known of it: a JSON object.
        pub metadata: Option<String>,
        /// Names and values that policies may ask for: a JSON object of texts.
        pub tags: Option<String>,
        /// Bytes of its content.
        pub size: i64,
        /// When it was made.
        pub created: i64,
        /// When it was last changed.
        pub updated: i64,
        /// Where it was made in the log: the newer one has the larger number.
        pub number: i64,
    }
    indexes {
        by_project: r#""project", "number" DESC"#,
        by_number: r#""number" DESC"#,
    }
}

configured!(DocumentRow, "document", document, project);

/// The projection. What is deleted has no row.
#[derive(Clone, Copy, Debug)]
pub struct Documents;

impl Projection for Documents {
    const VERSION: u32 = 2;
    type Row = DocumentRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Document(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<DocumentRow>, key: &str, event: &Recorded) -> Option<DocumentRow> {
        let Event::Document(happened) = &event.event else {
            return row;
        };
        match happened {
            DocumentEvent::Created(made) => Some(DocumentRow {
                document: key.to_owned(),
                project: made.project.to_string(),
                filename: made.filename.clone(),
                path: made.path.clone(),
                title: made.title.clone(),
                metadata: made.metadata.clone(),
                tags: made.tags.clone(),
                size: size(&made.content),
                created: event.recorded_at,
                updated: event.recorded_at,
                number: i64::try_from(event.position).unwrap_or(i64::MAX),
            }),
            DocumentEvent::Changed(change) => {
                let row = row?;
                Some(DocumentRow {
                    filename: change.filename.clone().unwrap_or(row.filename),
                    path: change.path.clone().unwrap_or(row.path),
                    title: change.title.clone().unwrap_or(row.title),
                    metadata: change.metadata.clone().unwrap_or(row.metadata),
                    tags: change.tags.clone().unwrap_or(row.tags),
                    size: change.content.as_deref().map_or(row.size, size),
                    updated: event.recorded_at,
                    ..row
                })
            }
            DocumentEvent::Deleted {}
            | DocumentEvent::ErasureRequested {}
            | DocumentEvent::ErasureConfirmed { .. } => None,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Document(DocumentEvent::Created(_)))
    }
}

fn size(content: &str) -> i64 {
    i64::try_from(content.len()).unwrap_or(i64::MAX)
}

row! {
    /// What a document says.
    pub struct DocumentTextRow in "document_texts" {
        /// The document.
        pub document: String,
        /// All of it.
        pub content: String,
    }
    indexes {}
}

/// The projection of [`DocumentTextRow`].
#[derive(Clone, Copy, Debug)]
pub struct DocumentTexts;

impl Projection for DocumentTexts {
    const VERSION: u32 = 1;
    type Row = DocumentTextRow;

    fn keys(event: &Recorded) -> Vec<String> {
        Documents::keys(event)
    }

    fn fold(row: Option<DocumentTextRow>, key: &str, event: &Recorded) -> Option<DocumentTextRow> {
        let Event::Document(happened) = &event.event else {
            return row;
        };
        let content = match happened {
            DocumentEvent::Created(made) => &made.content,
            DocumentEvent::Changed(change) => match &change.content {
                Some(content) => content,
                None => return row,
            },
            DocumentEvent::Deleted {}
            | DocumentEvent::ErasureRequested {}
            | DocumentEvent::ErasureConfirmed { .. } => return None,
        };
        Some(DocumentTextRow {
            document: key.to_owned(),
            content: content.clone(),
        })
    }

    fn renews(event: &Recorded, key: &str) -> bool {
        Documents::renews(event, key)
    }
}
