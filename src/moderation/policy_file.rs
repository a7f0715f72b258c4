//! A policy from a file (TOML), with everything that is wrong with it told at once.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use config::{Config, File, FileFormat};
use moderation::{Category, Output, Policy};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What is wrong with a policy; shown as one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFaults {
    /// Which names the file, where one does: `moderation.shadow (COLLOQUY_MODERATION__SHADOW)`.
    setting: Option<&'static str>,
    file: PathBuf,
    faults: Vec<String>,
}

impl fmt::Display for PolicyFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.faults.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            if let Some(setting) = self.setting {
                write!(f, "{setting}: ")?;
            }
            write!(f, "the policy {}: {fault}", self.file.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyFaults {}

impl PolicyFaults {
    /// The same, of the file that this setting names.
    pub(super) fn of_setting(self, setting: &'static str) -> Self {
        Self {
            setting: Some(setting),
            ..self
        }
    }
}

/// Reads a policy; what it does not say is as usual.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(file: &Path) -> Result<Policy, PolicyFaults> {
    let text = std::fs::read_to_string(file).map_err(|error| PolicyFaults {
        setting: None,
        file: file.to_owned(),
        faults: vec![error.to_string()],
    })?;
    of_text(&text, file)
}

/// The policy that is written here; where it comes from is told with its faults.
///
/// # Errors
/// Everything that is wrong with it.
pub fn of_text(text: &str, file: &Path) -> Result<Policy, PolicyFaults> {
    match parse(text) {
        (Some(policy), faults) if faults.is_empty() => Ok(policy),
        (_, faults) => Err(PolicyFaults {
            setting: None,
            file: file.to_owned(),
            faults,
        }),
    }
}

fn parse(text: &str) -> (Option<Policy>, Vec<String>) {
    let source = || Config::builder().add_source(File::from_str(text, FileFormat::Toml));
    let table = source()
        .build()
        .and_then(Config::try_deserialize::<Map<String, Value>>);
    let table = match table {
        Ok(table) => table,
        Err(error) => return (None, vec![error.to_string()]),
    };
    let mut keys: Vec<&String> = table.keys().collect();
    keys.sort();
    let mut faults = vec![];
    for key in keys {
        check(key, table[key].clone(), &mut faults);
    }
    if !faults.is_empty() {
        return (None, faults);
    }
    match source().build().and_then(Config::try_deserialize) {
        Ok(policy) => {
            check_together(&policy, &mut faults);
            (Some(policy), faults)
        }
        Err(error) => (None, vec![error.to_string()]),
    }
}

/// The longest version, in characters.
const LONGEST_VERSION: usize = 64;

fn is_version(text: &str) -> bool {
    text.len() <= LONGEST_VERSION && text.chars().all(|letter| letter.is_ascii_graphic())
}

/// Looks at one key by itself.
fn check(key: &str, value: Value, faults: &mut Vec<String>) {
    match key {
        "version" | "refusal" => match read_as::<String>(key, value, faults) {
            Some(text) if text.trim().is_empty() => faults.push(format!("{key} is empty")),
            // It stands in every verdict, and is shown at terminals.
            Some(text) if key == "version" && !is_version(&text) => faults.push(format!(
                "version must be at most {LONGEST_VERSION} letters, digits and signs, without spaces"
            )),
            _ => {}
        },
        "output" => {
            read_as::<Output>(key, value, faults);
        }
        "detectors" | "thresholds" => {
            let Some(inner) = read_as::<Map<String, Value>>(key, value, faults) else {
                return;
            };
            let mut names: Vec<_> = inner.into_iter().collect();
            names.sort_by(|one, other| one.0.cmp(&other.0));
            for (name, value) in names {
                let path = format!("{key}.{name}");
                match (key, name.as_str()) {
                    ("detectors", "injection" | "classifier" | "personal_data") => {
                        read_as::<bool>(&path, value, faults);
                    }
                    ("thresholds", "low" | "medium" | "high" | "critical") => {
                        let score = read_as::<f32>(&path, value, faults);
                        if score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
                            faults.push(format!("{path} is not a score from 0 to 1"));
                        }
                    }
                    _ => faults.push(format!("there is no {path}")),
                }
            }
        }
        "block" | "flag" | "ignore" => {
            let names = read_as::<Vec<String>>(key, value, faults).unwrap_or_default();
            for name in names.iter().filter(|name| Category::named(name).is_none()) {
                faults.push(format!("{key}: there is no category {name:?}"));
            }
        }
        "allow" => {
            read_as::<Vec<String>>(key, value, faults);
        }
        _ => faults.push(format!("there is no {key}")),
    }
}

