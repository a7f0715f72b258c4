//! What has expired is blank in every view, and a view that is made anew from what is left is the same.

use aggregates::{
    MessageId, ThreadId, content_of, stays,
    thread::{Expired, ThreadEvent},
    verdict::{Action, Severity, Verdict},
};
use projections::{
    Cases, Conversations, Event, Names, Projection, Search, ThreadList, Transcript, TranscriptRow,
    testing::{Given, given, happened},
};
use proptest::prelude::*;
use serde_json::Value;

use super::story::*;
use crate::histories::history;

fn expired(through: u64, messages: &[u128]) -> ThreadEvent {
    ThreadEvent::ContentExpired(Expired {
        before: 20_000,
        through,
        messages: messages.iter().map(|n| MessageId(id(*n))).collect(),
    })
}

fn row(given: &Given, n: u128) -> TranscriptRow {
    let rows = given.rows::<Transcript>();
    rows.into_iter().find(|row| row.message == text(n)).unwrap()
}

#[test]
fn an_expired_message_says_nothing_and_keeps_everything_else() {
    let before = and_then([]);
    let after = and_then([expired(4, &[1, 2])]);
    for n in [1, 2] {
        let (old, new) = (row(&before, n), row(&after, n));
        assert!(!old.expired && new.expired);
        assert_eq!((new.text.as_str(), new.length), ("", 0));
        let kept = TranscriptRow {
            text: old.text.clone(),
            length: old.length,
            expired: false,
            position: old.position,
            ..new
        };
        assert_eq!(kept, old);
    }
    assert!(
        after
            .rows::<Search>()
            .iter()
            .all(|row| row.words.is_empty())
    );
}

#[test]
fn what_was_said_since_stays() {
    let after = and_then([
        sent(3, 3, "And now?"),
        started(4, 4),
        completed(4, "Now!"),
        expired(4, &[1, 2]),
    ]);
    assert_eq!(row(&after, 3).text, "And now?");
    assert_eq!(row(&after, 4).text, "Now!");
    let found = after.rows::<Search>();
    let found = found.iter().filter(|row| !row.words.is_empty());
    assert_eq!(found.count(), 2);
    let conversation = after.rows::<Conversations>().pop().unwrap();
    assert_eq!(conversation.first_user_text, None);
    assert_eq!(conversation.message_count, None, "it has to be counted");
}

#[test]
fn what_an_old_message_says_since_a_moderator_changed_it_stays() {
    let redacted = ThreadEvent::MessageRedacted {
        message: MessageId(id(1)),
        index: 1,
        newest: true,
        text: "[taken away]".to_owned(),
    };
    let after = and_then([redacted, expired(4, &[1, 2])]);
    assert_eq!(row(&after, 1).text, "[taken away]");
    assert!(!row(&after, 1).expired && row(&after, 2).expired);
    let conversation = after.rows::<Conversations>().pop().unwrap();
    assert_eq!(
        conversation.first_user_text.as_deref(),
        Some("[taken away]")
    );
}

#[test]
fn a_name_goes_with_the_day_it_was_given() {
    let rename = || ThreadEvent::Renamed {
        name: "Tea".to_owned(),
        generated: false,
    };
    for (events, name) in [
        (vec![rename(), expired(5, &[1, 2])], None),
        (vec![rename(), expired(4, &[1, 2])], Some("Tea")),
        (vec![rename(), expired(5, &[1, 2]), rename()], Some("Tea")),
    ] {
        let given = and_then(events);
        let conversation = given.rows::<Conversations>().pop().unwrap();
        assert_eq!(conversation.name.as_deref(), name);
        let listed = given.rows::<ThreadList>().pop().unwrap();
        assert_eq!(listed.name.as_deref(), name);
        assert_eq!(listed.title(), name.unwrap_or("New chat"));
        assert_eq!(listed.name_key, name.unwrap_or("New chat").to_lowercase());
    }
}

#[test]
fn an_answer_that_was_broken_off_stays_where_it_was_when_it_has_expired() {
    let stopped = ThreadEvent::ReplyStopped(end(2, "Gre"));
    let before = story([opened(), sent(1, 1, "Tea?"), started(2, 2), stopped.clone()]);
    assert!(row(&before, 2).shown);
    let after = story([
        opened(),
        sent(1, 1, "Tea?"),
        started(2, 2),
        stopped,
        expired(4, &[1, 2]),
    ]);
    let row = row(&after, 2);
    assert!(row.expired && row.shown && row.text.is_empty());
}

#[test]
fn the_case_on_a_message_that_has_expired_is_in_no_queue_though_nobody_has_opened_it() {
    let flag = || Verdict {
        action: Action::Flag,
        severity: Severity::High,
        ..Verdict::default()
    };
    let events = |expired: Option<ThreadEvent>| {
        and_then([judged(2, Some(1), flag())].into_iter().chain(expired))
    };
    assert_eq!(events(None).rows::<Cases>().len(), 1);
    assert_eq!(events(Some(expired(4, &[2]))).rows::<Cases>().len(), 1);
    assert_eq!(events(Some(expired(4, &[1, 2]))).rows::<Cases>().len(), 0);
}

