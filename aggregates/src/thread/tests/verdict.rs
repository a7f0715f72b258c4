//! Verdicts: beside what they judge, and what a refusal means.

use super::{phrases::*, reply::ENDINGS};
use crate::{
    thread::{SendMessage, StopReason, ThreadCommand, ThreadEvent, TurnPolicy},
    verdict::{Action, Judged, Severity, Verdict},
};

#[test]
fn a_message_is_kept_with_its_verdict_before_anybody_is_asked() {
    given([opened()]).when(send_judged(1, redacted())).then([
        sent(1),
        judged(1, redacted()),
        started(2),
    ]);
}

#[test]
fn a_message_nobody_judged_is_kept_without_a_verdict() {
    given([opened()]).when(send(1)).then([sent(1), started(2)]);
}

#[test]
fn a_blocked_message_is_refused_and_nobody_is_asked() {
    let thread = given([opened()])
        .when(send_judged(1, blocked()))
        .then([vec![sent(1), judged(1, blocked())], refused(2)].concat())
        .state();
    assert!(thread.open_turn().is_none());
    assert_eq!((thread.next_index(), thread.message_count()), (3, 2));
}

#[test]
fn a_blocked_message_opens_its_thread_too() {
    let ThreadCommand::Send(send) = send_opening(1, TurnPolicy::Queue) else {
        unreachable!("it sends")
    };
    given([])
        .when(ThreadCommand::Send(SendMessage {
            judged: Some(blocked()),
            ..send
        }))
        .then([vec![opened(), sent(1), judged(1, blocked())], refused(2)].concat());
}

#[test]
fn a_conversation_goes_on_after_a_refusal() {
    let refusal = [vec![opened(), sent(1), judged(1, blocked())], refused(2)].concat();
    given(refusal).when(send(3)).then([sent(3), started(4)]);
}

#[test]
fn a_blocked_message_waits_for_the_running_reply_and_is_refused_then() {
    given([opened(), sent(1), started(2)])
        .when(send_judged(3, blocked()))
        .then([sent(3), judged(3, blocked())])
        .when(complete(2))
        .then([vec![completed(2)], refused(4)].concat());
}

#[test]
fn refusals_that_wait_do_not_hold_up_who_waits_behind_them() {
    let waiting = [
        opened(),
        sent(1),
        started(2),
        sent(3),
        judged(3, blocked()),
        sent(5),
        judged(5, blocked()),
        sent(7),
        sent(9),
    ];
    let thread = given(waiting.clone()).state();
    assert_eq!(thread.next_turn().map(|next| next.turn), Some(turn(8)));
    given(waiting)
        .when(complete(2))
        .then([vec![completed(2)], refused(4), refused(6), vec![started(8)]].concat())
        .when(complete(8))
        .then([completed(8), started(10)]);
}

#[test]
fn an_edit_that_is_blocked_takes_the_place_of_what_it_edits() {
    let edit = ThreadCommand::Edit {
        target: message(1),
        send: SendMessage {
            judged: Some(blocked()),
            ..send_message(11)
        },
    };
    given(conversation(1)).when(edit.clone()).then(
        [
            vec![edited(11, 1, 1), judged(11, blocked())],
            refused_again(12, 11, 2, Some(2)),
        ]
        .concat(),
    );
    given([opened(), sent(1), started(2)])
        .when(edit)
        .then([edited(11, 1, 1), judged(11, blocked()), superseded(2)])
        .when(ThreadCommand::StopReply(reply_end(2), None, context()))
        .then(
            [
                vec![ThreadEvent::ReplyStopped(reply_end(2))],
                refused_again(12, 11, 2, Some(2)),
            ]
            .concat(),
        );
}

#[test]
fn what_comes_with_a_wish_for_another_answer_is_judged_under_an_id_of_its_own_where_it_is_kept() {
    let reload = |said: Option<&str>, judged| {
        let ThreadCommand::Reload {
            turn,
            route,
            options,
            context,
            ..
        } = reload(12)
        else {
            unreachable!("it reloads")
        };
        ThreadCommand::Reload {
            turn,
            route,
            options,
            context,
            said: said.map(str::to_owned),
            judged: Some(judged),
        }
    };
    let requested = |words: Option<&str>| {
        let mut requested = reload_requested(12, 1, 2);
        if let ThreadEvent::ReloadRequested { said, .. } = &mut requested {
            *said = words.map(str::to_owned);
        }
        requested
    };
    let verdict = |on, judged| ThreadEvent::VerdictRecorded(judgement(12, on, judged));
    let words = Some("in other words");
    let wish = Some(turn(12).wish());
    given(conversation(1))
        .when(reload(words, redacted()))
        .then([
            requested(words),
            verdict(wish, redacted()),
            again(12, 1, 2, Some(2)),
        ]);
    given(conversation(1)).when(reload(None, blocked())).then(
        [
            vec![requested(None), verdict(None, blocked())],
            refused_again(12, 1, 2, Some(2)),
        ]
        .concat(),
    );
}

#[test]
fn an_answer_ends_with_its_verdict_however_it_ends() {
    let verdict = Verdict {
        pii_categories: vec!["pii_email".to_owned()],
        ..Verdict::default()
    };
    for (command, event) in ENDINGS {
        given([opened(), sent(1), started(2), sent(3)])
            .when(command(reply_end(2), Some(verdict.clone()), context()))
            .then([
                event(reply_end(2)),
                answer_judged(2, verdict.clone()),
                started(4),
            ]);
    }
}

#[test]
fn nothing_is_said_of_an_answer_that_was_erased() {
    let erased = [
        opened(),
        sent(1),
        started(2),
        stopping(2, StopReason::Erased),
        ThreadEvent::ErasureRequested {},
    ];
    let events = given(erased)
        .when(ThreadCommand::StopReply(
            reply_end(2),
            Some(redacted().verdict),
            context(),
        ))
        .decided();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].name(), "reply.stopped");
}

#[test]
fn models_are_kept_from_what_was_blocked_and_from_serious_injections() {
    let verdict = |action, severity, injection: bool| Verdict {
        action,
        severity,
        injection_categories: Vec::from_iter(injection.then(|| "leetspeak".to_owned())),
        ..Verdict::default()
    };
    for (verdict, kept) in [
        (verdict(Action::Allow, Severity::None, false), false),
        (verdict(Action::Flag, Severity::Low, true), false),
        (verdict(Action::Flag, Severity::Medium, true), true),
        (verdict(Action::Redact, Severity::High, false), false),
        (verdict(Action::Block, Severity::Critical, false), true),
        (Verdict::exempt(), false),
    ] {
        assert_eq!(verdict.keeps_from_models(), kept, "{verdict:?}");
        assert_eq!(verdict.is_flagged(), verdict.action != Action::Allow);
    }
}

#[test]
fn a_turn_that_waits_in_an_older_snapshot_is_not_refused() {
    let thread = given([
        opened(),
        sent(1),
        started(2),
        sent(3),
        judged(3, Judged::default()),
    ])
    .state();
    let snapshot = serde_json::to_string(&thread).unwrap();
    assert!(!snapshot.contains("refusal"), "{snapshot}");
    assert_eq!(
        serde_json::from_str::<crate::thread::Thread>(&snapshot).unwrap(),
        thread
    );
}
