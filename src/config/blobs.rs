//! Where attachments are: in the log's database, unless `[blobs]` names a bucket of an S3-compatible store.

use reqwest::Url;

use super::{
    Secret,
    reader::{Reader, http_url},
};

/// Every other setting of the table: of no use without the first.
const OTHERS: [&str; 5] = [
    "blobs.endpoint",
    "blobs.region",
    "blobs.access_key_id",
    "blobs.secret_access_key",
    "blobs.allow_http",
];
/// Where those are who name no region, and what servers that know none want to hear.
const REGION: &str = "us-east-1";
/// Characters of a prefix: objects' names have 1024 at most.
const LONGEST_PREFIX: usize = 512;

/// A bucket, and how to get into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSettings {
    /// Its name.
    pub bucket: String,
    /// What names of objects begin with, without the slash after it; empty: nothing.
    pub prefix: String,
    /// Where it answers; nothing: at Amazon.
    pub endpoint: Option<Url>,
    /// Where it is, as requests are signed.
    pub region: String,
    /// Who asks.
    pub access_key_id: Secret,
    /// What requests are signed with.
    pub secret_access_key: Secret,
}

impl BucketSettings {
    pub(super) fn read(read: &mut Reader<'_>) -> Option<Self> {
        let place = read.parsed("blobs.url", place);
        if !read.is_given("blobs.url") {
            for setting in OTHERS {
                if read.is_given(setting) {
                    read.fault(setting, "this is of no use without blobs.url");
                }
            }
            return None;
        }
        let endpoint = read.parsed("blobs.endpoint", endpoint);
        let allow_http = read.choice_of_bool("blobs.allow_http").unwrap_or(false);
        let is_http = endpoint.as_ref().is_some_and(|url| url.scheme() == "http");
        if is_http && !allow_http {
            read.fault(
                "blobs.endpoint",
                "this is http, which everybody on the way can read and change; use https, or say blobs.allow_http = true",
            );
        }
        if allow_http && !is_http {
            read.fault(
                "blobs.allow_http",
                "this is of no use: blobs.endpoint is not http",
            );
        }
        let region = read.parsed("blobs.region", region);
        let named = ["blobs.region", "blobs.endpoint"];
        if !named.iter().any(|setting| read.is_given(setting)) {
            read.fault(
                "blobs.region",
                "this is missing: Amazon has a bucket in one region, as in eu-central-1; another store's address is blobs.endpoint",
            );
        }
        let mut secret = |key: &str| {
            let secret = read.secret(key);
            if !read.is_given(key) {
                read.fault(key, "this is missing: the bucket lets nobody in without it");
            }
            secret
        };
        let access_key_id = secret("blobs.access_key_id");
        let secret_access_key = secret("blobs.secret_access_key");
        let (bucket, prefix) = place?;
        Some(Self {
            bucket,
            prefix,
            endpoint,
            region: region.unwrap_or_else(|| REGION.to_owned()),
            access_key_id: access_key_id?,
            secret_access_key: secret_access_key?,
        })
    }

    /// Where it is, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.prefix.as_str() {
            "" => format!("s3://{}", self.bucket),
            prefix => format!("s3://{}/{prefix}", self.bucket),
        }
    }
}

/// A bucket and a prefix.
fn place(text: &str) -> Result<(String, String), String> {
    let wrong = || {
        "this must be a bucket, and what its objects' names begin with, as in s3://bucket/colloquy (letters, digits and . _ - only)".to_owned()
    };
    let rest = text.strip_prefix("s3://").ok_or_else(wrong)?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    let of_a_bucket = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
    let of_a_prefix = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let is_bucket = (3..=63).contains(&bucket.len()) && bucket.chars().all(of_a_bucket);
    let is_part = |part: &str| !["", ".", ".."].contains(&part) && part.chars().all(of_a_prefix);
    let is_prefix = prefix.is_empty() || prefix.split('/').all(is_part);
    match is_bucket && !bucket.starts_with('.') && is_prefix && prefix.len() <= LONGEST_PREFIX {
        true => Ok((bucket.to_owned(), prefix.to_owned())),
        false => Err(wrong()),
    }
}

/// Where a store answers: a password has a setting of its own.
fn endpoint(text: &str) -> Result<Url, String> {
    let url = http_url(text)?;
    let bare = url.username().is_empty() && url.password().is_none();
    match bare && url.query().is_none() && url.fragment().is_none() {
        true => Ok(url),
        false => Err(
            "this must be an address as in https://s3.example, without user, password or query"
                .to_owned(),
        ),
    }
}

fn region(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match text.len() <= 64 && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("this must be a region, as in eu-central-1".to_owned()),
    }
}
