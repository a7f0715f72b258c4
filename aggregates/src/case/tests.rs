//! The rules of cases.

#![allow(clippy::unwrap_used)]

use uuid::Uuid;

use super::*;
use crate::{ids::ThreadId, testing::given, verdict::Severity};

const HOUR: i64 = 3_600_000_000;

fn person(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn flagged() -> Flagged {
    Flagged {
        said_in: SaidIn::Thread(ThreadId(Uuid::from_u128(9))),
        severity: Severity::High,
        automated: true,
    }
}

fn command(by: u128, now: i64, action: CaseAction) -> CaseCommand {
    CaseCommand {
        by: person(by),
        now,
        flagged: flagged(),
        action,
    }
}

fn claim(by: u128, now: i64) -> CaseCommand {
    taking(by, now, Claiming::Own)
}

fn taking(by: u128, now: i64, how: Claiming) -> CaseCommand {
    let until = now + HOUR;
    command(by, now, CaseAction::Claim { until, how })
}

fn claimed(by: u128, now: i64) -> CaseEvent {
    CaseEvent::Claimed {
        by: person(by),
        until: now + HOUR,
    }
}

fn decide(by: u128, decision: Decision) -> CaseCommand {
    let action = CaseAction::Decide {
        decision,
        reason: "seen".into(),
        policy: None,
        restricts: None,
    };
    command(by, 0, action)
}

fn decided(by: u128, decision: Decision, instead_of: Option<Decision>) -> CaseEvent {
    CaseEvent::Decided {
        by: person(by),
        decision,
        instead_of,
        flagged: flagged(),
        reason: "seen".into(),
        policy: None,
        restricts: None,
        frees: None,
    }
}

fn overturn(by: u128, own_too: bool) -> CaseCommand {
    let reason = "no".into();
    command(by, 0, CaseAction::Overturn { reason, own_too })
}

fn appeal() -> CaseCommand {
    command(8, 0, CaseAction::Appeal { text: "no".into() })
}

fn appealed() -> CaseEvent {
    CaseEvent::Appealed {
        by: person(8),
        text: "no".into(),
    }
}

fn report(by: u128) -> CaseCommand {
    let (category, comment) = ("spam".to_owned(), None);
    command(by, 0, CaseAction::Report { category, comment })
}

fn reported(by: u128) -> CaseEvent {
    CaseEvent::Reported {
        by: person(by),
        category: "spam".into(),
        comment: None,
    }
}

#[test]
fn whoever_touches_a_case_first_opens_it() {
    given::<Case>([])
        .when(claim(1, 0))
        .then([CaseEvent::Opened(flagged()), claimed(1, 0)]);
}

#[test]
fn a_claimed_case_is_refused_to_others_until_the_claim_ends() {
    let held = [CaseEvent::Opened(flagged()), claimed(1, 0)];
    given::<Case>(held.clone())
        .when(claim(2, HOUR - 1))
        .then_refused(CaseRefusal::Held(person(1)));
    given::<Case>(held.clone())
        .when(decide(2, Decision::Confirm))
        .then_refused(CaseRefusal::Held(person(1)));
    given::<Case>(held)
        .when(claim(2, HOUR))
        .then([claimed(2, HOUR)]);
}

#[test]
fn a_claim_is_renewed_released_and_taken_over() {
    let held = [CaseEvent::Opened(flagged()), claimed(1, 0)];
    given::<Case>(held.clone())
        .when(claim(1, 5))
        .then([claimed(1, 5)]);
    given::<Case>(held.clone())
        .when(command(1, 5, CaseAction::Release { steal: false }))
        .then([CaseEvent::Released { by: person(1) }]);
    given::<Case>(held.clone())
        .when(command(2, 5, CaseAction::Release { steal: false }))
        .then_refused(CaseRefusal::Held(person(1)));
    given::<Case>(held.clone())
        .when(taking(1, 5, Claiming::Free))
        .then_refused(CaseRefusal::Held(person(1)));
    given::<Case>(held)
        .when(taking(2, 5, Claiming::Steal))
        .then([claimed(2, 5)]);
}

#[test]
fn nothing_is_released_that_nobody_holds() {
    given::<Case>([CaseEvent::Opened(flagged())])
        .when(command(1, 0, CaseAction::Release { steal: false }))
        .then_nothing();
}

#[test]
fn a_decided_case_is_not_decided_again() {
    let decided = [
        CaseEvent::Opened(flagged()),
        decided(1, Decision::Dismiss, None),
    ];
    given::<Case>(decided.clone())
        .when(decide(2, Decision::Confirm))
        .then_refused(CaseRefusal::Decided);
    given::<Case>(decided)
        .when(claim(2, 0))
        .then_refused(CaseRefusal::Decided);
}

#[test]
fn a_decision_is_overturned_by_somebody_else_or_by_staff() {
    let done = [
        CaseEvent::Opened(flagged()),
        decided(1, Decision::Dismiss, None),
    ];
    let overturned = |by| CaseEvent::Overturned {
        by: person(by),
        undone: Decision::Dismiss,
        flagged: flagged(),
        reason: "no".into(),
        frees: None,
    };
    given::<Case>(done.clone())
        .when(overturn(1, false))
        .then_refused(CaseRefusal::OwnDecision);
    given::<Case>(done.clone())
        .when(overturn(2, false))
        .then([overturned(2)]);
    given::<Case>(done.clone())
        .when(overturn(1, true))
        .then([overturned(1)]);
    let [first, second] = done;
    given::<Case>([first, second, overturned(2)])
        .when(decide(1, Decision::Confirm))
        .then([decided(1, Decision::Confirm, None)]);
}

#[test]
fn what_is_not_decided_is_neither_overturned_nor_appealed_against() {
    given::<Case>([CaseEvent::Opened(flagged())])
        .when(overturn(2, true))
        .then_refused(CaseRefusal::NotDecided);
    given::<Case>([])
        .when(appeal())
        .then_refused(CaseRefusal::NotDecided);
}

#[test]
fn an_appeal_is_heard_once_by_another_moderator() {
    let appealed = [
        CaseEvent::Opened(flagged()),
        decided(1, Decision::Confirm, None),
        appealed(),
    ];
    given::<Case>(appealed.clone())
        .when(decide(1, Decision::Confirm))
        .then_refused(CaseRefusal::OwnDecision);
    given::<Case>(appealed.clone())
        .when(appeal())
        .then_refused(CaseRefusal::Appealed);
    let second = decided(2, Decision::Dismiss, Some(Decision::Confirm));
    given::<Case>(appealed.clone())
        .when(decide(2, Decision::Dismiss))
        .then([second.clone()]);
    let [first, next, last] = appealed;
    given::<Case>([first, next, last, second])
        .when(appeal())
        .then_refused(CaseRefusal::Appealed);
}

#[test]
fn until_it_is_decided_each_persons_first_report_counts() {
    let once = [CaseEvent::Opened(flagged()), reported(1)];
    given::<Case>(once.clone()).when(report(1)).then_nothing();
    given::<Case>(once).when(report(2)).then([reported(2)]);
}

#[test]
fn there_is_an_end_to_reports_however_often_it_is_decided() {
    let rounds = (0..u128::from(MOST_REPORTS))
        .flat_map(|_| [reported(5), decided(1, Decision::Dismiss, None)]);
    let history = [CaseEvent::Opened(flagged())].into_iter().chain(rounds);
    given::<Case>(history)
        .when(report(5))
        .then_refused(CaseRefusal::TooMany("reports"));
}

#[test]
fn there_is_an_end_to_comments() {
    let comment = || command(1, 0, CaseAction::Comment { text: "hm".into() });
    let mut case = Case::default();
    for _ in 0..MOST_COMMENTS {
        for event in case.decide(comment()).unwrap() {
            case.apply(event);
        }
    }
    assert_eq!(
        case.decide(comment()),
        Err(CaseRefusal::TooMany("comments"))
    );
}

#[test]
fn whoever_decided_does_not_settle_the_appeal_by_overturning() {
    let appealed = [
        CaseEvent::Opened(flagged()),
        decided(1, Decision::Confirm, None),
        appealed(),
    ];
    given::<Case>(appealed.clone())
        .when(overturn(1, true))
        .then_refused(CaseRefusal::OwnDecision);
    given::<Case>(appealed)
        .when(overturn(2, false))
        .then([CaseEvent::Overturned {
            by: person(2),
            undone: Decision::Confirm,
            flagged: flagged(),
            reason: "no".into(),
            frees: None,
        }])
        .when(decide(2, Decision::Confirm))
        .then([decided(2, Decision::Confirm, None)])
        .when(appeal())
        .then_refused(CaseRefusal::Appealed);
}

#[test]
fn whoever_decided_does_not_decide_after_an_appeal_was_granted_by_overturning() {
    let granted = [
        CaseEvent::Opened(flagged()),
        decided(1, Decision::Confirm, None),
        appealed(),
        CaseEvent::Overturned {
            by: person(2),
            undone: Decision::Confirm,
            flagged: flagged(),
            reason: "no".into(),
            frees: None,
        },
    ];
    given::<Case>(granted.clone())
        .when(decide(1, Decision::Confirm))
        .then_refused(CaseRefusal::DecidedFirst);
    given::<Case>(granted.clone())
        .when(taking(1, 0, Claiming::Free))
        .then_refused(CaseRefusal::DecidedFirst);
    given::<Case>(granted)
        .when(decide(3, Decision::Dismiss))
        .then([decided(3, Decision::Dismiss, None)])
        .when(overturn(2, false))
        .then([CaseEvent::Overturned {
            by: person(2),
            undone: Decision::Dismiss,
            flagged: flagged(),
            reason: "no".into(),
            frees: None,
        }])
        .when(decide(1, Decision::Dismiss))
        .then([decided(1, Decision::Dismiss, None)]);
}

#[test]
fn whoever_decided_does_not_undo_what_came_of_the_appeal() {
    let overturned = |by| CaseEvent::Overturned {
        by: person(by),
        undone: Decision::Dismiss,
        flagged: flagged(),
        reason: "no".into(),
        frees: None,
    };
    let heard = [
        CaseEvent::Opened(flagged()),
        decided(1, Decision::RestrictUser, None),
        appealed(),
        decided(2, Decision::Dismiss, Some(Decision::RestrictUser)),
    ];
    for own_too in [false, true] {
        given::<Case>(heard.clone())
            .when(overturn(1, own_too))
            .then_refused(CaseRefusal::DecidedFirst);
    }
    for wish in [decide(1, Decision::RestrictUser), claim(1, 0)] {
        given::<Case>(heard.clone())
            .when(wish)
            .then_refused(CaseRefusal::DecidedFirst);
    }
    given::<Case>(heard.clone())
        .when(report(5))
        .then([reported(5)])
        .when(decide(1, Decision::RestrictUser))
        .then_refused(CaseRefusal::DecidedFirst);
    // Others may undo it; then it is others who decide.
    given::<Case>(heard.clone())
        .when(overturn(3, false))
        .then([overturned(3)])
        .when(decide(1, Decision::RestrictUser))
        .then_refused(CaseRefusal::DecidedFirst);
    given::<Case>(heard)
        .when(overturn(3, false))
        .then([overturned(3)])
        .when(decide(3, Decision::Dismiss))
        .then([decided(3, Decision::Dismiss, None)]);
}

#[test]
fn whoever_decided_does_not_undo_the_decision_after_a_granted_appeal() {
    given::<Case>([
        CaseEvent::Opened(flagged()),
        decided(1, Decision::Confirm, None),
        appealed(),
        CaseEvent::Overturned {
            by: person(2),
            undone: Decision::Confirm,
            flagged: flagged(),
            reason: "no".into(),
            frees: None,
        },
        decided(2, Decision::Dismiss, None),
    ])
    .when(overturn(1, true))
    .then_refused(CaseRefusal::DecidedFirst);
}

#[test]
fn of_an_erased_conversations_case_nothing_more_is_said() {
    let erase = || command(1, 0, CaseAction::Erase);
    let gone = CaseEvent::Erased { frees: None };
    let erased = || [CaseEvent::Opened(flagged()), gone.clone()];
    given::<Case>([]).when(erase()).then(erased());
    given::<Case>([CaseEvent::Opened(flagged())])
        .when(erase())
        .then([gone.clone()]);
    given::<Case>(erased()).when(erase()).then_nothing();
    given::<Case>(erased())
        .when(claim(1, 0))
        .then_refused(CaseRefusal::Erased);
    given::<Case>(erased())
        .when(command(1, 0, CaseAction::Comment { text: "hm".into() }))
        .then_refused(CaseRefusal::Erased);
}

#[test]
fn a_report_has_a_decided_case_decided_again_unless_the_decision_was_ones_own() {
    given::<Case>([
        CaseEvent::Opened(flagged()),
        reported(5),
        decided(1, Decision::Dismiss, None),
    ])
    .when(report(5))
    .then([reported(5)])
    .when(report(5))
    .then_nothing();
    let history = [
        CaseEvent::Opened(flagged()),
        decided(1, Decision::Dismiss, None),
    ];
    given::<Case>(history.clone())
        .when(report(1))
        .then_refused(CaseRefusal::OwnDecision);
    given::<Case>(history)
        .when(report(6))
        .then([reported(6)])
        .when(decide(1, Decision::Confirm))
        .then([decided(1, Decision::Confirm, Some(Decision::Dismiss))])
        .when(decide(2, Decision::Dismiss))
        .then_refused(CaseRefusal::Decided);
}

#[test]
fn whoever_is_restricted_is_named_when_that_ends() {
    let restricts = Restricts {
        user: person(8),
        until: 70,
    };
    let restrict = |by| {
        let action = CaseAction::Decide {
            decision: Decision::RestrictUser,
            reason: "seen".into(),
            policy: None,
            restricts: Some(restricts),
        };
        command(by, 0, action)
    };
    let restricted = CaseEvent::Decided {
        by: person(1),
        decision: Decision::RestrictUser,
        instead_of: None,
        flagged: flagged(),
        reason: "seen".into(),
        policy: None,
        restricts: Some(restricts),
        frees: None,
    };
    let overturned = CaseEvent::Overturned {
        by: person(2),
        undone: Decision::RestrictUser,
        flagged: flagged(),
        reason: "no".into(),
        frees: Some(person(8)),
    };
    given::<Case>([CaseEvent::Opened(flagged()), restricted.clone()])
        .when(command(1, 0, CaseAction::Erase))
        .then([CaseEvent::Erased {
            frees: Some(person(8)),
        }]);
    given::<Case>([CaseEvent::Opened(flagged())])
        .when(restrict(1))
        .then([restricted])
        .when(overturn(2, false))
        .then([overturned])
        .when(decide(2, Decision::Dismiss))
        .then([decided(2, Decision::Dismiss, None)]);
}

#[test]
fn where_it_was_said_is_stored_as_it_always_was() {
    let id = "00000000-0000-0000-0000-000000000009";
    for name in ["thread", "completion"] {
        let stored =
            format!(r#"{{"case.opened":{{"{name}":"{id}","severity":"high","automated":true}}}}"#);
        let parsed: CaseEvent = serde_json::from_str(&stored).unwrap();
        assert_eq!(serde_json::to_string(&parsed).unwrap(), stored);
    }
    let opened = serde_json::to_string(&CaseEvent::Opened(flagged())).unwrap();
    assert!(
        opened.starts_with(r#"{"case.opened":{"thread":"#),
        "{opened}"
    );
}
