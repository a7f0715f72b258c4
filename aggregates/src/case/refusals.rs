//! Why a case stays as it is.

use crate::ids::UserId;

/// A refusal, as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseRefusal {
    /// Somebody else works on it.
    #[error("somebody else works on this case")]
    Held(UserId),
    /// A decision stands.
    #[error("this case is decided; overturn the decision to decide again")]
    Decided,
    /// No decision stands.
    #[error("this case is not decided")]
    NotDecided,
    /// It would be one's own decision that is undone or decided again.
    #[error("this is for another moderator: the decision was yours")]
    OwnDecision,
    /// One's own decision came first, and an appeal against it was heard.
    #[error("this is for another moderator: you decided first, and that was appealed against")]
    DecidedFirst,
    /// One appeal is heard.
    #[error("this case was appealed against before")]
    Appealed,
    /// Its conversation is erased.
    #[error("there is no such case any more")]
    Erased,
    /// Enough of these.
    #[error("this case has too many {0}")]
    TooMany(&'static str),
}
