//! Since when nothing can be written, for whoever asks whether this server is ready: of a full disk the views hear
//! nothing, because there is nothing that they have not.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{AppendError, Outcome};
use crate::clock;

/// Tries that fail for so long are no mishap.
const LONG: Duration = Duration::from_secs(5);
/// Who is not ready is asked nothing more, and would never find out that there is room again: what failed so long ago
/// is tried anew.
const RECENT: Duration = Duration::from_secs(10);

/// Shared by the committer's task and its handles.
#[derive(Clone, Debug, Default)]
pub(super) struct Failing(Arc<Mutex<Option<Spell>>>);

/// Tries of which none has succeeded.
#[derive(Clone, Copy, Debug)]
struct Spell {
    since: i64,
    began: Instant,
    last: Instant,
}

impl Failing {
    /// What became of a try. What the database refuses for what it says tells nothing.
    pub(super) fn note(&self, result: &Result<Vec<Outcome>, AppendError>) {
        let mut spell = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(outcomes) if outcomes.iter().any(Result::is_ok) => *spell = None,
            Ok(_) | Err(AppendError::Refused(_)) => {}
            Err(AppendError::Away(_) | AppendError::Lost(_)) => {
                let now = Instant::now();
                let spell = spell.get_or_insert_with(|| Spell {
                    since: clock::now_micros(),
                    began: now,
                    last: now,
                });
                spell.last = now;
            }
        }
    }

    /// Since when, in microseconds since 1970, where that is long.
    pub(super) fn since(&self) -> Option<i64> {
        let spell = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spell
            .filter(|spell| spell.last - spell.began >= LONG && spell.last.elapsed() < RECENT)
            .map(|spell| spell.since)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::store::{CommitError, Committed};

    fn away() -> Result<Vec<Outcome>, AppendError> {
        Err(AppendError::Away("database or disk is full".to_owned()))
    }

    fn written() -> Result<Vec<Outcome>, AppendError> {
        Ok(vec![Ok(Committed {
            first_position: 1,
            last_position: 1,
            last_sequence: 1,
            recorded_at: 0,
        })])
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_told_when_nothing_else_has_happened_for_long() {
        let failing = Failing::default();
        failing.note(&away());
        assert_eq!(failing.since(), None, "a mishap");
        advance(LONG).await;
        assert_eq!(failing.since(), None, "nobody has tried since");
        failing.note(&away());
        let since = failing.since();
        assert!(since.is_some());
        // Who is refused for what it says has not been written.
        failing.note(&Ok(vec![Err(CommitError::PredecessorFailed)]));
        failing.note(&Err(AppendError::Refused("no".to_owned())));
        assert_eq!(failing.since(), since);
        advance(RECENT).await;
        assert_eq!(failing.since(), None, "others may try");
        failing.note(&away());
        assert_eq!(failing.since(), since, "it is as it was");
        failing.note(&written());
        assert_eq!(failing.since(), None);
        failing.note(&away());
        assert_eq!(failing.since(), None, "another mishap");
    }
}
