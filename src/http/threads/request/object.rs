//! A JSON object's fields; a number among them that would not be told as it is written is told as a text.

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

/// See the module.
pub(super) struct Object {
    pub(super) fields: Map<String, Value>,
    /// The names of the numbers that are told as texts.
    pub(super) numbers: BTreeSet<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object, M::Error> {
                let (mut fields, mut numbers) = (Map::new(), BTreeSet::new());
                while let Some((name, written)) = map.next_entry::<String, &'de RawValue>()? {
                    let written = written.get();
                    let value = read(written).map_err(M::Error::custom)?;
                    // Of a name that stands twice the last one counts.
                    if is_number(written) && value.is_string() {
                        numbers.insert(name.clone());
                    } else {
                        numbers.remove(&name);
                    }
                    fields.insert(name, value);
                }
                Ok(Object { fields, numbers })
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

fn is_number(written: &str) -> bool {
    written.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

fn read(written: &str) -> serde_json::Result<Value> {
    let value = serde_json::from_str(written);
    if !is_number(written) {
        return value;
    }
    Ok(match value {
        Ok(Value::Number(number)) if number.to_string() == written => Value::Number(number),
        // More digits than a number has here, an exponent, zeros at the end, or one that is too large.
        _ => Value::from(written),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_told_as_they_are_written() {
        let object = r#"{ "a": 12345678901234567890123, "b":1E2 ,"c":0.1000,"d": -0, "e": 1e400, "f": 12, "g": -1.5,
            "a\u0062": [1E2], "h": "1E2", "f": 13 }"#;
        let object: Object = serde_json::from_str(object).unwrap();
        let told = json!({
            "a": "12345678901234567890123", "b": "1E2", "c": "0.1000", "d": "-0", "e": "1e400", "f": 13, "g": -1.5,
            "ab": [100.0], "h": "1E2",
        });
        assert_eq!(Value::Object(object.fields), told);
    }

    #[test]
    fn it_is_known_which_texts_are_numbers() {
        let object =
            r#"{ "a": 1E2, "b": "1E2", "c": 12, "d": 1E2, "d": "1E2", "e": "1E2", "e": 1E2 }"#;
        let object: Object = serde_json::from_str(object).unwrap();
        assert!(object.numbers.iter().eq(["a", "e"]));
    }

    #[test]
    fn what_is_no_json_is_none() {
        for wrong in [
            "{",
            "{\"a\":}",
            "{\"a\":1x}",
            "{\"a\":01}",
            "{\"a\":-}",
            "{\"a\":1.}",
            "{\"a\":1}}",
            "{\"a\":tru}",
            "{\"a\":[1e400]}",
            "[]",
        ] {
            assert!(serde_json::from_str::<Object>(wrong).is_err(), "{wrong}");
        }
    }
}
