//! What somebody may want of a user, and why the rules say no.

use uuid::Uuid;

use super::{Preference, Restriction, Role};
use crate::{
    hold::{Hold, HoldRefusal, Release},
    ids::{MessageId, PolicyId, UserId},
    thread::Destroyed,
};

/// A command to a user.
#[derive(Clone, Debug)]
pub enum UserCommand {
    /// Make the account.
    Register {
        /// Its id.
        user: UserId,
        /// Its name.
        username: String,
        /// Its role.
        role: Role,
        /// The stored hash.
        credential: Uuid,
        /// See [`super::UserEvent::Registered`].
        generated: bool,
    },
    /// Set another password.
    ChangePassword {
        /// The stored hash.
        credential: Uuid,
        /// The one that was checked before; refused when another one counts by now. `None`: whatever counts.
        instead_of: Option<Uuid>,
    },
    /// The user has logged in with the password. An event only the first time, and only for a generated account.
    NoteLogin,
    /// Choose something. Nothing happens when it is chosen already.
    Prefer(Preference),
    /// Let these policies say what the user may do, and no others. Nothing happens when they do already.
    AttachPolicies(Vec<PolicyId>),
    /// Let the user in no more. Idempotent.
    Disable,
    /// Let the user in again. Idempotent.
    Enable,
    /// Let the user write nothing for a time. Idempotent.
    Restrict(Restriction),
    /// Let that one end. Idempotent.
    Unrestrict(MessageId),
    /// End the account for ever, and have it erased. Idempotent.
    Delete,
    /// The same, if nobody has ever used it.
    DeleteUnclaimed,
    /// Let nothing of theirs be destroyed for as long as this hold lasts, what comes later neither. Idempotent. Who has
    /// left can be held, too, until the erasure is confirmed.
    Hold(Hold),
    /// Let this hold end.
    ReleaseHold(Release),
    /// Note that it is erased. Idempotent.
    ConfirmErasure {
        /// What was destroyed, by store.
        receipt: Vec<Destroyed>,
    },
}

/// Why a user aggregate says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    /// The id is taken.
    #[error("this user exists already")]
    Exists,
    /// No such user, or no more.
    #[error("this user does not exist")]
    Unknown,
    /// Somebody uses the account.
    #[error("this account is in use")]
    Claimed,
    /// Nobody has ended the account.
    #[error("this account has not ended")]
    NotDeleted,
    /// The name is empty, too long or has characters that names do not have.
    #[error(
        "a user name has 1 to 150 characters, without control and invisible characters, and no space at its ends"
    )]
    BadName,
    /// The password that was checked is not the one that counts any more.
    #[error("the password was changed in the meantime")]
    OtherPassword,
    /// About a legal hold.
    #[error(transparent)]
    Hold(#[from] HoldRefusal),
}
