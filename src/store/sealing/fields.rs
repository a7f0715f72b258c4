//! Finding fields in an event's JSON, and putting others in their place.

use std::{borrow::Cow, fmt, ops::Range};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A field that is a string.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// From the event's own fields, with the number of each list element.
    pub(super) path: String,
    /// Where its JSON is, quotes included.
    pub(super) span: Range<usize>,
}

/// The strings at these paths, in the order in which they stand. An event is stored under its name:
/// `{"message.sent": {…}}`.
pub(super) fn find(payload: &str, paths: &[&str]) -> Result<Vec<Field>, serde_json::Error> {
    let mut found = vec![];
    for (_, event) in serde_json::from_str::<Object<'_>>(payload)?.0 {
        look(payload, event, paths, "", &mut found)?;
    }
    Ok(found)
}

fn look(
    payload: &str,
    value: &RawValue,
    paths: &[&str],
    at: &str,
    found: &mut Vec<Field>,
) -> Result<(), serde_json::Error> {
    let beneath = |name: &str| match at {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    };
    match value.get().as_bytes().first() {
        Some(b'{') => {
            for (name, value) in serde_json::from_str::<Object<'_>>(value.get())?.0 {
                let rest = under(paths, &name);
                if !rest.is_empty() {
                    look(payload, value, &rest, &beneath(&name), found)?;
                }
            }
        }
        Some(b'[') => {
            let rest = under(paths, "*");
            if !rest.is_empty() {
                let items: Vec<&RawValue> = serde_json::from_str(value.get())?;
                for (nth, value) in items.into_iter().enumerate() {
                    look(payload, value, &rest, &beneath(&nth.to_string()), found)?;
                }
            }
        }
        Some(b'"') if paths.contains(&"") => {
            let start = value.get().as_ptr() as usize - payload.as_ptr() as usize;
            found.push(Field {
                path: at.to_owned(),
                span: start..start + value.get().len(),
            });
        }
        _ => {}
    }
    Ok(())
}

/// What is left of the paths that begin with `name`; `""` is a path that ends there.
fn under<'p>(paths: &[&'p str], name: &str) -> Vec<&'p str> {
    let rest = |path: &&'p str| {
        let rest = path.strip_prefix(name)?;
        match rest.strip_prefix('.') {
            Some(further) => Some(further),
            None => rest.is_empty().then_some(""),
        }
    };
    paths.iter().filter_map(rest).collect()
}

/// The payload with other JSON in the place of these fields, which are in order.
pub(super) fn replace(payload: &str, fields: &[(Field, String)]) -> String {
    let grown: usize = fields.iter().map(|(_, json)| json.len()).sum();
    let mut whole = String::with_capacity(payload.len() + grown);
    let mut from = 0;
    for (field, json) in fields {
        whole.push_str(&payload[from..field.span.start]);
        whole.push_str(json);
        from = field.span.end;
    }
    whole.push_str(&payload[from..]);
    whole
}

/// A JSON object, its values as they stand.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object<'de>, M::Error> {
                let mut entries = vec![];
                while let Some(entry) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    entries.push((entry.0.0, entry.1));
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// A name, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const PAYLOAD: &str =
        r#"{"e": {"a":"x\"y", "n": 1, "list":[{"a":"p"},{"b":"q"},{"a":null}],"deep":{"a":"z"}}}"#;

    fn found(paths: &[&str]) -> Vec<(String, &'static str)> {
        let found = find(PAYLOAD, paths).unwrap();
        let shown = |field: Field| (field.path, &PAYLOAD[field.span]);
        found.into_iter().map(shown).collect()
    }

    #[test]
    fn strings_are_found_by_their_paths_and_nothing_else_is() {
        assert_eq!(found(&["a"]), [("a".to_owned(), r#""x\"y""#)]);
        assert_eq!(found(&["list.*.a"]), [("list.0.a".to_owned(), r#""p""#)]);
        assert_eq!(found(&["deep.a"]), [("deep.a".to_owned(), r#""z""#)]);
        assert_eq!(found(&["n", "list", "deep", "z", "de"]), []);
    }

    #[test]
    fn what_is_put_in_their_place_leaves_the_rest_as_it_stands() {
        let fields = find(PAYLOAD, &["a", "deep.a"]).unwrap();
        let fields: Vec<_> = fields
            .into_iter()
            .map(|field| (field, "\"!\"".to_owned()))
            .collect();
        assert_eq!(
            replace(PAYLOAD, &fields),
            r#"{"e": {"a":"!", "n": 1, "list":[{"a":"p"},{"b":"q"},{"a":null}],"deep":{"a":"!"}}}"#
        );
    }
}
