//! Passwords: hashed with argon2id, checked so that neither time nor load tells or costs too much.

use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use crate::{
    blocking::{Blocking, Undone},
    config::Secret,
};

/// The longest password, in bytes: hashing a longer text is work for nothing.
pub const LONGEST: usize = 1024;

/// The shortest password that people may choose for themselves, in characters.
pub const SHORTEST: usize = 8;

/// Hashes that are computed at the same time; each takes 19 MiB and some 20 ms of one core.
const AT_ONCE: usize = 2;

/// Who waits or computes at most; more are turned away, so that a flood of logins has an end.
const IN_THE_QUEUE: usize = 128;

/// The hash that is checked for users that do not exist, so that this takes the same time. Nobody's.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Empty, too long, or with U+0000 in it.
    #[error("a password has 1 to {LONGEST} bytes and no NUL character")]
    Unusable,
    /// Shorter than [`SHORTEST`].
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// Too many wait already.
    #[error("too many logins at once; try again in a moment")]
    Busy,
    /// The server is being shut down.
    #[error("the server is ending")]
    Ending,
    /// The stored hash, or the computation, is broken.
    #[error("the password cannot be checked: {0}")]
    Broken(password_hash::Error),
    /// The stored hash is not one.
    #[error("the stored password hash cannot be read: {0}")]
    BadHash(password_hash::phc::Error),
}

/// Hashes and checks passwords, a few at a time, away from the threads that serve requests.
#[derive(Clone)]
pub struct Passwords(Blocking);

impl Default for Passwords {
    fn default() -> Self {
        Self(Blocking::new(AT_ONCE, IN_THE_QUEUE))
    }
}

impl Passwords {
    /// The same as [`Self::hash`], for a password that somebody has chosen over the network: it has a least
    /// length.
    ///
    /// # Errors
    /// Also when it is too short.
    pub async fn hash_chosen(&self, password: &Secret) -> Result<String, PasswordError> {
        if password.expose().chars().count() < SHORTEST {
            return Err(PasswordError::Short);
        }
        self.hash(password).await
    }

    /// The argon2id hash of a password in PHC form, to be stored.
    ///
    /// # Errors
    /// When the password is unusable, too many wait, or the server is ending.
    pub async fn hash(&self, password: &Secret) -> Result<String, PasswordError> {
        if !is_usable(password.expose()) {
            return Err(PasswordError::Unusable);
        }
        let password = password.clone();
        self.compute(move || {
            let hash: PasswordHash = Argon2::default()
                .hash_password(password.expose().as_bytes())
                .map_err(PasswordError::Broken)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether this is the password of a stored hash. For a user that does not exist say `None`: the answer
    /// is no, and takes as long.
    ///
    /// # Errors
    /// When too many wait, the stored hash is broken, or the server is ending.
    pub async fn verify(
        &self,
        password: &Secret,
        hash: Option<&str>,
    ) -> Result<bool, PasswordError> {
        if !is_usable(password.expose()) {
            return Ok(false);
        }
        let password = password.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        self.compute(move || {
            let hash = PasswordHash::new(&hash).map_err(PasswordError::BadHash)?;
            match Argon2::default().verify_password(password.expose().as_bytes(), &hash) {
                Ok(()) => Ok(known),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(PasswordError::Broken(error)),
            }
        })
        .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        self.0.run(work).await.map_err(|undone| match undone {
            Undone::Busy => PasswordError::Busy,
            Undone::Ending | Undone::Panicked => PasswordError::Ending,
        })?
    }
}

fn is_usable(password: &str) -> bool {
    (1..=LONGEST).contains(&password.len()) && !password.contains('\0')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    #[tokio::test]
    async fn a_password_opens_what_was_locked_with_it_and_nothing_else() {
        let passwords = Passwords::default();
        let hash = passwords.hash(&secret("open sesame")).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let verify = async |text: &str| passwords.verify(&secret(text), Some(&hash)).await.unwrap();
        assert!(verify("open sesame").await);
        assert!(!verify("open sesame ").await);
        assert!(!verify("").await);
        assert!(!verify(&"x".repeat(LONGEST + 1)).await);
    }

    #[tokio::test]
    async fn the_same_password_has_another_hash_each_time() {
        let passwords = Passwords::default();
        let one = passwords.hash(&secret("x")).await.unwrap();
        assert_ne!(one, passwords.hash(&secret("x")).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_a_password_and_costs_what_everybody_costs() {
        let passwords = Passwords::default();
        assert!(!passwords.verify(&secret("x"), None).await.unwrap());
        let cost = |hash: &str| {
            let hash = PasswordHash::new(hash).unwrap();
            let length = hash.hash.unwrap().len();
            (
                hash.algorithm,
                hash.version,
                hash.params.to_string(),
                length,
            )
        };
        let somebody = passwords.hash(&secret("x")).await.unwrap();
        assert_eq!(cost(NOBODY), cost(&somebody));
    }

    #[tokio::test]
    async fn an_unusable_password_is_refused() {
        let passwords = Passwords::default();
        for text in ["", "a\0b", &"x".repeat(LONGEST + 1)] {
            let result = passwords.hash(&secret(text)).await;
            assert!(matches!(result, Err(PasswordError::Unusable)));
        }
    }

    #[tokio::test]
    async fn a_broken_hash_is_an_error_and_not_a_wrong_password() {
        let passwords = Passwords::default();
        let result = passwords.verify(&secret("x"), Some("no hash")).await;
        assert!(matches!(result, Err(PasswordError::BadHash(_))));
    }

    #[tokio::test]
    async fn a_flood_of_logins_has_an_end() {
        let passwords = Passwords(Blocking::new(1, 0));
        let result = passwords.verify(&secret("x"), None).await;
        assert!(matches!(result, Err(PasswordError::Busy)));
    }
}
