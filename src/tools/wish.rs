//! What a model can wish for, and how it says so.

use aggregates::thread::ToolName;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use serde::Deserialize;
use serde_json::json;

use super::line;
use crate::providers::Tool;

pub(super) const SEARCH: Tool = Tool {
    name: "web_search",
    description: "Searches the web. Gives titles, addresses and excerpts of pages; read one with \
                  web_fetch when its excerpt is not enough.",
    parameters: r#"{"type":"object","properties":{"query":{"type":"string","description":"What to look for, in a few words."},"count":{"type":"integer","minimum":1,"maximum":10,"description":"How many pages; 5 when left out."}},"required":["query"]}"#,
};

pub(super) const FETCH: Tool = Tool {
    name: "web_fetch",
    description: "Reads a page of the web: its text, without pictures and scripts.",
    parameters: r#"{"type":"object","properties":{"url":{"type":"string","description":"The page's address, with http or https."}},"required":["url"]}"#,
};

/// Pages that are found at most, and where nothing is said of it.
const COUNTS: (u64, u64) = (10, 5);
/// The longest query and address, in characters.
const LONGEST_QUERY: usize = 400;
const LONGEST_URL: usize = 2_000;
/// The longest label, in characters.
const LONGEST_LABEL: usize = 200;

/// Something that a model wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To find pages.
    Search {
        /// On one line, at most 400 characters.
        query: String,
        /// How many, 1 to 10.
        count: usize,
    },
    /// To read a page.
    Fetch {
        /// Where.
        url: Url,
    },
}

#[derive(Deserialize)]
struct Search {
    query: String,
    #[serde(default)]
    count: Option<f64>,
}

#[derive(Deserialize)]
struct Fetch {
    url: String,
}

impl Wish {
    /// What a model has said.
    ///
    /// # Errors
    /// A sentence for the model.
    pub fn read(name: &str, arguments: &str) -> Result<Self, String> {
        match name {
            "web_search" => {
                let Search { query, count } = read(arguments, r#"{"query": "…", "count": 5}"#)?;
                let query = line(&query, LONGEST_QUERY);
                if query.is_empty() {
                    return Err("The query is empty.".to_owned());
                }
                let (most, usual) = COUNTS;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "models write 5.0; what is beyond is brought back"
                )]
                let count = count.map_or(usual, |count| count.max(1.0) as u64).min(most);
                Ok(Self::Search {
                    query,
                    count: usize::try_from(count).unwrap_or(1),
                })
            }
            "web_fetch" => {
                let Fetch { url } = read(arguments, r#"{"url": "https://…"}"#)?;
                let url = url.trim();
                if url.chars().count() > LONGEST_URL {
                    return Err(format!("An address has at most {LONGEST_URL} characters."));
                }
                let url = Url::parse(url);
                let url = url.map_err(|_| "This is no address of a page.".to_owned())?;
                Ok(Self::Fetch { url })
            }
            _ => Err("There is no such tool.".to_owned()),
        }
    }

    /// Which tool a model means by this name.
    #[must_use]
    pub fn tool(name: &str) -> ToolName {
        match name {
            "web_search" => ToolName::WebSearch,
            "web_fetch" => ToolName::WebFetch,
            _ => ToolName::Unknown,
        }
    }

    /// What of it leaves the server, as people read it: without any escapes.
    #[must_use]
    pub fn said(&self) -> String {
        match self {
            Self::Search { query, .. } => query.clone(),
            Self::Fetch { url } => percent_decode_str(url.as_str())
                .decode_utf8_lossy()
                .into_owned(),
        }
    }

    /// The same with these words in the place of what was said; `None`: then it is another one.
    #[must_use]
    pub fn saying(&self, words: &str) -> Option<Self> {
        match self {
            Self::Search { count, .. } => Some(Self::Search {
                query: words.to_owned(),
                count: *count,
            }),
            Self::Fetch { .. } => (words == self.said()).then(|| self.clone()),
        }
    }

    /// In JSON.
    #[must_use]
    pub fn arguments(&self) -> String {
        match self {
            Self::Search { query, count } => json!({"query": query, "count": count}),
            Self::Fetch { url } => json!({"url": url.as_str()}),
        }
        .to_string()
    }

    /// What is done, for people.
    #[must_use]
    pub fn label(&self) -> String {
        let label = match self {
            Self::Search { query, .. } => format!("Searching the web: {query}"),
            Self::Fetch { url } => format!("Reading {}", url.host_str().unwrap_or_default()),
        };
        line(&label, LONGEST_LABEL)
    }
}

fn read<'a, T: Deserialize<'a>>(arguments: &'a str, shape: &str) -> Result<T, String> {
    serde_json::from_str(arguments).map_err(|_| format!("This tool takes an object like {shape}."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn search(arguments: &str) -> Result<(String, usize), String> {
        match Wish::read("web_search", arguments)? {
            Wish::Search { query, count } => Ok((query, count)),
            Wish::Fetch { .. } => panic!("a search is a search"),
        }
    }

    #[test]
    fn what_a_model_writes_is_understood_within_bounds() {
        let tea = |count| Ok(("green tea".to_owned(), count));
        assert_eq!(search(r#"{"query":" green\n tea "}"#), tea(5));
        assert_eq!(search(r#"{"query":"green tea","count":3.0}"#), tea(3));
        assert_eq!(search(r#"{"query":"green tea","count":-1}"#), tea(1));
        assert_eq!(search(r#"{"query":"green tea","count":1e300}"#), tea(10));
        let long = search(&json!({"query": "a".repeat(9_999)}).to_string());
        assert_eq!(long.unwrap().0.chars().count(), LONGEST_QUERY);
    }

    #[test]
    fn what_cannot_be_understood_is_told_in_a_sentence() {
        for (name, arguments) in [
            ("web_search", ""),
            ("web_search", "{}"),
            ("web_search", r#"{"query":"  "}"#),
            ("web_search", r#"{"query":7}"#),
            ("web_fetch", "[]"),
            ("web_fetch", r#"{"url":"page"}"#),
            ("web_fetch", r#"{"url":""}"#),
            ("shell", "{}"),
        ] {
            let told = Wish::read(name, arguments).unwrap_err();
            assert!(told.ends_with('.'), "{told}");
        }
    }

    #[test]
    fn what_is_offered_is_described_by_a_schema() {
        for tool in [SEARCH, FETCH] {
            assert_eq!(tool.schema()["type"], "object", "{}", tool.name);
        }
    }
}
