//! A request to this dialect: who asks, with which method, and what they have sent.

use std::convert::Infallible;

use bytes::{Buf, Bytes};
use futures_util::Stream;
use http::{HeaderMap, Method, StatusCode};
use warp::{Filter, reply::Response};

use super::{
    error::Error,
    reply::{self, Casing, Printed},
    request::Fields,
};
use crate::{
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES,
        access::Rights,
        address::Address,
        body::{self, BodyError},
        guard,
        query::Query,
        restriction,
    },
    views::Freshness,
};

/// The longest body, in bytes.
const LONGEST: usize = 1 << 20;

/// A request, but for its body; nobody knows who asks.
pub(in crate::http) struct Call {
    pub(super) api: Api,
    method: Method,
    pub(super) headers: HeaderMap,
    pub(super) query: Query,
    pub(super) address: Option<Address>,
}

/// A request of somebody who is known, with its body.
pub(in crate::http) struct Admitted {
    pub(super) api: Api,
    pub(super) who: Principal,
    pub(super) rights: Rights,
    pub(super) method: Method,
    pub(in crate::http) headers: HeaderMap,
    pub(super) query: Query,
    pub(in crate::http) body: Bytes,
}

/// What every path begins with.
pub(in crate::http) fn call(
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
    pub(in crate::http) fn allow(&self, methods: &'static str) -> Result<(), Error> {
        let asked = match self.method {
            Method::HEAD => Method::GET,
            ref method => method.clone(),
        };
        let known = methods.split(", ").any(|method| asked == method);
        known.then_some(()).ok_or(Error::Method(methods))
    }

    /// First the method, then who, then what: nobody unknown makes the server read a body.
    pub(in crate::http) async fn admit<S, B>(
        self,
        body: S,
        methods: &'static str,
    ) -> Result<Admitted, Error>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        self.allow(methods)?;
        let (who, rights) = self.known().await?;
        let body = match self.method {
            Method::POST | Method::PUT | Method::PATCH => {
                may_write(&who)?;
                self.read(body).await?
            }
            _ => Bytes::new(),
        };
        Ok(self.with(who, rights, body))
    }

    /// Who asks, and what they may do.
    pub(in crate::http) async fn known(&self) -> Result<(Principal, Rights), Error> {
        let who =
            guard::principal_with_policies(&self.api, &self.headers, None, self.address).await?;
        let rights = Rights::of(&self.api, &who).await?;
        Ok((who, rights))
    }

    /// The same from somebody who is known, with its body.
    pub(in crate::http) fn with(self, who: Principal, rights: Rights, body: Bytes) -> Admitted {
        Admitted {
            api: self.api,
            who,
            rights,
            method: self.method,
            headers: self.headers,
            query: self.query,
            body,
        }
    }

    /// The body.
    pub(in crate::http) async fn read<S, B>(&self, body: S) -> Result<Bytes, BodyError>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        body::read(&self.headers, body, LONGEST).await
    }
}

/// Whoever a moderator has restricted reads, and takes back.
pub(super) fn may_write(who: &Principal) -> Result<(), Error> {
    let sentence = restriction::sentence(who);
    sentence.map_or(Ok(()), |sentence| Err(Error::restricted(sentence)))
}

impl Admitted {
    /// What the body says by these names.
    pub(super) fn fields(&self, names: &[&str]) -> Result<Fields, Error> {
        Fields::read(&self.headers, &self.body, names)
    }

    /// A parameter of the query, in either casing.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let in_camel = super::request::camel(name);
        self.query.get(name).or_else(|| self.query.get(&in_camel))
    }

    /// How names are to be written.
    pub(super) fn casing(&self, fields: Option<&Fields>) -> Casing {
        let in_body = fields.is_some_and(|fields| fields.camel);
        casing(&self.headers, in_body || self.who.scope.camel)
    }

    /// Waits for `?min_position=`, so that a reader sees what it was told is written.
    pub(super) async fn caught_up(&self) -> Result<Freshness, Error> {
        let Some(written) = self.query.get("min_position") else {
            return Ok(Freshness::Fresh);
        };
        let position = written
            .parse()
            .map_err(|_| Error::invalid("min_position must be a position of this server"))?;
        Ok(self.api.views.wait_for(position, READ_YOUR_WRITES).await)
    }

    /// Waits until what was written at `position` is seen.
    pub(super) async fn written(&self, position: u64) -> Freshness {
        self.api.views.wait_for(position, READ_YOUR_WRITES).await
    }

    /// Prints one thing.
    pub(super) fn show(
        &self,
        status: StatusCode,
        thing: &impl Printed,
        casing: Casing,
        fresh: Freshness,
    ) -> Response {
        let value = thing.print().print(casing);
        reply::json(&self.api, status, &value, 0, fresh)
    }
}

/// As the header says; where it says nothing, `otherwise`.
pub(super) fn casing(headers: &HeaderMap, otherwise: bool) -> Casing {
    let wanted = headers.get("key-case").map(http::HeaderValue::as_bytes);
    match (wanted, otherwise) {
        (Some(b"camel"), _) => Casing::Camel,
        (Some(b"snake"), _) | (_, false) => Casing::Snake,
        (_, true) => Casing::Camel,
    }
}
