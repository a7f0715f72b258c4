//! Statements by example, and against a reference that is slow and obvious.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn policy(document: Value) -> Policy {
    Policy::parse(&document).unwrap()
}

fn faults(document: Value) -> Vec<String> {
    let faults = Policy::parse(&document).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

fn statement(statement: Value) -> Value {
    json!({ "statement": [statement] })
}

fn ask(policies: &[Policy], action: &str, name: &str, tags: &[(&str, &str)]) -> Ruling {
    ask_for(policies, action, name, tags, false)
}

fn ask_for(
    policies: &[Policy],
    action: &str,
    name: &str,
    tags: &[(&str, &str)],
    by_name: bool,
) -> Ruling {
    let tags: Vec<(String, String)> = tags
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let question = Question {
        action,
        names: &[name.to_owned()],
        kind: name.split(':').nth(2).unwrap(),
        tags: &tags,
        by_name,
    };
    rule(policies, &question)
}

#[test]
fn what_has_to_be_named_is_not_allowed_with_everything_else() {
    let says = |effect: &str, action: &str| {
        policy(statement(json!({ "effect": effect, "action": [action] })))
    };
    let of_a_thread =
        |policies: &[Policy]| ask_for(policies, "audit:Hold", "soat:*:thread:1", &[], true);
    for everything in ["*", "*:Hold", "aud*:Hold", "auditor:Hold"] {
        let ruling = of_a_thread(&[says("Allow", everything)]);
        assert_eq!(ruling, Ruling::Silent, "{everything}");
    }
    for named in ["audit:Hold", "audit:*", "audit:H?ld"] {
        let allowed = says("Allow", named);
        assert_eq!(
            of_a_thread(std::slice::from_ref(&allowed)),
            Ruling::Allowed,
            "{named}"
        );
        // Who denies everything means this, too.
        let both = [allowed, says("Deny", "*")];
        assert_eq!(of_a_thread(&both), Ruling::Denied, "{named}");
    }
}

const CHAT: &str = "soat:proj_A:chat:cht_1";

#[test]
fn what_nobody_speaks_of_is_not_allowed() {
    let one = policy(statement(
        json!({ "effect": "Allow", "action": ["chats:GetChat"] }),
    ));
    assert_eq!(ask(&[], "chats:GetChat", CHAT, &[]), Ruling::Silent);
    assert_eq!(
        ask(std::slice::from_ref(&one), "chats:ListChats", CHAT, &[]),
        Ruling::Silent
    );
    assert_eq!(ask(&[one], "chats:GetChat", CHAT, &[]), Ruling::Allowed);
}

#[test]
fn a_denial_wins_wherever_it_stands() {
    let allow = policy(statement(
        json!({ "effect": "Allow", "action": ["*"], "resource": ["*"] }),
    ));
    let deny = policy(statement(
        json!({ "effect": "Deny", "action": ["chats:Delete*"] }),
    ));
    for policies in [[allow.clone(), deny.clone()], [deny, allow]] {
        assert_eq!(
            ask(&policies, "chats:DeleteChat", CHAT, &[]),
            Ruling::Denied
        );
        assert_eq!(ask(&policies, "chats:GetChat", CHAT, &[]), Ruling::Allowed);
    }
}

#[test]
fn a_resource_is_named_by_either_prefix_and_by_patterns() {
    for (pattern, fits) in [
        ("*", true),
        ("soat:proj_A:chat:cht_1", true),
        ("srn:proj_A:chat:cht_1", true),
        ("soat:proj_A:*", true),
        ("soat:proj_?:chat:cht_?", true),
        ("soat:*:*:*", true),
        ("soat:proj_B:chat:*", false),
        ("soat:proj_A:document:*", false),
        ("soat:proj_A:chat:cht", false),
    ] {
        let one = json!({ "effect": "Allow", "action": ["*"], "resource": [pattern] });
        let ruling = ask(&[policy(statement(one))], "chats:GetChat", CHAT, &[]);
        assert_eq!(ruling == Ruling::Allowed, fits, "{pattern}");
    }
}

/// As whoever asks names it.
const THREAD: &str = "soat:*:thread:0190a5f0-3c1d-7abc-8def-0123456789ab";

#[test]
fn a_whole_id_is_meant_in_whatever_form_it_is_written() {
    for (id, is_meant) in [
        ("0190a5f0-3c1d-7abc-8def-0123456789ab", true),
        ("0190A5F0-3C1D-7ABC-8DEF-0123456789AB", true),
        ("0190a5f03c1d7abc8def0123456789ab", true),
        ("0190A5F03C1D7ABC8DEF0123456789AB", true),
        ("{0190a5f0-3c1d-7abc-8def-0123456789ab}", true),
        ("urn:uuid:0190a5f0-3c1d-7abc-8def-0123456789ab", true),
        ("chatcmpl-0190a5f03c1d7abc8def0123456789ab", true),
        ("0190a5f0-*", true),
        // With wildcards it is a text.
        ("0190A5F0-*", false),
        ("0190a5f03c1d7abc8def0123456789a?", false),
        ("0190a5f03c1d7abc8def0123456789ac", false),
        ("0190a5f03c1d7abc8def0123456789a", false),
    ] {
        for before in ["soat:*:thread", "srn:*:*", "soat:?:th*"] {
            let resource = format!("{before}:{id}");
            let denies = policy(statement(json!({
                "effect": "Deny", "action": ["audit:*"], "resource": [resource],
            })));
            let ruling = ask(&[denies], "audit:Hold", THREAD, &[]);
            assert_eq!(ruling == Ruling::Denied, is_meant, "{resource}");
        }
    }
    // A document's path may look like one, and is a text.
    let path = "soat:proj_A:document:0190A5F03C1D7ABC8DEF0123456789AB";
    let allows = policy(statement(json!({
        "effect": "Allow", "action": ["*"], "resource": [path],
    })));
    let ruling = ask(&[allows], "documents:GetDocument", path, &[]);
    assert_eq!(ruling, Ruling::Allowed);
}

#[test]
fn all_conditions_have_to_hold() {
    let one = policy(statement(json!({
        "effect": "Allow", "action": ["*"],
        "condition": {
            "StringEquals": { "soat:ResourceType": "document" },
            "StringLike": { "soat:ResourceTag/team": "eng-*" },
            "StringNotEquals": { "soat:ResourceTag/secret": "yes" },
        },
    })));
    let document = "soat:proj_A:document:doc_1";
    let says = |name: &str, tags: &[(&str, &str)]| {
        ask(std::slice::from_ref(&one), "x:Y", name, tags) == Ruling::Allowed
    };
    assert!(says(document, &[("team", "eng-core")]));
    assert!(says(document, &[("team", "eng-core"), ("secret", "no")]));
    assert!(!says(document, &[("team", "eng-core"), ("secret", "yes")]));
    assert!(!says(document, &[("team", "ops")]));
    assert!(!says(document, &[]));
    assert!(!says(CHAT, &[("team", "eng-core")]));
}

#[test]
fn a_pattern_in_an_equality_is_a_text_like_any_other() {
    let one = policy(statement(json!({
        "effect": "Allow", "action": ["*"], "condition": { "StringEquals": { "soat:ResourceTag/a": "*" } },
    })));
    let policies = [one];
    assert_eq!(ask(&policies, "x:Y", CHAT, &[("a", "b")]), Ruling::Silent);
    assert_eq!(ask(&policies, "x:Y", CHAT, &[("a", "*")]), Ruling::Allowed);
}

#[test]
fn every_fault_is_told_with_its_place() {
    assert_eq!(
        faults(json!({ "statement": [
            { "effect": "allow", "action": "chats:GetChat", "resource": ["chat"] },
            { "effect": "Deny", "action": ["chats"], "condtion": {} },
            7,
        ] })),
        [
            "statement[0].effect: must be \"Allow\" or \"Deny\"",
            "statement[0].action: must be a list of 1 to 64 texts",
            "statement[0].resource[0]: must be `*` or `soat:<project>:<type>:<id>`",
            "statement[1]: has no field \"condtion\"; there are effect, action, resource, condition, sid",
            "statement[1].action[0]: must be `*` or `module:Action`, in which `*` and `?` stand for characters",
            "statement[2]: must be an object",
        ]
    );
    for document in [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!({ "statement": [] }),
    ] {
        assert_eq!(faults(document).len(), 1);
    }
}

#[test]
fn deep_huge_and_contradictory_documents_are_refused() {
    let allow = json!({ "effect": "Allow", "action": ["chats:*"] });
    let many = json!({ "statement": vec![allow.clone(); 257] });
    assert_eq!(
        faults(many),
        ["statement: must be a list of 1 to 256 statements"]
    );
    let long = json!({ "effect": "Allow", "action": ["chats:*"], "sid": "x".repeat(70_000) });
    assert_eq!(
        faults(statement(long)),
        ["document: must have at most 64 KiB"]
    );
    let deep = (0..100).fold(json!("x"), |inside, _| json!([inside]));
    let deep = json!({ "effect": "Allow", "action": deep });
    assert_eq!(faults(statement(deep)).len(), 1);
    let deny = json!({ "effect": "Deny", "action": ["chats:*"] });
    assert_eq!(
        faults(json!({ "statement": [allow, deny] })),
        ["statement[1]: allows and denies the same as statement[0]"]
    );
    for tests in [
        json!({ "StringEquals": { "soat:ResourceTag/a": "b" }, "StringNotEquals": { "soat:ResourceTag/a": "b" } }),
        json!({ "StringEquals": { "soat:ResourceTag/a": "b", "srn:ResourceTag/a": "c" } }),
    ] {
        let never = json!({ "effect": "Allow", "action": ["*"], "condition": tests });
        assert_eq!(
            faults(statement(never)),
            ["statement[0].condition: can never hold: it asks for what it excludes"]
        );
    }
    for tests in [
        json!([]),
        json!({ "NumericEquals": {} }),
        json!({ "StringEquals": [] }),
        json!({ "StringEquals": { "soat:ResourceTag/a": 1 } }),
        json!({ "StringEquals": { "aws:Tag": "b" } }),
    ] {
        let unknown = json!({ "effect": "Allow", "action": ["*"], "condition": tests });
        assert_eq!(faults(statement(unknown)).len(), 1);
    }
}

/// Whether a pattern fits, by trying everything.
fn fits_slowly(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some(('*', rest)), _) => (0..=text.len()).any(|taken| fits_slowly(rest, &text[taken..])),
        (Some(('?', rest)), Some((_, text))) => fits_slowly(rest, text),
        (Some((wanted, rest)), Some((there, text))) => wanted == there && fits_slowly(rest, text),
        (Some(_), None) => false,
    }
}

