//! `users` and `keys`: who may come in; and what is configured.

mod ai_providers;
mod chats;
mod documents;
mod policies;
mod projects;
mod secrets;
mod webhooks;

use aggregates::{
    PolicyId,
    key::{KeyEvent, KeyScope},
    thread::Mood,
    user::{Preference, Preferences, Restriction, Role, UserEvent},
};

pub use self::{
    ai_providers::{AiProviderRow, AiProviders},
    chats::{ChatRow, Chats},
    documents::{DocumentRow, DocumentTextRow, DocumentTexts, Documents},
    policies::{Policies, PolicyRow},
    projects::{ProjectRow, Projects},
    secrets::{SecretRow, Secrets},
    webhooks::{Replaced, WebhookRow, Webhooks},
};
use crate::{Event, Projection, Recorded, Row, row::row};

/// A row of something that is configured.
pub trait ConfiguredRow: Row {
    /// What it is called where policies name it.
    const TYPE: &'static str;
    /// The column by which it belongs to a project; none, where it belongs to the server.
    const PROJECT: Option<&'static str>;

    /// Its id.
    fn id(&self) -> &str;

    /// The project it belongs to.
    fn project(&self) -> Option<&str> {
        self.text(Self::PROJECT?)
    }
}

macro_rules! configured {
    ($row:ident, $type:literal, $id:ident) => {
        super::configured!($row, $type, $id => None);
    };
    ($row:ident, $type:literal, $id:ident, $project:ident) => {
        super::configured!($row, $type, $id => Some(stringify!($project)));
    };
    ($row:ident, $type:literal, $id:ident => $project:expr) => {
        impl super::ConfiguredRow for $row {
            const TYPE: &'static str = $type;
            const PROJECT: Option<&'static str> = $project;

            fn id(&self) -> &str {
                &self.$id
            }
        }
    };
}
use configured;

row! {
    /// An account.
    pub struct UserRow in "users" {
        /// Its id.
        pub user: String,
        /// Its name, as given.
        pub username: String,
        /// Its name in lower case: names are unique without regard to case.
        pub username_key: String,
        /// Its role: `user`, `support`, `staff`, `auditor` or `admin`.
        pub role: String,
        /// Which stored password hash counts.
        pub credential: String,
        /// Made by the server at its first start.
        pub generated: bool,
        /// Somebody has it: it was not generated, or its password was used.
        pub claimed: bool,
        /// When the password was last changed; tokens from before are void.
        pub password_changed_at: Option<i64>,
        /// It is let in no more.
        pub disabled: bool,
        /// Whom it asks where a request says nothing; nothing: the server's default.
        pub provider: Option<String>,
        /// The tone it wants: `serious`, `friendly` or `normal`.
        pub mood: Option<String>,
        /// It does not want to see a model's thoughts.
        pub without_reasoning: bool,
        /// Its id where ids are short.
        pub short: String,
        /// The policies that say what it may do: a JSON list of ids.
        pub policies: String,
        /// The times in which it may write nothing: a JSON list of them, those that last longest first.
        pub restrictions: String,
        /// When it was made.
        pub created: i64,
        /// When it was last changed.
        pub updated: i64,
    }
    indexes {
        by_name: r#""username_key""#,
        by_short: r#""short""#,
    }
}

/// The projection of [`UserRow`]. Who has deleted the account has no row.
#[derive(Clone, Copy, Debug)]
pub struct Users;

impl Projection for Users {
    const VERSION: u32 = 4;
    type Row = UserRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            // Nobody is told by their own account that it is held.
            Event::User(UserEvent::Held(_) | UserEvent::Released(_)) => vec![],
            Event::User(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<UserRow>, key: &str, event: &Recorded) -> Option<UserRow> {
        let Event::User(happened) = &event.event else {
            return row;
        };
        let changed = Some(match happened {
            UserEvent::Registered {
                user,
                username,
                role: given,
                credential,
                generated,
            } => UserRow {
                user: key.to_owned(),
                username: username.clone(),
                username_key: username.to_lowercase(),
                role: role(*given).to_owned(),
                credential: credential.to_string(),
                generated: *generated,
                claimed: !generated,
                password_changed_at: None,
                disabled: false,
                provider: None,
                mood: None,
                without_reasoning: false,
                short: user.short(),
                policies: NONE.to_owned(),
                restrictions: NONE.to_owned(),
                created: event.recorded_at,
                updated: event.recorded_at,
            },
            UserEvent::PoliciesAttached { policies } => UserRow {
                policies: list(policies),
                ..row?
            },
            UserEvent::Restricted(restriction) => {
                let row = row?;
                let mut restrictions = row.restrictions();
                restriction.join(&mut restrictions);
                row.restricted(&restrictions)
            }
            UserEvent::Unrestricted { message } => {
                let row = row?;
                let mut restrictions = row.restrictions();
                restrictions.retain(|known| known.message != *message);
                row.restricted(&restrictions)
            }
            UserEvent::PasswordChanged { credential } => UserRow {
                credential: credential.to_string(),
                password_changed_at: Some(event.recorded_at),
                ..row?
            },
            UserEvent::FirstLogin {} => UserRow {
                claimed: true,
                ..row?
            },
            UserEvent::Preferred(preference) => prefer(row?, preference),
            UserEvent::Disabled {} => UserRow {
                disabled: true,
                ..row?
            },
            UserEvent::Enabled {} => UserRow {
                disabled: false,
                ..row?
            },
            UserEvent::Held(_) | UserEvent::Released(_) => return row,
            UserEvent::Deleted {}
            | UserEvent::ErasureRequested {}
            | UserEvent::ErasureConfirmed { .. } => return None,
        });
        changed.map(|row| UserRow {
            updated: event.recorded_at,
            ..row
        })
    }
}

