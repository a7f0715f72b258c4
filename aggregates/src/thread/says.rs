//! Which events say something of a conversation, and under which id.

use super::ThreadEvent;
use crate::ids::MessageId;

impl ThreadEvent {
    /// What this event says something of: a message, an answer ([`crate::TurnId::answer`]), or what came with a wish for
    /// another answer ([`crate::TurnId::wish`]), which is no message and may have a case all the same. Nothing for an
    /// event that holds no words of the conversation, and for what an erased one's reply had shown.
    #[must_use]
    pub fn says(&self) -> Option<MessageId> {
        match self {
            Self::MessageSent(sent) => Some(sent.message),
            Self::ReloadRequested {
                turn,
                said: Some(_),
                ..
            } => Some(turn.wish()),
            Self::ReplyCompleted(end)
            | Self::ReplyFailed(end)
            | Self::ReplyStopped(end)
            | Self::ReplyInterrupted(end) => Some(end.turn.answer()),
            Self::ToolCalled(called) => Some(called.turn.answer()),
            Self::ToolAnswered(answered) => Some(answered.turn.answer()),
            Self::MessageRedacted { message, .. } | Self::MessageRestored { message, .. } => {
                Some(*message)
            }
            _ => None,
        }
    }
}
