//! A tree of messages, told as a thread can have it: one history that goes on, is said again, or goes back.
//!
//! Every path from the beginning to an end is told, the one that is to be seen last. Where two part at the last message or
//! the last answer, the later one replaces it; where they part earlier, the history goes back and on from there. So what is
//! seen in the end is what was seen elsewhere, and everything else is in the record.

use std::collections::HashMap;

use crate::actors::{PastAnswer, PastStep, PastText};

/// The most messages of a conversation.
const MOST: usize = 20_000;
/// Said in the place of a question that there was none of.
const NO_QUESTION: &str = "[the conversation began with an answer]";

/// A message.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) role: Role,
    pub(super) text: String,
    pub(super) thoughts: Option<String>,
    pub(super) at: Option<i64>,
    pub(super) model: Option<String>,
    /// Parts of it that are not kept.
    pub(super) left_out: u64,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    User,
    Assistant,
    /// Nobody whose words belong into a conversation: systems and tools.
    #[default]
    Other,
}

/// A question and its answer, with where they are from.
#[derive(Clone, Debug, Default, PartialEq)]
struct Exchange {
    asked: Option<usize>,
    answered: Vec<usize>,
}

/// The steps that tell it.
///
/// # Errors
/// When nothing is said in it, or it hangs together in no way.
pub(super) fn tell(nodes: Vec<Node>, current: Option<&str>) -> Result<Vec<PastStep>, &'static str> {
    let tree = Tree::of(nodes)?;
    let mut steps = vec![];
    let mut seen: Vec<Exchange> = vec![];
    for leaf in tree.leaves(current) {
        let next = tree.exchanges(leaf);
        if next.is_empty() {
            continue;
        }
        let same = seen
            .iter()
            .zip(&next)
            .take_while(|(one, other)| one == other)
            .count();
        match (seen.get(same), next.get(same)) {
            (None, _) => {}
            // A beginning of what was told.
            (Some(_), None) => {
                steps.push(PastStep::GoBack { to: same });
                seen = next;
                continue;
            }
            (Some(old), Some(new)) if seen.len() == same + 1 => {
                let answer = tree.answer(new);
                match answer {
                    Some(answer) if old.asked == new.asked => {
                        steps.push(PastStep::AnswerAgain { answer });
                    }
                    answer => steps.push(PastStep::SayAgain {
                        said: tree.said(new),
                        answer,
                    }),
                }
                steps.extend(next[same + 1..].iter().map(|new| tree.say(new)));
                seen = next;
                continue;
            }
            (Some(_), Some(_)) => steps.push(PastStep::GoBack { to: same }),
        }
        steps.extend(next[same..].iter().map(|new| tree.say(new)));
        seen = next;
    }
    match steps.is_empty() {
        true => Err("it holds no messages"),
        false => Ok(steps),
    }
}

struct Tree {
    nodes: Vec<Node>,
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
}

