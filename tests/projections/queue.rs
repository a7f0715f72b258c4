//! What is counted of the moderators' queue.

use colloquy::views::{CaseQuery, CaseState};

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(a_claim_that_has_ended_is_counted_as_the_list_shows_it);

async fn a_claim_that_has_ended_is_counted_as_the_list_shows_it(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    for (case, state, automated, claim) in [
        ("a", "open", 1, "NULL, NULL"),
        ("b", "claimed", 0, "'mia', 70"),
        ("c", "claimed", 1, "'max', 71"),
    ] {
        world
            .meddle(&format!(
                r#"INSERT INTO "cases" VALUES ('{case}', 't', NULL, 'input', 'low', 1, {automated}, '[]', 'flag', '[]',
                   '', 1, '{state}', {claim}, NULL, NULL, NULL, NULL, NULL, 0, 0, '[]', '[]', NULL)"#
            ))
            .await;
    }
    for (now, open) in [(69, 1), (70, 2), (71, 3)] {
        let mut counted = vec![];
        for (state, cases) in [(CaseState::Claimed, 3 - open), (CaseState::Open, open)] {
            let query = CaseQuery {
                state: Some(state),
                now,
                ..CaseQuery::default()
            };
            let listed = views.cases(&query, None, 10).await.unwrap();
            assert_eq!(listed.len(), cases, "{state:?} at {now}");
            if cases > 0 {
                let cases = i64::try_from(cases).unwrap();
                counted.push((state.as_str().to_owned(), "low".to_owned(), cases));
            }
        }
        let stats = views.case_stats(now).await.unwrap();
        assert_eq!(stats.counts, counted, "at {now}");
        assert_eq!((stats.automated, stats.manual), (2, 1));
    }
}
