//! `POST /api/chat/stream/`: a message in, an edit or a reload, and the reply as it is written.

use aggregates::{
    MessageId, ThreadId, TurnId,
    thread::{
        Dialect, Opening, Refusal, Route, SendMessage, ThreadCommand, TurnOptions, TurnPolicy,
    },
};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use uuid::Uuid;
use warp::reply::Response;

use super::{
    access::{self, is_own},
    error::Error,
    misdirected, quotas,
    request::{BodyFields, Mode, Refused, Send},
    sessions, stream,
};
use crate::{
    actors::{CommandError, Done},
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES,
        asked::asked_by,
        follow::{Cursor, Follower},
        idempotency::{self, Named},
        query::Query,
        turn_policy,
    },
    views::{Author, ThreadRow, TranscriptRow},
};

/// The server's own choice of a provider.
const DEFAULT: &str = "default";
/// The route's name for `Idempotency-Key`.
const ROUTE: &str = "POST /api/chat/stream/";

/// The ids of what a request makes. A request that has a name of its own always makes the same ones.
#[derive(Clone, Copy, Debug)]
struct Ids {
    thread: ThreadId,
    message: MessageId,
    turn: TurnId,
}

impl Ids {
    fn of(named: Option<&Named>, thread: Option<ThreadId>) -> Self {
        let id = |what| idempotency::id(named, what);
        Self {
            thread: thread.unwrap_or_else(|| ThreadId(id("thread"))),
            message: MessageId(id("message")),
            turn: TurnId(id("turn")),
        }
    }
}

/// Says something, or says or answers the last thing again.
pub(super) async fn send(
    api: Api,
    who: Principal,
    headers: HeaderMap,
    fields: Result<BodyFields, Refused>,
    body: &Bytes,
) -> Result<Response, Error> {
    let named = idempotency::named(&api, &headers, who.user, ROUTE, body)?;
    let named = named.as_ref();
    // What was done is told again, whatever would be said to such a request by now.
    let (request, ids, done) = match idempotency::recall::<Error>(&api, named).await? {
        Some(done) => {
            let request = read(fields)?;
            let ids = Ids::of(named, request.thread);
            // It may have been hidden since.
            access::thread(&api, &who, ids.thread)
                .await?
                .ok_or_else(Error::no_thread)?;
            (request, ids, done)
        }
        None => {
            let no_provider = "No AI provider is configured.";
            let route = api.directory.route(DEFAULT);
            let route = route.ok_or_else(|| Error::detail(StatusCode::CONFLICT, no_provider))?;
            let request = read(fields)?;
            let policy = policy(&api, &headers)?;
            quotas::check(&api, &who).await?;
            let ids = Ids::of(named, request.thread);
            match make(&api, &who, &request, &route, ids, policy, named).await {
                Ok(done) => (request, ids, done),
                Err(error) => {
                    if let Some(told) = error.of_target() {
                        misdirected::note(&api, &who, &request, route, named, told).await?;
                    }
                    return Err(error);
                }
            }
        }
    };
    let start = Cursor {
        turn: ids.turn,
        text: 0,
        reasoning: 0,
    };
    let (message, ..) = done
        .asked()
        .ok_or_else(|| Error::broken("a key of a send was used for something else"))?;
    let follower = Follower::start_asked(&api, ids.thread, message, done.position, start)
        .await?
        .ok_or_else(Error::no_thread)?;
    let asked = match request.mode {
        Mode::Reload => None,
        Mode::Send | Mode::Edit(_) => Some(ids.message),
    };
    let told = stream::Told {
        asked,
        warning: done.warning().map(str::to_owned),
        after: 0,
    };
    Ok(stream::response(ids.thread, follower, told))
}

fn read(fields: Result<BodyFields, Refused>) -> Result<Send, Error> {
    Send::read(&fields.map_err(|Refused(error)| error)?)
}

/// Makes it durable, exactly once.
async fn make(
    api: &Api,
    who: &Principal,
    request: &Send,
    route: &Route,
    ids: Ids,
    policy: TurnPolicy,
    named: Option<&Named>,
) -> Result<Done, Error> {
    check_target(api, who, request).await?;
    if request.thread.is_none() {
        sessions::open(api, who.user).await?;
    }
    let command = command(api, who, request, route.clone(), ids, policy);
    let origin = idempotency::origin(named, who.user);
    match api.execute(ids.thread, command, origin).await {
        Ok(done) if done.replayed.is_none() => Ok(done),
        // Its twin was faster, and its effect may be what the rules object to.
        outcome => match idempotency::recall::<Error>(api, named).await? {
            Some(done) => Ok(done),
            None => outcome.map_err(refused),
        },
    }
}

