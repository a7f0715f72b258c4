//! `POST /api/v1/chat/completions` with a `message`: a question in, an answer out of the session's documents.

use aggregates::{
    MessageId, RagSessionId, ThreadId, TurnId,
    thread::{
        ContextRule, Dialect, Grounding, Opening, Refusal, Route, SendMessage, ThreadCommand,
        TurnOptions, TurnPolicy,
    },
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use projections::chunk_key;
use serde_json::{Value, json};
use uuid::Uuid;
use warp::reply::Response;

use super::{error::Error, reply, request::Question, stream};
use crate::{
    actors::{CommandError, Done, Ending},
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES,
        address::Address,
        follow::{Cursor, Finished, Follower, Piece},
        guard,
        idempotency::{self, Named},
        query::Query,
        quota, restriction, sse, turn_policy,
    },
};

/// The route's name for `Idempotency-Key`: the other dialect of this path has its own.
const ROUTE: &str = "POST /api/v1/chat/completions of documents";
/// Who is asked.
const PROVIDER: &str = "default";

/// A question that is durable.
pub(super) struct Asked {
    api: Api,
    thread: ThreadId,
    message: MessageId,
    pub(super) turn: TurnId,
    /// Of the last event of its commit.
    position: u64,
    /// What the answer rests on is to be told.
    pub(super) sources: bool,
}

/// Answers, whole or as it is written, in this dialect's words whatever happens.
pub(in crate::http) async fn complete(
    api: Api,
    headers: HeaderMap,
    query: Query,
    address: Option<Address>,
    body: Bytes,
) -> Response {
    answer(api, headers, query, address, body)
        .await
        .unwrap_or_else(|error| error.of_chat().into())
}

/// This dialect's words for what is refused before anybody knows whose it is.
pub(in crate::http) fn refuse(error: impl Into<Error>) -> Response {
    let error: Error = error.into();
    error.of_chat().into()
}

async fn answer(
    api: Api,
    headers: HeaderMap,
    query: Query,
    address: Option<Address>,
    body: Bytes,
) -> Result<Response, Error> {
    let who = guard::principal(&api, &headers, &query, address).await?;
    let mut question = Question::read(&body)?;
    question.sources |= matches!(query.get("sources"), Some("true" | "1"));
    let streamed = question.stream || sse::is_wanted(&headers);
    if let Some(sentence) = restriction::sentence(&who) {
        return Err(Error::forbidden(sentence));
    }
    let named = idempotency::named(&api, &headers, who.user, ROUTE, &body)?;
    let asked = ask(api, &who, &headers, question, named.as_ref()).await?;
    let start = Cursor {
        turn: asked.turn,
        text: 0,
        reasoning: 0,
    };
    let last = headers.get("last-event-id");
    let last = last.and_then(|id| id.to_str().ok()?.parse::<Cursor>().ok());
    // The same request again, with how far its stream had come.
    let at = last.filter(|at| at.turn == asked.turn).unwrap_or(start);
    let (thread, message) = (asked.thread, asked.message);
    let follower = Follower::start_asked(&asked.api, thread, message, asked.position, at)
        .await?
        .ok_or_else(Error::gone)?;
    match streamed {
        true => Ok(stream::response(asked, follower)),
        false => whole(&asked, follower).await,
    }
}

/// See [`turn_policy`].
fn policy(api: &Api, headers: &HeaderMap) -> Result<TurnPolicy, Error> {
    turn_policy::of(api, headers)
        .ok_or_else(|| Error::unprocessable("Turn-Policy must be queue, reject or interrupt"))
}

