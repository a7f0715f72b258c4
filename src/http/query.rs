//! Query strings: percent-decoded pairs; of repeated names the last counts.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

/// A request's query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(HashMap<String, String>);

impl Query {
    /// Reads `a=1&b=2`. Bytes that are not UTF-8 become U+FFFD.
    pub(crate) fn parse(raw: &str) -> Self {
        Self(
            raw.split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// One parameter.
    pub(crate) fn of(name: &str, value: String) -> Self {
        Self(HashMap::from([(name.to_owned(), value)]))
    }

    /// The value of a parameter, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// A path segment or query part as it was meant.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

/// A path segment as it was meant (`+` stands for itself there).
pub(crate) fn decode_segment(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_repeated_names_the_last_counts_and_escapes_are_undone() {
        let query = Query::parse("a=1&a=2&b=x%3Ay+z&flag&=");
        assert_eq!(query.get("a"), Some("2"));
        assert_eq!(query.get("b"), Some("x:y z"));
        assert_eq!(query.get("flag"), Some(""));
        assert_eq!(query.get("c"), None);
    }
}
