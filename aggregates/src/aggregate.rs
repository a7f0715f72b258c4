//! The one shape every aggregate has: a synchronous decision, and the loop that the stock contract wants.

use cqrs_es::Aggregate;

/// A decision without side effects: the rules of an aggregate.
pub trait Decide: Aggregate {
    /// The events that `command` causes in this state, in order; empty when nothing is left to do.
    ///
    /// # Errors
    /// The refusal, when the rules forbid the command; the state is as it was.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Error>;
}

/// `Aggregate::handle` for a type that is [`Decide`]: a loop over the decision into the sink.
macro_rules! handle_by_deciding {
    () => {
        async fn handle(
            &mut self,
            command: Self::Command,
            _: &(),
            sink: &cqrs_es::event_sink::EventSink<Self>,
        ) -> Result<(), Self::Error> {
            for event in crate::Decide::decide(self, command)? {
                sink.write(event, self).await;
            }
            Ok(())
        }
    };
}
pub(crate) use handle_by_deciding;
