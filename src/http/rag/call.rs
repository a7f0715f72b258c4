//! A request to this dialect: who asks, with which method, and what they have sent.

use std::convert::Infallible;

use bytes::{Buf, Bytes};
use futures_util::Stream;
use http::{HeaderMap, Method};
use warp::Filter;

use super::error::Error;
use crate::{
    actors::CommandRecord,
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES,
        address::Address,
        body, guard,
        idempotency::{self, Named},
        query::Query,
        restriction,
    },
    views::Freshness,
};

/// A request, but for its body; nobody knows who asks.
pub(in crate::http) struct Call {
    pub(super) api: Api,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) query: Query,
    address: Option<Address>,
}

/// A request of somebody who is known, with its body.
pub(super) struct Admitted {
    pub(super) api: Api,
    pub(super) who: Principal,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) query: Query,
    pub(super) body: Bytes,
}

/// What every path begins with.
pub(super) fn call(
    api: &Api,
) -> impl Filter<Extract = (Call,), Error = Infallible> + Clone + use<> {
    let api = api.clone();
    let raw_query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::method()
        .and(warp::header::headers_cloned())
        .and(raw_query)
        .and(warp::ext::optional::<Address>())
        .map(move |method, headers, raw: String, address| Call {
            api: api.clone(),
            method,
            headers,
            query: Query::parse(&raw),
            address,
        })
}

impl Call {
    /// Refuses what is none of `methods` (as `GET, POST`). `HEAD` is a `GET` whose body nobody sees.
    pub(super) fn allow(&self, methods: &'static str) -> Result<(), Error> {
        let asked = match self.method {
            Method::HEAD => Method::GET,
            ref method => method.clone(),
        };
        let known = methods.split(", ").any(|method| asked == method);
        known.then_some(()).ok_or(Error::method(methods))
    }

    /// First the method, then who, then what: nobody unknown makes the server read a body.
    pub(super) async fn admit<S, B>(self, body: S, methods: &'static str) -> Result<Admitted, Error>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        self.allow(methods)?;
        let who = guard::principal(&self.api, &self.headers, &self.query, self.address).await?;
        let body = match self.method {
            Method::POST | Method::PATCH => {
                if let Some(sentence) = restriction::sentence(&who) {
                    return Err(Error::forbidden(sentence));
                }
                let longest = self.api.settings.max_body;
                body::read(&self.headers, body, longest).await?
            }
            _ => Bytes::new(),
        };
        Ok(Admitted {
            api: self.api,
            who,
            method: self.method,
            headers: self.headers,
            query: self.query,
            body,
        })
    }
}

impl Admitted {
    /// The request's name, if it has one, and what it did under that before; another request may not have had it.
    pub(super) async fn named(
        &self,
        route: &str,
    ) -> Result<(Option<Named>, Option<CommandRecord>), Error> {
        let (api, user) = (&self.api, self.who.user);
        let named = idempotency::named(api, &self.headers, user, route, &self.body)?;
        let known = idempotency::known::<Error>(api, named.as_ref()).await?;
        Ok((named, known))
    }

    /// Waits for `?min_position=`, so that a reader sees what it was told is written.
    pub(super) async fn caught_up(&self) -> Result<Freshness, Error> {
        let Some(written) = self.query.get("min_position") else {
            return Ok(Freshness::Fresh);
        };
        let position = written
            .parse()
            .map_err(|_| Error::bad("min_position must be a position of this server"))?;
        Ok(self.api.views.wait_for(position, READ_YOUR_WRITES).await)
    }

    /// Waits until what was written at `position` is seen.
    pub(super) async fn written(&self, position: u64) -> Freshness {
        self.api.views.wait_for(position, READ_YOUR_WRITES).await
    }
}
