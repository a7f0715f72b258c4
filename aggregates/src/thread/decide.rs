//! The rules of a thread.

use super::{Refusal, Thread, ThreadCommand, ThreadEvent};
use crate::Decide;

impl Decide for Thread {
    fn decide(&self, _command: ThreadCommand) -> Result<Vec<ThreadEvent>, Refusal> {
        Ok(vec![])
    }
}
