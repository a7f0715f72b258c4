//! This dialect's requests as tools: a name and arguments instead of a method, a path and a body. What a tool may do
//! and what it is told is what the request may do and is told.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use warp::reply::Response;

use super::{
    ask::{Ask, Of},
    call::{Admitted, may_write},
    completions,
    configured::get,
    error::Error,
    listing::list,
    stored_chats,
};
use crate::{http::query::Query, views::ChatRow};

/// What a tool answers: JSON with names in camelCase, or a sentence that says why not.
pub(in crate::http) type Told = Result<String, String>;

/// Calls the tool of this name for somebody who is known; `None`: there is none.
pub(in crate::http) async fn call(
    caller: &Admitted,
    tool: &str,
    arguments: Map<String, Value>,
) -> Option<Told> {
    let call = caller.with(&arguments);
    let answer = match tool {
        "create-chat" => created(&call).await,
        "list-chats" => chats(call).await,
        "get-chat" => one(&call).await,
        "delete-chat" => deleted(&call).await,
        "create-chat-completion-for-chat" => of_chat(&call).await,
        "create-chat-completion" => stateless(&call).await,
        _ => return None,
    };
    Some(told(answer.unwrap_or_else(Response::from)).await)
}

impl Admitted {
    /// The same caller with a tool's arguments for a body.
    fn with(&self, arguments: &Map<String, Value>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("key-case", HeaderValue::from_static("camel"));
        // A client that repeats a call under its name is answered again.
        if let Some(name) = self.headers.get("idempotency-key") {
            headers.insert("idempotency-key", name.clone());
        }
        Self {
            api: self.api.clone(),
            who: self.who.clone(),
            rights: self.rights.clone(),
            method: Method::POST,
            headers,
            query: Query::default(),
            body: Bytes::from(json!(arguments).to_string()),
        }
    }

    /// The chat that the arguments name.
    fn chat_id(&self) -> Result<String, Error> {
        self.fields(&["chat_id"])?.required("chat_id")
    }
}

async fn created(call: &Admitted) -> Result<Response, Error> {
    may_write(&call.who)?;
    stored_chats::create(call).await
}

async fn chats(mut call: Admitted) -> Result<Response, Error> {
    let project = call.fields(&["project_id"])?.optional("project_id")?;
    call.query = project.map_or_else(Query::default, |id| Query::of("project_id", id));
    list::<ChatRow>(&call).await
}

async fn one(call: &Admitted) -> Result<Response, Error> {
    get::<ChatRow>(call, &call.chat_id()?).await
}

async fn deleted(call: &Admitted) -> Result<Response, Error> {
    let id = call.chat_id()?;
    stored_chats::delete(call, &id).await?;
    let said = json!({ "chatId": id, "deleted": true });
    Ok(warp::Reply::into_response(warp::reply::json(&said)))
}

async fn of_chat(call: &Admitted) -> Result<Response, Error> {
    let (id, ask) = (call.chat_id()?, Ask::read(call)?);
    completions::whole(call, &Of::Chat(&id), ask).await
}

async fn stateless(call: &Admitted) -> Result<Response, Error> {
    completions::whole(call, &Of::Provider, Ask::read(call)?).await
}

/// What a response says to a tool.
async fn told(response: Response) -> Told {
    let status = response.status();
    let body = response.into_body().collect().await;
    let body = body.map_err(|error| error.to_string())?.to_bytes();
    let text = String::from_utf8_lossy(&body);
    match status.is_success() {
        true => Ok(text.into_owned()),
        false => Err(sentence(status, &text)),
    }
}

/// What an error's body says, for people.
fn sentence(status: StatusCode, body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let message = body["error"]["message"].as_str().or(body["error"].as_str());
    let mut sentence = message.unwrap_or(status.as_str()).to_owned();
    for detail in body["details"].as_array().into_iter().flatten() {
        sentence = format!("{sentence}\n{}", detail.as_str().unwrap_or_default());
    }
    sentence
}
