//! Between cqrs-es' words and ours.

use std::collections::{BTreeMap, HashMap};

use cqrs_es::{
    Aggregate,
    persist::{PersistenceError, SerializedEvent},
};
use uuid::Uuid;

use super::super::{
    Commit, NewEvent, Recorded, StoreError,
    error::{is_away, is_lost},
};

/// The events of one aggregate, consecutive and with the same metadata, as one commit.
pub(super) fn commit_of<A: Aggregate>(
    events: &[SerializedEvent],
) -> Result<Commit, PersistenceError> {
    let (Some(first), true) = (
        events.first(),
        events.windows(2).all(|two| {
            two[1].sequence == two[0].sequence + 1
                && two[1].aggregate_id == two[0].aggregate_id
                && two[1].metadata == two[0].metadata
        }),
    ) else {
        return Err(unknown(
            "a commit has consecutive events of one aggregate, with the same metadata",
        ));
    };
    // Metadata in the order of their names, so that the same metadata are the same bytes.
    let metadata: HashMap<String, String> = serde_json::from_value(first.metadata.clone())?;
    let metadata: BTreeMap<_, _> = metadata.into_iter().collect();
    Ok(Commit {
        command_id: Uuid::now_v7(),
        fingerprint: None,
        aggregate_type: A::TYPE,
        aggregate_id: first.aggregate_id.clone(),
        expected: (first.sequence as u64)
            .checked_sub(1)
            .ok_or_else(|| unknown("sequences begin at 1"))?,
        // The stock contract knows no erasures.
        epoch: 0,
        events: events
            .iter()
            .map(|event| NewEvent {
                event_type: event.event_type.clone(),
                event_version: event.event_version.clone(),
                payload: event.payload.to_string(),
            })
            .collect(),
        metadata: serde_json::to_string(&metadata)?,
        reserve: vec![],
        release: vec![],
        turns: vec![],
    })
}

pub(super) fn serialized(event: Recorded) -> Result<SerializedEvent, PersistenceError> {
    Ok(SerializedEvent {
        aggregate_id: event.aggregate_id,
        sequence: event.sequence as usize,
        aggregate_type: event.aggregate_type,
        event_type: event.event_type,
        event_version: event.event_version,
        payload: serde_json::from_str(&event.payload)?,
        metadata: serde_json::from_str(&event.metadata)?,
    })
}

/// The stock crates call only some of a database's absences a connection error.
pub(super) fn sorted(error: PersistenceError) -> PersistenceError {
    match error {
        PersistenceError::UnknownError(error)
            if error.downcast_ref::<sqlx::Error>().is_some_and(is_away) =>
        {
            PersistenceError::ConnectionError(error)
        }
        other => other,
    }
}

pub(super) fn is_dead(error: &PersistenceError) -> bool {
    match error {
        PersistenceError::ConnectionError(error) | PersistenceError::UnknownError(error) => {
            error.downcast_ref::<sqlx::Error>().is_some_and(is_lost)
        }
        _ => false,
    }
}

pub(super) fn persistence(error: StoreError) -> PersistenceError {
    match error {
        StoreError::Unavailable(_) | StoreError::Bucket(_) => {
            PersistenceError::ConnectionError(Box::new(error))
        }
        StoreError::Unreadable(_) => PersistenceError::DeserializationError(Box::new(error)),
        StoreError::Schema(_) | StoreError::Drafts { .. } | StoreError::Refused(_) => {
            PersistenceError::UnknownError(Box::new(error))
        }
    }
}

pub(super) fn unknown(why: &str) -> PersistenceError {
    PersistenceError::UnknownError(why.into())
}
