//! Turns whose owner is gone: fenced, read from their drafts, and closed as interrupted.
//!
//! The order matters: raising the epoch first means that a stalled owner can release nothing more, so
//! what the drafts hold is everything anybody was shown.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use aggregates::{
    CompletionId, IngestId, ThreadId, TurnId,
    completion::{Completion, CompletionOutcome},
    thread::{ReplyEnd, Route, Thread, ThreadCommand, Usage},
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Directory, Services, completions, embeddings, judging,
    messages::{CommandError, Origin},
    turn::EPOCH,
};
use crate::{
    providers::tokens,
    store::{OpenTurnRow, Store, StoreError, TurnsOf},
};

/// How often a node looks for turns without an owner, and says that it lives itself.
const LOOK: Duration = Duration::from_secs(5);
/// How often a node looks whether the turns that it runs are still its own.
const HEED: Duration = Duration::from_secs(1);
/// A longer pause between two answers of the log means that it was away: one look at least was missed.
const BREAK: Duration = Duration::from_millis(7_500);
/// How long after that the others get to say that they live, too.
const GRACE: Duration = Duration::from_secs(15);

/// Closes what former boots of this node, and dead nodes, left open; then watches for more.
pub(super) async fn watch(directory: Directory) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut contact = Contact::begin(Instant::now());
    // A turn of our own without a feed may be between its commit and its start: believed when seen twice.
    let mut orphans: HashSet<Uuid> = HashSet::new();
    loop {
        tokio::select! {
            () = directory.services().shutdown.token().cancelled() => return,
            _ = ticks.tick() => {}
        }
        match pass(&directory, &mut contact, &orphans).await {
            Ok(seen) => orphans = seen,
            Err(error) => {
                tracing::warn!(%error, "turns without an owner could not be looked up; trying again")
            }
        }
    }
}

/// Ends the turns that run here and that another node has closed: while its provider is silent, a turn writes no draft
/// that would tell it. With SQLite there is no other node.
pub(super) async fn heed(directory: Directory) {
    let services = directory.services();
    if matches!(services.store, Store::Sqlite(_)) {
        return;
    }
    let mut ticks = tokio::time::interval(HEED);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut fenced = HashSet::new();
    loop {
        tokio::select! {
            () = services.shutdown.token().cancelled() => return,
            _ = ticks.tick() => {}
        }
        match give_up(services, &fenced).await {
            Ok(seen) => fenced = seen,
            Err(error) => {
                tracing::warn!(%error, "it could not be looked up which replies still run here; trying again");
            }
        }
    }
}

/// Whoever raises a turn's epoch is about to close it, and gets until the next look to do it.
async fn give_up(
    services: &Services,
    fenced: &HashSet<TurnId>,
) -> Result<HashSet<TurnId>, StoreError> {
    // In this order: what runs here was opened in the log before.
    let running = services.feeds.begun();
    if running.is_empty() {
        return Ok(HashSet::new());
    }
    let open = services.store.open_turns(TurnsOf::Boot(services.boot));
    let open = open.await?.into_iter().map(|row| (row.turn, row.epoch));
    let open: HashMap<Uuid, i64> = open.collect();
    let mut seen = HashSet::new();
    for turn in running {
        match open.get(&turn.0) {
            Some(&EPOCH) => {}
            Some(_) if !fenced.contains(&turn) => {
                seen.insert(turn);
            }
            _ => services.feeds.lose(turn),
        }
    }
    Ok(seen)
}

/// How long the log has been answering. While it was away nobody could say that they live: who has just come
/// back believes nobody's silence.
struct Contact {
    since: Instant,
    last: Instant,
}

impl Contact {
    fn begin(now: Instant) -> Self {
        Self {
            since: now,
            last: now,
        }
    }

    /// The log has answered.
    fn answered(&mut self, now: Instant) {
        if now.duration_since(self.last) > BREAK {
            self.since = now;
        }
        self.last = now;
    }

    /// Whose silence can be believed at this moment.
    fn abandoned_but(&self, boot: Uuid) -> TurnsOf {
        if self.last.duration_since(self.since) >= GRACE {
            TurnsOf::AbandonedBut { boot }
        } else {
            TurnsOf::ReplacedBut { boot }
        }
    }
}

