//! What is looked for in what: documents cut into passages, questions, and which documents answer them.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

use passages::{Page, chunks};
use serde_json::Value;

use crate::{Failure, Outcome};

pub(crate) struct Collection {
    pub(crate) documents: usize,
    pub(crate) passages: Vec<String>,
    /// The document of each passage.
    of: Vec<usize>,
    pub(crate) questions: Vec<Question>,
}

pub(crate) struct Question {
    pub(crate) text: String,
    /// The documents that answer it, and how well: above zero.
    pub(crate) relevant: HashMap<usize, u32>,
}

impl Collection {
    /// Reads the three files of a collection, as BEIR has them.
    pub(crate) fn read(folder: &Path) -> Outcome<Self> {
        let mut places = HashMap::new();
        let (mut passages, mut of) = (Vec::new(), Vec::new());
        for document in &lines(&folder.join("corpus.jsonl"))? {
            let number = places.len();
            places.insert(text(document, "_id")?, number);
            let page = match text(document, "title")? {
                title if title.is_empty() => text(document, "text")?,
                title => format!("# {title}\n\n{}", text(document, "text")?),
            };
            let page = Page {
                number: None,
                text: page,
            };
            for chunk in chunks(&[page]) {
                passages.push(chunk.text);
                of.push(number);
            }
        }
        let mut relevant: HashMap<String, HashMap<usize, u32>> = HashMap::new();
        for line in read(&folder.join("qrels/test.tsv"))?.lines().skip(1) {
            let [question, document, score] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(format!("qrels/test.tsv: `{line}` has not three columns").into());
            };
            let score = score.trim().parse()?;
            // Judged documents that the corpus has lost cannot be found by anybody.
            if let Some(&document) = places.get(document)
                && score > 0
            {
                let relevant = relevant.entry(question.to_owned()).or_default();
                relevant.insert(document, score);
            }
        }
        let mut questions = Vec::new();
        for question in &lines(&folder.join("queries.jsonl"))? {
            // Of other splits, or without an answer.
            if let Some(relevant) = relevant.remove(&text(question, "_id")?) {
                let text = text(question, "text")?;
                questions.push(Question { text, relevant });
            }
        }
        Ok(Self {
            documents: places.len(),
            passages,
            of,
            questions,
        })
    }

    /// Documents by the best of their passages.
    pub(crate) fn documents_of(&self, passages: &[usize]) -> Vec<usize> {
        let mut seen = HashSet::new();
        let documents = passages.iter().map(|passage| self.of[*passage]);
        documents
            .filter(|document| seen.insert(*document))
            .collect()
    }

    pub(crate) fn relevant_for_each(&self) -> f64 {
        let relevant: usize = self.questions.iter().map(|it| it.relevant.len()).sum();
        relevant as f64 / self.questions.len() as f64
    }
}

fn lines(path: &Path) -> Outcome<Vec<Value>> {
    let text = read(path)?;
    let lines = text.lines().map(serde_json::from_str);
    let lines: Result<_, _> = lines.collect();
    lines.map_err(|failure| format!("{}: {failure}", path.display()).into())
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|failure| format!("{}: {failure}", path.display()).into())
}

fn text(line: &Value, field: &str) -> Outcome<String> {
    let text = line.get(field).and_then(Value::as_str);
    let missing = || -> Failure { format!("a line without `{field}`: {line}").into() };
    text.map(str::to_owned).ok_or_else(missing)
}
