//! Who may do what, where policies say so: the owner's rights, and the key's, and no other project than the key's.

use std::sync::Arc;

use aggregates::{PolicyId, user::Role};
use dashmap::DashMap;
use serde_json::Value;

use super::Api;
use crate::{
    auth::{
        Principal,
        policy::{Policy, Question, Ruling, rule},
    },
    views::{ChatRow, ConfiguredRow, DocumentRow, ViewError},
};

/// So many policies are kept ready at most.
const ROOM: usize = 1_000;

/// Policies that were read once.
#[derive(Debug, Default)]
pub struct ReadPolicies(DashMap<String, (String, Arc<Policy>)>);

impl ReadPolicies {
    fn read(&self, id: &str, document: String) -> Arc<Policy> {
        if let Some(known) = self.0.get(id)
            && known.0 == document
        {
            return Arc::clone(&known.1);
        }
        let parsed = serde_json::from_str::<Value>(&document).map(|value| Policy::parse(&value));
        let policy = Arc::new(match parsed {
            Ok(Ok(policy)) => policy,
            _ => {
                tracing::error!(id, "a policy cannot be read: it denies everything");
                Policy::closed()
            }
        });
        if self.0.len() >= ROOM {
            self.0.clear();
        }
        self.0
            .insert(id.to_owned(), (document, Arc::clone(&policy)));
        policy
    }
}

/// What something is called where policies name it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    names: Vec<String>,
    kind: &'static str,
    project: Option<String>,
    tags: Vec<(String, String)>,
}

impl Target {
    /// A thing of this kind; `*` is all of them.
    pub(crate) fn new(kind: &'static str, project: Option<&str>, id: &str) -> Self {
        let name = |id: &str| format!("soat:{}:{kind}:{id}", project.unwrap_or("*"));
        let mut names = vec![name(id)];
        // Chats are found by either prefix, so policies may name them by either.
        if kind == ChatRow::TYPE
            && let Some(rest) = id.strip_prefix("cht_")
        {
            names.push(name(&format!("chat_{rest}")));
        }
        Self {
            names,
            kind,
            project: project.map(str::to_owned),
            tags: vec![],
        }
    }

    /// Everything of a kind in a project.
    pub(crate) fn all<R: ConfiguredRow>(project: &str) -> Self {
        Self::new(R::TYPE, Some(project), "*")
    }

    /// What a row is of.
    pub(crate) fn of<R: ConfiguredRow>(row: &R) -> Self {
        let target = Self::new(R::TYPE, row.project(), row.id());
        match R::TYPE == DocumentRow::TYPE {
            true => target.at(row.text("path"), row.text("tags")),
            false => target,
        }
    }

    /// The same with the two more things of documents that policies may speak of: a path, and tags (a JSON object).
    pub(crate) fn at(mut self, path: Option<&str>, tags: Option<&str>) -> Self {
        if let (Some(project), Some(path)) = (&self.project, path) {
            let name = format!("soat:{project}:{}:{path}", self.kind);
            self.names.push(name);
        }
        self.tags = tags.map(self::tags).unwrap_or_default();
        self
    }
}

impl Target {
    /// The same by one more name: that of something else it belongs to.
    pub(crate) fn within(mut self, kind: &str, id: &str) -> Self {
        self.names.push(format!("soat:*:{kind}:{id}"));
        self
    }

    /// The same, taken for a thing of this kind: a statement that names it as one may ask for the kind, too.
    pub(crate) fn taken_for(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// The same with a tag.
    pub(crate) fn tagged(mut self, name: &str, value: &str) -> Self {
        self.tags.push((name.to_owned(), value.to_owned()));
        self
    }

    fn asked<'t>(&'t self, action: &'t str, by_name: bool) -> Question<'t> {
        Question {
            action,
            names: &self.names,
            kind: self.kind,
            tags: &self.tags,
            by_name,
        }
    }
}

fn tags(tags: &str) -> Vec<(String, String)> {
    let tags: serde_json::Map<String, Value> = serde_json::from_str(tags).unwrap_or_default();
    let text = |(name, value): (String, Value)| match value {
        Value::String(value) => Some((name, value)),
        _ => None,
    };
    tags.into_iter().filter_map(text).collect()
}

/// What somebody may do, ready to be asked about many things.
#[derive(Clone)]
pub(crate) struct Rights {
    is_admin: bool,
    own: Vec<Arc<Policy>>,
    /// Nothing where the key has no policies.
    of_the_key: Option<Vec<Arc<Policy>>>,
    project: Option<String>,
}

impl Rights {
    /// Those of this one, as the views have them.
    pub(crate) async fn of(api: &Api, who: &Principal) -> Result<Self, ViewError> {
        let of_the_key = match who.scope.policies.as_slice() {
            [] => None,
            policies => Some(read(api, policies).await?),
        };
        let is_admin = who.role == Role::Admin;
        Ok(Self {
            is_admin,
            own: match is_admin {
                true => vec![],
                false => read(api, &who.policies).await?,
            },
            of_the_key,
            project: who.scope.project.as_ref().map(ToString::to_string),
        })
    }