/// A value of another type is a fault; `config` would make a text of a number, and a number of a text.
fn read_as<T: DeserializeOwned>(key: &str, value: Value, faults: &mut Vec<String>) -> Option<T> {
    match serde_json::from_value(value) {
        Ok(read) => Some(read),
        Err(error) => {
            faults.push(format!("{key}: {error}"));
            None
        }
    }
}

/// Looks at what only makes sense together.
fn check_together(policy: &Policy, faults: &mut Vec<String>) {
    let scores = &policy.thresholds;
    if ![scores.low, scores.medium, scores.high, scores.critical].is_sorted() {
        faults.push("thresholds: low, medium, high and critical must go up".to_owned());
    }
    for category in &policy.block {
        for (name, others) in [("flag", &policy.flag), ("ignore", &policy.ignore)] {
            if others.contains(category) {
                faults.push(format!("{} is in block and in {name}", category.name()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn what_a_policy_does_not_say_is_as_usual() {
        assert_eq!(parse(""), (Some(Policy::default()), vec![]));
        let (policy, faults) = parse(
            "version = \"house-2\"\noutput = \"held\"\nrefusal = \"No.\"\nblock = [\"leetspeak\"]\n\
             allow = [\"info@house.example\"]\n[detectors]\nclassifier = false\n\
             [thresholds]\nlow = 0.2\n",
        );
        assert_eq!(faults, [""; 0]);
        let policy = policy.unwrap();
        assert_eq!((&*policy.version, &*policy.refusal), ("house-2", "No."));
        assert_eq!(policy.block, [Category::named("leetspeak").unwrap()]);
        assert!(!policy.detectors.classifier && policy.detectors.injection);
        assert_eq!(policy.output, Output::Held);
    }

    #[test]
    fn everything_that_is_wrong_is_told_by_name() {
        let (_, faults) = parse(
            "version = \"a b\"\nrefusal = \" \"\noutput = \"late\"\nblok = []\nblock = [\"nonsense\", \"jailbreak\", \"rubbish\"]\nallow = 3\n\
             [detectors]\ninjection = \"perhaps\"\nmagic = true\n[thresholds]\nhigh = 7\n",
        );
        for name in [
            "version must be",
            "refusal is empty",
            "output:",
            "there is no blok",
            "\"nonsense\"",
            "\"rubbish\"",
            "allow:",
            "detectors.injection:",
            "there is no detectors.magic",
            "thresholds.high",
        ] {
            let told = faults.iter().any(|fault| fault.contains(name));
            assert!(told, "{name}: {faults:?}");
        }
        assert_eq!(faults.len(), 10, "{faults:?}");
    }

    #[test]
    fn a_value_of_another_type_is_told_by_name() {
        for (policy, name) in [
            ("version = 2", "version:"),
            ("refusal = 5", "refusal:"),
            ("refusal = true", "refusal:"),
            ("output = 1", "output:"),
            ("block = \"jailbreak\"", "block:"),
            ("allow = [\"a\", 5]", "allow:"),
            ("detectors = true", "detectors:"),
            ("[detectors]\nclassifier = \"off\"", "detectors.classifier:"),
            ("[detectors]\ninjection = 0", "detectors.injection:"),
            ("[thresholds]\nlow = \"0.2\"", "thresholds.low:"),
            ("[thresholds]\nlow = true", "thresholds.low:"),
        ] {
            let (read, faults) = parse(policy);
            assert_eq!((read, faults.len()), (None, 1), "{policy}");
            assert!(faults[0].starts_with(name), "{policy}: {faults:?}");
        }
        let (policy, faults) = parse("[thresholds]\nlow = 0\ncritical = 1");
        assert_eq!(faults, [""; 0]);
        assert_eq!(policy.unwrap().thresholds.critical, 1.0);
    }

    #[test]
    fn what_contradicts_itself_is_told() {
        let (_, faults) = parse(
            "block = [\"leetspeak\"]\nignore = [\"leetspeak\"]\n[thresholds]\nlow = 0.8\nmedium = 0.2\n",
        );
        assert_eq!(
            faults,
            [
                "thresholds: low, medium, high and critical must go up",
                "leetspeak is in block and in ignore"
            ]
        );
    }

    #[test]
    fn a_file_that_is_no_table_or_is_not_there_is_told_with_its_name() {
        let (policy, faults) = parse("block = [");
        assert_eq!((policy, faults.len()), (None, 1));
        let missing = read(Path::new("no/such/policy.toml")).unwrap_err();
        let told = missing.to_string();
        assert!(told.contains("no/such/policy.toml"), "{told}");
    }
}
