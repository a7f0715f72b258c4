//! What a detector answers: JSON as OpenAI's moderations have it, of a bounded size.

use std::collections::BTreeMap;

use reqwest::Response;
use serde::Deserialize;

use super::Fault;

/// The largest answer, in bytes.
const LARGEST: usize = 256 * 1024;
/// Categories that are told of one text.
const TOLD: usize = 32;
/// Characters of a category, and of a version.
const LONGEST: usize = 40;

/// As it comes.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    model: Option<String>,
    results: Vec<Outcome>,
}

#[derive(Debug, Deserialize)]
struct Outcome {
    flagged: bool,
    #[serde(default)]
    categories: BTreeMap<String, Option<bool>>,
    #[serde(default)]
    category_scores: BTreeMap<String, Option<f64>>,
}

/// What it says of one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Opinion {
    /// The model that looked.
    pub(super) version: Option<String>,
    pub(super) flagged: bool,
    /// What it was flagged for, in plain words, and how sure that is; `flagged`, where it does not say.
    pub(super) categories: Vec<(String, f32)>,
}

impl Answer {
    /// Reads the whole of it.
    pub(super) async fn read(mut response: Response) -> Result<Opinion, Fault> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Fault::Unreachable)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(Fault::TooLarge(LARGEST));
            }
            body.extend_from_slice(&chunk);
        }
        let answer: Self = serde_json::from_slice(&body).map_err(|_| Fault::Unreadable)?;
        answer.opinion().ok_or(Fault::Unreadable)
    }

    fn opinion(self) -> Option<Opinion> {
        let [outcome] = <[Outcome; 1]>::try_from(self.results).ok()?;
        let scores = outcome.category_scores;
        let named = outcome.categories.into_iter();
        let mut categories: Vec<(String, f32)> = named
            .filter(|(_, is_so)| *is_so == Some(true))
            .map(|(name, _)| {
                let score = scores.get(&name).copied().flatten().unwrap_or(1.0);
                #[expect(clippy::cast_possible_truncation, reason = "a score has few digits")]
                let score = score.clamp(0.0, 1.0) as f32;
                (plain(&name), score)
            })
            .take(TOLD)
            .collect();
        if categories.is_empty() {
            categories.push(("flagged".to_owned(), 1.0));
        }
        Some(Opinion {
            version: self
                .model
                .map(|model| model.chars().take(LONGEST).collect()),
            flagged: outcome.flagged,
            categories: if outcome.flagged { categories } else { vec![] },
        })
    }
}

/// As categories are written here: `self-harm/intent` is `self_harm_intent`.
fn plain(name: &str) -> String {
    let letters = name.chars().take(LONGEST);
    let plain = letters.map(|c| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_lowercase(),
        false => '_',
    });
    plain.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn opinion(json: &str) -> Option<Opinion> {
        serde_json::from_str::<Answer>(json).ok()?.opinion()
    }

    #[test]
    fn what_is_flagged_is_told_by_category_and_score() {
        let told = opinion(
            r#"{"id":"modr-1","model":"omni-1","results":[{"flagged":true,
                "categories":{"hate":false,"self-harm/intent":true,"violence":true,"new":null},
                "category_scores":{"self-harm/intent":0.75,"violence":7},"more":1}]}"#,
        )
        .unwrap();
        assert_eq!(told.version.as_deref(), Some("omni-1"));
        let categories = [
            ("self_harm_intent".to_owned(), 0.75),
            ("violence".to_owned(), 1.0),
        ];
        assert_eq!(
            (told.flagged, told.categories.as_slice()),
            (true, &categories[..])
        );
        let bare = opinion(r#"{"results":[{"flagged":true}]}"#).unwrap();
        assert_eq!(bare.categories, [("flagged".to_owned(), 1.0)]);
        let clean = opinion(r#"{"results":[{"flagged":false,"categories":{"hate":true}}]}"#);
        assert_eq!(clean.unwrap(), Opinion::default());
    }

    #[test]
    fn what_does_not_say_so_of_one_text_is_no_answer() {
        for wrong in [
            "{}",
            r#"{"results":[]}"#,
            r#"{"results":[{}]}"#,
            r#"{"results":[{"flagged":"no"}]}"#,
            r#"{"results":[{"flagged":false},{"flagged":true}]}"#,
            r#"{"error":{"message":"no"}}"#,
        ] {
            assert_eq!(opinion(wrong), None, "{wrong}");
        }
    }
}
