//! The types of events that there are.

use std::{collections::BTreeSet, sync::LazyLock};

use aggregates::schema;

/// Their names.
static TYPES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let known = schema::catalogue().events.into_iter();
    known.map(|event| event.event_type).collect()
});

/// The longest part of a wrong name that is repeated, in characters.
const SHOWN: usize = 60;

/// No type of events is called so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no type of events {0:?}; /api/audit/schema lists them")]
pub struct UnknownType(String);

/// Whether there are all of these types.
///
/// # Errors
/// With the first name that is none.
pub fn check_types(names: &[String]) -> Result<(), UnknownType> {
    match names.iter().find(|name| !TYPES.contains(*name)) {
        None => Ok(()),
        Some(unknown) => Err(UnknownType(unknown.chars().take(SHOWN).collect())),
    }
}
