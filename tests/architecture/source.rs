//! Rust source as far as the rules need it: its code without comments, texts and tests, and the paths in it.

use std::{collections::BTreeSet, fs, path::Path};

/// A file.
pub(super) struct Source {
    /// From the root, with `/`.
    pub(super) path: String,
    /// All of it.
    pub(super) text: String,
    /// The same length, with spaces for comments, texts and tests.
    pub(super) code: String,
}

/// The files of these folders, without those that are tests only and declared in one of them.
pub(super) fn sources(root: &Path, folders: &[&str]) -> Vec<Source> {
    let mut files = Vec::new();
    for folder in folders {
        collect(&root.join(folder), &mut files);
    }
    files.sort();
    let sources: Vec<_> = files
        .iter()
        .map(|file| {
            let path = file.strip_prefix(root).unwrap().to_str().unwrap();
            Source::new(path.replace('\\', "/"), fs::read_to_string(file).unwrap())
        })
        .collect();
    let of_tests: BTreeSet<String> = sources.iter().flat_map(Source::test_modules).collect();
    sources
        .into_iter()
        .map(|mut source| {
            let own = source.path.trim_end_matches(".rs");
            let is_test = of_tests
                .iter()
                .any(|module| own == module || own.starts_with(&format!("{module}/")));
            if is_test {
                source.code = " ".repeat(source.text.len());
            }
            source
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

impl Source {
    pub(super) fn new(path: String, text: String) -> Self {
        let code = without_tests(&without_comments(&text));
        Self { path, text, code }
    }

    /// The line of a place, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.text.as_bytes()[..offset]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1
    }

    /// The top-level module of a file in `src/`: `store` for `src/store/log.rs`.
    pub(super) fn module(&self) -> &str {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        path.split(['/', '.']).next().unwrap_or_default()
    }

    /// The modules below this one that are declared for tests only, as paths without `.rs`.
    fn test_modules(&self) -> Vec<String> {
        let own = self.path.trim_end_matches(".rs");
        let folder = match own.rsplit_once('/') {
            Some((folder, "lib" | "main" | "mod")) => folder,
            _ => own,
        };
        without_comments(&self.text)
            .split("#[cfg(test)]")
            .skip(1)
            .filter_map(|after| {
                let (name, _) = after.trim_start().strip_prefix("mod ")?.split_once(';')?;
                let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
                is_name.then(|| format!("{folder}/{name}"))
            })
            .collect()
    }

    /// Every mention of another top-level module or crate of ours.
    pub(super) fn mentions(&self) -> Vec<(usize, String)> {
        let mut mentions = Vec::new();
        for crate_name in ["crate", "colloquy"] {
            for offset in self.paths_of(crate_name) {
                mentions.extend(self.heads(offset + crate_name.len() + 2));
            }
        }
        for crate_name in ["aggregates", "moderation", "projections"] {
            let paths = self.paths_of(crate_name).into_iter();
            mentions.extend(paths.map(|offset| (offset, crate_name.to_owned())));
        }
        mentions.extend(self.climbs());
        mentions
    }

    /// Where a path begins with this name: `name::`, not `x::name::`.
    pub(super) fn paths_of(&self, name: &str) -> Vec<usize> {
        let path = format!("{name}::");
        self.code
            .match_indices(&path)
            .map(|(offset, _)| offset)
            .filter(|offset| {
                let before = self.code[..*offset].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            })
            .collect()
    }

    /// Attributes of these kinds with what is in their parentheses.
    pub(super) fn attributes(&self, kinds: &[&str]) -> Vec<(usize, String)> {
        let mut attributes = Vec::new();
        for kind in kinds {
            for open in [format!("#[{kind}("), format!("#![{kind}(")] {
                for (offset, _) in self.code.match_indices(&open) {
                    let rest = &self.code[offset + open.len()..];
                    let inside = rest.split(')').next().unwrap_or_default();
                    attributes.push((offset, inside.to_owned()));
                }
            }
        }
        attributes
    }

    /// The first names after `crate::`: one, or those of a `{…}` group.
    fn heads(&self, start: usize) -> Vec<(usize, String)> {
        if !self.code[start..].starts_with('{') {
            return vec![(start, name_at(&self.code, start))];
        }
        let mut heads = Vec::new();
        let mut depth = 0;
        let mut expected = false;
        for (n, c) in self.code[start..].char_indices() {
            match c {
                '{' => {
                    depth += 1;
                    expected = depth == 1;
                }
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                ',' => expected = depth == 1,
                _ if expected && !c.is_whitespace() => {
                    heads.push((start + n, name_at(&self.code, start + n)));
                    expected = false;
                }
                _ => {}
            }
        }
        heads
    }

    /// Names reached by climbing to the crate's root with `super::`.
    fn climbs(&self) -> Vec<(usize, String)> {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let depth = inside.trim_end_matches("/mod.rs").split('/').count();
        let mut climbs = Vec::new();
        for offset in self.paths_of("super") {
            let rest = &self.code[offset..];
            let supers = rest.len() - rest.trim_start_matches("super::").len();
            if supers / "super::".len() == depth {
                climbs.extend(self.heads(offset + supers));
            }
        }
        climbs
    }
}

fn name_at(code: &str, start: usize) -> String {
    code[start..]
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Spaces for comments, texts and characters; new lines stay.
fn without_comments(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => end_of(bytes, at, b"\n"),
            b'/' if bytes[at..].starts_with(b"/*") => end_of(bytes, at + 2, b"*/"),
            b'r' if is_raw(bytes, at) => {
                let marks = bytes[at + 1..].iter().take_while(|b| **b == b'#').count();
                let close = [b"\"".as_slice(), &b"#".repeat(marks)].concat();
                end_of(bytes, at + marks + 2, &close)
            }
            b'"' => end_of_text(bytes, at + 1, b'"'),
            b'\'' if is_character(bytes, at) => end_of_text(bytes, at + 1, b'\''),
            _ => {
                at += 1;
                continue;
            }
        };
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8(code).unwrap_or_default()
}

fn is_raw(bytes: &[u8], at: usize) -> bool {
    let after_name = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    let quote = bytes[at + 1..].iter().find(|byte| **byte != b'#');
    // `br"…"` is raw, too.
    (!after_name || bytes[at - 1] == b'b') && quote == Some(&b'"')
}

/// A character, not a lifetime.
fn is_character(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at + 1) {
        Some(b'\\') => true,
        Some(first) if first.is_ascii() => bytes.get(at + 2) == Some(&b'\''),
        Some(_) => true,
        None => false,
    }
}

fn end_of(bytes: &[u8], from: usize, close: &[u8]) -> usize {
    bytes[from..]
        .windows(close.len())
        .position(|window| window == close)
        .map_or(bytes.len(), |n| from + n + close.len())
}

fn end_of_text(bytes: &[u8], from: usize, close: u8) -> usize {
    let mut at = from;
    while at < bytes.len() && bytes[at] != close {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// Spaces for whatever follows `#[cfg(test)]`, to the end of its braces or its line.
fn without_tests(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for (start, _) in code.match_indices("#[cfg(test)]") {
        let mut depth = 0;
        let mut end = code.len();
        for (n, c) in code[start..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth <= 1 => {
                    end = start + n + 1;
                    break;
                }
                '}' => depth -= 1,
                ';' if depth == 0 => {
                    end = start + n + 1;
                    break;
                }
                _ => {}
            }
        }
        for byte in &mut bytes[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}
