//! given events, when a command comes, then these events (or this refusal) follow.

use std::fmt::Debug;

use crate::Decide;

/// An aggregate with a history.
pub(crate) struct Given<A> {
    state: A,
}

/// What an aggregate said to a command.
pub(crate) struct Outcome<A: Decide> {
    state: A,
    decision: Result<Vec<A::Event>, A::Error>,
}

/// An aggregate to which `events` have happened.
pub(crate) fn given<A: Decide>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let mut state = A::default();
    events.into_iter().for_each(|event| state.apply(event));
    Given { state }
}

impl<A: Decide> Given<A> {
    pub(crate) fn when(self, command: A::Command) -> Outcome<A> {
        Outcome {
            decision: self.state.decide(command),
            state: self.state,
        }
    }

    /// Looks at the state.
    pub(crate) fn state(self) -> A {
        self.state
    }
}

impl<A: Decide> Outcome<A>
where
    A::Event: PartialEq + Debug,
    A::Error: PartialEq + Debug,
{
    /// Exactly these events; they have happened then, and another `when` may follow.
    #[track_caller]
    pub(crate) fn then(mut self, events: impl IntoIterator<Item = A::Event>) -> Given<A> {
        let events = Vec::from_iter(events);
        assert_eq!(self.decision.as_ref(), Ok(&events));
        events.into_iter().for_each(|event| self.state.apply(event));
        Given { state: self.state }
    }

    /// What it decided, where only a part of it matters.
    #[track_caller]
    pub(crate) fn decided(self) -> Vec<A::Event> {
        self.decision.expect("no refusal")
    }

    #[track_caller]
    pub(crate) fn then_nothing(self) -> Given<A> {
        self.then([])
    }

    #[track_caller]
    pub(crate) fn then_refused(self, refusal: A::Error) {
        assert_eq!(self.decision, Err(refusal));
    }
}
