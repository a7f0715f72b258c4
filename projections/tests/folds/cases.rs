//! `cases`, and what decisions make of a thread's flags.

use aggregates::{
    CompletionId, ThreadId, TurnId, UserId,
    case::{CaseEvent, Decision, Flagged, SaidIn},
    completion::{CompletionEvent, CompletionVerdict},
    thread::{Stage, ThreadEvent},
    verdict::{Action, Severity, Verdict},
};
use projections::{
    CaseRow, CaseState, Cases, Event, ThreadList, ThreadRow,
    testing::{BEGINNING, Given, given, happened},
};

use super::story::*;

const MODERATOR: u128 = 0xb0;

fn moderator() -> UserId {
    UserId(id(MODERATOR))
}

fn flagged(severity: Severity, automated: bool) -> Flagged {
    Flagged {
        said_in: SaidIn::Thread(ThreadId(id(THREAD))),
        severity,
        automated,
    }
}

/// An exchange whose message 1 was flagged, and then this of its case.
fn and_of_the_case(events: Vec<CaseEvent>) -> Given {
    let flag = Verdict {
        action: Action::Flag,
        severity: Severity::High,
        injection_categories: vec!["leetspeak".to_owned()],
        policy: "p1".to_owned(),
        ..Verdict::default()
    };
    let story = exchange().into_iter().chain([judged(2, Some(1), flag)]);
    let of_thread = story.map(|event| (thread(), Event::Thread(event)));
    let of_case = events
        .into_iter()
        .map(|event| (text(1), Event::Case(event)));
    given(happened(of_thread.chain(of_case)))
}

fn opened() -> CaseEvent {
    CaseEvent::Opened(flagged(Severity::High, true))
}

fn claimed(until: i64) -> CaseEvent {
    let by = moderator();
    CaseEvent::Claimed { by, until }
}

fn decided(decision: Decision, instead_of: Option<Decision>) -> CaseEvent {
    CaseEvent::Decided {
        by: moderator(),
        decision,
        instead_of,
        flagged: flagged(Severity::High, true),
        reason: "seen".to_owned(),
        policy: Some("house-3".to_owned()),
        restricts: None,
        frees: None,
    }
}

fn overturned(undone: Decision) -> CaseEvent {
    CaseEvent::Overturned {
        by: moderator(),
        undone,
        flagged: flagged(Severity::High, true),
        reason: "no".to_owned(),
        frees: None,
    }
}

/// The events of the exchange come first.
const FLAGGED: i64 = 4;

fn at(nth: i64) -> i64 {
    BEGINNING + nth * 1_000_000
}

fn row() -> CaseRow {
    CaseRow {
        case: text(1),
        thread: Some(thread()),
        completion: None,
        stage: Some("input".to_owned()),
        severity: "high".to_owned(),
        rank: 3,
        automated: true,
        categories: r#"["leetspeak"]"#.to_owned(),
        action_taken: "flag".to_owned(),
        findings: "[]".to_owned(),
        judged_by: "p1".to_owned(),
        opened: at(FLAGGED),
        state: CaseState::Open,
        claimed_by: None,
        claim_expires: None,
        decision: None,
        decided_by: None,
        decided: None,
        reason: None,
        policy: None,
        decisions: 0,
        overturned: 0,
        reports: "[]".to_owned(),
        comments: "[]".to_owned(),
        appeal: None,
    }
}

#[test]
fn a_flagged_message_is_a_case_at_once_and_a_harmless_one_none() {
    and_of_the_case(vec![]).shows::<Cases>(&[row()]);
    and_of_the_case(vec![opened()]).shows::<Cases>(&[row()]);
    and_then([judged(2, Some(1), Verdict::default())]).shows::<Cases>(&[]);
}

#[test]
fn what_came_with_a_wish_for_another_answer_is_a_case_by_an_id_of_its_turns() {
    let wish = CaseRow {
        case: TurnId(id(9)).wish().to_string(),
        categories: r#"["pii_credit_card","pii_email"]"#.to_owned(),
        action_taken: "redact".to_owned(),
        judged_by: String::new(),
        ..row()
    };
    let of_it = Some(TurnId(id(9)).wish().0.as_u128());
    and_then([judged(9, of_it, card())]).shows::<Cases>(&[wish]);
    and_then([judged(9, of_it, Verdict::default())]).shows::<Cases>(&[]);
    // Of what was not kept there is nothing to decide about, and nothing that could expire.
    and_then([judged(9, None, card())]).shows::<Cases>(&[]);
}

