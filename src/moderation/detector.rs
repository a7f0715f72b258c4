//! What looks at texts: the crate's scanner, or something in its place. It may panic, which is its way to fail.

use moderation::{Finding, Policy, Released, Scanner, Verdict, Window};

/// Looks at whole texts, and gives eyes for those that are still being written.
pub trait Detector: Send + Sync {
    /// What it goes by.
    fn policy(&self) -> &Policy;

    /// Judges what somebody wrote.
    fn input(&self, text: &str) -> Verdict;

    /// Judges what a model wrote.
    fn output(&self, text: &str) -> Verdict;

    /// Judges what a [`Stream`] has found.
    fn found(&self, findings: Vec<Finding>) -> Verdict;

    /// The text without what the policy takes out of it.
    fn redact(&self, text: &str, findings: &[Finding]) -> String;

    /// Begins to watch an answer.
    fn stream(&self) -> Box<dyn Stream>;
}

/// Watches one answer.
pub trait Stream: Send {
    /// Takes the next piece and gives what may leave.
    fn push(&mut self, piece: &str) -> Released;

    /// Gives what was held: the answer is over.
    fn finish(self: Box<Self>) -> Released;
}

impl Detector for Scanner {
    fn policy(&self) -> &Policy {
        self.policy()
    }

    fn input(&self, text: &str) -> Verdict {
        self.input(text)
    }

    fn output(&self, text: &str) -> Verdict {
        self.output(text)
    }

    fn found(&self, findings: Vec<Finding>) -> Verdict {
        self.found(findings)
    }

    fn redact(&self, text: &str, findings: &[Finding]) -> String {
        self.redact(text, findings)
    }

    fn stream(&self) -> Box<dyn Stream> {
        Box::new(Window::new(self.clone()))
    }
}

impl Stream for Window {
    fn push(&mut self, piece: &str) -> Released {
        self.push(piece)
    }

    fn finish(self: Box<Self>) -> Released {
        (*self).finish()
    }
}
