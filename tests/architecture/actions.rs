//! What policies are asked about is in one list, and the README tells all of it.

use std::{collections::BTreeSet, fs};

use colloquy::auth::policy::ACTIONS;

use super::{judge, root, source::Source, sources};

/// Whose actions are put together from a verb and a name, where they are asked about.
const MADE_UP: [&str; 6] = [
    "projects",
    "secrets",
    "ai-providers",
    "documents",
    "chats",
    "policies",
];

/// Texts that are actions, as `"chats:GetChat"`.
fn written(source: &Source) -> Vec<(usize, &str)> {
    let mut offset = 0;
    let mut written = vec![];
    for text in source.text.split('"') {
        if is_action(text) {
            written.push((offset, text));
        }
        offset += text.len() + 1;
    }
    written
}

fn is_action(text: &str) -> bool {
    let Some((module, name)) = text.split_once(':') else {
        return false;
    };
    let is_module = |c: char| c.is_ascii_lowercase() || c == '-';
    !module.is_empty()
        && module.chars().all(is_module)
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphabetic())
}

fn listed() -> BTreeSet<String> {
    let actions = ACTIONS.iter().flat_map(|(module, names)| {
        let named = names.iter();
        named.map(move |name| format!("{module}:{name}"))
    });
    actions.collect()
}

#[test]
fn nobody_asks_policies_about_an_action_that_is_not_listed() {
    let listed = listed();
    judge(&["src/http"], |source| {
        let written = written(source).into_iter();
        written
            .filter(|(_, action)| !listed.contains(*action))
            .map(|(offset, action)| (offset, format!("auth::policy::ACTIONS lacks {action}")))
            .collect()
    });
}

#[test]
fn every_action_that_is_listed_is_asked_about() {
    let sources = sources(root(), &["src/http"]);
    let asked: BTreeSet<&str> = sources
        .iter()
        .flat_map(written)
        .map(|(_, action)| action)
        .collect();
    for action in listed() {
        let (module, _) = action.split_once(':').unwrap();
        let is_asked = MADE_UP.contains(&module) || asked.contains(action.as_str());
        assert!(is_asked, "nobody asks about {action}");
    }
}

#[test]
fn the_readme_tells_all_of_them() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for (module, names) in ACTIONS {
        let row = format!("| `{module}` |");
        let row = readme.lines().find(|line| line.starts_with(&row));
        let row = row.unwrap_or_else(|| panic!("no line tells the actions of {module}"));
        for name in *names {
            assert!(row.contains(&format!("`{name}`")), "{module}:{name}");
        }
    }
}