#[test]
fn a_thread_is_not_kept_from_its_owner_for_a_message_that_has_expired() {
    let hidden = |n| ThreadEvent::Hidden {
        message: MessageId(id(n)),
    };
    for (events, is_hidden) in [
        (vec![hidden(1), expired(4, &[1, 2])], false),
        (vec![hidden(1), hidden(3), expired(4, &[1, 2])], true),
    ] {
        let given = and_then(events);
        let conversation = given.rows::<Conversations>().pop().unwrap();
        assert_eq!(conversation.hidden_for.is_some(), is_hidden);
        let listed = given.rows::<ThreadList>().pop().unwrap();
        assert_eq!(listed.hidden_for.is_some(), is_hidden);
    }
}

#[test]
fn what_was_looked_up_is_shown_no_more() {
    let given = story([
        opened(),
        sent(1, 1, "Tea?"),
        started(2, 2),
        called(2, 1, "tea colours"),
        answered(2, 1),
        completed(2, "Green."),
        expired(6, &[1, 2]),
    ]);
    let lookups = row(&given, 2).lookups();
    assert_eq!(lookups.len(), 1);
    assert_eq!(lookups[0].label, "");
}

/// The event as it is read when the key of its day is gone.
fn forgotten(event: &ThreadEvent) -> ThreadEvent {
    let mut value = serde_json::to_value(event).unwrap();
    let paths = content_of("thread", event.name()).iter();
    for path in paths.filter(|path| !stays("thread", event.name(), path)) {
        blank(
            &mut value[event.name()],
            &path.split('.').collect::<Vec<_>>(),
        );
    }
    serde_json::from_value(value).unwrap()
}

fn blank(value: &mut Value, path: &[&str]) {
    match (value, path) {
        (value @ Value::String(_), []) => *value = Value::from(""),
        (Value::Array(items), ["*", rest @ ..]) => {
            items.iter_mut().for_each(|item| blank(item, rest));
        }
        (Value::Object(fields), [name, rest @ ..]) => {
            if let Some(field) = fields.get_mut(*name) {
                blank(field, rest);
            }
        }
        _ => {}
    }
}

/// The messages that these events say something of.
fn said(events: &[ThreadEvent]) -> Vec<MessageId> {
    let mut said = vec![];
    for event in events {
        match event {
            ThreadEvent::MessageSent(sent) => said.push(sent.message),
            ThreadEvent::ReplyCompleted(end)
            | ThreadEvent::ReplyFailed(end)
            | ThreadEvent::ReplyStopped(end)
            | ThreadEvent::ReplyInterrupted(end) => said.push(end.turn.answer()),
            ThreadEvent::ErasureRequested {} => said.clear(),
            _ => {}
        }
    }
    said
}

fn told(thread: ThreadId, events: &[ThreadEvent]) -> Given {
    let of = |event: &ThreadEvent| (thread.to_string(), Event::Thread(event.clone()));
    given(happened(events.iter().map(of)))
}

/// The same rows, whether the texts went while they were there or had gone before.
fn same<P: Projection<Row: PartialEq + std::fmt::Debug>>(live: &Given, anew: &Given) {
    assert_eq!(live.rows::<P>(), anew.rows::<P>());
}

proptest! {
    #[test]
    fn views_that_are_made_anew_are_the_same(
        numbers in prop::collection::vec(any::<u32>(), 1..60),
        (through, at) in (0.0..1.0, 0.0..1.0),
    ) {
        let mut of_one: Option<ThreadId> = None;
        let mut events = vec![];
        for (thread, happened) in history(&numbers) {
            if *of_one.get_or_insert(thread) == thread {
                events.extend(happened);
            }
        }
        let Some(thread) = of_one else { return Ok(()) };
        let place = |part: f64, of: usize| (part * (of + 1) as f64) as usize;
        let through = place(through, events.len()).min(events.len());
        let at = (through + place(at, events.len() - through)).min(events.len());
        let expired = ThreadEvent::ContentExpired(Expired {
            before: 20_000,
            through: through as u64,
            messages: said(&events[..through]),
        });
        events.insert(at, expired);
        let mut left: Vec<_> = events[..through].iter().map(forgotten).collect();
        left.extend_from_slice(&events[through..]);
        let (live, anew) = (told(thread, &events), told(thread, &left));
        same::<Transcript>(&live, &anew);
        same::<Conversations>(&live, &anew);
        same::<ThreadList>(&live, &anew);
        same::<Names>(&live, &anew);
        same::<Search>(&live, &anew);
    }
}
