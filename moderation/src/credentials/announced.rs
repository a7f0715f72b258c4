//! Secrets that a word announces: `password=…`, `api_key: …`, `Bearer …`.

use crate::{category::Category as C, personal_data::Candidate};

/// What a word announces.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Secret {
    Password,
    Key,
    Aws,
    Azure,
}

/// The words, in lower case.
#[rustfmt::skip]
pub(super) const WORDS: &[(&str, Secret)] = &[
    ("password", Secret::Password), ("passwd", Secret::Password), ("passphrase", Secret::Password),
    ("pwd", Secret::Password), ("parool", Secret::Password), ("passwort", Secret::Password),
    ("kennwort", Secret::Password), ("contraseña", Secret::Password), ("mot de passe", Secret::Password),
    ("salasana", Secret::Password), ("hasło", Secret::Password), ("lösenord", Secret::Password),
    ("wachtwoord", Secret::Password), ("senha", Secret::Password), ("пароль", Secret::Password),
    ("密码", Secret::Password), ("api_key", Secret::Key), ("api-key", Secret::Key), ("apikey", Secret::Key),
    ("api key", Secret::Key), ("access_token", Secret::Key), ("access token", Secret::Key),
    ("auth_token", Secret::Key), ("auth token", Secret::Key), ("api_token", Secret::Key), ("api token", Secret::Key),
    ("client_secret", Secret::Key), ("client secret", Secret::Key), ("secret_key", Secret::Key),
    ("secret key", Secret::Key), ("secretkey", Secret::Key), ("access_key", Secret::Key), ("accesskey", Secret::Key),
    ("private_token", Secret::Key), ("secret_token", Secret::Key), ("refresh_token", Secret::Key),
    ("auth_key", Secret::Key), ("encryption_key", Secret::Key),
    ("license_key", Secret::Key), ("secret", Secret::Key), ("token", Secret::Key),
    ("_pass", Secret::Password), ("_password", Secret::Password), ("_passwd", Secret::Password),
    ("_passphrase", Secret::Password), ("adgangskode", Secret::Password), ("heslo", Secret::Password),
    ("jelszó", Secret::Password), ("parola", Secret::Password), ("şifre", Secret::Password),
    ("パスワード", Secret::Password), ("비밀번호", Secret::Password), ("aws_secret_access_key", Secret::Aws),
    ("aws secret access key", Secret::Aws), ("aws_secret_key", Secret::Aws), ("aws secret key", Secret::Aws),
    ("secret access key", Secret::Aws), ("secretaccesskey", Secret::Aws), ("aws secret", Secret::Aws),
    ("azure_storage_key", Secret::Azure), ("azure key", Secret::Azure), ("ocp-apim-subscription-key", Secret::Azure),
];

/// How much of a secret is read.
const MOST: usize = 200;

/// Looks behind a word.
pub(super) fn judge(text: &str, end: usize, secret: Secret, found: &mut Vec<Candidate>) {
    let rest = &text[end..];
    let Some((skip, sign)) = sign(rest) else {
        return;
    };
    let body = &rest[skip..];
    let quote = body
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\'' | '`'));
    let body = quote.map_or(body, |quote| &body[quote.len_utf8()..]);
    let begin = text.len() - body.len();
    let stop = |c: char| match quote {
        Some(quote) => c == quote || c.is_whitespace(),
        None => {
            c.is_whitespace()
                || matches!(
                    c,
                    '"' | '\'' | '`' | ',' | ';' | '<' | '>' | '&' | ')' | '}' | ']' | '|'
                )
        }
    };
    let body = &body[..crate::nearby::floor(body, MOST)];
    let value = &body[..body.find(stop).unwrap_or(body.len())];
    let value = if quote.is_none() {
        value.trim_end_matches(['.', ',', '!', '?', ':'])
    } else {
        value
    };
    // "password=Secret1!" ends with what may be part of it.
    let value = if sign == '=' && quote.is_none() && body[value.len()..].starts_with(['!', '?']) {
        &body[..=value.len()]
    } else {
        value
    };
    let span = begin..begin + value.len();
    if placeholder(value) || value.len() < 6 {
        return;
    }
    let alphabet = |extra: &str| {
        value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
    };
    let category = match secret {
        Secret::Password if password(value, sign) => C::PasswordContext,
        Secret::Aws if value.len() == 40 && alphabet("/+=") => C::AwsSecretKey,
        Secret::Azure if value.len() >= 32 && alphabet("/+=") => C::AzureKey,
        Secret::Key if value.len() >= 16 && alphabet("_-./+=~") && random(value) => {
            C::GenericApiKey
        }
        _ => return,
    };
    found.push(Candidate::new(category, span, 0.8, &[]));
}

