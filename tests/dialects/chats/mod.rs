//! The chats dialect: projects, secrets, providers, chats, documents, policies, keys and users, and what chats answer.

mod a_change_that_is_refused_changes_nothing;
mod a_completion_can_be_taken_up_again;
mod a_completion_ends_badly;
mod a_completion_is_answered;
mod a_completion_is_denied;
mod a_database_that_is_away_is_told;
mod a_first_account_is_made;
mod a_key_may_do_less_than_its_owner;
mod a_policy_says_who_may_do_what;
mod a_request_is_read_in_any_form;
mod a_secret_is_shown_to_nobody;
mod a_secret_is_taken_from_who_still_has_it;
mod changes_at_the_same_moment_are_all_kept;
mod chats_are_made_and_found;
mod documents_are_kept;
mod everything_that_is_wrong_is_told;
mod lists_show_what_may_be_seen;
mod one_path_serves_two_dialects;
mod people_are_managed;
mod the_last_admin_stays;
mod what_is_used_is_not_deleted_at_the_same_moment;
mod what_was_erased_is_made_again;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    client::{Answer, Client, answer},
    databases::TestDatabase,
    scripted::Scripted,
    server::{PASSWORD, Server},
};

const V1: &str = "/api/v1";

/// Exactly this status; the body.
#[track_caller]
fn gives(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    answer.body
}

/// An error of this dialect: its status, code and message.
#[track_caller]
fn tells(answer: &Answer, status: u16, code: &str, message: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.body["error"]["code"], code, "{}", answer.body);
    assert_eq!(answer.body["error"]["message"], message);
}

/// A 400 with this message.
#[track_caller]
fn refuses(answer: &Answer, message: &str) {
    tells(answer, 400, "VALIDATION_FAILED", message);
}

#[track_caller]
fn forbids(answer: &Answer) {
    tells(answer, 403, "FORBIDDEN", "You are not allowed to do this.");
}

fn path(path: &str) -> String {
    format!("{V1}{path}")
}

async fn send(who: &Client, method: Method, at: &str, body: &Value) -> Answer {
    answer(who.request(method, &path(at)).json(body))
        .await
        .unwrap()
}

async fn post(who: &Client, at: &str, body: Value) -> Answer {
    send(who, Method::POST, at, &body).await
}

async fn put(who: &Client, at: &str, body: Value) -> Answer {
    send(who, Method::PUT, at, &body).await
}

async fn patch(who: &Client, at: &str, body: Value) -> Answer {
    send(who, Method::PATCH, at, &body).await
}

pub(crate) async fn get(who: &Client, at: &str) -> Answer {
    who.get(&path(at)).await
}

async fn delete(who: &Client, at: &str) -> Answer {
    who.delete(&path(at)).await
}

/// Makes something; its id.
#[track_caller]
fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn project(admin: &Client, name: &str) -> String {
    id(&gives(
        post(admin, "/projects", json!({ "name": name })).await,
        201,
    ))
}

pub(crate) async fn provider(admin: &Client, project: &str) -> String {
    let body = json!({
        "project_id": project, "name": "mine", "provider": "openai", "default_model": "gpt-4o-mini",
    });
    id(&gives(post(admin, "/ai-providers", body).await, 201))
}

pub(crate) async fn chat(who: &Client, project: &str, provider: &str) -> String {
    let body = json!({ "project_id": project, "ai_provider_id": provider });
    id(&gives(post(who, "/chats", body).await, 201))
}

pub(crate) async fn policy(admin: &Client, statements: Value) -> String {
    let body = json!({ "document": { "statement": statements } });
    id(&gives(post(admin, "/policies", body).await, 201))
}

/// An account of this dialect, logged in.
pub(crate) async fn person(admin: &Client, name: &str) -> Client {
    let body = json!({ "username": name, "password": PASSWORD });
    let user = gives(post(admin, "/users", body.clone()).await, 201);
    let login = gives(post(admin, "/users/login", body).await, 200);
    let mut client = admin.with_key(login["token"].as_str().unwrap());
    client.id = id(&user);
    client
}

