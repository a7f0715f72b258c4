//! What was asked once, and is erased as a whole: completions, embeddings and the documents of sessions.

use aggregates::{
    UserId,
    completion::{Completion, CompletionEvent},
    embedding::{Embedding, EmbeddingEvent},
    ingest::Ingest,
};
use cqrs_es::Aggregate;

use super::{PAGE, Postponed, Retention, too_old};
use crate::{
    actors::Origin,
    store::{Erasure, StoreError},
};

impl Retention {
    /// Erases a completion; `false`: it is put aside.
    pub(super) async fn erase_completion(&mut self, id: &str) -> Result<bool, Postponed> {
        let owner = self.owner(Completion::TYPE, id).await?;
        if self.is_held(Completion::TYPE, id, owner).await? {
            return Ok(false);
        }
        let (erasure, held_by) = (whole(Completion::TYPE, id), held_by(owner));
        let origin = Origin::retention();
        let erased = self
            .directory
            .erase_completion(&erasure, id.parse()?, &held_by, origin)
            .await?;
        self.erased(&erasure, erased).await
    }

    /// Erases an embedding; `false`: it is put aside.
    pub(super) async fn erase_embedding(&mut self, id: &str) -> Result<bool, Postponed> {
        let owner = self.owner(Embedding::TYPE, id).await?;
        if self.is_held(Embedding::TYPE, id, owner).await? {
            return Ok(false);
        }
        let (erasure, held_by) = (whole(Embedding::TYPE, id), held_by(owner));
        let origin = Origin::retention();
        let erased = self
            .directory
            .erase_embedding(&erasure, id.parse()?, &held_by, origin)
            .await?;
        self.erased(&erasure, erased).await
    }

    /// Has a document of a session deleted, as its owner would; the eraser does the rest. `false`: it is put aside.
    pub(super) async fn erase_document(&self, id: &str) -> Result<bool, Postponed> {
        let (ingest, _) = self.store.load::<Ingest>(id).await?;
        if self.is_held(Ingest::TYPE, id, ingest.owner()).await? {
            return Ok(false);
        }
        let (document, origin) = (id.parse()?, Origin::retention());
        if self.ingests.delete(document, origin).await? > 0 {
            metrics::counter!("colloquy_expired_total", "kind" => Ingest::TYPE).increment(1);
        }
        Ok(true)
    }

    /// `None`: a hold came in between, and what is left waits for it.
    async fn erased(&mut self, erasure: &Erasure, erased: Option<bool>) -> Result<bool, Postponed> {
        let Some(erased) = erased else {
            return Ok(false);
        };
        if erased {
            let kind = erasure.aggregate_type.clone();
            tracing::info!(
                of = kind,
                id = erasure.aggregate_id,
                "what was too old is gone"
            );
            metrics::counter!("colloquy_expired_total", "kind" => kind).increment(1);
        }
        self.files = true;
        self.store.forget_destroyed(erasure).await?;
        Ok(true)
    }

    /// Records the erasures of which an earlier process has destroyed the keys, and no more.
    pub(super) async fn finish(&mut self) -> Result<(), Postponed> {
        for kind in [Completion::TYPE, Embedding::TYPE] {
            for id in self.store.half_destroyed(kind).await? {
                self.erase_one(kind, &id).await?;
            }
        }
        Ok(())
    }

    /// Erases one that nothing else asks for; what keeps it from its end keeps no other. What waits for a hold is left
    /// there.
    async fn erase_one(&mut self, kind: &str, id: &str) -> Result<(), Postponed> {
        self.renew().await?;
        if self.store.is_waiting(kind, id).await? {
            return Ok(());
        }
        let erased = match kind {
            Completion::TYPE => self.erase_completion(id).await,
            _ => self.erase_embedding(id).await,
        };
        if let Err(error) = erased {
            self.wait(kind, id, &error);
        }
        Ok(())
    }

    /// Erases what projects have asked their providers before the days that they keep.
    pub(super) async fn look_through_projects(&mut self, today: u64) -> Result<(), Postponed> {
        for project in self.views.projects_that_forget().await? {
            let days = project.retention_days.unwrap_or(i64::MAX);
            let before = too_old(today, u64::try_from(days).unwrap_or(u64::MAX));
            for provider in self.views.ai_providers_of(&project.project).await? {
                self.erase_all_by(&provider.provider, before).await?;
            }
        }
        Ok(())
    }

    async fn erase_all_by(&mut self, provider: &str, before: i64) -> Result<(), Postponed> {
        let mut after = None;
        loop {
            let page = self
                .views
                .completions_by(provider, before, after.as_ref(), PAGE);
            let page = page.await?;
            for asked in &page {
                self.erase_one(Completion::TYPE, &asked.id).await?;
            }
            match page.last() {
                Some(last) => after = Some(last.clone()),
                None => break,
            }
        }
        let mut after = None;
        loop {
            let page = self
                .views
                .embeddings_by(provider, before, after.as_ref(), PAGE);
            let page = page.await?;
            for asked in &page {
                self.erase_one(Embedding::TYPE, &asked.id).await?;
            }
            match page.last() {
                Some(last) => after = Some(last.clone()),
                None => return Ok(()),
            }
        }
    }

    /// Whose it is: the first event says so.
    async fn owner(&self, aggregate_type: &str, id: &str) -> Result<Option<UserId>, StoreError> {
        let first = self.store.read_stream(aggregate_type, id, 0, 1).await?;
        Ok(first.first().and_then(|event| {
            let payload = &event.payload;
            match aggregate_type {
                Completion::TYPE => match serde_json::from_str(payload).ok()? {
                    CompletionEvent::Requested(requested) => Some(requested.owner),
                    _ => None,
                },
                _ => match serde_json::from_str(payload).ok()? {
                    EmbeddingEvent::Requested(requested) => Some(requested.owner),
                    _ => None,
                },
            }
        }))
    }
}

/// All of it goes.
fn whole(aggregate_type: &str, id: &str) -> Erasure {
    Erasure {
        aggregate_type: aggregate_type.to_owned(),
        aggregate_id: id.to_owned(),
        number: u64::MAX,
        position: u64::MAX,
        sequence: u64::MAX,
        before: None,
    }
}

fn held_by(owner: Option<UserId>) -> Vec<String> {
    Vec::from_iter(owner.map(|owner| owner.to_string()))
}
