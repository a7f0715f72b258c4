//! Rows to this dialect's JSON, in the casing that was asked for.

use chrono::{DateTime, SecondsFormat};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use warp::{Reply, reply::Response};

use super::request::camel;
use crate::{
    http::Api,
    views::{
        AiProviderRow, ChatRow, DocumentRow, Freshness, KeyRow, PolicyRow, ProjectRow, SecretRow,
        UserRow,
    },
};

/// How names are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Casing {
    Snake,
    Camel,
}

/// Names in snake_case and their values, in the order in which they are printed.
pub(super) struct Object(Vec<(&'static str, Value)>);

impl Object {
    /// One more.
    pub(super) fn and(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// One more, where there is something.
    fn maybe(self, name: &'static str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.and(name, value),
            None => self,
        }
    }

    /// Only these names are ours: what is inside of values stays as it is.
    pub(super) fn print(self, casing: Casing) -> Value {
        let fields = self.0.into_iter().map(|(name, value)| match casing {
            Casing::Snake => (name.to_owned(), value),
            Casing::Camel => (camel(name), value),
        });
        Value::Object(fields.collect::<Map<_, _>>())
    }
}

/// Something that is printed.
pub(super) trait Printed {
    fn print(&self) -> Object;
}

impl Printed for UserRow {
    fn print(&self) -> Object {
        let role = if self.role == "admin" {
            "admin"
        } else {
            "user"
        };
        stamped(
            Object(vec![])
                .and("id", self.short.as_str())
                .and("username", self.username.as_str())
                .and("role", role),
            self.created,
            self.updated,
        )
    }
}

impl Printed for ProjectRow {
    fn print(&self) -> Object {
        let object = Object(vec![])
            .and("id", self.project.as_str())
            .and("name", self.name.as_str());
        stamped(object, self.created, self.updated)
    }
}

impl Printed for SecretRow {
    fn print(&self) -> Object {
        let object = Object(vec![])
            .and("id", self.secret.as_str())
            .and("project_id", self.project.as_str())
            .and("name", self.name.as_str())
            .and("has_value", true);
        stamped(object, self.created, self.updated)
    }
}

impl Printed for AiProviderRow {
    fn print(&self) -> Object {
        let object = Object(vec![])
            .and("id", self.provider.as_str())
            .and("project_id", self.project.as_str())
            .and("secret_id", self.secret.as_deref())
            .and("name", self.name.as_str())
            .and("provider", self.kind.as_str())
            .and("default_model", self.model.as_str())
            .maybe("base_url", self.base_url.as_deref().map(Value::from))
            .maybe("config", self.config.as_deref().map(parsed));
        stamped(object, self.created, self.updated)
    }
}

impl Printed for PolicyRow {
    fn print(&self) -> Object {
        let object = Object(vec![])
            .and("id", self.policy.as_str())
            .and("name", self.name.as_deref())
            .and("description", self.description.as_deref())
            .and("document", parsed(&self.document));
        stamped(object, self.created, self.updated)
    }
}

impl Printed for ChatRow {
    fn print(&self) -> Object {
        let object = Object(vec![])
            .and("id", self.chat.as_str())
            .and("project_id", self.project.as_str())
            .and("ai_provider_id", self.ai_provider.as_str())
            .and("name", self.name.as_deref())
            .and("system_message", self.system_message.as_deref())
            .and("model", self.model.as_deref());
        stamped(object, self.created, self.updated)
    }
}

impl Printed for DocumentRow {
    fn print(&self) -> Object {
        let file = self.document.replacen("doc_", "file_", 1);
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let object = Object(vec![])
            .and("id", self.document.as_str())
            .and("file_id", file)
            .and("project_id", self.project.as_str())
            .maybe("path", text(&self.path))
            .and("filename", self.filename.as_str())
            .and("size", self.size)
            .maybe("title", text(&self.title))
            .maybe("metadata", self.metadata.as_deref().map(parsed))
            .maybe("tags", self.tags.as_deref().map(parsed));
        stamped(object, self.created, self.updated)
    }
}

impl Printed for KeyRow {
    fn print(&self) -> Object {
        let object = Object(vec![])
            .and("id", self.short.as_str())
            .and("name", self.name.as_str())
            .and("key_prefix", self.prefix.as_str())
            .and("project_id", self.project.as_deref())
            .and("policy_ids", parsed(&self.policies))
            .and("key_case", if self.camel { "camel" } else { "snake" });
        stamped(object, self.created, self.updated)
    }
}

fn stamped(object: Object, created: i64, updated: i64) -> Object {
    object
        .and("created_at", time(created))
        .and("updated_at", time(updated))
}

/// JSON that stands in a column.
fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

/// ISO 8601, UTC, milliseconds.
fn time(micros: i64) -> Value {
    let time = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true).into()
}

/// JSON that says where in the log it stands, and whether the views were behind.
pub(super) fn json(
    api: &Api,
    status: StatusCode,
    value: &Value,
    position: u64,
    fresh: Freshness,
) -> Response {
    let reply = warp::reply::with_status(warp::reply::json(value), status);
    let mut response = reply.into_response();
    stamp(&mut response, api.views.position().max(position), fresh);
    response
}

/// 204.
pub(super) fn empty(api: &Api, position: u64, fresh: Freshness) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    stamp(&mut response, api.views.position().max(position), fresh);
    response
}

/// `{"status": "ok"}`
pub(super) fn healthy() -> Response {
    warp::reply::json(&json!({ "status": "ok" })).into_response()
}

/// Says where in the log an answer stands, and whether the views were behind.
pub(super) fn stamp(response: &mut Response, position: u64, fresh: Freshness) {
    let headers = response.headers_mut();
    headers.insert("x-colloquy-position", HeaderValue::from(position));
    if fresh == Freshness::Stale {
        headers.insert("x-colloquy-stale", HeaderValue::from_static("1"));
    }
}
