//! Credentials: tokens that begin in a known way, secrets that words announce, keys and addresses with passwords.

mod announced;
mod tokens;
mod urls;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::personal_data::Candidate;

/// What a literal in the text is the beginning of.
#[derive(Clone, Copy)]
enum Lead {
    /// A token of that kind, by its place in [`tokens::TOKENS`].
    Token(usize),
    /// `://`
    Url,
    /// `-----BEGIN`
    Armour,
    /// A word that announces a secret, by its place in [`announced::WORDS`].
    Word(usize),
    /// `Bearer`
    Bearer,
    /// `:AA`
    Bot,
}

static LEADS: LazyLock<Option<(AhoCorasick, Vec<Lead>)>> = LazyLock::new(|| {
    let mut literals = vec!["://", "-----begin", "bearer", ":AA"];
    let mut leads = vec![Lead::Url, Lead::Armour, Lead::Bearer, Lead::Bot];
    for (at, token) in tokens::TOKENS.iter().enumerate() {
        literals.push(token.lead);
        leads.push(Lead::Token(at));
    }
    for (at, (word, _)) in announced::WORDS.iter().enumerate() {
        literals.push(word);
        leads.push(Lead::Word(at));
    }
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(literals)
        .ok()
        .map(|automaton| (automaton, leads))
});

/// Finds credentials.
pub(crate) fn scan(text: &str, found: &mut Vec<Candidate>) {
    let Some((automaton, leads)) = LEADS.as_ref() else {
        return;
    };
    // Where the last private key ended.
    let mut armoured = 0;
    for hit in automaton.find_iter(text) {
        if hit.start() < armoured {
            continue;
        }
        match leads[hit.pattern().as_usize()] {
            Lead::Token(at) => tokens::judge(text, hit.start(), &tokens::TOKENS[at], found),
            Lead::Url => urls::judge(text, hit.start(), found),
            Lead::Armour => armoured = tokens::armour(text, hit.start(), found),
            Lead::Word(at) => announced::judge(text, hit.end(), announced::WORDS[at].1, found),
            Lead::Bot => tokens::bot(text, hit.start(), found),
            Lead::Bearer => announced::bearer(text, hit.start(), hit.end(), found),
        }
    }
}
