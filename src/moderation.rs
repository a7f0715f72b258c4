//! Moderation at work: what people write is judged before it is kept, what models write before anybody sees it.
//!
//! The detectors are the crate's; here is what follows from their verdicts, and what happens when they fail: a text
//! that could not be judged is treated as the worst.

mod answer;
mod detector;
mod external;
mod policy_file;
mod rescan;
mod rules;
mod shadow;
mod verdict;

use std::{
    collections::BTreeMap,
    mem,
    num::NonZero,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::available_parallelism,
    time::Instant,
};

use aggregates::verdict::{self as kept, Judged, Verdict};
use moderation::Policy;
use tokio::sync::{Semaphore, watch};

use crate::config::ExternalDetector;

pub use self::{
    answer::{Answer, Leaving},
    detector::{Detector, Stream},
    policy_file::{PolicyFaults, of_text as policy_of, read as read_policy},
    rescan::{Rescan, Rescanned},
};
use self::{
    external::{Externals, Side},
    rules::Rules,
};

/// The longest text that is judged where it came from, in bytes; a longer one would hold up others.
const SHORT: usize = 4 * 1024;
/// How the policy is called that was put in force for all servers, where there is no file to name.
const IN_FORCE: &str = "that is in force";
/// Judges. Clones change together.
#[derive(Clone)]
pub struct Moderation(Arc<Inner>);

struct Inner {
    rules: watch::Sender<Arc<Rules>>,
    settings: Settings,
    /// Who is asked elsewhere.
    externals: Externals,
    /// The policy that was put in force for all servers, if one was: it counts, and not the settings' one.
    applied: Mutex<Option<Policy>>,
    /// Long texts at a time.
    long: Arc<Semaphore>,
    /// Long texts that the shadow looks at at a time; of more it sees nothing.
    long_shadows: Arc<Semaphore>,
}

/// What the operator chose.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Nobody looks at anything.
    pub off: bool,
    /// The policy; the one that comes along, when there is no file.
    pub policy: Option<PathBuf>,
    /// A policy that only looks on.
    pub shadow: Option<PathBuf>,
    /// What is answered instead of a model, when the policy's sentence is not to be it.
    pub refusal: Option<String>,
    /// Who is asked elsewhere, by name.
    pub externals: BTreeMap<String, ExternalDetector>,
    /// What they are asked with; nobody is, without it.
    pub client: Option<reqwest::Client>,
}

/// A text as it is kept, and what was said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Without what the verdict says is not kept.
    pub text: String,
    /// `None`: nobody looks at anything.
    pub judged: Option<Judged>,
}

impl Settings {
    /// The file's, or the one that comes along.
    fn own_policy(&self) -> Result<Policy, PolicyFaults> {
        match &self.policy {
            Some(file) if !self.off => read_policy(file).map_err(|faults| {
                faults.of_setting("moderation.policy (COLLOQUY_MODERATION__POLICY)")
            }),
            _ => Ok(Policy::default()),
        }
    }
}

impl Moderation {
    /// As the settings say.
    ///
    /// # Errors
    /// Everything that is wrong with the policy.
    pub fn new(settings: Settings) -> Result<Self, PolicyFaults> {
        let rules = Rules::read(&settings, None)?;
        Ok(Self::of(rules, settings))
    }

    /// With another detector than the crate's.
    #[must_use]
    pub fn with(detector: impl Detector + 'static) -> Self {
        Self::of(Rules::of(detector), Settings::default())
    }

    /// With other detectors than the crate's, the second of which only looks on.
    #[must_use]
    pub fn with_shadow(detector: impl Detector + 'static, shadow: impl Detector + 'static) -> Self {
        let rules = Rules {
            shadow: Some(Arc::new(Rules::of(shadow))),
            ..Rules::of(detector)
        };
        Self::of(rules, Settings::default())
    }

    fn of(rules: Rules, settings: Settings) -> Self {
        let threads = available_parallelism().map_or(2, NonZero::get);
        Self(Arc::new(Inner {
            rules: watch::Sender::new(Arc::new(rules)),
            externals: Externals::new(settings.externals.clone(), settings.client.clone()),
            settings,
            applied: Mutex::default(),
            long: Arc::new(Semaphore::new(threads)),
            long_shadows: Arc::new(Semaphore::new(threads)),
        }))
    }

