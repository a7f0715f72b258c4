//! What is where in the chats dialect. Every path is served with and without a slash at its end.

use http::Method;
use warp::{Filter, filters::BoxedFilter, path::FullPath, reply::Response};

use super::{
    accounts, ai_providers, alias, api_keys,
    call::{Call, call},
    completions,
    configured::get,
    documents,
    error::Error,
    listing::{self, list},
    policies, projects, reply, secrets, stored_chats, users,
};
use crate::{
    http::{Api, query::decode_segment},
    views::{AiProviderRow, ChatRow, PolicyRow, ProjectRow, SecretRow},
};

const LIST: &str = "GET, POST";

/// The dialect's routes. All paths are exact.
#[must_use]
pub fn routes(api: &Api) -> BoxedFilter<(Response,)> {
    server(api)
        .or(answered(api))
        .unify()
        .or(stored(api))
        .unify()
        .or(people(api))
        .unify()
        .map(|answer: Result<Response, Error>| answer.unwrap_or_else(Response::from))
        .or(unknown())
        .unify()
        .boxed()
}

/// What belongs to projects.
fn stored(api: &Api) -> BoxedFilter<(Result<Response, Error>,)> {
    let project_list = warp::path!("api" / "v1" / "projects")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, LIST).await?;
            match call.method {
                Method::POST => projects::create(&call).await,
                _ => list::<ProjectRow>(&call).await,
            }
        })
        .boxed();
    let project = warp::path!("api" / "v1" / "projects" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (call.admit(body, "GET, DELETE").await?, decode_segment(&id));
            match call.method {
                Method::DELETE => projects::delete(&call, &id).await,
                _ => get::<ProjectRow>(&call, &id).await,
            }
        })
        .boxed();
    let secret_list = warp::path!("api" / "v1" / "secrets")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, LIST).await?;
            match call.method {
                Method::POST => secrets::create(&call).await,
                _ => list::<SecretRow>(&call).await,
            }
        })
        .boxed();
    let secret = warp::path!("api" / "v1" / "secrets" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (
                call.admit(body, "GET, PATCH, DELETE").await?,
                decode_segment(&id),
            );
            match call.method {
                Method::PATCH => secrets::change(&call, &id).await,
                Method::DELETE => secrets::delete(&call, &id).await,
                _ => get::<SecretRow>(&call, &id).await,
            }
        })
        .boxed();
    let provider_list = warp::path!("api" / "v1" / "ai-providers")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, LIST).await?;
            match call.method {
                Method::POST => ai_providers::create(&call).await,
                _ => list::<AiProviderRow>(&call).await,
            }
        })
        .boxed();
    let provider = warp::path!("api" / "v1" / "ai-providers" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (
                call.admit(body, "GET, PATCH, DELETE").await?,
                decode_segment(&id),
            );
            match call.method {
                Method::PATCH => ai_providers::change(&call, &id).await,
                Method::DELETE => ai_providers::delete(&call, &id).await,
                _ => get::<AiProviderRow>(&call, &id).await,
            }
        })
        .boxed();
    let chat_list = warp::path!("api" / "v1" / "chats")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, LIST).await?;
            match call.method {
                Method::POST => stored_chats::create(&call).await,
                _ => list::<ChatRow>(&call).await,
            }
        })
        .boxed();
    let chat = warp::path!("api" / "v1" / "chats" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (call.admit(body, "GET, DELETE").await?, decode_segment(&id));
            match call.method {
                Method::DELETE => stored_chats::delete(&call, &id).await,
                _ => get::<ChatRow>(&call, &id).await,
            }
        })
        .boxed();
    let document_list = warp::path!("api" / "v1" / "documents")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, LIST).await?;
            match call.method {
                Method::POST => documents::create(&call).await,
                _ => listing::documents(&call).await,
            }
        })
        .boxed();
    let document = warp::path!("api" / "v1" / "documents" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (
                call.admit(body, "GET, PATCH, DELETE").await?,
                decode_segment(&id),
            );
            match call.method {
                Method::PATCH => documents::change(&call, &id).await,
                Method::DELETE => documents::delete(&call, &id).await,
                _ => documents::get(&call, &id).await,
            }
        })
        .boxed();
    let lists = project_list
        .or(secret_list)
        .unify()
        .or(provider_list)
        .unify();
    let lists = lists.or(chat_list).unify().or(document_list).unify();
    let ones = project.or(secret).unify().or(provider).unify();
    let ones = ones.or(chat).unify().or(document).unify();
    lists.or(ones).unify().boxed()
}

