//! The catalogue of events: each type with the JSON Schema of its data.

use aggregates::{content_of, schema};
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

/// `GET /api/audit/schema`
pub(super) fn catalogue() -> Response {
    let catalogue = schema::catalogue();
    let events = catalogue.events.iter().map(|event| {
        json!({
            "aggregate_type": event.aggregate_type,
            "type": event.event_type,
            "schema": event.schema,
            "content": content_of(event.aggregate_type, &event.event_type),
        })
    });
    let events: Vec<Value> = events.collect();
    let body = json!({ "$defs": catalogue.definitions, "events": events });
    warp::reply::json(&body).into_response()
}
