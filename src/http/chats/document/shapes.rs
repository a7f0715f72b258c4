//! Shapes of what is sent and answered.

use super::{DENIED, ERROR};
use crate::{
    auth::password,
    http::{
        chats::ai_providers::KINDS,
        openapi::{Shape, Shapes},
    },
};

fn name() -> Shape {
    Shape::text().length(0, 255)
}

/// A password that is chosen now.
pub(super) fn chosen_password() -> Shape {
    Shape::text().length(password::SHORTEST, password::LONGEST)
}

/// An object with an id and two times; either casing.
fn thing() -> Shape {
    Shape::open().may("id", Shape::text())
}

fn stamped(shape: Shape) -> Shape {
    shape
        .may("created_at", Shape::time())
        .may("updated_at", Shape::time())
}

/// What is sent to make a thing of this shape, or to change it.
pub(super) fn body(shape: &str, makes: bool) -> Shape {
    let has = |body: Shape, field: &str, of: Shape| match makes {
        true => body.has(field, of),
        false => body.may(field, of),
    };
    let open = Shape::open();
    let in_project = |body: Shape| match makes {
        true => body.may(
            "project_id",
            Shape::text().says("Else the key's, else the first that may be used; admins name it."),
        ),
        false => body,
    };
    let text = || Shape::text().or_null();
    match shape {
        "Project" => open.has("name", name()),
        "Secret" => in_project(has(has(open, "name", name()), "value", Shape::text())),
        "AiProvider" => {
            let body = has(has(open, "name", name()), "provider", Shape::word(&KINDS));
            in_project(has(body, "default_model", name()))
                .may("secret_id", text())
                .may("base_url", text())
                .may("config", Shape::open().or_null())
        }
        "Chat" => in_project(open.has("ai_provider_id", Shape::text()))
            .may("name", name().or_null())
            .may("system_message", text())
            .may("model", name().or_null()),
        "Document" => in_project(has(open, "content", Shape::text()))
            .may("path", name().or_null())
            .may("filename", name())
            .may("title", name().or_null())
            .may("metadata", Shape::open().or_null())
            .may("tags", Shape::map(Shape::text()).or_null()),
        "Policy" => has(open, "document", Shape::named("PolicyDocument"))
            .may("name", name().or_null())
            .may("description", name().or_null()),
        "ApiKey" => has(open, "name", name())
            .may("project_id", text())
            .may("policy_ids", Shape::list(Shape::text()))
            .may("key_case", Shape::word(&["snake", "camel"])),
        _ => open
            .has("username", Shape::text().length(1, 150))
            .has("password", chosen_password())
            .may("role", Shape::word(&["admin", "user"])),
    }
}

/// By their names.
pub(super) fn shapes() -> Shapes {
    let project = || thing().may("project_id", Shape::text());
    let user = || {
        stamped(
            thing()
                .may("username", Shape::text())
                .may("role", Shape::word(&["admin", "user"])),
        )
    };
    let document = || {
        stamped(
            project()
                .may("file_id", Shape::text())
                .may("path", Shape::text())
                .may("filename", Shape::text())
                .may("size", Shape::integer().says("Bytes."))
                .may("title", Shape::text())
                .may("metadata", Shape::open())
                .may("tags", Shape::map(Shape::text())),
        )
    };
    let key = || {
        stamped(
            thing()
                .may("name", Shape::text())
                .may("key_prefix", Shape::text())
                .may("project_id", Shape::text().or_null())
                .may("policy_ids", Shape::list(Shape::text()))
                .may("key_case", Shape::word(&["snake", "camel"])),
        )
    };
    let provider = project()
        .may("secret_id", Shape::text().or_null())
        .may("name", Shape::text())
        .may("provider", Shape::word(&KINDS))
        .may("default_model", Shape::text())
        .may("base_url", Shape::text())
        .may("config", Shape::open());
    let chat = project()
        .may("ai_provider_id", Shape::text())
        .may("name", Shape::text().or_null())
        .may("system_message", Shape::text().or_null())
        .may("model", Shape::text().or_null());
    let policy = thing()
        .may("name", Shape::text().or_null())
        .may("description", Shape::text().or_null())
        .may("document", Shape::named("PolicyDocument"));
    let told = Shape::closed()
        .has("code", Shape::text())
        .has("message", Shape::text())
        .may("meta", Shape::open());
    let faults = Shape::closed()
        .has("error", told.clone())
        .has("details", Shape::list(Shape::text()));
    vec![
        (ERROR, Shape::closed().has("error", told)),
        (DENIED, Shape::closed().has("error", Shape::text())),
        ("PolicyFaults", faults),
        ("Project", stamped(thing().may("name", Shape::text()))),
        (
            "Secret",
            stamped(
                project()
                    .may("name", Shape::text())
                    .may("has_value", Shape::boolean()),
            ),
        ),
        ("AiProvider", stamped(provider)),
        ("Chat", stamped(chat)),
        ("Document", document()),
        ("WholeDocument", document().may("content", Shape::text())),
        ("Policy", stamped(policy)),
        ("PolicyDocument", policy_document()),
        ("ApiKey", key()),
        ("NewApiKey", key().may("key", Shape::text())),
        ("User", user()),
        ("LoggedIn", user().may("token", Shape::text())),
    ]
}

fn policy_document() -> Shape {
    let patterns = || Shape::list(Shape::text());
    let statement = Shape::open()
        .has("effect", Shape::word(&["Allow", "Deny"]))
        .has("action", patterns())
        .may("resource", patterns())
        .may("condition", Shape::map(Shape::map(Shape::text())));
    Shape::open().has("statement", Shape::list(statement))
}
