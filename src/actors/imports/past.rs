//! A conversation of elsewhere, as it is read there.

use std::collections::HashSet;

/// A conversation of elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The program it took place in, in one word.
    pub source: &'static str,
    /// What it is called there; always the same.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// When it began, in microseconds since 1970.
    pub began_at: Option<i64>,
    /// When it was changed last.
    pub changed_at: Option<i64>,
    /// It had been put away.
    pub archived: bool,
    /// What happened in it.
    pub steps: Vec<PastStep>,
    /// Parts that are not in the steps.
    pub left_out: u64,
}

impl Past {
    /// When its messages were written, where that is known.
    pub(super) fn times(&self) -> HashSet<i64> {
        let of = |answer: &PastAnswer| answer.at;
        let times = self.steps.iter().flat_map(|step| match step {
            PastStep::Say { said, answer } | PastStep::SayAgain { said, answer } => {
                [said.at, answer.as_ref().and_then(of)]
            }
            PastStep::AnswerAgain { answer } => [answer.at, None],
            PastStep::GoBack { .. } => [None, None],
        });
        times.flatten().collect()
    }
}

/// Something that happened in it.
#[derive(Clone, Debug, PartialEq)]
pub enum PastStep {
    /// Somebody said something, and was perhaps answered.
    Say {
        /// That.
        said: PastText,
        /// The answer.
        answer: Option<PastAnswer>,
    },
    /// The last thing was said again, differently.
    SayAgain {
        /// How.
        said: PastText,
        /// The answer.
        answer: Option<PastAnswer>,
    },
    /// It was answered again.
    AnswerAgain {
        /// How.
        answer: PastAnswer,
    },
    /// So many questions with their answers stay; what came after them is not seen any more.
    GoBack {
        /// How many.
        to: usize,
    },
}

/// What somebody said.
#[derive(Clone, Debug, PartialEq)]
pub struct PastText {
    /// Not empty.
    pub text: String,
    /// When, in microseconds since 1970.
    pub at: Option<i64>,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct PastAnswer {
    /// That.
    pub text: String,
    /// What the model thought.
    pub thoughts: Option<String>,
    /// When.
    pub at: Option<i64>,
    /// The model, as it is called there.
    pub model: Option<String>,
}
