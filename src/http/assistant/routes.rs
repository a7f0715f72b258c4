//! What is where in the assistant dialect.

use bytes::{Buf, Bytes};
use futures_util::Stream;
use http::HeaderMap;
use warp::{Filter, filters::BoxedFilter, reply::Response};

use super::{
    accounts, conversations,
    error::Error,
    maintenance::{self, Action},
    preferences::{self, Setting},
    search, send,
};
use crate::{
    auth::Principal,
    http::{
        Api,
        address::Address,
        body::{self, BodyError},
        guard::{self, Denied},
        method,
        query::{self, Query},
    },
};

/// The dialect's routes. All paths are exact.
#[must_use]
pub fn routes(api: &Api) -> BoxedFilter<(Response,)> {
    let get = || method::get().and(call(api));
    let post = || method::post().and(call(api));

    let chat = warp::path!("api" / "chat")
        .and(post())
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let (who, body) = call.read(body, body::WITH_IMAGES).await?;
            let full = call.full();
            send::chat(call.api, who, call.headers, body, full).await
        })
        .boxed();
    let list = warp::path!("api" / "chat" / "conversations")
        .and(get())
        .then(|call: Call| async move {
            let who = call.principal().await?;
            conversations::list(call.api, who, call.query).await
        })
        .boxed();
    let messages = warp::path!("api" / "chat" / "messages")
        .and(get())
        .then(|call: Call| async move {
            let who = call.principal().await?;
            conversations::messages(call.api, who, call.query).await
        })
        .boxed();
    let search = warp::path!("api" / "chat" / "search")
        .and(get())
        .then(|call: Call| async move {
            let who = call.principal().await?;
            search::own_messages(call.api, who, call.query).await
        })
        .boxed();
    let search_all = warp::path!("api" / "chat" / "search" / "all")
        .and(get())
        .then(|call: Call| async move {
            let who = call.principal().await?;
            search::all_messages(call.api, who, call.query).await
        })
        .boxed();
    let delete = warp::path!("api" / "chat" / "conversations" / String)
        .and(method::delete())
        .and(call(api))
        .then(|id: String, call: Call| async move {
            let who = call.principal().await?;
            let id = query::decode_segment(&id);
            maintenance::delete(call.api, who, call.headers, id).await
        })
        .boxed();
    let act = warp::path!("api" / "chat" / "conversations" / String / Action)
        .and(post())
        .and(warp::body::stream())
        .then(|id: String, action: Action, call: Call, body| async move {
            let (who, body) = match action.takes_a_body() {
                true => call.read(body, call.api.settings.max_body).await?,
                false => (call.principal().await?, Bytes::new()),
            };
            let id = query::decode_segment(&id);
            maintenance::act(call.api, who, call.headers, id, action, body).await
        })
        .boxed();
    let login = warp::path!("api" / "auth" / "login")
        .and(post())
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let body = body::read(&call.headers, body, call.api.settings.max_body).await?;
            accounts::login(call.api, body, call.address).await
        })
        .boxed();
    let register = warp::path!("api" / "auth" / "register")
        .and(post())
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let body = body::read(&call.headers, body, call.api.settings.max_body).await?;
            accounts::register(call.api, call.headers, body, call.address).await
        })
        .boxed();
    let change_password = warp::path!("api" / "auth" / "change-password")
        .and(post())
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let (who, body) = call.read(body, call.api.settings.max_body).await?;
            accounts::change_password(call.api, who, body, call.address).await
        })
        .boxed();
    let leave = warp::path!("api" / "auth" / "me")
        .and(method::delete())
        .and(call(api))
        .and(warp::body::stream())
        .then(|call: Call, body| async move {
            let (who, body) = call.read(body, call.api.settings.max_body).await?;
            accounts::leave(call.api, who, body, call.address).await
        })
        .boxed();
    let disable = warp::path!("api" / "auth" / "users" / String / "disable")
        .and(post())
        .then(|id: String, call: Call| async move {
            let who = call.principal().await?;
            accounts::let_in(call.api, who, id, false).await
        })
        .boxed();
    let enable = warp::path!("api" / "auth" / "users" / String / "enable")
        .and(post())
        .then(|id: String, call: Call| async move {
            let who = call.principal().await?;
            accounts::let_in(call.api, who, id, true).await
        })
        .boxed();
    let show = warp::path!("api" / "settings" / Setting).and(get()).then(
        |setting, call: Call| async move {
            let who = call.principal().await?;
            preferences::show(call.api, who, setting).await
        },
    );
    let choose = warp::path!("api" / "settings" / Setting)
        .and(method::put())
        .and(call(api))
        .and(warp::body::stream())
        .then(|setting, call: Call, body| async move {
            let (who, body) = call.read(body, call.api.settings.max_body).await?;
            preferences::choose(call.api, who, setting, body).await
        })
        .boxed();
    let me = warp::path!("api" / "auth" / "me")
        .and(get())
        .then(|call: Call| async move {
            let who = call.principal().await?;
            accounts::me(call.api, who).await
        })
        .boxed();
    let providers = warp::path!("api" / "providers")
        .and(get())
        .then(|call: Call| async move {
            call.principal().await?;
            preferences::providers(call.api).await
        })
        .boxed();

    let maintenance = list.or(messages).unify().or(delete).unify().or(act).unify();
    let searches = search.or(search_all).unify();
    let accounts = login
        .or(register)
        .unify()
        .or(change_password)
        .unify()
        .or(me)
        .unify()
        .or(leave)
        .unify()
        .or(disable)
        .unify()
        .or(enable)
        .unify();
    let choices = providers.or(show).unify().or(choose).unify();
    chat.or(maintenance)
        .unify()
        .or(searches)
        .unify()
        .or(accounts)
        .unify()
        .or(choices)
        .unify()
        .map(|answer: Result<Response, Error>| answer.unwrap_or_else(Response::from))
        .boxed()
}

/// `POST /api/chat/stream`, once it is known to be this dialect's.
pub(in crate::http) async fn stream(
    api: Api,
    who: Principal,
    headers: HeaderMap,
    query: &Query,
    body: Bytes,
) -> Response {
    send::chat_stream(api, who, headers, body, full(query))
        .await
        .unwrap_or_else(Response::from)
}

/// `GET /api/chat/stream`, once it is known to be this dialect's.
pub(in crate::http) async fn resume(
    api: Api,
    who: Principal,
    headers: &HeaderMap,
    query: Query,
) -> Response {
    let last = headers
        .get("last-event-id")
        .map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
    let full = full(&query);
    conversations::resume(api, who, query, last, full)
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

/// Old clients want the whole text in every frame.
fn full(query: &Query) -> bool {
    query.get("full") == Some("1")
}

/// A request, but for its body.
struct Call {
    api: Api,
    headers: HeaderMap,
    query: Query,
    address: Option<Address>,
}

impl Call {
    async fn principal(&self) -> Result<Principal, Error> {
        Ok(guard::principal(&self.api, &self.headers, &self.query, self.address).await?)
    }

    /// First who, then what: nobody unknown makes the server read a body.
    async fn read<S, B>(&self, body: S, limit: usize) -> Result<(Principal, Bytes), Error>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let who = self.principal().await?;
        Ok((who, body::read(&self.headers, body, limit).await?))
    }

    fn full(&self) -> bool {
        full(&self.query)
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
