//! What is where in the threads dialect. Every path is served with and without a slash at its end, and first of
//! all wants to know who asks; then whether it takes the method.

use aggregates::ThreadId;
use bytes::{Buf, Bytes};
use futures_util::Stream;
use http::{HeaderMap, Method};
use uuid::Uuid;
use warp::{Filter, filters::BoxedFilter, path::FullPath, reply::Response};

use super::{
    error::Error,
    lists,
    maintenance::{self, Action},
    messages,
    params::Params,
    quotas,
    request::{self, BodyFields, Refused},
    send, sessions,
};
use crate::{
    auth::Principal,
    http::{
        Api,
        address::Address,
        body::{self, BodyError},
        guard::{self, Denied},
        query::{Query, decode_segment},
    },
};

/// The dialect's routes, but for the shared `/api/chat/stream/`. All paths are exact.
#[must_use]
pub fn routes(api: &Api) -> BoxedFilter<(Response,)> {
    let session_list = warp::path!("api" / "chat-sessions")
        .and(call(api))
        .then(|call: Call| async move {
            let who = call.get().await?;
            sessions::list(call.api, who, &call.headers, &call.path, &call.params).await
        })
        .boxed();
    let current = warp::path!("api" / "chat-sessions" / "current")
        .and(call(api))
        .then(|call: Call| async move {
            let who = call.get().await?;
            sessions::current(call.api, who, &call.params).await
        })
        .boxed();
    let session = warp::path!("api" / "chat-sessions" / String)
        .and(call(api))
        .then(|id: String, call: Call| async move {
            let who = call.get().await?;
            sessions::one(call.api, who, uuid(&id), &call.params).await
        })
        .boxed();
    let thread_list = warp::path!("api" / "chat-threads")
        .and(call(api))
        .then(|call: Call| async move {
            let who = call.get().await?;
            lists::list(call.api, who, &call.headers, &call.path, &call.params).await
        })
        .boxed();
    let thread = warp::path!("api" / "chat-threads" / String)
        .and(call(api))
        .and(warp::body::stream())
        .then(|id: String, call: Call, body| async move {
            let who = call
                .principal("GET, PATCH", &[Method::GET, Method::PATCH])
                .await?;
            let id = uuid(&id).map(ThreadId);
            if call.method != Method::PATCH {
                return lists::one(call.api, who, id, &call.params).await;
            }
            let fields = call.fields(body).await?;
            maintenance::rename(call.api, who, id, &fields, &call.params).await
        })
        .boxed();
    let act = warp::path!("api" / "chat-threads" / String / Action)
        .and(call(api))
        .then(|id: String, action: Action, call: Call| act(call, id, action))
        .boxed();
    let message_list = warp::path!("api" / "chat-messages")
        .and(call(api))
        .then(|call: Call| async move {
            let who = call.get().await?;
            messages::list(call.api, who, &call.headers, &call.path, &call.params).await
        })
        .boxed();

    let usage = warp::path!("api" / "chat-quota" / "usage")
        .and(call(api))
        .then(|call: Call| async move {
            let who = call.get().await?;
            quotas::usage(call.api, who, &call.params).await
        })
        .boxed();
    let set_quota = warp::path!("api" / "chat-quota" / "set_quota")
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let who = call.principal("POST", &[Method::POST]).await?;
            let fields = call.fields(body).await?;
            quotas::set(call.api, who, &call.headers, &fields).await
        })
        .boxed();

    let of_sessions = session_list.or(current).unify().or(session).unify();
    let of_threads = thread_list.or(thread).unify().or(act).unify();
    of_sessions
        .or(of_threads)
        .unify()
        .or(message_list)
        .unify()
        .or(usage)
        .unify()
        .or(set_quota)
        .unify()
        .map(|answer: Result<Response, Error>| answer.unwrap_or_else(Response::from))
        .boxed()
}

async fn act(call: Call, id: String, action: Action) -> Result<Response, Error> {
    let who = call.principal("POST", &[Method::POST]).await?;
    let id = uuid(&id).map(ThreadId);
    maintenance::act(call.api, who, &call.headers, id, action).await
}

/// `POST /api/chat/stream/`, once it is known to be this dialect's.
pub(in crate::http) async fn stream(
    api: Api,
    who: Principal,
    headers: HeaderMap,
    fields: Result<BodyFields, Refused>,
    body: &Bytes,
) -> Response {
    send::send(api, who, headers, fields, body)
        .await
        .unwrap_or_else(Response::from)
}

/// `GET /api/chat/stream/`, once it is known to be this dialect's.
pub(in crate::http) async fn resume(
    api: Api,
    who: Principal,
    method: Method,
    query: Query,
) -> Response {
    send::resume(api, who, method, query)
        .await
        .unwrap_or_else(Response::from)
}

/// This dialect's words for somebody whom nobody knows.
pub(in crate::http) fn refuse_stranger(denied: Denied) -> Response {
    Error::from(denied).into()
}

/// This dialect's words for a body that could not be had.
pub(in crate::http) fn refuse_body(error: BodyError) -> Response {
    Error::from(error).into()
}

/// An id in a path; what is none is nobody's.
pub(in crate::http) fn uuid(segment: &str) -> Option<Uuid> {
    Uuid::try_parse(&decode_segment(segment)).ok()
}

/// A request, but for its body.
pub(in crate::http) struct Call {
    pub(in crate::http) api: Api,
    method: Method,
    pub(in crate::http) headers: HeaderMap,
    address: Option<Address>,
    path: String,
    pub(in crate::http) params: Params,
}

impl Call {
    /// Who asks, on a path that is only read.
    pub(in crate::http) async fn get(&self) -> Result<Principal, Error> {
        self.principal("GET", &[Method::GET]).await
    }

    /// Who asks, on a path that takes these methods. `HEAD` is a `GET` whose body nobody sees.
    pub(in crate::http) async fn principal(
        &self,
        names: &'static str,
        methods: &[Method],
    ) -> Result<Principal, Error> {
        let who = guard::principal_of_token(&self.api, &self.headers, None, self.address).await?;
        let head = self.method == Method::HEAD && methods.contains(&Method::GET);
        match head || methods.contains(&self.method) {
            true => Ok(who),
            false => Err(Error::Method(self.method.clone(), names)),
        }
    }

    pub(in crate::http) async fn fields<S, B>(&self, body: S) -> Result<BodyFields, Error>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let body = body::read(&self.headers, body, self.api.settings.max_body).await?;
        let fields = request::fields(&self.headers, body).await;
        fields.map_err(|Refused(error)| error)
    }
}

pub(in crate::http) fn call(
    api: &Api,
) -> impl Filter<Extract = (Call,), Error = std::convert::Infallible> + Clone + use<> {
    let api = api.clone();
    let raw_query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::method()
        .and(warp::path::full())
        .and(warp::header::headers_cloned())
        .and(raw_query)
        .and(warp::ext::optional::<Address>())
        .map(
            move |method, path: FullPath, headers, raw: String, address| Call {
                api: api.clone(),
                method,
                headers,
                address,
                path: path.as_str().to_owned(),
                params: Params::parse(&raw),
            },
        )
}
