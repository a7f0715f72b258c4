//! What moderators are shown of a case: what was said, and what around it.

use aggregates::{
    CompletionId, MessageId,
    case::SaidIn,
    completion::{Said, Speaker, stage_of},
    reading::Looked,
};
use serde_json::{Value, json};

use super::access::no_case;
use crate::{
    actors::{CommandError, Exchange},
    auth::Principal,
    http::{
        Api,
        threads::{
            error::Error,
            reply::{Fields, message, uuid},
        },
    },
    views::{CaseRow, TranscriptRow},
};

/// Messages that are shown on each side of the one that was flagged.
const AROUND: usize = 3;

/// What was said, and around it.
pub(super) struct Shown {
    pub(super) text: String,
    /// The text is what was kept of what the detectors have judged.
    pub(super) as_judged: bool,
    pub(super) place: i64,
    /// The versions of it until this one, counted from 1.
    pub(super) version: u64,
    pub(super) replaces: Value,
    pub(super) replaced_by: Value,
    pub(super) before: Vec<Fields>,
    pub(super) after: Vec<Fields>,
}

/// What a case is about; that this one looks at it is an event, which is there before anything is shown. Only for who is
/// known not to look at a conversation of their own.
pub(super) async fn shown(
    api: &Api,
    who: &Principal,
    id: MessageId,
    row: &CaseRow,
) -> Result<Shown, Error> {
    match row.said_in() {
        Some(SaidIn::Thread(_)) => in_a_thread(api, who, id, row).await,
        Some(SaidIn::Completion(completion)) => in_a_completion(api, who, id, completion).await,
        None => Err(no_case()),
    }
}

async fn in_a_thread(
    api: &Api,
    who: &Principal,
    id: MessageId,
    row: &CaseRow,
) -> Result<Shown, Error> {
    let Some(mut said) = api.views.message(id.0).await? else {
        return with_a_wish(api, who, id, row).await;
    };
    let mut as_judged = true;
    if said.redacted {
        // Whoever reviews judges what was written, as whoever redacted it did.
        let thread = said.thread.parse().map_err(Error::broken)?;
        let written = api.directory.as_written(thread, id).await;
        let written = written.map_err(CommandError::from)?;
        as_judged = written.is_some();
        if let Some(written) = written {
            said.text = written.text;
        }
    }
    let version = match &said.replaces {
        // Nearly always: then there is nothing to count.
        None => 1,
        Some(_) => api.views.version(id.0).await?.max(1),
    };
    let (before, after) = beside(api, who, row, said.place, Some(&said)).await?;
    Ok(Shown {
        text: said.text,
        as_judged,
        place: said.place,
        version,
        replaces: said.replaces.as_deref().map_or(Value::Null, uuid),
        replaced_by: said.replaced_by.as_deref().map_or(Value::Null, uuid),
        before,
        after,
    })
}

/// What came with a wish for another answer is no message: the log has it.
async fn with_a_wish(
    api: &Api,
    who: &Principal,
    id: MessageId,
    row: &CaseRow,
) -> Result<Shown, Error> {
    let Some(SaidIn::Thread(thread)) = row.said_in() else {
        return Err(no_case());
    };
    let said = api.directory.as_written(thread, id).await;
    let said = said.map_err(CommandError::from)?.ok_or_else(no_case)?;
    let place = i64::try_from(said.index).unwrap_or(i64::MAX);
    let (before, after) = beside(api, who, row, place, None).await?;
    Ok(Shown {
        text: said.text,
        as_judged: true,
        place,
        version: 1,
        replaces: Value::Null,
        replaced_by: Value::Null,
        before,
        after,
    })
}

/// The messages before and after a place of a case's thread, as they stood beside this version; that they were looked at is an event. Whose it is has been
/// asked by now: nobody gets here with a case of their own.
async fn beside(
    api: &Api,
    who: &Principal,
    row: &CaseRow,
    place: i64,
    version: Option<&TranscriptRow>,
) -> Result<(Vec<Fields>, Vec<Fields>), Error> {
    let Some(SaidIn::Thread(thread)) = row.said_in() else {
        return Err(no_case());
    };
    let (id, seen) = (thread.to_string(), [thread]);
    let around = async { Ok::<_, Error>(api.views.around(&id, place, version, AROUND).await?) };
    let noted = async {
        let noted = api
            .records
            .note_reading(who.user, Looked::Messages, &seen, None);
        Ok::<_, Error>(noted.await?)
    };
    // They do not wait for each other, and nobody is shown anything before both are done.
    let ((before, after), ()) = tokio::try_join!(around, noted)?;
    let messages = |rows: Vec<TranscriptRow>| rows.iter().map(|row| message(row, true)).collect();
    Ok((messages(before), messages(after)))
}

/// Its views know nothing of what was said: the log does.
async fn in_a_completion(
    api: &Api,
    who: &Principal,
    id: MessageId,
    completion: CompletionId,
) -> Result<Shown, Error> {
    let exchange = api.directory.exchange(completion).await;
    let exchange = exchange
        .map_err(CommandError::from)?
        .filter(|exchange| !exchange.erased)
        .ok_or_else(no_case)?;
    let place = exchange.place(stage_of(completion, id));
    let place = place.ok_or_else(no_case)?;
    let text = exchange.said.get(place).ok_or_else(no_case)?.text.clone();
    if exchange.owner != who.user {
        api.records
            .note_reading_of(who.user, &[completion], None)
            .await?;
    }
    let end = exchange.said.len().min(place + 1 + AROUND);
    Ok(Shown {
        text,
        as_judged: true,
        place: i64::try_from(place).unwrap_or(i64::MAX),
        version: 1,
        replaces: Value::Null,
        replaced_by: Value::Null,
        before: messages(&exchange, place.saturating_sub(AROUND)..place),
        after: messages(&exchange, place + 1..end),
    })
}

/// They have neither ids nor times of their own.
fn messages(exchange: &Exchange, places: std::ops::Range<usize>) -> Vec<Fields> {
    let message = |place: usize| {
        let Said { by, text, .. } = exchange.said.get(place)?;
        let redacted = exchange.redacted.iter().find(|(known, _)| *known == place);
        let role = match by {
            Speaker::System => "system",
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
        };
        Some(Fields(vec![
            ("role", json!(role)),
            ("content", json!(redacted.map_or(text, |(_, text)| text))),
        ]))
    };
    places.filter_map(message).collect()
}
