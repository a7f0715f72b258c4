//! `projects`: what everything else that is configured belongs to.

use aggregates::project::ProjectEvent;

use super::configured;
use crate::{Event, Projection, Recorded, row::row};

row! {
    /// A project.
    pub struct ProjectRow in "projects" {
        /// Its id.
        pub project: String,
        /// What people call it.
        pub name: String,
        /// When it was made.
        pub created: i64,
        /// When it was last changed.
        pub updated: i64,
        /// Where it was made in the log: the newer one has the larger number.
        pub number: i64,
        /// For how many days the content of its completions and embeddings is kept; nothing: for as long as any is.
        pub retention_days: Option<i64>,
    }
    indexes {
        by_number: r#""number""#,
    }
}

configured!(ProjectRow, "project", project, project);

/// The projection. What is deleted has no row.
#[derive(Clone, Copy, Debug)]
pub struct Projects;

impl Projection for Projects {
    const VERSION: u32 = 2;
    type Row = ProjectRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Project(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<ProjectRow>, key: &str, event: &Recorded) -> Option<ProjectRow> {
        let Event::Project(happened) = &event.event else {
            return row;
        };
        match happened {
            ProjectEvent::Created(made) => Some(ProjectRow {
                project: key.to_owned(),
                name: made.name.clone(),
                created: event.recorded_at,
                updated: event.recorded_at,
                number: i64::try_from(event.position).unwrap_or(i64::MAX),
                retention_days: None,
            }),
            ProjectEvent::Changed(change) => {
                let mut row = row?;
                if let Some(days) = change.retention_days {
                    row.retention_days = days.map(i64::from);
                }
                row.updated = event.recorded_at;
                Some(row)
            }
            ProjectEvent::Deleted {}
            | ProjectEvent::ErasureRequested {}
            | ProjectEvent::ErasureConfirmed { .. } => None,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Project(ProjectEvent::Created(_)))
    }
}
