//! The bytes of an event that are proved: every column as it is stored, with its length before it.
//!
//! A leaf is one line of ASCII, then six texts without anything between them:
//!
//! ```text
//! e1 POSITION RECORDED_AT SEQUENCE N1 N2 N3 N4 N5 N6 <newline>
//! AGGREGATE_TYPE AGGREGATE_ID EVENT_TYPE EVENT_VERSION PAYLOAD METADATA
//! ```
//!
//! `e1` is this definition's version. The three numbers are decimal (`RECORDED_AT`: microseconds since 1970), N1 to
//! N6 the lengths of the texts in bytes, single spaces between them. The texts are UTF-8 as the database holds
//! them: sealed content is sealed, and stays the same when its key is destroyed. Nothing of an event is left out, so a
//! leaf is the event; it may be made again from an export, or with SQL.

use std::ops::Range;

use super::{Recorded, StoreError};

/// How a leaf begins.
const BEGINNING: &[u8] = b"e1 ";
/// The texts of an event.
const TEXTS: usize = 6;

/// The leaf of an event that was read as it is stored.
#[must_use]
pub fn leaf_of(event: &Recorded) -> Vec<u8> {
    let mut leaf = vec![];
    let numbers = [
        i64::try_from(event.position).unwrap_or(i64::MAX),
        event.recorded_at,
        i64::try_from(event.sequence).unwrap_or(i64::MAX),
    ];
    let texts = [
        &event.aggregate_type,
        &event.aggregate_id,
        &event.event_type,
        &event.event_version,
        &event.payload,
        &event.metadata,
    ];
    write(&mut leaf, numbers, texts.map(String::as_str));
    leaf
}

/// The same leaf at another position: what two events that were exchanged would be.
#[must_use]
pub fn moved(leaf: &[u8], position: u64) -> Option<Vec<u8>> {
    let rest = leaf.strip_prefix(BEGINNING)?;
    let space = rest.iter().position(|byte| *byte == b' ')?;
    Some([BEGINNING, position.to_string().as_bytes(), &rest[space..]].concat())
}

/// Writes a leaf behind what is there.
pub(in crate::store) fn write(into: &mut Vec<u8>, numbers: [i64; 3], texts: [&str; TEXTS]) {
    let [position, recorded_at, sequence] = numbers;
    let [n1, n2, n3, n4, n5, n6] = texts.map(str::len);
    let line = format!("{position} {recorded_at} {sequence} {n1} {n2} {n3} {n4} {n5} {n6}\n");
    into.extend_from_slice(BEGINNING);
    into.extend_from_slice(line.as_bytes());
    for text in texts {
        into.extend_from_slice(text.as_bytes());
    }
}

/// Leaves in the order of their positions, in one piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaves {
    bytes: Vec<u8>,
    places: Vec<(u64, Range<usize>)>,
}

impl Leaves {
    /// Each with its position.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let leaf =
            |(position, place): &(u64, Range<usize>)| (*position, &self.bytes[place.clone()]);
        self.places.iter().map(leaf)
    }

    /// The last one's position.
    #[must_use]
    pub fn last(&self) -> Option<u64> {
        self.places.last().map(|(position, _)| *position)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(in crate::store) fn push(&mut self, numbers: [i64; 3], texts: [&str; TEXTS]) {
        let from = self.bytes.len();
        write(&mut self.bytes, numbers, texts);
        let position = u64::try_from(numbers[0]).unwrap_or(0);
        self.places.push((position, from..self.bytes.len()));
    }

    /// Finds the leaves in what a database has written one behind the other.
    pub(in crate::store) fn read(bytes: Vec<u8>) -> Result<Self, StoreError> {
        let mut places = vec![];
        let mut from = 0;
        while from < bytes.len() {
            let (position, length) = first(&bytes[from..]).ok_or_else(|| {
                StoreError::Unreadable(
                    "an event's columns are not what they were made as".to_owned(),
                )
            })?;
            places.push((position, from..from + length));
            from += length;
        }
        Ok(Self { bytes, places })
    }
}

/// The position and the length of the first leaf.
fn first(bytes: &[u8]) -> Option<(u64, usize)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(bytes[..end].strip_prefix(BEGINNING)?).ok()?;
    let mut numbers = line.split(' ');
    let position = numbers.next()?.parse().ok()?;
    let mut length = end + 1;
    for number in numbers.skip(2) {
        length = length.checked_add(number.parse().ok()?)?;
    }
    (length <= bytes.len()).then_some((position, length))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn event() -> Recorded {
        Recorded {
            position: 7,
            recorded_at: 1_750_000_000_000_000,
            aggregate_type: "thread".to_owned(),
            aggregate_id: "a".to_owned(),
            sequence: 2,
            event_type: "message.sent".to_owned(),
            event_version: "1".to_owned(),
            payload: "{\"é\":\"\n\"}".to_owned(),
            metadata: "{}".to_owned(),
        }
    }

    #[test]
    fn a_leaf_is_written_like_this_for_ever() {
        let leaf = "e1 7 1750000000000000 2 6 1 12 1 10 2\nthreadamessage.sent1{\"é\":\"\n\"}{}";
        assert_eq!(leaf_of(&event()), leaf.as_bytes());
    }

    #[test]
    fn leaves_are_found_again_in_one_piece() {
        let next = Recorded {
            position: 8,
            ..event()
        };
        let both = [leaf_of(&event()), leaf_of(&next)];
        let leaves = Leaves::read(both.concat()).unwrap();
        let found: Vec<_> = leaves.iter().collect();
        assert_eq!(found, [(7, &*both[0]), (8, &*both[1])]);
        assert_eq!(moved(&both[0], 8).unwrap(), both[1]);
        assert!(Leaves::read(both.concat()[1..].to_vec()).is_err());
        assert!(Leaves::read(both[0][..20].to_vec()).is_err());
    }
}
