//! A policy's document, read strictly: what is misspelt in a rule about rights must not be passed over.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Attribute, Condition, Glob, Operator, Policy, Statement};

/// Bytes of a document as JSON, at most.
pub const LONGEST: usize = 64 << 10;
/// Statements of a document, at most.
const STATEMENTS: usize = 256;
/// Patterns or conditions of one statement, at most.
const PATTERNS: usize = 64;
/// Characters of one pattern or value, at most.
const PATTERN: usize = 256;
/// Faults that are told, at most.
const TOLD: usize = 20;
/// What stands before the UUID of an answer where completions are printed.
const ANSWER: &str = "chatcmpl-";

/// What is wrong with a document, and where: `statement[0].effect: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(String);

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// Everything that is wrong with it, the first twenty.
    pub fn parse(document: &Value) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader(vec![]);
        let statements = reader.document(document);
        let mut faults = reader.0;
        if faults.is_empty() {
            return Ok(Self { statements });
        }
        faults.truncate(TOLD);
        Err(faults)
    }
}

struct Reader(Vec<Fault>);

impl Reader {
    fn fault(&mut self, place: &str, what: &str) {
        self.0.push(Fault(format!("{place}: {what}")));
    }

    fn document(&mut self, document: &Value) -> Vec<Statement> {
        let Some(fields) = document.as_object() else {
            self.fault("document", "must be an object with a list `statement`");
            return vec![];
        };
        if document.to_string().len() > LONGEST {
            self.fault("document", "must have at most 64 KiB");
            return vec![];
        }
        self.known(fields, "document", &["statement", "version"]);
        if fields
            .get("version")
            .is_some_and(|version| !version.is_string())
        {
            self.fault("version", "must be a text");
        }
        let statements = match fields.get("statement") {
            Some(Value::Array(statements)) if (1..=STATEMENTS).contains(&statements.len()) => {
                statements
            }
            _ => {
                self.fault("statement", "must be a list of 1 to 256 statements");
                return vec![];
            }
        };
        let mut read: Vec<Statement> = vec![];
        for (nth, statement) in statements.iter().enumerate() {
            let place = format!("statement[{nth}]");
            let Some(statement) = self.statement(statement, &place) else {
                continue;
            };
            let opposite = read.iter().position(|one| one.contradicts(&statement));
            if let Some(opposite) = opposite {
                let what = format!("allows and denies the same as statement[{opposite}]");
                self.fault(&place, &what);
            }
            read.push(statement);
        }
        read
    }

    fn statement(&mut self, statement: &Value, place: &str) -> Option<Statement> {
        let Some(fields) = statement.as_object() else {
            self.fault(place, "must be an object");
            return None;
        };
        let names = ["effect", "action", "resource", "condition", "sid"];
        self.known(fields, place, &names);
        let allows = match fields.get("effect").and_then(Value::as_str) {
            Some("Allow") => Some(true),
            Some("Deny") => Some(false),
            _ => {
                self.fault(&format!("{place}.effect"), "must be \"Allow\" or \"Deny\"");
                None
            }
        };
        let action = "must be `*` or `module:Action`, in which `*` and `?` stand for characters";
        let actions = self.patterns(fields, place, "action", true, is_action, action);
        let resource = "must be `*` or `soat:<project>:<type>:<id>`";
        let resources = self.patterns(fields, place, "resource", false, is_resource, resource);
        let conditions = self.conditions(fields.get("condition"), &format!("{place}.condition"));
        Some(Statement {
            allows: allows?,
            actions: actions.iter().map(|text| Glob::new(text)).collect(),
            resources: resources
                .iter()
                .flat_map(|text| resource_globs(text))
                .collect(),
            conditions,
        })
    }

    fn known(&mut self, fields: &Map<String, Value>, place: &str, names: &[&str]) {
        let unknown = fields.keys().filter(|name| !names.contains(&name.as_str()));
        for name in unknown.take(TOLD) {
            let name: String = name.chars().take(40).collect();
            let what = format!("has no field {name:?}; there are {}", names.join(", "));
            self.fault(place, &what);
        }
    }

    fn patterns(
        &mut self,
        fields: &Map<String, Value>,
        place: &str,
        name: &str,
        required: bool,
        is_one: fn(&str) -> bool,
        what: &str,
    ) -> Vec<String> {
        let place = format!("{place}.{name}");
        let list = match fields.get(name) {
            None if !required => return vec![],
            Some(Value::Array(list)) if (1..=PATTERNS).contains(&list.len()) => list,
            _ => {
                self.fault(&place, "must be a list of 1 to 64 texts");
                return vec![];
            }
        };
        let mut read = vec![];
        for (nth, one) in list.iter().enumerate() {
            match one.as_str().filter(|text| is_short(text) && is_one(text)) {
                Some(text) => read.push(text.to_owned()),
                None => self.fault(&format!("{place}[{nth}]"), what),
            }
        }
        read
    }

