//! Who a request comes from, and what it showed to prove that.

use aggregates::{
    KeyId, PolicyId, UserId,
    key::KeyScope,
    user::{Preferences, Role},
};

use super::key;

/// Who a request comes from, once that is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user: UserId,
    /// The user's name.
    pub username: String,
    /// The role the user has now.
    pub role: Role,
    /// What the user wants where a request says nothing.
    pub preferences: Preferences,
    /// The policies that say what the user may do, where policies are asked.
    pub policies: Vec<PolicyId>,
    /// What may be done less than that with what was shown, and how it is answered.
    pub scope: KeyScope,
    /// Until when the user may write nothing, in microseconds since 1970; that may be over.
    pub restricted_until: Option<i64>,
    /// How it was proved.
    pub via: Via,
}

impl Principal {
    /// Whether the key that was shown may do less than its owner.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.scope.project.is_some() || !self.scope.policies.is_empty()
    }

    /// Whether this one may let somebody with this role in or keep them out: an admin everybody, staff those
    /// below them.
    #[must_use]
    pub fn may_manage(&self, role: Role) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Staff => matches!(role, Role::User | Role::Support),
            Role::User | Role::Support | Role::Auditor => false,
        }
    }
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// By a token.
    Token,
    /// By this API key.
    Key(KeyId),
}

/// What a request shows. Not yet proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented<'a> {
    /// Perhaps a token, see [`super::Tokens::verify`].
    Token(&'a str),
    /// An API key; the digest to look it up by.
    Key {
        /// See [`key::digest`].
        digest: String,
    },
}

impl<'a> Presented<'a> {
    /// Reads the `Authorization` header's value and the query's `token`; a bearer in the header counts when
    /// both are there. `None`: nothing was shown.
    #[must_use]
    pub fn read(authorization: Option<&'a str>, query_token: Option<&'a str>) -> Option<Self> {
        authorization
            .and_then(|header| after_scheme(header, "bearer"))
            .or(query_token)
            .and_then(Self::of)
    }

    /// The same for clients that write `Authorization: Token …`, or a bearer.
    #[must_use]
    pub fn read_token(authorization: Option<&'a str>) -> Option<Self> {
        let header = authorization?;
        after_scheme(header, "token")
            .or_else(|| after_scheme(header, "bearer"))
            .and_then(Self::of)
    }

    fn of(text: &'a str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        Some(match key::digest(text) {
            Some(digest) => Self::Key { digest },
            None => Self::Token(text),
        })
    }
}

/// What follows the scheme in a header; schemes are compared without regard to case (RFC 9110, 11.1).
fn after_scheme<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (written, rest) = header.trim().split_once(' ')?;
    written.eq_ignore_ascii_case(scheme).then_some(rest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_bearer_is_a_token_or_a_key() {
        let key = format!("sk_{}", "0".repeat(64));
        let header = format!("bearer  {key}");
        assert_eq!(
            Presented::read(Some("Bearer a.b.c"), None),
            Some(Presented::Token("a.b.c"))
        );
        assert_eq!(
            Presented::read(Some(&header), None),
            Some(Presented::Key {
                digest: key::digest(&key).unwrap()
            })
        );
    }

    #[test]
    fn the_header_counts_before_the_query() {
        let read = Presented::read(Some("Bearer header"), Some("query"));
        assert_eq!(read, Some(Presented::Token("header")));
        let read = Presented::read(None, Some("query"));
        assert_eq!(read, Some(Presented::Token("query")));
    }

    #[test]
    fn another_scheme_or_an_empty_value_shows_nothing() {
        for header in ["", "Bearer", "Bearer ", "Basic YTpi", "token"] {
            assert_eq!(Presented::read(Some(header), None), None, "{header}");
        }
        assert_eq!(Presented::read(None, Some("")), None);
        assert_eq!(Presented::read(None, None), None);
        // A proxy's own login does not hide the query's token.
        let read = Presented::read(Some("Basic YTpi"), Some("query"));
        assert_eq!(read, Some(Presented::Token("query")));
    }

    #[test]
    fn a_client_may_write_token_or_bearer() {
        for header in ["Token x", "token  x", "TOKEN x", "Bearer x"] {
            let read = Presented::read_token(Some(header));
            assert_eq!(read, Some(Presented::Token("x")), "{header}");
        }
        for header in ["", "Token", "Token ", "Basic x", "x"] {
            assert_eq!(Presented::read_token(Some(header)), None, "{header}");
        }
        assert_eq!(Presented::read_token(None), None);
    }
}