/// What is between the word and the secret: how long it is, and its sign.
fn sign(rest: &str) -> Option<(usize, char)> {
    let trimmed = rest.trim_start_matches(['"', '\'', '*', '`']);
    let trimmed = trimmed.trim_start_matches([' ', '\t']);
    for (sign, kind) in [
        ("=>", '='),
        (":=", '='),
        ("=", '='),
        (":", ':'),
        ("is:", ':'),
        ("is ", 'i'),
        ("on ", 'i'),
        ("ist ", 'i'),
        ("est ", 'i'),
        ("es ", 'i'),
    ] {
        if let Some(after) = trimmed.strip_prefix(sign) {
            if after.starts_with('=') {
                return None;
            }
            let after = after.trim_start_matches([' ', '\t']);
            let skip = rest.len() - after.len();
            return (skip <= 12).then_some((skip, kind));
        }
    }
    None
}

/// Whether this is a password rather than a word about one.
fn password(value: &str, sign: char) -> bool {
    let digits = value.bytes().any(|byte| byte.is_ascii_digit());
    let letters = value.chars().any(char::is_alphabetic);
    let marks = value
        .chars()
        .any(|c| !c.is_alphanumeric() && !"._-/()[]".contains(c));
    let code = value.contains('(')
        || value.contains("->")
        || value.contains("::")
        || value.starts_with([':', '{'])
        || value.starts_with("self.")
        || value.starts_with("http")
        || value.contains('[');
    !code && letters && digits && (sign != 'i' || marks || value.len() >= 8)
        || !code && letters && marks && value.len() >= 8
}

/// Whether this stands for a secret and is none.
pub(super) fn placeholder(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "your",
        "example",
        "xxx",
        "changeme",
        "placeholder",
        "<",
        "${",
        "{{",
        "***",
        "...",
        "…",
        "%s",
        "os.environ",
        "process.env",
        "getenv",
        "redacted",
        "dummy",
        "insert",
        "replace",
        "my_password",
        "mypassword",
        "todo",
        "env.",
        "#{",
    ];
    let lower = value.to_lowercase();
    // "$new_password" and "%PASSWORD%" are names of one.
    let name = value.strip_prefix(['$', '%']).is_some_and(|name| {
        let name = name.trim_end_matches('%');
        !name.starts_with(|first: char| first.is_ascii_digit())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && (name.contains('_') || lower.contains("pass") || value.ends_with('%'))
    });
    name || WORDS.iter().any(|word| lower.contains(word))
        || matches!(
            lower.as_str(),
            "password" | "password123" | "password1" | "secret" | "pass123" | "123456" | "test123"
        )
        || value
            .bytes()
            .all(|byte| Some(&byte) == value.as_bytes().first())
}

/// Whether this looks drawn rather than written: digits among letters, many different characters.
pub(super) fn random(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let mut seen = [false; 256];
    value
        .bytes()
        .for_each(|byte| seen[usize::from(byte)] = true);
    let different = seen.iter().filter(|seen| **seen).count();
    let longest_word = value
        .split(|c: char| !c.is_ascii_lowercase())
        .map(str::len)
        .max()
        .unwrap_or_default();
    digits >= 2 && letters >= 2 && different >= 8 && longest_word < 10
}

/// Whether this looks drawn from letters of both cases.
pub(super) fn mixed_case(value: &str) -> bool {
    let capitals = value.bytes().filter(u8::is_ascii_uppercase).count();
    let small = value.bytes().filter(u8::is_ascii_lowercase).count();
    capitals.min(small) * 6 >= value.len()
}

/// `Bearer` and a token.
pub(super) fn bearer(text: &str, start: usize, end: usize, found: &mut Vec<Candidate>) {
    let rest = &text[end..];
    let body = rest.trim_start_matches([' ', ':']);
    if body.len() == rest.len()
        || rest.len() - body.len() > 2
        || text[..start].ends_with(char::is_alphanumeric)
    {
        return;
    }
    let value = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    let body = &body[..crate::nearby::floor(body, 4096)];
    let token = body[..body.find(|c| !value(c)).unwrap_or(body.len())].trim_end_matches('.');
    if token.len() >= 16 && random(token) && !placeholder(token) {
        let begin =
            text.len() - rest.len() + (rest.len() - rest.trim_start_matches([' ', ':']).len());
        found.push(Candidate::new(
            C::BearerToken,
            begin..begin + token.len(),
            0.7,
            &[],
        ));
    }
}
