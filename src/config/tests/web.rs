//! Who searches the web.

use super::{file, nothing};
use crate::config::{Networks, SearchKind};

#[test]
fn nobody_searches_unless_told_and_only_public_pages_are_read() {
    let web = nothing().config().web;
    assert_eq!(web.search, None);
    assert!(web.fetch);
    assert_eq!(web.networks, Networks::Public);
}

#[test]
fn each_kind_is_where_it_usually_is() {
    let web = |text: &str| file(&format!("[web]\n{text}")).config().web.search.unwrap();
    let brave = web("search = \"brave\"\nsearch_key = \"k\"");
    assert_eq!(brave.kind, SearchKind::Brave);
    assert_eq!(
        brave.url.as_str(),
        "https://api.search.brave.com/res/v1/web/search"
    );
    let tavily =
        web("search = \"tavily\"\nsearch_key = \"k\"\nsearch_url = \"http://127.0.0.1:1/x\"");
    assert_eq!(tavily.url.as_str(), "http://127.0.0.1:1/x");
    let own = web("search = \"searxng\"\nsearch_url = \"http://search.example/search\"");
    assert_eq!(own.key, None);
}

#[test]
fn what_a_search_lacks_is_named() {
    for (text, setting) in [
        ("search = \"searxng\"", "web.search_url"),
        ("search = \"brave\"", "web.search_key"),
        ("search_url = \"http://a.example\"", "web.search_url"),
        ("search_key = \"k\"", "web.search_key"),
        ("search = \"ask\"", "web.search"),
        (
            "search = \"searxng\"\nsearch_url = \"a.example\"",
            "web.search_url",
        ),
        ("networks = \"all\"", "web.networks"),
    ] {
        let faults = file(&format!("[web]\n{text}")).faults();
        assert!(faults.contains(setting), "{text}: {faults}");
    }
}
