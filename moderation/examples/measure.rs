//! Measures the shipped detectors: `cargo run --release -p moderation --example measure -- INJECTION.jsonl PII.jsonl`.
//!
//! Reads labelled texts (one JSON object a line: `text`, `label`, `source`, `stratum`; for personal data also `spans` in
//! Unicode code points, `target`, `tier`, `fully_annotated`), judges each by the usual policy, and prints what was found
//! by source and by stratum, what of it was wrong, and how far every kind of personal data was found exactly. With
//! `--misses` every text that was judged wrongly is told, too.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::disallowed_types,
    reason = "a tool for developers: it reads files and prints"
)]

use std::{collections::BTreeMap, ops::Range};

use moderation::{Category, Kind, Policy, Scanner, Severity, Verdict};
use serde_json::Value;

/// What counts on its own in the mean over strata.
const STRATA: [&str; 7] = [
    "direct",
    "extraction",
    "jailbreak",
    "in-the-wild",
    "obfuscated",
    "multilingual",
    "indirect",
];
/// What people chat about, without mails and programs.
const CHAT: [&str; 4] = ["chat", "roleplay", "instruct", "assistant_reply"];

fn main() {
    let (options, files): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|one| one.starts_with("--"));
    let misses = options.iter().any(|option| option == "--misses");
    let scanner = Scanner::new(Policy::default());
    if let Some(file) = files.first() {
        injections(&scanner, &rows(file), misses);
    }
    if let Some(file) = files.get(1) {
        personal_data(&scanner, &rows(file), misses);
    }
}

fn rows(file: &str) -> Vec<Value> {
    let lines = std::fs::read_to_string(file).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn field<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

/// The stratum; what was gathered in the wild is one of its own.
fn stratum(row: &Value) -> String {
    let name = field(row, "stratum").rsplit('/').next().unwrap_or_default();
    if name == "jailbreak" && field(row, "source").contains("in-the-wild") {
        return "in-the-wild".to_owned();
    }
    name.to_owned()
}

fn injects(verdict: &Verdict) -> bool {
    !verdict.categories(Kind::Injection).is_empty()
}

/// What was found in the texts of one name.
#[derive(Default)]
struct Counts {
    injections: usize,
    caught: usize,
    benign: usize,
    alarms: usize,
    severe: usize,
    personal: usize,
}

impl Counts {
    fn add(&mut self, injection: bool, verdict: &Verdict) {
        let found = injects(verdict);
        if injection {
            self.injections += 1;
            self.caught += usize::from(found);
            return;
        }
        self.benign += 1;
        self.alarms += usize::from(found);
        self.severe += usize::from(verdict.severity >= Severity::High);
        self.personal += usize::from(!verdict.categories(Kind::PersonalData).is_empty());
    }

    fn line(&self, name: &str) {
        println!(
            "{name:<48} {:>6} {:>7} {:>6} {:>7} {:>7} {:>7} {:>9}",
            self.injections,
            share(self.caught, self.injections),
            self.benign,
            share(self.alarms, self.benign),
            share(self.caught, self.caught + self.alarms),
            share(self.severe, self.benign),
            share(self.personal, self.benign),
        );
    }
}

fn share(part: usize, all: usize) -> String {
    if all == 0 {
        return String::new();
    }
    format!("{:.4}", part as f64 / all as f64)
}

fn heading(name: &str) {
    println!(
        "\n{name:<48} {:>6} {:>7} {:>6} {:>7} {:>7} {:>7} {:>9}",
        "inj.", "recall", "benign", "alarms", "precis.", "severe", "personal"
    );
}

fn injections(scanner: &Scanner, rows: &[Value], misses: bool) {
    let mut sources: BTreeMap<String, Counts> = BTreeMap::new();
    let mut strata: BTreeMap<String, Counts> = BTreeMap::new();
    let (mut all, mut chat) = (Counts::default(), Counts::default());
    for row in rows {
        let text = field(row, "text");
        let injection = field(row, "label") == "injection";
        let stratum = stratum(row);
        let verdict = scanner.input(text);
        if misses && (injects(&verdict) != injection || !injection && verdict.is_flagged()) {
            tell(row, &stratum, text, &verdict);
        }
        if !injection && CHAT.contains(&stratum.as_str()) {
            chat.add(false, &verdict);
        }
        for counts in [
            &mut all,
            sources.entry(field(row, "source").to_owned()).or_default(),
            strata.entry(stratum).or_default(),
        ] {
            counts.add(injection, &verdict);
        }
    }
    heading("source");
    for (name, counts) in &sources {
        counts.line(name);
    }
    heading("stratum");
    for (name, counts) in &strata {
        counts.line(name);
    }
    heading("together");
    all.line("everything");
    chat.line("ordinary chat");
    let recalls: Vec<f64> = STRATA
        .iter()
        .filter_map(|name| strata.get(*name))
        .map(|counts| counts.caught as f64 / counts.injections.max(1) as f64)
        .collect();
    println!(
        "\nmacro recall over {} strata {:.4}",
        recalls.len(),
        recalls.iter().sum::<f64>() / recalls.len().max(1) as f64
    );
}

fn tell(row: &Value, stratum: &str, text: &str, verdict: &Verdict) {
    let start: String = text.chars().take(240).collect();
    let found: Vec<_> = verdict
        .findings
        .iter()
        .map(|finding| {
            let found = text.get(finding.span.clone()).unwrap_or_default();
            (
                finding.category.name(),
                finding.confidence,
                found.chars().take(60).collect::<String>(),
            )
        })
        .collect();
    println!(
        "{} {stratum} {}: {start:?} {found:?}",
        field(row, "id"),
        field(row, "source")
    );
}

/// What a fully annotated text calls a finding; `None` for what such texts do not annotate.
fn entity(category: Category) -> Option<&'static str> {
    use Category as C;
    Some(match category {
        C::Email => "EMAIL_ADDRESS",
        C::PhoneE164 | C::PhoneEstonian => "PHONE_NUMBER",
        C::CreditCard => "CREDIT_CARD",
        C::IbanGeneral | C::IbanEstonian => "IBAN_CODE",
        C::IpAddress => "IP_ADDRESS",
        C::MacAddress => "MAC_ADDRESS",
        C::CryptoWallet => "CRYPTO",
        C::UsSsn => "US_SSN",
        C::PrivateKey
        | C::AwsAccessKey
        | C::AwsSecretKey
        | C::GcpApiKey
        | C::AzureKey
        | C::GithubToken
        | C::GitlabPat
        | C::SlackToken
        | C::StripeKey
        | C::DatabaseUrl
        | C::PasswordContext
        | C::SendgridKey
        | C::SlackWebhook
        | C::Jwt
        | C::BearerToken
        | C::GenericApiKey => "CREDENTIAL",
        _ => return None,
    })
}

