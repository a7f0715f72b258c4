//! Events that a view does not take: each is noted, and the view goes on without it.

use std::sync::Arc;

use metrics::counter;
use projections::Recorded;
use tracing::error;

use super::{
    batch::Read,
    fold::{Folded, Folder, advance, stored},
};
use crate::{
    clock,
    views::{ViewError, database::Writing},
};

impl Folder {
    /// One event that some table refuses: the others take it, and that one remembers why it does not.
    pub(super) async fn fold_alone(
        &self,
        from: u64,
        event: &Arc<Recorded>,
        read: &Read,
    ) -> Result<Folded, ViewError> {
        let mut outcome = Folded::Nothing;
        for target in &self.targets {
            let alone = Self {
                targets: vec![target.clone()],
                ..self.clone()
            };
            let events = std::slice::from_ref(event);
            outcome = match alone.fold_part(from, events, read).await {
                Err(ViewError::Refused(error)) => alone.give_up(from, event, read, &error).await?,
                outcome => outcome?,
            };
            if !matches!(outcome, Folded::To(_)) {
                return Ok(outcome);
            }
        }
        Ok(outcome)
    }

    async fn give_up(
        &self,
        from: u64,
        event: &Arc<Recorded>,
        read: &Read,
        refusal: &sqlx::Error,
    ) -> Result<Folded, ViewError> {
        let mut tx = self.views.database.begin().await?;
        let positions = self.lock(&mut tx).await?;
        let (Some(target), [Some(position)]) = (self.targets.first(), positions.as_slice()) else {
            tx.rollback().await?;
            return Ok(Folded::Nothing);
        };
        if *position < from {
            tx.rollback().await?;
            return Ok(Folded::Behind(*position));
        }
        if *position < event.position {
            let (name, id) = (read.name(event.position), &event.aggregate_id);
            error!(
                projection = target.stored_as,
                position = event.position,
                event = name,
                aggregate = id,
                "a view does not take this event and goes on without it"
            );
            let reason = refusal.to_string();
            note(
                &mut tx,
                &target.stored_as,
                event.position,
                name,
                id,
                &reason,
            )
            .await?;
            advance(&mut tx, &[target], event.position).await?;
        }
        self.finish(tx, std::slice::from_ref(event)).await?;
        Ok(Folded::To(event.position))
    }
}

/// Puts an event on the list of faults, once.
pub(super) async fn note(
    tx: &mut Writing,
    projection: &str,
    position: u64,
    event_type: &str,
    aggregate_id: &str,
    reason: &str,
) -> Result<(), ViewError> {
    let arguments = [
        projection.into(),
        stored(position).into(),
        event_type.into(),
        aggregate_id.into(),
        reason.into(),
        clock::now_micros().into(),
    ];
    let noted = tx
        .run(
            r#"INSERT INTO "projection_faults"
               ("projection", "position", "event_type", "aggregate_id", "error", "noticed")
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"#,
            &arguments,
        )
        .await?;
    counter!("colloquy_projection_faults_total").increment(noted);
    Ok(())
}
