//! Every field of every event that is content, one by one: sealed in the files, read as it was written, gone with its key.

use std::collections::BTreeSet;

use aggregates::{content_of, schema::catalogue, stays};
use colloquy::store::{Commit, Erasure, NewEvent};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::fixture::{Log, commit, on_both};
use crate::support::traces::{Traces, marker};

/// Puts a text at this path.
fn put(at: &mut Value, path: &[&str], text: &str) {
    let Some((name, rest)) = path.split_first() else {
        *at = json!(text);
        return;
    };
    let beneath = match *name {
        "*" => {
            if !at.is_array() {
                *at = json!([null]);
            }
            &mut at[0]
        }
        name => {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            &mut at[name]
        }
    };
    put(beneath, rest, text);
}

/// Events that have nothing but content, the marker in each field of it; and the type of the aggregate.
fn marked(marker: &str) -> Vec<(&'static str, NewEvent)> {
    let mut marked = vec![];
    for event in catalogue().events {
        let paths = content_of(event.aggregate_type, &event.event_type);
        let mut data = json!({});
        for path in paths {
            let path: Vec<&str> = path.split('.').collect();
            put(&mut data, &path, marker);
        }
        if !paths.is_empty() {
            let written = NewEvent {
                payload: json!({ &*event.event_type: data }).to_string(),
                event_type: event.event_type,
                event_version: "1".to_owned(),
            };
            marked.push((event.aggregate_type, written));
        }
    }
    marked
}

on_both! {
    async fn content_is_sealed_field_by_field_and_goes_with_its_key(log: Log) {
        let marker = marker();
        let marked = marked(&marker);
        assert!(marked.len() >= 45, "{}", marked.len());
        let mut written = vec![];
        for (aggregate_type, event) in marked {
            let id = Uuid::now_v7().to_string();
            let one = Commit {
                aggregate_type,
                events: vec![event.clone()],
                ..commit(&id, 0, 1)
            };
            let position = log.commit(one).await.unwrap().last_position;
            written.push((aggregate_type, id, position, event));
        }
        let traces = Traces::of(&log.database);
        assert_eq!(traces.holding(&marker).await, Vec::<String>::new());
        // What is looked for would be found.
        assert!(!traces.holding(&written[0].1).await.is_empty());
        for (aggregate_type, id, position, event) in &written {
            let read = |log: &Log| {
                let store = log.store.clone();
                async move { store.read_stream(aggregate_type, id, 0, 10).await.unwrap() }
            };
            let before = read(&log).await;
            assert_eq!(before[0].payload, event.payload);
            let erasure = Erasure {
                aggregate_type: (*aggregate_type).to_owned(),
                aggregate_id: id.clone(),
                number: 1,
                position: position + 1,
                sequence: 2,
                before: None,
            };
            assert!(log.store.destroy_keys(&erasure, &[]).await.unwrap());
            // What stays however old it is has a key of its own.
            let paths = content_of(aggregate_type, &event.event_type).iter();
            let keys: BTreeSet<bool> = paths
                .map(|path| stays(aggregate_type, &event.event_type, path))
                .collect();
            let destroyed = log.store.destroyed(&erasure).await.unwrap();
            assert_eq!(destroyed["keys"], keys.len() as u64);
            let after = read(&log).await;
            assert!(!after[0].payload.contains(&marker), "{}", after[0].payload);
            assert_eq!(after[0].position, *position);
        }
    }
}