/// Who may do what.
fn people(api: &Api) -> BoxedFilter<(Result<Response, Error>,)> {
    let user_list = warp::path!("api" / "v1" / "users")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, LIST).await?;
            match call.method {
                Method::POST => users::create(&call).await,
                _ => users::list(&call).await,
            }
        })
        .boxed();
    let user = warp::path!("api" / "v1" / "users" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (call.admit(body, "GET, DELETE").await?, decode_segment(&id));
            match call.method {
                Method::DELETE => users::delete(&call, &id).await,
                _ => users::get(&call, &id).await,
            }
        })
        .boxed();
    let attached = warp::path!("api" / "v1" / "users" / String / "policies")
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (call.admit(body, "GET, PUT").await?, decode_segment(&id));
            match call.method {
                Method::PUT => users::attach(&call, &id).await,
                _ => users::policies(&call, &id).await,
            }
        })
        .boxed();
    let policy_list = warp::path!("api" / "v1" / "policies")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, LIST).await?;
            match call.method {
                Method::POST => policies::create(&call).await,
                _ => list::<PolicyRow>(&call).await,
            }
        })
        .boxed();
    let policy = warp::path!("api" / "v1" / "policies" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (
                call.admit(body, "GET, PUT, DELETE").await?,
                decode_segment(&id),
            );
            match call.method {
                Method::PUT => policies::change(&call, &id).await,
                Method::DELETE => policies::delete(&call, &id).await,
                _ => get::<PolicyRow>(&call, &id).await,
            }
        })
        .boxed();
    let key_list = warp::path!("api" / "v1" / "api-keys")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, LIST).await?;
            match call.method {
                Method::POST => api_keys::create(&call).await,
                _ => api_keys::list(&call).await,
            }
        })
        .boxed();
    let key = warp::path!("api" / "v1" / "api-keys" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (
                call.admit(body, "GET, PUT, DELETE").await?,
                decode_segment(&id),
            );
            match call.method {
                Method::PUT => api_keys::change(&call, &id).await,
                Method::DELETE => api_keys::delete(&call, &id).await,
                _ => api_keys::get(&call, &id).await,
            }
        })
        .boxed();
    let of_users = user_list.or(attached).unify().or(user).unify();
    let of_policies = policy_list.or(policy).unify();
    let of_keys = key_list.or(key).unify();
    of_users.or(of_policies).unify().or(of_keys).unify().boxed()
}

/// What models answer. Before the chats: none is called `completions`.
fn answered(api: &Api) -> BoxedFilter<(Result<Response, Error>,)> {
    let of_chat = warp::path!("api" / "v1" / "chats" / String / "completions")
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (call.admit(body, "POST").await?, decode_segment(&id));
            completions::of_chat(&call, &id).await
        })
        .boxed();
    let stateless = warp::path!("api" / "v1" / "chats" / "completions")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, "POST").await?;
            completions::stateless(&call).await
        })
        .boxed();
    let of_either = warp::path!("api" / "v1" / "chat" / "completions")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move { alias::complete(call, body).await })
        .boxed();
    let answered = stateless.or(of_chat).unify();
    answered.or(of_either).unify().boxed()
}

/// What anybody may ask.
fn server(api: &Api) -> BoxedFilter<(Result<Response, Error>,)> {
    let bootstrap = warp::path!("api" / "v1" / "users" / "bootstrap")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            call.allow("POST")?;
            let body = call.read(body).await?;
            accounts::bootstrap(call, body).await
        })
        .boxed();
    let login = warp::path!("api" / "v1" / "users" / "login")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            call.allow("POST")?;
            let body = call.read(body).await?;
            accounts::login(call, body).await
        })
        .boxed();
    let health = warp::path!("health")
        .and(call(api))
        .then(|call: Call| async move {
            call.allow("GET")?;
            Ok(reply::healthy())
        })
        .boxed();
    bootstrap.or(login).unify().or(health).unify().boxed()
}

/// A path below `/api/v1/` that nobody has, in this dialect's words: the other one there has few.
fn unknown() -> BoxedFilter<(Response,)> {
    warp::path!("api" / "v1" / ..)
        .and(warp::path::full())
        .and_then(|path: FullPath| async move {
            let rest = path.as_str().strip_prefix("/api/v1/").unwrap_or("");
            let first = rest.split('/').next().unwrap_or("");
            match THEIRS.contains(&first) {
                true => Err(warp::reject::not_found()),
                false => Ok(Error::not_found("Path", path.as_str()).into()),
            }
        })
        .boxed()
}

/// What the RAG dialect's paths below `/api/v1/` begin with.
const THEIRS: [&str; 4] = ["chat", "session", "ingest", "health"];
