//! What is where in the auditors' dialect. All of it is read only.

use http::HeaderMap;
use warp::{Filter, filters::BoxedFilter, reply::Response};

use super::{context, error::Error, events, proofs, request::Access, schema, threads};
use crate::http::{
    Api,
    address::Address,
    guard, method,
    query::{Query, decode_segment},
};

/// The dialect's routes. All paths are exact.
#[must_use]
pub fn routes(api: &Api) -> BoxedFilter<(Response,)> {
    let get = || method::get().and(call(api));

    let feed = warp::path!("api" / "audit" / "events")
        .and(get())
        .then(|call: Call| async move {
            let access = call.access().await?;
            events::feed(call, access).await
        })
        .boxed();
    let trail = warp::path!("api" / "audit" / "threads" / String / "events")
        .and(get())
        .then(|id: String, call: Call| async move {
            let access = call.access().await?;
            events::of_thread(&call, &access, &decode_segment(&id)).await
        })
        .boxed();
    let at = warp::path!("api" / "audit" / "threads" / String / "at")
        .and(get())
        .then(|id: String, call: Call| async move {
            let access = call.access().await?;
            threads::at(&call, &access, &decode_segment(&id)).await
        })
        .boxed();
    let diff = warp::path!("api" / "audit" / "threads" / String / "diff")
        .and(get())
        .then(|id: String, call: Call| async move {
            let access = call.access().await?;
            threads::diff(&call, &access, &decode_segment(&id)).await
        })
        .boxed();
    let context =
        warp::path!("api" / "audit" / "threads" / String / "replies" / String / "context")
            .and(get())
            .then(|id: String, turn: String, call: Call| async move {
                let access = call.access().await?;
                let (id, turn) = (decode_segment(&id), decode_segment(&turn));
                context::of_reply(&call, &access, &id, &turn).await
            })
            .boxed();
    let schema = warp::path!("api" / "audit" / "schema")
        .and(get())
        .then(|call: Call| async move {
            call.access().await?;
            Ok(schema::catalogue())
        })
        .boxed();
    let checkpoint = warp::path!("api" / "audit" / "checkpoint")
        .and(get())
        .then(|call: Call| async move {
            call.access().await?;
            proofs::checkpoint(&call).await
        })
        .boxed();
    let inclusion = warp::path!("api" / "audit" / "proofs" / "inclusion")
        .and(get())
        .then(|call: Call| async move {
            call.access().await?;
            proofs::inclusion(&call).await
        })
        .boxed();
    let consistency = warp::path!("api" / "audit" / "proofs" / "consistency")
        .and(get())
        .then(|call: Call| async move {
            call.access().await?;
            proofs::consistency(&call).await
        })
        .boxed();

    let of_threads = trail.or(at).unify().or(diff).unify().or(context).unify();
    let of_proofs = checkpoint.or(inclusion).unify().or(consistency).unify();
    feed.or(schema)
        .unify()
        .or(of_threads)
        .unify()
        .or(of_proofs)
        .unify()
        .map(|answer: Result<Response, Error>| answer.unwrap_or_else(Response::from))
        .boxed()
}

/// A request.
pub(super) struct Call {
    pub(super) api: Api,
    pub(super) headers: HeaderMap,
    pub(super) query: Query,
    address: Option<Address>,
}

impl Call {
    /// Who asks, and what they may be shown. Nobody else gets an answer about the record.
    pub(super) async fn access(&self) -> Result<Access, Error> {
        let who = guard::principal(&self.api, &self.headers, &self.query, self.address).await?;
        Access::of(who, &self.headers)
    }
}

fn call(
    api: &Api,
) -> impl Filter<Extract = (Call,), Error = std::convert::Infallible> + Clone + use<> {
    let api = api.clone();
    let raw_query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::header::headers_cloned()
        .and(raw_query)
        .and(warp::ext::optional::<Address>())
        .map(move |headers, raw: String, address| Call {
            api: api.clone(),
            headers,
            query: Query::parse(&raw),
            address,
        })
}