fn glob_slowly(pattern: &str, text: &str) -> bool {
    let characters = |text: &str| text.chars().collect::<Vec<_>>();
    fits_slowly(&characters(pattern), &characters(text))
}

/// The id at its end, if there is one, without what else it may be written with.
fn in_one_form(pattern: &str) -> String {
    let digits = "0190a5f03c1d7abc8def0123456789ab";
    let plain = pattern.to_lowercase().replace('-', "");
    match plain.strip_suffix(digits) {
        Some(before) => format!("{before}{}", THREAD.rsplit(':').next().unwrap()),
        None => pattern.to_owned(),
    }
}

/// What the document says, read word by word: all that speak of it; one that denies; one that allows.
fn rule_slowly(documents: &[Value], action: &str, name: &str, tags: &[(&str, &str)]) -> Ruling {
    let mut effects = vec![];
    for document in documents {
        for statement in document["statement"].as_array().unwrap() {
            let any = |list: &Value, text: &str| {
                let mut patterns = list.as_array().unwrap().iter();
                patterns.any(|pattern| {
                    let pattern = pattern.as_str().unwrap().replacen("srn:", "soat:", 1);
                    let mut meant = [pattern.clone(), in_one_form(&pattern)].into_iter();
                    meant.any(|pattern| glob_slowly(&pattern, text))
                })
            };
            let mut speaks = any(&statement["action"], action);
            if !statement["resource"].is_null() {
                speaks &= any(&statement["resource"], name);
            }
            if let Some(condition) = statement["condition"].as_object() {
                for (operator, tests) in condition {
                    for (key, value) in tests.as_object().unwrap() {
                        let value = value.as_str().unwrap();
                        let has = match key.strip_prefix("soat:ResourceTag/") {
                            Some(tag) => tags
                                .iter()
                                .find(|(known, _)| *known == tag)
                                .map(|(_, v)| *v),
                            None => name.split(':').nth(2),
                        };
                        speaks &= match (operator.as_str(), has) {
                            ("StringEquals", Some(has)) => has == value,
                            ("StringNotEquals", has) => has != Some(value),
                            ("StringLike", Some(has)) => glob_slowly(value, has),
                            _ => false,
                        };
                    }
                }
            }
            if speaks {
                effects.push(statement["effect"].as_str().unwrap() == "Allow");
            }
        }
    }
    match (effects.contains(&false), effects.contains(&true)) {
        (true, _) => Ruling::Denied,
        (false, true) => Ruling::Allowed,
        (false, false) => Ruling::Silent,
    }
}

