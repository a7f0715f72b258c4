//! A decision is durable before its effect: what ends in between is made good, once.

use aggregates::{
    MessageId, ThreadId, UserId,
    case::{CaseAction, CaseCommand, Decision, Flagged, SaidIn},
    thread::{ThreadCommand, ThreadEvent},
    verdict::Severity,
};
use colloquy::{
    actors::{Accounts, Cases, Effects, Origin},
    subscribers::{Decisions, Following},
};
use uuid::Uuid;

use super::{
    answers::saying,
    stage::{Stage, on_both},
    world::World,
};

/// A moderator redacts a message; nobody is there who would do it.
async fn redact(world: &World, thread: ThreadId, message: MessageId) {
    let cases = Cases::new(
        world.store.clone(),
        world.services.committer.clone(),
        world.services.moderation.clone(),
        Effects::default(),
    );
    let moderator = UserId(Uuid::now_v7());
    let command = CaseCommand {
        by: moderator,
        now: 0,
        flagged: Flagged {
            said_in: SaidIn::Thread(thread),
            severity: Severity::Low,
            automated: false,
        },
        action: CaseAction::Decide {
            decision: Decision::Redact,
            reason: "It is somebody's address.".to_owned(),
            policy: None,
            restricts: None,
        },
    };
    let decided = cases.change(message, command, Origin::user(moderator));
    decided.await.unwrap();
}

fn follow(world: &World) {
    let accounts = Accounts::new(world.store.clone(), world.services.committer.clone());
    let following = Following {
        store: world.store.clone(),
        node: world.services.node,
        shutdown: world.services.shutdown.clone(),
    };
    let decisions = Decisions::new(world.directory.clone(), accounts, Effects::default());
    world.services.shutdown.spawn(following.run(decisions));
}

fn redactions(events: &[ThreadEvent]) -> usize {
    let redacted = |event: &&ThreadEvent| matches!(event, ThreadEvent::MessageRedacted { .. });
    events.iter().filter(redacted).count()
}

on_both! {
    async fn an_effect_outlives_the_server(stage: Stage) {
        let world = World::on(&stage, [saying(&["One."])]).await;
        let thread = ThreadId(Uuid::now_v7());
        let message = world.message("I live in Acacia Road 22");
        let (asked, turn) = (message.message, message.turn);
        let send = ThreadCommand::Send(message);
        world.execute(thread, send).await.unwrap();
        world.end_of(thread, turn).await;
        redact(&world, thread, asked).await;
        assert_eq!(redactions(&world.events(thread).await), 0);
        world.leaves();

        let next = World::on(&stage, [saying(&["Two."])]).await;
        follow(&next);
        let events = next.events_when(thread, |events| redactions(events) > 0);
        let decided = events.await.into_iter().find_map(|event| match event {
            ThreadEvent::DecisionRecorded {
                message,
                decision,
                reason,
                ..
            } => Some((message, decision, reason)),
            _ => None,
        });
        let reason = "It is somebody's address.".to_owned();
        assert_eq!(decided, Some((asked, Decision::Redact, reason)));
        // No model is shown it from now on.
        next.converse(thread, "Where do I live?").await;
        let shown = next.shown(0).await;
        assert_eq!(
            shown,
            ["[Redacted by a moderator]", "One.", "Where do I live?"]
        );
        next.leaves();

        let last = World::on(&stage, []).await;
        follow(&last);
        last.meanwhile().await;
        assert_eq!(redactions(&last.events(thread).await), 1);
    }
}
