//! How rules and model do, by source and stratum, on texts of sources that the model has not seen.

use std::collections::BTreeMap;

use crate::corpus::Text;

/// Texts, and how many of them the rules, the model, and either of them take for injections.
type Counts = [usize; 4];

/// Prints the table. Precision is of both together: of a source that has both labels its own, of all texts at the end.
pub(crate) fn print(texts: &[Text], scores: &[f32], threshold: f32) {
    let mut by: BTreeMap<(bool, &str, &str), Counts> = BTreeMap::new();
    let mut flagged: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (text, score) in texts.iter().zip(scores) {
        let suspicious = *score >= threshold;
        let both = text.rules || suspicious;
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
            counts[3] += usize::from(both);
            if both {
                flagged.entry(source).or_default()[usize::from(text.injection)] += 1;
            }
        }
    }
    println!(
        "{:<55} {:<16} {:>6} {:>7} {:>7} {:>7} {:>9}",
        "left out", "stratum", "texts", "rules", "model", "both", "precision"
    );
    for ((_, source, stratum), [all, rules, model, both]) in &by {
        let share = |count: &usize| *count as f64 / *all as f64;
        println!(
            "{source:<55} {stratum:<16} {all:>6} {:>7.3} {:>7.3} {:>7.3} {:>9}",
            share(rules),
            share(model),
            share(both),
            precision(flagged.get(source))
        );
    }
}

/// Which share of what was flagged are injections; nothing when nothing was.
fn precision(flagged: Option<&[usize; 2]>) -> String {
    flagged.map_or_else(String::new, |[benign, injections]| {
        format!("{:.3}", *injections as f64 / (benign + injections) as f64)
    })
}
