//! What the rules say no to, in sentences.

/// Why an ingest says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IngestRefusal {
    /// The id is taken.
    #[error("there is an ingest of this id already")]
    Exists,
    /// There is none, or no more.
    #[error("there is no such upload: ask for a new upload URL")]
    Unknown,
    /// Its bytes came before.
    #[error("this upload URL was used already: ask for a new one")]
    Used,
    /// Its bytes have not come.
    #[error("nothing was uploaded to this key yet: PUT the file to its signed URL first")]
    Empty,
    /// Another session has it, or the same one for another institution.
    #[error(
        "this upload went into another session, or to another institution: upload the file again"
    )]
    Elsewhere,
    /// Nobody looks through it now: it has ended, or has not begun.
    #[error("this document is not being looked through")]
    NotRunning,
    /// Somebody else looks through it, too.
    #[error("this document is being looked through by another node")]
    Faster,
    /// It was begun by another version of the parser.
    #[error("this document was begun by another version")]
    OtherParser,
    /// Nobody has deleted it.
    #[error("this ingest is not deleted")]
    NotDeleted,
}
