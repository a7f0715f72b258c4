//! Review: a decision is noted, and what follows from it, and it can be undone.

use super::phrases::*;
use crate::{
    case::Decision,
    ids::{MessageId, UserId},
    thread::{Refusal, Review, Ruling, Said, StopReason, ThreadCommand, ThreadEvent},
};

const REDACTED: &str = "[Redacted by a moderator]";

fn moderator() -> UserId {
    UserId(message(99).0)
}

fn said(index: u64) -> Said {
    Said {
        index,
        newest: true,
        text: format!("text {index}"),
        reasoning: None,
    }
}

fn review(number: u64, ruling: Ruling) -> ThreadCommand {
    ThreadCommand::Review(Review {
        message: message(number),
        by: moderator(),
        ruling,
        said: said(number),
    })
}

fn decide(number: u64, decision: Decision, instead_of: Option<Decision>) -> ThreadCommand {
    let ruling = Ruling::Decided {
        decision,
        instead_of,
        reason: "Rude.".to_owned(),
        policy: None,
    };
    review(number, ruling)
}

fn overturn(number: u64, undone: Decision) -> ThreadCommand {
    let reason = "No.".to_owned();
    review(number, Ruling::Overturned { undone, reason })
}

fn decided(number: u64, decision: Decision, instead_of: Option<Decision>) -> ThreadEvent {
    ThreadEvent::DecisionRecorded {
        message: message(number),
        by: moderator(),
        decision,
        instead_of,
        reason: "Rude.".to_owned(),
        policy: None,
    }
}

fn overturned(number: u64, undone: Decision) -> ThreadEvent {
    ThreadEvent::DecisionOverturned {
        message: message(number),
        by: moderator(),
        undone,
        reason: "No.".to_owned(),
    }
}

fn redacted(number: u64) -> ThreadEvent {
    ThreadEvent::MessageRedacted {
        message: message(number),
        index: number,
        newest: true,
        text: REDACTED.to_owned(),
    }
}

fn restored(number: u64) -> ThreadEvent {
    ThreadEvent::MessageRestored {
        message: message(number),
        index: number,
        newest: true,
        text: format!("text {number}"),
        reasoning: None,
    }
}

fn hidden(message: MessageId) -> ThreadEvent {
    ThreadEvent::Hidden { message }
}

fn unhidden(message: MessageId) -> ThreadEvent {
    ThreadEvent::Unhidden { message }
}

fn named(name: &str, generated: bool) -> ThreadEvent {
    ThreadEvent::Renamed {
        name: name.to_owned(),
        generated,
    }
}

#[test]
fn a_decision_without_effect_is_noted_alone() {
    given(conversation(1))
        .when(decide(1, Decision::Confirm, None))
        .then([decided(1, Decision::Confirm, None)])
        .when(overturn(1, Decision::Confirm))
        .then([overturned(1, Decision::Confirm)]);
    given([])
        .when(decide(1, Decision::Confirm, None))
        .then_refused(Refusal::NotOpen);
}

#[test]
fn a_redaction_is_made_and_undone() {
    given(conversation(2))
        .when(decide(3, Decision::Redact, None))
        .then([
            decided(3, Decision::Redact, None),
            redacted(3),
            ThreadEvent::Unnamed {},
        ])
        .when(overturn(3, Decision::Redact))
        .then([overturned(3, Decision::Redact), restored(3)]);
}

#[test]
fn a_generated_name_goes_with_what_it_was_made_from() {
    let redact = |number| decide(number, Decision::Redact, None);
    let decided = |number| decided(number, Decision::Redact, None);
    let rename = |name: &str, generated| ThreadCommand::Rename {
        name: name.to_owned(),
        generated,
    };
    given(conversation(2))
        .when(redact(1))
        .then([decided(1), redacted(1), ThreadEvent::Unnamed {}])
        .when(rename("About a secret", true))
        .then_nothing()
        .when(redact(3))
        .then([decided(3), redacted(3)])
        .when(rename("Mine", false))
        .then([named("Mine", false)]);
    let titled = [conversation(2), vec![named("About a secret", true)]].concat();
    given(titled.clone())
        .when(redact(2))
        .then([decided(2), redacted(2), ThreadEvent::Unnamed {}]);
    given(titled)
        .when(redact(3))
        .then([decided(3), redacted(3), ThreadEvent::Unnamed {}]);
    let named = [conversation(1), vec![named("Mine", false)]].concat();
    given(named).when(redact(1)).then([decided(1), redacted(1)]);
}

#[test]
fn a_hidden_thread_takes_nothing_more_from_its_owner() {
    let hide = |number| decide(number, Decision::HideThread, None);
    let history = [opened(), sent(1), started(2)];
    let thread = given(history)
        .when(hide(1))
        .then([
            decided(1, Decision::HideThread, None),
            hidden(message(1)),
            stopping(2, StopReason::Hidden),
        ])
        .when(complete(2))
        .then([completed(2)])
        .state();
    assert!(thread.is_kept_from_its_owner());
    // What waits for its answer gets none.
    given([opened(), sent(1), started(2), sent(3)])
        .when(hide(1))
        .then([
            decided(1, Decision::HideThread, None),
            hidden(message(1)),
            stopping(2, StopReason::Hidden),
        ])
        .when(complete(2))
        .then([completed(2)]);
    let history = [conversation(1), vec![hidden(message(1))]].concat();
    let rename = ThreadCommand::Rename {
        name: "Mine".to_owned(),
        generated: false,
    };
    for refused in [send(3), edit(1, 3), reload(4), truncate(2, 3), rename] {
        given(history.clone())
            .when(refused)
            .then_refused(Refusal::Hidden);
    }
    given(history).when(ThreadCommand::RequestErasure).decided();
}

#[test]
fn what_is_hidden_for_two_messages_is_shown_when_neither_hides_it() {
    let hide = |number| decide(number, Decision::HideThread, None);
    let thread = given([conversation(2), vec![hidden(message(1))]].concat())
        .when(hide(1))
        .then([decided(1, Decision::HideThread, None)])
        .when(hide(3))
        .then([decided(3, Decision::HideThread, None), hidden(message(3))])
        .when(overturn(1, Decision::HideThread))
        .then([overturned(1, Decision::HideThread), unhidden(message(1))])
        .state();
    assert!(thread.is_kept_from_its_owner());
    given([conversation(2), vec![hidden(message(3))]].concat())
        .when(overturn(3, Decision::HideThread))
        .then([overturned(3, Decision::HideThread), unhidden(message(3))])
        .when(send(5))
        .then([sent(5), started(6)]);
}

#[test]
fn a_decision_that_takes_the_place_of_another_undoes_it() {
    let before = Some(Decision::Redact);
    let history = [conversation(2), vec![redacted(3)]].concat();
    given(history.clone())
        .when(decide(3, Decision::HideThread, before))
        .then([
            decided(3, Decision::HideThread, before),
            restored(3),
            hidden(message(3)),
        ])
        .when(decide(3, Decision::Dismiss, Some(Decision::HideThread)))
        .then([
            decided(3, Decision::Dismiss, Some(Decision::HideThread)),
            unhidden(message(3)),
        ]);
    given(history)
        .when(decide(3, Decision::Redact, before))
        .then([decided(3, Decision::Redact, before)]);
}