/// Spans of one kind: those that are right, those that were found, those that are there.
#[derive(Default)]
struct Spans {
    right: usize,
    found: usize,
    there: usize,
}

impl Spans {
    fn line(&self, name: &str) {
        let (precision, recall) = (
            self.right as f64 / self.found.max(1) as f64,
            self.right as f64 / self.there.max(1) as f64,
        );
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        println!(
            "{name:<28} {:>6} {:>6} {precision:>9.4} {recall:>9.4} {f1:>9.4}",
            self.there, self.found
        );
    }
}

fn annotated(row: &Value) -> Vec<(String, Range<usize>)> {
    let number = |span: &Value, name: &str| usize::try_from(span[name].as_u64().unwrap()).unwrap();
    row["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| {
            (
                field(span, "entity").to_owned(),
                number(span, "start")..number(span, "end"),
            )
        })
        .collect()
}

fn personal_data(scanner: &Scanner, rows: &[Value], misses: bool) {
    let mut kinds: BTreeMap<String, Spans> = BTreeMap::new();
    let mut all = Spans::default();
    let mut ids: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for row in rows {
        let text = field(row, "text");
        let verdict = scanner.output(text);
        let found: Vec<(Category, Range<usize>)> = verdict
            .findings
            .iter()
            .map(|finding| finding.category)
            .zip(verdict.wire_spans(text))
            .collect();
        let there = annotated(row);
        if row["fully_annotated"] == true {
            let found: Vec<(String, Range<usize>)> = found
                .iter()
                .map(|(category, span)| {
                    (
                        entity(*category).unwrap_or(category.name()).to_owned(),
                        span.clone(),
                    )
                })
                .collect();
            for one in &there {
                let right = usize::from(found.contains(one));
                for kind in [kinds.entry(one.0.clone()).or_default(), &mut all] {
                    kind.there += 1;
                    kind.right += right;
                }
            }
            for one in &found {
                kinds.entry(one.0.clone()).or_default().found += 1;
                all.found += 1;
            }
            if misses
                && found.iter().any(|one| !there.contains(one))
                    | there.iter().any(|one| !found.contains(one))
            {
                tell(row, &format!("{there:?}"), text, &verdict);
            }
            continue;
        }
        // The text is about one kind: is there anything where it stands, and nothing where it does not?
        let counts = ids
            .entry(format!("{} {}", field(row, "tier"), field(row, "target")))
            .or_default();
        if there.is_empty() {
            counts[2] += 1;
            counts[3] += usize::from(!found.is_empty());
        }
        let mut missed = false;
        for (_, span) in &there {
            let hit = found.iter().any(|(_, found)| found == span);
            counts[0] += 1;
            counts[1] += usize::from(hit);
            missed |= !hit;
        }
        if misses && (missed || there.is_empty() && !found.is_empty()) {
            tell(
                row,
                &format!("{} {} {there:?}", field(row, "tier"), field(row, "target")),
                text,
                &verdict,
            );
        }
    }
    println!(
        "\n{:<28} {:>6} {:>6} {:>9} {:>9} {:>9}",
        "fully annotated", "there", "found", "precision", "recall", "F1"
    );
    for (name, spans) in &kinds {
        spans.line(name);
    }
    all.line("everything");
    targets(&ids);
}

/// Texts about one kind each: how many of its spans were found exactly, and in how many texts without it anything was.
fn targets(ids: &BTreeMap<String, [usize; 4]>) {
    println!(
        "\n{:<42} {:>6} {:>8} {:>8} {:>8}",
        "about one kind", "there", "recall", "without", "alarms"
    );
    let mut tiers: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let line = |name: &str, counts: &[usize; 4]| {
        println!(
            "{name:<42} {:>6} {:>8} {:>8} {:>8}",
            counts[0],
            share(counts[1], counts[0]),
            counts[2],
            share(counts[3], counts[2])
        );
    };
    for (name, counts) in ids {
        line(name, counts);
        let tier = tiers
            .entry(name.split(' ').next().unwrap_or_default())
            .or_default();
        for (sum, count) in tier.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    for (name, counts) in &tiers {
        line(&format!("{name}, all"), counts);
    }
}
