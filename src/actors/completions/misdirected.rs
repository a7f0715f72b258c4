//! What somebody says to a conversation that is not there: it is judged all the same, and its verdict kept with a
//! completion that nobody is asked for.

use aggregates::completion::{Completion, CompletionCommand, Requested};

use super::{changes, unmade};
use crate::actors::{
    Directory,
    changes::Change,
    judging,
    messages::{CommandError, Origin},
    turn,
};

impl Directory {
    /// Notes it; `told` is what its author is told instead of an answer. Where nobody judges, there is nothing to
    /// note.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn note_misdirected(
        &self,
        mut requested: Requested,
        told: &str,
        origin: Origin,
    ) -> Result<(), CommandError> {
        let services = self.services();
        let said = std::mem::take(&mut requested.messages);
        let asked = turn::to_be_answered(&said);
        let judged = judging::question(&services.moderation, said, asked).await;
        if judged.verdicts.is_empty() {
            return Ok(());
        }
        requested.messages = judged.messages;
        let id = requested.completion.to_string();
        let command = CompletionCommand::NoteMisdirected {
            requested,
            verdicts: judged.verdicts,
            asked: asked.and_then(|asked| u32::try_from(asked).ok()),
            told: told.to_owned(),
        };
        let change = Change::<Completion>::of(command).from(origin);
        let known = Some((Completion::Absent, 0));
        let made = changes(services).make_from(&id, known, change).await;
        made.map(drop).map_err(unmade)
    }
}
