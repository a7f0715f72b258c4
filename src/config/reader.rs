//! Reads one setting after the other from the table, with its type and its limits, and collects the faults.

use std::{ops::RangeInclusive, time::Duration};

use config::{Map, Value, ValueKind};
use reqwest::Url;

use super::{Secret, faults::Fault, settings::all_names};

/// A table of settings with the faults found in it so far.
pub(super) struct Reader<'a> {
    table: &'a Map<String, Value>,
    /// Before each key, as in `providers.groq.`.
    path: String,
    pub(super) faults: &'a mut Vec<Fault>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        table: &'a Map<String, Value>,
        path: String,
        faults: &'a mut Vec<Fault>,
    ) -> Self {
        Self {
            table,
            path,
            faults,
        }
    }

    pub(super) fn fault(&mut self, key: &str, message: impl Into<String>) {
        self.faults.push(Fault {
            setting: self.names(key),
            message: message.into(),
        });
    }

    pub(super) fn names(&self, key: &str) -> String {
        all_names(&format!("{}{key}", self.path))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether there is a value, however wrong.
    pub(super) fn is_given(&self, key: &str) -> bool {
        let value = self.table.get(key).map(|value| &value.kind);
        value.is_some_and(|kind| !matches!(kind, ValueKind::String(text) if text.trim().is_empty()))
    }

    /// Text without the spaces around it; an empty text is no value.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match &self.table.get(key)?.kind {
            ValueKind::String(text) => {
                let text = text.trim();
                (!text.is_empty()).then(|| text.to_owned())
            }
            _ => {
                self.fault(key, "this must be text in quotation marks");
                None
            }
        }
    }

    /// Text exactly as it stands.
    pub(super) fn secret(&mut self, key: &str) -> Option<Secret> {
        match &self.table.get(key)?.kind {
            ValueKind::String(text) if text.is_empty() => None,
            ValueKind::String(text) => Some(Secret::new(text.clone())),
            _ => {
                self.fault(key, "this must be text in quotation marks");
                None
            }
        }
    }

    /// Text that `parse` understands.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(&self.text(key)?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.fault(key, message);
                None
            }
        }
    }

    /// One of some words.
    pub(super) fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        self.parsed(key, |text| {
            choices
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(_, value)| *value)
                .ok_or_else(|| {
                    let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                    format!("\"{text}\" is not one of: {}", words.join(", "))
                })
        })
    }

    /// A whole number.
    pub(super) fn number(&mut self, key: &str, limits: RangeInclusive<u64>, default: u64) -> u64 {
        let Some(value) = self.table.get(key) else {
            return default;
        };
        let number = match &value.kind {
            ValueKind::I64(number) => u64::try_from(*number).ok(),
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if limits.contains(&number) => number,
            _ => {
                let shown = value.kind.to_string();
                self.fault(
                    key,
                    format!(
                        "{shown} is not a whole number from {} to {}",
                        limits.start(),
                        limits.end()
                    ),
                );
                default
            }
        }
    }

    /// A whole number that has no default of its own.
    pub(super) fn some_number(&mut self, key: &str, limits: RangeInclusive<u64>) -> Option<u64> {
        let default = *limits.start();
        self.has(key).then(|| self.number(key, limits, default))
    }

    /// `true` or `false`.
    pub(super) fn choice_of_bool(&mut self, key: &str) -> Option<bool> {
        let value = self.table.get(key)?;
        let read = match &value.kind {
            ValueKind::Boolean(value) => Some(*value),
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        if read.is_none() {
            let shown = value.kind.to_string();
            self.fault(key, format!("{shown} is neither true nor false"));
        }
        read
    }

    /// A time in seconds, which may have decimals.
    pub(super) fn seconds(
        &mut self,
        key: &str,
        limits: RangeInclusive<f64>,
        default: u64,
    ) -> Duration {
        let default = Duration::from_secs(default);
        let Some(value) = self.table.get(key) else {
            return default;
        };
        let seconds = match &value.kind {
            #[expect(
                clippy::cast_precision_loss,
                reason = "beyond the limits long before that"
            )]
            ValueKind::I64(number) => Some(*number as f64),
            ValueKind::Float(number) => Some(*number),
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match seconds {
            Some(seconds) if limits.contains(&seconds) => Duration::from_secs_f64(seconds),
            _ => {
                let shown = value.kind.to_string();
                self.fault(
                    key,
                    format!(
                        "{shown} is not a number of seconds from {} to {}",
                        limits.start(),
                        limits.end()
                    ),
                );
                default
            }
        }
    }

    /// A list of words; in the environment they are separated by commas.
    pub(super) fn list(&mut self, key: &str) -> Vec<String> {
        let Some(value) = self.table.get(key) else {
            return Vec::new();
        };
        let words: Option<Vec<String>> = match &value.kind {
            ValueKind::String(text) => Some(text.split(',').map(str::to_owned).collect()),
            ValueKind::Array(values) => values
                .iter()
                .map(|value| match &value.kind {
                    ValueKind::String(text) => Some(text.clone()),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        let Some(words) = words else {
            self.fault(
                key,
                "this must be a list of names, as in [\"groq\", \"ollama\"]",
            );
            return Vec::new();
        };
        words
            .iter()
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect()
    }
}

/// The address of something that speaks HTTP.
pub(super) fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    url.ok_or_else(|| "this must be an http or https URL".to_owned())
}
