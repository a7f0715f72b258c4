//! Tokens: JSON Web Tokens (RFC 7519) with HS256, for people who have logged in.
//!
//! Besides the claims that clients read, a token carries in `pwd` which password it was issued for: the
//! time of the last password change that the issuer knew, in microseconds. A change ends all tokens with an
//! earlier `pwd`. Comparing the time of issue instead would have to decide within a second (`iat` counts
//! seconds) and between two clocks (the change has the database's time): a token issued right after the
//! change could be refused, and one issued right before it, or by a login that had checked the old password
//! already, could live on. With `pwd` no clock takes part.

use std::collections::HashSet;

use aggregates::{UserId, user::Role};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::derive;
use crate::{clock, config::ServerKey};

const DAY: i64 = 24 * 60 * 60;

/// How long a token is valid, and how who shows it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Seconds.
    lifetime: i64,
    /// Names in camelCase.
    camel: bool,
}

impl Terms {
    /// 30 days.
    pub const MONTH: Self = Self {
        lifetime: 30 * DAY,
        camel: false,
    };

    /// 7 days, and names as they were asked for.
    #[must_use]
    pub const fn week(camel: bool) -> Self {
        Self {
            lifetime: 7 * DAY,
            camel,
        }
    }
}

/// How much the clocks of two nodes may differ, in seconds.
const LEEWAY: u64 = 5;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Whose it is.
    pub sub: UserId,
    /// The name at the time of issue.
    pub username: String,
    /// The role at the time of issue; what counts is the role the user has now.
    pub role: Role,
    /// Issued at, in seconds since 1970.
    pub iat: i64,
    /// Valid until, in seconds since 1970.
    pub exp: i64,
    /// The time of the password change that was the last one when this was issued, in microseconds.
    pub pwd: i64,
    /// Answers have camelCase names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub camel: bool,
}

impl Claims {
    /// Whether the token is still good after the user's last password change (microseconds since 1970; a
    /// user who never changed it: the time of registration).
    ///
    /// A view that lags behind shows an earlier change than the token knows: that is no reason to refuse.
    #[must_use]
    pub fn outlives_password_change(&self, password_changed_at: i64) -> bool {
        self.pwd >= password_changed_at
    }
}

/// Why a token is not accepted, or could not be made. The reason is for the log; clients are told only that
/// it is no good.
#[derive(Debug, thiserror::Error)]
#[error("the token is not valid: {0}")]
pub struct TokenError(#[from] jsonwebtoken::errors::Error);

/// Issues and checks tokens.
#[derive(Clone)]
pub struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
    rules: Validation,
}

impl Tokens {
    /// With a secret derived from the server's key: another key ends all tokens.
    #[must_use]
    pub fn new(key: &ServerKey) -> Self {
        let secret = derive(key, "colloquy/token/1");
        let mut rules = Validation::new(Algorithm::HS256);
        rules.leeway = LEEWAY;
        rules.required_spec_claims = HashSet::from(["exp".to_owned(), "sub".to_owned()]);
        Self {
            signing: EncodingKey::from_secret(&secret),
            checking: DecodingKey::from_secret(&secret),
            rules,
        }
    }