    /// Whether everything is allowed that anybody may do.
    pub(crate) fn are_unlimited(&self) -> bool {
        self.is_admin && self.of_the_key.is_none() && self.project.is_none()
    }

    /// Whether `action` may be done to `target`.
    pub(crate) fn allow(&self, action: &str, target: &Target) -> bool {
        self.owner_says(action, target) == Ruling::Allowed && self.key_allows(action, target)
    }

    /// Whether it may be done to what is one's own: no policy is needed, but none may deny it.
    pub(crate) fn allow_own(&self, action: &str, target: &Target) -> bool {
        self.owner_says(action, target) != Ruling::Denied && self.key_allows(action, target)
    }

    /// Whether it may be done by who has a role for it, or whom a policy allows it by name; none may deny it, and a key
    /// that may do less than its owner has to allow it by name, too.
    pub(crate) fn allow_by_name(&self, has_role: bool, action: &str, target: &Target) -> bool {
        let question = target.asked(action, true);
        let ask = |policies: &[Arc<Policy>]| rule(policies.iter().map(Arc::as_ref), &question);
        let owner = match ask(&self.own) {
            Ruling::Allowed => true,
            Ruling::Silent => has_role,
            Ruling::Denied => false,
        };
        let here = self.project.as_ref();
        owner
            && here.is_none_or(|project| target.project.as_ref() == Some(project))
            && self
                .of_the_key
                .as_ref()
                .is_none_or(|policies| ask(policies) == Ruling::Allowed)
    }

    /// Whether a policy allows it by name for some thing of one of these kinds, and the key's do, too.
    pub(crate) fn allow_some_by_name(&self, action: &str, kinds: &[&str]) -> bool {
        let some = |policies: &[Arc<Policy>]| {
            let mut pairs = policies
                .iter()
                .flat_map(|policy| kinds.iter().map(move |kind| (policy, kind)));
            pairs.any(|(policy, kind)| policy.allows_some_by_name(action, kind))
        };
        let of_the_key = self.of_the_key.as_ref();
        some(&self.own) && of_the_key.is_none_or(|policies| some(policies))
    }

    /// Whether one of the policies denies it.
    pub(crate) fn deny(&self, action: &str, target: &Target) -> bool {
        let question = target.asked(action, true);
        let of_the_key = self.of_the_key.iter().flatten();
        let policies = self.own.iter().chain(of_the_key);
        rule(policies.map(Arc::as_ref), &question) == Ruling::Denied
    }

    /// Whether one of the policies denies it for some thing of this kind.
    pub(crate) fn deny_some(&self, action: &str, kind: &str) -> bool {
        let of_the_key = self.of_the_key.iter().flatten();
        let mut policies = self.own.iter().chain(of_the_key);
        policies.any(|policy| policy.denies_some(action, kind))
    }

    /// Whether an admin may do it, and nobody else.
    pub(crate) fn allow_admin(&self, action: &str, target: &Target) -> bool {
        self.is_admin && self.key_allows(action, target)
    }

    fn owner_says(&self, action: &str, target: &Target) -> Ruling {
        match self.is_admin {
            true => Ruling::Allowed,
            false => ask(&self.own, action, target),
        }
    }

    fn key_allows(&self, action: &str, target: &Target) -> bool {
        let policies = self.of_the_key.as_ref();
        let here = self.project.as_ref();
        here.is_none_or(|project| target.project.as_ref() == Some(project))
            && policies.is_none_or(|policies| ask(policies, action, target) == Ruling::Allowed)
    }
}

fn ask(policies: &[Arc<Policy>], action: &str, target: &Target) -> Ruling {
    let question = target.asked(action, false);
    rule(policies.iter().map(Arc::as_ref), &question)
}

/// Those of the policies that there are: one that is gone says nothing.
async fn read(api: &Api, ids: &[PolicyId]) -> Result<Vec<Arc<Policy>>, ViewError> {
    let mut read = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = api.views.policy(id.as_str()).await? {
            read.push(api.policies.read(id.as_str(), row.document));
        }
    }
    Ok(read)
}
