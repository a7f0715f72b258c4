//! Titles: after a conversation's first answer, whoever wrote it is asked once for a title of three to six
//! words. A name that a person gave stays; an echo is not asked.

use std::{sync::Arc, time::Duration};

use aggregates::{
    ThreadId,
    thread::{
        Attempt, Dialect, Refusal, ReplyEnd, Route, Stage, Thread, ThreadCommand, ThreadEvent,
    },
};
use cqrs_es::Aggregate;
use futures_util::{StreamExt, stream};

use super::{Postponed, Subscriber};
use crate::{
    actors::{CommandError, Directory, Origin},
    providers::{Delta, Message, Providers, Request, Step},
    store::{Recorded, Store, StoreError},
};

/// Titles that are asked for at the same time.
const AT_ONCE: usize = 4;
/// How long a title may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest title, in characters.
const LONGEST: usize = 80;
/// Marks that stand around words in pairs, by their sorts.
const MARKS: [&str; 5] = ["\"“”„«»", "'‘’", "`", "*", "_"];
/// So much of a message is shown, in characters.
const EXCERPT: usize = 2_000;
/// A title of more bytes than this is none, and is not waited for.
const ENOUGH: usize = 1_000;
/// Events of a conversation that are looked at for its first answer.
const LOOKED_AT: usize = 64;
/// How many of them at a time: of a long conversation the first few say enough.
const PAGE: u32 = 8;
/// Events that came after it, at a time.
const READ_ON: u32 = 500;
const REQUESTED: &str = "erasure.requested";
/// Tries to give a name to a conversation that keeps changing.
const TRIES: u32 = 5;
const ASK: &str = "Write a title for the conversation below: three to six words in its language, without \
                   quotation marks. Answer with the title and nothing else.";

/// Names conversations.
pub struct Titles {
    directory: Directory,
    store: Store,
    providers: Arc<Providers>,
}

/// The first exchange of a conversation that nobody has named.
struct Exchange {
    thread: ThreadId,
    /// How often the conversation had been erased.
    erasures: u64,
    route: Route,
    question: String,
    answer: String,
}

impl Titles {
    /// With these providers.
    #[must_use]
    pub fn new(directory: Directory, store: Store, providers: Arc<Providers>) -> Self {
        Self {
            directory,
            store,
            providers,
        }
    }

    async fn title(&self, event: &Recorded) -> Result<(), Postponed> {
        let Some(exchange) = self.first_exchange(event).await? else {
            return Ok(());
        };
        let (said, attempts) = self.ask(&exchange).await;
        let note = ThreadCommand::NoteTitle {
            attempts,
            erasure: exchange.erasures,
        };
        self.directory
            .execute(exchange.thread, note, Origin::server())
            .await?;
        let Some(title) = said.as_deref().and_then(cleaned) else {
            tracing::info!(thread = %exchange.thread, "no title was found for a conversation");
            return Ok(());
        };
        self.name(&exchange, title).await
    }

    /// The exchange that this answer ends, when it is the first one that went well.
    async fn first_exchange(&self, event: &Recorded) -> Result<Option<Exchange>, StoreError> {
        let Some(end) = end(event) else {
            return Ok(None);
        };
        let (thread, _) = self.store.load::<Thread>(&event.aggregate_id).await?;
        let Ok(id) = event.aggregate_id.parse() else {
            return Ok(None);
        };
        if thread.owner().is_none() || thread.is_named() {
            return Ok(None);
        }
        let Some(question) = self.question(event, &end).await? else {
            return Ok(None);
        };
        // What a hold keeps can still be read, and says nothing of what was opened again since.
        if self.is_erased(event).await? {
            return Ok(None);
        }
        Ok(Some(Exchange {
            thread: id,
            erasures: thread.erasures(),
            route: end.route,
            question,
            answer: end.text,
        }))
    }

    /// Whether the conversation was erased after this.
    async fn is_erased(&self, event: &Recorded) -> Result<bool, StoreError> {
        let mut after = event.sequence;
        loop {
            let page = self
                .store
                .read_stream(Thread::TYPE, &event.aggregate_id, after, READ_ON)
                .await?;
            let Some(last) = page.last() else {
                return Ok(false);
            };
            after = last.sequence;
            if page.iter().any(|next| next.event_type == REQUESTED) {
                return Ok(true);
            }
        }
    }

