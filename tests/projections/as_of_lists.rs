//! A thread's row in lists, and a case, made again from events up to any position are what the views showed then.

use std::collections::BTreeMap;

use aggregates::{
    MessageId, UserId,
    case::{CaseEvent, Decision, Flagged, SaidIn},
    thread::ThreadEvent,
    verdict::Severity,
};
use colloquy::{
    audit::{Moment, Trail},
    projector::Projector,
    views::Views,
};
use projections::{
    CaseRow, Cases, Definition, Projection, Row, ThreadList, ThreadRow, Transcript, TranscriptRow,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use super::{histories::history, world::*};
use crate::support::databases::TestDatabase;

on_both!(lists_and_cases_at_a_hundred_positions_are_what_was_shown_then);

/// What the views show: threads and cases, by id.
type Shown = (BTreeMap<String, ThreadRow>, BTreeMap<String, CaseRow>);

async fn rows<P: Projection>(views: &Views) -> Vec<P::Row> {
    let table = Definition::of::<P>().table;
    let rows = views.all_rows(&table).await.unwrap();
    let read = rows
        .into_iter()
        .map(|row| P::Row::from_values(row).unwrap());
    read.collect()
}

async fn shown(views: &Views) -> Shown {
    let threads = rows::<ThreadList>(views).await.into_iter();
    let cases = rows::<Cases>(views).await.into_iter();
    (
        threads.map(|row| (row.thread.clone(), row)).collect(),
        cases.map(|row| (row.case.clone(), row)).collect(),
    )
}

/// What somebody does with a case.
fn work(
    message: &TranscriptRow,
    known: Option<&CaseRow>,
    begun: bool,
    number: u32,
) -> Vec<CaseEvent> {
    let by = UserId(Uuid::from_u128(7));
    let severities = [Severity::Low, Severity::High];
    let flagged = Flagged {
        said_in: SaidIn::Thread(message.thread.parse().unwrap()),
        severity: severities[usize::from(message.is_flagged)],
        automated: message.is_flagged,
    };
    let stands = known.and_then(|row| row.decision.as_deref());
    let stands = stands.map(|decision| match decision {
        "dismiss" => Decision::Dismiss,
        _ => Decision::Confirm,
    });
    let words = || "because".to_owned();
    let next = match number % 5 {
        0 => CaseEvent::Reported {
            by,
            category: words(),
            comment: None,
        },
        1 => CaseEvent::Claimed { by, until: 7 },
        2 if stands.is_some() => CaseEvent::Overturned {
            by,
            undone: stands.unwrap(),
            flagged,
            reason: words(),
            frees: None,
        },
        2 => CaseEvent::Commented { by, text: words() },
        decided => CaseEvent::Decided {
            by,
            decision: [Decision::Dismiss, Decision::Confirm][decided as usize - 3],
            instead_of: stands,
            flagged,
            reason: words(),
            policy: None,
            restricts: None,
            frees: None,
        },
    };
    match begun {
        true => vec![next],
        false => vec![CaseEvent::Opened(flagged), next],
    }
}

/// What its thread records of it.
fn recorded(case: Uuid, event: &CaseEvent) -> Option<ThreadEvent> {
    let message = MessageId(case);
    match event.clone() {
        CaseEvent::Decided {
            by,
            decision,
            instead_of,
            reason,
            policy,
            ..
        } => Some(ThreadEvent::DecisionRecorded {
            message,
            by,
            decision,
            instead_of,
            reason,
            policy,
        }),
        CaseEvent::Overturned {
            by, undone, reason, ..
        } => Some(ThreadEvent::DecisionOverturned {
            message,
            by,
            undone,
            reason,
        }),
        _ => None,
    }
}

async fn lists_and_cases_at_a_hundred_positions_are_what_was_shown_then(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.views().await;
    let mut projector = Projector::new(world.store.clone(), views.clone());
    let mut random = StdRng::seed_from_u64(9);
    let numbers: Vec<u32> = (0..250).map(|_| random.random()).collect();
    let mut live: BTreeMap<u64, Shown> = BTreeMap::new();
    let mut of_thread: BTreeMap<String, SaidIn> = BTreeMap::new();
    for (nth, (thread, events)) in history(&numbers).into_iter().enumerate() {
        let mut position = world.tell(vec![(thread, events)]).await;
        drain(&mut projector, &world.store, &views).await;
        live.insert(position, shown(&views).await);
        let messages = rows::<Transcript>(&views).await;
        if nth % 2 == 1 || messages.is_empty() {
            continue;
        }
        let message = &messages[random.random_range(0..messages.len())];
        let begun = of_thread.contains_key(&message.message);
        let said_in = SaidIn::Thread(message.thread.parse().unwrap());
        of_thread.insert(message.message.clone(), said_in);
        let (_, cases) = shown(&views).await;
        let events = work(message, cases.get(&message.message), begun, random.random());
        let case = message.message.parse().unwrap();
        position = world.happened("case", case, &events).await;
        drain(&mut projector, &world.store, &views).await;
        live.insert(position, shown(&views).await);
        // A decision is known to its thread, too, a moment later.
        if let Some(known) = events.iter().find_map(|event| recorded(case, event)) {
            let thread = message.thread.parse().unwrap();
            position = world.tell(vec![(thread, vec![known])]).await;
            drain(&mut projector, &world.store, &views).await;
            live.insert(position, shown(&views).await);
        }
    }
    let trail = Trail::new(world.store.clone());
    let (threads, now) = shown(&views).await;
    of_thread.extend(
        now.iter()
            .map(|(case, row)| (case.clone(), row.said_in().unwrap())),
    );
    let positions: Vec<u64> = live.keys().copied().collect();
    assert!(positions.len() > 100, "{}", positions.len());
    let mut compared = 0;
    for _ in 0..100 {
        let position = positions[random.random_range(0..positions.len())];
        let moment = Moment::Position(position);
        let (listed, worked) = &live[&position];
        // Some of them each time: of all of them it would take a minute.
        for row in threads.values().filter(|_| random.random_ratio(1, 3)) {
            let cases = views.cases_of(&row.thread).await.unwrap();
            let at = trail.listed_at(&row.thread, cases, moment).await.unwrap();
            assert!(
                at.row.is_some() || at.read <= 1,
                "{} events of nothing",
                at.read
            );
            assert_eq!(
                at.row.as_ref(),
                listed.get(&row.thread),
                "{} at {position}",
                row.thread
            );
            compared += usize::from(at.row.is_some_and(|row| row.is_flagged));
        }
        for (case, said_in) in of_thread.iter().filter(|_| random.random_ratio(1, 6)) {
            let at = trail.case_at(case, *said_in, moment).await.unwrap();
            assert_eq!(at.row.as_ref(), worked.get(case), "{case} at {position}");
            compared += usize::from(at.row.is_some_and(|row| row.decision.is_some()));
        }
    }
    assert!(compared > 30, "{compared}");
}
