//! How well questions were answered: the measures, and how they are printed.

use std::{collections::HashMap, time::Duration};

/// What became of each question.
#[derive(Default)]
pub(crate) struct Figures {
    gains: Vec<f64>,
    recalled_5: Vec<f64>,
    recalled_15: Vec<f64>,
    took: Duration,
}

impl Figures {
    pub(crate) fn add(&mut self, found: &[usize], relevant: &HashMap<usize, u32>, took: Duration) {
        self.gains.push(gain(found, relevant, 10));
        self.recalled_5.push(recall(found, relevant, 5));
        self.recalled_15.push(recall(found, relevant, 15));
        self.took += took;
    }

    /// The line of a table, beside what answered the same questions.
    pub(crate) fn row(&self, name: &str, beside: Option<&Self>, indexing: Duration) -> [String; 7] {
        let count = |is: fn(f64, f64) -> bool, beside: &Self| {
            let both = self.gains.iter().zip(&beside.gains);
            both.filter(|(one, other)| is(**one, **other)).count()
        };
        let beside = beside.map_or_else(String::new, |beside| {
            let better = count(|one, other| one > other, beside);
            format!("{better} : {}", count(|one, other| one < other, beside))
        });
        let questions = u32::try_from(self.gains.len()).unwrap_or(u32::MAX).max(1);
        [
            name.to_owned(),
            format!("{:.3}", mean(&self.gains)),
            format!("{:.3}", mean(&self.recalled_5)),
            format!("{:.3}", mean(&self.recalled_15)),
            beside,
            format!("{:.2} s", indexing.as_secs_f64()),
            format!(
                "{:.2} ms",
                self.took.as_secs_f64() * 1000.0 / f64::from(questions)
            ),
        ]
    }
}

/// nDCG: what is found counts by how well it answers, less with each place, of what there is to be had.
fn gain(found: &[usize], relevant: &HashMap<usize, u32>, of: usize) -> f64 {
    let sum = |gains: &mut dyn Iterator<Item = u32>| -> f64 {
        let gains = gains.take(of).zip(2u32..);
        gains
            .map(|(gain, place)| f64::from(gain) / f64::from(place).log2())
            .sum()
    };
    let mut best: Vec<u32> = relevant.values().copied().collect();
    best.sort_unstable_by(|one, other| other.cmp(one));
    let gains = found
        .iter()
        .map(|document| relevant.get(document).copied().unwrap_or_default());
    sum(&mut { gains }) / sum(&mut best.into_iter())
}

/// How many of the relevant are among the first.
fn recall(found: &[usize], relevant: &HashMap<usize, u32>, of: usize) -> f64 {
    let there = found
        .iter()
        .take(of)
        .filter(|document| relevant.contains_key(document));
    there.count() as f64 / relevant.len() as f64
}

fn mean(figures: &[f64]) -> f64 {
    figures.iter().sum::<f64>() / figures.len() as f64
}
