//! The stored shape of every event. These lines are in logs for ever: an event that no longer reads one of
//! them needs a new version, not another line here.

use cqrs_es::DomainEvent;

use super::{
    phrases::*,
    tools::{answered, called},
};
use crate::{
    case::Decision,
    hold::{Hold, Release},
    ids::{BlobId, HoldId, IngestId, RagSessionId, TurnId, UserId},
    thread::{
        Attachment, Attempt, ContextLimit, ContextRule, Cut, Destroyed, Dialect, Expired,
        FinishReason, Grounding, Imported, MessageSent, Mood, Opened, ReplyEnd, ReplyStarted,
        Source, Sources, Stage, StopReason, Tail, ThreadEvent, ToolAnswered, ToolName, Tools,
        TurnOptions, Usage, VerdictRecorded, Written,
    },
    verdict::{Action, Finding, Scan, Severity, Shadow, Verdict},
};

const ROUTE: &str = r#"{"provider":"echo","model":"echo-1"}"#;
const NOTHING_USED: &str = r#"{"prompt_tokens":0,"completion_tokens":0,"estimated":false}"#;

fn id(number: u64) -> String {
    message(number).to_string()
}

fn attempt(duration_ms: u64, error: Option<&str>, shown_from: Option<u64>) -> Attempt {
    Attempt {
        route: route(),
        duration_ms,
        error: error.map(str::to_owned),
        status: None,
        model: None,
        usage: Usage::default(),
        shown_from,
        images: vec![],
    }
}

fn whole_end() -> ReplyEnd {
    ReplyEnd {
        reasoning: Some("hm".to_owned()),
        finish: Some(FinishReason::ContentFilter),
        error: Some("gone".to_owned()),
        usage: Usage {
            prompt_tokens: 3,
            completion_tokens: 5,
            estimated: true,
        },
        attempts: vec![
            attempt(12, Some("busy"), None),
            Attempt {
                status: Some(503),
                model: Some("m-2".to_owned()),
                images: vec![BlobId(message(4).0)],
                ..attempt(13, None, Some(7))
            },
        ],
        context_messages: 4,
        sources: Some(Sources {
            prompt: "notes-1".to_owned(),
            passages: vec![
                Source {
                    ingest: IngestId(message(5).0),
                    chunk: 3,
                    score: 1_250,
                    flagged: vec!["jailbreak".to_owned()],
                    kept_back: true,
                },
                Source {
                    ingest: IngestId(message(5).0),
                    chunk: 0,
                    score: 7,
                    flagged: vec![],
                    kept_back: false,
                },
            ],
        }),
        tools: Some(Tools {
            prompt: "web-1".to_owned(),
            offered: vec![ToolName::WebFetch],
            beside_question: true,
        }),
        ..reply_end(2)
    }
}

fn whole_end_stored() -> String {
    format!(
        r#"{{"turn":"{}","text":"answer 2","reasoning":"hm","route":{ROUTE},"finish":"content-filter","error":"gone","usage":{{"prompt_tokens":3,"completion_tokens":5,"estimated":true}},"attempts":[{{"route":{ROUTE},"duration_ms":12,"error":"busy","usage":{NOTHING_USED}}},{{"route":{ROUTE},"duration_ms":13,"status":503,"model":"m-2","usage":{NOTHING_USED},"shown_from":7,"images":["{}"]}}],"context_messages":4,"sources":{{"prompt":"notes-1","passages":[{{"ingest":"{five}","chunk":3,"score":1250,"flagged":["jailbreak"],"kept_back":true}},{{"ingest":"{five}","chunk":0,"score":7}}]}},"tools":{{"prompt":"web-1","offered":["web_fetch"],"beside_question":true}}}}"#,
        id(2),
        id(4),
        five = id(5)
    )
}

