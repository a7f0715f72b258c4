//! Policies: what somebody may do, as statements that allow and deny.
//!
//! A statement speaks of a request when one of its actions, one of its resources and all of its conditions fit. One
//! that denies has the last word; where none allows, nothing is allowed. Nothing here knows who asks or where policies
//! are kept: a document in, a [`Policy`] or its faults out; a question in, a [`Ruling`] out.
//!
//! The language is that of SOAT's IAM: `chats:GetChat`, `soat:<project>:<type>:<id>`, `*` for any characters and `?`
//! for one.

mod actions;
mod document;
mod glob;
#[cfg(test)]
mod tests;

pub use actions::ACTIONS;
pub use document::{Fault, LONGEST};
use glob::Glob;

/// A policy, ready to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement {
    allows: bool,
    actions: Vec<Glob>,
    /// None is all.
    resources: Vec<Glob>,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    operator: Operator,
    of: Attribute,
    value: Glob,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equals,
    NotEquals,
    Like,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Attribute {
    Type,
    Tag(String),
}

impl Policy {
    /// Whether it denies this for some thing of such a kind, if not for all of them.
    #[must_use]
    pub fn denies_some(&self, action: &str, kind: &str) -> bool {
        let denies = |statement: &Statement| {
            let fits = statement.actions.iter().any(|glob| glob.fits(action));
            !statement.allows && fits && statement.may_speak_of(action, kind)
        };
        self.statements.iter().any(denies)
    }

    /// Whether it allows this, by the name of the action's module, for some thing of such a kind.
    #[must_use]
    pub fn allows_some_by_name(&self, action: &str, kind: &str) -> bool {
        let module = action.split(':').next().unwrap_or_default();
        let allows = |statement: &Statement| {
            let meant = |glob: &Glob| glob.fits(action) && glob.is_of(module);
            let fits = statement.actions.iter().any(meant);
            statement.allows && fits && statement.may_speak_of(action, kind)
        };
        self.statements.iter().any(allows)
    }

    /// One that denies everything: for a document that cannot be read any more, of which nobody knows what it denied.
    #[must_use]
    pub fn closed() -> Self {
        Self {
            statements: vec![Statement {
                allows: false,
                actions: vec![Glob::new("*")],
                resources: vec![],
                conditions: vec![],
            }],
        }
    }
}

/// What somebody wants to do, and to what.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// As `chats:GetChat`.
    pub action: &'a str,
    /// What it is called, `soat:<project>:<type>:<id>`; several names where it has several.
    pub names: &'a [String],
    /// What sort of thing it is, as `chat`.
    pub kind: &'a str,
    /// Its tags and their values.
    pub tags: &'a [(String, String)],
    /// Only a statement that names the action's module allows it: who may do everything (`*`) may not do this.
    pub by_name: bool,
}

/// What policies say to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// One allows it, and none denies it.
    Allowed,
    /// One denies it.
    Denied,
    /// None speaks of it.
    Silent,
}

/// What all of these policies say together.
#[must_use]
pub fn rule<'p>(policies: impl IntoIterator<Item = &'p Policy>, question: &Question<'_>) -> Ruling {
    let mut ruling = Ruling::Silent;
    for statement in policies.into_iter().flat_map(|policy| &policy.statements) {
        // What allows once more changes nothing.
        if statement.allows && ruling == Ruling::Allowed || !statement.speaks_of(question) {
            continue;
        }
        if !statement.allows {
            return Ruling::Denied;
        }
        ruling = Ruling::Allowed;
    }
    ruling
}

impl Statement {
    /// Whether a thing of this kind can be meant, whatever its name and its tags are.
    fn may_speak_of(&self, action: &str, kind: &str) -> bool {
        let question = Question {
            action,
            names: &[],
            kind,
            tags: &[],
            by_name: false,
        };
        let names = &self.resources;
        let may_hold = |condition: &Condition| match condition.of {
            Attribute::Type => condition.holds(&question),
            Attribute::Tag(_) => true,
        };
        (names.is_empty() || names.iter().any(|glob| glob.may_name(kind)))
            && self.conditions.iter().all(may_hold)
    }

    fn speaks_of(&self, question: &Question<'_>) -> bool {
        let named = |glob: &Glob| question.names.iter().any(|name| glob.fits(name));
        let module = question.action.split(':').next().unwrap_or_default();
        let meant = |glob: &Glob| {
            let by_name = question.by_name && self.allows;
            glob.fits(question.action) && (!by_name || glob.is_of(module))
        };
        self.actions.iter().any(meant)
            && (self.resources.is_empty() || self.resources.iter().any(named))
            && self.conditions.iter().all(|one| one.holds(question))
    }
}

impl Condition {
    /// What a thing does not have equals nothing, and is like nothing.
    fn holds(&self, question: &Question<'_>) -> bool {
        let has = match &self.of {
            Attribute::Type => Some(question.kind),
            Attribute::Tag(name) => {
                let tags = question.tags.iter();
                let mut found = tags.filter(|(known, _)| known == name);
                found.next().map(|(_, value)| value.as_str())
            }
        };
        match self.operator {
            Operator::Equals => has.is_some_and(|has| self.value.is(has)),
            Operator::NotEquals => has.is_none_or(|has| !self.value.is(has)),
            Operator::Like => has.is_some_and(|has| self.value.fits(has)),
        }
    }
}
