//! What changed in a thread between two moments, for machines and for people.

use projections::{LookupRow, TranscriptRow};

use super::as_of::ThreadAt;

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What sort: `message.added`, `message.ended`, `message.changed`, `message.replaced`, `message.hidden`,
    /// `message.shown`, `message.judged`, `message.expired`, `message.removed`, `message.looked_up`, `thread.opened`,
    /// `thread.renamed`, `thread.archived`, `thread.unarchived`, `thread.hidden`, `thread.unhidden`, `thread.erased`,
    /// `thread.expired`.
    pub kind: &'static str,
    /// Which message.
    pub message: Option<String>,
    /// In words, without content.
    pub sentence: String,
}

/// From `before` (`None`: the thread was not there yet) to `after`.
#[must_use]
pub fn diff(before: Option<&ThreadAt>, after: &ThreadAt) -> Vec<Change> {
    let mut changes = vec![];
    let nothing = ThreadAt::default();
    let before = before.unwrap_or(&nothing);
    if !before.exists() {
        add(
            &mut changes,
            "thread.opened",
            None,
            "The conversation was opened.".to_owned(),
        );
    }
    of_thread(before, after, &mut changes);
    of_expiry(before, after, &mut changes);
    let old = before.messages();
    let find = |id: &str| old.iter().find(|row| row.message == id).copied();
    for row in after.messages() {
        match find(&row.message) {
            None => added(after, row, &mut changes),
            Some(known) => changed(before, after, known, row, &mut changes),
        }
    }
    let new = after.messages();
    for gone in old {
        if !new.iter().any(|row| row.message == gone.message) {
            let sentence = format!("{} is gone: its content was to be erased.", name(gone));
            add(&mut changes, "message.removed", Some(gone), sentence);
        }
    }
    changes
}

fn of_thread(before: &ThreadAt, after: &ThreadAt, changes: &mut Vec<Change>) {
    if let (Some(old), Some(new)) = (before.conversation(), after.conversation()) {
        let by_age = after.expiry.is_some() && new.name.is_none();
        if old.name != new.name && !by_age {
            let sentence = match new.name {
                Some(_) => "The conversation got another name.",
                None => "The conversation's name went with what was redacted.",
            };
            add(changes, "thread.renamed", None, sentence.to_owned());
        }
        if old.hidden_for.is_some() != new.hidden_for.is_some() {
            let (kind, sentence) = match new.hidden_for {
                Some(_) => (
                    "thread.hidden",
                    "Moderators hid the conversation from its owner.",
                ),
                None => (
                    "thread.unhidden",
                    "Moderators show the conversation to its owner again.",
                ),
            };
            add(changes, kind, None, sentence.to_owned());
        }
        if old.archived != new.archived {
            let (kind, sentence) = match new.archived {
                true => ("thread.archived", "The conversation left its owner's list."),
                false => (
                    "thread.unarchived",
                    "The conversation came back to its owner's list.",
                ),
            };
            add(changes, kind, None, sentence.to_owned());
        }
    }
    let requested = |at: &ThreadAt| at.erasure.as_ref().map(|erasure| erasure.requested);
    let confirmed = |at: &ThreadAt| {
        let erasure = at.erasure.as_ref()?;
        erasure.confirmed.as_ref().map(|(position, _)| *position)
    };
    if requested(after) != requested(before) {
        let ordered = after
            .erasure
            .as_ref()
            .and_then(|erasure| erasure.ordered_by);
        let sentence = match ordered {
            Some(by) => format!("The content was erased by order of {by}."),
            None => "Its owner, or somebody for them, had the content erased.".to_owned(),
        };
        add(changes, "thread.erased", None, sentence);
    }
    if let Some(position) = confirmed(after).filter(|_| confirmed(after) != confirmed(before)) {
        let sentence = format!("The erasure was confirmed at position {position}.");
        add(changes, "thread.erased", None, sentence);
    }
}

fn of_expiry(before: &ThreadAt, after: &ThreadAt, changes: &mut Vec<Change>) {
    let asked = |at: &ThreadAt| at.expiry.as_ref().map(|expiry| expiry.asked);
    let confirmed = |at: &ThreadAt| {
        let expiry = at.expiry.as_ref()?;
        expiry.confirmed.as_ref().map(|(position, _)| *position)
    };
    if asked(after) != asked(before) {
        let sentence = "Some of it was older than content is kept.";
        add(changes, "thread.expired", None, sentence.to_owned());
    }
    if let Some(position) = confirmed(after).filter(|_| confirmed(after) != confirmed(before)) {
        let sentence = format!("That it is gone was confirmed at position {position}.");
        add(changes, "thread.expired", None, sentence);
    }
}

