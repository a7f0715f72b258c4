//! A document's bytes: announced, kept piece by piece, received.

use aggregates::{
    IngestId,
    ingest::{Ingest, IngestAnnounced, IngestCommand, IngestEvent, IngestReceived},
    thread::Attachment,
};
use cqrs_es::Aggregate;

use super::{IngestError, Ingests, Taken};
use crate::actors::{changes::Change, messages::Origin};

impl Ingests {
    /// Notes that somebody wants to send a document; once for each name of a request.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn announce(
        &self,
        announced: IngestAnnounced,
        origin: Origin,
    ) -> Result<Taken, IngestError> {
        let ingest = announced.ingest;
        let change = Change::<Ingest>::of(IngestCommand::Announce(announced)).from(origin);
        let id = ingest.to_string();
        let made = self.0.changes.make_once(&id, None, change).await?;
        Taken::of(ingest, &made)
    }

    /// Keeps a piece of a document; durable when this returns. What no document comes to name is swept out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keep(&self, mime: &str, piece: &[u8]) -> Result<Attachment, IngestError> {
        Ok(self.store().keep_blob(mime, piece).await?)
    }

    /// Throws pieces away that no document names.
    pub async fn discard(&self, pieces: &[Attachment]) {
        for piece in pieces {
            if let Err(error) = self.store().discard_blob(piece.blob).await {
                tracing::warn!(%error, "pieces that nobody needs are left to be swept out");
                return;
            }
        }
    }

    /// Notes that a document's bytes are here.
    ///
    /// # Errors
    /// When they came before, or the log cannot be reached.
    pub async fn receive(
        &self,
        ingest: IngestId,
        received: IngestReceived,
    ) -> Result<u64, IngestError> {
        let change = Change::<Ingest>::of(IngestCommand::Receive(received));
        Ok(self.0.changes.make(&ingest.to_string(), change).await?)
    }

    /// How a document was announced, whoever's it is.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn announced(
        &self,
        ingest: IngestId,
    ) -> Result<Option<IngestAnnounced>, IngestError> {
        let id = ingest.to_string();
        let first = self.store().read_stream(Ingest::TYPE, &id, 0, 1).await?;
        Ok(first
            .first()
            .and_then(|recorded| match serde_json::from_str(&recorded.payload) {
                Ok(IngestEvent::Announced(announced)) => Some(announced),
                _ => None,
            }))
    }
}
