//! What is counted of the moderators' queue, and what comes next in it.

use colloquy::views::{CaseCursor, CaseQuery, CaseRow, CaseState};
use uuid::Uuid;

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    a_claim_that_has_ended_is_counted_as_the_list_shows_it,
    what_is_to_be_taken_next_is_in_one_order_whatever_state_it_is_in
);

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

async fn what_is_to_be_taken_next_is_in_one_order_whatever_state_it_is_in(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    let moderator = Uuid::from_u128(1);
    let id = |nth: u128| Uuid::from_u128(nth).to_string();
    let mine = format!("'{moderator}'");
    for (case, rank, state, claim, decided_by) in [
        (11, 2, "open", "NULL, NULL", "NULL"),
        (12, 3, "claimed", "'mia', 50", "NULL"),
        (13, 4, "claimed", "'mia', 51", "NULL"),
        (14, 3, "appealed", "NULL, NULL", "'max'"),
        (15, 4, "appealed", "NULL, NULL", mine.as_str()),
        (16, 1, "appealed", "'mia', 50", "'max'"),
        (17, 4, "appealed", "'mia', 51", "'max'"),
        (18, 4, "open", "NULL, NULL", "NULL"),
        (19, 4, "decided", "NULL, NULL", "'max'"),
        (20, 3, "open", "NULL, NULL", "NULL"),
    ] {
        let (opened, case) = (case, id(case));
        world
            .meddle(&format!(
                r#"INSERT INTO "cases" VALUES ('{case}', 't', NULL, 'input', 'low', {rank}, 1, '[]', 'flag', '[]', '', {opened},
                   '{state}', {claim}, NULL, {decided_by}, NULL, NULL, NULL, 0, 0, '[]', '[]', NULL)"#
            ))
            .await;
    }
    let order = [18, 12, 14, 20, 11, 16].map(id);
    let ids =
        |rows: &[CaseRow]| -> Vec<String> { rows.iter().map(|row| row.case.clone()).collect() };
    let all = views.next_cases(50, moderator, None, 10).await.unwrap();
    assert_eq!(ids(&all), order);
    // From whichever of them on, and however few are wanted.
    for (nth, row) in all.iter().enumerate() {
        let after = CaseCursor::after(row).unwrap();
        let rest = views.next_cases(50, moderator, Some(&after), 2).await;
        let expected: Vec<String> = order[nth + 1..].iter().take(2).cloned().collect();
        assert_eq!(ids(&rest.unwrap()), expected, "after {}", row.case);
    }
}
