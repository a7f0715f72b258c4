//! Looking through one document: its bytes to a process, the process' passages to the log; a picture to somebody who
//! says what is seen in it.

use std::time::Duration;

use aggregates::{
    Decide, IngestId,
    ingest::{Ingest, IngestCommand, IngestEvent, IngestReceived, IngestRefusal, IngestedChunk},
};
use cqrs_es::Aggregate;
use futures_util::{StreamExt, stream};
use passages::Page;

use super::{IngestError, Ingests, kept_as};
use crate::{
    actors::changes::Change,
    ingestion::{PARSER, Parsed, Unparsed, passages},
    providers::{ProviderError, encoded},
    store::{StoreError, TurnChange},
};

/// Passages of one event.
const TOGETHER: usize = 64;
/// Between two tries to reach a database that is away.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

const UPDATED: &str = "This document was interrupted by an update of the server: ingest it again.";
const GONE: &str = "The bytes of this document are gone: upload it again.";
const NOTHING: &str = "There is no text in this document.";
const UNSEEN: &str = "The vision provider said nothing of this picture: upload its text instead.";

/// Events that are read at a time.
const PAGE: u32 = 16;

/// Until it has ended, or is nobody's business any more.
pub(super) async fn look_through(ingests: &Ingests, ingest: IngestId) {
    let mut pause = PAUSES[0];
    loop {
        match attempt(ingests, ingest).await {
            Ok(()) => return,
            // Deleted meanwhile, or another node was faster.
            Err(IngestError::Refused(refusal)) => {
                tracing::debug!(%ingest, %refusal, "a document is not looked through");
                return;
            }
            Err(IngestError::Fault(fault)) => {
                tracing::error!(%ingest, fault, "a document could not be looked through");
                return;
            }
            Err(error) => {
                tracing::warn!(%ingest, %error, "a document has to wait");
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES[1]);
    }
}

/// Has vectors made of a document that was looked through before. Where that fails it is found by its words alone, until
/// its bytes come again.
pub(super) async fn make_vectors(ingests: &Ingests, ingest: IngestId) {
    if let Err(error) = try_vectors(ingests, ingest).await {
        tracing::warn!(%ingest, %error, "a document that came again has no vectors");
    }
}

async fn try_vectors(ingests: &Ingests, ingest: IngestId) -> Result<(), IngestError> {
    let owner = ingests.state(ingest).await?.owner();
    let turn = ingests.turn_of(owner.ok_or(IngestRefusal::Unknown)?);
    let _turn = turn.acquire().await;
    let _slot = ingests.0.ingestion.slot().await;
    // It may have been deleted while it waited.
    let (state, sequence) = ingests.load(ingest).await?;
    if !ingests.lacks_vectors(&state) {
        return Ok(());
    }
    let mut work = Work {
        ingests,
        ingest,
        state,
        sequence,
    };
    let chunks = work.recorded().await?;
    if chunks.len() as u64 != work.state.chunks() {
        // Deleted this moment.
        return Ok(());
    }
    work.embed(&chunks).await?;
    work.save().await;
    Ok(())
}

async fn attempt(ingests: &Ingests, ingest: IngestId) -> Result<(), IngestError> {
    let announced = ingests.announced(ingest).await?;
    let announced = announced.ok_or(IngestRefusal::Unknown)?;
    let turn = ingests.turn_of(announced.owner);
    let _turn = turn.acquire().await;
    let slot = ingests.0.ingestion.slot().await;
    // It may have been deleted while it waited.
    let (state, sequence) = ingests.load(ingest).await?;
    let received = ingests.received(ingest).await?;
    let received = received.ok_or(IngestRefusal::Unknown)?;
    let mut work = Work {
        ingests,
        ingest,
        state,
        sequence,
    };
    let started = work.make(
        IngestCommand::Start {
            parser: PARSER.to_owned(),
        },
        None,
    );
    match started.await {
        Ok(()) => {}
        Err(IngestError::Refused(IngestRefusal::OtherParser)) => {
            return work.fail(UPDATED, &received).await;
        }
        Err(error) => return Err(error),
    }
    if work.state.is_described() {
        let parsed = Parsed {
            chunks: work.recorded().await?,
            ..Parsed::default()
        };
        return work.keep(parsed).await;
    }
    match parse(ingests, ingest, &received).await {
        Ok(Parsed {
            picture: Some(picture),
            ..
        }) => {
            // Others need not wait for a model.
            drop(slot);
            work.describe(picture, &received).await
        }
        Ok(parsed) if parsed.chunks.is_empty() => work.fail(NOTHING, &received).await,
        Ok(parsed) => work.keep(parsed).await,
        Err(Unparsed::Unreadable(sentence)) => work.fail(&sentence, &received).await,
        Err(Unparsed::Source(IngestError::Swept)) => work.fail(GONE, &received).await,
        Err(Unparsed::Source(error)) => Err(error),
        Err(Unparsed::Machine(error)) => {
            tracing::error!(%error, "no process looks through documents");
            Err(IngestError::Unavailable)
        }
    }
}

async fn parse(
    ingests: &Ingests,
    ingest: IngestId,
    received: &IngestReceived,
) -> Result<Parsed, Unparsed<IngestError>> {
    let bytes = stream::iter(received.pieces.clone()).then(|piece| async move {
        let opened = ingests.store().blob(&piece).await?;
        opened.ok_or(IngestError::Swept)
    });
    let mime = received.pieces.first().map_or("", |piece| &piece.mime);
    tracing::debug!(%ingest, "looking through a document");
    let pictures = ingests.0.models.vision.is_some();
    ingests.0.ingestion.parse(mime, pictures, bytes).await
}

/// A document and its state, which nobody else should change meanwhile.
struct Work<'a> {
    ingests: &'a Ingests,
    ingest: IngestId,
    state: Ingest,
    sequence: u64,
}

