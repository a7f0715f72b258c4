//! What signs weigh together: jailbreaks, and orders hidden in what a model is given to read.

use std::ops::Range;

use super::signs::Sign::{self, *};
use crate::category::Category;

/// A sign in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) sign: Sign,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// How far apart signs may be, in bytes, to count together.
const REACH: usize = 1_500;
const SIGNS: usize = Document as usize + 1;

/// What signs make.
struct Mixture {
    category: Category,
    weights: &'static [(Sign, f32)],
    /// Of each of these sets one must be there.
    needs: &'static [&'static [Sign]],
    /// From which sum on it is one, and from which it surely is.
    enough: f32,
    surely: f32,
}

#[rustfmt::skip]
const MIXTURES: &[Mixture] = &[
    Mixture {
        category: Category::Jailbreak,
        weights: &[
            (Persona, 1.0), (Model, 0.5), (Free, 2.0), (Comply, 1.5), (Refusal, 0.5), (Warn, 1.5), (Evil, 1.0), (Twice, 1.5),
            (Slot, 1.0), (Punish, 1.5), (World, 0.5), (Policy, 1.0), (Now, 0.5), (Kin, 1.5), (Crime, 1.0), (Prefix, 1.5),
        ],
        needs: &[
            &[Free, Comply, Warn, Twice], &[Free, Comply, Persona, Model, Prefix],
            &[Free, Comply, Evil, Twice, Punish, Kin, Crime, Prefix],
        ],
        enough: 4.0,
        surely: 6.0,
    },
    // A crime told as a story, or by somebody else, so that one could do it.
    Mixture {
        category: Category::Jailbreak,
        weights: &[
            (Crime, 1.0), (Persona, 1.0), (World, 1.0), (Kin, 1.5), (Detail, 0.5), (Free, 1.5), (Comply, 1.5), (Warn, 1.5),
            (Prefix, 1.5), (Twice, 1.0), (Policy, 0.5), (Model, 0.5), (Refusal, 0.5), (Slot, 0.5), (Punish, 1.0), (Evil, 0.5),
            (Steps, 1.0), (Excuse, 1.0),
        ],
        needs: &[
            &[Crime], &[Persona, World, Kin, Prefix, Twice], &[Free, Comply, Warn, Prefix, Kin, Twice, Excuse, Punish],
        ],
        enough: 4.0,
        surely: 6.0,
    },
    Mixture {
        category: Category::ContextInjection,
        weights: &[
            (Machine, 2.0), (Perhaps, 1.5), (Task, 1.0), (Covert, 1.5), (Order, 1.0), (User, 0.5), (Loud, 1.0), (Document, 1.0),
            (Output, 1.5), (Errand, 1.0),
        ],
        needs: &[
            &[Machine, Perhaps, Covert, Loud], &[Order, Covert, Output, Errand], &[Machine, Perhaps, Task, Output, Covert],
        ],
        enough: 4.0,
        surely: 5.5,
    },
    // An answer to be changed by what is read for it.
    Mixture {
        category: Category::ContextInjection,
        weights: &[(Output, 2.0), (Document, 1.5), (Value, 1.0), (User, 0.5), (Covert, 0.5)],
        needs: &[&[Output], &[Document, Value]],
        enough: 3.5,
        surely: 9.0,
    },
    // An order where only data should be.
    Mixture {
        category: Category::ContextInjection,
        weights: &[(Errand, 2.0), (Value, 1.5), (Loud, 1.0), (Covert, 0.5), (Machine, 1.0), (Order, 0.5)],
        needs: &[&[Errand], &[Value, Loud]],
        enough: 3.5,
        surely: 9.0,
    },
];

/// What a mixture weighs in the sense of the taxonomy.
const LIKELY: f32 = 0.55;
const SURE: f32 = 0.75;

/// The mixtures in a text, each where it weighs most.
pub(super) fn mixtures(seen: &[Seen]) -> Vec<(Category, f32, Range<usize>)> {
    MIXTURES
        .iter()
        .filter_map(|mixture| {
            let (sum, range) = heaviest(mixture, seen)?;
            let weight = if sum >= mixture.surely { SURE } else { LIKELY };
            (sum >= mixture.enough).then_some((mixture.category, weight, range))
        })
        .collect()
}

fn heaviest(mixture: &Mixture, seen: &[Seen]) -> Option<(f32, Range<usize>)> {
    let mut last: [Option<Seen>; SIGNS] = [None; SIGNS];
    let mut most: Option<(f32, Range<usize>)> = None;
    for sign in seen {
        last[sign.sign as usize] = Some(*sign);
        let near = |other: &Sign| {
            last[*other as usize].filter(|other| sign.end.saturating_sub(other.start) <= REACH)
        };
        let needed = |set: &&[Sign]| set.iter().any(|sign| near(sign).is_some());
        if !mixture.needs.iter().all(needed) {
            continue;
        }
        let (mut sum, mut start) = (0.0, sign.start);
        for (other, weight) in mixture.weights {
            // Who is a machine for sure is not perhaps one, too.
            if *other == Perhaps && near(&Machine).is_some() {
                continue;
            }
            if let Some(other) = near(other) {
                sum += weight;
                start = start.min(other.start);
            }
        }
        if most.as_ref().is_none_or(|(most, _)| sum > *most) {
            most = Some((sum, start..sign.end));
        }
    }
    most
}
