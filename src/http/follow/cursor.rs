//! A place in a reply, and what of a text lies behind it.

use std::str::FromStr;

use aggregates::{ThreadId, TurnId};

use crate::{
    http::{Api, READ_YOUR_WRITES},
    views::ViewError,
};

/// A place in a reply: `<turn>.<offset>`, with `.<reasoning offset>` where a model showed its thoughts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) turn: TurnId,
    pub(crate) text: u64,
    pub(crate) reasoning: u64,
}

impl Cursor {
    /// The beginning of a thread's newest reply that has begun, with text or without; `None`: none has.
    pub(crate) async fn newest(api: &Api, thread: ThreadId) -> Result<Option<Self>, ViewError> {
        // Who has lost the stream of a question is not to be shown the answer of the one before.
        let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
        let Some(answer) = api.views.newest_answer(thread.0).await? else {
            return Ok(None);
        };
        let turn = answer.turn.parse();
        Ok(Some(Self {
            turn: turn.map_err(|_| ViewError::Unreadable("transcript"))?,
            text: 0,
            reasoning: 0,
        }))
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(written: &str) -> Result<Self, ()> {
        let mut parts = written.trim().split('.');
        let turn = parts.next().ok_or(())?.parse().map_err(|_| ())?;
        let text = parts.next().ok_or(())?.parse().map_err(|_| ())?;
        let reasoning = match parts.next() {
            Some(offset) => offset.parse().map_err(|_| ())?,
            None => 0,
        };
        if parts.next().is_some() {
            return Err(());
        }
        Ok(Self {
            turn,
            text,
            reasoning,
        })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.reasoning {
            0 => write!(f, "{}.{}", self.turn, self.text),
            reasoning => write!(f, "{}.{}.{reasoning}", self.turn, self.text),
        }
    }
}

/// What comes after `offset` bytes, floored to a character; `None` when nothing does.
pub(super) fn rest(text: &str, offset: u64) -> Option<String> {
    let at = floor(text, offset);
    (at < text.len()).then(|| text[at..].to_owned())
}

/// The nearest character boundary at or before `offset`, never past the end.
pub(super) fn floor(text: &str, offset: u64) -> usize {
    let at = usize::try_from(offset).unwrap_or(usize::MAX);
    text.floor_char_boundary(at)
}