    fn conditions(&mut self, conditions: Option<&Value>, place: &str) -> Vec<Condition> {
        let operators = match conditions {
            None => return vec![],
            Some(Value::Object(operators)) => operators,
            Some(_) => {
                self.fault(place, "must be an object");
                return vec![];
            }
        };
        let mut read: Vec<Condition> = vec![];
        for (name, tests) in operators {
            let operator = match name.as_str() {
                "StringEquals" => Operator::Equals,
                "StringNotEquals" => Operator::NotEquals,
                "StringLike" => Operator::Like,
                _ => {
                    let what = "knows StringEquals, StringNotEquals and StringLike only";
                    self.fault(place, what);
                    continue;
                }
            };
            let place = format!("{place}.{name}");
            let Some(tests) = tests.as_object().filter(|tests| tests.len() <= PATTERNS) else {
                self.fault(&place, "must be an object of at most 64 texts");
                continue;
            };
            for (key, value) in tests {
                let value = value.as_str().filter(|value| is_short(value));
                match attribute(key).zip(value) {
                    Some((of, value)) => read.push(Condition {
                        operator,
                        of,
                        value: Glob::new(value),
                    }),
                    None => self.fault(
                        &place,
                        "must ask `soat:ResourceType` or `soat:ResourceTag/<name>` for a text",
                    ),
                }
            }
        }
        if never_hold(&read) {
            self.fault(place, "can never hold: it asks for what it excludes");
        }
        read
    }
}

impl Statement {
    /// Whether one of them does nothing but undo the other.
    fn contradicts(&self, other: &Self) -> bool {
        self.allows != other.allows
            && self.actions == other.actions
            && self.resources == other.resources
            && self.conditions == other.conditions
    }
}

/// Whether something is to equal and not to equal the same, or to equal two things.
fn never_hold(conditions: &[Condition]) -> bool {
    let mut equal = conditions
        .iter()
        .filter(|one| one.operator == Operator::Equals);
    equal.any(|one| {
        conditions.iter().any(|other| {
            let excludes = match other.operator {
                Operator::Equals => one.value != other.value,
                Operator::NotEquals => one.value == other.value,
                Operator::Like => false,
            };
            one.of == other.of && excludes
        })
    })
}

fn attribute(key: &str) -> Option<Attribute> {
    let key = key
        .strip_prefix("soat:")
        .or_else(|| key.strip_prefix("srn:"))?;
    match key.strip_prefix("ResourceTag/") {
        Some(name) => (!name.is_empty() && is_short(name)).then(|| Attribute::Tag(name.to_owned())),
        None => (key == "ResourceType").then_some(Attribute::Type),
    }
}

fn is_short(text: &str) -> bool {
    text.len() <= PATTERN && !text.contains('\0')
}

fn is_action(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '?');
        !part.is_empty() && part.chars().all(is_known)
    };
    text == "*"
        || text
            .split_once(':')
            .is_some_and(|(module, action)| is_part(module) && is_part(action))
}

fn is_resource(text: &str) -> bool {
    let parts = |rest: &str| rest.splitn(3, ':').filter(|part| !part.is_empty()).count() == 3;
    text == "*" || soat(text).is_some_and(|rest| parts(rest) || rest.ends_with('*'))
}

/// One name for what has two. An id may be printed in several forms, and whoever asks names what is meant in one of them:
/// a whole UUID stands in that one, too. What is written stays beside it, for it may be a document's path.
fn resource_globs(text: &str) -> Vec<Glob> {
    let Some(rest) = soat(text) else {
        return vec![Glob::new(text)];
    };
    let mut globs = vec![Glob::new(&format!("soat:{rest}"))];
    let parts: Vec<&str> = rest.splitn(3, ':').collect();
    if let [project, kind, id] = parts.as_slice()
        && let Ok(uuid) = Uuid::try_parse(id.strip_prefix(ANSWER).unwrap_or(id))
    {
        let known = Glob::new(&format!("soat:{project}:{kind}:{uuid}"));
        if !globs.contains(&known) {
            globs.push(known);
        }
    }
    globs
}

fn soat(text: &str) -> Option<&str> {
    text.strip_prefix("soat:")
        .or_else(|| text.strip_prefix("srn:"))
}