fn added(after: &ThreadAt, row: &TranscriptRow, changes: &mut Vec<Change>) {
    let mut sentence = match row.replaces {
        None => format!("{} was added, {}.", name(row), state(row)),
        Some(_) => format!("{} got a newer version, {}.", name(row), state(row)),
    };
    let lookups = row.lookups();
    if !lookups.is_empty() {
        sentence.push_str(&format!(" Looked up for it: {}.", tools(&lookups)));
    }
    if row.is_flagged {
        sentence.push_str(&judgement(row));
    }
    if after.is_hidden(row.place) {
        sentence.push_str(" It is hidden by a cut.");
    }
    add(changes, "message.added", Some(row), sentence);
}

fn changed(
    before: &ThreadAt,
    after: &ThreadAt,
    old: &TranscriptRow,
    new: &TranscriptRow,
    changes: &mut Vec<Change>,
) {
    if old.status != new.status {
        let sentence = format!("{} ended, {}.", name(new), state(new));
        add(changes, "message.ended", Some(new), sentence);
    } else if new.expired && !old.expired {
        let sentence = format!("{} has expired: what it said is gone.", name(new));
        add(changes, "message.expired", Some(new), sentence);
    } else if old.text != new.text {
        let what = match (old.redacted, new.redacted) {
            (false, true) => "was redacted",
            (true, false) => "says again what it said before it was redacted",
            _ => "reads otherwise",
        };
        // Any other change of what it says was decided by nobody.
        let by = match after.decider(new) {
            Some(by) if old.redacted != new.redacted => format!(", as the moderator {by} decided"),
            _ => String::new(),
        };
        let sentence = format!("{} {what}{by}, {}.", name(new), state(new));
        add(changes, "message.changed", Some(new), sentence);
    }
    // What a moderator has taken away is said to be otherwise above.
    let (known, now) = (old.lookups().len(), new.lookups());
    if let Some(more) = now.get(known..).filter(|more| !more.is_empty()) {
        let sentence = format!("For {} was looked up: {}.", name(new), tools(more));
        add(changes, "message.looked_up", Some(new), sentence);
    }
    if old.replaced_by != new.replaced_by {
        let sentence = format!("{} was replaced by a newer version.", name(new));
        add(changes, "message.replaced", Some(new), sentence);
    }
    let verdict =
        |row: &TranscriptRow| (row.scan.clone(), row.is_flagged, row.action_taken.clone());
    if verdict(old) != verdict(new) {
        let sentence = format!("{} was judged.{}", name(new), judgement(new));
        add(changes, "message.judged", Some(new), sentence);
    }
    match (before.is_hidden(old.place), after.is_hidden(new.place)) {
        (false, true) => {
            let sentence = format!("{} was hidden by a cut.", name(new));
            add(changes, "message.hidden", Some(new), sentence);
        }
        (true, false) => {
            let sentence = format!("{} is no longer hidden.", name(new));
            add(changes, "message.shown", Some(new), sentence);
        }
        _ => {}
    }
}

fn add(
    changes: &mut Vec<Change>,
    kind: &'static str,
    message: Option<&TranscriptRow>,
    sentence: String,
) {
    changes.push(Change {
        kind,
        message: message.map(|row| row.message.clone()),
        sentence,
    });
}

fn name(row: &TranscriptRow) -> String {
    format!("Message {} ({})", row.place, row.role.as_str())
}

fn state(row: &TranscriptRow) -> String {
    format!("{}, {} characters", row.status.as_str(), row.length)
}

/// By which tools, in order; what was asked for is content.
fn tools(lookups: &[LookupRow]) -> String {
    let tools = lookups.iter().map(|lookup| match lookup.over {
        true => lookup.tool.as_str().to_owned(),
        false => format!("{} (not ended)", lookup.tool.as_str()),
    });
    tools.collect::<Vec<_>>().join(", ")
}

fn judgement(row: &TranscriptRow) -> String {
    format!(
        " Moderation: severity {}, action {}.",
        row.severity, row.action_taken
    )
}
