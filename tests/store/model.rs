//! Random batches have the outcomes that a slow and obvious model gives them, on both databases.

use std::collections::{BTreeMap, BTreeSet};

use colloquy::store::{Commit, CommitError, Committed, Reservation, TurnChange, TurnsOf};
use proptest::{
    prelude::{Strategy, any, prop},
    test_runner::{Config, TestRunner},
};
use uuid::Uuid;

use super::fixture::{Log, commit, together, within};
use crate::support::databases::TestDatabase;

/// One random commit. Small ranges, so that they meet.
#[derive(Clone, Debug)]
struct Wish {
    stream: u8,
    /// Added to the sequence that an optimist would expect.
    error: i8,
    events: u8,
    /// Of the commands so far, the one to repeat.
    repeats: Option<prop::sample::Index>,
    reserve: Option<u8>,
    release: Option<u8>,
    opens: bool,
    closes: Option<prop::sample::Index>,
}

fn wishes() -> impl Strategy<Value = Vec<Vec<Wish>>> {
    let rarely = |weight| prop::option::weighted(weight, any::<prop::sample::Index>());
    let error = prop::sample::select(vec![0, 0, 0, 0, 0, 0, 0, -1, 1]);
    let name = || prop::option::weighted(0.3, 0..3_u8);
    let wish = (
        0..4_u8,
        error,
        1..4_u8,
        rarely(0.1),
        name(),
        name(),
        any::<bool>(),
        rarely(0.3),
    )
        .prop_map(
            |(stream, error, events, repeats, reserve, release, opens, closes)| Wish {
                stream,
                error,
                events,
                repeats,
                reserve,
                release,
                opens,
                closes,
            },
        );
    prop::collection::vec(prop::collection::vec(wish, 1..12), 1..5)
}

/// The log as a person would keep it.
#[derive(Default)]
struct Model {
    events: u64,
    heads: BTreeMap<String, u64>,
    commands: BTreeMap<Uuid, (u64, u64)>,
    owners: BTreeMap<String, String>,
    turns: BTreeSet<Uuid>,
}

impl Model {
    fn head(&self, stream: &str) -> u64 {
        self.heads.get(stream).copied().unwrap_or(0)
    }

    /// What the batch must answer, as [`plain`] says it.
    fn take(&mut self, batch: &[Commit]) -> Vec<String> {
        let mut failed = BTreeSet::new();
        let mut answers = vec![];
        for commit in batch {
            let answer = self.take_one(commit, failed.contains(&commit.aggregate_id));
            if answer.is_err() {
                failed.insert(commit.aggregate_id.clone());
            }
            answers.push(answer.unwrap_or_else(|refusal| refusal));
        }
        answers
    }

    fn take_one(&mut self, commit: &Commit, predecessor_failed: bool) -> Result<String, String> {
        let stream = &commit.aggregate_id;
        if let Some((first, last)) = self.commands.get(&commit.command_id) {
            return Err(format!("duplicate of {first} to {last}"));
        }
        if predecessor_failed {
            return Err("predecessor".to_owned());
        }
        let head = self.head(stream);
        if head != commit.expected {
            return Err(format!("conflict at {head}"));
        }
        for name in &commit.reserve {
            if self
                .owners
                .get(&name.key)
                .is_some_and(|owner| owner != stream)
            {
                return Err(format!("{} is taken", name.key));
            }
        }
        for name in &commit.release {
            if self.owners.get(&name.key) == Some(stream) {
                self.owners.remove(&name.key);
            }
        }
        for name in &commit.reserve {
            self.owners.insert(name.key.clone(), stream.clone());
        }
        for change in &commit.turns {
            match change {
                TurnChange::Opened { turn, .. } => self.turns.insert(*turn),
                TurnChange::Closed { turn } => self.turns.remove(turn),
            };
        }
        let first = self.events + 1;
        self.events += commit.events.len() as u64;
        self.heads
            .insert(stream.clone(), head + commit.events.len() as u64);
        self.commands
            .insert(commit.command_id, (first, self.events));
        Ok(format!("{first} to {}", self.events))
    }
}

fn plain(outcome: &Result<Committed, CommitError>) -> String {
    match outcome {
        Ok(done) => format!("{} to {}", done.first_position, done.last_position),
        Err(CommitError::Duplicate(first)) => {
            format!(
                "duplicate of {} to {}",
                first.first_position, first.last_position
            )
        }
        Err(CommitError::PredecessorFailed) => "predecessor".to_owned(),
        Err(CommitError::Conflict { head }) => format!("conflict at {head}"),
        Err(CommitError::Reserved { key, .. }) => format!("{key} is taken"),
        Err(other) => other.to_string(),
    }
}

