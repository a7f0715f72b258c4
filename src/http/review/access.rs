//! Who reviews: support, staff and administrators, and whom a policy allows it by name; nobody whom one denies it.

use aggregates::{
    MessageId, UserId,
    case::{Flagged, SaidIn},
    user::Role,
    verdict::Severity,
};
use http::StatusCode;
use uuid::Uuid;

use crate::{
    auth::Principal,
    http::{
        Api,
        access::{Rights, Target},
        threads::error::Error,
    },
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

/// What policies call what can be done with cases: see them in lists and counted, …
pub(super) const LIST: &str = "moderation:ListCases";
/// … see one with what was said, and comment on it, …
pub(super) const GET: &str = "moderation:GetCase";
/// … take one, and give it back, …
pub(super) const CLAIM: &str = "moderation:ClaimCase";
/// … decide it, …
pub(super) const DECIDE: &str = "moderation:DecideCase";
/// … and undo a decision.
pub(super) const OVERTURN: &str = "moderation:OverturnCase";

/// What sorts of things statements name cases by: themselves, and what they are about.
const KINDS: [&str; 3] = ["case", "thread", "completion"];
/// Who is denied a user is denied the cases of what they said; to be allowed a user is to be allowed none of them.
const USER: &str = "user";

/// Somebody who reviews, as far as they may.
pub(super) struct Reviewer {
    pub(super) who: Principal,
    rights: Rights,
}

impl Reviewer {
    /// This one, as they may now.
    pub(super) async fn of(api: &Api, who: Principal) -> Result<Self, Error> {
        let rights = Rights::of(api, &who).await?;
        Ok(Self { who, rights })
    }

    fn has_role(&self) -> bool {
        match self.who.role {
            Role::Support | Role::Staff | Role::Admin => true,
            Role::User | Role::Auditor => false,
        }
    }

    /// Whether this one may take a case from another moderator, and undo a decision of their own.
    pub(super) fn is_staff(&self) -> bool {
        matches!(self.who.role, Role::Staff | Role::Admin)
    }

    /// Only who may do this to some case gets further.
    pub(super) fn may_some(&self, action: &str) -> Result<(), Error> {
        let all = Target::new(KINDS[0], None, "*");
        let some = self.rights.allow_some_by_name(action, &KINDS);
        permitted(
            self.rights
                .allow_by_name(self.has_role() || some, action, &all),
        )
    }

    /// Only who may do this to every case does.
    pub(super) fn may_all(&self, action: &str) -> Result<(), Error> {
        let all = Target::new(KINDS[0], None, "*");
        let mut kinds = KINDS.iter().chain([&USER]);
        let in_parts = kinds.any(|kind| self.rights.deny_some(action, kind));
        permitted(!in_parts && self.rights.allow_by_name(self.has_role(), action, &all))
    }

    /// Only who may do all of this to this case does.
    pub(super) async fn may(
        &self,
        api: &Api,
        actions: &[&str],
        row: &CaseRow,
    ) -> Result<(), Error> {
        permitted(self.allows(api, actions, row).await?)
    }

    /// Whether this one may do all of this to this case.
    pub(super) async fn allows(
        &self,
        api: &Api,
        actions: &[&str],
        row: &CaseRow,
    ) -> Result<bool, Error> {
        let (rights, case) = (&self.rights, target(row));
        let may = |action: &&str| rights.allow_by_name(self.has_role(), action, &case);
        if !actions.iter().all(may) {
            return Ok(false);
        }
        // As what it is about, too: a statement may ask what sort of thing that is.
        let denied = |target: &Target| actions.iter().any(|action| rights.deny(action, target));
        let about = match row.thread {
            Some(_) => KINDS[1],
            None => KINDS[2],
        };
        if denied(&case.clone().taken_for(about)) {
            return Ok(false);
        }
        if !actions.iter().any(|action| rights.deny_some(action, USER)) {
            return Ok(true);
        }
        // Whose it is must be known before they are shown it.
        let Some(owner) = owner(api, row).await? else {
            return Ok(false);
        };
        let owner: UserId = owner.parse().map_err(Error::broken)?;
        let theirs = case
            .within(USER, &owner.to_string())
            .within(USER, &owner.short());
        Ok(!denied(&theirs.taken_for(USER)))
    }
}

/// A case, as policies call it: by its own name and that of what it is about, with its severity and side as tags.
fn target(row: &CaseRow) -> Target {
    let target = Target::new(KINDS[0], None, &row.case).tagged("severity", &row.severity);
    let target = match (&row.thread, &row.completion) {
        (Some(thread), _) => target.within(KINDS[1], thread),
        (None, Some(completion)) => target.within(KINDS[2], completion),
        (None, None) => target,
    };
    match &row.stage {
        Some(stage) => target.tagged("stage", stage),
        None => target,
    }
}

fn permitted(is_so: bool) -> Result<(), Error> {
    match is_so {
        true => Ok(()),
        false => Err(Error::detail(
            StatusCode::FORBIDDEN,
            "You do not have permission to perform this action.",
        )),
    }
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