impl Tree {
    fn of(nodes: Vec<Node>) -> Result<Self, &'static str> {
        if nodes.len() > MOST {
            return Err("it has more than 20,000 messages");
        }
        let places: HashMap<&str, usize> = nodes
            .iter()
            .enumerate()
            .map(|(place, node)| (node.id.as_str(), place))
            .collect();
        if places.len() < nodes.len() {
            return Err("two of its messages have one id");
        }
        let parents: Vec<Option<usize>> = nodes
            .iter()
            .map(|node| places.get(node.parent.as_deref()?).copied())
            .collect();
        let mut children = vec![vec![]; nodes.len()];
        for (place, parent) in parents.iter().enumerate() {
            if let Some(parent) = parent {
                children[*parent].push(place);
            }
        }
        let tree = Self {
            nodes,
            parents,
            children,
        };
        match tree.in_order(|_| false).len() == tree.nodes.len() {
            true => Ok(tree),
            false => Err("its messages answer each other in a circle"),
        }
    }

    /// All that hangs on a beginning, parents before children; of several children one that is `last` comes last.
    fn in_order(&self, last: impl Fn(usize) -> bool) -> Vec<usize> {
        let sorted = |mut places: Vec<usize>| {
            places.sort_by_key(|place| last(*place));
            places.reverse();
            places
        };
        let roots = (0..self.nodes.len()).filter(|place| self.parents[*place].is_none());
        let mut waiting = sorted(roots.collect());
        let mut order = vec![];
        while let Some(place) = waiting.pop() {
            order.push(place);
            waiting.extend(sorted(self.children[place].clone()));
        }
        order
    }

    /// Where paths end; last the one on which `current` is, or the newest.
    fn leaves(&self, current: Option<&str>) -> Vec<usize> {
        let current = current.and_then(|id| self.nodes.iter().position(|node| node.id == id));
        let mut on_path = vec![false; self.nodes.len()];
        let mut at = current;
        while let Some(place) = at.filter(|place| !on_path[*place]) {
            on_path[place] = true;
            at = self.parents[place];
        }
        let mut leaves = self.in_order(|place| on_path[place]);
        leaves.retain(|place| self.children[*place].is_empty());
        leaves
    }

    /// What is said on the way to this message. Answers that follow one another are one, as those around a tool's call.
    fn exchanges(&self, leaf: usize) -> Vec<Exchange> {
        let mut path = vec![leaf];
        while let Some(parent) = path.last().and_then(|place| self.parents[*place]) {
            path.push(parent);
        }
        let mut exchanges: Vec<Exchange> = vec![];
        for place in path.into_iter().rev() {
            let node = &self.nodes[place];
            let silent = node.text.trim().is_empty() && node.thoughts.is_none();
            match node.role {
                Role::Other => {}
                _ if silent => {}
                Role::User => exchanges.push(Exchange {
                    asked: Some(place),
                    answered: vec![],
                }),
                Role::Assistant => {
                    if exchanges.is_empty() {
                        exchanges.push(Exchange::default());
                    }
                    if let Some(last) = exchanges.last_mut() {
                        last.answered.push(place);
                    }
                }
            }
        }
        exchanges
    }

    fn say(&self, exchange: &Exchange) -> PastStep {
        PastStep::Say {
            said: self.said(exchange),
            answer: self.answer(exchange),
        }
    }

    fn said(&self, exchange: &Exchange) -> PastText {
        match exchange.asked.map(|place| &self.nodes[place]) {
            Some(node) => PastText {
                text: node.text.clone(),
                at: node.at,
            },
            None => PastText {
                text: NO_QUESTION.to_owned(),
                at: None,
            },
        }
    }

    fn answer(&self, exchange: &Exchange) -> Option<PastAnswer> {
        let nodes = || exchange.answered.iter().map(|place| &self.nodes[*place]);
        let last = nodes().next_back()?;
        let joined = |texts: Vec<&str>| texts.join("\n\n");
        let texts = nodes().map(|node| node.text.as_str());
        let thoughts: Vec<&str> = nodes()
            .filter_map(|node| node.thoughts.as_deref())
            .collect();
        Some(PastAnswer {
            text: joined(texts.filter(|text| !text.trim().is_empty()).collect()),
            thoughts: (!thoughts.is_empty()).then(|| joined(thoughts)),
            at: last.at,
            model: nodes().rev().find_map(|node| node.model.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    /// `id parent`, the role by the id's first letter.
    fn tree(lines: &[&str]) -> Vec<Node> {
        let node = |line: &&str| {
            let (id, parent) = line.split_once(' ').unwrap();
            Node {
                id: id.to_owned(),
                parent: (!parent.is_empty()).then(|| parent.to_owned()),
                role: match &id[..1] {
                    "u" => Role::User,
                    "a" => Role::Assistant,
                    _ => Role::Other,
                },
                text: id.to_owned(),
                ..Node::default()
            }
        };
        lines.iter().map(node).collect()
    }

    fn told(lines: &[&str], current: &str) -> String {
        let answer = |answer: Option<PastAnswer>| answer.map_or("-".to_owned(), |it| it.text);
        let steps = tell(tree(lines), Some(current)).unwrap();
        let words = steps.into_iter().map(|step| match step {
            PastStep::Say { said, answer: a } => format!("{}:{}", said.text, answer(a)),
            PastStep::SayAgain { said, answer: a } => format!("~{}:{}", said.text, answer(a)),
            PastStep::AnswerAgain { answer: a } => format!("~{}", a.text),
            PastStep::GoBack { to } => format!("<{to}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_parts_at_the_end_is_replaced_and_what_parts_earlier_is_gone_back_from() {
        let linear = ["u1 ", "a1 u1", "u2 a1", "a2 u2"];
        assert_eq!(told(&linear, "a2"), "u1:a1 u2:a2");
        let reloaded = ["u1 ", "a1 u1", "b ", "a2 u1"];
        assert_eq!(told(&reloaded, "a2"), "u1:a1 ~a2");
        assert_eq!(told(&reloaded, "a1"), "u1:a2 ~a1");
        let edited = ["u1 ", "a1 u1", "u2 a1", "a2 u2", "u3 a1", "a3 u3"];
        assert_eq!(told(&edited, "a3"), "u1:a1 u2:a2 ~u3:a3");
        let from_the_beginning = ["u1 ", "a1 u1", "u2 a1", "a2 u2", "u3 ", "a3 u3"];
        assert_eq!(told(&from_the_beginning, "a3"), "u1:a1 u2:a2 <0 u3:a3");
        assert_eq!(told(&from_the_beginning, "a2"), "u3:a3 ~u1:a1 u2:a2");
        let deep = ["u1 ", "a1 u1", "u2 a1", "a2 u2", "a3 u1", "u4 a3"];
        assert_eq!(told(&deep, "u4"), "u1:a1 u2:a2 <0 u1:a3 u4:-");
    }

    #[test]
    fn systems_and_tools_are_passed_over_and_answers_around_them_are_one() {
        let around = ["s ", "u1 s", "a1 u1", "t a1", "a2 t", "u2 a2"];
        assert_eq!(told(&around, "u2"), "u1:a1\n\na2 u2:-");
        assert_eq!(
            told(&["a1 ", "u1 a1", "u2 u1"], "u2"),
            format!("{NO_QUESTION}:a1 u1:- u2:-")
        );
    }

    #[test]
    fn a_beginning_that_is_seen_although_it_went_on_is_gone_back_to() {
        // A path that ends silently is a beginning of another.
        let mut nodes = tree(&["u1 ", "a1 u1", "u2 a1", "a2 u2", "u3 a1"]);
        nodes[4].text = String::new();
        let steps = tell(nodes, Some("u3")).unwrap();
        assert!(matches!(steps.last(), Some(PastStep::GoBack { to: 1 })));
    }

    #[test]
    fn circles_twins_and_silence_are_told() {
        let tell = |lines: &[&str]| super::tell(tree(lines), None).unwrap_err();
        assert!(tell(&["u1 a1", "a1 u1"]).contains("circle"));
        assert!(tell(&["u1 ", "u1 "]).contains("one id"));
        assert!(tell(&["s "]).contains("no messages"));
        assert!(tell(&[]).contains("no messages"));
    }

    #[test]
    fn a_conversation_may_be_as_long_as_the_limit_and_costs_no_stack() {
        let mut lines = vec!["u0 ".to_owned()];
        for number in 1..MOST {
            let (role, before) = if number % 2 == 0 {
                ("u", "a")
            } else {
                ("a", "u")
            };
            lines.push(format!("{role}{number} {before}{}", number - 1));
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(tell(tree(&lines), None).unwrap().len(), MOST / 2);
    }
}
