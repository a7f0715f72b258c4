//! By which terms a passage is found.

use passages::{indexed, question, terms};
use proptest::prelude::*;

#[test]
fn words_that_say_nothing_are_left_out() {
    assert_eq!(
        terms("What is the boiling point of the water?"),
        ["boil", "point", "water"]
    );
    assert_eq!(
        terms("It isn't Alice's; they don't, won't and can't."),
        ["alic"]
    );
    assert_eq!(
        terms("Was ist die Größe der Zelle?"),
        ["die", "gross", "zell"]
    );
    assert_eq!(terms("Où est l'eau de la rivière ?"), ["eau", "rivier"]);
    assert_eq!(
        terms("¿Cuál es la función de los ríos?"),
        ["funcion", "rio"]
    );
    assert_eq!(terms("the and of"), [""; 0]);
    // A letter that stands for itself says something.
    assert_eq!(
        terms("vitamin D, vitamin C"),
        ["vitamin", "d", "vitamin", "c"]
    );
}

#[test]
fn forms_of_a_word_are_one_term() {
    for (one, other) in [
        ("photosynthesis", "Photosynthesis"),
        ("connected connection", "connecting connections"),
        ("cell", "cells"),
        ("naïve approach", "naive approaches"),
    ] {
        assert_eq!(terms(one), terms(other));
    }
    assert_ne!(terms("university"), terms("cells"));
    // Other scripts are as the words make them.
    assert_eq!(terms("黒猫が"), ["黒猫", "猫が", "が"]);
    assert_eq!(terms("клетки"), ["клетки"]);
    assert_eq!(terms("RFC8446 x86"), ["rfc8446", "x86"]);
}

#[test]
fn a_question_asks_for_each_term_once_in_order() {
    assert_eq!(
        question("Cells: which cell divides a cell?"),
        ["cell", "divid"]
    );
    assert_eq!(question("黒猫が好き"), ["黒猫", "猫が", "が好", "好き"]);
    assert_eq!(question("猫"), ["猫"]);
    assert_eq!(question("What is it?"), [""; 0]);
}

#[test]
fn an_index_has_a_space_around_each_term() {
    assert_eq!(indexed("The cells divide."), " cell divid ");
    assert_eq!(indexed("the"), "");
    assert_eq!(indexed(""), "");
}

proptest! {
    #[test]
    fn an_index_is_the_terms_apart(text in "\\PC{0,80}|[a-z' ]{0,80}") {
        let terms = terms(&text);
        let indexed = indexed(&text);
        prop_assert_eq!(indexed.split_ascii_whitespace().collect::<Vec<_>>(), terms.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert!(!indexed.contains("  "));
        prop_assert!(indexed.is_empty() || (indexed.starts_with(' ') && indexed.ends_with(' ')));
    }

    #[test]
    fn a_question_asks_for_nothing_that_is_not_in_its_text(text in "\\PC{0,80}|[a-z' ]{0,80}") {
        let terms = terms(&text);
        let question = question(&text);
        prop_assert!(question.iter().all(|term| terms.contains(term)));
        prop_assert_eq!(question.is_empty(), terms.is_empty());
    }
}