fn any_statement() -> impl Strategy<Value = Value> {
    let action = prop::sample::select(vec![
        "*",
        "chats:*",
        "chats:GetChat",
        "chats:?etChat",
        "d*:Get*",
        "docs:*",
    ]);
    let resource = prop::sample::select(vec![
        "*",
        "soat:proj_A:*",
        "srn:proj_A:chat:*",
        "soat:*:document:doc_1",
        "soat:proj_?:*:*_1",
        "soat:proj_B:*:*",
        "soat:*:thread:0190a5f03c1d7abc8def0123456789ab",
        "srn:*:*:0190A5F0-3C1D-7ABC-8DEF-0123456789AB",
        "soat:*:thread:0190A5F0*",
    ]);
    let condition = prop::sample::select(vec![
        json!(null),
        json!({ "StringEquals": { "soat:ResourceType": "chat" } }),
        json!({ "StringLike": { "soat:ResourceTag/team": "e*g" } }),
        json!({ "StringNotEquals": { "soat:ResourceTag/team": "eng" } }),
        json!({ "StringEquals": { "soat:ResourceTag/team": "eng" }, "StringLike": { "soat:ResourceType": "d*" } }),
    ]);
    let resources = prop::option::of(prop::collection::vec(resource, 1..3));
    (
        any::<bool>(),
        prop::collection::vec(action, 1..3),
        resources,
        condition,
    )
        .prop_map(|(allows, actions, resources, condition)| {
            let effect = if allows { "Allow" } else { "Deny" };
            let mut statement = json!({ "effect": effect, "action": actions });
            if let Some(resources) = resources {
                statement["resource"] = json!(resources);
            }
            if !condition.is_null() {
                statement["condition"] = condition;
            }
            statement
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn policies_rule_as_their_documents_read(
        documents in prop::collection::vec(
            prop::collection::vec(any_statement(), 1..5).prop_map(|list| json!({ "statement": list })), 0..3),
        action in prop::sample::select(vec!["chats:GetChat", "chats:ListChats", "documents:GetDocument"]),
        name in prop::sample::select(vec!["soat:proj_A:chat:cht_1", "soat:proj_B:document:doc_1", "soat:proj_A:document:doc_2", THREAD]),
        tags in prop::sample::select(vec![vec![], vec![("team", "eng")], vec![("team", "eating")], vec![("other", "eng")]]),
    ) {
        // Those that contradict themselves are refused, and nothing more is said of them.
        let documents: Vec<Value> =
            documents.into_iter().filter(|document| Policy::parse(document).is_ok()).collect();
        let policies: Vec<Policy> = documents.iter().cloned().map(policy).collect();
        prop_assert_eq!(ask(&policies, action, name, &tags), rule_slowly(&documents, action, name, &tags));
    }

    #[test]
    fn a_pattern_fits_as_it_does_when_everything_is_tried(
        pattern in "[ab?*é]{0,8}",
        text in "[abé]{0,8}",
    ) {
        prop_assert_eq!(Glob::new(&pattern).fits(&text), glob_slowly(&pattern, &text));
    }

    #[test]
    fn what_fits_a_name_may_name_something_of_its_kind(
        kind in prop::sample::select(vec!["thread", "user"]),
        id in "[a-z0-9-]{0,6}",
        places in prop::collection::vec(prop::sample::select(vec!['=', '=', '=', '=', '?', '*']), 20),
    ) {
        let name = format!("soat:*:{kind}:{id}");
        let pattern: String = name
            .chars()
            .zip(places)
            .map(|(there, place)| if place == '=' { there } else { place })
            .collect();
        let glob = Glob::new(&pattern);
        prop_assert!(glob.fits(&name), "{}", pattern);
        prop_assert!(glob.may_name(kind), "{}", pattern);
    }

    #[test]
    fn nothing_that_is_sent_as_a_document_does_harm(text in "[{}\\[\\]\",:a-z*0-9]{0,80}") {
        if let Ok(document) = serde_json::from_str::<Value>(&text) {
            let _ = Policy::parse(&document);
        }
    }
}

#[test]
fn what_is_denied_for_one_thing_is_denied_for_some_of_its_kind() {
    for (resource, threads) in [
        ("soat:*:thread:1", true),
        ("soat:*:thr*:1", true),
        ("soat:*", true),
        ("*", true),
        // Its first `*` may stand for two parts.
        ("soat:*:*1*", true),
        ("soat:*:chat:*", false),
        ("soat:*:chat:*1*", false),
        ("soat:mine:user:1", false),
    ] {
        let denies = policy(statement(json!({
            "effect": "Deny", "action": ["audit:ReadMetadata"], "resource": [resource],
        })));
        let asked = denies.denies_some("audit:ReadMetadata", "thread");
        assert_eq!(asked, threads, "{resource}");
        assert!(!denies.denies_some("audit:Hold", "thread"));
    }
}

#[test]
fn what_is_allowed_for_one_thing_by_name_is_allowed_for_some_of_its_kind() {
    let allows = |statement: Value| {
        policy(json!({ "statement": [statement] }))
            .allows_some_by_name("moderation:GetCase", "case")
    };
    for (actions, resource, some) in [
        ("moderation:GetCase", "soat:*:case:1", true),
        ("moderation:*", "soat:*:c*:1", true),
        ("moderation:*", "soat:*:thread:1", false),
        ("moderation:ListCases", "*", false),
        ("*", "*", false),
    ] {
        let asked = allows(json!({
            "effect": "Allow", "action": [actions], "resource": [resource],
        }));
        assert_eq!(asked, some, "{actions} {resource}");
    }
    assert!(!allows(
        json!({ "effect": "Deny", "action": ["moderation:*"] })
    ));
    assert!(allows(json!({
        "effect": "Allow", "action": ["moderation:*"],
        "condition": { "StringEquals": { "soat:ResourceTag/severity": "low" } },
    })));
}

#[test]
fn what_is_denied_by_a_tag_is_denied_for_some() {
    let denies = policy(statement(json!({
        "effect": "Deny", "action": ["moderation:*"],
        "condition": { "StringEquals": { "soat:ResourceTag/severity": "critical" } },
    })));
    assert!(denies.denies_some("moderation:ListCases", "case"));
    let of_chats = policy(statement(json!({
        "effect": "Deny", "action": ["moderation:*"],
        "condition": { "StringEquals": { "soat:ResourceType": "chat" } },
    })));
    assert!(!of_chats.denies_some("moderation:ListCases", "case"));
}
