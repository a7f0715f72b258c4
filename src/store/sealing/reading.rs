//! Opening what was read from the log.

use std::collections::HashSet;

use aggregates::content_of;

use super::{
    cipher::{PREFIX, Place, Sealed},
    fields,
    keyring::KeyName,
};
use crate::store::{Recorded, Store, StoreError};

/// What is shown of a field whose key was destroyed.
const ERASED: &str = "\"\"";

/// The sealed fields of one event, each with its epoch.
struct Closed {
    nth: usize,
    fields: Vec<(fields::Field, u64)>,
}

impl Store {
    /// Opens the content of these events. A field whose key was destroyed is empty.
    pub(in crate::store) async fn opened(
        &self,
        mut events: Vec<Recorded>,
    ) -> Result<Vec<Recorded>, StoreError> {
        let closed: Vec<Closed> = events
            .iter()
            .enumerate()
            .filter_map(|(nth, event)| closed(nth, event))
            .collect();
        if closed.is_empty() {
            return Ok(events);
        }
        let name = |event: &Recorded, epoch| KeyName {
            kind: event.aggregate_type.clone(),
            subject: event.aggregate_id.clone(),
            epoch,
        };
        let names = closed.iter().flat_map(|closed| {
            let event = &events[closed.nth];
            closed.fields.iter().map(|(_, epoch)| name(event, *epoch))
        });
        let names: HashSet<KeyName> = names.collect();
        // Another node may have destroyed keys that are at hand here: who reads of an erasure asks again.
        let erased: HashSet<(&str, &str)> = events
            .iter()
            .filter(|event| event.event_type.starts_with("erasure."))
            .map(|event| (event.aggregate_type.as_str(), event.aggregate_id.as_str()))
            .collect();
        for name in &names {
            if erased.contains(&(name.kind.as_str(), name.subject.as_str())) {
                self.keyring().drop(name);
            }
        }
        let keys = self.keys(names).await?;
        for Closed { nth, fields } in closed {
            let event = &mut events[nth];
            let opened = fields.into_iter().map(|(field, epoch)| {
                let json = match keys.get(&name(event, epoch)) {
                    None => ERASED.to_owned(),
                    Some(cipher) => open(event, &field, cipher),
                };
                (field, json)
            });
            let opened: Vec<_> = opened.collect();
            event.payload = fields::replace(&event.payload, &opened);
        }
        Ok(events)
    }
}

fn closed(nth: usize, event: &Recorded) -> Option<Closed> {
    let paths = content_of(&event.aggregate_type, &event.event_type);
    if paths.is_empty() || !event.payload.contains(PREFIX) {
        return None;
    }
    // What is no JSON is not ours to judge: its reader will say so.
    let found = fields::find(&event.payload, paths).ok()?;
    let fields: Vec<_> = found
        .into_iter()
        .filter_map(|field| {
            let epoch = Sealed::parse(&event.payload[field.span.clone()])?.epoch;
            Some((field, epoch))
        })
        .collect();
    (!fields.is_empty()).then_some(Closed { nth, fields })
}

/// A field that was changed, or moved here from another place, is as good as erased; it is never shown.
fn open(event: &Recorded, field: &fields::Field, cipher: &super::cipher::Cipher) -> String {
    let place = Place {
        kind: &event.aggregate_type,
        subject: &event.aggregate_id,
        sequence: event.sequence,
        field: &field.path,
    };
    let opened = Sealed::parse(&event.payload[field.span.clone()])
        .and_then(|sealed| cipher.open(&sealed, place));
    opened.unwrap_or_else(|| {
        tracing::error!(
            position = event.position,
            field = field.path,
            "a sealed field is not what was written here"
        );
        metrics::counter!("colloquy_sealed_fields_damaged_total").increment(1);
        ERASED.to_owned()
    })
}