    /// Reads the policy again, for texts that come from now on. `false`: there is no file to read.
    ///
    /// # Errors
    /// Everything that is wrong with it; what was in use stays so.
    pub fn read_again(&self) -> Result<bool, PolicyFaults> {
        let settings = &self.0.settings;
        if settings.off || (settings.policy.is_none() && settings.shadow.is_none()) {
            return Ok(false);
        }
        let applied = self.0.applied.lock();
        let applied = applied.unwrap_or_else(PoisonError::into_inner);
        let rules = Arc::new(Rules::read(settings, applied.as_ref())?);
        let before = self.0.rules.send_replace(Arc::clone(&rules));
        tell_of_kept_version(&rules, &before);
        if let (Some(shadow), Some(before)) = (&rules.shadow, &before.shadow) {
            tell_of_kept_version(shadow, before);
        }
        if let Some(policy) = applied.as_ref() {
            self.tell_which(policy);
        }
        Ok(true)
    }

    /// Goes by this policy (TOML) that was put in force for all servers, for texts that come from now on; by its own,
    /// when there is none any more. Who looks on stays.
    ///
    /// # Errors
    /// Everything that is wrong with it; what was in use stays so.
    pub fn go_by(&self, text: Option<&str>) -> Result<(), PolicyFaults> {
        let policy = text.map(|text| policy_of(text, Path::new(IN_FORCE)));
        let policy = policy.transpose()?;
        let settings = &self.0.settings;
        let applied = self.0.applied.lock();
        let mut applied = applied.unwrap_or_else(PoisonError::into_inner);
        // Whatever is wrong with its own: what was withdrawn does not come back with it at the next SIGHUP.
        applied.clone_from(&policy);
        let counts = match &policy {
            Some(policy) => policy.clone(),
            None => settings.own_policy()?,
        };
        let rules = Rules::new(settings, counts, self.rules().shadow.clone());
        self.0.rules.send_replace(Arc::new(rules));
        if let Some(policy) = &policy {
            self.tell_which(policy);
        }
        Ok(())
    }

    fn tell_which(&self, applied: &Policy) {
        let policy = &applied.version;
        if self.0.settings.off {
            tracing::warn!(
                policy,
                "moderation is off (moderation.enabled): the policy that is in force is not applied here"
            );
        } else if let Some(file) = &self.0.settings.policy {
            tracing::warn!(
                policy,
                file = %file.display(),
                "a policy is in force for all servers and counts; the one in the file does not, until \
                 `colloquy moderation policy --withdraw`"
            );
        }
    }

    /// The version of the policy that counts; `None`: nobody looks.
    #[must_use]
    pub fn version(&self) -> Option<String> {
        let rules = self.rules();
        let detector = rules.detector.as_ref()?;
        Some(detector.policy().version.clone())
    }

    /// The sentence that is said instead of an answer.
    #[must_use]
    pub fn refusal(&self) -> String {
        self.rules().refusal.clone()
    }

    /// Judges what somebody wrote.
    pub async fn input(&self, text: String) -> Input {
        let (rules, mut input) = self.judged_here(text).await;
        if let Some(judged) = &mut input.judged {
            let verdict = mem::take(&mut judged.verdict);
            judged.verdict = self.elsewhere(Side::Input, &input.text, verdict).await;
            if judged.verdict.action == kept::Action::Block {
                judged.refusal.get_or_insert_with(|| rules.refusal.clone());
            }
            count("input", &judged.verdict);
        }
        input
    }

    /// The same without asking anybody elsewhere: for what is quoted, repeated, or many texts at once.
    pub async fn input_here(&self, text: String) -> Input {
        let (_, input) = self.judged_here(text).await;
        if let Some(judged) = &input.judged {
            count("input", &judged.verdict);
        }
        input
    }

