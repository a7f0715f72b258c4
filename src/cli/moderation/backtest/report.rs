//! What a comparison is told as: lines for people, JSON for machines.

use serde_json::{Value, json};

use aggregates::thread::Stage;

use super::comparison::{Change, Comparison, Said, Sample};
use crate::{audit::shown::time, moderation::Rescan};

/// For people. Of a policy that is in force, `applied` says since which position; 0: it was before.
pub(super) fn lines(
    found: &Comparison,
    rescan: &Rescan,
    up_to: u64,
    applied: Option<u64>,
) -> Vec<String> {
    let mut lines = vec![format!(
        "{} judges the record up to position {up_to}, beside what was said when it was written",
        rescan.version()
    )];
    let mut count = |what: &str, texts: u64| lines.push(format!("{texts:>10}  {what}"));
    count("texts", found.judged);
    count("newly flagged", found.newly_flagged);
    count("newly cleared", found.newly_cleared);
    for ((from, to), texts) in &found.moves {
        let (from, to) = (from.as_str(), to.as_str());
        count(&format!("severity {from} -> {to}"), *texts);
    }
    for (version, texts) in &found.versions {
        let version = match version.as_str() {
            "" => "nobody",
            version => version,
        };
        count(&format!("then judged by {version}"), *texts);
    }
    let rest = [
        ("whose detectors had failed then", found.failed),
        (
            "judged in part by what was found then: it was taken out",
            found.by_record,
        ),
        (
            "of completions and embeddings, never shown here",
            found.elsewhere,
        ),
        ("erased, and not judged", found.erased),
        ("the server's own words, and not judged", found.exempt),
    ];
    for (what, texts) in rest {
        if texts > 0 {
            count(what, texts);
        }
    }
    for (title, change) in [
        ("newly flagged", Change::Flagged),
        ("newly cleared", Change::Cleared),
        ("another severity", Change::Moved),
    ] {
        let samples = found.samples(change);
        if !samples.is_empty() {
            lines.push(format!("\n{title}, for example:"));
        }
        for sample in samples {
            lines.push(format!(
                "  {} thread {} message {} ({})",
                time(sample.recorded_at).unwrap_or_default(),
                sample.thread,
                sample.message,
                side(sample)
            ));
            lines.push(format!(
                "    {} -> {}",
                told(&sample.then),
                told(&sample.now)
            ));
            lines.push(format!("    {}", sample.excerpt));
        }
    }
    lines.extend(applied.map(|position| match position {
        0 => format!(
            "\n{} was in force for all servers already",
            rescan.version()
        ),
        position => format!(
            "\n{} is in force for all servers from position {position} on",
            rescan.version()
        ),
    }));
    lines
}

fn told(said: &Said) -> String {
    let mut told = format!("{} {}", said.severity.as_str(), said.action.as_str());
    if !said.categories.is_empty() {
        told.push_str(&format!(" ({})", said.categories.join(", ")));
    }
    told
}

fn side(sample: &Sample) -> &'static str {
    match sample.stage {
        Stage::Input => "input",
        Stage::Output => "output",
    }
}

/// For machines.
pub(super) fn json(found: &Comparison, rescan: &Rescan, up_to: u64, applied: Option<u64>) -> Value {
    let moves: Vec<Value> = found
        .moves
        .iter()
        .map(|((from, to), texts)| json!({ "from": from, "to": to, "texts": texts }))
        .collect();
    let samples = |change| found.samples(change).into_iter().map(sample).collect();
    let samples: [Vec<Value>; 3] = [Change::Flagged, Change::Cleared, Change::Moved].map(samples);
    let [flagged, cleared, moved] = samples;
    json!({
        "policy": rescan.version(),
        "up_to": up_to.to_string(),
        "texts": found.judged,
        "inputs": found.inputs,
        "outputs": found.judged - found.inputs,
        "newly_flagged": found.newly_flagged,
        "newly_cleared": found.newly_cleared,
        "severity_moves": moves,
        "policies": found.versions,
        "unscanned": found.unscanned,
        "failed": found.failed,
        "by_record": found.by_record,
        "elsewhere": found.elsewhere,
        "erased": found.erased,
        "exempt": found.exempt,
        "samples": {
            "newly_flagged": flagged,
            "newly_cleared": cleared,
            "severity_moves": moved,
        },
        "applied_at": applied.filter(|position| *position > 0).map(|position| position.to_string()),
        "in_force": applied.is_some(),
    })
}

fn sample(sample: &Sample) -> Value {
    let said = |said: &Said| {
        json!({
            "policy": said.policy,
            "severity": said.severity,
            "action": said.action,
            "categories": said.categories,
        })
    };
    json!({
        "position": sample.position.to_string(),
        "recorded_at": time(sample.recorded_at),
        "thread": sample.thread,
        "message": sample.message,
        "stage": side(sample),
        "then": said(&sample.then),
        "now": said(&sample.now),
        "excerpt": sample.excerpt,
    })
}
