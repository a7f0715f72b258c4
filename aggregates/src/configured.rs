//! What all configured things have in common: they are made, perhaps changed, and deleted for ever; what they were
//! called and what was in them is destroyed then.

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Decide, thread::Destroyed};

/// How far its life has come: all that the rules need to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Life {
    /// Not made.
    #[default]
    Absent,
    /// There.
    Present,
    /// Deleted; its content is to be destroyed.
    Deleted,
    /// Its content is destroyed.
    Erased,
}

/// Why one of them says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfiguredRefusal {
    /// The id is taken.
    #[error("there is one of this id already")]
    Exists,
    /// There is none, or no more.
    #[error("there is none of this id")]
    Unknown,
    /// It is about something else than whoever asks was judged by.
    #[error("it was changed meanwhile")]
    Moved,
    /// Nobody has deleted it.
    #[error("it is not deleted")]
    NotDeleted,
}

/// A thing whose content is destroyed when it is deleted.
pub trait Erasable: Decide<Command: Clone> {
    /// The command that notes what was destroyed of it. Idempotent.
    fn confirm_erasure(receipt: Vec<Destroyed>) -> Self::Command;
    /// Whether its content is to be destroyed, and that is not confirmed.
    fn is_being_erased(&self) -> bool;
}

/// A thing of this kind.
pub trait Configured: Erasable<Error = ConfiguredRefusal> {
    /// What it is made of.
    type Made;
    /// The command that makes it.
    fn create(made: Self::Made) -> Self::Command;
    /// The command that ends it. Idempotent.
    fn delete() -> Self::Command;
    /// Whether there was one whose content is destroyed.
    fn is_erased(&self) -> bool;
}

/// A field that was given, though perhaps as nothing; together with `default`, which is that it was not.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// The aggregate, its commands and its events.
macro_rules! configured {
    (
        $(#[$doc:meta])*
        $name:ident is $type:literal, $command:ident, $event:ident;
        $made:ident is $created:literal;
        $($change:ident is $changed:literal;)?
        $deleted:literal
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(crate::configured::Life);

        /// What has happened to it. Names and versions are for ever.
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $event {
            /// It is there.
            #[serde(rename = $created)]
            Created($made),
            $(
                /// Some of it is otherwise.
                #[serde(rename = $changed)]
                Changed($change),
            )?
            /// It is gone for ever.
            #[serde(rename = $deleted)]
            Deleted {},
            /// Its content is to be destroyed. With its end.
            #[serde(rename = "erasure.requested")]
            ErasureRequested {},
            /// It is destroyed.
            #[serde(rename = "erasure.confirmed")]
            ErasureConfirmed {
                /// What was destroyed, by store.
                receipt: Vec<crate::thread::Destroyed>,
            },
        }

        impl cqrs_es::DomainEvent for $event {
            fn event_type(&self) -> String {
                match self {
                    Self::Created(_) => $created,
                    $(Self::Changed(_) => $changed,)?
                    Self::Deleted {} => $deleted,
                    Self::ErasureRequested {} => "erasure.requested",
                    Self::ErasureConfirmed { .. } => "erasure.confirmed",
                }
                .to_owned()
            }

            fn event_version(&self) -> String {
                "1".to_owned()
            }
        }

        /// What somebody may want of it.
        #[derive(Clone, Debug)]
        pub enum $command {
            /// Make it.
            Create($made),
            $(
                /// Make some of it otherwise.
                Change($change),
            )?
            /// End it for ever. Idempotent.
            Delete,
            /// Note that its content is destroyed. Idempotent.
            ConfirmErasure {
                /// What was destroyed, by store.
                receipt: Vec<crate::thread::Destroyed>,
            },
        }

        impl cqrs_es::Aggregate for $name {
            const TYPE: &'static str = $type;
            type Command = $command;
            type Event = $event;
            type Error = crate::configured::ConfiguredRefusal;
            type Services = ();

            crate::aggregate::handle_by_deciding!();

            fn apply(&mut self, event: $event) {
                use crate::configured::Life;
                self.0 = match event {
                    $event::Created(_) => Life::Present,
                    $($event::Changed($change { .. }) => self.0,)?
                    $event::Deleted {} => Life::Deleted,
                    $event::ErasureRequested {} => self.0,
                    $event::ErasureConfirmed { .. } => Life::Erased,
                };
            }
        }

        impl crate::Decide for $name {
            fn decide(
                &self,
                command: $command,
            ) -> Result<Vec<$event>, crate::configured::ConfiguredRefusal> {
                use crate::configured::{ConfiguredRefusal, Life};
                match (self.0, command) {
                    (Life::Absent, $command::Create(made)) => Ok(vec![$event::Created(made)]),
                    (_, $command::Create(_)) => Err(ConfiguredRefusal::Exists),
                    $(
                        (Life::Present, $command::Change(change)) => {
                            let nothing = change == $change::default();
                            Ok(if nothing { vec![] } else { vec![$event::Changed(change)] })
                        }
                        (_, $command::Change(_)) => Err(ConfiguredRefusal::Unknown),
                    )?
                    (Life::Present, $command::Delete) => {
                        Ok(vec![$event::Deleted {}, $event::ErasureRequested {}])
                    }
                    (Life::Deleted, $command::ConfirmErasure { receipt }) => {
                        Ok(vec![$event::ErasureConfirmed { receipt }])
                    }
                    (Life::Deleted | Life::Erased, $command::Delete)
                    | (Life::Erased, $command::ConfirmErasure { .. }) => Ok(vec![]),
                    (Life::Absent, $command::Delete | $command::ConfirmErasure { .. }) => {
                        Err(ConfiguredRefusal::Unknown)
                    }
                    (Life::Present, $command::ConfirmErasure { .. }) => {
                        Err(ConfiguredRefusal::NotDeleted)
                    }
                }
            }
        }

        crate::configured::lives!($name.0, $made, $command);
    };
}
pub(crate) use configured;

/// [`Configured`] and [`Erasable`] for an aggregate with its [`Life`] in a field.
macro_rules! lives {
    ($name:ident.$life:tt, $made:ident, $command:ident) => {
        impl crate::configured::Configured for $name {
            type Made = $made;

            fn create(made: $made) -> $command {
                $command::Create(made)
            }

            fn delete() -> $command {
                $command::Delete
            }

            fn is_erased(&self) -> bool {
                self.$life == crate::configured::Life::Erased
            }
        }

        impl crate::configured::Erasable for $name {
            fn confirm_erasure(receipt: Vec<crate::thread::Destroyed>) -> $command {
                $command::ConfirmErasure { receipt }
            }

            fn is_being_erased(&self) -> bool {
                self.$life == crate::configured::Life::Deleted
            }
        }
    };
}
pub(crate) use lives;