impl Work<'_> {
    /// Keeps the passages that are not there yet.
    async fn keep(&mut self, parsed: Parsed) -> Result<(), IngestError> {
        let there = usize::try_from(self.state.chunks()).unwrap_or(usize::MAX);
        let mut chunks = parsed.chunks.iter().skip(there).cloned();
        loop {
            let together: Vec<_> = chunks.by_ref().take(TOGETHER).collect();
            if together.is_empty() {
                break;
            }
            let after = self.state.chunks();
            let chunks = together;
            self.make(IngestCommand::Add { after, chunks }, None)
                .await?;
        }
        self.embed(&parsed.chunks).await?;
        let complete = IngestCommand::Complete {
            chunks: self.state.chunks(),
            pages: parsed.pages,
        };
        self.make(complete, Some(None)).await
    }

    /// Has somebody say what is seen. What they say is recorded as the calls are: nobody is asked twice for the same
    /// picture, and its passages are of one description.
    async fn describe(
        &mut self,
        picture: Vec<u8>,
        received: &IngestReceived,
    ) -> Result<(), IngestError> {
        let Some(model) = &self.ingests.0.models.vision else {
            return self.fail(NOTHING, received).await;
        };
        let (said, attempts) = model.describe(picture.into()).await;
        let described = match said {
            Ok(text) => {
                let chunks = passages(&[Page { number: None, text }]);
                match chunks.is_empty() {
                    true => Err(UNSEEN.to_owned()),
                    false => Ok(chunks),
                }
            }
            Err(error) => {
                let (kind, status) = (error.kind(), error.status());
                tracing::warn!(ingest = %self.ingest, kind, status, "a picture is not described");
                Err(undescribed(&error))
            }
        };
        let parsed = described.clone().map(|chunks| Parsed {
            chunks,
            ..Parsed::default()
        });
        let ends = parsed.is_err().then_some(Some(received));
        let command = IngestCommand::Describe {
            attempts,
            described,
        };
        let mut pause = PAUSES[0];
        // A log that cannot be written for a while is no reason to have the same picture described again.
        while let Err(error) = self.make(command.clone(), ends).await {
            if !matches!(error, IngestError::Unavailable) {
                return Err(error);
            }
            tracing::warn!(ingest = %self.ingest, "what was said of a picture has to wait");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES[1]);
        }
        match parsed {
            Ok(parsed) => self.keep(parsed).await,
            Err(_) => Ok(()),
        }
    }

    /// The passages that are there, from the record.
    async fn recorded(&self) -> Result<Vec<IngestedChunk>, IngestError> {
        let (id, store) = (self.ingest.to_string(), self.ingests.store());
        let (mut found, mut after) = (vec![], 0);
        // Vectors follow, which nobody needs here.
        while (found.len() as u64) < self.state.chunks() {
            let page = store.read_stream(Ingest::TYPE, &id, after, PAGE).await?;
            let Some(last) = page.last() else {
                break;
            };
            after = last.sequence;
            for recorded in &page {
                if let Ok(IngestEvent::Chunked { chunks, .. }) =
                    serde_json::from_str(&recorded.payload)
                {
                    found.extend(chunks);
                }
            }
        }
        Ok(found)
    }

    /// Has vectors made of the passages that have none. Where that fails they are found by their words alone.
    async fn embed(&mut self, chunks: &[IngestedChunk]) -> Result<(), IngestError> {
        let Some(model) = &self.ingests.0.models.vectors else {
            return Ok(());
        };
        let there = self.state.embedded_by(model.route());
        let there = usize::try_from(there).unwrap_or(usize::MAX);
        for together in chunks.get(there..).unwrap_or_default().chunks(TOGETHER) {
            let texts: Vec<String> = together.iter().map(|chunk| chunk.text.clone()).collect();
            let made = match model.of(&texts).await {
                Ok(made) => made,
                Err(error) => {
                    let (kind, status) = (error.kind(), error.status());
                    tracing::warn!(ingest = %self.ingest, kind, status, "passages have no vectors");
                    return Ok(());
                }
            };
            let command = IngestCommand::Embed {
                after: self.state.embedded_by(model.route()),
                route: model.route().clone(),
                vectors: made.vectors.iter().map(|vector| encoded(vector)).collect(),
                usage: made.usage,
            };
            self.make(command, None).await?;
        }
        Ok(())
    }

    /// The same bytes may be tried again.
    async fn fail(&mut self, error: &str, received: &IngestReceived) -> Result<(), IngestError> {
        let error = error.to_owned();
        self.make(IngestCommand::Fail { error }, Some(Some(received)))
            .await
    }

    /// Decides and commits from the state that is known; `ends`: the work is done, and whose bytes may come again.
    async fn make(
        &mut self,
        command: IngestCommand,
        ends: Option<Option<&IngestReceived>>,
    ) -> Result<(), IngestError> {
        let events = self.state.decide(command.clone())?;
        if events.is_empty() {
            return Ok(());
        }
        let mut change = Change::<Ingest>::of(command);
        if let Some(released) = ends {
            let turn = self.ingest.0;
            change.turns.push(TurnChange::Closed { turn });
            let released = released.and_then(|received| kept_as(&self.state, received));
            change.release.extend(released);
        }
        let known = Some((self.state.clone(), self.sequence));
        let (id, changes) = (self.ingest.to_string(), &self.ingests.0.changes);
        changes.make_from(&id, known, change).await?;
        self.sequence += events.len() as u64;
        events.into_iter().for_each(|event| self.state.apply(event));
        if ends.is_some() {
            self.save().await;
        }
        Ok(())
    }

    /// Whoever asks for it from now on need not read all its passages.
    async fn save(&self) {
        let id = self.ingest.to_string();
        let saved = match serde_json::to_string(&self.state) {
            Ok(state) => {
                let store = self.ingests.store();
                store
                    .save_snapshot(Ingest::TYPE, &id, self.sequence, &state)
                    .await
            }
            Err(error) => Err(StoreError::Refused(error.to_string())),
        };
        if let Err(error) = saved {
            tracing::warn!(id, %error, "the state of a document could not be kept");
        }
    }
}

/// Why nobody has said what is seen, without the provider's words: they may quote the picture.
fn undescribed(error: &ProviderError) -> String {
    let what = match error {
        ProviderError::Unreachable { .. } | ProviderError::Cut { .. } => {
            "cannot be reached".to_owned()
        }
        ProviderError::FirstByteTimeout { .. }
        | ProviderError::IdleTimeout { .. }
        | ProviderError::TooSlow { .. } => "does not answer in time".to_owned(),
        error => match error.status() {
            Some(status) => format!("answered {status}"),
            None => "has failed".to_owned(),
        },
    };
    format!(
        "Nobody could describe this picture, for the vision provider {what}: upload it again later."
    )
}
