//! The edge: dialects on one core, each answering in its own API's bytes.
//!
//! Every dialect has the same files: `routes` (what is where), `request` (bytes to a command), `reply`
//! (rows to bytes), `stream` (a running reply to frames) and `error` (the one table from refusals to
//! statuses). A warp rejection only means "ask the next filter"; everything a client can do wrong is
//! answered as a value by the dialect that owns the path.

mod access;
mod address;
mod answer_id;
mod asked;
pub mod assistant;
pub mod audit;
mod body;
mod chat_stream;
pub mod chats;
mod completion;
mod cors;
mod docs;
pub mod endpoint;
mod follow;
mod guard;
mod idempotency;
mod last_admin;
mod linger;
pub mod mcp;
mod method;
mod ndjson;
pub mod openai;
pub mod openapi;
pub mod ops;
mod places;
mod query;
mod quota;
pub mod rag;
mod rates;
mod registration;
mod restriction;
pub mod review;
mod server;
mod sse;
pub mod threads;
mod tls;
mod turn_policy;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use aggregates::{ThreadId, reading::Looked, thread::ThreadCommand};
use tokio_util::sync::CancellationToken;
use warp::{
    Filter, Reply,
    filters::{BoxedFilter, path::FullPath},
    http::StatusCode,
    reply::Response,
};

pub use access::ReadPolicies;
pub use rates::Rates;
pub use server::{Limits, Neighbours, serve};
pub use tls::{Tls, TlsError};

use crate::{
    actors::{
        Accounts, Cases, CommandError, Configuration, Directory, Done, Holds, Ingests, Origin,
        RagSessions, Records,
    },
    audit::{Trail, export::Archives},
    auth::{Auth, Principal},
    config::{Bootstrap, Networks, StatelessAccess},
    images::Images,
    views::Views,
};

/// How long a write waits for the views to show it before it answers anyway, marked stale.
pub const READ_YOUR_WRITES: Duration = Duration::from_secs(2);

/// How long a request waits for the log. What it wanted may still happen afterwards, once: a client that
/// must know repeats the request under the same `Idempotency-Key`.
const PATIENCE: Duration = Duration::from_secs(10);

/// What handlers work with; built once.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

/// See [`Api`].
pub struct Inner {
    /// Conversations.
    pub directory: Directory,
    /// What people see.
    pub views: Views,
    /// Tokens, passwords and fingerprints.
    pub auth: Auth,
    /// Where accounts are changed.
    pub accounts: Accounts,
    /// How often somebody may ask.
    pub rates: Rates,
    /// Where sessions and readings are kept.
    pub records: Records,
    /// Where legal holds are laid and released.
    pub holds: Holds,
    /// Where moderators' cases are changed.
    pub cases: Cases,
    /// Where what is configured is changed.
    pub configuration: Configuration,
    /// Where sessions of questions are changed.
    pub rag_sessions: RagSessions,
    /// Where documents are taken in.
    pub ingests: Ingests,
    /// Policies that were read.
    pub policies: ReadPolicies,
    /// The record, for auditors.
    pub trail: Trail,
    /// Where parts of it are exported.
    pub archives: Archives,
    /// Makes images what models are shown.
    pub images: Images,
    /// What the operator chose.
    pub settings: Settings,
    /// Cancelled when no more requests are taken: what would go on for ever ends.
    pub ending: CancellationToken,
}

/// What the operator chose for the edge.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What happens to a send while a reply is running, unless the request says otherwise.
    pub turn_policy: aggregates::thread::TurnPolicy,
    /// People may make accounts for themselves.
    pub registration: bool,
    /// Who may make the first account.
    pub bootstrap: Bootstrap,
    /// Where providers may be that people have set up.
    pub ai_provider_networks: Networks,
    /// Where webhooks may be told.
    pub webhook_networks: Networks,
    /// Who may ask such a provider without a chat.
    pub stateless_access: StatelessAccess,
    /// Archived threads refuse sends.
    pub archived_is_readonly: bool,
    /// What moderation says of a message is shown to everybody, not to staff and support alone.
    pub moderation_for_everyone: bool,
    /// Tokens that a user may use where nobody has set other limits.
    pub quotas: Quotas,
    /// For how many days the server keeps content; nothing: for ever.
    pub retention_days: Option<u32>,
    /// The longest body, in bytes, on routes that name no limit of their own.
    pub max_body: usize,
}

