//! An ingest: a document's way into a session. It is announced, its bytes come, it is asked for, cut into passages, and
//! completed or failed; questions are answered out of completed ones only.

mod commands;
mod events;
mod refusals;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    commands::IngestCommand,
    events::{IngestAnnounced, IngestEvent, IngestReceived, IngestRequested, IngestedChunk},
    refusals::IngestRefusal,
};
use crate::{
    Decide, Erasable,
    aggregate::handle_by_deciding,
    ids::{IngestId, RagSessionId, UserId},
    thread::{Attempt, Destroyed, Route},
};

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Not made.
    #[default]
    Absent,
    /// Its bytes are awaited.
    Announced,
    /// They are here.
    Received,
    /// Its session has these bytes as another document.
    Recognised,
    /// It is to be looked through.
    Pending,
    /// Somebody does.
    Processing,
    /// All of it is there.
    Completed,
    /// It could not be looked through.
    Failed,
    /// Deleted; its content is to be destroyed.
    Deleted,
    /// That is destroyed.
    Erased,
}

/// The state that the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ingest {
    stage: Stage,
    owner: Option<UserId>,
    session: Option<RagSessionId>,
    #[serde(default)]
    institution: Option<String>,
    /// The document that has its bytes.
    #[serde(default)]
    same_as: Option<IngestId>,
    /// By which parser its passages were found.
    parser: Option<String>,
    /// Passages that are there.
    chunks: u64,
    /// Passages that have vectors.
    #[serde(default)]
    embedded: u64,
    /// Whose vectors these are.
    #[serde(default)]
    embedder: Option<Route>,
    /// Its passages say what a model has seen in it.
    #[serde(default)]
    described: bool,
}

impl Ingest {
    /// How far it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }

    /// The session that it went into.
    #[must_use]
    pub fn session(&self) -> Option<RagSessionId> {
        self.session
    }

    /// The document that its session has the same bytes as.
    #[must_use]
    pub fn same_as(&self) -> Option<IngestId> {
        self.same_as
    }

    /// Whose document it is, where its session has those of several.
    #[must_use]
    pub fn institution(&self) -> Option<&str> {
        self.institution.as_deref()
    }

    /// Passages that are there.
    #[must_use]
    pub fn chunks(&self) -> u64 {
        self.chunks
    }

    /// Passages that have vectors of this model; those of another one have nothing to do with them.
    #[must_use]
    pub fn embedded_by(&self, route: &Route) -> u64 {
        match self.embedder.as_ref() == Some(route) {
            true => self.embedded,
            false => 0,
        }
    }

    /// Whether questions are answered out of it, but some of its passages have no vectors of this model.
    #[must_use]
    pub fn lacks_vectors_of(&self, route: &Route) -> bool {
        self.stage == Stage::Completed && self.embedded_by(route) < self.chunks
    }

    /// Whether its passages say what a model has seen in it: it would say something else the next time.
    #[must_use]
    pub fn is_described(&self) -> bool {
        self.described
    }

    /// Whether it is to be looked through, or somebody does.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Pending | Stage::Processing)
    }
}

impl Aggregate for Ingest {
    const TYPE: &'static str = "ingest";
    type Command = IngestCommand;
    type Event = IngestEvent;
    type Error = IngestRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: IngestEvent) {
        self.stage = match event {
            IngestEvent::Announced(announced) => {
                self.owner = Some(announced.owner);
                Stage::Announced
            }
            IngestEvent::Received(_) => Stage::Received,
            IngestEvent::Requested(requested) => {
                self.session = Some(requested.session);
                self.institution = requested.institution;
                Stage::Pending
            }
            IngestEvent::Recognised { session, same_as } => {
                self.session = Some(session);
                self.same_as = Some(same_as);
                Stage::Recognised
            }
            IngestEvent::Started { parser } => {
                self.parser = Some(parser);
                Stage::Processing
            }
            IngestEvent::Described { .. } => {
                self.described = true;
                self.stage
            }
            IngestEvent::Chunked { chunks, .. } => {
                self.chunks += chunks.len() as u64;
                self.stage
            }
            IngestEvent::Embedded {
                first,
                route,
                vectors,
                ..
            } => {
                self.embedded = first + vectors.len() as u64;
                self.embedder = Some(route);
                self.stage
            }
            IngestEvent::Completed { .. } => Stage::Completed,
            IngestEvent::Failed { .. } => Stage::Failed,
            IngestEvent::Deleted {} => Stage::Deleted,
            IngestEvent::ErasureRequested {} => self.stage,
            IngestEvent::ErasureConfirmed { .. } => Stage::Erased,
        };
    }
}

