//! What is where in the OpenAI dialect. Every path is served with and without a slash at its end.

use std::convert::Infallible;

use bytes::{Buf, Bytes};
use futures_util::Stream;
use http::HeaderMap;
use warp::{Filter, Rejection, filters::BoxedFilter, reject::MethodNotAllowed, reply::Response};

use super::{chat, embeddings, error::Error, models};
use crate::{
    auth::Principal,
    http::{
        Api,
        address::Address,
        body, guard,
        method::{get, post},
        query::{Query, decode_segment},
    },
};

/// The dialect's routes. All paths are exact.
#[must_use]
pub fn routes(api: &Api) -> BoxedFilter<(Response,)> {
    let chat = warp::path!("v1" / "chat" / "completions")
        .and(post())
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let (who, body) = call.read(body, body::WITH_IMAGES).await?;
            chat::complete(call.api, who, call.headers, body).await
        })
        .boxed();
    let vectors = warp::path!("v1" / "embeddings")
        .and(post())
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let limit = call.api.settings.max_body;
            let (who, body) = call.read(body, limit).await?;
            embeddings::embed(call.api, who, call.headers, body).await
        })
        .boxed();
    let list = warp::path!("v1" / "models")
        .and(get())
        .and(call(api))
        .then(|call: Call| async move {
            call.principal().await?;
            Ok(models::list(&call.api))
        })
        .boxed();
    let one = warp::path!("v1" / "models" / String)
        .and(get())
        .and(call(api))
        .then(|model: String, call: Call| call.model(vec![model]))
        .boxed();
    let of_provider = warp::path!("v1" / "models" / String / String)
        .and(get())
        .and(call(api))
        .then(|provider: String, model: String, call: Call| call.model(vec![provider, model]))
        .boxed();
    let of_maker = warp::path!("v1" / "models" / String / String / String)
        .and(get())
        .and(call(api))
        .then(
            |provider: String, maker: String, model: String, call: Call| {
                call.model(vec![provider, maker, model])
            },
        );
    chat.or(vectors)
        .unify()
        .or(list)
        .unify()
        .or(one)
        .unify()
        .or(of_provider)
        .unify()
        .or(of_maker)
        .unify()
        .map(|answer: Result<Response, Error>| answer.unwrap_or_else(Response::from))
        .recover(unclaimed)
        .unify()
        .boxed()
}

/// What none of them takes, in this dialect's words.
async fn unclaimed(rejection: Rejection) -> Result<Response, Infallible> {
    let error = if rejection.is_not_found() {
        Error::unknown_url()
    } else if rejection.find::<MethodNotAllowed>().is_some() {
        Error::method()
    } else {
        Error::invalid("The request cannot be read.")
    };
    Ok(error.into())
}

/// A request, but for its body.
struct Call {
    api: Api,
    headers: HeaderMap,
    address: Option<Address>,
}

impl Call {
    async fn principal(&self) -> Result<Principal, Error> {
        // Keys come in the header alone.
        let query = Query::default();
        Ok(guard::principal(&self.api, &self.headers, &query, self.address).await?)
    }

    /// A key that may do less than its owner may still ask a chat.
    async fn limited(&self) -> Result<Principal, Error> {
        let (api, headers) = (&self.api, &self.headers);
        Ok(guard::principal_with_policies(api, headers, None, self.address).await?)
    }

    async fn read<S, B>(&self, body: S, limit: usize) -> Result<(Principal, Bytes), Error>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let who = self.limited().await?;
        let body = body::read(&self.headers, body, limit).await?;
        Ok((who, body))
    }

    /// A model's name may hold slashes, written out or not.
    async fn model(self, segments: Vec<String>) -> Result<Response, Error> {
        let who = self.limited().await?;
        let segments: Vec<_> = segments.iter().map(|part| decode_segment(part)).collect();
        models::one(&self.api, &who, &segments.join("/")).await
    }
}

fn call(api: &Api) -> impl Filter<Extract = (Call,), Error = Infallible> + Clone + use<> {
    let api = api.clone();
    warp::header::headers_cloned()
        .and(warp::ext::optional::<Address>())
        .map(move |headers, address| Call {
            api: api.clone(),
            headers,
            address,
        })
}
