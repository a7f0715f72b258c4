//! A user: a person or a program with an account, one role, and what they prefer.
//!
//! Preferences are part of the user: they are small, read with every request together with the account, and
//! go with it.

mod commands;
mod events;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_public_assigned;
use uuid::Uuid;

use crate::{
    Decide,
    aggregate::handle_by_deciding,
    hold::{Hold, HoldRefusal, Holds, Release},
    ids::PolicyId,
    thread::Mood,
};

pub use commands::{UserCommand, UserRefusal};
pub use events::{Preference, Restriction, UserEvent};

/// What a user may do; each includes the ones before it, but for the auditor, who stands apart.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Their own conversations.
    #[default]
    User,
    /// Moderator.
    Support,
    /// Runs the place.
    Staff,
    /// Reads the record: metadata, and content with a reason.
    Auditor,
    /// Everything.
    Admin,
}

/// What a user wants where a request says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Preferences {
    /// Whom to ask, by its configured name; `None`: the server's default.
    pub provider: Option<String>,
    /// The tone.
    pub mood: Option<Mood>,
    /// What a thinking model shows of its thoughts is not wanted.
    pub without_reasoning: bool,
}

impl Preferences {
    /// Takes a choice.
    pub fn take(&mut self, preference: Preference) {
        match preference {
            Preference::Provider(provider) => self.provider = provider,
            Preference::Mood(mood) => self.mood = Some(mood),
            Preference::Reasoning(wanted) => self.without_reasoning = !wanted,
        }
    }
}

/// The state that the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    life: Life,
    unclaimed: bool,
    credential: Uuid,
    preferences: Preferences,
    #[serde(default)]
    policies: Vec<PolicyId>,
    #[serde(default)]
    restrictions: Vec<Restriction>,
    #[serde(default)]
    holds: Holds,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum Life {
    #[default]
    Unknown,
    Active,
    Disabled,
    Deleted,
    Erased,
}

impl User {
    /// The legal holds on what is theirs.
    #[must_use]
    pub fn holds(&self) -> &Holds {
        &self.holds
    }

    /// The id of the hash that the password is checked against; nothing where there is no account.
    #[must_use]
    pub fn credential(&self) -> Option<Uuid> {
        self.exists().then_some(self.credential)
    }

    fn exists(&self) -> bool {
        matches!(self.life, Life::Active | Life::Disabled)
    }

    fn has_ended(&self) -> bool {
        matches!(self.life, Life::Deleted | Life::Erased)
    }

    /// Whether what it is called and its passwords are to be destroyed, and that is not confirmed.
    #[must_use]
    pub fn is_being_erased(&self) -> bool {
        self.life == Life::Deleted
    }
}

impl Aggregate for User {
    const TYPE: &'static str = "user";
    type Command = UserCommand;
    type Event = UserEvent;
    type Error = UserRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: UserEvent) {
        match event {
            UserEvent::Registered {
                generated,
                credential,
                ..
            } => {
                self.life = Life::Active;
                self.unclaimed = generated;
                self.credential = credential;
            }
            UserEvent::FirstLogin {} => self.unclaimed = false,
            UserEvent::PasswordChanged { credential } => self.credential = credential,
            UserEvent::Preferred(preference) => self.preferences.take(preference),
            UserEvent::PoliciesAttached { policies } => self.policies = policies,
            UserEvent::Restricted(restriction) => restriction.join(&mut self.restrictions),
            UserEvent::Unrestricted { message } => {
                self.restrictions.retain(|known| known.message != message);
            }
            UserEvent::Held(Hold { hold, .. }) => self.holds.lay(hold),
            UserEvent::Released(Release { hold, .. }) => self.holds.release(hold),
            UserEvent::Disabled {} => self.life = Life::Disabled,
            UserEvent::Enabled {} => self.life = Life::Active,
            UserEvent::Deleted {} => {
                *self = Self {
                    life: Life::Deleted,
                    holds: std::mem::take(&mut self.holds),
                    ..Self::default()
                };
            }
            UserEvent::ErasureRequested {} => {}
            UserEvent::ErasureConfirmed { .. } => self.life = Life::Erased,
        }
    }
}

