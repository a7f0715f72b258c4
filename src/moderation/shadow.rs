//! A policy that only looks on: what it says is recorded beside the verdict, and nothing follows from it.
//!
//! It sees what the other one sees. Where it fails, that is what it says; where many long texts come at once, it leaves
//! some out rather than have anybody wait.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use aggregates::verdict::{Shadow, Verdict};

use super::{Moderation, Rules, SHORT, micros, verdict};

impl Moderation {
    /// Has the shadow look at something of this size, where there is one.
    pub(super) async fn look_on(
        &self,
        rules: &Rules,
        size: usize,
        look: impl FnOnce(&Rules) -> Shadow + Send + 'static,
    ) -> Option<Box<Shadow>> {
        let shadow = Arc::clone(rules.shadow.as_ref()?);
        if size <= SHORT {
            return Some(Box::new(look(&shadow)));
        }
        let Ok(place) = Arc::clone(&self.0.long_shadows).try_acquire_owned() else {
            metrics::counter!("colloquy_shadow_verdicts_left_out_total").increment(1);
            return None;
        };
        let looking = tokio::task::spawn_blocking(move || {
            let seen = look(&shadow);
            drop(place);
            seen
        });
        looking.await.ok().map(Box::new)
    }
}

impl Rules {
    /// On what somebody wrote, by a policy that only looks on.
    pub(super) fn looked_on(&self, text: &str) -> Shadow {
        self.look(|detector| verdict::scanned(detector.input(text)))
    }

    /// On an answer that was shown already.
    pub(super) fn looked_on_shown(&self, thoughts: &str, text: &str) -> Shadow {
        self.look(|detector| {
            let [thoughts, text] = [thoughts, text].map(|part| detector.output(part).findings);
            verdict::of_answer(detector, thoughts, text)
        })
    }

    fn look(&self, judge: impl FnOnce(&dyn super::Detector) -> Verdict) -> Shadow {
        let Some(detector) = self.detector.as_deref() else {
            return Shadow::default();
        };
        let began = Instant::now();
        let judged = catch_unwind(AssertUnwindSafe(|| judge(detector)));
        let verdict = judged.unwrap_or_else(|_| {
            tracing::error!("a detector failed that only looks on");
            verdict::failed(detector.policy())
        });
        Shadow::from(Verdict {
            duration_us: micros(began),
            ..verdict
        })
    }
}
