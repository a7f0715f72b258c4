//! Detectors elsewhere, asked over HTTP in the shape of OpenAI's `/v1/moderations`.
//!
//! They come after the own ones and are shown what is kept of a text, so that nobody there is told what was taken out
//! of it; what the own ones block, they are not shown at all. Whatever one of them sends, or does not, it is over in
//! bounded time and memory, and what follows is the operator's choice: by itself the text is treated as the worst.

mod answer;
mod breaker;

use std::{collections::BTreeMap, time::Duration};

use aggregates::verdict::{Action, Finding, Scan, Severity, Verdict};
use futures_util::future::join_all;
use serde_json::json;

use self::{
    answer::{Answer, Opinion},
    breaker::Breaker,
};
use super::verdict::FAILED;
use crate::config::{AppliesTo, ExternalDetector, OnFailure, OnFlag};

/// What the names of these detectors begin with in findings.
pub(super) const ELSEWHERE: &str = "external:";
/// The pause before a detector is asked again: once, and within its time.
const PAUSE: Duration = Duration::from_millis(50);

/// Which side of a conversation a text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Input,
    Output,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Externals(Vec<External>);

#[derive(Debug)]
struct External {
    name: String,
    settings: ExternalDetector,
    client: reqwest::Client,
    breaker: Breaker,
}

/// Why there is no opinion. Without a word of the text, the answer, or the key.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("it has failed too often, and is left alone for a while")]
    LeftAlone,
    #[error("it has not answered in {0:?}")]
    Late(Duration),
    #[error("it cannot be reached")]
    Unreachable,
    #[error("it answers with the status {0}")]
    Status(u16),
    #[error("its answer is larger than {0} bytes")]
    TooLarge(usize),
    #[error("its answer is none: no results with flagged, categories and category_scores")]
    Unreadable,
}

impl Fault {
    /// The detector is not there, or has no time; any other answer is about this one text, and nobody may have it left
    /// alone for all by sending such texts.
    fn says_it_is_ill(&self) -> bool {
        match self {
            Self::LeftAlone | Self::Late(_) | Self::Unreachable => true,
            Self::Status(status) => matches!(status, 401 | 403 | 408 | 429 | 500..),
            Self::TooLarge(_) | Self::Unreadable => false,
        }
    }
}

impl Externals {
    pub(super) fn new(
        detectors: BTreeMap<String, ExternalDetector>,
        client: Option<reqwest::Client>,
    ) -> Self {
        let Some(client) = client else {
            return Self::default();
        };
        let external = |(name, settings)| External {
            name,
            settings,
            client: client.clone(),
            breaker: Breaker::default(),
        };
        Self(detectors.into_iter().map(external).collect())
    }

    /// Whether any of them is shown this side.
    pub(super) fn look_at(&self, side: Side) -> bool {
        self.0.iter().any(|external| external.looks_at(side))
    }

    /// The verdict with what they say of the text.
    pub(super) async fn judge(&self, side: Side, text: &str, mut verdict: Verdict) -> Verdict {
        let decided = verdict.action == Action::Block || verdict.scan != Scan::Scanned;
        if decided || text.trim().is_empty() {
            return verdict;
        }
        let asked: Vec<&External> = self.0.iter().filter(|one| one.looks_at(side)).collect();
        let answers = join_all(asked.iter().map(|external| external.ask(text))).await;
        for (external, answer) in asked.iter().zip(answers) {
            external.add_to(&mut verdict, answer);
        }
        verdict
    }
}

impl External {
    fn looks_at(&self, side: Side) -> bool {
        match self.settings.applies_to {
            AppliesTo::Both => true,
            AppliesTo::Input => side == Side::Input,
            AppliesTo::Output => side == Side::Output,
        }
    }

