//! What comes with messages: kept before the message is sent, and thrown away when it was not.

use aggregates::thread::{Attachment, ThreadEvent};

use super::{
    Directory,
    messages::{CommandError, Done},
};

impl Directory {
    /// Keeps these bytes for a message; durable when this returns.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attach(&self, mime: &str, bytes: &[u8]) -> Result<Attachment, CommandError> {
        Ok(self.services().store.keep_blob(mime, bytes).await?)
    }

    /// The message did not come about, or another request had sent it already: what was kept for it goes. Where
    /// that fails, or its outcome is not known, it is swept out later.
    pub async fn detach(&self, attachment: &Attachment) {
        if let Err(error) = self.services().store.discard_blob(attachment.blob).await {
            tracing::warn!(%error, "an attachment that nobody needs is left to be swept out");
        }
    }
}

impl Done {
    /// Whether a message of this commit has the attachment.
    #[must_use]
    pub fn has(&self, attachment: &Attachment) -> bool {
        self.events.iter().any(|event| match event {
            ThreadEvent::MessageSent(sent) => sent
                .attachments
                .iter()
                .any(|attached| attached.blob == attachment.blob),
            _ => false,
        })
    }
}
