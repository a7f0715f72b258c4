//! `secrets`: values that are kept for providers, encrypted.

use aggregates::secret::SecretEvent;

use super::configured;
use crate::{Event, Projection, Recorded, row::row};

row! {
    /// A secret.
    pub struct SecretRow in "secrets" {
        /// Its id.
        pub secret: String,
        /// Whose it is.
        pub project: String,
        /// What people call it.
        pub name: String,
        /// Its value, encrypted under the server's key.
        pub value: String,
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

configured!(SecretRow, "secret", secret, project);

/// The projection. What is deleted has no row.
#[derive(Clone, Copy, Debug)]
pub struct Secrets;

impl Projection for Secrets {
    const VERSION: u32 = 1;
    type Row = SecretRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Secret(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<SecretRow>, key: &str, event: &Recorded) -> Option<SecretRow> {
        let Event::Secret(happened) = &event.event else {
            return row;
        };
        match happened {
            SecretEvent::Created(made) => Some(SecretRow {
                secret: key.to_owned(),
                project: made.project.to_string(),
                name: made.name.clone(),
                value: made.value.clone(),
                created: event.recorded_at,
                updated: event.recorded_at,
                number: i64::try_from(event.position).unwrap_or(i64::MAX),
            }),
            SecretEvent::Changed(change) => {
                let row = row?;
                Some(SecretRow {
                    name: change.name.clone().unwrap_or(row.name),
                    value: change.value.clone().unwrap_or(row.value),
                    updated: event.recorded_at,
                    ..row
                })
            }
            SecretEvent::Deleted {}
            | SecretEvent::ErasureRequested {}
            | SecretEvent::ErasureConfirmed { .. } => None,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Secret(SecretEvent::Created(_)))
    }
}