    /// A token for somebody who has just proved to be this user, with the time of the last password change
    /// that was known when the password was checked.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn issue(
        &self,
        user: UserId,
        username: &str,
        role: Role,
        password_changed_at: i64,
        terms: Terms,
    ) -> Result<String, TokenError> {
        let now = clock::now().timestamp();
        self.sign(&Claims {
            sub: user,
            username: username.to_owned(),
            role,
            iat: now,
            exp: now + terms.lifetime,
            pwd: password_changed_at,
            camel: terms.camel,
        })
    }

    /// What a token says, when we issued it and its time is not over. Whether the user still exists and has
    /// not changed the password ([`Claims::outlives_password_change`]) is the caller's to look up.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        Ok(jsonwebtoken::decode(token, &self.checking, &self.rules)?.claims)
    }

    fn sign(&self, claims: &Claims) -> Result<String, TokenError> {
        Ok(jsonwebtoken::encode(
            &Header::new(Algorithm::HS256),
            claims,
            &self.signing,
        )?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use uuid::Uuid;

    use super::*;

    fn tokens() -> Tokens {
        Tokens::new(&ServerKey::new([1; 32]))
    }

    fn claims() -> Claims {
        let now = clock::now().timestamp();
        Claims {
            sub: UserId(Uuid::from_u128(1)),
            username: "ada".to_owned(),
            role: Role::Staff,
            iat: now,
            exp: now + DAY,
            pwd: 0,
            camel: false,
        }
    }

    #[test]
    fn a_token_says_who_its_owner_is_for_30_days_or_7() {
        let user = UserId(Uuid::from_u128(7));
        let token = tokens().issue(user, "ada", Role::Admin, 42, Terms::MONTH);
        let token = token.unwrap();
        let claims = tokens().verify(&token).unwrap();
        assert_eq!(claims.sub, user);
        assert_eq!(claims.username, "ada");
        assert_eq!(claims.role, Role::Admin);
        assert_eq!(claims.exp - claims.iat, 2_592_000);
        assert_eq!(claims.pwd, 42);
        assert!((clock::now().timestamp() - claims.iat).abs() <= 1);
        assert!(!claims.camel);
        let token = tokens().issue(user, "ada", Role::Admin, 42, Terms::week(true));
        let claims = tokens().verify(&token.unwrap()).unwrap();
        assert_eq!((claims.exp - claims.iat, claims.camel), (604_800, true));
    }

    #[test]
    fn another_servers_token_is_refused() {
        let theirs = Tokens::new(&ServerKey::new([2; 32]));
        let token = theirs.sign(&claims()).unwrap();
        assert!(tokens().verify(&token).is_err());
    }

    #[test]
    fn a_token_whose_time_is_over_is_refused() {
        let mut claims = claims();
        claims.exp = clock::now().timestamp() - 10;
        let token = tokens().sign(&claims).unwrap();
        assert!(tokens().verify(&token).is_err());
    }

    #[test]
    fn a_changed_token_is_refused() {
        let token = tokens().sign(&claims()).unwrap();
        let parts: Vec<_> = token.split('.').collect();
        let mut promoted = claims();
        promoted.role = Role::Admin;
        let body = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&promoted).unwrap());
        let forged = format!("{}.{body}.{}", parts[0], parts[2]);
        assert!(tokens().verify(&token).is_ok());
        assert!(tokens().verify(&forged).is_err());
    }

    #[test]
    fn no_other_algorithm_is_accepted() {
        let secret = derive(&ServerKey::new([1; 32]), "colloquy/token/1");
        let longer = jsonwebtoken::encode(
            &Header::new(Algorithm::HS512),
            &claims(),
            &EncodingKey::from_secret(&secret),
        )
        .unwrap();
        assert!(tokens().verify(&longer).is_err());

        let part = |value: serde_json::Value| {
            BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&value).unwrap())
        };
        let header = part(serde_json::json!({"alg": "none", "typ": "JWT"}));
        let body = part(serde_json::to_value(claims()).unwrap());
        assert!(tokens().verify(&format!("{header}.{body}.")).is_err());
    }

    #[test]
    fn nonsense_is_refused_without_a_panic() {
        for token in ["", ".", "..", "a.b.c", "é.é.é", "\0", &"x".repeat(100_000)] {
            assert!(tokens().verify(token).is_err());
        }
    }

    #[test]
    fn a_password_change_ends_earlier_tokens_and_no_later_ones() {
        let (before, change) = (1_000_000, 1_000_001);
        let issue = |changed_at| {
            let user = UserId(Uuid::from_u128(7));
            let token = tokens().issue(user, "ada", Role::User, changed_at, Terms::MONTH);
            tokens().verify(&token.unwrap()).unwrap()
        };
        // Both are issued in the same second; only what the issuer knew differs.
        assert!(!issue(before).outlives_password_change(change));
        assert!(issue(change).outlives_password_change(change));
        assert!(
            issue(change).outlives_password_change(before),
            "a view that lags"
        );
    }
}