/// What a thread's rules say no to, in the words of this path.
fn refused(error: CommandError) -> Error {
    match error {
        CommandError::Refused(Refusal::NotOpen | Refusal::Hidden) => no_thread(),
        CommandError::Refused(Refusal::ReplyRunning) => {
            Error::detail(StatusCode::CONFLICT, "A reply is being generated.")
        }
        error => error.into(),
    }
}

fn no_thread() -> Error {
    Error::not_found("Thread not found.")
}

fn no_message() -> Error {
    Error::not_found("Message not found.")
}

/// The thread is one's own, and a message to be edited is a user's and in it.
async fn check_target(api: &Api, who: &Principal, request: &Send) -> Result<(), Error> {
    let Some(thread) = request.thread else {
        return Ok(());
    };
    let row = own(api, who, thread).await?;
    if row.is_archived && api.settings.archived_is_readonly {
        return Err(Refusal::Archived.into());
    }
    let Mode::Edit(target) = request.mode else {
        return Ok(());
    };
    let row = match api.views.message(target.0).await? {
        None => {
            let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
            api.views.message(target.0).await?
        }
        row => row,
    };
    match row.filter(|row| row.thread == thread.to_string()) {
        None => Err(no_message()),
        Some(TranscriptRow {
            role: Author::Assistant,
            ..
        }) => Err(Error::Bare("Can only edit user messages.")),
        Some(_) => Ok(()),
    }
}

async fn own(api: &Api, who: &Principal, thread: ThreadId) -> Result<ThreadRow, Error> {
    let row = access::recent(api, thread).await?;
    row.filter(|row| is_own(row, who.user))
        .ok_or_else(no_thread)
}

fn command(
    api: &Api,
    who: &Principal,
    request: &Send,
    route: Route,
    ids: Ids,
    policy: TurnPolicy,
) -> ThreadCommand {
    let options = TurnOptions::default();
    let context = api.directory.context_rule(&route, &options);
    let opening = request.thread.is_none().then_some(Opening {
        owner: who.user,
        dialect: Dialect::Threads,
        reference: None,
        channel: None,
        name: None,
    });
    let send = |route, context| SendMessage {
        opening,
        message: ids.message,
        turn: ids.turn,
        text: request.input.clone(),
        judged: None,
        attachments: vec![],
        context,
        route,
        options: options.clone(),
        policy,
        archived_is_readonly: api.settings.archived_is_readonly,
    };
    match request.mode {
        Mode::Send => ThreadCommand::Send(send(route, context)),
        Mode::Edit(target) => ThreadCommand::Edit {
            target,
            send: send(route, context),
        },
        Mode::Reload => ThreadCommand::Reload {
            turn: ids.turn,
            route,
            options,
            context,
            said: Some(request.input.clone()),
            judged: None,
        },
    }
}

/// What happens when a reply is running: the request's `Turn-Policy`, else the server's setting.
fn policy(api: &Api, headers: &HeaderMap) -> Result<TurnPolicy, Error> {
    turn_policy::of(api, headers).ok_or_else(|| {
        Error::detail(
            StatusCode::BAD_REQUEST,
            "Turn-Policy must be queue, reject or interrupt.",
        )
    })
}

/// `GET /api/chat/stream/?thread_uuid=…`: follows the running reply, or goes on exactly where a stream broke off.
pub(super) async fn resume(
    api: Api,
    who: Principal,
    method: Method,
    query: Query,
) -> Result<Response, Error> {
    let asked = query.get("thread_uuid").map(str::trim);
    let thread = match asked {
        Some(written) if method == Method::GET => Uuid::try_parse(written)
            .map_err(|_| Error::field("thread_uuid", "Must be a valid UUID."))?,
        _ => return Err(Error::Method(method, "POST, GET")),
    };
    let thread = ThreadId(thread);
    own(&api, &who, thread).await?;
    let at = match query
        .get("after")
        .map(str::trim)
        .filter(|at| !at.is_empty())
    {
        Some(written) => written.parse::<Cursor>().map_err(|()| {
            let sentence = "A cursor has the form <turn>.<offset>, as the stream's frames have it.";
            Error::field("after", sentence)
        })?,
        None => Cursor::newest(&api, thread).await?.ok_or_else(no_message)?,
    };
    let start = Cursor {
        text: 0,
        reasoning: 0,
        ..at
    };
    let follower = Follower::start(&api, thread, start)
        .await?
        .ok_or_else(no_message)?;
    let asked = asked_by(&api, at.turn).await?;
    let told = stream::Told {
        asked: asked.message,
        warning: asked.warning,
        // Nothing of it is what the client has.
        after: match follower.is_redacted() && at.text > 0 {
            true => u64::MAX,
            false => at.text,
        },
    };
    Ok(stream::resumed(thread, follower, told))
}