#[test]
fn a_case_is_claimed_given_back_and_decided() {
    let held = CaseRow {
        state: CaseState::Claimed,
        claimed_by: Some(text(MODERATOR)),
        claim_expires: Some(77),
        ..row()
    };
    and_of_the_case(vec![opened(), claimed(77)]).shows::<Cases>(&[held]);
    let released = CaseEvent::Released { by: moderator() };
    and_of_the_case(vec![opened(), claimed(77), released]).shows::<Cases>(&[row()]);
    let done = CaseRow {
        state: CaseState::Decided,
        decision: Some("confirm".to_owned()),
        decided_by: Some(text(MODERATOR)),
        decided: Some(at(FLAGGED + 3)),
        reason: Some("seen".to_owned()),
        policy: Some("house-3".to_owned()),
        decisions: 1,
        ..row()
    };
    let events = vec![opened(), claimed(77), decided(Decision::Confirm, None)];
    and_of_the_case(events).shows::<Cases>(&[done]);
}

#[test]
fn an_overturned_decision_leaves_the_case_open() {
    let events = vec![
        opened(),
        decided(Decision::Dismiss, None),
        overturned(Decision::Dismiss),
    ];
    and_of_the_case(events).shows::<Cases>(&[CaseRow {
        decisions: 1,
        overturned: 1,
        ..row()
    }]);
}

#[test]
fn what_only_people_have_flagged_is_a_case_too() {
    let report = CaseEvent::Reported {
        by: moderator(),
        category: "spam".to_owned(),
        comment: None,
    };
    let opened = CaseEvent::Opened(flagged(Severity::Low, false));
    let of_case = [opened, report].map(|event| (text(1), Event::Case(event)));
    let rows = given(happened(of_case)).rows::<Cases>();
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].automated);
    assert_eq!((rows[0].severity.as_str(), rows[0].rank), ("low", 1));
    assert!(rows[0].reports.contains("spam"), "{}", rows[0].reports);
}

#[test]
fn an_appeal_waits_for_another_decision_even_while_somebody_works_on_it() {
    let appeal = CaseEvent::Appealed {
        by: UserId(id(OWNER)),
        text: "no".to_owned(),
    };
    let events = vec![
        opened(),
        decided(Decision::Confirm, None),
        appeal,
        claimed(99),
    ];
    let rows = and_of_the_case(events).rows::<Cases>();
    assert_eq!(rows[0].state, CaseState::Appealed);
    assert_eq!(rows[0].claim_expires, Some(99));
    assert_eq!(rows[0].appeal.as_deref(), Some("no"));
}

#[test]
fn an_erasure_takes_the_cases_and_what_comes_late_brings_none_back() {
    let comment = CaseEvent::Commented {
        by: moderator(),
        text: "hm".to_owned(),
    };
    let story = exchange()
        .into_iter()
        .chain([judged(2, Some(1), card()), ThreadEvent::ErasureRequested {}])
        .map(|event| (thread(), Event::Thread(event)))
        .chain([(text(1), Event::Case(comment))]);
    given(happened(story)).shows::<Cases>(&[]);
}

fn thread_of(events: Vec<CaseEvent>) -> ThreadRow {
    let mut rows = and_of_the_case(events).rows::<ThreadList>();
    rows.pop().unwrap()
}

#[test]
fn a_dismissed_flag_counts_no_more_and_an_overturned_dismissal_counts_it_again() {
    assert!(thread_of(vec![]).is_flagged);
    let dismissed = vec![opened(), decided(Decision::Dismiss, None)];
    let row = thread_of(dismissed.clone());
    assert!(!row.is_flagged);
    assert_eq!(row.max_severity, "none");
    assert_eq!(row.modified, at(FLAGGED + 2), "its flags have changed");
    let again = [dismissed, vec![overturned(Decision::Dismiss)]].concat();
    let row = thread_of(again);
    assert_eq!((row.is_flagged, row.max_severity.as_str()), (true, "high"));
    assert_eq!(row.modified, at(FLAGGED + 3));
}

