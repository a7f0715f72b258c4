//! Addresses with a password in them.

use super::announced::placeholder;
use crate::{category::Category, personal_data::Candidate};

const DATABASES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "oracle",
    "clickhouse",
    "cockroachdb",
    "cassandra",
    "couchdb",
    "nats",
    "ldap",
    "jdbc",
];

/// Looks at the `://` at `at`.
pub(super) fn judge(text: &str, at: usize, found: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
    let length = bytes[..at]
        .iter()
        .rev()
        .take(24)
        .take_while(|byte| scheme_byte(**byte))
        .count();
    let scheme = text[at - length..at].to_ascii_lowercase();
    let body = at + 3;
    let stop = |byte: &u8| {
        byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b')')
    };
    let path = |byte: &u8| matches!(byte, b'/' | b'?' | b'#');
    let size = bytes[body..]
        .iter()
        .take(200)
        .take_while(|byte| !stop(byte) && !path(byte))
        .count();
    let authority =
        text[body..crate::nearby::floor(text, body + size)].trim_end_matches(['.', ',', ';']);
    let Some((user, host)) = authority.rsplit_once('@') else {
        return;
    };
    let Some((_, password)) = user.split_once(':') else {
        return;
    };
    let known = matches!(
        password.to_ascii_lowercase().as_str(),
        "password" | "pass" | "pwd" | "passwd" | "secret"
    );
    if password.len() < 3 || host.is_empty() || known || placeholder(password) {
        return;
    }
    let size = bytes[body..]
        .iter()
        .take(250)
        .take_while(|byte| !stop(byte))
        .count();
    let rest =
        text[body..crate::nearby::floor(text, body + size)].trim_end_matches(['.', ',', ';']);
    let base = scheme.split('+').next().unwrap_or_default();
    let category = if DATABASES.contains(&base) || DATABASES.contains(&scheme.as_str()) {
        Category::DatabaseUrl
    } else {
        Category::PasswordContext
    };
    found.push(Candidate::new(
        category,
        at - length..body + rest.len(),
        0.95,
        &[],
    ));
}