    /// What this answer answers; `None` when another one was before it, or the dialect has no titles.
    async fn question(
        &self,
        event: &Recorded,
        end: &ReplyEnd,
    ) -> Result<Option<String>, StoreError> {
        let (mut answers, mut question) = (None, None);
        let (mut before, mut looked_at) = (event.sequence, 0);
        while looked_at < LOOKED_AT {
            let page = self
                .store
                .read_back(Thread::TYPE, &event.aggregate_id, before, PAGE)
                .await?;
            let Some(oldest) = page.last() else { break };
            before = oldest.sequence;
            looked_at += page.len();
            for recorded in &page {
                match serde_json::from_str(&recorded.payload) {
                    // A refusal is no answer that a conversation begins with.
                    Ok(ThreadEvent::ReplyCompleted(end)) if !end.is_refusal() => return Ok(None),
                    Ok(ThreadEvent::ReplyStarted(started)) if started.turn == end.turn => {
                        answers = Some(started.answers);
                    }
                    Ok(ThreadEvent::VerdictRecorded(recorded))
                        if recorded.stage == Stage::Input
                            && recorded.verdict.keeps_from_models()
                            && recorded.message.is_some()
                            && [answers, Some(end.turn.wish())].contains(&recorded.message) =>
                    {
                        return Ok(None);
                    }
                    // It stood in for the message, which comes before it.
                    Ok(ThreadEvent::ReloadRequested { turn, said, .. }) if turn == end.turn => {
                        question = said;
                    }
                    Ok(ThreadEvent::MessageSent(sent)) if answers == Some(sent.message) => {
                        question = question.or(Some(sent.text));
                    }
                    Ok(ThreadEvent::Opened(opened)) => {
                        let dialect = opened.dialect;
                        return Ok(question.filter(|_| has_titles(dialect)));
                    }
                    _ => {}
                }
            }
        }
        Ok(None)
    }

    /// What the model says, `None` when it fails or takes too long; and what it cost.
    async fn ask(&self, exchange: &Exchange) -> (Option<String>, Vec<Attempt>) {
        let [question, answer] = [&exchange.question, &exchange.answer]
            .map(|text| text.chars().take(EXCERPT).collect::<String>());
        let request = Request {
            system: Some(ASK.to_owned()),
            messages: vec![Message::user(format!(
                "User: {question}\n\nAssistant: {answer}\n\nTitle:"
            ))],
            without_reasoning: true,
            ..Request::default()
        };
        let mut steps = self.providers.run(&exchange.route, request);
        let mut attempts = vec![];
        let mut title = String::new();
        let listening = async {
            while let Some(step) = steps.next().await {
                match step {
                    Step::Delta {
                        delta: Delta::Text(text),
                        ..
                    } => title.push_str(&text),
                    Step::Delta { .. } => {}
                    Step::Attempt(attempt) => attempts.push(attempt),
                    Step::Failed(_) => return false,
                }
                if title.len() > ENOUGH {
                    return false;
                }
            }
            true
        };
        let whole = tokio::time::timeout(PATIENCE, listening).await;
        attempts.extend(steps.abandon());
        (whole.unwrap_or(false).then_some(title), attempts)
    }

