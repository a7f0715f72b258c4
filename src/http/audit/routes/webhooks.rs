//! Where webhooks are.

use bytes::Bytes;
use warp::{Filter, filters::BoxedFilter, reply::Response};

use super::{Call, call, method};
use crate::http::{
    Api,
    audit::{error::Error, webhooks},
    query::decode_segment,
};

/// What a handler says.
type Answer = Result<Response, Error>;

/// See the module.
pub(super) fn routes(api: &Api) -> BoxedFilter<(Answer,)> {
    let get = || method::get().and(call(api));
    let body = || call(api).and(warp::body::stream());

    let list = warp::path!("api" / "audit" / "webhooks")
        .and(get())
        .then(|call: Call| async move { webhooks::list(&call).await })
        .boxed();
    let create = warp::path!("api" / "audit" / "webhooks")
        .and(method::post())
        .and(body())
        .then(|call: Call, body| async move {
            let body: Bytes = call.body(body).await?;
            webhooks::create(&call, body).await
        })
        .boxed();
    let one =
        warp::path!("api" / "audit" / "webhooks" / String)
            .and(get())
            .then(|id: String, call: Call| async move {
                webhooks::get(&call, &decode_segment(&id)).await
            })
            .boxed();
    let change = warp::path!("api" / "audit" / "webhooks" / String)
        .and(method::patch())
        .and(body())
        .then(|id: String, call: Call, body| async move {
            let body = call.body(body).await?;
            webhooks::change(&call, &decode_segment(&id), body).await
        })
        .boxed();
    let delete = warp::path!("api" / "audit" / "webhooks" / String)
        .and(method::delete())
        .and(call(api))
        .then(|id: String, call: Call| async move {
            webhooks::delete(&call, &decode_segment(&id)).await
        })
        .boxed();
    let rotate = warp::path!("api" / "audit" / "webhooks" / String / "rotate")
        .and(method::post())
        .and(body())
        .then(|id: String, call: Call, body| async move {
            let body = call.body(body).await?;
            webhooks::rotate(&call, &decode_segment(&id), body).await
        })
        .boxed();
    let replay = warp::path!("api" / "audit" / "webhooks" / String / "replay")
        .and(method::post())
        .and(body())
        .then(|id: String, call: Call, body| async move {
            let body = call.body(body).await?;
            webhooks::replay(&call, &decode_segment(&id), body).await
        })
        .boxed();
    let test = warp::path!("api" / "audit" / "webhooks" / String / "test")
        .and(method::post())
        .and(body())
        .then(|id: String, call: Call, body| async move {
            let body = call.body(body).await?;
            webhooks::test(&call, &decode_segment(&id), body).await
        })
        .boxed();
    let deliveries = warp::path!("api" / "audit" / "webhooks" / String / "deliveries")
        .and(get())
        .then(|id: String, call: Call| async move {
            webhooks::deliveries(&call, &decode_segment(&id)).await
        })
        .boxed();
    let of_one = one.or(change).unify().or(delete).unify();
    let done_to_one = rotate.or(replay).unify().or(test).unify();
    list.or(create)
        .unify()
        .or(of_one)
        .unify()
        .or(done_to_one)
        .unify()
        .or(deliveries)
        .unify()
        .boxed()
}
