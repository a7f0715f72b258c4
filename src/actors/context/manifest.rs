//! What a model was shown for a reply, computed again from the log as it was computed then.

use aggregates::{
    MessageId, ThreadId, TurnId,
    ingest::{Ingest, IngestEvent},
    thread::{
        Attempt, ContextRule, ReplyEnd, Source, Sources, Thread, ThreadEvent, ToolAnswered,
        ToolCalled, Tools,
    },
};
use cqrs_es::Aggregate;

use super::{Start, read, system_prompt};
use crate::{
    actors::{grounding, lookups},
    providers::Role,
    store::{Store, StoreError},
};

/// Events of one read.
const PAGE: u32 = 1_000;
/// The same of a document, whose events are longer.
const PASSAGES: u32 = 32;

/// See the module.
#[derive(Clone, Debug)]
pub struct ContextManifest {
    /// Where the reply was begun: the thread as it was there is what could be shown.
    pub position: u64,
    /// The message that it answers.
    pub answers: MessageId,
    /// How the messages are chosen.
    pub rule: ContextRule,
    /// What a model is told besides them.
    pub system_prompt: Option<String>,
    /// Each provider that could be asked.
    pub asked: Vec<Asked>,
    /// The calls that were made, once the reply has ended.
    pub attempts: Vec<Attempt>,
    /// The passages of documents that it rests on, once it has ended, where it rests on any.
    pub notes: Option<NotesShown>,
    /// What could be looked up, and what was, once it has ended.
    pub lookups: Option<LookupsShown>,
}

/// What a model has looked up, and by which words it was told that it may.
#[derive(Clone, Debug)]
pub struct LookupsShown {
    /// The name of these words, and the tools that there were; nothing, where the server that knew was killed.
    pub tools: Option<Tools>,
    /// How to look things up; nothing, where these words are not known any more.
    pub rules: Option<&'static str>,
    /// Each call with what came of it, where anything did; the texts are empty once they were erased.
    pub calls: Vec<(ToolCalled, Option<ToolAnswered>)>,
}

/// Passages that a model was shown beside the conversation, and by which words.
#[derive(Clone, Debug)]
pub struct NotesShown {
    /// The name of these words.
    pub prompt: String,
    /// How to answer from them; nothing, where these words are not known any more.
    pub rules: Option<&'static str>,
    /// Each with what it says, while its document is there; moderation may have taken something out of that.
    pub passages: Vec<(Source, Option<String>)>,
}

/// What one provider is shown.
#[derive(Clone, Debug)]
pub struct Asked {
    /// By its configured name.
    pub provider: String,
    /// Why it cannot be asked, when it cannot.
    pub obstacle: Option<String>,
    /// The messages, oldest first.
    pub messages: Vec<AskedMessage>,
}

/// A message that is shown.
#[derive(Clone, Debug)]
pub struct AskedMessage {
    /// Its place.
    pub place: u64,
    /// Under which id it was said.
    pub message: MessageId,
    /// It came with the wish for this answer, and is shown in place of the message that stands there.
    pub stands_in: bool,
    /// A person's, or a model's.
    pub by_person: bool,
    /// What it says; empty once it was erased.
    pub text: String,
    /// How many of its images are shown.
    pub images: usize,
}

