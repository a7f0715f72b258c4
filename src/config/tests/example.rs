//! The example file is right and complete.

use std::collections::BTreeSet;

use super::{file, nothing};
use crate::config::{
    external::EXTERNAL_SETTINGS,
    settings::{PROVIDER_SETTINGS, SETTINGS},
};

const EXAMPLE: &str = include_str!("../../../colloquy.example.toml");

#[test]
fn the_example_shows_the_defaults() {
    let example = file(EXAMPLE).config();
    assert_eq!(format!("{example:?}"), format!("{:?}", nothing().config()));
}

#[test]
fn the_example_names_every_setting_and_what_it_comments_out_is_right() {
    let everything: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting,
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let config = file(&everything)
        .variable("GROQ_API_KEY", "x")
        .variable("ANTHROPIC_API_KEY", "x")
        .variable("MODERATION_API_KEY", "x")
        .config();
    assert_eq!(config.providers.fallback, ["ollama"]);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let names: BTreeSet<_> = everything
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .collect();
    for setting in SETTINGS {
        let name = setting.key.rsplit('.').next().unwrap();
        assert!(names.contains(name), "{}", setting.key);
    }
    let of_tables = PROVIDER_SETTINGS.iter().chain(EXTERNAL_SETTINGS);
    for key in of_tables.filter(|key| **key != "api_key") {
        assert!(names.contains(key), "{key}");
    }
}