/// Closes every turn whose owner was replaced, and clears what a crash left of closed ones; done once before
/// the server listens.
///
/// # Errors
/// When the log cannot be read.
pub async fn recover(directory: &Directory) -> Result<(), StoreError> {
    let mut contact = Contact::begin(Instant::now());
    pass(directory, &mut contact, &HashSet::new()).await?;
    let left = directory.services().store.forget_drafts().await?;
    if left > 0 {
        tracing::info!(chunks = left, "cleared drafts of replies that are closed");
    }
    Ok(())
}

async fn pass(
    directory: &Directory,
    contact: &mut Contact,
    orphans: &HashSet<Uuid>,
) -> Result<HashSet<Uuid>, StoreError> {
    let services = directory.services();
    services.store.beat(services.node).await?;
    contact.answered(Instant::now());
    let abandoned = contact.abandoned_but(services.boot);
    for row in services.store.open_turns(abandoned).await? {
        close(directory, &row, End::Interrupt).await?;
    }
    let mut seen = HashSet::new();
    for row in services.store.open_turns(TurnsOf::All).await? {
        if row.owner != services.boot
            || services.feeds.runs(TurnId(row.turn))
            || services.ingests.runs(IngestId(row.turn))
            || services.interrupt.is_cancelled()
        {
            continue;
        }
        if orphans.contains(&row.turn) {
            close(directory, &row, End::Interrupt).await?;
        } else {
            seen.insert(row.turn);
        }
    }
    for (thread, turn) in services.feeds.waiting() {
        if !is_ours(services, thread, turn).await? {
            services.feeds.end_waiting(|feed| feed.turn == turn);
        }
    }
    Ok(seen)
}

/// Whether a turn that waited here still does, or begins here; another node may have begun or dropped it.
async fn is_ours(services: &Services, thread: ThreadId, turn: TurnId) -> Result<bool, StoreError> {
    // In this order, so that one that begins between the two looks is found by the second.
    let (state, _) = services.store.load::<Thread>(&thread.to_string()).await?;
    if state.pending().iter().any(|pending| pending.turn == turn) {
        return Ok(true);
    }
    let open = services.store.open_turns(TurnsOf::Turn(turn.0)).await?;
    Ok(open.iter().any(|row| row.owner == services.boot))
}

/// Ends a turn that runs on another node, because somebody asked here for its stop: fenced first, so
/// that its owner can release nothing more. It gives up at its next delta, or when it looks ([`heed`]).
pub(super) async fn stop_elsewhere(directory: Directory, turn: TurnId) {
    let stopped = async {
        for row in directory
            .services()
            .store
            .open_turns(TurnsOf::Turn(turn.0))
            .await?
        {
            close(&directory, &row, End::Stop).await?;
        }
        Ok::<_, StoreError>(())
    };
    if let Err(error) = stopped.await {
        tracing::warn!(%turn, %error, "a reply on another node could not be stopped");
    }
}

/// The way a reply is recorded to have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Interrupt,
    Stop,
}

/// Ends a turn that somebody else runs, or nobody.
pub(super) async fn close(
    directory: &Directory,
    row: &OpenTurnRow,
    ending: End,
) -> Result<(), StoreError> {
    let services = directory.services();
    let Ok(thread) = row.thread.parse::<ThreadId>() else {
        tracing::error!(turn = %row.turn, "an open turn names no thread");
        return Ok(());
    };
    if services.store.fence(row.turn).await?.is_none() {
        return Ok(());
    }
    // A document is its own turn, too, and is gone on with.
    let ingest = IngestId(row.turn);
    if thread.0 == row.turn && services.ingests.state(ingest).await?.is_under_way() {
        services.ingests.begin(ingest);
        return Ok(());
    }
    // A completion is its own turn, and so is an embedding.
    let closed = match thread.0 == row.turn {
        true => close_alone(services, row, ending).await?,
        false => close_reply(directory, thread, row, ending).await?,
    };
    match closed {
        Ok(true) => tracing::info!(%thread, turn = %row.turn, "closed a reply that ran elsewhere"),
        // Its owner, or another node, was faster.
        Ok(false) | Err(CommandError::Refused(_)) => {}
        Err(error) => {
            // Its draft is all there is of what was shown: it stays until the end is recorded.
            tracing::warn!(%thread, turn = %row.turn, %error, "an abandoned reply could not be closed; trying again");
            return Ok(());
        }
    }
    services.drafts.remove(row.turn);
    Ok(())
}

