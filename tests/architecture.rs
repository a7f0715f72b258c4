//! The shape of the code, kept by reading it: who knows whom, and what every file owes its reader.
//!
//! Nothing is compiled or run for this. What is found names file, line and rule. To let a module know another
//! one, add it to [`MAY_KNOW`], and say in the commit why the picture still holds.

mod actions;
mod routes;
mod source;

use std::{collections::BTreeSet, fmt, fs, path::Path};

use source::{Source, sources};

/// Whom each top-level module of the server may know, and with `aggregates` and `projections` which of the
/// other crates. Tests inside the modules may know everything.
const MAY_KNOW: &[(&str, &[&str])] = &[
    // What everybody stands on.
    ("blocking", &[]),
    ("clock", &[]),
    ("files", &[]),
    ("shutdown", &[]),
    ("config", &["aggregates"]),
    ("telemetry", &["config"]),
    // What knows neither the log nor the people who ask.
    ("auth", &["aggregates", "blocking", "clock", "config"]),
    ("images", &["blocking"]),
    ("ingestion", &["aggregates", "passages"]),
    ("moderation", &["aggregates", "clock", "config"]),
    ("providers", &["aggregates", "clock", "config"]),
    ("tools", &["aggregates", "parsing", "config", "providers"]),
    // The log and what is read from it.
    (
        "store",
        &["aggregates", "clock", "config", "files", "shutdown"],
    ),
    (
        "views",
        &[
            "aggregates",
            "projections",
            "clock",
            "config",
            "shutdown",
            "store",
        ],
    ),
    (
        "projector",
        &[
            "aggregates",
            "projections",
            "clock",
            "config",
            "shutdown",
            "store",
            "views",
        ],
    ),
    // What happens.
    (
        "actors",
        &[
            "aggregates",
            "clock",
            "config",
            "shutdown",
            "ingestion",
            "moderation",
            "passages",
            "providers",
            "store",
            "tools",
        ],
    ),
    // What is found for it.
    (
        "retrieval",
        &["aggregates", "passages", "actors", "providers", "views"],
    ),
    // What is proved and shown of it.
    (
        "audit",
        &[
            "aggregates",
            "projections",
            "clock",
            "config",
            "files",
            "store",
            "views",
        ],
    ),
    // What comes from elsewhere.
    ("import", &["actors"]),
    // What is kept of it elsewhere.
    (
        "backup",
        &[
            "actors",
            "aggregates",
            "audit",
            "clock",
            "config",
            "files",
            "store",
        ],
    ),
    // What follows from what happened.
    (
        "subscribers",
        &[
            "aggregates",
            "audit",
            // What webhooks sign with.
            "auth",
            "clock",
            "config",
            "shutdown",
            "actors",
            "providers",
            "store",
            "views",
        ],
    ),
    // What is asked for. It never sees the store, a provider or moderation.
    (
        "http",
        &[
            "aggregates",
            "projections",
            "clock",
            "config",
            "shutdown",
            "actors",
            "audit",
            "auth",
            "images",
            "views",
        ],
    ),
    // What builds it all and starts it.
    ("app", EVERYBODY),
    ("cli", EVERYBODY),
    ("main", EVERYBODY),
    ("lib", EVERYBODY),
];

/// For the places that put everything together.
const EVERYBODY: &[&str] = &["*"];

/// The only places with actors, or the arbiters they run on.
const ACTIX: &[&str] = &["actors", "app", "main"];

/// The only places that print: they are the command line.
const PRINTS: &[&str] = &["cli", "main"];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "stuff",
];

/// The crates of ours that a crate may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("aggregates", &[]),
    ("moderation", &[]),
    ("parsing", &["passages"]),
    ("passages", &[]),
    ("projections", &["aggregates", "passages"]),
];

/// Something against a rule.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: String,
    line: usize,
    rule: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.rule)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Applies a rule to every file of these folders.
fn judge(folders: &[&str], rule: impl Fn(&Source) -> Vec<(usize, String)>) {
    let findings: BTreeSet<Finding> = sources(root(), folders)
        .iter()
        .flat_map(|source| {
            rule(source).into_iter().map(|(offset, rule)| Finding {
                file: source.path.clone(),
                line: source.line(offset),
                rule,
            })
        })
        .collect();
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

/// What a top-level module knows beyond what it may.
fn strangers(source: &Source) -> Vec<(usize, String)> {
    let module = source.module();
    let Some((_, allowed)) = MAY_KNOW.iter().find(|(name, _)| *name == module) else {
        return vec![(0, format!("{module} has no line in MAY_KNOW"))];
    };
    if *allowed == EVERYBODY {
        return Vec::new();
    }
    source
        .mentions()
        .into_iter()
        .filter(|(_, known)| *known != module && !allowed.contains(&known.as_str()))
        .map(|(offset, known)| {
            let allowed = if allowed.is_empty() {
                "nobody".to_owned()
            } else {
                allowed.join(", ")
            };
            (
                offset,
                format!("{module} may not know {known}; it may know {allowed}"),
            )
        })
        .collect()
}

#[test]
fn every_module_knows_only_whom_it_may_know() {
    judge(&["src"], strangers);
}

#[test]
fn actix_is_known_only_to_actors_and_where_arbiters_start() {
    judge(&["src"], |source| {
        if ACTIX.contains(&source.module()) {
            return Vec::new();
        }
        ["actix", "actix_rt"]
            .iter()
            .flat_map(|name| source.paths_of(name))
            .map(|offset| (offset, format!("actix belongs to {}", ACTIX.join(", "))))
            .collect()
    });
}

#[test]
fn a_denied_lint_is_allowed_in_tests_only() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let denied: Vec<_> = manifest
        .lines()
        .skip_while(|line| *line != "[workspace.lints.clippy]")
        .filter_map(|line| line.strip_suffix(" = \"deny\""))
        .collect();
    assert!(denied.contains(&"unwrap_used"), "{denied:?}");
    let folders = [
        "src",
        "aggregates/src",
        "moderation/src",
        "parsing/src",
        "passages/src",
        "projections/src",
    ];
    judge(&folders, |source| {
        let prints = source.path.starts_with("src/") && PRINTS.contains(&source.module());
        source
            .attributes(&["allow", "expect"])
            .into_iter()
            .flat_map(|(offset, lints)| {
                denied
                    .iter()
                    .filter(|lint| !(prints && lint.starts_with("print_")))
                    .filter(|lint| lints.contains(&format!("clippy::{lint}")))
                    .map(|lint| (offset, format!("{lint} is denied outside tests")))
                    .collect::<Vec<_>>()
            })
            .collect()
    });
}