/// Tokens for each user; -1: no limit.
#[derive(Clone, Copy, Debug)]
pub struct Quotas {
    /// In a day.
    pub daily: i64,
    /// In a week.
    pub weekly: i64,
    /// In a month.
    pub monthly: i64,
}

impl Api {
    /// Puts the parts together.
    #[must_use]
    pub fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl Api {
    /// Carries out a command, or says in time that its outcome is not known yet.
    async fn execute(
        &self,
        thread: ThreadId,
        command: ThreadCommand,
        origin: Origin,
    ) -> Result<Done, CommandError> {
        let outcome = self.directory.execute(thread, command, origin);
        tokio::time::timeout(PATIENCE, outcome)
            .await
            .unwrap_or(Err(CommandError::Unavailable))
    }

    /// Notes that this one is about to be shown what others wrote in these threads (thread and owner). Without
    /// the note nothing may be shown.
    async fn note_reading<'a>(
        &self,
        who: &Principal,
        what: Looked,
        threads: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), CommandError> {
        let me = who.user.to_string();
        let foreign: BTreeSet<ThreadId> = threads
            .into_iter()
            .filter(|(_, owner)| *owner != me)
            .filter_map(|(thread, _)| thread.parse().ok())
            .collect();
        let foreign: Vec<ThreadId> = foreign.into_iter().collect();
        self.records
            .note_reading(who.user, what, &foreign, None)
            .await
    }
}

impl std::ops::Deref for Api {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// Every route of the server.
#[must_use]
pub fn routes(api: &Api, ops: &ops::Ops) -> BoxedFilter<(Response,)> {
    let read = ops::routes(ops).or(docs::routes()).unify();
    let without = without_final_slash().and(
        read.or(assistant::routes(api))
            .unify()
            .or(below(&["/api/audit/"], audit::routes(api)))
            .unify()
            .or(mcp::routes(api))
            .unify(),
    );
    chat_stream::routes(api)
        .or(below(&["/api/chat-"], threads::routes(api)))
        .unify()
        .or(below(&["/api/v1/"], rag::routes(api)))
        .unify()
        .or(below(&["/api/v1/", "/health"], chats::routes(api)))
        .unify()
        .or(below(
            &["/api/moderation/", "/api/chat-messages/"],
            review::routes(api),
        ))
        .unify()
        .or(below(&["/v1/"], openai::routes(api)))
        .unify()
        .or(without)
        .unify()
        .recover(unclaimed)
        .unify()
        .boxed()
}

/// A dialect's routes, tried for paths alone that begin in one of these ways: to try a hundred that do not fit costs a
/// good part of an answer.
fn below(
    beginnings: &'static [&'static str],
    routes: BoxedFilter<(Response,)>,
) -> BoxedFilter<(Response,)> {
    warp::path::full()
        .and_then(move |path: FullPath| {
            let fits = |beginning: &&str| path.as_str().starts_with(beginning);
            std::future::ready(match beginnings.iter().any(fits) {
                true => Ok(()),
                false => Err(warp::reject::not_found()),
            })
        })
        .untuple_one()
        .and(routes)
        .boxed()
}

/// A mark of requests whose path has a slash at its end.
#[derive(Clone, Copy)]
struct FinalSlash;

/// A path with a slash at its end is another one than that without; warp would take them for the same.
fn without_final_slash() -> impl Filter<Extract = (), Error = warp::Rejection> + Copy {
    warp::ext::optional::<FinalSlash>()
        .and_then(async |slash: Option<FinalSlash>| match slash {
            Some(FinalSlash) => Err(warp::reject::not_found()),
            None => Ok(()),
        })
        .untuple_one()
}

/// What no dialect claimed: an unknown path or method, in the shape most of them share.
async fn unclaimed(rejection: warp::Rejection) -> Result<Response, std::convert::Infallible> {
    let (status, detail) = if rejection.is_not_found() {
        (StatusCode::NOT_FOUND, "Not Found")
    } else if rejection.find::<warp::reject::MethodNotAllowed>().is_some() {
        (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
    } else {
        (StatusCode::BAD_REQUEST, "Bad Request")
    };
    Ok(plain(status, detail))
}

/// A status and a sentence.
fn plain(status: StatusCode, detail: &str) -> Response {
    let body = warp::reply::json(&serde_json::json!({ "detail": detail }));
    warp::reply::with_status(body, status).into_response()
}