/// Every event with every field, under its name, and as it is stored.
fn whole_events() -> Vec<(&'static str, ThreadEvent, String)> {
    let [one, two, three, four, five, six] = [1, 2, 3, 4, 5, 6].map(id);
    let tail_stored = format!(r#"{{"user":["{one}",1],"answer":["{two}",2]}}"#);
    vec![
        (
            "thread.opened",
            ThreadEvent::Opened(Opened {
                owner: UserId(message(1).0),
                dialect: Dialect::Openai,
                reference: Some("cht_1".to_owned()),
                channel: Some("web".to_owned()),
                name: Some("Tea".to_owned()),
            }),
            format!(
                r#"{{"owner":"{one}","dialect":"openai","reference":"cht_1","channel":"web","name":"Tea"}}"#
            ),
        ),
        (
            "thread.renamed",
            ThreadEvent::Renamed {
                name: "Tea".to_owned(),
                generated: true,
            },
            r#"{"name":"Tea","generated":true}"#.to_owned(),
        ),
        ("thread.unnamed", ThreadEvent::Unnamed {}, "{}".to_owned()),
        (
            "title.asked",
            ThreadEvent::TitleAsked {
                attempts: vec![Attempt {
                    route: route(),
                    duration_ms: 12,
                    error: Some("no".to_owned()),
                    status: None,
                    model: None,
                    usage: Usage {
                        prompt_tokens: 3,
                        completion_tokens: 1,
                        estimated: true,
                    },
                    shown_from: None,
                    images: vec![],
                }],
            },
            r#"{"attempts":[{"route":{"provider":"echo","model":"echo-1"},"duration_ms":12,"error":"no","usage":{"prompt_tokens":3,"completion_tokens":1,"estimated":true}}]}"#
                .to_owned(),
        ),
        ("thread.archived", ThreadEvent::Archived {}, "{}".to_owned()),
        (
            "thread.unarchived",
            ThreadEvent::Unarchived {},
            "{}".to_owned(),
        ),
        (
            "message.sent",
            ThreadEvent::MessageSent(MessageSent {
                attachments: vec![Attachment {
                    blob: BlobId(message(4).0),
                    mime: "image/jpeg".to_owned(),
                    size: 5,
                    sha256: "00ff".to_owned(),
                    key: "c2VjcmV0".to_owned(),
                }],
                replaces: Some(message(3)),
                options: TurnOptions {
                    mood: Some(Mood::Serious),
                    web: true,
                    without_reasoning: true,
                    grounding: Some(Grounding {
                        session: RagSessionId(message(5).0),
                        owner: UserId(message(6).0),
                        institution: Some("north".to_owned()),
                    }),
                },
                ..message_sent(1)
            }),
            format!(
                r#"{{"message":"{one}","index":1,"text":"question 1","attachments":[{{"blob":"{four}","mime":"image/jpeg","size":5,"sha256":"00ff","key":"c2VjcmV0"}}],"replaces":"{three}","turn":"{two}","route":{ROUTE},"options":{{"mood":"serious","web":true,"without_reasoning":true,"grounding":{{"session":"{five}","owner":"{six}","institution":"north"}}}}}}"#
            ),
        ),
        (
            "reload.requested",
            ThreadEvent::ReloadRequested {
                turn: turn(2),
                answers: message(1),
                index: 2,
                route: route(),
                options: TurnOptions::default(),
                said: Some("in other words".to_owned()),
            },
            format!(
                r#"{{"turn":"{two}","answers":"{one}","index":2,"route":{ROUTE},"said":"in other words"}}"#
            ),
        ),
        (
            "verdict.recorded",
            ThreadEvent::VerdictRecorded(VerdictRecorded {
                turn: TurnId(message(2).0),
                stage: Stage::Input,
                message: Some(message(1)),
                verdict: Verdict {
                    scan: Scan::Failed,
                    action: Action::Block,
                    severity: Severity::Critical,
                    injection_categories: vec!["jailbreak".to_owned()],
                    pii_categories: vec!["pii_email".to_owned()],
                    score: 0.95,
                    findings: vec![Finding {
                        category: "pii_email".to_owned(),
                        start: 3,
                        end: 9,
                        confidence: 0.5,
                        detector: "personal_data".to_owned(),
                        thought: true,
                    }],
                    more_findings: 1,
                    detectors: "rules-1".to_owned(),
                    policy: "default-1".to_owned(),
                    duration_us: 12,
                    released: true,
                    shadow: None,
                },
                warning: Some("Careful.".to_owned()),
                refusal: Some("No.".to_owned()),
            }),
            format!(
                r#"{{"turn":"{two}","stage":"input","message":"{one}","verdict":{{"scan":"failed","action":"block","severity":"critical","injection_categories":["jailbreak"],"pii_categories":["pii_email"],"score":0.95,"findings":[{{"category":"pii_email","start":3,"end":9,"confidence":0.5,"detector":"personal_data","thought":true}}],"more_findings":1,"detectors":"rules-1","policy":"default-1","duration_us":12,"released":true}},"warning":"Careful.","refusal":"No."}}"#
            ),
        ),
        (
            "tool.called",
            ThreadEvent::ToolCalled(called(2, 1)),
            format!(
                r#"{{"turn":"{two}","call":1,"round":1,"tool":"web_search","route":{ROUTE},"arguments":"{{\"query\":\"tea\"}}","label":"Searching the web: tea"}}"#
            ),
        ),
        (
            "tool.answered",
            ThreadEvent::ToolAnswered(ToolAnswered {
                verdict: Some(Verdict::default()),
                kept_back: true,
                ..answered(2, 1)
            }),
            format!(
                r#"{{"turn":"{two}","call":1,"done":true,"result":"1. Tea","duration_ms":12,"verdict":{{}},"kept_back":true}}"#
            ),
        ),
        (
            "verdict.recorded",
            ThreadEvent::VerdictRecorded(VerdictRecorded {
                turn: TurnId(message(2).0),
                stage: Stage::Output,
                message: None,
                verdict: Verdict {
                    shadow: Some(Box::new(Shadow {
                        policy: "house-2".to_owned(),
                        scan: Scan::Scanned,
                        action: Action::Flag,
                        severity: Severity::Low,
                        injection_categories: vec!["leetspeak".to_owned()],
                        pii_categories: vec!["pii_email".to_owned()],
                        score: 0.5,
                        duration_us: 7,
                    })),
                    ..Verdict::default()
                },
                warning: None,
                refusal: None,
            }),
            format!(
                r#"{{"turn":"{two}","stage":"output","verdict":{{"shadow":{{"policy":"house-2","action":"flag","severity":"low","injection_categories":["leetspeak"],"pii_categories":["pii_email"],"score":0.5,"duration_us":7}}}}}}"#
            ),
        ),
        (
            "reply.started",
            again(2, 1, 2, Some(3)),
            format!(
                r#"{{"turn":"{two}","answers":"{one}","index":2,"replaces":"{three}","route":{ROUTE},"options":{{}},"context":{{"rule":"recent-1","budget_tokens":4096}}}}"#
            ),
        ),
        (
            "reply.started",
            ThreadEvent::ReplyStarted(ReplyStarted {
                turn: TurnId(message(2).0),
                answers: message(1),
                index: 2,
                replaces: None,
                route: route(),
                options: TurnOptions::default(),
                context: ContextRule {
                    rule: "recent-2".to_owned(),
                    budget_tokens: 4096,
                    limits: vec![ContextLimit {
                        provider: "echo".to_owned(),
                        tokenizer: "o200k_base".to_owned(),
                        budget_tokens: 4096,
                        images: 8,
                    }],
                },
            }),
            format!(
                r#"{{"turn":"{two}","answers":"{one}","index":2,"route":{ROUTE},"options":{{}},"context":{{"rule":"recent-2","budget_tokens":4096,"limits":[{{"provider":"echo","tokenizer":"o200k_base","budget_tokens":4096,"images":8}}]}}}}"#
            ),
        ),
        (
            "reply.stop_requested",
            stopping(2, StopReason::Superseded),
            format!(r#"{{"turn":"{two}","reason":"superseded"}}"#),
        ),
        (
            "reply.completed",
            ThreadEvent::ReplyCompleted(whole_end()),
            whole_end_stored(),
        ),
        (
            "reply.failed",
            ThreadEvent::ReplyFailed(whole_end()),
            whole_end_stored(),
        ),
        (
            "reply.stopped",
            ThreadEvent::ReplyStopped(whole_end()),
            whole_end_stored(),
        ),
        (
            "reply.interrupted",
            ThreadEvent::ReplyInterrupted(whole_end()),
            whole_end_stored(),
        ),
        (
            "history.truncated",
            ThreadEvent::HistoryTruncated {
                cut: Cut { from: 1, to: 4 },
                deleted: 4,
                kept: 6,
            },
            r#"{"cut":{"from":1,"to":4},"deleted":4,"kept":6}"#.to_owned(),
        ),
        (
            "history.rewound",
            rewound(3, 4, tail(1, 2)),
            format!(r#"{{"cut":{{"from":3,"to":4}},"deleted":2,"tail":{tail_stored}}}"#),
        ),
        (
            "history.restored",
            restored(tail(1, 2)),
            format!(r#"{{"restored":2,"tail":{tail_stored}}}"#),
        ),
        (
            "decision.recorded",
            ThreadEvent::DecisionRecorded {
                message: message(1),
                by: UserId(message(2).0),
                decision: Decision::HideThread,
                instead_of: Some(Decision::RestrictUser),
                reason: "Rude.".to_owned(),
                policy: Some("house-3".to_owned()),
            },
            format!(
                r#"{{"message":"{one}","by":"{two}","decision":"hide_thread","instead_of":"restrict_user","reason":"Rude.","policy":"house-3"}}"#
            ),
        ),
        (
            "decision.overturned",
            ThreadEvent::DecisionOverturned {
                message: message(1),
                by: UserId(message(2).0),
                undone: Decision::Redact,
                reason: "No.".to_owned(),
            },
            format!(r#"{{"message":"{one}","by":"{two}","undone":"redact","reason":"No."}}"#),
        ),
        (
            "message.redacted",
            ThreadEvent::MessageRedacted {
                message: message(1),
                index: 1,
                newest: true,
                text: "[…]".to_owned(),
            },
            format!(r#"{{"message":"{one}","index":1,"newest":true,"text":"[…]"}}"#),
        ),
        (
            "message.restored",
            ThreadEvent::MessageRestored {
                message: message(2),
                index: 2,
                newest: false,
                text: "answer 2".to_owned(),
                reasoning: Some("hm".to_owned()),
            },
            format!(
                r#"{{"message":"{two}","index":2,"newest":false,"text":"answer 2","reasoning":"hm"}}"#
            ),
        ),
        (
            "thread.hidden",
            ThreadEvent::Hidden {
                message: message(1),
            },
            format!(r#"{{"message":"{one}"}}"#),
        ),
        (
            "thread.unhidden",
            ThreadEvent::Unhidden {
                message: message(1),
            },
            format!(r#"{{"message":"{one}"}}"#),
        ),
        (
            "thread.held",
            ThreadEvent::Held(Hold {
                hold: HoldId(message(1).0),
                by: UserId(message(2).0),
                reason: "A claim".to_owned(),
                matter: Some("17/3".to_owned()),
            }),
            format!(r#"{{"hold":"{one}","by":"{two}","reason":"A claim","matter":"17/3"}}"#),
        ),
        (
            "thread.released",
            ThreadEvent::Released(Release {
                hold: HoldId(message(1).0),
                by: UserId(message(2).0),
                reason: "Settled".to_owned(),
            }),
            format!(r#"{{"hold":"{one}","by":"{two}","reason":"Settled"}}"#),
        ),
        (
            "reply.kept",
            ThreadEvent::ReplyKept {
                turn: turn(2),
                text: "Once upon".to_owned(),
                reasoning: Some("hm".to_owned()),
            },
            format!(r#"{{"turn":"{two}","text":"Once upon","reasoning":"hm"}}"#),
        ),
        (
            "erasure.ordered",
            ThreadEvent::ErasureOrdered {
                by: UserId(message(2).0),
                reason: "A court says so".to_owned(),
            },
            format!(r#"{{"by":"{two}","reason":"A court says so"}}"#),
        ),
        (
            "thread.imported",
            ThreadEvent::Imported(Imported {
                source: "chatgpt".to_owned(),
                reference: "c1".to_owned(),
                began_at: Some(1),
                changed_at: Some(2),
                written: vec![Written {
                    message: message(1),
                    at: 1,
                }],
                left_out: 3,
            }),
            format!(
                r#"{{"source":"chatgpt","reference":"c1","began_at":1,"changed_at":2,"written":[{{"message":"{one}","at":1}}],"left_out":3}}"#
            ),
        ),
        (
            "erasure.requested",
            ThreadEvent::ErasureRequested {},
            "{}".to_owned(),
        ),
        (
            "erasure.confirmed",
            ThreadEvent::ErasureConfirmed {
                erasure: 2,
                receipt: vec![Destroyed {
                    store: "keys".to_owned(),
                    items: 1,
                }],
            },
            r#"{"erasure":2,"receipt":[{"store":"keys","items":1}]}"#.to_owned(),
        ),
        (
            "content.expired",
            ThreadEvent::ContentExpired(Expired {
                before: 20_000,
                through: 7,
                messages: vec![message(1)],
            }),
            format!(r#"{{"before":20000,"through":7,"messages":["{}"]}}"#, message(1)),
        ),
        (
            "expiry.confirmed",
            ThreadEvent::ExpiryConfirmed {
                expiry: 1,
                receipt: vec![],
            },
            r#"{"expiry":1,"receipt":[]}"#.to_owned(),
        ),
    ]
}

#[test]
fn the_stored_shape_of_every_thread_event_is_for_ever() {
    for (name, event, fields) in whole_events() {
        let stored = format!(r#"{{"{name}":{fields}}}"#);
        assert_eq!(serde_json::to_string(&event).unwrap(), stored);
        assert_eq!(serde_json::from_str::<ThreadEvent>(&stored).unwrap(), event);
        assert_eq!(event.event_type(), name);
        assert_eq!(event.event_version(), "1");
    }
}

#[test]
fn what_is_not_said_is_not_stored() {
    let (one, two) = (id(1), id(2));
    for (event, stored) in [
        (
            opened(),
            format!(r#"{{"thread.opened":{{"owner":"{OWNER}","dialect":"assistant"}}}}"#),
        ),
        (
            sent(1),
            format!(
                r#"{{"message.sent":{{"message":"{one}","index":1,"text":"question 1","turn":"{two}","route":{ROUTE},"options":{{}}}}}}"#
            ),
        ),
        (
            completed(2),
            format!(
                r#"{{"reply.completed":{{"turn":"{two}","text":"answer 2","route":{ROUTE},"usage":{NOTHING_USED},"context_messages":0}}}}"#
            ),
        ),
        (
            answer_judged(2, Verdict::default()),
            format!(
                r#"{{"verdict.recorded":{{"turn":"{two}","stage":"output","message":"{two}","verdict":{{}}}}}}"#
            ),
        ),
        (
            restored(Tail::default()),
            r#"{"history.restored":{"restored":2,"tail":{}}}"#.to_owned(),
        ),
    ] {
        assert_eq!(serde_json::to_string(&event).unwrap(), stored);
        assert_eq!(serde_json::from_str::<ThreadEvent>(&stored).unwrap(), event);
    }
}

#[test]
fn the_names_of_choices_are_for_ever() {
    fn name(choice: impl serde::Serialize) -> String {
        serde_json::to_value(choice)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }
    let dialects = [
        Dialect::Assistant,
        Dialect::Threads,
        Dialect::Rag,
        Dialect::Openai,
        Dialect::Chats,
    ];
    assert_eq!(
        dialects.map(name),
        ["assistant", "threads", "rag", "openai", "chats"]
    );
    let reasons = [
        StopReason::Asked,
        StopReason::Superseded,
        StopReason::Erased,
    ];
    assert_eq!(reasons.map(name), ["asked", "superseded", "erased"]);
    let moods = [Mood::Serious, Mood::Friendly, Mood::Normal];
    assert_eq!(moods.map(name), ["serious", "friendly", "normal"]);
    assert_eq!([Stage::Input, Stage::Output].map(name), ["input", "output"]);
    let tools = [ToolName::WebSearch, ToolName::WebFetch, ToolName::Unknown];
    assert_eq!(tools.map(name), ["web_search", "web_fetch", "unknown"]);
    assert_eq!(tools.map(name), tools.map(|tool| tool.as_str()));
    let scans = [Scan::Scanned, Scan::Exempt, Scan::Failed, Scan::Unscanned];
    assert_eq!(scans.map(name), scans.map(|scan| scan.as_str()));
    assert_eq!(
        scans.map(name),
        ["scanned", "exempt", "failed", "unscanned"]
    );
    let actions = [
        Action::Allow,
        Action::Flag,
        Action::Warn,
        Action::Redact,
        Action::Block,
    ];
    assert_eq!(actions.map(name), actions.map(|action| action.as_str()));
    assert_eq!(
        actions.map(name),
        ["allow", "flag", "warn", "redact", "block"]
    );
    let severities = [
        Severity::None,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];
    assert_eq!(severities.map(name), severities.map(|one| one.as_str()));
    assert_eq!(
        severities.map(name),
        ["none", "low", "medium", "high", "critical"]
    );
    let finishes = [
        FinishReason::Stop,
        FinishReason::Length,
        FinishReason::ContentFilter,
        FinishReason::ToolCalls,
        FinishReason::Error,
        FinishReason::Other,
    ];
    assert_eq!(
        finishes.map(name),
        [
            "stop",
            "length",
            "content-filter",
            "tool-calls",
            "error",
            "other"
        ]
    );
}

#[test]
fn fields_of_a_later_release_are_ignored() {
    for (name, event, fields) in whole_events() {
        let mut stored: serde_json::Value = serde_json::from_str(&fields).unwrap();
        stored["later"] = serde_json::json!({"deep": [1]});
        let stored = serde_json::json!({ name: stored });
        assert_eq!(
            serde_json::from_value::<ThreadEvent>(stored).unwrap(),
            event
        );
    }
}

/// The strings of an event, each with its path; elements of a list share one.
fn strings(at: &str, value: &serde_json::Value, found: &mut Vec<String>) {
    let beneath = |name: &str| match at {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    };
    match value {
        serde_json::Value::String(_) => found.push(at.to_owned()),
        serde_json::Value::Array(items) => items
            .iter()
            .for_each(|item| strings(&beneath("*"), item, found)),
        serde_json::Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| strings(&beneath(name), value, found)),
        _ => {}
    }
}

/// Ids, names of choices, and what an operator or a client calls things. With the event's name where others say something
/// in the same place.
const METADATA: &[&str] = &[
    "owner",
    "dialect",
    "thread.imported: reference",
    "channel",
    "message",
    "turn",
    "answers",
    "replaces",
    "reply.stop_requested: reason",
    "by",
    "hold",
    "matter",
    "thread.held: reason",
    "thread.released: reason",
    "erasure.ordered: reason",
    "decision",
    "instead_of",
    "undone",
    "finish",
    "route.provider",
    "route.model",
    "attempts.*.route.provider",
    "attempts.*.route.model",
    "attempts.*.model",
    "options.mood",
    "options.grounding.session",
    "options.grounding.owner",
    "options.grounding.institution",
    "tool",
    "tools.prompt",
    "tools.offered.*",
    "sources.prompt",
    "sources.passages.*.ingest",
    "sources.passages.*.flagged.*",
    "context.rule",
    "context.limits.*.provider",
    "context.limits.*.tokenizer",
    "stage",
    "verdict.scan",
    "verdict.action",
    "verdict.severity",
    "verdict.injection_categories.*",
    "verdict.pii_categories.*",
    "verdict.findings.*.category",
    "verdict.findings.*.detector",
    "verdict.detectors",
    "verdict.policy",
    "verdict.shadow.policy",
    "verdict.shadow.scan",
    "verdict.shadow.action",
    "verdict.shadow.severity",
    "verdict.shadow.injection_categories.*",
    "verdict.shadow.pii_categories.*",
    "warning",
    "refusal",
    "tail.user.*",
    "tail.answer.*",
    "receipt.*.store",
    "attachments.*.blob",
    "attachments.*.mime",
    "attachments.*.sha256",
    "attempts.*.images.*",
    "thread.imported: source",
    "written.*.message",
    "messages.*",
];

#[test]
fn every_text_of_an_event_is_known_to_be_content_or_metadata() {
    for (name, _, fields) in whole_events() {
        let mut found = vec![];
        strings("", &serde_json::from_str(&fields).unwrap(), &mut found);
        let content = crate::content_of("thread", name);
        for path in &found {
            let of_this_one = format!("{name}: {path}");
            let known = |listed: &&str| **listed == *path || **listed == of_this_one;
            let metadata = METADATA.iter().any(known);
            assert!(
                content.contains(&path.as_str()) != metadata,
                "{path} of {name} is content or metadata: say which"
            );
        }
        for path in content {
            assert!(found.iter().any(|found| found == path), "{path} of {name}");
        }
    }
}