/// What was shown for this turn; `None`: the thread has none of this id.
pub(in crate::actors) async fn manifest(
    store: &Store,
    thread: ThreadId,
    turn: TurnId,
) -> Result<Option<ContextManifest>, StoreError> {
    let (id, mut sequence, mut state) = (thread.to_string(), 0, Thread::default());
    let mut begun = None;
    let (mut attempts, mut sources, mut tools) = (vec![], None, None);
    let mut calls: Vec<(ToolCalled, Option<ToolAnswered>)> = vec![];
    'log: loop {
        let events = store.read_stream(Thread::TYPE, &id, sequence, PAGE).await?;
        let Some(last) = events.last() else { break };
        sequence = last.sequence;
        for recorded in &events {
            let Ok(event) = serde_json::from_str::<ThreadEvent>(&recorded.payload) else {
                continue;
            };
            if begun.is_none() {
                match &event {
                    ThreadEvent::ReplyStarted(started) if started.turn == turn => {
                        let cuts = state.cuts().to_vec();
                        begun = Some((recorded.position, recorded.sequence, started.clone(), cuts));
                    }
                    _ => state.apply(event),
                }
            } else if let Some(end) = end(&event).filter(|end| end.turn == turn) {
                attempts.clone_from(&end.attempts);
                sources.clone_from(&end.sources);
                tools.clone_from(&end.tools);
                break 'log;
            } else {
                match event {
                    ThreadEvent::ToolCalled(called) if called.turn == turn => {
                        calls.push((called, None));
                    }
                    ThreadEvent::ToolAnswered(answered) if answered.turn == turn => {
                        let mut made = calls.iter_mut();
                        if let Some((_, told)) = made.find(|(made, _)| made.call == answered.call) {
                            *told = Some(answered);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    let Some((position, sequence, started, cuts)) = begun else {
        return Ok(None);
    };
    let start = Start {
        thread,
        turn,
        sequence,
        answers: started.answers,
        rule: started.context.clone(),
        cuts,
        grounding: started.options.grounding.clone(),
    };
    let shown = read(store, start).await?;
    let mut providers: Vec<&String> = started
        .context
        .limits
        .iter()
        .map(|limit| &limit.provider)
        .collect();
    let others = attempts.iter().map(|attempt| &attempt.route.provider);
    for other in others.chain([&started.route.provider]) {
        if !providers.contains(&other) {
            providers.push(other);
        }
    }
    let wish = turn.wish();
    let asked = shown.iter().flat_map(|shown| {
        providers.iter().map(|provider| {
            let messages = shown.to(provider).into_iter();
            Asked {
                provider: (*provider).clone(),
                obstacle: shown.obstacle_of(provider),
                messages: messages
                    .map(|(said, images)| AskedMessage {
                        place: said.index,
                        message: said.id,
                        stands_in: said.id == wish,
                        by_person: said.message.role == Role::User,
                        text: said.message.text.clone(),
                        images,
                    })
                    .collect(),
            }
        })
    });
    let asked = asked.collect();
    Ok(Some(ContextManifest {
        position,
        answers: started.answers,
        system_prompt: system_prompt(started.options.mood),
        rule: started.context,
        asked,
        attempts,
        notes: match sources {
            Some(sources) => Some(notes(store, sources).await?),
            None => None,
        },
        lookups: (tools.is_some() || !calls.is_empty()).then(|| LookupsShown {
            rules: tools
                .as_ref()
                .and_then(|tools| lookups::rules(&tools.prompt)),
            tools,
            calls,
        }),
    }))
}

async fn notes(store: &Store, sources: Sources) -> Result<NotesShown, StoreError> {
    let mut passages = vec![];
    for source in sources.passages {
        let text = passage(store, &source).await?;
        passages.push((source, text));
    }
    Ok(NotesShown {
        rules: grounding::rules(&sources.prompt),
        prompt: sources.prompt,
        passages,
    })
}

/// What a passage says; `None`: it was erased.
async fn passage(store: &Store, source: &Source) -> Result<Option<String>, StoreError> {
    let (id, mut after) = (source.ingest.to_string(), 0);
    loop {
        let events = store
            .read_stream(Ingest::TYPE, &id, after, PASSAGES)
            .await?;
        let Some(last) = events.last() else {
            return Ok(None);
        };
        after = last.sequence;
        for recorded in &events {
            let Ok(IngestEvent::Chunked { first, chunks }) =
                serde_json::from_str(&recorded.payload)
            else {
                continue;
            };
            let nth = source.chunk.checked_sub(first);
            let nth = nth.and_then(|nth| usize::try_from(nth).ok());
            if let Some(chunk) = nth.and_then(|nth| chunks.into_iter().nth(nth)) {
                return Ok(Some(chunk.text).filter(|text| !text.is_empty()));
            }
        }
    }
}

fn end(event: &ThreadEvent) -> Option<&ReplyEnd> {
    match event {
        ThreadEvent::ReplyCompleted(end)
        | ThreadEvent::ReplyFailed(end)
        | ThreadEvent::ReplyStopped(end)
        | ThreadEvent::ReplyInterrupted(end) => Some(end),
        _ => None,
    }
}
