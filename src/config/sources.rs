//! Brings file, environment and flags together into one table, and finds names that are no settings.

use std::{collections::BTreeMap, fs, path::PathBuf};

use config::{Config as Layers, Environment, File, FileFormat, Map, Value, ValueKind};

use super::{
    Flags,
    external::{EXTERNAL, EXTERNAL_SETTINGS},
    faults::{Fault, nearest},
    settings::{PREFIX, PROVIDER_SETTINGS, PROVIDERS, SETTINGS, all_names, variable},
};

/// What the sources say, not yet checked.
pub(super) struct Sources {
    pub(super) table: Map<String, Value>,
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<String>,
    /// The file was given and could not be used, so that what it would have said is unknown.
    pub(super) file_is_missing: bool,
}

/// Reads the file, if there is one, and lays the environment and the flags over it.
pub(super) fn gather(flags: &Flags, environment: &BTreeMap<String, String>) -> Sources {
    let mut faults = Vec::new();
    let mut warnings = Vec::new();
    let text = match read_file(flags, environment) {
        Ok(text) => text,
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    let file_is_missing = !faults.is_empty();
    let variables = known_variables(environment, &mut faults, &mut warnings);

    let mut layers = Layers::builder();
    if let Some(text) = text {
        layers = layers.add_source(File::from_str(&text, FileFormat::Toml));
    }
    let mut layers = layers.add_source(
        Environment::with_prefix(PREFIX.trim_end_matches('_'))
            .prefix_separator("_")
            .separator("__")
            .source(Some(variables)),
    );
    for (key, flag) in [
        ("listen", flags.listen.clone()),
        ("database_url", flags.database_url.clone()),
    ] {
        // These keys are plain words, so that the override cannot fail.
        if let Some(value) = flag
            && let Ok(with_flag) = layers.clone().set_override(key, value)
        {
            layers = with_flag;
        }
    }
    let table = match layers.build() {
        Ok(layers) => match layers.cache.kind {
            ValueKind::Table(table) => with_paths(table),
            _ => Map::new(),
        },
        Err(error) => {
            faults.push(Fault {
                setting: all_names("config"),
                message: without_excerpt(&error.to_string()),
            });
            return Sources {
                table: Map::new(),
                faults,
                warnings,
                file_is_missing: true,
            };
        }
    };
    unknown_keys(&table, &mut faults);
    Sources {
        table,
        faults,
        warnings,
        file_is_missing,
    }
}

fn read_file(
    flags: &Flags,
    environment: &BTreeMap<String, String>,
) -> Result<Option<String>, Fault> {
    let path = flags.config.clone().or_else(|| {
        environment
            .get(&variable("config"))
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    });
    let Some(path) = path else { return Ok(None) };
    fs::read_to_string(&path).map(Some).map_err(|error| Fault {
        setting: all_names("config"),
        message: format!("{} cannot be read: {error}", path.display()),
    })
}

/// The variables that are settings. A name that nearly is one, or is below one of our tables, is a fault; others may be
/// anybody's (an orchestrator sets `COLLOQUY_SERVICE_HOST` for a service of our name) and are only mentioned.
fn known_variables(
    environment: &BTreeMap<String, String>,
    faults: &mut Vec<Fault>,
    warnings: &mut Vec<String>,
) -> Map<String, String> {
    let mut known = Map::new();
    for (name, value) in environment {
        let Some(key) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let key = key.to_lowercase();
        let path = key.replace("__", ".");
        let key = key.as_str();
        if value.is_empty() || key == "config" || key.starts_with("test_") {
            continue;
        }
        let named = [PROVIDERS, EXTERNAL].iter().any(|table| {
            let inner = path.strip_prefix(table);
            inner.is_some_and(|inner| inner.starts_with('.'))
        });
        if named || SETTINGS.iter().any(|setting| setting.key == path) {
            known.insert(name.clone(), value.clone());
        } else if let Some(meant) = nearest(&path, SETTINGS.iter().map(|setting| setting.key)) {
            faults.push(Fault {
                setting: name.clone(),
                message: format!(
                    "there is no such setting; did you mean {}?",
                    variable(meant)
                ),
            });
        } else if is_in_a_table(&path) {
            faults.push(Fault {
                setting: name.clone(),
                message: "there is no such setting".to_owned(),
            });
        } else {
            warnings.push(format!("{name} is not a setting and was ignored"));
        }
    }
    known
}

fn is_in_a_table(path: &str) -> bool {
    let Some((table, _)) = path.split_once('.') else {
        return false;
    };
    SETTINGS.iter().any(|setting| {
        let inner = setting.key.strip_prefix(table);
        inner.is_some_and(|inner| inner.starts_with('.'))
    })
}

/// The settings of tables by their paths; the providers stay as they are.
fn with_paths(table: Map<String, Value>) -> Map<String, Value> {
    let mut settings = Map::new();
    for (name, value) in table {
        match value.kind {
            ValueKind::Table(inner) if name != PROVIDERS => {
                let paths = inner.into_iter();
                settings.extend(paths.map(|(key, value)| (format!("{name}.{key}"), value)));
            }
            _ => {
                settings.insert(name, value);
            }
        }
    }
    settings
}

fn unknown_keys(table: &Map<String, Value>, faults: &mut Vec<Fault>) {
    let names: Vec<_> = SETTINGS
        .iter()
        .map(|setting| setting.key)
        .chain([PROVIDERS, EXTERNAL])
        .collect();
    for key in table.keys() {
        if !names.contains(&key.as_str()) {
            faults.push(unknown(key.clone(), key, &names));
        }
    }
    for (tables, settings) in [
        (PROVIDERS, PROVIDER_SETTINGS),
        (EXTERNAL, EXTERNAL_SETTINGS),
    ] {
        let Some(ValueKind::Table(named)) = table.get(tables).map(|value| &value.kind) else {
            continue;
        };
        for (name, one) in named {
            let ValueKind::Table(one) = &one.kind else {
                continue;
            };
            for key in one.keys() {
                if !settings.contains(&key.as_str()) {
                    faults.push(unknown(format!("{tables}.{name}.{key}"), key, settings));
                }
            }
        }
    }
}

fn unknown(setting: String, key: &str, known: &[&str]) -> Fault {
    Fault {
        setting,
        message: match nearest(key, known.iter().copied()) {
            Some(meant) => format!("there is no such setting; did you mean {meant}?"),
            None => "there is no such setting".to_owned(),
        },
    }
}

/// A TOML error shows the line it found wrong, which may hold a key or a password: keep the words only.
fn without_excerpt(error: &str) -> String {
    let words: Vec<_> = error
        .lines()
        .filter(|line| !line.contains('|'))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    words.join(": ")
}
