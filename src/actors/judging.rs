//! What somebody or a model says passes moderation on its way to its thread: here, where every command passes.

use aggregates::{
    completion::{Said, Speaker},
    thread::{Attempt, Opening, ReplyEnd, SendMessage, ThreadCommand},
    verdict::Verdict,
};

use crate::moderation::Moderation;

/// The longest name of a thread, in characters.
const LONGEST_NAME: usize = 150;

/// The command with a verdict on all that it says. Whatever verdict it came with counts for nothing, but for one on
/// an answer: its turn has watched it.
pub(super) async fn judged(moderation: &Moderation, command: ThreadCommand) -> ThreadCommand {
    use ThreadCommand as Command;
    match command {
        Command::Send(send) => Command::Send(message(moderation, send).await),
        Command::Edit { target, send } => Command::Edit {
            target,
            send: message(moderation, send).await,
        },
        Command::Reload {
            turn,
            route,
            options,
            context,
            said,
            ..
        } => {
            let (said, judged) = match said {
                Some(said) => {
                    let input = moderation.input(said).await;
                    (Some(input.text), input.judged)
                }
                None => (None, None),
            };
            Command::Reload {
                turn,
                route,
                options,
                context,
                said,
                judged,
            }
        }
        Command::Open(opening) => Command::Open(self::opening(moderation, opening).await),
        Command::Rename { name, generated } => Command::Rename {
            name: cut(moderation.redacted(name.clone()).await, &name),
            generated,
        },
        Command::CompleteReply(end, verdict, next) => {
            let (end, verdict) = answer(moderation, end, verdict).await;
            Command::CompleteReply(end, verdict, next)
        }
        Command::FailReply(end, verdict, next) => {
            let (end, verdict) = answer(moderation, end, verdict).await;
            Command::FailReply(end, verdict, next)
        }
        Command::StopReply(end, verdict, next) => {
            let (end, verdict) = answer(moderation, end, verdict).await;
            Command::StopReply(end, verdict, next)
        }
        Command::InterruptReply(end, verdict, next) => {
            let (end, verdict) = answer(moderation, end, verdict).await;
            Command::InterruptReply(end, verdict, next)
        }
        Command::NoteTitle {
            mut attempts,
            erasure,
        } => {
            errors(moderation, &mut attempts).await;
            Command::NoteTitle { attempts, erasure }
        }
        // These say nothing, or what was judged with the case, or by their turn.
        Command::Archive
        | Command::Unarchive
        | Command::Truncate { .. }
        | Command::Rewind { .. }
        | Command::Restore { .. }
        | Command::RequestStop { .. }
        | Command::Review(_)
        | Command::CallTool(_)
        | Command::AnswerTool(_)
        | Command::Hold(_)
        | Command::ReleaseHold(_)
        | Command::KeepReply { .. }
        | Command::NoteImport(_)
        | Command::RequestErasure
        | Command::OrderErasure { .. }
        | Command::ConfirmErasure { .. }
        | Command::Expire(_)
        | Command::ConfirmExpiry { .. } => command,
    }
}

async fn opening(moderation: &Moderation, opening: Opening) -> Opening {
    let name = match opening.name {
        Some(name) => Some(cut(moderation.redacted(name.clone()).await, &name)),
        None => None,
    };
    Opening { name, ..opening }
}

async fn message(moderation: &Moderation, send: SendMessage) -> SendMessage {
    let input = moderation.input(send.text).await;
    let opens = match send.opening {
        Some(opens) => Some(opening(moderation, opens).await),
        None => None,
    };
    SendMessage {
        opening: opens,
        text: input.text,
        judged: input.judged,
        ..send
    }
}

/// What a completion asks, with what was said of it.
pub(super) struct Judged {
    /// Without what is not kept.
    pub(super) messages: Vec<Said>,
    /// Of each; none where nobody looks.
    pub(super) verdicts: Vec<Verdict>,
    pub(super) warning: Option<String>,
    /// What is answered instead of a model, when it is not to be asked.
    pub(super) refusal: Option<String>,
}

