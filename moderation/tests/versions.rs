//! What decides has a version, and no change of it goes without another one.
//!
//! `texts/versions.txt` has a line for every version: its name, and a hash of the weights and of the detectors' sources
//! without comments and spaces. Who changes what decides raises `DETECTOR_VERSION` and adds a line; lines stay.

use std::{fs, path::Path};

use moderation::DETECTOR_VERSION;
use sha2::{Digest, Sha256};

const VERSIONS: &str = include_str!("texts/versions.txt");
/// What decides, below `src`: files, and folders with all that is in them.
const DECIDES: [&str; 13] = [
    "category.rs",
    "classifier.rs",
    "credentials",
    "credentials.rs",
    "injection",
    "injection.rs",
    "nearby.rs",
    "normalize",
    "normalize.rs",
    "personal_data",
    "personal_data.rs",
    "views",
    "views.rs",
];

fn add(place: &Path, hash: &mut Sha256) {
    if place.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(place)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        entries.sort();
        entries.iter().for_each(|entry| add(entry, hash));
        return;
    }
    let text = fs::read_to_string(place).unwrap();
    for line in text.lines().map(str::trim) {
        if !line.starts_with("//") {
            let visible = line.split_whitespace().collect::<String>();
            hash.update(visible.as_bytes());
        }
    }
}

fn decides() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut hash = Sha256::new();
    hash.update(fs::read(root.join("weights.bin")).unwrap());
    for place in DECIDES {
        add(&root.join("src").join(place), &mut hash);
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn a_change_of_what_decides_raises_the_version() {
    let last = VERSIONS.lines().last().unwrap_or_default();
    let now = format!("{DETECTOR_VERSION} {}", decides());
    assert_eq!(
        now, last,
        "what decides has changed: raise DETECTOR_VERSION, and add its line to tests/texts/versions.txt"
    );
}

#[test]
fn no_version_is_used_twice() {
    let mut names: Vec<_> = VERSIONS
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}