#[test]
fn every_file_opens_with_a_sentence_that_says_what_it_is_for() {
    let folders = [
        "src",
        "aggregates",
        "moderation",
        "parsing",
        "passages",
        "projections",
        "tests",
        "benches",
    ];
    judge(&folders, |source| {
        let paragraph: Vec<_> = source
            .text
            .lines()
            .map_while(|line| line.strip_prefix("//! "))
            .collect();
        let is_sentence = paragraph
            .last()
            .is_some_and(|line| line.trim_end().ends_with(['.', ':', '?']));
        if is_sentence {
            Vec::new()
        } else {
            vec![(0, "a file opens with a //! sentence".to_owned())]
        }
    });
}

#[test]
fn every_name_says_what_is_inside() {
    let folders = [
        "src",
        "aggregates",
        "moderation",
        "parsing",
        "passages",
        "projections",
        "tests",
        "benches",
    ];
    judge(&folders, |source| {
        source
            .path
            .split(['/', '.'])
            .filter(|name| EMPTY_NAMES.contains(name))
            .map(|name| (0, format!("\"{name}\" does not say what is inside")))
            .collect()
    });
}

#[test]
fn a_crate_depends_on_those_it_may_know_only() {
    let ours = [
        "aggregates",
        "moderation",
        "parsing",
        "passages",
        "projections",
        "colloquy",
    ];
    for (name, allowed) in CRATES {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        let dependencies = manifest
            .lines()
            .enumerate()
            .skip_while(|(_, line)| !line.contains("dependencies]"));
        for (number, line) in dependencies {
            let depended = line.split(['.', ' ', '=']).next().unwrap_or_default();
            assert!(
                !ours.contains(&depended) || allowed.contains(&depended),
                "{name}/Cargo.toml:{}: {name} may not depend on {depended}",
                number + 1
            );
            assert!(
                !line.contains("{ path =") || allowed.contains(&depended),
                "{name}/Cargo.toml:{}: {name} may not depend on a crate by path",
                number + 1
            );
        }
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| -> BTreeSet<String> {
        let folder = root().join("migrations").join(database);
        let Ok(files) = fs::read_dir(folder) else {
            return BTreeSet::new();
        };
        files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

/// The rules themselves, on code made up for them.
mod rules {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(path.to_owned(), text.to_owned());
        strangers(&source)
            .into_iter()
            .map(|(offset, rule)| format!("{}: {rule}", source.line(offset)))
            .collect()
    }

    #[test]
    fn a_forbidden_path_is_found_in_all_its_spellings() {
        for text in [
            "use crate::store::Store;",
            "use crate::{clock, store};",
            "use crate::{\n    auth::{Auth, Via},\n    store::{self, Store},\n};",
            "fn f() -> crate::store::Store {}",
            "pub(in crate::store) fn f() {}",
            "use super::super::store::Store;",
            "use colloquy::store::Store;",
        ] {
            let found = found("src/http/routes.rs", text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].contains("http may not know store"), "{found:?}");
        }
    }

    #[test]
    fn comments_texts_tests_and_neighbours_do_not_count() {
        for text in [
            "//! See [`crate::store`].",
            "/* crate::store */",
            "const X: &str = \"crate::store\";",
            "const X: &str = r#\"\"crate::store\"#;",
            "const X: char = '\"'; // crate::store '",
            "use crate::{auth, clock};\nfn f<'a>(x: &'a str) {}",
            "#[cfg(test)]\nmod tests {\n    use crate::store::Store;\n}",
            "use super::super::auth;",
            "use super::store;",
            "mod store;\nuse self::store::X;",
            "pub(crate) fn f() {}",
        ] {
            assert_eq!(found("src/http/routes.rs", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_line_is_named_and_a_new_module_needs_a_place() {
        let line = found(
            "src/http.rs",
            "//! A.\n\nuse crate::{\n    auth,\n    store,\n};",
        );
        assert!(line[0].starts_with("5: "), "{line:?}");
        let module = found("src/magic.rs", "");
        assert!(module[0].contains("magic has no line"), "{module:?}");
        let other_crate = found("src/auth.rs", "use projections::Row;");
        assert!(other_crate[0].contains("may not know projections"));
    }
}
