//! Opening what was read from the log.

use std::collections::HashSet;

use aggregates::{content_of, stays};

use super::{
    cipher::{PREFIX, Place, Sealed},
    fields,
    keyring::KeyName,
};
use crate::store::{EXPIRIES, Recorded, Store, StoreError};

/// What is shown of a field whose key was destroyed.
const ERASED: &str = "\"\"";

/// The sealed fields of one event, each with its epoch and period.
struct Closed {
    nth: usize,
    fields: Vec<(fields::Field, (u64, u64))>,
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
        let name = |event: &Recorded, (epoch, period)| KeyName {
            kind: event.aggregate_type.clone(),
            subject: event.aggregate_id.clone(),
            epoch,
            period,
        };
        let names = closed.iter().flat_map(|closed| {
            let event = &events[closed.nth];
            closed.fields.iter().map(|(_, of)| name(event, *of))
        });
        let names: HashSet<KeyName> = names.collect();
        // Another node may have destroyed keys that are at hand here: who reads of an erasure asks again.
        let erased: HashSet<(&str, &str)> = events
            .iter()
            .filter(|event| destroys(&event.event_type))
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
            let opened = fields.into_iter().map(|(field, of)| {
                let json = match keys.get(&name(event, of)) {
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

/// Whether keys go with such an event.
fn destroys(event_type: &str) -> bool {
    event_type.starts_with("erasure.") || EXPIRIES.contains(&event_type)
}

/// Whether all that is sealed in this event was sealed in periods before this one; `None`: nothing is. What was sealed
/// without a period is not: its key may be as young as it likes. What stays however old it is does not count.
pub(in crate::store) fn sealed_before(event: &Recorded, period: u64) -> Option<bool> {
    let Closed { mut fields, .. } = closed(0, event)?;
    let (kind, event_type) = (&event.aggregate_type, &event.event_type);
    fields.retain(|(field, _)| !stays(kind, event_type, &field.path));
    let all = fields.iter().all(|(_, (_, of))| (1..period).contains(of));
    (!fields.is_empty()).then_some(all)
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
            let sealed = Sealed::parse(&event.payload[field.span.clone()])?;
            let of = (sealed.epoch, sealed.period);
            Some((field, of))
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
