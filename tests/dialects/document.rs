//! `/openapi.json` and `/docs`: what they say is what the server does.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::{ECHO, on_both_databases};
use crate::support::{
    client::{Answer, Client, answer},
    databases::TestDatabase,
    server::Server,
};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = server.user_as("ada", "admin").await;
    let document = admin.get("/openapi.json").await;
    assert_eq!(document.headers["content-type"], "application/json");
    let document = document.body;
    assert_eq!(document["openapi"], "3.1.0");
    every_name_is_somebodys(&document);
    what_changes_a_thread_or_a_quota_may_have_a_name(&document);
    every_method_is_as_documented(&admin, &document).await;
    strangers_get_in_only_where_it_says_so(&admin, &document).await;
    the_page_brings_everything_along(&admin).await;
}

fn what_changes_a_thread_or_a_quota_may_have_a_name(document: &Value) {
    let acts = ["archive", "unarchive", "cancel"];
    let mut paths = Vec::from(acts.map(|act| format!("/api/chat-threads/{{uuid}}/{act}/")));
    paths.push("/api/chat-quota/set_quota/".to_owned());
    for path in paths {
        let parameters = document["paths"][&path]["post"]["parameters"].as_array();
        let mut parameters = parameters.into_iter().flatten();
        assert!(
            parameters.any(|parameter| parameter["name"] == "Idempotency-Key"),
            "{path}"
        );
    }
}

/// Paths, with something for their parameters: the first word they take, or an id that nobody has.
fn paths(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.map(|(path, item)| {
        let segments = path
            .split('/')
            .map(|segment| match segment.starts_with('{') {
                true => word(item, segment.trim_matches(['{', '}'])),
                false => segment,
            });
        (segments.collect::<Vec<_>>().join("/"), item)
    })
}

fn word<'a>(item: &'a Value, parameter: &str) -> &'a str {
    let mut operations = item.as_object().unwrap().values();
    let words = operations.find_map(|operation| {
        let mut parameters = operation["parameters"].as_array()?.iter();
        let found = parameters.find(|known| known["name"] == parameter)?;
        found["schema"]["enum"][0].as_str()
    });
    words.unwrap_or("00000000-0000-7000-8000-000000000000")
}

fn operations(document: &Value) -> impl Iterator<Item = (String, Method, &Value)> {
    paths(document).flat_map(|(path, item)| {
        let documented = METHODS
            .iter()
            .filter_map(|name| Some((name, item.get(name)?)));
        documented
            .map(|(name, operation)| (path.clone(), method(name), operation))
            .collect::<Vec<_>>()
    })
}

fn method(name: &str) -> Method {
    Method::from_bytes(name.to_uppercase().as_bytes()).unwrap()
}

#[track_caller]
fn is_documented(operation: &Value, answer: &Answer, what: &str) {
    let known = &operation["responses"][answer.status.as_str()];
    assert!(
        known.is_object(),
        "{what}: {} {}",
        answer.status,
        answer.body
    );
    let kind = answer.headers.get("content-type");
    let kind = kind.and_then(|kind| kind.to_str().ok()?.split(';').next());
    let content = &known["content"];
    match kind {
        Some(kind) => assert!(content[kind].is_object(), "{what}: {kind}"),
        None => assert!(content.is_null(), "{what}: no body"),
    }
}

/// Every reference leads somewhere, every shape is used, and no two operations have one id.
fn every_name_is_somebodys(document: &Value) {
    let mut used = BTreeSet::new();
    references(document, &mut used);
    let shapes = document["components"]["schemas"].as_object().unwrap();
    let made: BTreeSet<String> = shapes.keys().cloned().collect();
    assert_eq!(used, made);
    let ids: Vec<_> = operations(document)
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "{ids:?}"
    );
    for (path, _, operation) in operations(document) {
        assert_ne!(operation["summary"].as_str().unwrap(), "", "{path}");
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let sentence = answer["description"].as_str().unwrap();
            assert_ne!(sentence, "", "{path} {status}");
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(to) if name == "$ref" => {
                        let name = to.strip_prefix("#/components/schemas/").unwrap();
                        found.insert(name.to_owned());
                    }
                    _ => references(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// What is documented is served, and nothing else is.
async fn every_method_is_as_documented(admin: &Client, document: &Value) {
    for (path, item) in paths(document) {
        for name in METHODS {
            let what = format!("{name} {path}");
            let answer = answer(admin.request(method(name), &path)).await.unwrap();
            let Some(operation) = item.get(name) else {
                assert_eq!(answer.status, 405, "{what}");
                let allowed = answer.headers["allow"].to_str().unwrap().split(", ");
                let allowed: BTreeSet<_> = allowed.map(str::to_lowercase).collect();
                let documented = METHODS.into_iter().filter(|name| item.get(name).is_some());
                assert_eq!(allowed, documented.map(str::to_owned).collect(), "{what}");
                continue;
            };
            assert_ne!(answer.body, json!({ "detail": "Not Found" }), "{what}");
            assert_ne!(
                answer.body,
                json!({ "detail": "Method Not Allowed" }),
                "{what}"
            );
            is_documented(operation, &answer, &what);
        }
    }
}

async fn strangers_get_in_only_where_it_says_so(admin: &Client, document: &Value) {
    let mut open = vec![];
    for (path, method, operation) in operations(document) {
        let what = format!("{method} {path}");
        let answer = answer(admin.bare(method, &path)).await.unwrap();
        is_documented(operation, &answer, &what);
        match operation["security"].as_array().unwrap().is_empty() {
            true => open.push(what),
            false => assert_eq!(answer.status, 401, "{what}"),
        }
    }
    let open: BTreeSet<_> = open.iter().map(String::as_str).collect();
    let expected = [
        "POST /api/auth/login",
        "POST /api/auth/register",
        "POST /api/v1/users/bootstrap",
        "POST /api/v1/users/login",
        "GET /health",
        "GET /livez",
        "GET /readyz",
        "GET /metrics",
        "GET /openapi.json",
        "GET /docs",
        "GET /docs/swagger-ui.css",
        "GET /api/v1/health",
        // Whoever has the signed URL.
        "PUT /api/v1/ingest/upload/00000000-0000-7000-8000-000000000000",
    ];
    assert_eq!(open, expected.into());
}

/// Nothing is fetched from elsewhere: the page names only files of its own, and its policy forbids all others.
async fn the_page_brings_everything_along(anybody: &Client) {
    let page = answer(anybody.bare(Method::GET, "/docs")).await.unwrap();
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; "),
        "{policy}"
    );
    assert!(!policy.contains("http"), "{policy}");
    let text = page.body.as_str().unwrap();
    assert!(!text.contains("//"), "{text}");
    let named = ["src=\"", "rel=\"stylesheet\" href=\""]
        .iter()
        .flat_map(|before| {
            let after = text.split(before).skip(1);
            after.map(|rest| rest.split('"').next().unwrap())
        });
    let named: Vec<_> = named.collect();
    assert_eq!(named.len(), 3, "{text}");
    for file in named {
        let file = anybody.bare(Method::GET, &format!("/{file}"));
        let file = file.send().await.unwrap();
        assert_eq!(file.status(), 200);
        assert_eq!(file.headers()["x-content-type-options"], "nosniff");
        assert!(!file.bytes().await.unwrap().is_empty());
    }
    for path in [
        "/docs/",
        "/docs/index.html",
        "/docs/../Cargo.toml",
        "/docs/swagger-ui.js",
    ] {
        let answer = answer(anybody.bare(Method::GET, path)).await.unwrap();
        assert_eq!(answer.status, 404, "{path}");
    }
}

on_both_databases!(check);
