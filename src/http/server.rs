//! The accept loop: one task a connection, bounded in number, header size and patience.
//!
//! Our own loop instead of warp's, because a client that stops reading must be dropped: its stream holds
//! nothing but two offsets, but its connection would stay for ever.

use std::{borrow::Cow, convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use ipnet::IpNet;
use opentelemetry::global;
use opentelemetry_http::HeaderExtractor;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_io_timeout::TimeoutStream;
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;
use warp::{filters::BoxedFilter, reply::Response};

use super::{
    FinalSlash,
    address::Address,
    cors::{ForeignPage, Origins},
    linger::Lingering,
    method::Allowed,
    places::{self, Placed, Places},
    tls::Tls,
};
use crate::shutdown::Shutdown;

/// How long a client may take to send its headers.
const HEADER_TIME: Duration = Duration::from_secs(30);
/// The most bytes of headers.
const HEADER_BYTES: usize = 64 * 1024;
/// Connections beside those of requests that are under way: idle ones, and those that ask how the server is. Further
/// ones wait to be accepted.
const IDLE: usize = 1024;
/// Where a path goes on with a name that its client has chosen; the first that fits counts.
const NAMED: [&str; 4] = [
    "/api/chat/conversations/",
    "/api/v1/chat/history/",
    "/api/v1/chat/",
    "/api/v1/session/",
];
/// What is no such name.
const WORDS: [&str; 2] = ["completions", "history"];
/// The request's name in logs and answers.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What bounds a client.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests at once, each until its answer has ended; further ones are refused.
    pub requests: usize,
    /// How long a client may refuse to take bytes before it is dropped.
    pub write_timeout: Duration,
}

/// Who is between the server and its clients.
#[derive(Clone, Default)]
pub struct Neighbours {
    /// Proxies whose word is believed about where a request comes from.
    pub proxies: Vec<IpNet>,
    /// Origins whose pages may ask; `*` is all.
    pub origins: Vec<HeaderValue>,
    /// Where no proxy does TLS.
    pub tls: Option<Tls>,
}

/// What every connection needs.
struct Door {
    routes: BoxedFilter<(Response,)>,
    limits: Limits,
    places: Places,
    proxies: Vec<IpNet>,
    origins: Origins,
    tls: Option<Tls>,
    shutdown: Shutdown,
}

