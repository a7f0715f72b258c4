//! The labelled texts, each with its source, its weight, and what the rules say of it.

use std::collections::BTreeMap;

use moderation::{
    Policy, Scanner,
    classifier::{blocks, features},
    clean,
};

/// A labelled text.
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) injection: bool,
    pub(crate) source: String,
    /// What is left out together.
    pub(crate) group: String,
    pub(crate) stratum: String,
    /// Whether it is learned from, or measured only.
    pub(crate) trains: bool,
    /// Whether the rules flag it.
    pub(crate) rules: bool,
    pub(crate) windows: Vec<Vec<u32>>,
    pub(crate) weight: f32,
}

/// What is measured and not learned from: enciphered letters teach nothing, and a task hidden in somebody's mail is one
/// that anybody could ask for.
const MEASURED: [&str; 2] = ["obfuscated", "indirect_weak"];
/// How much more an innocent sentence full of trigger words counts.
const OVERDEFENCE: f32 = 3.0;

/// Reads labelled texts, one JSON object a line.
pub(crate) fn read(lines: &str) -> Vec<Text> {
    let mut policy = Policy::default();
    policy.detectors.classifier = false;
    policy.detectors.personal_data = false;
    let scanner = Scanner::new(policy);
    let mut texts: Vec<Text> = lines.lines().map(|line| text(line, &scanner)).collect();
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
        if text.stratum == "overdefence" {
            text.weight = OVERDEFENCE;
        }
    }
    texts
}

fn text(line: &str, scanner: &Scanner) -> Text {
    let row: serde_json::Value = serde_json::from_str(line).unwrap();
    let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let raw = field("text");
    let source = field("source");
    let stratum = field("stratum");
    let stratum = stratum.rsplit('/').next().unwrap_or_default().to_owned();
    let text = clean(&raw);
    Text {
        rules: scanner.input(&raw).is_flagged(),
        injection: row["label"] == "injection",
        trains: !MEASURED.contains(&stratum.as_str()),
        windows: windows(&text),
        group: group(&source),
        text,
        source,
        stratum,
        weight: 1.0,
    }
}

fn windows(text: &str) -> Vec<Vec<u32>> {
    let found: Vec<Vec<u32>> = blocks(text)
        .map(|block| {
            let mut found = Vec::new();
            features(&text[block], |bucket| {
                found.push(u32::try_from(bucket).unwrap())
            });
            found
        })
        .collect();
    if found.len() < 2 {
        found
    } else {
        found.windows(2).map(|two| two.concat()).collect()
    }
}

/// What a source is left out with: what was made of it, and what shares texts with it.
fn group(source: &str) -> String {
    let origin = source
        .trim_start_matches("own obfuscation of: ")
        .trim_start_matches("own obfuscation of ")
        .trim_start_matches("own:obfuscation of ");
    let maker = origin.split([':', '(']).next().unwrap_or_default().trim();
    // Mails of one source, with and without something in them.
    if origin.contains("BIPIA") {
        "microsoft/BIPIA".to_owned()
    } else if maker == "own" {
        origin.to_owned()
    } else {
        maker.to_owned()
    }
}
