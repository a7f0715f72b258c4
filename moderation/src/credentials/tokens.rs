//! Tokens that begin in a known way.

use crate::{category::Category as C, personal_data::Candidate};

/// One kind of token.
pub(super) struct Token {
    pub(super) category: C,
    pub(super) lead: &'static str,
    /// What follows the lead.
    body: Body,
    /// How long the body is.
    fewest: usize,
    most: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Body {
    /// Letters and digits.
    Alnum,
    /// Capital letters and digits.
    Upper,
    /// Letters, digits, `_`, `-`.
    Url,
    /// The same and `.`.
    Dotted,
    /// Hexadecimal digits.
    Hex,
    /// A path.
    Path,
    /// Base64.
    Base64,
}

const fn token(category: C, lead: &'static str, body: Body, fewest: usize, most: usize) -> Token {
    Token {
        category,
        lead,
        body,
        fewest,
        most,
    }
}

/// Sources: the issuers' documentation of their token formats.
pub(super) const TOKENS: &[Token] = &[
    token(C::AwsAccessKey, "AKIA", Body::Upper, 16, 16),
    token(C::AwsAccessKey, "ASIA", Body::Upper, 16, 16),
    token(C::AwsAccessKey, "ABIA", Body::Upper, 16, 16),
    token(C::AwsAccessKey, "ACCA", Body::Upper, 16, 16),
    token(C::GcpApiKey, "AIza", Body::Url, 35, 35),
    token(C::GcpApiKey, "GOCSPX-", Body::Url, 28, 28),
    token(C::GcpApiKey, "ya29.", Body::Dotted, 30, 2048),
    token(C::AzureKey, "AccountKey=", Body::Base64, 86, 90),
    token(C::AzureKey, "SharedAccessKey=", Body::Base64, 40, 90),
    token(C::GithubToken, "ghp_", Body::Alnum, 36, 251),
    token(C::GithubToken, "gho_", Body::Alnum, 36, 251),
    token(C::GithubToken, "ghu_", Body::Alnum, 36, 251),
    token(C::GithubToken, "ghs_", Body::Alnum, 36, 251),
    token(C::GithubToken, "ghr_", Body::Alnum, 36, 251),
    token(C::GithubToken, "github_pat_", Body::Url, 22, 251),
    token(C::GitlabPat, "glpat-", Body::Dotted, 20, 251),
    token(C::GitlabPat, "gldt-", Body::Url, 20, 251),
    token(C::GitlabPat, "glrt-", Body::Dotted, 20, 251),
    token(C::GitlabPat, "glptt-", Body::Hex, 40, 251),
    token(C::GitlabPat, "glft-", Body::Url, 20, 251),
    token(C::GitlabPat, "glsoat-", Body::Url, 20, 251),
    token(C::GitlabPat, "glcbt-", Body::Url, 20, 251),
    token(C::GitlabPat, "glimt-", Body::Url, 20, 251),
    token(C::GitlabPat, "glagent-", Body::Url, 20, 251),
    token(C::GitlabPat, "gloas-", Body::Url, 20, 251),
    token(C::SlackToken, "xoxb-", Body::Url, 16, 251),
    token(C::SlackToken, "xoxp-", Body::Url, 16, 251),
    token(C::SlackToken, "xoxa-", Body::Url, 16, 251),
    token(C::SlackToken, "xoxr-", Body::Url, 16, 251),
    token(C::SlackToken, "xoxs-", Body::Url, 16, 251),
    token(C::SlackToken, "xoxe.xox", Body::Dotted, 16, 251),
    token(C::SlackToken, "xoxe-", Body::Url, 16, 251),
    token(C::SlackToken, "xapp-", Body::Url, 16, 251),
    token(C::SlackToken, "xoxc-", Body::Url, 16, 251),
    token(C::SlackToken, "xwfp-", Body::Url, 16, 251),
    token(C::StripeKey, "sk_live_", Body::Alnum, 10, 251),
    token(C::StripeKey, "sk_test_", Body::Alnum, 10, 251),
    token(C::StripeKey, "rk_live_", Body::Alnum, 10, 251),
    token(C::StripeKey, "rk_test_", Body::Alnum, 10, 251),
    token(C::StripeKey, "whsec_", Body::Alnum, 20, 251),
    token(C::SendgridKey, "SG.", Body::Dotted, 60, 80),
    token(C::SlackWebhook, "hooks.slack.com/", Body::Path, 20, 251),
    token(C::Jwt, "eyJ", Body::Dotted, 20, 4096),
    token(C::GenericApiKey, "sk-", Body::Url, 20, 251),
    token(C::GenericApiKey, "sk_", Body::Hex, 48, 48),
    token(C::GenericApiKey, "SK", Body::Hex, 32, 32),
    token(C::GenericApiKey, "sk.eyJ", Body::Dotted, 60, 251),
    token(C::GenericApiKey, "hf_", Body::Alnum, 30, 251),
    token(C::GenericApiKey, "npm_", Body::Alnum, 36, 251),
    token(C::GenericApiKey, "pypi-", Body::Url, 50, 251),
    token(C::GenericApiKey, "dop_v1_", Body::Hex, 64, 64),
    token(C::GenericApiKey, "doo_v1_", Body::Hex, 64, 64),
    token(C::GenericApiKey, "dor_v1_", Body::Hex, 64, 64),
    token(C::GenericApiKey, "shpat_", Body::Hex, 32, 32),
    token(C::GenericApiKey, "shpca_", Body::Hex, 32, 32),
    token(C::GenericApiKey, "shppa_", Body::Hex, 32, 32),
    token(C::GenericApiKey, "shpss_", Body::Hex, 32, 32),
    token(C::GenericApiKey, "gsk_", Body::Alnum, 40, 251),
    token(C::GenericApiKey, "xai-", Body::Alnum, 60, 251),
    token(C::GenericApiKey, "r8_", Body::Alnum, 30, 251),
    token(C::GenericApiKey, "pplx-", Body::Alnum, 40, 251),
    token(C::GenericApiKey, "tvly-", Body::Url, 20, 251),
    token(C::GenericApiKey, "jina_", Body::Alnum, 60, 70),
    token(C::GenericApiKey, "pcsk_", Body::Url, 60, 251),
    token(C::GenericApiKey, "lsv2_", Body::Url, 40, 251),
    token(C::GenericApiKey, "key-", Body::Hex, 32, 32),
    token(C::GenericApiKey, "hvs.", Body::Url, 24, 251),
    token(C::GenericApiKey, "hvb.", Body::Url, 24, 251),
    token(C::GenericApiKey, "hvr.", Body::Url, 24, 251),
    token(C::GenericApiKey, "lin_api_", Body::Alnum, 32, 251),
    token(C::GenericApiKey, "lin_oauth_", Body::Alnum, 32, 251),
    token(C::GenericApiKey, "AGE-SECRET-KEY-1", Body::Upper, 50, 60),
    token(C::GenericApiKey, "nvapi-", Body::Url, 40, 251),
    token(C::GenericApiKey, "secret_", Body::Alnum, 40, 251),
    token(C::GenericApiKey, "ntn_", Body::Alnum, 40, 251),
    token(C::GenericApiKey, "ATATT3", Body::Base64, 40, 251),
    token(C::GenericApiKey, "ATCTT3", Body::Base64, 40, 251),
    token(C::GenericApiKey, "ATBB", Body::Alnum, 32, 32),
    token(C::GenericApiKey, "dapi", Body::Hex, 32, 32),
    token(C::GenericApiKey, "NRAK-", Body::Upper, 27, 27),
    token(C::GenericApiKey, "NRII-", Body::Url, 32, 32),
    token(C::GenericApiKey, "PMAK-", Body::Url, 50, 70),
    token(C::GenericApiKey, "ops_eyJ", Body::Base64, 40, 2048),
    token(C::GenericApiKey, "dckr_pat_", Body::Url, 27, 64),
    token(C::GenericApiKey, "dckr_oat_", Body::Url, 27, 64),
    token(C::GenericApiKey, "figd_", Body::Url, 40, 64),
    token(C::GenericApiKey, "glsa_", Body::Url, 41, 41),
    token(C::GenericApiKey, "glc_", Body::Base64, 32, 251),
    token(C::GenericApiKey, "sntrys_", Body::Base64, 40, 2048),
    token(C::GenericApiKey, "sntryu_", Body::Hex, 64, 64),
    token(C::GenericApiKey, "sbp_", Body::Hex, 40, 40),
    token(C::GenericApiKey, "sb_secret_", Body::Url, 20, 251),
    token(C::GenericApiKey, "pscale_tkn_", Body::Dotted, 32, 64),
    token(C::GenericApiKey, "pscale_pw_", Body::Dotted, 32, 64),
    token(C::GenericApiKey, "pul-", Body::Hex, 40, 40),
    token(C::GenericApiKey, "rubygems_", Body::Hex, 48, 48),
    token(C::GenericApiKey, "oy2", Body::Alnum, 43, 43),
    token(C::GenericApiKey, "sq0atp-", Body::Url, 22, 22),
    token(C::GenericApiKey, "sq0csp-", Body::Url, 43, 43),
    token(C::GenericApiKey, "EAAA", Body::Url, 60, 64),
    token(C::GenericApiKey, "EAACEdEose0cBA", Body::Alnum, 20, 251),
    token(C::GenericApiKey, "xkeysib-", Body::Url, 64, 251),
    token(C::GenericApiKey, "dp.pt.", Body::Alnum, 40, 44),
    token(C::GenericApiKey, "dp.ct.", Body::Alnum, 40, 44),
    token(C::GenericApiKey, "dp.sa.", Body::Alnum, 40, 44),
    token(C::GenericApiKey, "dp.st.", Body::Dotted, 40, 80),
    token(C::GenericApiKey, "nfp_", Body::Alnum, 36, 251),
    token(C::GenericApiKey, "aio_", Body::Alnum, 28, 28),
    token(C::GenericApiKey, "CFPAT-", Body::Url, 43, 43),
    token(C::GenericApiKey, "CLOJARS_", Body::Alnum, 60, 60),
    token(C::GenericApiKey, "dt0c01.", Body::Dotted, 80, 96),
    token(C::GenericApiKey, "pnu_", Body::Alnum, 36, 36),
    token(C::GenericApiKey, "rdme_", Body::Alnum, 70, 70),
    token(C::GenericApiKey, "tfp_", Body::Dotted, 50, 64),
    token(C::GenericApiKey, "FLWSECK-", Body::Url, 32, 64),
    token(C::GenericApiKey, "FLWSECK_TEST-", Body::Url, 32, 64),
    token(C::GenericApiKey, "duffel_live_", Body::Url, 43, 43),
    token(C::GenericApiKey, "EZAK", Body::Alnum, 54, 54),
    token(C::GenericApiKey, "RGAPI-", Body::Url, 36, 36),
    token(C::GenericApiKey, "squ_", Body::Hex, 40, 40),
    token(C::GenericApiKey, "sqp_", Body::Hex, 40, 40),
    token(C::GenericApiKey, "sgp_", Body::Url, 40, 64),
    token(C::GenericApiKey, "bkua_", Body::Hex, 40, 40),
    token(C::GenericApiKey, "CCIPAT_", Body::Url, 40, 251),
    token(C::GenericApiKey, "tskey-", Body::Url, 20, 251),
    token(C::GenericApiKey, "HRKU-", Body::Url, 36, 80),
    token(C::GenericApiKey, "AKCp", Body::Alnum, 60, 80),
    token(C::GenericApiKey, "da2-", Body::Alnum, 26, 26),
    token(C::GenericApiKey, "fm2_", Body::Base64, 60, 2048),
    token(C::GenericApiKey, "GR1348941", Body::Url, 20, 20),
];

/// Looks at a literal that begins at `start`.
pub(super) fn judge(text: &str, start: usize, token: &Token, found: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let body = start + token.lead.len();
    let own_case = matches!(token.body, Body::Path) || text[start..].starts_with(token.lead);
    if !own_case
        || start > 0
            && (bytes[start - 1].is_ascii_alphanumeric() || bytes[start - 1] == b'_')
            && token.body != Body::Path
    {
        return;
    }
    let length = bytes[body..]
        .iter()
        .take(token.most + 1)
        .take_while(|byte| takes(token.body, **byte))
        .count();
    let taken = &text[body..body + length];
    let trimmed = if token.fewest == token.most {
        taken
    } else {
        taken.trim_end_matches(['.', '-', '/'])
    };
    let end = body + trimmed.len();
    if trimmed.len() < token.fewest || trimmed.len() > token.most || !plausible(token, trimmed) {
        return;
    }
    let start = match token.category {
        C::AzureKey => body,
        C::SlackWebhook => {
            start - usize::from(text[..start].ends_with("https://")) * "https://".len()
        }
        _ => start,
    };
    found.push(Candidate::new(token.category, start..end, 0.95, &[]));
}

fn takes(body: Body, byte: u8) -> bool {
    match body {
        Body::Alnum => byte.is_ascii_alphanumeric(),
        Body::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        Body::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
        Body::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
        Body::Hex => byte.is_ascii_hexdigit(),
        Body::Path => byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-'),
        Body::Base64 => {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
        }
    }
}

/// What is in documentation, or only looks like a token, is none.
fn plausible(token: &Token, body: &str) -> bool {
    if body.ends_with("EXAMPLE") || super::announced::placeholder(body) {
        return false;
    }
    let parts: Vec<&str> = body.split('.').collect();
    let mixed = body.bytes().any(|byte| byte.is_ascii_digit())
        && body.bytes().any(|byte| byte.is_ascii_alphabetic());
    match token.category {
        // Without its signature it still tells what it says.
        C::Jwt => {
            matches!(parts.len(), 2 | 3)
                && parts[0].len() >= 8
                && parts[1].starts_with("eyJ")
                && parts[1].len() >= 10
        }
        C::SendgridKey => parts.len() == 2 && parts[0].len() == 22 && parts[1].len() >= 40,
        C::SlackWebhook => body.starts_with("services/T") || body.starts_with("workflows/T"),
        // Letters alone are what Hugging Face draws from.
        C::GenericApiKey if token.lead == "hf_" => super::announced::mixed_case(body),
        // "sk-learn-contrib-something-else" is no key.
        C::GenericApiKey => mixed && super::announced::random(body),
        C::GithubToken | C::AwsAccessKey | C::GcpApiKey | C::AzureKey => true,
        // One in fifty short ones has no digit.
        _ => mixed || super::announced::mixed_case(body),
    }
}

/// A bot's key at Telegram: its number, `:AA` at `at`, and 33 characters.
pub(super) fn bot(text: &str, at: usize, found: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let digits = bytes[..at]
        .iter()
        .rev()
        .take(11)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let start = at - digits;
    let begins = start == 0 || !bytes[start - 1].is_ascii_alphanumeric();
    let body = at + 1;
    let length = bytes[body..]
        .iter()
        .take(36)
        .take_while(|byte| takes(Body::Url, **byte))
        .count();
    let key = &text[body..body + length];
    if (8..=10).contains(&digits) && begins && length == 35 && super::announced::mixed_case(key) {
        let span = start..body + length;
        found.push(Candidate::new(C::GenericApiKey, span, 0.95, &[]));
    }
}

/// The longest private key that is read: RSA with 16,384 bits.
const LONGEST_KEY: usize = 16_384;

/// A private key in armour: to its end, or as far as it goes. Says where that is.
pub(super) fn armour(text: &str, start: usize, found: &mut Vec<Candidate>) -> usize {
    let head = &text[start..crate::nearby::floor(text, start + 72)];
    let Some(close) = head[10..].find("-----").map(|at| at + 15) else {
        return start;
    };
    if !head[..close].contains("PRIVATE KEY") {
        return start;
    }
    let body = &text[start + close..crate::nearby::floor(text, start + close + LONGEST_KEY)];
    let next = body.find("-----").unwrap_or(body.len());
    let end = if body[next..].starts_with("-----END") {
        let rest = &body[next + 8..];
        next + 8
            + rest
                .find("-----")
                .filter(|at| *at < 40)
                .map_or(0, |close| close + 5)
    } else {
        // Without its end: lines of base64 only.
        let lines = body[..next].split_inclusive('\n');
        lines
            .take_while(|line| !line.trim().contains(' '))
            .map(str::len)
            .sum()
    };
    let end = start + close + body[..end].trim_end().len();
    found.push(Candidate::new(C::PrivateKey, start..end, 1.0, &[]));
    end
}