/// The wishes as commits, decided by an optimist: one who thinks that the ones before succeed.
fn batch(
    case: usize,
    model: &Model,
    wishes: &[Wish],
    known: &mut Vec<Uuid>,
    turns: &mut Vec<Uuid>,
) -> Vec<Commit> {
    let name = |nth: Option<u8>| {
        let key = |nth| format!("case {case} name {nth}");
        nth.map(|nth| Reservation {
            kind: "name",
            key: key(nth),
        })
        .into_iter()
        .collect()
    };
    let mut heads = BTreeMap::new();
    let mut commits = vec![];
    for wish in wishes {
        let stream = format!("case {case} stream {}", wish.stream);
        let head = heads
            .entry(stream.clone())
            .or_insert_with(|| model.head(&stream));
        let mut commit = commit(
            &stream,
            head.saturating_add_signed(wish.error.into()),
            wish.events.into(),
        );
        *head += u64::from(wish.events);
        match &wish.repeats {
            Some(index) if !known.is_empty() => commit.command_id = *index.get(known),
            _ => known.push(commit.command_id),
        }
        commit.reserve = name(wish.reserve);
        commit.release = name(wish.release);
        if let (Some(index), false) = (&wish.closes, turns.is_empty()) {
            let turn = *index.get(turns);
            commit.turns.push(TurnChange::Closed { turn });
        }
        if wish.opens {
            let (turn, thread) = (Uuid::now_v7(), stream);
            turns.push(turn);
            commit.turns.push(TurnChange::Opened {
                turn,
                thread,
                owner: Uuid::nil(),
            });
        }
        commits.push(commit);
    }
    commits
}

async fn agree(log: &Log, case: usize, wishes: &[Vec<Wish>], sequential: bool) {
    let mut model = Model {
        events: log.store.head().await.unwrap(),
        ..Model::default()
    };
    let (mut known, mut turns) = (vec![], vec![]);
    for wishes in wishes {
        let commits = batch(case, &model, wishes, &mut known, &mut turns);
        if sequential {
            for commit in commits {
                let expected = model.take(std::slice::from_ref(&commit));
                assert_eq!([plain(&log.commit(commit).await)], expected[..]);
            }
        } else {
            let expected = model.take(&commits);
            let outcomes = together(&log.committer, commits.clone()).await;
            let outcomes: Vec<_> = outcomes.iter().map(plain).collect();
            assert_eq!(outcomes, expected, "{commits:#?}");
        }
    }
    assert_eq!(log.store.head().await.unwrap(), model.events);
    for (stream, head) in &model.heads {
        let last = log
            .store
            .read_back("thing", stream, u64::MAX, 1)
            .await
            .unwrap();
        assert_eq!(last.first().map(|event| event.sequence), Some(*head));
    }
    for nth in 0..3 {
        let key = format!("case {case} name {nth}");
        let owner = log.store.reservation("name", &key).await.unwrap();
        assert_eq!(owner.as_ref(), model.owners.get(&key));
    }
    let open = log.store.open_turns(TurnsOf::All).await.unwrap();
    let open: BTreeSet<_> = open
        .into_iter()
        .map(|row| row.turn)
        .filter(|turn| turns.contains(turn))
        .collect();
    assert_eq!(open, model.turns);
}

/// One database for all cases: they have streams and names of their own.
fn check(database: impl Future<Output = TestDatabase>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let log = runtime.block_on(async { Log::on(database.await).await });
    let config = Config {
        cases: 64,
        failure_persistence: None,
        ..Config::default()
    };
    let cases = std::cell::Cell::new(0);
    let outcome =
        TestRunner::new(config).run(&(wishes(), any::<bool>()), |(wishes, sequential)| {
            cases.set(cases.get() + 1);
            runtime.block_on(within(agree(&log, cases.get(), &wishes, sequential)));
            Ok(())
        });
    outcome.unwrap();
    // Its connections end on the runtime that made them.
    runtime.block_on(log.store.close());
    let _inside = runtime.enter();
    drop(log);
}

#[test]
fn random_batches_agree_with_the_model_on_sqlite() {
    check(async { TestDatabase::sqlite() });
}

#[test]
fn random_batches_agree_with_the_model_on_postgres() {
    check(TestDatabase::postgres());
}