/// Judges all that somebody has a completion asked. An earlier message that is blocked is kept from the model; how to
/// behave, and what is to be answered, are refused.
pub(super) async fn question(
    moderation: &Moderation,
    said: Vec<Said>,
    asked: Option<usize>,
) -> Judged {
    let mut judged = Judged {
        messages: Vec::with_capacity(said.len()),
        verdicts: vec![],
        warning: None,
        refusal: None,
    };
    for (nth, said) in said.into_iter().enumerate() {
        // What was said before was asked about when it was said.
        let input = match asked == Some(nth) {
            true => moderation.input(said.text).await,
            false => moderation.input_here(said.text).await,
        };
        if let Some(of_this) = input.judged {
            if said.by == Speaker::System || asked == Some(nth) {
                judged.warning = judged.warning.or(of_this.warning);
                judged.refusal = judged.refusal.or(of_this.refusal);
            }
            judged.verdicts.push(of_this.verdict);
        }
        judged.messages.push(Said {
            text: input.text,
            ..said
        });
    }
    judged
}

/// Texts that are to become vectors, with what was said of them.
pub(super) struct JudgedTexts {
    /// Without what is not kept.
    pub(super) texts: Vec<String>,
    /// Of each; none where nobody looks.
    pub(super) verdicts: Vec<Verdict>,
    pub(super) warning: Option<String>,
    /// The first text that is kept from models, and what its author is told.
    pub(super) refusal: Option<(usize, String)>,
}

/// Judges all texts of an embedding. One that is blocked is refused, and with it the others: their author counts on a
/// vector for each.
pub(super) async fn texts(moderation: &Moderation, texts: Vec<String>) -> JudgedTexts {
    let mut judged = JudgedTexts {
        texts: Vec::with_capacity(texts.len()),
        verdicts: vec![],
        warning: None,
        refusal: None,
    };
    for (nth, text) in texts.into_iter().enumerate() {
        let input = moderation.input_here(text).await;
        if let Some(of_this) = input.judged {
            judged.warning = judged.warning.or(of_this.warning);
            let refusal = of_this.refusal.map(|refusal| (nth, refusal));
            judged.refusal = judged.refusal.or(refusal);
            judged.verdicts.push(of_this.verdict);
        }
        judged.texts.push(input.text);
    }
    judged
}

/// An answer that was made elsewhere: its text and its thoughts without what is not kept, and the verdict on both.
pub(super) fn told(
    moderation: &Moderation,
    thoughts: &str,
    text: &str,
) -> (String, String, Option<Verdict>) {
    let mut watching = moderation.answer(false);
    let mut kept = watching.thoughts(thoughts);
    let more = watching.text(text);
    let (end, verdict) = watching.finish();
    for leaving in [more, end] {
        kept.thoughts.push_str(&leaving.thoughts);
        kept.text.push_str(&leaving.text);
    }
    (kept.text, kept.thoughts, verdict)
}

/// An answer that nobody has watched to its end was shown as far as it is there: its owner went away.
pub(super) async fn answer(
    moderation: &Moderation,
    mut end: ReplyEnd,
    verdict: Option<Verdict>,
) -> (ReplyEnd, Option<Verdict>) {
    if let Some(error) = end.error.take() {
        end.error = Some(moderation.redacted(error).await);
    }
    errors(moderation, &mut end.attempts).await;
    let verdict = match verdict {
        Some(verdict) => Some(verdict),
        None => {
            let thoughts = end.reasoning.clone().unwrap_or_default();
            moderation.shown(thoughts, end.text.clone()).await
        }
    };
    (end, verdict)
}

/// A provider's sentence about its fault may quote what it was sent, or its own settings.
pub(super) async fn errors(moderation: &Moderation, attempts: &mut [Attempt]) {
    for attempt in attempts {
        if let Some(error) = attempt.error.take() {
            attempt.error = Some(moderation.redacted(error).await);
        }
    }
}

/// A name from which something was taken out may have become too long; one that is so by itself stays it.
fn cut(redacted: String, name: &str) -> String {
    if redacted == name {
        return redacted;
    }
    redacted.chars().take(LONGEST_NAME).collect()
}
