//! Detectors elsewhere: the `[moderation.external.NAME]` tables.

use std::{collections::BTreeMap, fmt, time::Duration};

use config::{Map, Value, ValueKind};

use super::{
    Secret,
    providers::{api_key, base_url, is_name},
    reader::Reader,
};

/// The table of the detectors.
pub(super) const EXTERNAL: &str = "moderation.external";

/// Every setting of a `[moderation.external.NAME]`.
pub(super) const EXTERNAL_SETTINGS: &[&str] = &[
    "url",
    "api_key",
    "api_key_env",
    "model",
    "timeout_ms",
    "applies_to",
    "action",
    "on_failure",
];

/// A detector that is asked over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalDetector {
    /// Where it answers.
    pub url: String,
    /// What it wants to see before it answers.
    pub api_key: Option<Secret>,
    /// Which of its models is to look, where it has several.
    pub model: Option<String>,
    /// How long one text may take, another try included.
    pub timeout: Duration,
    /// Which side of a conversation it is shown.
    pub applies_to: AppliesTo,
    /// What is done with what it flags.
    pub action: OnFlag,
    /// What is done with what it did not answer for.
    pub on_failure: OnFailure,
}

/// Which side of a conversation a detector is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppliesTo {
    /// What people write.
    Input,
    /// What models write.
    Output,
    /// Both.
    #[default]
    Both,
}

/// What is done with what a detector flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFlag {
    /// It is refused.
    #[default]
    Block,
    /// It is shown to moderators.
    Flag,
}

/// What is done with what a detector did not answer for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// It is treated as the worst.
    #[default]
    Block,
    /// It is shown to moderators.
    Flag,
    /// Nothing; that nobody answered is recorded.
    Allow,
}

/// Of the address only host and path: the rest can hold a password or a key.
impl fmt::Debug for ExternalDetector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = reqwest::Url::parse(&self.url).map_or_else(
            |_| String::new(),
            |url| format!("{}{}", url.origin().ascii_serialization(), url.path()),
        );
        f.debug_struct("ExternalDetector")
            .field("url", &url)
            .field("api_key", &self.api_key)
            .field("model", &self.model)
            .field("timeout", &self.timeout)
            .field("applies_to", &self.applies_to)
            .field("action", &self.action)
            .field("on_failure", &self.on_failure)
            .finish()
    }
}

/// Reads them all, by name.
pub(super) fn read(
    settings: &mut Reader<'_>,
    table: &Map<String, Value>,
    environment: &BTreeMap<String, String>,
) -> BTreeMap<String, ExternalDetector> {
    let mut by_name = BTreeMap::new();
    let tables = match table.get(EXTERNAL).map(|value| &value.kind) {
        None => return by_name,
        Some(ValueKind::Table(tables)) => tables,
        Some(_) => {
            settings.fault(EXTERNAL, "this must be tables: [moderation.external.NAME]");
            return by_name;
        }
    };
    // In order, so that the same faults are always told in the same order.
    for (name, table) in tables.iter().collect::<BTreeMap<_, _>>() {
        let path = format!("{EXTERNAL}.{name}");
        match &table.kind {
            ValueKind::Table(table) if is_name(name) => {
                let mut reader = Reader::new(table, format!("{path}."), settings.faults);
                if let Some(detector) = read_one(&mut reader, environment) {
                    by_name.insert(name.clone(), detector);
                }
            }
            ValueKind::Table(_) => settings.fault(
                &path,
                "a detector's name has 1 to 40 of a-z, 0-9, - and _, and is not \"default\"",
            ),
            _ => settings.fault(&path, format!("this must be a table: [{path}]")),
        }
    }
    by_name
}

fn read_one(
    reader: &mut Reader<'_>,
    environment: &BTreeMap<String, String>,
) -> Option<ExternalDetector> {
    if !reader.has("url") {
        reader.fault(
            "url",
            "this is missing: where does it answer, as in https://api.openai.com/v1/moderations",
        );
    }
    let url = reader.parsed("url", base_url);
    let timeout = Duration::from_millis(reader.number("timeout_ms", 10..=60_000, 2_000));
    let sides = [
        ("both", AppliesTo::Both),
        ("input", AppliesTo::Input),
        ("output", AppliesTo::Output),
    ];
    let actions = [("block", OnFlag::Block), ("flag", OnFlag::Flag)];
    let failures = [
        ("block", OnFailure::Block),
        ("flag", OnFailure::Flag),
        ("allow", OnFailure::Allow),
    ];
    let (api_key, model) = (api_key(reader, environment), reader.text("model"));
    let applies_to = reader.choice("applies_to", &sides).unwrap_or_default();
    let action = reader.choice("action", &actions).unwrap_or_default();
    let on_failure = reader.choice("on_failure", &failures).unwrap_or_default();
    Some(ExternalDetector {
        url: url?,
        api_key,
        model,
        timeout,
        applies_to,
        action,
        on_failure,
    })
}
