//! Sealing: content is encrypted on its way into the log, and opened when it is read.
//!
//! Which fields are content, the aggregates say. Each aggregate has a key of its own, kept beside the
//! log and not in it, and a new one after each erasure (an epoch): who destroys a key has destroyed what
//! it sealed, in a log that is never changed. A conversation has a key for each day, so that what was said long ago can
//! be destroyed alone. A key is stored with the first events that need it, in
//! their transaction. That nobody seals with a key of before an erasure needs no lock: the erasure has
//! moved the stream's head, so a decision made before it is refused.

mod cipher;
mod fields;
mod keyring;
mod periods;
mod reading;
mod writing;

pub use self::periods::{beginning_of, day_of};
pub(super) use self::{
    cipher::Cipher,
    keyring::{KeyName, Keyring, StoredKey},
    periods::SealingDay,
    reading::sealed_before,
    writing::SealedKey,
};
