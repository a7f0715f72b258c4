//! `thread_list`.

use aggregates::{
    thread::ThreadEvent,
    verdict::{Action, Severity, Verdict},
};
use projections::{ThreadList, ThreadRow, testing::BEGINNING};

use super::story::*;

fn listed() -> ThreadRow {
    ThreadRow {
        thread: thread(),
        owner: text(OWNER),
        dialect: "assistant".to_owned(),
        name: None,
        name_said: 1,
        name_key: "new chat".to_owned(),
        created: BEGINNING,
        modified: BEGINNING + 3_000_000,
        is_archived: false,
        message_count: 2,
        is_flagged: false,
        max_severity: "none".to_owned(),
        flags: String::new(),
        erased: false,
        hidden_for: None,
        answering: None,
    }
}

#[test]
fn a_thread_is_listed() {
    story(exchange()).shows::<ThreadList>(&[listed()]);
}

#[test]
fn replaced_messages_count_too() {
    and_then([
        edited(3, 1, "Hello, you?", 1),
        started_again(4, 2, 3, 2),
        completed(4, "Hello, me!"),
    ])
    .shows::<ThreadList>(&[ThreadRow {
        message_count: 4,
        modified: BEGINNING + 6_000_000,
        ..listed()
    }]);
}

#[test]
fn an_answer_counts_once_it_has_ended() {
    story([opened(), sent(1, 1, "Hello?"), started(2, 2)]).shows::<ThreadList>(&[ThreadRow {
        message_count: 1,
        modified: BEGINNING + 2_000_000,
        answering: Some(text(2)),
        ..listed()
    }]);
    for end in [failed(2, ""), stopped(2, "Hel"), interrupted(2, "Hel")] {
        story([opened(), sent(1, 1, "Hello?"), started(2, 2), end])
            .shows::<ThreadList>(&[listed()]);
    }
}

#[test]
fn an_answer_that_ends_after_an_erasure_counts_nowhere() {
    let erased = [
        opened(),
        sent(1, 1, "Hello?"),
        started(2, 2),
        ThreadEvent::ErasureRequested {},
    ];
    let opened_again = [opened(), stopped(2, "Hel")];
    story(erased.into_iter().chain(opened_again)).shows::<ThreadList>(&[ThreadRow {
        message_count: 0,
        name_said: 5,
        created: BEGINNING + 4_000_000,
        modified: BEGINNING + 5_000_000,
        ..listed()
    }]);
}

#[test]
fn an_erased_thread_stays_without_its_name() {
    let rename = ThreadEvent::Renamed {
        name: "Secret".to_owned(),
        generated: false,
    };
    and_then([rename, ThreadEvent::ErasureRequested {}]).shows::<ThreadList>(&[ThreadRow {
        message_count: 0,
        name_said: 6,
        modified: BEGINNING + 5_000_000,
        erased: true,
        ..listed()
    }]);
}

#[test]
fn a_generated_name_is_no_change_and_a_persons_is() {
    let renamed = |generated| ThreadEvent::Renamed {
        name: "Žluťoučký KŮŇ".to_owned(),
        generated,
    };
    let named = ThreadRow {
        name: Some("Žluťoučký KŮŇ".to_owned()),
        name_said: 5,
        name_key: "žluťoučký kůň".to_owned(),
        ..listed()
    };
    and_then([renamed(true)]).shows::<ThreadList>(std::slice::from_ref(&named));
    and_then([renamed(false)]).shows::<ThreadList>(&[ThreadRow {
        modified: BEGINNING + 4_000_000,
        ..named
    }]);
    and_then([renamed(true), ThreadEvent::Unnamed {}]).shows::<ThreadList>(&[ThreadRow {
        name_said: 6,
        ..listed()
    }]);
}

#[test]
fn a_thread_is_as_bad_as_the_worst_that_was_ever_said_in_it() {
    let flagged = |severity| Verdict {
        action: Action::Flag,
        severity,
        ..Verdict::default()
    };
    and_then([
        judged(2, Some(1), flagged(Severity::High)),
        judged(2, Some(2), flagged(Severity::Low)),
        edited(3, 1, "Hello, you?", 1),
        judged(4, Some(3), Verdict::default()),
    ])
    .shows::<ThreadList>(&[ThreadRow {
        message_count: 3,
        is_flagged: true,
        max_severity: "high".to_owned(),
        flags: "0 1 0 1 0".to_owned(),
        modified: BEGINNING + 6_000_000,
        ..listed()
    }]);
}

#[test]
fn what_comes_with_a_wish_for_another_answer_flags_the_thread_too() {
    and_then([judged(9, None, card())]).shows::<ThreadList>(&[ThreadRow {
        is_flagged: true,
        max_severity: "high".to_owned(),
        flags: "0 0 0 1 0".to_owned(),
        modified: BEGINNING + 4_000_000,
        ..listed()
    }]);
}

#[test]
fn of_an_erased_thread_nothing_bad_is_left() {
    and_then([judged(2, Some(1), card()), ThreadEvent::ErasureRequested {}]).shows::<ThreadList>(
        &[ThreadRow {
            message_count: 0,
            name_said: 6,
            modified: BEGINNING + 5_000_000,
            erased: true,
            ..listed()
        }],
    );
}
