//! `policies`: who may do what.

use aggregates::policy::PolicyEvent;

use super::configured;
use crate::{Event, Projection, Recorded, row::row};

row! {
    /// A policy.
    pub struct PolicyRow in "policies" {
        /// Its id.
        pub policy: String,
        /// What people call it.
        pub name: Option<String>,
        /// What it is for.
        pub description: Option<String>,
        /// What it says: a JSON object.
        pub document: String,
        /// When it was made.
        pub created: i64,
        /// When it was last changed.
        pub updated: i64,
        /// Where it was made in the log: the newer one has the larger number.
        pub number: i64,
    }
    indexes {
        by_number: r#""number" DESC"#,
    }
}

configured!(PolicyRow, "policy", policy);

/// The projection. What is deleted has no row.
#[derive(Clone, Copy, Debug)]
pub struct Policies;

impl Projection for Policies {
    const VERSION: u32 = 1;
    type Row = PolicyRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Policy(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<PolicyRow>, key: &str, event: &Recorded) -> Option<PolicyRow> {
        let Event::Policy(happened) = &event.event else {
            return row;
        };
        match happened {
            PolicyEvent::Created(made) => Some(PolicyRow {
                policy: key.to_owned(),
                name: made.name.clone(),
                description: made.description.clone(),
                document: made.document.clone(),
                created: event.recorded_at,
                updated: event.recorded_at,
                number: i64::try_from(event.position).unwrap_or(i64::MAX),
            }),
            PolicyEvent::Changed(change) => {
                let row = row?;
                Some(PolicyRow {
                    name: change.name.clone().unwrap_or(row.name),
                    description: change.description.clone().unwrap_or(row.description),
                    document: change.document.clone().unwrap_or(row.document),
                    updated: event.recorded_at,
                    ..row
                })
            }
            PolicyEvent::Deleted {}
            | PolicyEvent::ErasureRequested {}
            | PolicyEvent::ErasureConfirmed { .. } => None,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Policy(PolicyEvent::Created(_)))
    }
}