    /// Gives the name, unless a person was faster or the conversation is another one by now.
    async fn name(&self, exchange: &Exchange, name: String) -> Result<(), Postponed> {
        for _ in 0..TRIES {
            let id = exchange.thread.to_string();
            let (thread, sequence) = self.store.load::<Thread>(&id).await?;
            let changed = thread.erasures() != exchange.erasures || thread.owner().is_none();
            if changed || thread.is_named() {
                return Ok(());
            }
            let command = ThreadCommand::Rename {
                name: name.clone(),
                generated: true,
            };
            let origin = Origin::server().having_seen(sequence);
            match self
                .directory
                .execute(exchange.thread, command, origin)
                .await
            {
                Err(CommandError::Refused(Refusal::Stale)) => {}
                Ok(_) | Err(CommandError::Refused(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl Subscriber for Titles {
    const NAME: &'static str = "titles";
    const EVENTS: &'static [&'static str] = &["reply.completed"];

    fn wants(&mut self, event: &Recorded) -> bool {
        // What was said before an answer is shown to a model, so a first answer was shown little.
        end(event).is_some_and(|end| {
            let provider = self.providers.get(&end.route.provider);
            let few = usize::try_from(end.context_messages).is_ok_and(|shown| shown < LOOKED_AT);
            few && !end.is_refusal() && provider.is_some_and(|provider| provider.reads_history())
        })
    }

    async fn follow(&mut self, events: Vec<Recorded>) -> Result<(), Postponed> {
        let this = &*self;
        let titles = events
            .into_iter()
            .map(|event| async move { this.title(&event).await });
        let titled: Vec<_> = stream::iter(titles)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        titled.into_iter().collect()
    }
}

/// Whether this dialect's clients show a title that they have not given themselves.
fn has_titles(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Assistant | Dialect::Threads)
}

fn end(event: &Recorded) -> Option<ReplyEnd> {
    match serde_json::from_str(&event.payload) {
        Ok(ThreadEvent::ReplyCompleted(end)) => Some(end),
        _ => None,
    }
}

/// The title without what models put around one: at most 80 characters of one line.
fn cleaned(said: &str) -> Option<String> {
    let line = said.lines().map(str::trim).find(|line| !line.is_empty())?;
    let words = line
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    let line = unwrapped(&line);
    let line = match line.split_once(':') {
        Some((label, title)) if unwrapped(label).eq_ignore_ascii_case("title") => unwrapped(title),
        _ => line,
    };
    let title = unwrapped(beginning(line));
    (!title.is_empty()).then(|| title.to_owned())
}

/// Without the marks around it. Those of single words stay, so that none loses its other half.
fn unwrapped(mut line: &str) -> &str {
    loop {
        line = line
            .trim_matches(|character: char| character.is_whitespace() || "#.".contains(character));
        match MARKS.iter().find(|marks| stand_around(line, marks)) {
            Some(marks) => line = line.trim_matches(|character: char| marks.contains(character)),
            None => return line,
        }
    }
}

/// Whether there are such marks at the ends and nowhere between, but for apostrophes and the like.
fn stand_around(line: &str, marks: &str) -> bool {
    let is_mark = |character: char| marks.contains(character);
    let within = line.trim_matches(is_mark);
    let parts: Vec<&str> = within.split(is_mark).collect();
    let mut between = parts.windows(2);
    within.len() < line.len()
        && between.all(|parts| {
            parts[0].ends_with(char::is_alphanumeric) && parts[1].starts_with(char::is_alphanumeric)
        })
}

/// At most 80 characters. A word that would be cut is left out: half a secret is not known for one any more.
fn beginning(line: &str) -> &str {
    let Some((end, next)) = line.char_indices().nth(LONGEST) else {
        return line;
    };
    let kept = &line[..end];
    if !next.is_ascii_alphanumeric() {
        return kept;
    }
    kept.trim_end_matches(|character: char| character.is_ascii() && character != ' ')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_title_is_one_line_without_what_stands_around_it() {
        for (said, title) in [
            ("A walk in Prague", "A walk in Prague"),
            ("\"A walk in Prague.\"\n", "A walk in Prague"),
            (
                "\n\n**Title: A walk\tin  Prague**\nIt is about a walk.",
                "A walk in Prague",
            ),
            ("„Ein Gang durch Prag“", "Ein Gang durch Prag"),
            ("# What's new?", "What's new?"),
            ("Rust: a start", "Rust: a start"),
            ("**Title:** A walk", "A walk"),
            ("'What's new?'", "What's new?"),
            ("\"A walk in Prague", "A walk in Prague"),
            ("\"Hello\" and \"Bye\" words", "\"Hello\" and \"Bye\" words"),
            ("What is \"Rust\"", "What is \"Rust\""),
            ("About `code`.", "About `code`"),
            ("**Bold** title of words", "**Bold** title of words"),
        ] {
            assert_eq!(cleaned(said).as_deref(), Some(title));
        }
        assert_eq!(cleaned(&"ž".repeat(200)).unwrap().chars().count(), 80);
        let secret = format!(
            "{} ghp_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij",
            "word ".repeat(12)
        );
        assert_eq!(cleaned(&secret).unwrap(), "word ".repeat(12).trim());
        assert_eq!(cleaned(&"x".repeat(200)), None);
        for nothing in ["", " \n ", "\"\"", "Title:", "..."] {
            assert_eq!(cleaned(nothing), None, "{nothing}");
        }
    }
}
