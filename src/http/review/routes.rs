//! What is where in review. Every path is served with and without a slash at its end, and first of all wants to know
//! who asks; then whether it takes the method.

use http::Method;
use warp::{Filter, filters::BoxedFilter, reply::Response};

use super::{
    bulk, cases,
    decisions::{self, Action},
    next, reports, stats,
};
use crate::http::{
    Api,
    threads::{Call, call, error::Error, uuid_in_path as uuid},
};

/// The routes. All paths are exact.
#[must_use]
pub fn routes(api: &Api) -> BoxedFilter<(Response,)> {
    let list = warp::path!("api" / "moderation" / "cases")
        .and(call(api))
        .then(|call: Call| async move {
            let who = call.get().await?;
            cases::list(call.api, who, &call.params).await
        })
        .boxed();
    let next = warp::path!("api" / "moderation" / "cases" / "next")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let who = call.principal("POST", &[Method::POST]).await?;
            let fields = call.fields(body).await?;
            next::next(call.api, who, &call.headers, &fields).await
        })
        .boxed();
    let many = warp::path!("api" / "moderation" / "cases" / "bulk")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let who = call.principal("POST", &[Method::POST]).await?;
            let fields = call.fields(body).await?;
            bulk::bulk(call.api, who, &call.params, &call.headers, &fields).await
        })
        .boxed();
    let one = warp::path!("api" / "moderation" / "cases" / String)
        .and(call(api))
        .then(|id: String, call: Call| async move {
            let who = call.get().await?;
            cases::one(call.api, who, uuid(&id), &call.params).await
        })
        .boxed();
    let appeal = warp::path!("api" / "moderation" / "cases" / String / "appeal")
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let who = call.principal("POST", &[Method::POST]).await?;
            let fields = call.fields(body).await?;
            reports::appeal(call.api, who, uuid(&id), &call.headers, &fields).await
        })
        .boxed();
    let act = warp::path!("api" / "moderation" / "cases" / String / Action)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, action: Action, call: Call, body| async move {
            let who = call.principal("POST", &[Method::POST]).await?;
            let fields = call.fields(body).await?;
            decisions::act(call.api, who, uuid(&id), action, &call.headers, &fields).await
        })
        .boxed();
    let stats = warp::path!("api" / "moderation" / "stats")
        .and(call(api))
        .then(|call: Call| async move {
            let who = call.get().await?;
            stats::stats(call.api, who, &call.params).await
        })
        .boxed();
    let report = warp::path!("api" / "chat-messages" / String / "report")
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let who = call.principal("POST", &[Method::POST]).await?;
            let fields = call.fields(body).await?;
            reports::report(call.api, who, uuid(&id), &call.headers, &fields).await
        })
        .boxed();
    let of_queue = list.or(next).unify().or(many).unify().or(stats).unify();
    let of_cases = one.or(appeal).unify().or(act).unify();
    of_queue
        .or(of_cases)
        .unify()
        .or(report)
        .unify()
        .map(|answer: Result<Response, Error>| answer.unwrap_or_else(Response::from))
        .boxed()
}
