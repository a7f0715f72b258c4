//! Ways to find passages: ours, what stands beside it, vectors, and both together.

use bm25::{Language, SearchEngine, SearchEngineBuilder};
use passages::{fuse, indexed, question, rank};

use crate::{Outcome, embeddings::Embeddings};

/// Finds passages.
pub(crate) trait Finder {
    /// Passages for a question, best first.
    fn find(&self, asked: &str) -> Outcome<Vec<usize>>;
}

/// By terms, as this crate has them.
pub(crate) struct Lexical(Vec<String>);

impl Lexical {
    pub(crate) fn new(passages: &[String]) -> Self {
        Self(passages.iter().map(|passage| indexed(passage)).collect())
    }
}

impl Finder for Lexical {
    fn find(&self, asked: &str) -> Outcome<Vec<usize>> {
        let ranked = rank(&question(asked), self.0.iter().map(String::as_str));
        Ok(ranked.into_iter().map(|(passage, _)| passage).collect())
    }
}

/// By the `bm25` crate with what it does by itself for English.
pub(crate) struct Bm25(SearchEngine<usize>);

impl Bm25 {
    pub(crate) fn new(passages: &[String]) -> Self {
        let documents = passages.iter().enumerate();
        let documents = documents.map(|(id, passage)| bm25::Document::new(id, passage.as_str()));
        Self(SearchEngineBuilder::with_documents(Language::English, documents).build())
    }
}

impl Finder for Bm25 {
    fn find(&self, asked: &str) -> Outcome<Vec<usize>> {
        let found = self.0.search(asked, None);
        Ok(found.into_iter().map(|found| found.document.id).collect())
    }
}

/// By the nearness of vectors.
pub(crate) struct Vectors {
    embeddings: Embeddings,
    passages: Vec<Vec<f32>>,
}

impl Vectors {
    pub(crate) fn new(embeddings: Embeddings, passages: &[String]) -> Outcome<Self> {
        let passages = embeddings.of(passages)?;
        Ok(Self {
            embeddings,
            passages,
        })
    }
}

impl Finder for Vectors {
    fn find(&self, asked: &str) -> Outcome<Vec<usize>> {
        let asked = self.embeddings.of(&[asked.to_owned()])?;
        let asked = asked.first().map(Vec::as_slice).unwrap_or_default();
        // Vectors come with a length of one, so this is the cosine.
        let near =
            |passage: &Vec<f32>| -> f32 { passage.iter().zip(asked).map(|(a, b)| a * b).sum() };
        let mut ranked: Vec<(usize, f32)> = self.passages.iter().map(near).enumerate().collect();
        ranked.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        Ok(ranked.into_iter().map(|(passage, _)| passage).collect())
    }
}

/// By both, fused.
pub(crate) struct Hybrid<'a> {
    pub(crate) lexical: &'a Lexical,
    pub(crate) vectors: &'a Vectors,
    /// So many of each.
    pub(crate) first: usize,
}

impl Finder for Hybrid<'_> {
    fn find(&self, asked: &str) -> Outcome<Vec<usize>> {
        let (mut lexical, mut vectors) = (self.lexical.find(asked)?, self.vectors.find(asked)?);
        lexical.truncate(self.first);
        vectors.truncate(self.first);
        Ok(fuse(&[&lexical, &vectors]))
    }
}
