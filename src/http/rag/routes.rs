//! What is where in the RAG dialect. Every path is served with and without a slash at its end. The one path that it shares,
//! `/api/v1/chat/completions`, is with the chats dialect, which looks whose a body is.

use http::Method;
use warp::{Filter, Reply, filters::BoxedFilter, reply::Response};

use super::{
    call::{Call, call},
    documents,
    error::Error,
    history, sessions, upload,
};
use crate::http::{Api, query::decode_segment};

/// The dialect's routes. All paths are exact.
#[must_use]
pub fn routes(api: &Api) -> BoxedFilter<(Response,)> {
    let health = warp::path!("api" / "v1" / "health")
        .and(call(api))
        .then(|call: Call| async move {
            call.allow("GET")?;
            Ok("up".into_response())
        })
        .boxed();
    let history = warp::path!("api" / "v1" / "chat" / "history" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let call = call.admit(body, "GET").await?;
            history::show(&call, &decode_segment(&id)).await
        })
        .boxed();
    let conversation = warp::path!("api" / "v1" / "chat" / String)
        .and_then(|id: String| async move {
            match id.as_str() {
                // The chats dialect's, and what is no session's name: there is nothing at that path.
                "completions" | "history" => Err(warp::reject::not_found()),
                _ => Ok(id),
            }
        })
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let call = call.admit(body, "DELETE").await?;
            history::delete(&call, &decode_segment(&id)).await
        })
        .boxed();
    let session_list = warp::path!("api" / "v1" / "session")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, "GET, POST").await?;
            match call.method {
                Method::POST => sessions::create(&call).await,
                _ => sessions::list(&call).await,
            }
        })
        .boxed();
    let session = warp::path!("api" / "v1" / "session" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let (call, id) = (
                call.admit(body, "PATCH, DELETE").await?,
                decode_segment(&id),
            );
            match call.method {
                Method::PATCH => sessions::change(&call, &id).await,
                _ => sessions::delete(&call, &id).await,
            }
        })
        .boxed();
    health
        .or(history)
        .unify()
        .or(conversation)
        .unify()
        .or(session_list)
        .unify()
        .or(session)
        .unify()
        .or(ingestion(api))
        .unify()
        .map(|answer: Result<Response, Error>| answer.unwrap_or_else(Response::from))
        .boxed()
}

fn ingestion(api: &Api) -> BoxedFilter<(Result<Response, Error>,)> {
    let announce = warp::path!("api" / "v1" / "ingest" / "upload" / "url")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, "POST").await?;
            documents::announce(&call).await
        })
        .boxed();
    let receive = warp::path!("api" / "v1" / "ingest" / "upload" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|key: String, call: Call, body| async move {
            upload::receive(call, &decode_segment(&key), body).await
        })
        .boxed();
    let process = warp::path!("api" / "v1" / "ingest" / "process")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, "POST").await?;
            documents::process(&call).await
        })
        .boxed();
    let text = warp::path!("api" / "v1" / "ingest" / "text")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let call = call.admit(body, "POST").await?;
            documents::take_text(&call).await
        })
        .boxed();
    let status = warp::path!("api" / "v1" / "ingest" / "status" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let call = call.admit(body, "GET").await?;
            documents::status(&call, &decode_segment(&id)).await
        })
        .boxed();
    announce
        .or(receive)
        .unify()
        .or(process)
        .unify()
        .or(text)
        .unify()
        .or(status)
        .unify()
        .boxed()
}
