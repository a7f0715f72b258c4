//! Who is about to change the same aggregate, one after the other: nobody in this process loses a race to another one.

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// An aggregate: its type and its id.
type Name = (&'static str, String);

/// The lines there are; one is gone with the last that stood in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines(Arc<DashMap<Name, Arc<Mutex<()>>>>);

/// The head of a line, until it is dropped.
#[derive(Debug)]
pub struct Head {
    lines: Lines,
    of: Name,
    turn: Option<OwnedMutexGuard<()>>,
}

impl Lines {
    pub(super) async fn stand(&self, of: Name) -> Head {
        let line = Arc::clone(&self.0.entry(of.clone()).or_default());
        // Before waiting: who gives up tidies as well.
        let mut head = Head {
            lines: self.clone(),
            of,
            turn: None,
        };
        head.turn = Some(line.lock_owned().await);
        head
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        drop(self.turn.take());
        let lines = &self.lines.0;
        lines.remove_if(&self.of, |_, line| Arc::strong_count(line) == 1);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::poll;

    use super::*;

    #[tokio::test]
    async fn one_goes_after_the_other_and_nothing_is_left_of_a_line() {
        let lines = Lines::default();
        let stand = |id: &str| Box::pin(lines.stand(("thing", id.to_owned())));
        let first = stand("a").await;
        let (mut second, mut third) = (stand("a"), stand("a"));
        assert!(poll!(&mut second).is_pending());
        assert!(poll!(&mut third).is_pending());
        // Another one is in nobody's way.
        drop(stand("b").await);
        drop(first);
        drop(second);
        drop(third.await);
        assert!(lines.0.is_empty());
    }
}
