//! No route that `/openapi.json` does not know: the paths that the code serves, read from its filters, are those
//! that the document describes.

use std::collections::BTreeSet;

use super::{judge, root, source::Source};

/// The one way to say a path, which this file can read.
const MACRO: &str = "warp::path!(";

/// A path as a filter has it: texts, and what stands for any one segment.
type Pattern = Vec<Option<String>>;

/// `warp::path!("api" / "chat" / String)`
fn patterns(source: &Source) -> Vec<(usize, Pattern)> {
    let places = source.code.match_indices(MACRO);
    places
        .map(|(offset, _)| {
            let inside = &source.text[offset + MACRO.len()..];
            let inside = inside.split(')').next().unwrap_or_default();
            let segments = inside.split('/').map(|segment| {
                let quoted = segment.trim().strip_prefix('"')?.strip_suffix('"')?;
                Some(quoted.to_owned())
            });
            (offset, segments.collect())
        })
        .collect()
}

/// The paths of the document, without a slash at their ends.
fn documented() -> BTreeSet<Vec<String>> {
    let document = colloquy::http::openapi::document();
    let segments = |path: &String| {
        path.trim_matches('/')
            .split('/')
            .map(str::to_owned)
            .collect()
    };
    document.paths.paths.keys().map(segments).collect()
}

fn fits(path: &[String], pattern: &Pattern) -> bool {
    let same = |(segment, known): (&String, &Option<String>)| {
        known.as_ref().is_none_or(|known| known == segment)
    };
    path.len() == pattern.len() && path.iter().zip(pattern).all(same)
}

#[test]
fn every_path_that_is_served_is_documented() {
    let documented = documented();
    judge(&["src"], |source| {
        patterns(source)
            .into_iter()
            .filter(|(_, pattern)| !documented.iter().any(|path| fits(path, pattern)))
            .map(|(offset, pattern)| (offset, format!("/openapi.json lacks {pattern:?}")))
            .collect()
    });
}

#[test]
fn every_path_that_is_documented_is_served() {
    let served: Vec<Pattern> = super::sources(root(), &["src"])
        .iter()
        .flat_map(patterns)
        .map(|(_, pattern)| pattern)
        .collect();
    assert!(served.len() > 20, "{served:?}");
    for path in documented() {
        let is_served = served.iter().any(|pattern| fits(&path, pattern));
        assert!(is_served, "nobody serves {path:?}");
    }
}

/// What else would let a path in could not be read above.
#[test]
fn paths_are_said_in_one_way_only() {
    judge(&["src"], |source| {
        let others = ["path(", "param(", "tail(", "peek(", "end("];
        let filters = ["warp::path::", "path::", "warp::"];
        let calls = filters
            .iter()
            .flat_map(|before| others.map(|name| format!("{before}{name}")));
        calls
            .flat_map(|call| {
                let places = source.code.match_indices(&call);
                places.map(|(offset, _)| offset).collect::<Vec<_>>()
            })
            .map(|offset| (offset, format!("a path is said with {MACRO}…)")))
            .collect()
    });
}

#[test]
fn a_path_is_read_from_its_filter() {
    let text = r#"//! A.
fn f() { warp::path!("api" / "chat" / String / Action).and(get()) } // warp::path!("no")"#;
    let source = Source::new("src/http/x.rs".to_owned(), text.to_owned());
    let word = |word: &str| Some(word.to_owned());
    let expected = vec![word("api"), word("chat"), None, None];
    assert_eq!(patterns(&source), [(text.find("warp").unwrap(), expected)]);
}
