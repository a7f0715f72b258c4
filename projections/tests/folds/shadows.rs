//! `shadows`.

use aggregates::{
    completion::{CompletionEvent, CompletionVerdict},
    thread::Stage,
    verdict::{Action, Severity, Shadow, Verdict},
};
use projections::{
    Event, Shadows,
    testing::{given, happened},
};

use super::story::*;

/// Said by `house-1` while `house-2` looked on.
fn said(action: Action, severity: Severity, shadow: Option<(Action, Severity)>) -> Verdict {
    Verdict {
        policy: "house-1".to_owned(),
        action,
        severity,
        shadow: shadow.map(|(action, severity)| {
            Box::new(Shadow {
                policy: "house-2".to_owned(),
                action,
                severity,
                ..Shadow::default()
            })
        }),
        ..Verdict::default()
    }
}

#[test]
fn texts_of_which_two_policies_said_the_same_two_things_are_counted_together() {
    let (allow, none) = (Action::Allow, Severity::None);
    let agreed = || said(allow, none, Some((allow, none)));
    let newly = || said(allow, none, Some((Action::Flag, Severity::Low)));
    let rows = and_then([
        judged(2, Some(1), agreed()),
        judged(2, Some(2), newly()),
        judged(4, Some(3), agreed()),
        // Nobody looked on.
        judged(6, Some(5), said(Action::Block, Severity::Critical, None)),
    ])
    .rows::<Shadows>();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&*row.action, &*row.shadow_action, row.texts))
        .collect();
    assert_eq!(told, [("allow", "allow", 2), ("allow", "flag", 1)]);
    assert_eq!(
        (&*rows[1].policy, &*rows[1].shadow, &*rows[1].severity),
        ("house-1", "house-2", "none")
    );
    assert_eq!(rows[1].shadow_severity, "low");
    assert!(rows[0].last > rows[1].last);
}

#[test]
fn every_message_of_a_completion_counts() {
    let (flag, low) = (Action::Flag, Severity::Low);
    let cleared = || said(flag, low, Some((Action::Allow, Severity::None)));
    let event = CompletionEvent::VerdictRecorded(CompletionVerdict {
        stage: Stage::Input,
        verdicts: vec![
            cleared(),
            said(flag, low, Some((flag, low))),
            cleared(),
            Verdict::exempt(),
        ],
        asked: None,
        warning: None,
        refusal: None,
    });
    let rows = given(happened([(text(1), Event::Completion(event))])).rows::<Shadows>();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&*row.shadow_action, row.texts))
        .collect();
    assert_eq!(told, [("allow", 2), ("flag", 1)]);
}