/// A list of nothing.
const NONE: &str = "[]";

/// Ids in a column.
fn list(policies: &[PolicyId]) -> String {
    serde_json::to_string(policies).unwrap_or_else(|_| NONE.to_owned())
}

/// Ids out of a column.
fn listed(policies: &str) -> Vec<PolicyId> {
    serde_json::from_str(policies).unwrap_or_default()
}

fn prefer(row: UserRow, preference: &Preference) -> UserRow {
    match preference {
        Preference::Provider(provider) => UserRow {
            provider: provider.clone(),
            ..row
        },
        Preference::Mood(mood) => UserRow {
            mood: Some(mood_word(*mood).to_owned()),
            ..row
        },
        Preference::Reasoning(wanted) => UserRow {
            without_reasoning: !wanted,
            ..row
        },
    }
}

/// The word a tone is stored and printed as.
fn mood_word(mood: Mood) -> &'static str {
    match mood {
        Mood::Serious => "serious",
        Mood::Friendly => "friendly",
        Mood::Normal => "normal",
    }
}

/// The word a role is stored and printed as.
fn role(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Support => "support",
        Role::Staff => "staff",
        Role::Auditor => "auditor",
        Role::Admin => "admin",
    }
}

impl UserRow {
    /// The role, typed.
    #[must_use]
    pub fn role(&self) -> Role {
        match self.role.as_str() {
            "support" => Role::Support,
            "staff" => Role::Staff,
            "auditor" => Role::Auditor,
            "admin" => Role::Admin,
            _ => Role::User,
        }
    }

    /// The policies that say what it may do.
    #[must_use]
    pub fn policies(&self) -> Vec<PolicyId> {
        listed(&self.policies)
    }

    /// Until when it may write nothing, in microseconds since 1970; that may be over.
    #[must_use]
    pub fn restricted_until(&self) -> Option<i64> {
        self.restrictions().first().map(|longest| longest.until)
    }

    fn restrictions(&self) -> Vec<Restriction> {
        serde_json::from_str(&self.restrictions).unwrap_or_default()
    }

    fn restricted(self, restrictions: &[Restriction]) -> Self {
        Self {
            restrictions: serde_json::to_string(restrictions).unwrap_or_else(|_| NONE.to_owned()),
            ..self
        }
    }

    /// What it prefers, typed.
    #[must_use]
    pub fn preferences(&self) -> Preferences {
        Preferences {
            provider: self.provider.clone(),
            mood: self.mood.as_deref().map(|word| match word {
                "serious" => Mood::Serious,
                "friendly" => Mood::Friendly,
                _ => Mood::Normal,
            }),
            without_reasoning: self.without_reasoning,
        }
    }
}

row! {
    /// An API key.
    pub struct KeyRow in "keys" {
        /// Its id.
        pub key: String,
        /// For whom it acts.
        pub owner: String,
        /// What people call it.
        pub name: String,
        /// SHA-256 of the whole key, in hexadecimal.
        pub digest: String,
        /// Its first characters.
        pub prefix: String,
        /// Its id where ids are short.
        pub short: String,
        /// The only project it leads into.
        pub project: Option<String>,
        /// The policies that have to allow what it does, too: a JSON list of ids.
        pub policies: String,
        /// It is answered with camelCase names.
        pub camel: bool,
        /// When it was issued.
        pub created: i64,
        /// When it was last changed.
        pub updated: i64,
        /// When it was revoked.
        pub revoked: Option<i64>,
    }
    indexes {
        by_digest: r#""digest""#,
        by_owner: r#""owner""#,
        by_short: r#""short""#,
        by_project: r#""project""#,
    }
}

impl KeyRow {
    /// What it may do less than its owner.
    #[must_use]
    pub fn scope(&self) -> KeyScope {
        KeyScope {
            project: self.project.as_deref().and_then(|id| id.parse().ok()),
            policies: listed(&self.policies),
            camel: self.camel,
        }
    }

    fn scoped(self, scope: &KeyScope) -> Self {
        Self {
            project: scope.project.as_ref().map(ToString::to_string),
            policies: list(&scope.policies),
            camel: scope.camel,
            ..self
        }
    }
}

/// The projection of [`KeyRow`].
#[derive(Clone, Copy, Debug)]
pub struct Keys;

impl Projection for Keys {
    const VERSION: u32 = 2;
    type Row = KeyRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Key(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<KeyRow>, key: &str, event: &Recorded) -> Option<KeyRow> {
        let Event::Key(happened) = &event.event else {
            return row;
        };
        Some(match happened {
            KeyEvent::Issued {
                key: id,
                owner,
                name,
                digest,
                prefix,
                scope,
            } => KeyRow {
                key: key.to_owned(),
                owner: owner.to_string(),
                name: name.clone(),
                digest: digest.clone(),
                prefix: prefix.clone(),
                short: id.short(),
                project: None,
                policies: NONE.to_owned(),
                camel: false,
                created: event.recorded_at,
                updated: event.recorded_at,
                revoked: None,
            }
            .scoped(scope),
            KeyEvent::Changed { name, scope } => KeyRow {
                name: name.clone(),
                updated: event.recorded_at,
                ..row?
            }
            .scoped(scope),
            KeyEvent::Revoked {} => KeyRow {
                revoked: Some(event.recorded_at),
                ..row?
            },
            KeyEvent::Erased {} => return None,
        })
    }
}