/// Makes the question durable, exactly once.
async fn ask(
    api: Api,
    who: &Principal,
    headers: &HeaderMap,
    question: Question,
    named: Option<&Named>,
) -> Result<Asked, Error> {
    let (sessions, sources) = (&api.rag_sessions, question.sources);
    // What was done is told again, whatever would be said to such a request by now.
    if let Some(done) = idempotency::recall::<Error>(&api, named).await? {
        // Of this name there may be another session by now.
        let session = sessions.find(who.user, &question.session).await?;
        let thread = session.map(RagSessionId::thread);
        let thread = thread.filter(|thread| is_of(&done, *thread));
        let thread = thread.ok_or_else(Error::gone)?;
        // It may have been hidden since.
        let row = api.views.conversation(thread.0).await?;
        if row.is_some_and(|row| row.hidden_for.is_some()) {
            return Err(CommandError::Refused(Refusal::Hidden).into());
        }
        return asked(api.clone(), thread, &done, sources);
    }
    let policy = policy(&api, headers)?;
    let (session, _) = sessions.open(who.user, &question.session, None).await?;
    let thread = session.thread();
    if let Some(exhausted) = quota::exhausted(&api, who.user).await? {
        return Err(Error::no_quota(exhausted));
    }
    let provider = who.preferences.provider.as_deref().unwrap_or(PROVIDER);
    let chosen = api.directory.route(provider);
    // Who was chosen once may be gone.
    let route = chosen.or_else(|| api.directory.route(PROVIDER));
    let route = route.ok_or_else(|| Error::broken("no provider answers questions"))?;
    let options = TurnOptions {
        without_reasoning: true,
        grounding: Some(Grounding {
            session,
            owner: who.user,
            institution: question.institution.clone(),
        }),
        ..TurnOptions::default()
    };
    let rule = api.directory.context_rule(&route, &options);
    if api.directory.is_too_long(&rule, &question.message).await {
        return Err(Error::unprocessable(
            "message is too long for the model: shorten it",
        ));
    }
    let command = command(&api, (who, policy), question, (route, rule), options);
    let origin = idempotency::origin(named, who.user);
    let done = match api.execute(thread, command, origin).await {
        Ok(done) if done.replayed.is_none() => done,
        // Its twin was faster; or the twin's effect is what the rules object to.
        Ok(_) | Err(CommandError::Refused(_))
            if let Some(done) = idempotency::recall::<Error>(&api, named).await? =>
        {
            done
        }
        Ok(_) => return Err(CommandError::Unavailable.into()),
        Err(error) => return Err(error.into()),
    };
    asked(api, thread, &done, sources)
}

/// Whether it was done in this conversation.
fn is_of(done: &Done, thread: ThreadId) -> bool {
    let record = done.replayed.as_ref();
    record.is_some_and(|record| record.aggregate_id == thread.to_string())
}

fn asked(api: Api, thread: ThreadId, done: &Done, sources: bool) -> Result<Asked, Error> {
    let (message, turn, _) = done
        .asked()
        .ok_or_else(|| Error::broken("a key of a question was used for something else"))?;
    Ok(Asked {
        api,
        thread,
        message,
        turn,
        position: done.position,
        sources,
    })
}

fn command(
    api: &Api,
    (who, policy): (&Principal, TurnPolicy),
    question: Question,
    (route, context): (Route, ContextRule),
    options: TurnOptions,
) -> ThreadCommand {
    ThreadCommand::Send(SendMessage {
        opening: Some(Opening {
            owner: who.user,
            dialect: Dialect::Rag,
            reference: Some(question.session),
            channel: None,
            name: None,
        }),
        message: MessageId(Uuid::now_v7()),
        turn: TurnId(Uuid::now_v7()),
        text: question.message,
        judged: None,
        attachments: vec![],
        context,
        route,
        options,
        policy,
        archived_is_readonly: api.settings.archived_is_readonly,
    })
}

/// Reads the answer to its end, and waits until reads show it.
async fn whole(asked: &Asked, mut follower: Follower) -> Result<Response, Error> {
    let finished = loop {
        if let Piece::Ended(finished) = follower.next().await? {
            break finished;
        }
    };
    let Finished { text, ending, .. } = finished;
    let position = finished.position.max(asked.position);
    let fresh = asked.api.views.wait_for(position, READ_YOUR_WRITES).await;
    if ending != Ending::Completed {
        // Somebody wanted that one to end.
        if ending != Ending::Stopped {
            failed(asked.turn, finished.status);
        }
        return Err(Error::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal Server Error",
        ));
    }
    let mut value = json!({ "success": true, "data": text });
    if asked.sources {
        value["sources"] = Value::Array(sources(asked).await?);
    }
    Ok(reply::json(
        &asked.api,
        StatusCode::OK,
        &value,
        position,
        fresh,
    ))
}

/// Who asks is told no reason; the record has it.
pub(super) fn failed(turn: TurnId, status: Option<u16>) {
    tracing::warn!(%turn, status, "an answer out of documents could not be made");
}

/// What the answer rests on, best first: what the model was shown of documents that are still there.
pub(super) async fn sources(asked: &Asked) -> Result<Vec<Value>, Error> {
    let api = &asked.api;
    let found = api.records.sources_of(asked.thread, asked.turn).await?;
    let passages = found.map_or(vec![], |sources| sources.passages);
    let shown: Vec<_> = passages.iter().filter(|source| !source.kept_back).collect();
    let keys: Vec<String> = shown
        .iter()
        .map(|source| chunk_key(&source.ingest.to_string(), source.chunk))
        .collect();
    let mut rows = api.views.passages_by_key(&keys).await?;
    let row = |(key, score)| Some(reply::source(&rows.remove(key)?, score));
    Ok(keys
        .iter()
        .zip(shown.iter().map(|source| source.score))
        .filter_map(row)
        .collect())
}
