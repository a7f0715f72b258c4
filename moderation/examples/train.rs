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

use std::collections::{BTreeMap, BTreeSet};

use moderation::{
    Policy, Scanner,
    classifier::{BUCKETS, Model, blocks, features},
    clean,
};

/// How often all texts are gone through.
const EPOCHS: usize = 8;
/// The step, and how strongly weights are held small.
const STEP: f32 = 0.5;
const DECAY: f32 = 2e-4;
/// The share of benign texts that the model may take for injections, when it has seen none of their source. Half of
/// what is allowed: other sources may be harder.
const FALSE_ALARMS: f64 = 0.004;

struct Text {
    text: String,
    injection: bool,
    source: String,
    group: String,
    stratum: String,
    trains: bool,
    rules: bool,
    windows: Vec<Vec<u32>>,
    weight: f32,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().unwrap_or_default();
    let texts = read(&std::fs::read_to_string(&data).unwrap());
    let groups: BTreeSet<&str> = texts.iter().map(|text| text.group.as_str()).collect();
    let mut scores = vec![0.0_f32; texts.len()];
    for group in groups {
        let kept = texts.iter().filter(|text| text.group != group);
        let model = train(&kept.collect::<Vec<_>>(), 0.0);
        for (text, score) in texts.iter().zip(&mut scores) {
            if text.group == group {
                *score = model.score(&text.text).0;
            }
        }
    }
    let mut benign: Vec<f32> = texts
        .iter()
        .zip(&scores)
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
    let threshold = benign[allowed] + 0.01;
    println!("threshold {threshold:.3}, chosen on texts of sources that were left out\n");
    report(&texts, &scores, threshold);
    let model = train(&texts.iter().collect::<Vec<_>>(), threshold);
    if let Some(path) = arguments.next() {
        std::fs::write(path, model.to_bytes()).unwrap();
    }
}

fn read(lines: &str) -> Vec<Text> {
    let policy: Policy = {
        let mut policy = Policy::default();
        policy.detectors.classifier = false;
        policy.detectors.personal_data = false;
        policy
    };
    let scanner = Scanner::new(policy);
    let mut texts: Vec<Text> = lines
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let raw = field("text");
            let source = field("source");
            // What was made of a source is left out with it.
            let origin = source
                .trim_start_matches("own obfuscation of: ")
                .trim_start_matches("own obfuscation of ")
                .trim_start_matches("own:obfuscation of ");
            let group = origin
                .split([':', '('])
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned();
            let group = match origin {
                // Mails of one source, with and without something in them.
                origin if origin.contains("BIPIA") => "microsoft/BIPIA".to_owned(),
                origin if group == "own" => origin.to_owned(),
                _ => group,
            };
            let text = clean(&raw);
            let stratum = field("stratum");
            let found: Vec<Vec<u32>> = blocks(&text)
                .map(|block| {
                    let mut found = Vec::new();
                    features(&text[block], |bucket| {
                        found.push(u32::try_from(bucket).unwrap())
                    });
                    found
                })
                .collect();
            let windows = if found.len() < 2 {
                found
            } else {
                found.windows(2).map(|two| two.concat()).collect()
            };
            Text {
                rules: scanner.input(&raw).is_flagged(),
                injection: row["label"] == "injection",
                trains: stratum != "inj/obfuscated" && stratum != "inj/indirect_weak",
                text,
                source,
                group,
                stratum,
                windows,
                weight: 1.0,
            }
        })
        .collect();
    let mut sizes: BTreeMap<(String, bool), f32> = BTreeMap::new();
    for text in &texts {
        *sizes
            .entry((text.source.clone(), text.injection))
            .or_default() += 1.0;
    }
    for text in &mut texts {
        // Large sources of one make count less a text; innocent sentences full of trigger words more.
        let size = sizes[&(text.source.clone(), text.injection)];
        text.weight = (100.0 / size).sqrt().min(1.0);
        if text.stratum == "ben/overdefence" {
            text.weight = 3.0;
        }
    }
    texts
}

/// Logistic regression by AdaGrad, in an order that a fixed seed gives.
fn train(texts: &[&Text], threshold: f32) -> Model {
    let mut rows: Vec<(&[u32], f32, f32)> = Vec::new();
    for text in texts.iter().filter(|text| text.trains) {
        for window in &text.windows {
            rows.push((
                window,
                f32::from(u8::from(text.injection)),
                text.weight / (text.windows.len() as f32).sqrt(),
            ));
        }
    }
    let mut weights = vec![0.0_f32; BUCKETS];
    let mut squares = vec![1e-4_f32; BUCKETS];
    let (mut bias, mut seed) = (-1.0_f32, 1_u64);
    for _ in 0..EPOCHS {
        for at in (1..rows.len()).rev() {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            rows.swap(at, usize::try_from(seed >> 33).unwrap() % (at + 1));
        }
        for (window, label, weight) in &rows {
            let norm = 1.0 / (window.len().max(1) as f32).sqrt();
            let sum: f32 = window.iter().map(|bucket| weights[*bucket as usize]).sum();
            let odds = sum * norm + bias;
            let slope = (1.0 / (1.0 + (-odds).exp()) - label) * weight;
            bias -= 0.01 * slope;
            for bucket in *window {
                let bucket = *bucket as usize;
                let gradient = slope * norm + DECAY * weights[bucket];
                squares[bucket] += gradient * gradient;
                weights[bucket] -= STEP * gradient / squares[bucket].sqrt();
            }
        }
    }
    Model::new(&weights, bias, threshold)
}

fn report(texts: &[Text], scores: &[f32], threshold: f32) {
    let mut by: BTreeMap<(bool, &str, &str), [usize; 4]> = BTreeMap::new();
    for (text, score) in texts.iter().zip(scores) {
        let suspicious = *score >= threshold;
        let all = if text.injection {
            "injections"
        } else {
            "benign"
        };
        for (source, stratum) in [(text.source.as_str(), text.stratum.as_str()), ("~", all)] {
            let counts = by.entry((text.injection, source, stratum)).or_default();
            counts[0] += 1;
            counts[1] += usize::from(text.rules);
            counts[2] += usize::from(suspicious);
            counts[3] += usize::from(text.rules || suspicious);
        }
    }
    println!(
        "{:<55} {:<18} {:>6} {:>7} {:>7} {:>7}",
        "left out", "stratum", "texts", "rules", "model", "both"
    );
    let mut flagged = [0, 0];
    for ((injection, source, stratum), [all, rules, model, both]) in &by {
        let share = |count: &usize| *count as f64 / *all as f64;
        println!(
            "{source:<55} {stratum:<18} {all:>6} {:>7.3} {:>7.3} {:>7.3}",
            share(rules),
            share(model),
            share(both)
        );
        if *source == "~" {
            flagged[usize::from(*injection)] = *both;
        }
    }
    println!(
        "\nprecision {:.3}",
        flagged[1] as f64 / (flagged[0] + flagged[1]).max(1) as f64
    );
}
