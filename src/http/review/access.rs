//! Who reviews: support, staff and administrators.

use aggregates::{
    MessageId,
    case::{Flagged, SaidIn},
    user::Role,
    verdict::Severity,
};
use http::StatusCode;
use uuid::Uuid;

use crate::{
    auth::Principal,
    http::{Api, threads::error::Error},
    views::CaseRow,
};

/// From the least to the worst.
pub(super) const SEVERITIES: [Severity; 5] = [
    Severity::None,
    Severity::Low,
    Severity::Medium,
    Severity::High,
    Severity::Critical,
];

/// Only moderators get further.
pub(super) fn moderator(who: &Principal) -> Result<(), Error> {
    match who.role {
        Role::Support | Role::Staff | Role::Admin => Ok(()),
        Role::User | Role::Auditor => Err(Error::detail(
            StatusCode::FORBIDDEN,
            "You do not have permission to perform this action.",
        )),
    }
}

/// Whether this one may take a case from another moderator, and undo a decision of their own.
pub(super) fn is_staff(who: &Principal) -> bool {
    matches!(who.role, Role::Staff | Role::Admin)
}

pub(super) fn no_case() -> Error {
    Error::not_found("No Case matches the given query.")
}

/// A case there is.
pub(super) async fn case(api: &Api, id: Option<Uuid>) -> Result<(MessageId, CaseRow), Error> {
    let id = id.ok_or_else(no_case)?;
    let row = api.views.case(id).await?.ok_or_else(no_case)?;
    Ok((MessageId(id), row))
}

/// Whose it is; nothing while that is not known.
pub(super) async fn owner(api: &Api, row: &CaseRow) -> Result<Option<String>, Error> {
    match row.said_in().ok_or_else(no_case)? {
        SaidIn::Thread(thread) => {
            let owners = api.views.owners([thread.to_string()]).await?;
            Ok(owners.into_iter().next().map(|(_, owner)| owner))
        }
        SaidIn::Completion(completion) => {
            let row = api.views.completion(completion.0).await?;
            Ok(row.map(|row| row.owner))
        }
    }
}

/// What a case is about, as its events say it.
pub(super) fn flagged(row: &CaseRow) -> Result<Flagged, Error> {
    let severity = SEVERITIES
        .into_iter()
        .find(|severity| severity.as_str() == row.severity);
    Ok(Flagged {
        said_in: row.said_in().ok_or_else(no_case)?,
        severity: severity.unwrap_or_default(),
        automated: row.automated,
    })
}
