//! `names`: what conversations and people are called, to be found by any part of it.
//!
//! A row for each conversation that somebody, or a model, has named, and for each person. What all others are called
//! is known without one.

use std::collections::BTreeSet;

use aggregates::{thread::ThreadEvent, user::UserEvent};

use crate::{Event, Projection, Recorded, row::row, transcript::count};

/// Characters of a part of a name that is looked up as one.
const PART: usize = 3;

row! {
    /// A name.
    pub struct NameRow in "names" {
        /// Whose it is: the id of a conversation or of a person.
        pub of: String,
        /// The log's position of the event that says it.
        pub number: i64,
        /// The place of that event in its stream.
        pub said: i64,
        /// Its parts as [`parts`] has them; empty when it is shorter than one.
        pub parts: String,
    }
    indexes {
        by_number: r#""number""#,
    }
    words { parts by number }
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct Names;

impl Projection for Names {
    const VERSION: u32 = 1;
    type Row = NameRow;

    fn keys(event: &Recorded) -> Vec<String> {
        let named = match &event.event {
            Event::Thread(happened) => match happened {
                ThreadEvent::Opened(opened) => opened.name.is_some(),
                ThreadEvent::Renamed { .. }
                | ThreadEvent::Unnamed {}
                | ThreadEvent::ErasureRequested {}
                | ThreadEvent::ContentExpired(_) => true,
                _ => false,
            },
            Event::User(happened) => matches!(
                happened,
                UserEvent::Registered { .. }
                    | UserEvent::Deleted {}
                    | UserEvent::ErasureRequested {}
                    | UserEvent::ErasureConfirmed { .. }
            ),
            _ => false,
        };
        match named {
            true => vec![event.aggregate_id.clone()],
            false => vec![],
        }
    }

    fn fold(row: Option<NameRow>, key: &str, event: &Recorded) -> Option<NameRow> {
        let called = |name: &str| {
            Some(NameRow {
                of: key.to_owned(),
                number: count(event.position),
                said: count(event.sequence),
                parts: indexed(name),
            })
        };
        match &event.event {
            Event::Thread(ThreadEvent::Opened(opened)) => opened.name.as_deref().and_then(called),
            Event::Thread(ThreadEvent::Renamed { name, .. }) => called(name),
            Event::Thread(ThreadEvent::ContentExpired(expired)) => {
                row.filter(|row| row.said > count(expired.through))
            }
            Event::User(UserEvent::Registered { username, .. }) => called(username),
            Event::Thread(ThreadEvent::Unnamed {} | ThreadEvent::ErasureRequested {})
            | Event::User(
                UserEvent::Deleted {}
                | UserEvent::ErasureRequested {}
                | UserEvent::ErasureConfirmed { .. },
            ) => None,
            _ => row,
        }
    }
}

/// Every three characters that follow each other in a text, without regard to case: letters and digits stand for them,
/// so that no database has an opinion of its own. What is in a name has all its parts there, too.
#[must_use]
pub fn parts(text: &str) -> BTreeSet<String> {
    let characters: Vec<char> = text.to_lowercase().chars().collect();
    let part = |part: &[char]| {
        let codes: Vec<String> = part
            .iter()
            .map(|character| format!("{:x}", u32::from(*character)))
            .collect();
        codes.join("x")
    };
    characters.windows(PART).map(part).collect()
}

fn indexed(name: &str) -> String {
    let mut indexed = String::new();
    for part in parts(name) {
        indexed.push(' ');
        indexed.push_str(&part);
    }
    if !indexed.is_empty() {
        indexed.push(' ');
    }
    indexed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_parts_of_whatever_is_in_it() {
        let name = parts("Žluť: 100% of_it");
        for text in ["žlu", "LUŤ: 1", "100%", "% o", "f_it", "Žluť: 100% OF_IT"] {
            let wanted = parts(text);
            assert!(!wanted.is_empty() && wanted.is_subset(&name), "{text}");
        }
        assert!(!parts("of it").is_subset(&name));
        for short in ["", "a", "ab", "\u{1f600}b"] {
            assert!(parts(short).is_empty());
            assert_eq!(indexed(short), "");
        }
        assert_eq!(indexed("abcabc"), " 61x62x63 62x63x61 63x61x62 ");
    }
}