/// `false`: it has ended already.
type Closed = Result<bool, CommandError>;

async fn close_reply(
    directory: &Directory,
    thread: ThreadId,
    row: &OpenTurnRow,
    ending: End,
) -> Result<Closed, StoreError> {
    let services = directory.services();
    let (state, _) = services.store.load::<Thread>(&row.thread).await?;
    let Some(open) = state.open_turn().filter(|open| open.turn.0 == row.turn) else {
        return Ok(Ok(false));
    };
    let end = drafted(services, row, open.route.clone()).await?;
    let context = services.context_rule(&open.route, &open.options);
    // What its owner knew of it is gone with the owner.
    let command = match ending {
        End::Interrupt => ThreadCommand::InterruptReply(end, None, context),
        End::Stop => ThreadCommand::StopReply(end, None, context),
    };
    let done = directory.execute(thread, command, Origin::server()).await;
    Ok(done.map(|_| true))
}

async fn close_alone(
    services: &Services,
    row: &OpenTurnRow,
    ending: End,
) -> Result<Closed, StoreError> {
    let (state, sequence) = services.store.load::<Completion>(&row.thread).await?;
    let Completion::Open { route, .. } = &state else {
        return embeddings::close(services, row, ending).await;
    };
    let end = drafted(services, row, route.clone()).await?;
    let end = judging::answer(&services.moderation, end, None).await;
    let outcome = match ending {
        End::Interrupt => CompletionOutcome::Interrupted,
        End::Stop => CompletionOutcome::Stopped,
    };
    let (id, known) = (CompletionId(row.turn), Some((state, sequence)));
    let ended = completions::end(services, id, known, outcome, end, Origin::server()).await;
    Ok(ended.map(|()| true))
}

/// What the drafts hold of it.
async fn drafted(
    services: &Services,
    row: &OpenTurnRow,
    route: Route,
) -> Result<ReplyEnd, StoreError> {
    let draft = services.store.draft(row.turn).await?;
    Ok(ReplyEnd {
        turn: TurnId(row.turn),
        usage: Usage {
            prompt_tokens: 0,
            completion_tokens: tokens(&draft.text) + tokens(&draft.reasoning),
            estimated: true,
        },
        text: draft.text,
        reasoning: (!draft.reasoning.is_empty()).then_some(draft.reasoning),
        route,
        finish: None,
        error: None,
        attempts: vec![],
        context_messages: 0,
        sources: None,
        tools: None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const BOOT: Uuid = Uuid::nil();

    /// Whether somebody's silence is believed after answers of the log at these seconds.
    fn believes_silence(answers: impl IntoIterator<Item = u64>) -> bool {
        let began = Instant::now();
        let mut contact = Contact::begin(began);
        for second in answers {
            contact.answered(began + Duration::from_secs(second));
        }
        contact.abandoned_but(BOOT) == TurnsOf::AbandonedBut { boot: BOOT }
    }

    #[test]
    fn silence_is_believed_after_15_s_of_answers() {
        assert!(!believes_silence([0, 5, 10]));
        assert!(believes_silence([0, 5, 10, 15]));
        assert!(believes_silence([0, 5, 10, 15, 20, 25]));
    }

    #[test]
    fn after_the_log_was_away_silence_is_not_believed_for_15_s() {
        assert!(!believes_silence([0, 5, 10, 15, 60]));
        assert!(!believes_silence([0, 5, 10, 15, 60, 65, 70]));
        assert!(believes_silence([0, 5, 10, 15, 60, 65, 70, 75]));
    }

    #[test]
    fn one_missed_answer_begins_it_again() {
        assert!(!believes_silence([0, 5, 10, 15, 25]));
    }
}