impl Decide for User {
    fn decide(&self, command: UserCommand) -> Result<Vec<UserEvent>, UserRefusal> {
        let event = match command {
            UserCommand::Register { .. } if self.life != Life::Unknown => {
                return Err(UserRefusal::Exists);
            }
            UserCommand::Register { username, .. } if !is_name(&username) => {
                return Err(UserRefusal::BadName);
            }
            UserCommand::Register {
                user,
                username,
                role,
                credential,
                generated,
            } => UserEvent::Registered {
                user,
                username,
                role,
                credential,
                generated,
            },
            UserCommand::Delete if self.has_ended() => return Ok(vec![]),
            UserCommand::ConfirmErasure { .. } if self.life == Life::Erased => return Ok(vec![]),
            UserCommand::ConfirmErasure { receipt } if self.life == Life::Deleted => {
                UserEvent::ErasureConfirmed { receipt }
            }
            UserCommand::Hold(_) if !self.exists() && self.life != Life::Deleted => {
                return Err(HoldRefusal::Nothing.into());
            }
            UserCommand::Hold(hold) => match self.holds.may_lay(hold.hold)? {
                true => UserEvent::Held(hold),
                false => return Ok(vec![]),
            },
            UserCommand::ReleaseHold(release) => {
                self.holds.may_release(release.hold)?;
                UserEvent::Released(release)
            }
            _ if !self.exists() => return Err(UserRefusal::Unknown),

            UserCommand::ChangePassword { instead_of, .. }
                if instead_of.is_some_and(|known| known != self.credential) =>
            {
                return Err(UserRefusal::OtherPassword);
            }
            UserCommand::ChangePassword { credential, .. } => {
                UserEvent::PasswordChanged { credential }
            }
            UserCommand::NoteLogin if self.unclaimed => UserEvent::FirstLogin {},
            UserCommand::Prefer(preference) if !self.prefers(&preference) => {
                UserEvent::Preferred(preference)
            }
            UserCommand::AttachPolicies(policies) if self.policies != policies => {
                UserEvent::PoliciesAttached { policies }
            }
            UserCommand::Restrict(restriction) if !self.restrictions.contains(&restriction) => {
                UserEvent::Restricted(restriction)
            }
            UserCommand::Unrestrict(message)
                if self
                    .restrictions
                    .iter()
                    .any(|known| known.message == message) =>
            {
                UserEvent::Unrestricted { message }
            }
            UserCommand::Disable if self.life == Life::Active => UserEvent::Disabled {},
            UserCommand::Enable if self.life == Life::Disabled => UserEvent::Enabled {},
            UserCommand::DeleteUnclaimed if !self.unclaimed => return Err(UserRefusal::Claimed),
            UserCommand::Delete | UserCommand::DeleteUnclaimed => {
                return Ok(vec![UserEvent::Deleted {}, UserEvent::ErasureRequested {}]);
            }
            UserCommand::ConfirmErasure { .. } => return Err(UserRefusal::NotDeleted),
            UserCommand::NoteLogin
            | UserCommand::AttachPolicies(_)
            | UserCommand::Prefer(_)
            | UserCommand::Restrict(_)
            | UserCommand::Unrestrict(_)
            | UserCommand::Disable
            | UserCommand::Enable => return Ok(vec![]),
        };
        Ok(vec![event])
    }
}

impl User {
    fn prefers(&self, preference: &Preference) -> bool {
        let mut preferences = self.preferences.clone();
        preferences.take(preference.clone());
        preferences == self.preferences
    }
}

fn is_name(name: &str) -> bool {
    (1..=150).contains(&name.chars().count()) && name.trim() == name && name.chars().all(is_shown)
}

/// Whether somebody sees this character, and everybody the same: nobody may be called what looks like another's name.
fn is_shown(letter: char) -> bool {
    // It knows what is unassigned and for private use.
    is_public_assigned(letter) && !letter.is_control() && !is_unseen(letter)
}

/// Format characters (`Cf` in Unicode's DerivedGeneralCategory.txt), what has no shape of its own
/// (`Default_Ignorable_Code_Point` in its DerivedCoreProperties.txt: variation selectors, fillers, joiners), separators of
/// lines and paragraphs, and the blank of Braille.
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
