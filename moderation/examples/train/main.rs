//! Trains the classifier: `cargo run --release -p moderation --example train -- DATA.jsonl [WEIGHTS]`.
//!
//! Reads labelled texts (`text`, `label` injection or benign, `source`, `stratum`, one JSON object a line), leaves each
//! source out in turn, prints how rules and model do on it, chooses the threshold on the benign texts that were left
//! out, trains on everything, and writes the weights. The same data gives the same file.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::disallowed_types,
    reason = "a tool for developers: it reads a file and prints"
)]

mod corpus;
mod fit;
mod report;

use std::collections::BTreeSet;

use corpus::Text;

/// The share of benign texts that the model may take for injections, when it has seen none of their source. Half of
/// what is allowed: other sources may be harder.
const FALSE_ALARMS: f64 = 0.004;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().unwrap_or_default();
    let texts = corpus::read(&std::fs::read_to_string(&data).unwrap());
    let scores = left_out(&texts);
    let threshold = threshold(&texts, &scores);
    println!("threshold {threshold:.3}, chosen on texts of sources that were left out\n");
    report::print(&texts, &scores, threshold);
    let model = fit::train(&texts.iter().collect::<Vec<_>>(), threshold);
    if let Some(path) = arguments.next() {
        std::fs::write(path, model.to_bytes()).unwrap();
    }
}

/// The score of every text by a model that has seen nothing of its source.
fn left_out(texts: &[Text]) -> Vec<f32> {
    let groups: BTreeSet<&str> = texts.iter().map(|text| text.group.as_str()).collect();
    let mut scores = vec![0.0_f32; texts.len()];
    for group in groups {
        let kept = texts.iter().filter(|text| text.group != group);
        let model = fit::train(&kept.collect::<Vec<_>>(), 0.0);
        for (text, score) in texts.iter().zip(&mut scores) {
            if text.group == group {
                *score = model.score(&text.text).0;
            }
        }
    }
    scores
}

/// From which score on few enough benign texts are suspicious.
fn threshold(texts: &[Text], scores: &[f32]) -> f32 {
    let mut benign: Vec<f32> = texts
        .iter()
        .zip(scores)
        .filter(|(text, _)| !text.injection)
        .map(|(_, score)| *score)
        .collect();
    benign.sort_by(|one, other| other.total_cmp(one));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count"
    )]
    let allowed = (benign.len() as f64 * FALSE_ALARMS) as usize;
    benign[allowed] + 0.01
}
