//! Looking for messages by their words: one's own, and for staff everybody's.

use aggregates::{ThreadId, reading::Looked, user::Role};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use http::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

use super::{
    conversations::{caught_up, own},
    error::Error,
    name::Conversation,
    reply, request,
};
use crate::{
    auth::Principal,
    http::{Api, query::Query},
    views::{Found, SearchCursor, SearchQuery, SearchScope, SearchTerms},
};

/// The longest search, in characters.
const LONGEST: usize = 500;

/// `GET /api/chat/search`
pub(super) async fn own_messages(
    api: Api,
    who: Principal,
    query: Query,
) -> Result<Response, Error> {
    let asked = read(&query)?;
    let conversation = match given(&query, "conversation_id") {
        Some(_) => Some(Conversation::in_query(who.user, &query)?),
        None => None,
    };
    let fresh = caught_up(&api, &query).await?;
    let scope = match conversation {
        Some(conversation) => {
            own(&api, &who, &conversation).await?;
            SearchScope::Conversation(conversation.thread.0)
        }
        None => SearchScope::Owner(who.user.0),
    };
    let page = api.views.search(&SearchQuery { scope, ..asked }).await?;
    let results = page.rows.iter().map(found).collect();
    let value = answer(results, page.next.as_ref());
    Ok(reply::ok(&value, api.views.position(), fresh))
}

/// `GET /api/chat/search/all`; that staff looked is an event.
pub(super) async fn all_messages(
    api: Api,
    who: Principal,
    query: Query,
) -> Result<Response, Error> {
    // Auditors read contents with a reason only, and moderators what was flagged.
    if !matches!(who.role, Role::Staff | Role::Admin) {
        let sentence = "Only staff may search the messages of others";
        return Err(Error::Plain(StatusCode::FORBIDDEN, sentence.into()));
    }
    let asked = read(&query)?;
    let fresh = caught_up(&api, &query).await?;
    let scope = match given(&query, "conversation_id") {
        Some(id) => SearchScope::Conversation(ThreadId::named(id).0),
        None => SearchScope::Everybody,
    };
    let page = api.views.search(&SearchQuery { scope, ..asked }).await?;
    let conversations = page.rows.iter().map(|row| &row.conversation);
    let seen = conversations.map(|row| (&*row.thread, &*row.owner));
    api.note_reading(&who, Looked::Messages, seen).await?;
    let with_owner = |row: &Found| {
        let mut value = found(row);
        value["user_id"] = json!(row.conversation.owner);
        value
    };
    let results = page.rows.iter().map(with_owner).collect();
    let value = answer(results, page.next.as_ref());
    Ok(reply::ok(&value, api.views.position(), fresh))
}

/// What both are asked with; whose messages is said later.
fn read(query: &Query) -> Result<SearchQuery, Error> {
    let cursor = match given(query, "cursor") {
        None => None,
        Some(cursor) => Some(cursor.parse::<SearchCursor>().map_err(|_| {
            let message = "This is not a cursor of a search";
            Error::field("value_error", &["query", "cursor"], message, json!(cursor))
        })?),
    };
    Ok(SearchQuery {
        scope: SearchScope::Everybody,
        terms: terms(query)?,
        from: moment(query, "from")?,
        to: moment(query, "to")?,
        limit: request::limit(query)?,
        cursor,
    })
}

fn terms(query: &Query) -> Result<SearchTerms, Error> {
    let place = ["query", "q"];
    let Some(typed) = query.get("q") else {
        return Err(Error::field(
            "missing",
            &place,
            "Field required",
            Value::Null,
        ));
    };
    if typed.trim().is_empty() {
        let message = "String should have at least 1 character";
        return Err(Error::field(
            "string_too_short",
            &place,
            message,
            json!(typed),
        ));
    }
    if typed.chars().count() > LONGEST {
        let message = format!("String should have at most {LONGEST} characters");
        return Err(Error::field(
            "string_too_long",
            &place,
            &message,
            Value::Null,
        ));
    }
    Ok(SearchTerms::read(typed))
}

/// A time, or the beginning of a day, in UTC unless it says otherwise; in microseconds since 1970.
fn moment(query: &Query, name: &str) -> Result<Option<i64>, Error> {
    let Some(written) = given(query, name) else {
        return Ok(None);
    };
    // A plus sign that was not escaped has become a space.
    let text = written.trim().replace(' ', "+");
    let day = |text: &str| {
        let day: NaiveDate = text.parse().ok()?;
        Some(day.and_time(NaiveTime::MIN))
    };
    DateTime::parse_from_rfc3339(&text)
        .map(|time| time.timestamp_micros())
        .ok()
        .or_else(|| {
            let time: NaiveDateTime = text.parse().ok().or_else(|| day(&text))?;
            Some(time.and_utc().timestamp_micros())
        })
        .map(Some)
        .ok_or_else(|| {
            let message = "Input should be a valid datetime or date";
            let shown: String = written.chars().take(100).collect();
            Error::field("datetime_parsing", &["query", name], message, json!(shown))
        })
}

/// A parameter that says something.
fn given<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query.get(name).filter(|value| !value.is_empty())
}

fn answer(results: Vec<Value>, next: Option<&SearchCursor>) -> Value {
    json!({ "results": results, "next_cursor": next.map(ToString::to_string) })
}

/// One message that was found. `highlights` count Unicode code points of `text`, the end excluded.
fn found(row: &Found) -> Value {
    let conversation = &row.conversation;
    json!({
        "conversation_id": conversation.reference.as_deref().unwrap_or(&conversation.thread),
        "message_id": row.message,
        "role": row.role.as_str(),
        "created_at": reply::time(row.created),
        "title": reply::title(conversation),
        "excerpt": { "text": row.excerpt.text, "highlights": row.excerpt.highlights },
        "score": f64::from(i32::try_from(row.score).unwrap_or(i32::MAX)) / 1000.0,
    })
}
