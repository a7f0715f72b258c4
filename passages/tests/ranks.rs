//! In which order passages are found.

use std::collections::BTreeSet;

use passages::{Ranker, fuse, indexed, question, rank};
use proptest::prelude::*;

fn ranked(asked: &str, texts: &[&str]) -> Vec<usize> {
    let passages: Vec<String> = texts.iter().map(|text| indexed(text)).collect();
    let ranked = rank(&question(asked), passages.iter().map(String::as_str));
    ranked.into_iter().map(|(passage, _)| passage).collect()
}

#[test]
fn the_rarer_term_the_repetition_and_the_shorter_passage_win() {
    let rarer = ["a cell is small", "osmosis is small", "a cell has a wall"];
    assert_eq!(ranked("osmosis of a cell", &rarer), [1, 0, 2]);
    assert_eq!(
        ranked("cell", &["the cell grows", "the cell, a cell grows"]),
        [1, 0]
    );
    assert_eq!(
        ranked(
            "cell",
            &["a cell that grows and divides and dies", "a cell grows"]
        ),
        [1, 0]
    );
}

#[test]
fn passages_without_any_term_are_not_found_and_equals_stay_in_order() {
    assert_eq!(ranked("cells", &["water", "cell a", "", "cell b"]), [1, 3]);
    assert_eq!(ranked("the of", &["the of"]), [0; 0]);
    assert_eq!(ranked("cell", &[]), [0; 0]);
}

#[test]
fn a_score_is_what_the_formula_says() {
    let passages = [" cell wall ", " cell cell wall plant ", " water "];
    let ranked = rank(&["cell".into()], passages.into_iter());
    // Two of three have it; 7 terms in 3 passages.
    let rarity = (1.0 + 1.5f64 / 2.5).ln();
    let score = |often: f64, length: f64| {
        rarity * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * length / (7.0 / 3.0)))
    };
    assert_eq!(
        ranked
            .iter()
            .map(|(passage, _)| *passage)
            .collect::<Vec<_>>(),
        [1, 0]
    );
    assert!((ranked[0].1 - score(2.0, 4.0)).abs() < 1e-12);
    assert!((ranked[1].1 - score(1.0, 2.0)).abs() < 1e-12);
}

#[test]
fn what_stands_high_in_most_rankings_comes_first() {
    assert_eq!(fuse(&[&[1, 2, 3], &[2, 1, 4], &[2, 5]]), [2, 1, 5, 3, 4]);
    assert_eq!(fuse(&[&[7, 8], &[8, 7]]), [7, 8]);
    assert_eq!(fuse(&[&[9, 9, 9], &[8]]), [9, 8]);
    assert_eq!(fuse::<usize>(&[]), [0; 0]);
}

/// BM25 as it is written in books.
fn slow(question: &[String], passages: &[String]) -> Vec<(usize, f64)> {
    let passages: Vec<Vec<&str>> = passages
        .iter()
        .map(|p| p.split_whitespace().collect())
        .collect();
    let total = passages.len() as f64;
    let usual = passages.iter().map(Vec::len).sum::<usize>() as f64 / total;
    let question: BTreeSet<&str> = question.iter().map(String::as_str).collect();
    let mut scores = Vec::new();
    for (number, passage) in passages.iter().enumerate() {
        let mut score = 0.0;
        for term in &question {
            let often = passage.iter().filter(|word| *word == term).count() as f64;
            let with = passages
                .iter()
                .filter(|passage| passage.contains(term))
                .count() as f64;
            let idf = (1.0 + (total - with + 0.5) / (with + 0.5)).ln();
            let length = passage.len() as f64;
            score += idf * often * 2.2 / (often + 1.2 * (1.0 - 0.75 + 0.75 * length / usual));
        }
        if question.iter().any(|term| passage.contains(term)) {
            scores.push((number, score));
        }
    }
    scores
}

proptest! {
    #[test]
    fn a_ranking_is_what_a_slow_one_is(
        asked in prop::collection::vec("[a-e]{1,2}", 0..5),
        passages in prop::collection::vec(prop::collection::vec("[a-e]{1,2}", 0..12), 0..12),
    ) {
        let passages: Vec<String> = passages.iter().map(|terms| format!(" {} ", terms.join(" "))).collect();
        let ranked = rank(&asked, passages.iter().map(String::as_str));
        let slow = slow(&asked, &passages);
        prop_assert_eq!(ranked.len(), slow.len());
        for (number, score) in &slow {
            let (_, found) = ranked.iter().find(|(passage, _)| passage == number).unwrap();
            prop_assert!((found - score).abs() < 1e-9);
        }
        for pair in ranked.windows(2) {
            prop_assert!(pair[0].1 > pair[1].1 || (pair[0].1 == pair[1].1 && pair[0].0 < pair[1].0));
        }
    }

    #[test]
    fn passages_that_come_one_by_one_in_any_order_are_ranked_as_all_at_once(
        asked in prop::collection::vec("[a-e]{1,2}", 0..5),
        passages in prop::collection::vec(prop::collection::vec("[a-e]{1,2}", 0..12), 0..40),
        turned in any::<prop::sample::Index>(),
    ) {
        let passages: Vec<String> = passages.iter().map(|terms| format!(" {} ", terms.join(" "))).collect();
        let whole = rank(&asked, passages.iter().map(String::as_str));
        let mut coming: Vec<(usize, &String)> = passages.iter().enumerate().collect();
        if !coming.is_empty() {
            let by = turned.index(coming.len());
            coming.rotate_left(by);
        }
        let mut ranker = Ranker::new(&asked);
        for (place, passage) in coming {
            ranker.read(place, passage);
        }
        prop_assert_eq!(ranker.ranked(), whole);
    }

    #[test]
    fn a_fused_ranking_has_everything_once(lists in prop::collection::vec(prop::collection::vec(0..9usize, 0..9), 0..4)) {
        let borrowed: Vec<&[usize]> = lists.iter().map(Vec::as_slice).collect();
        let fused = fuse(&borrowed);
        let all: BTreeSet<usize> = lists.iter().flatten().copied().collect();
        prop_assert_eq!(fused.len(), all.len());
        prop_assert_eq!(fused.iter().copied().collect::<BTreeSet<_>>(), all);
        let score = |item: usize| -> f64 {
            lists.iter().filter_map(|list| list.iter().position(|other| *other == item)).map(|at| 1.0 / (61 + at) as f64).sum()
        };
        prop_assert!(fused.windows(2).all(|pair| score(pair[0]) >= score(pair[1]) - 1e-12));
    }
}
