//! Lists of conversations and messages, and the way back into a reply.

use aggregates::{TurnId, thread::Refusal};
use serde_json::json;
use warp::reply::Response;

use super::{error::Error, name::Conversation, reply, request, stream};
use crate::{
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES,
        asked::asked_by,
        follow::{Cursor, Follower},
        query::Query,
    },
    views::{ConversationQuery, ConversationRow, Cursor as PageCursor, Freshness},
};

/// `GET /api/chat/conversations`
pub(super) async fn list(api: Api, who: Principal, query: Query) -> Result<Response, Error> {
    let fresh = caught_up(&api, &query).await?;
    let cursor = match query.get("cursor").filter(|cursor| !cursor.is_empty()) {
        None => None,
        Some(cursor) => Some(cursor.parse::<PageCursor>().map_err(|_| {
            let message = "This is not a cursor of this list";
            Error::field("value_error", &["query", "cursor"], message, json!(cursor))
        })?),
    };
    let page = api
        .views
        .conversations(ConversationQuery {
            owner: who.user.0,
            channel: request::channel(&query)?.map(str::to_owned),
            archived: request::archived(&query)?,
            limit: request::limit(&query)?,
            cursor,
        })
        .await?;
    let conversations: Vec<_> = page.rows.iter().map(reply::conversation).collect();
    let next = page.next.map(|cursor| cursor.to_string());
    let value = json!({ "conversations": conversations, "next_cursor": next });
    Ok(reply::ok(&value, api.views.position(), fresh))
}

/// `GET /api/chat/messages`
pub(super) async fn messages(api: Api, who: Principal, query: Query) -> Result<Response, Error> {
    let conversation = Conversation::in_query(who.user, &query)?;
    let limit = request::limit(&query)?;
    let fresh = caught_up(&api, &query).await?;
    let rows = match own(&api, &who, &conversation).await? {
        Some(_) => {
            api.views
                .last_messages(conversation.thread.0, limit)
                .await?
        }
        None => vec![],
    };
    let messages: Vec<_> = rows.iter().map(reply::message).collect();
    let value = json!({ "conversation_id": conversation.id, "messages": messages });
    Ok(reply::ok(&value, api.views.position(), fresh))
}

/// `GET /api/chat/stream`: follows the running reply, or goes on exactly where a stream broke off.
pub(super) async fn resume(
    api: Api,
    who: Principal,
    query: Query,
    last_event_id: Option<String>,
    full: bool,
) -> Result<Response, Error> {
    let conversation = Conversation::in_query(who.user, &query)?;
    // A page's first connection may send an empty header.
    let header = last_event_id.as_deref();
    let header = header.map(|cursor| (cursor, ["header", "Last-Event-ID"]));
    let after = query.get("after");
    let after = after.map(|cursor| (cursor, ["query", "after"]));
    let cursor = [header, after]
        .into_iter()
        .flatten()
        .find(|(cursor, _)| !cursor.trim().is_empty());
    let at = match cursor {
        Some((cursor, place)) => {
            own(&api, &who, &conversation).await?;
            cursor.parse::<Cursor>().map_err(|()| {
                let message = "A cursor has the form <turn>.<offset>, as the stream's ids have";
                Error::field("value_error", &place, message, json!(cursor))
            })?
        }
        None => newest(&api, &who, &conversation).await?,
    };
    let follower = Follower::start(&api, conversation.thread, at)
        .await?
        .ok_or_else(|| Error::not_found("There is no such reply in this conversation"))?;
    let provider = provider(&api, &conversation, at.turn).await?;
    Ok(stream::response(
        &conversation.id,
        &provider,
        follower,
        stream::Shown {
            full,
            reasoning: !who.preferences.without_reasoning,
            resumed: true,
            statuses: asked_by(&api, at.turn).await?.warning.into_iter().collect(),
        },
    ))
}

/// Who writes a reply that may have begun a moment ago, or will write it when its turn has come.
async fn provider(api: &Api, conversation: &Conversation, turn: TurnId) -> Result<String, Error> {
    let row = match api.views.message(turn.0).await? {
        None => {
            let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
            api.views.message(turn.0).await?
        }
        row => row,
    };
    if let Some(provider) = row.and_then(|row| row.provider) {
        return Ok(provider);
    }
    let route = api.directory.route_of(conversation.thread, turn).await;
    let route = route.map_err(crate::actors::CommandError::from)?;
    Ok(route.map(|route| route.provider).unwrap_or_default())
}

/// The beginning of the newest reply that has begun; a cut that hides it leaves nothing to follow.
async fn newest(api: &Api, who: &Principal, conversation: &Conversation) -> Result<Cursor, Error> {
    let nothing = || Error::not_found("There is no reply to follow in this conversation");
    let newest = Cursor::newest(api, conversation.thread).await?;
    let row = own(api, who, conversation).await?.ok_or_else(nothing)?;
    let newest = newest.ok_or_else(nothing)?;
    let reply = api.views.message(newest.turn.0).await?;
    let place = reply.ok_or_else(nothing)?.place;
    let cuts = row.hidden_ranges();
    let is_cut = cuts.iter().any(|&(from, to)| (from..=to).contains(&place));
    match is_cut {
        true => Err(nothing()),
        false => Ok(newest),
    }
}

/// The row of one's own conversation; `None` when there is none yet, or no more.
pub(super) async fn own(
    api: &Api,
    who: &Principal,
    conversation: &Conversation,
) -> Result<Option<ConversationRow>, Error> {
    match api.views.conversation(conversation.thread.0).await? {
        Some(row) if row.owner != who.user.to_string() => Err(Error::forbidden()),
        Some(row) if row.hidden_for.is_some() => Err(Error::Refused(Refusal::Hidden)),
        row => Ok(row),
    }
}

/// Waits for `?min_position=`, so that a reader sees what it was told is written.
pub(super) async fn caught_up(api: &Api, query: &Query) -> Result<Freshness, Error> {
    let Some(written) = query.get("min_position") else {
        return Ok(Freshness::Fresh);
    };
    let position = written.parse().map_err(|_| {
        let message = "This is not a position of this server";
        Error::field(
            "value_error",
            &["query", "min_position"],
            message,
            json!(written),
        )
    })?;
    Ok(api.views.wait_for(position, READ_YOUR_WRITES).await)
}