impl Decide for Ingest {
    fn decide(&self, command: IngestCommand) -> Result<Vec<IngestEvent>, IngestRefusal> {
        use IngestCommand as Command;
        use IngestEvent as Event;
        if self.stage == Stage::Absent {
            return match command {
                Command::Announce(announced) => Ok(vec![Event::Announced(announced)]),
                Command::Submit(announced, received, requested) => Ok(vec![
                    Event::Announced(announced),
                    Event::Received(received),
                    Event::Requested(requested),
                ]),
                _ => Err(IngestRefusal::Unknown),
            };
        }
        let gone = matches!(self.stage, Stage::Deleted | Stage::Erased);
        match command {
            Command::Announce(_) | Command::Submit(..) => Err(IngestRefusal::Exists),
            Command::ConfirmErasure { receipt } => match self.stage {
                Stage::Deleted => Ok(vec![Event::ErasureConfirmed { receipt }]),
                Stage::Erased => Ok(vec![]),
                _ => Err(IngestRefusal::NotDeleted),
            },
            Command::Delete if gone => Ok(vec![]),
            Command::Delete => Ok(vec![Event::Deleted {}, Event::ErasureRequested {}]),
            _ if gone => Err(IngestRefusal::Unknown),
            Command::Receive(received) => match self.stage {
                Stage::Announced => Ok(vec![Event::Received(received)]),
                _ => Err(IngestRefusal::Used),
            },
            Command::Request(requested) => self.request(requested),
            Command::Recognise { session, same_as } => match self.stage {
                Stage::Received => Ok(vec![Event::Recognised { session, same_as }]),
                _ => Ok(vec![]),
            },
            Command::Start { parser } => self.start(parser),
            Command::Describe {
                attempts,
                described,
            } => self.describe(attempts, described),
            Command::Add { after, chunks } => {
                self.check_running(after)?;
                let first = after;
                Ok(match chunks.is_empty() {
                    true => vec![],
                    false => vec![Event::Chunked { first, chunks }],
                })
            }
            Command::Embed {
                after,
                route,
                vectors,
                usage,
            } => {
                // What was completed may get them later: nobody made any, or another model did.
                if !matches!(self.stage, Stage::Processing | Stage::Completed) {
                    return Err(IngestRefusal::NotRunning);
                }
                if after != self.embedded_by(&route) {
                    return Err(IngestRefusal::Faster);
                }
                Ok(vec![Event::Embedded {
                    first: after,
                    route,
                    vectors,
                    usage,
                    owner: self.owner,
                }])
            }
            Command::Complete { chunks, pages } => {
                self.check_running(chunks)?;
                Ok(vec![Event::Completed { chunks, pages }])
            }
            Command::Fail { error } => match self.is_under_way() {
                true => Ok(vec![Event::Failed { error }]),
                false => Err(IngestRefusal::NotRunning),
            },
        }
    }
}

impl Ingest {
    fn request(&self, requested: IngestRequested) -> Result<Vec<IngestEvent>, IngestRefusal> {
        match (self.stage, self.session) {
            (Stage::Announced, _) => Err(IngestRefusal::Empty),
            (_, None) => Ok(vec![IngestEvent::Requested(requested)]),
            (_, Some(session))
                if session == requested.session && self.institution == requested.institution =>
            {
                Ok(vec![])
            }
            _ => Err(IngestRefusal::Elsewhere),
        }
    }

    /// One that was broken off is gone on with, where the passages that are there are those that would be found again.
    fn start(&self, parser: String) -> Result<Vec<IngestEvent>, IngestRefusal> {
        match (self.stage, &self.parser) {
            (Stage::Pending, _) => Ok(vec![IngestEvent::Started { parser }]),
            (Stage::Processing, Some(begun)) if *begun == parser => Ok(vec![]),
            (Stage::Processing, _) => Err(IngestRefusal::OtherParser),
            _ => Err(IngestRefusal::NotRunning),
        }
    }

    /// In one commit: who goes on with it must not find the calls without what has come of them.
    fn describe(
        &self,
        attempts: Vec<Attempt>,
        described: Result<Vec<IngestedChunk>, String>,
    ) -> Result<Vec<IngestEvent>, IngestRefusal> {
        self.check_running(0)?;
        let owner = self.owner.ok_or(IngestRefusal::Unknown)?;
        let told = IngestEvent::Described { owner, attempts };
        let end = match described {
            Ok(chunks) => IngestEvent::Chunked { first: 0, chunks },
            Err(error) => IngestEvent::Failed { error },
        };
        Ok(vec![told, end])
    }

    fn check_running(&self, chunks: u64) -> Result<(), IngestRefusal> {
        match self.stage {
            Stage::Processing if chunks == self.chunks => Ok(()),
            Stage::Processing => Err(IngestRefusal::Faster),
            _ => Err(IngestRefusal::NotRunning),
        }
    }
}

impl Erasable for Ingest {
    fn confirm_erasure(receipt: Vec<Destroyed>) -> IngestCommand {
        IngestCommand::ConfirmErasure { receipt }
    }

    fn is_being_erased(&self) -> bool {
        self.stage == Stage::Deleted
    }
}
