//! How what others use is closed before it is deleted: see [`Closing`] for why that is a stream of its own.

use aggregates::closing::{Closing, ClosingCommand, ClosingRefusal};

use super::{Configuration, ConfigurationError, unmade};
use crate::actors::{
    changes::{Change, Unchanged},
    messages::Origin,
};

/// A closing as it was at some point of its stream.
#[derive(Clone, Copy, Debug)]
pub struct BeingClosed(Closing, u64);

impl Configuration {
    /// Says that this thing is about to end. Whoever used it before is in the log by now; whoever does from now on
    /// [keeps it open](Self::keep_open).
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn begin_closing(
        &self,
        id: &str,
        origin: Origin,
    ) -> Result<BeingClosed, ConfigurationError> {
        let change = Change::<Closing>::of(ClosingCommand::Begin).from(origin);
        self.0.make(id, change).await.map_err(fault)?;
        let (closing, sequence) = self.0.store.load::<Closing>(id).await?;
        Ok(BeingClosed(closing, sequence))
    }

    /// Closes it for ever; `false`: something has happened since it was begun, look again whether it is used.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn close(
        &self,
        id: &str,
        BeingClosed(closing, sequence): BeingClosed,
        origin: Origin,
    ) -> Result<bool, ConfigurationError> {
        let change = Change::<Closing>::of(ClosingCommand::Complete).from(origin);
        match self.0.attempt(id, (closing, sequence), &change).await {
            Ok(made) => Ok(made.is_some()),
            Err(Unchanged::Refused(_)) => Ok(false),
            Err(unchanged) => Err(fault(unchanged)),
        }
    }

    /// Keeps a thing open which something in the log uses now.
    ///
    /// # Errors
    /// [`ConfigurationError::Unknown`] when it was closed before; or the log cannot be reached.
    pub async fn keep_open(&self, id: &str, origin: Origin) -> Result<(), ConfigurationError> {
        let change = Change::<Closing>::of(ClosingCommand::Withdraw).from(origin);
        match self.0.make(id, change).await {
            Ok(_) => Ok(()),
            Err(Unchanged::Refused(ClosingRefusal::Completed)) => Err(ConfigurationError::Unknown),
            Err(unchanged) => Err(fault(unchanged)),
        }
    }
}

fn fault(unchanged: Unchanged<ClosingRefusal>) -> ConfigurationError {
    unmade(unchanged, |refusal| {
        ConfigurationError::Fault(refusal.to_string())
    })
}