/// Serves until shutdown begins, then lets requests that are under way end.
pub async fn serve(
    listener: TcpListener,
    routes: BoxedFilter<(Response,)>,
    limits: Limits,
    neighbours: Neighbours,
    shutdown: Shutdown,
) {
    let door = Arc::new(Door {
        routes,
        limits,
        places: Places::new(limits.requests),
        proxies: neighbours.proxies,
        origins: Origins(neighbours.origins),
        tls: neighbours.tls,
        shutdown: shutdown.clone(),
    });
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(limits.requests + IDLE));
    loop {
        let counted = tokio::select! {
            () = shutdown.token().cancelled() => break,
            counted = Arc::clone(&connections).acquire_owned() => counted,
        };
        let (stream, peer) = tokio::select! {
            () = shutdown.token().cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, usually: others must end first.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let connection = connection(stream, peer, Arc::clone(&door), graceful.watcher());
        shutdown.spawn(async move {
            connection.await;
            drop(counted);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

async fn connection(stream: TcpStream, peer: SocketAddr, door: Arc<Door>, watcher: Watcher) {
    // Deltas are small and must not wait for the acknowledgement of the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(door.limits.write_timeout));
    let stream = Box::pin(stream);
    let Some(tls) = &door.tls else {
        return requests(stream, peer, door, watcher).await;
    };
    let greeting = tokio::time::timeout(HEADER_TIME, tls.acceptor().accept(stream));
    let greeted = tokio::select! {
        () = door.shutdown.token().cancelled() => return,
        greeted = greeting => greeted,
    };
    match greeted {
        // In a box of its own: who comes in clear has no room to spare for it.
        Ok(Ok(stream)) => Box::pin(requests(stream, peer, door, watcher)).await,
        Ok(Err(error)) => tracing::debug!(%error, "a client could not be greeted"),
        Err(_) => tracing::debug!("a client was silent instead of greeting"),
    }
}

/// Answers what comes on a connection until it ends.
fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    door: Arc<Door>,
    watcher: Watcher,
) -> impl Future<Output = ()> + Send {
    let filtered = warp::service(door.routes.clone());
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut filtered = filtered.clone();
        let (head, body) = request.into_parts();
        let body = Lingering::new(&head.headers, body, &door.shutdown);
        let door = Arc::clone(&door);
        let request = http::Request::from_parts(head, body);
        async move {
            let place = door.places.take(request.uri().path());
            let response = answer(&mut filtered, request, peer, &door, place.is_some()).await;
            Ok::<_, Infallible>(response.map(|body| Placed::new(body, place)))
        }
    });
    // HTTP/1 alone: proxies speak it to what is behind them, a stream costs half as much memory as with
    // looking for HTTP/2 first, and a client's window cannot hold an answer back unseen.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let connection = watcher.watch(connection);
    async move {
        if let Err(error) = connection.await {
            tracing::debug!(%peer, %error, "a connection ended badly");
        }
    }
}

/// Names the request, logs how it ended (never what it said) and answers, where there is a place for it.
async fn answer<S>(
    service: &mut S,
    mut request: http::Request<Lingering>,
    peer: SocketAddr,
    door: &Door,
    has_place: bool,
) -> Response
where
    S: tower_service::Service<http::Request<Lingering>, Response = Response, Error = Infallible>,
{
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|id| !id.is_empty() && id.len() <= 64)
        .cloned()
        .unwrap_or_else(|| {
            HeaderValue::from_str(&Uuid::now_v7().simple().to_string())
                .unwrap_or_else(|_| HeaderValue::from_static("none"))
        });
    let span = span_of(&request, &id);
    let allowed = Allowed::default();
    let address = Address::of(peer, request.headers(), &door.proxies);
    request.extensions_mut().insert(address);
    request.extensions_mut().insert(allowed.clone());
    if request.uri().path_and_query().is_none() {
        // `CONNECT host:port` is for proxies. There is nothing here by that name, and warp's filters panic without a path.
        *request.uri_mut() = http::Uri::from_static("/");
    }
    if request.uri().path().len() > 1 && request.uri().path().ends_with('/') {
        request.extensions_mut().insert(FinalSlash);
    }
    let began = tokio::time::Instant::now();
    let path = request.uri().path();
    let admitted = door.origins.admitted(path, request.headers());
    let preflight = door
        .origins
        .preflight(request.method(), path, request.headers());
    if admitted.is_none() && request.headers().contains_key(header::ORIGIN) {
        request.extensions_mut().insert(ForeignPage);
    }
    let called = async {
        match preflight {
            Some(response) => Ok(response),
            None if !has_place => Ok(places::full(request.uri().path())),
            None => service.call(request).await,
        }
    };
    let mut response = async {
        let response = called.await.unwrap_or_else(|never| match never {});
        tracing::Span::current().record("http.response.status_code", response.status().as_u16());
        tracing::debug!(
            status = response.status().as_u16(),
            seconds = began.elapsed().as_secs_f64(),
            "answered"
        );
        response
    }
    .instrument(span)
    .await;
    metrics::histogram!("colloquy_http_seconds", "status" => class(response.status()))
        .record(began.elapsed().as_secs_f64());
    allowed.tell(&mut response);
    door.origins.tell(admitted, &mut response);
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The request in logs and traces; it goes on with a trace that its client began (`traceparent`).
fn span_of<B>(request: &http::Request<B>, id: &HeaderValue) -> tracing::Span {
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or("?"),
        method = %request.method(),
        path = %told(request.uri().path()),
        otel.kind = "server",
        http.response.status_code = tracing::field::Empty,
    );
    let parent = global::get_text_map_propagator(|propagator| {
        propagator.extract(&HeaderExtractor(request.headers()))
    });
    // Nobody traces, then.
    let _ = span.set_parent(parent);
    span
}

/// A path without what clients call their conversations and sessions: that is content.
fn told(path: &str) -> Cow<'_, str> {
    let named = NAMED.iter().find_map(|place| {
        let rest = path.strip_prefix(place)?;
        Some((place, rest))
    });
    match named {
        Some((place, rest)) if !WORDS.contains(&rest) => {
            let below = rest.find('/').map_or("", |end| &rest[end..]);
            Cow::Owned(format!("{place}…{below}"))
        }
        _ => Cow::Borrowed(path),
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_call_a_conversation_is_not_told() {
        for (path, expected) in [
            (
                "/api/chat/conversations/me:web:1/truncate",
                "/api/chat/conversations/…/truncate",
            ),
            ("/api/chat/conversations", "/api/chat/conversations"),
            ("/api/v1/chat/history/sess_1", "/api/v1/chat/history/…"),
            ("/api/v1/chat/sess_1", "/api/v1/chat/…"),
            ("/api/v1/chat/completions", "/api/v1/chat/completions"),
            ("/api/v1/session/sess_1", "/api/v1/session/…"),
            ("/api/v1/chats/sess_1", "/api/v1/chats/sess_1"),
            ("/livez", "/livez"),
        ] {
            assert_eq!(told(path), expected);
        }
    }
}