    /// Whether nobody is shown anything of an answer that not all have judged: it is held, or judged elsewhere, too.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.answer(false).is_held() || self.asks_elsewhere_of_answers()
    }

    /// Whether somebody elsewhere is asked about answers.
    #[must_use]
    pub fn asks_elsewhere_of_answers(&self) -> bool {
        self.0.externals.look_at(Side::Output)
    }

    /// The verdict on an answer with what detectors elsewhere say of the whole.
    pub async fn answered(&self, verdict: Verdict, thoughts: &str, text: &str) -> Verdict {
        match thoughts.is_empty() {
            true => self.elsewhere(Side::Output, text, verdict).await,
            false => {
                let whole = format!("{thoughts}\n\n{text}");
                self.elsewhere(Side::Output, &whole, verdict).await
            }
        }
    }

    async fn elsewhere(&self, side: Side, text: &str, verdict: Verdict) -> Verdict {
        if !self.0.externals.look_at(side) {
            return verdict;
        }
        let (before, began) = (verdict.duration_us, Instant::now());
        let verdict = self.0.externals.judge(side, text, verdict).await;
        Verdict {
            duration_us: before.saturating_add(micros(began)),
            ..verdict
        }
    }

    async fn judged_here(&self, text: String) -> (Arc<Rules>, Input) {
        let (rules, size) = (self.rules(), text.len());
        let seen = rules.shadow.as_ref().map(|_| text.clone());
        let looks_on = self.look_on(&rules, size, move |shadow| {
            shadow.looked_on(&seen.unwrap_or_default())
        });
        let judges = self.judge(&rules, size, move |rules| rules.input(text));
        let (mut input, shadow) = tokio::join!(judges, looks_on);
        if let Some(judged) = &mut input.judged {
            judged.verdict.shadow = shadow;
        }
        (rules, input)
    }

    /// What is kept of a text that is not answered.
    pub async fn redacted(&self, text: String) -> String {
        let size = text.len();
        self.judge(&self.rules(), size, move |rules| rules.redacted(text))
            .await
    }

    /// Judges a whole answer, with its thoughts, that was shown already; `None`: nobody looks.
    pub async fn shown(&self, thoughts: String, text: String) -> Option<Verdict> {
        let (rules, size) = (self.rules(), thoughts.len() + text.len());
        let seen = rules
            .shadow
            .as_ref()
            .map(|_| (thoughts.clone(), text.clone()));
        let looks_on = self.look_on(&rules, size, move |shadow| {
            let (thoughts, text) = seen.unwrap_or_default();
            shadow.looked_on_shown(&thoughts, &text)
        });
        let judges = self.judge(&rules, size, move |rules| rules.shown(&thoughts, &text));
        let (verdict, shadow) = tokio::join!(judges, looks_on);
        verdict.map(|verdict| Verdict { shadow, ..verdict })
    }

    /// Watches an answer while it is written. The server's own words need nobody to watch them.
    #[must_use]
    pub fn answer(&self, own: bool) -> Answer {
        Answer::new(self.rules(), own)
    }

    /// Judges something, so that the first message does not wait for what is made ready only once.
    pub async fn warm_up(&self) {
        let rules = self.rules();
        // What finds words in other scripts, and in letters one by one, is made ready apart.
        for greeting in ["hello ", "你好, h e l l o! "] {
            // Long enough to be judged where nobody else has to wait.
            let text = greeting.repeat(SHORT / greeting.len() + 1);
            let size = text.len();
            self.judge(&rules, size, move |rules| rules.ready(&text))
                .await;
        }
    }

    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.0.rules.borrow())
    }

    /// Has something of this size judged.
    async fn judge<T: Send + 'static>(
        &self,
        rules: &Arc<Rules>,
        size: usize,
        judge: impl FnOnce(&Rules) -> T + Send + 'static,
    ) -> T {
        if size <= SHORT || rules.detector.is_none() {
            return judge(rules);
        }
        let rules = Arc::clone(rules);
        let place = Arc::clone(&self.0.long).acquire_owned().await;
        let judging = tokio::task::spawn_blocking(move || {
            let judged = judge(&rules);
            drop(place);
            judged
        });
        match judging.await {
            Ok(judged) => judged,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
}

/// Every verdict says which policy it is of, and that is by its version.
fn tell_of_kept_version(rules: &Rules, before: &Rules) {
    if let Some(policy) = rules.version_kept_from(before) {
        tracing::warn!(
            policy,
            "the policy was changed and its version was not: verdicts do not tell which of both they are of; raise \
             `version` in its file and send SIGHUP again"
        );
    }
}

fn micros(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn count(stage: &'static str, verdict: &Verdict) {
    metrics::counter!(
        "colloquy_verdicts_total",
        "stage" => stage,
        "scan" => verdict.scan.as_str(),
        "action" => verdict.action.as_str()
    )
    .increment(1);
}

#[cfg(test)]
mod tests;
