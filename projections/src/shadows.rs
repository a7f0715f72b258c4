//! `shadows`: how the verdicts of a policy that only looks on differ from those that counted. It outlives the contents.

use std::collections::BTreeMap;

use aggregates::{
    completion::CompletionEvent, embedding::EmbeddingEvent, thread::ThreadEvent, verdict::Verdict,
};

use crate::{Event, Projection, Recorded, row::row};

/// Characters of a version that go into the key: an index has a limit.
const VERSION_CHARS: usize = 200;

row! {
    /// Texts of which two policies said the same two things.
    pub struct ShadowRow in "shadows" {
        /// All of the rest but numbers and times, a line each.
        pub id: String,
        /// The policy that counted.
        pub policy: String,
        /// The one that only looked on.
        pub shadow: String,
        /// What was done: `allow`, …
        pub action: String,
        /// What would have been done.
        pub shadow_action: String,
        /// How bad the text was: `none`, …
        pub severity: String,
        /// How bad it would have been.
        pub shadow_severity: String,
        /// How many texts.
        pub texts: i64,
        /// When the last one was judged.
        pub last: i64,
    }
    indexes {}
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct Shadows;

impl Projection for Shadows {
    const VERSION: u32 = 1;
    type Row = ShadowRow;

    fn keys(event: &Recorded) -> Vec<String> {
        pairs(event).into_keys().collect()
    }

    fn fold(row: Option<ShadowRow>, key: &str, event: &Recorded) -> Option<ShadowRow> {
        let Some((first, texts)) = pairs(event).remove(key) else {
            return row;
        };
        let row = row.or_else(|| {
            let shadow = first.shadow.as_ref()?;
            Some(ShadowRow {
                id: key.to_owned(),
                policy: short(&first.policy),
                shadow: short(&shadow.policy),
                action: first.action.as_str().to_owned(),
                shadow_action: shadow.action.as_str().to_owned(),
                severity: first.severity.as_str().to_owned(),
                shadow_severity: shadow.severity.as_str().to_owned(),
                texts: 0,
                last: 0,
            })
        })?;
        Some(ShadowRow {
            texts: row.texts.saturating_add(texts),
            last: event.recorded_at,
            ..row
        })
    }
}

/// By their keys, the verdicts that a shadow stands beside: the first of each, and how many they are.
fn pairs(event: &Recorded) -> BTreeMap<String, (&Verdict, i64)> {
    let verdicts = match &event.event {
        Event::Thread(ThreadEvent::VerdictRecorded(on)) => std::slice::from_ref(&on.verdict),
        Event::Completion(CompletionEvent::VerdictRecorded(on)) => &on.verdicts,
        Event::Embedding(EmbeddingEvent::VerdictRecorded(on)) => &on.verdicts,
        _ => &[],
    };
    let mut pairs = BTreeMap::new();
    for verdict in verdicts {
        if let Some(key) = key(verdict) {
            let (_, texts) = pairs.entry(key).or_insert((verdict, 0));
            *texts += 1;
        }
    }
    pairs
}

fn key(verdict: &Verdict) -> Option<String> {
    let shadow = verdict.shadow.as_ref()?;
    Some(format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        short(&verdict.policy),
        short(&shadow.policy),
        verdict.action.as_str(),
        shadow.action.as_str(),
        verdict.severity.as_str(),
        shadow.severity.as_str(),
    ))
}

fn short(version: &str) -> String {
    version.chars().take(VERSION_CHARS).collect()
}