/// Lets these policies say what somebody may do.
pub(crate) async fn attach(admin: &Client, who: &Client, policies: &[String]) {
    let at = format!("/users/{}/policies", who.id);
    let attached = put(admin, &at, json!({ "policy_ids": policies })).await;
    assert_eq!(attached.status, 204, "{}", attached.body);
}

/// A key with these limits.
pub(crate) async fn key(who: &Client, limits: Value) -> Client {
    let mut body = limits;
    body["name"] = json!("a key");
    let made = gives(post(who, "/api-keys", body).await, 201);
    who.with_key(made["key"].as_str().unwrap())
}

/// `chat_` and so on, and 16 letters and digits.
#[track_caller]
fn is_id(value: &Value, prefix: &str) {
    let text = value.as_str().unwrap();
    let rest = text.strip_prefix(prefix).unwrap_or("");
    let right = rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(right, "{text}");
}

/// `2026-03-01T12:00:00.000Z`
#[track_caller]
fn is_time(value: &Value) {
    let text = value.as_str().unwrap();
    assert!(
        text.len() == 24 && text.ends_with('Z') && text.as_bytes()[19] == b'.',
        "{text}"
    );
}

/// The names of an object's fields, in their order.
fn names(body: &Value) -> Vec<&str> {
    body.as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// The ids of a list.
fn ids(body: &Value) -> Vec<&str> {
    let rows = body.as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap()).collect()
}

async fn admin(server: &Server) -> Client {
    server.user_as("ada", "admin").await
}

/// What the project's provider is asked with.
pub(crate) const SECRET: &str = "sk-of-the-project";

/// A project whose provider is a scripted one, and a chat there.
pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) admin: Client,
    pub(crate) project: String,
    pub(crate) provider: String,
    pub(crate) chat: String,
}

impl House {
    pub(crate) async fn build(
        database: TestDatabase,
        upstream: &Scripted,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut all = vec![crate::dialects::ECHO];
        all.extend_from_slice(settings);
        let server = Server::start(database, &all).await;
        let admin = admin(&server).await;
        let project = project(&admin, "house").await;
        let provider = asking(&admin, &project, upstream).await;
        let chat = json!({
            "project_id": project, "ai_provider_id": provider, "system_message": "Be brief.",
        });
        let chat = id(&gives(post(&admin, "/chats", chat).await, 201));
        Self {
            server,
            admin,
            project,
            provider,
            chat,
        }
    }

    /// Where the chat answers.
    fn answers(&self) -> String {
        format!("/chats/{}/completions", self.chat)
    }

    /// A question to the provider.
    fn ask(&self, text: &str) -> Value {
        json!({ "ai_provider_id": self.provider, "messages": [said("user", text)] })
    }
}

/// A provider of this project that asks the scripted one.
async fn asking(admin: &Client, project: &str, upstream: &Scripted) -> String {
    let secret = json!({ "project_id": project, "name": "key", "value": SECRET });
    let secret = id(&gives(post(admin, "/secrets", secret).await, 201));
    let provider = json!({
        "project_id": project, "name": "mine", "provider": "custom", "default_model": "m",
        "base_url": format!("{}/v1", upstream.url()), "secret_id": secret,
    });
    id(&gives(post(admin, "/ai-providers", provider).await, 201))
}

fn said(role: &str, text: &str) -> Value {
    json!({ "role": role, "content": text })
}

fn streamed(mut ask: Value) -> Value {
    ask["stream"] = json!(true);
    ask
}

/// What a stream says, byte by byte, but for its ids; and the last of them.
async fn frames(who: &Client, at: &str, body: &Value) -> (String, Option<String>) {
    let request = who.request(Method::POST, &path(at)).json(body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    let text = response.text().await.unwrap();
    let mut last = text.lines().filter_map(|line| line.strip_prefix("id: "));
    let last = last.next_back().map(str::to_owned);
    let lines = text.split_inclusive('\n');
    let said = lines.filter(|line| !line.starts_with("id: ")).collect();
    (said, last)
}

/// What a stream says that has failed at its beginning.
async fn fails_in_stream(who: &Client, at: &str, body: Value, sentence: &str) {
    let (said, _) = frames(who, at, &streamed(body)).await;
    let told = json!({ "error": sentence });
    assert_eq!(said, format!("data: {told}\n\n"));
}
