//! What users say: this message should be looked at, and this decision is wrong.

use aggregates::{MessageId, ThreadId, case::CaseAction};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use uuid::Uuid;
use warp::reply::Response;

use super::{
    access::{case, no_case},
    decisions::{change, is_of, named},
    request,
};
use crate::{
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES,
        threads::{
            access,
            error::Error,
            reply::{ok, uuid},
            request::BodyFields,
        },
    },
    views::CaseRow,
};

fn no_message() -> Error {
    Error::not_found("No ThreadMessage matches the given query.")
}

/// `POST /api/chat-messages/{uuid}/report/`: opens a case, or joins the one there is.
pub(super) async fn report(
    api: Api,
    who: Principal,
    id: Option<Uuid>,
    headers: &HeaderMap,
    body: &BodyFields,
) -> Result<Response, Error> {
    access::may_write(&who)?;
    let id = id.ok_or_else(no_message)?;
    let message = api.views.message(id).await?.ok_or_else(no_message)?;
    let thread: ThreadId = message.thread.parse().map_err(Error::broken)?;
    let seen = access::thread(&api, &who, thread).await?;
    let own = api.views.thread(thread.0).await?;
    let me = who.user.to_string();
    let own = own.is_some_and(|row| row.owner == me && row.hidden_for.is_none());
    // Whoever sees it may report it, through whichever API they see it.
    if seen.is_none() && !own {
        return Err(no_message());
    }
    // Nobody could see what it is about, and what people write about it would outlive it.
    if message.expired {
        let sentence = "This message has expired, and can be reported no more.";
        return Err(Error::detail(StatusCode::CONFLICT, sentence));
    }
    let wanted = request::report(body)?;
    let row = match api.views.case(id).await? {
        Some(row) => row,
        None => CaseRow::of_people(&message),
    };
    let route = format!("POST /api/chat-messages/{id}/report/");
    let named = named(&api, headers, &who, &route, body)?;
    let position = change(&api, &who, MessageId(id), &row, wanted, named.as_ref()).await?;
    let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
    let value = json!({ "case": uuid(&row.case) });
    Ok(ok(&value, position.max(api.views.position()), fresh))
}

/// `POST /api/moderation/cases/{uuid}/appeal`: by whose conversation it is.
pub(super) async fn appeal(
    api: Api,
    who: Principal,
    id: Option<Uuid>,
    headers: &HeaderMap,
    body: &BodyFields,
) -> Result<Response, Error> {
    let (id, row) = case(&api, id).await?;
    if !is_of(&api, &row, &who).await? {
        return Err(no_case());
    }
    let text = request::text(body)?;
    let route = format!("POST /api/moderation/cases/{id}/appeal");
    let named = named(&api, headers, &who, &route, body)?;
    let position = change(
        &api,
        &who,
        id,
        &row,
        CaseAction::Appeal { text },
        named.as_ref(),
    )
    .await?;
    let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
    let value = json!({ "state": "appealed" });
    Ok(ok(&value, position.max(api.views.position()), fresh))
}