    async fn ask(&self, text: &str) -> Result<Opinion, Fault> {
        let limit = self.settings.timeout;
        let answer = match self.breaker.lets_pass() {
            false => Err(Fault::LeftAlone),
            true => {
                let asked = tokio::time::timeout(limit, self.ask_twice(text)).await;
                let answer = asked.unwrap_or(Err(Fault::Late(limit)));
                let is_there = answer
                    .as_ref()
                    .err()
                    .is_none_or(|fault| !fault.says_it_is_ill());
                let is_open = self.breaker.note(is_there);
                let open = if is_open { 1.0 } else { 0.0 };
                metrics::gauge!("colloquy_external_detector_open", "detector" => self.name.clone())
                    .set(open);
                answer
            }
        };
        let outcome = match &answer {
            Ok(opinion) if opinion.flagged => "flagged",
            Ok(_) => "clean",
            Err(Fault::LeftAlone) => "left_alone",
            Err(_) => "failed",
        };
        metrics::counter!(
            "colloquy_external_detector_answers_total",
            "detector" => self.name.clone(),
            "outcome" => outcome
        )
        .increment(1);
        if let Err(fault) = &answer {
            tracing::warn!(detector = self.name, %fault, "a text was not judged by a detector");
        }
        answer
    }

    /// A detector that is there and had bad luck is asked once more.
    async fn ask_twice(&self, text: &str) -> Result<Opinion, Fault> {
        match self.ask_once(text).await {
            Err(Fault::Unreachable | Fault::Status(429 | 500..)) => {
                tokio::time::sleep(PAUSE).await;
                self.ask_once(text).await
            }
            answer => answer,
        }
    }

    async fn ask_once(&self, text: &str) -> Result<Opinion, Fault> {
        let settings = &self.settings;
        let mut body = json!({ "input": text });
        if let Some(model) = &settings.model {
            body["model"] = json!(model);
        }
        let mut request = self.client.post(&settings.url).json(&body);
        if let Some(key) = &settings.api_key {
            request = request.bearer_auth(key.expose());
        }
        let response = request.send().await.map_err(|_| Fault::Unreachable)?;
        let status = response.status();
        if !status.is_success() {
            return Err(Fault::Status(status.as_u16()));
        }
        Answer::read(response).await
    }

    fn add_to(&self, verdict: &mut Verdict, answer: Result<Opinion, Fault>) {
        let Ok(opinion) = answer else {
            return self.add_failure(verdict);
        };
        if let Some(version) = &opinion.version {
            verdict
                .detectors
                .push_str(&format!(", {} {version}", self.name));
        } else {
            verdict.detectors.push_str(&format!(", {}", self.name));
        }
        if !opinion.flagged {
            return;
        }
        let (action, severity) = match self.settings.action {
            OnFlag::Block => (Action::Block, Severity::High),
            OnFlag::Flag => (Action::Flag, Severity::Medium),
        };
        let mut categories = vec![];
        for (category, score) in opinion.categories {
            let category = format!("{}_{category}", self.name.replace('-', "_"));
            verdict.findings.push(self.finding(&category, score));
            categories.push(category);
        }
        say(verdict, action, severity, &categories);
    }

    fn add_failure(&self, verdict: &mut Verdict) {
        verdict.findings.push(self.finding(FAILED, 1.0));
        let (action, severity) = match self.settings.on_failure {
            OnFailure::Allow => return,
            OnFailure::Flag => (Action::Flag, Severity::Medium),
            OnFailure::Block => {
                verdict.scan = Scan::Failed;
                (Action::Block, Severity::Critical)
            }
        };
        say(verdict, action, severity, &[FAILED.to_owned()]);
    }

    /// It is about the whole text: nobody says where.
    fn finding(&self, category: &str, score: f32) -> Finding {
        Finding {
            category: category.to_owned(),
            start: 0,
            end: 0,
            confidence: score,
            detector: format!("{ELSEWHERE}{}", self.name),
            thought: false,
        }
    }
}

/// It is said whichever policy counts, so a policy that only looks on says it, too.
fn say(verdict: &mut Verdict, action: Action, severity: Severity, categories: &[String]) {
    let worsen = |own: (&mut Action, &mut Severity, &mut Vec<String>)| {
        *own.0 = action.max(*own.0);
        *own.1 = severity.max(*own.1);
        for category in categories {
            if !own.2.contains(category) {
                own.2.push(category.clone());
            }
        }
    };
    worsen((
        &mut verdict.action,
        &mut verdict.severity,
        &mut verdict.injection_categories,
    ));
    if let Some(shadow) = &mut verdict.shadow {
        worsen((
            &mut shadow.action,
            &mut shadow.severity,
            &mut shadow.injection_categories,
        ));
    }
}