#[test]
fn a_decision_that_leaves_the_flags_as_they_are_is_no_change() {
    let before = thread_of(vec![]).modified;
    for events in [
        vec![opened(), claimed(77)],
        vec![opened(), decided(Decision::Confirm, None)],
    ] {
        assert_eq!(thread_of(events).modified, before);
    }
    // Another message is flagged as badly.
    let events = vec![opened(), decided(Decision::Dismiss, None)];
    let again = Verdict {
        action: Action::Flag,
        severity: Severity::High,
        ..Verdict::default()
    };
    let story = exchange()
        .into_iter()
        .chain([judged(2, Some(1), again.clone()), judged(2, Some(2), again)])
        .map(|event| (thread(), Event::Thread(event)));
    let of_case = events
        .into_iter()
        .map(|event| (text(1), Event::Case(event)));
    let rows = given(happened(story.chain(of_case))).rows::<ThreadList>();
    assert_eq!(rows[0].flags, "0 0 0 1 0");
    assert_eq!(rows[0].modified, at(FLAGGED + 1));
}

#[test]
fn another_decision_takes_the_place_of_the_first() {
    let events = vec![
        opened(),
        decided(Decision::Confirm, None),
        decided(Decision::Dismiss, Some(Decision::Confirm)),
    ];
    assert!(!thread_of(events).is_flagged);
}

#[test]
fn a_report_flags_the_thread_once_it_is_confirmed() {
    let reported = flagged(Severity::Low, false);
    let confirmed = CaseEvent::Decided {
        by: moderator(),
        decision: Decision::Confirm,
        instead_of: None,
        flagged: reported,
        reason: "yes".to_owned(),
        policy: None,
        restricts: None,
        frees: None,
    };
    let story = exchange()
        .into_iter()
        .map(|event| (thread(), Event::Thread(event)));
    let of_case =
        [CaseEvent::Opened(reported), confirmed].map(|event| (text(1), Event::Case(event)));
    let told = happened(story.chain(of_case));
    assert!(!given(told[..5].to_vec()).rows::<ThreadList>()[0].is_flagged);
    let row = given(told).rows::<ThreadList>().pop().unwrap();
    assert_eq!((row.is_flagged, row.max_severity.as_str()), (true, "low"));
}

const COMPLETION: CompletionId = CompletionId(id(0xc1));

/// Of a completion, what moderation said of two messages and of the answer.
fn of_a_completion(asked: Option<u32>) -> Vec<(String, Event)> {
    let flag = |severity| Verdict {
        action: Action::Flag,
        severity,
        policy: "p1".to_owned(),
        ..Verdict::default()
    };
    let said = |stage, verdicts, asked| CompletionVerdict {
        stage,
        verdicts,
        asked,
        warning: None,
        refusal: None,
    };
    let question = vec![flag(Severity::Critical), Verdict::default()];
    [
        said(Stage::Input, question, asked),
        said(Stage::Output, vec![flag(Severity::Medium)], None),
    ]
    .map(|on| {
        let event = Event::Completion(CompletionEvent::VerdictRecorded(on));
        (COMPLETION.to_string(), event)
    })
    .to_vec()
}

fn cases_of(told: Vec<(String, Event)>) -> Vec<(String, String, Option<String>)> {
    let rows = given(happened(told)).rows::<Cases>();
    assert!(rows.iter().all(|row| row.thread.is_none()));
    assert!(
        rows.iter()
            .all(|row| row.said_in() == Some(SaidIn::Completion(COMPLETION)))
    );
    let told = rows
        .into_iter()
        .map(|row| (row.case, row.severity, row.stage));
    told.collect()
}

#[test]
fn a_completions_question_is_a_case_and_its_answer_another() {
    let answer = (
        COMPLETION.turn().answer().to_string(),
        "medium".to_owned(),
        Some("output".to_owned()),
    );
    let question = (
        COMPLETION.question().to_string(),
        "critical".to_owned(),
        Some("input".to_owned()),
    );
    let both = cases_of(of_a_completion(Some(0)));
    assert_eq!(both.len(), 2);
    assert!(both.contains(&answer) && both.contains(&question));
    // What went before it was judged when it was said.
    for asked in [Some(1), None] {
        assert_eq!(
            cases_of(of_a_completion(asked)),
            std::slice::from_ref(&answer)
        );
    }
}

#[test]
fn a_completions_case_goes_with_it_and_does_not_come_back() {
    let mut told = of_a_completion(Some(0));
    let erased = Event::Completion(CompletionEvent::Erased {});
    told.push((COMPLETION.to_string(), erased));
    let opened = CaseEvent::Opened(Flagged {
        said_in: SaidIn::Completion(COMPLETION),
        severity: Severity::Critical,
        automated: true,
    });
    told.push((COMPLETION.question().to_string(), Event::Case(opened)));
    assert!(cases_of(told).is_empty());
}
