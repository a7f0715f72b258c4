//! A bucket of an S3-compatible store, as far as blobs need it: objects that are put, read and deleted by their ids.
//!
//! Every request has an end, and so has trying again. What a store says about a request that it refuses may hold the
//! key's id and what was signed: of that only the code goes on, as a sentence with the setting to look at.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use object_store::{
    BackoffConfig, ClientOptions, Error, ObjectStoreExt, PutPayload, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{HttpClient, HttpConnector},
    path::Path,
};
use tokio::time::timeout;
use uuid::Uuid;

use super::StoreError;
use crate::config::BucketSettings;

/// How long a connection, TLS included, may take to stand.
const CONNECT: Duration = Duration::from_secs(3);
/// How long one request may take, its bytes included.
const REQUEST: Duration = Duration::from_secs(15);
/// How long all tries of one request may take together; blobs are swept out an hour after they were begun, so that
/// nothing is put after that.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the start waits for an answer.
const CHECK: Duration = Duration::from_secs(8);
/// Tries after the first.
const RETRIES: usize = 2;
/// Requests of one task at a time.
pub(super) const AT_ONCE: usize = 16;
/// The object that is put and deleted to see whether that is allowed.
const PROBE: &str = "colloquy-probe";
/// The object that says whose the others are.
const RECORD: &str = "colloquy-record";
/// The longest name of a record.
const LONGEST_NAME: u64 = 64;
/// The version of what is put where versions are kept no more.
const UNVERSIONED: &str = "null";

/// Said where nothing is answered.
const SILENT: &str = "does not answer in time (blobs.endpoint)";
/// Said where no setting names the bucket that something is in.
pub(super) const UNNAMED: &str = "is not known: attachments are in one, and no setting says in which (blobs.url, COLLOQUY_BLOBS__URL)";

/// A bucket. Clones are handles of the same client.
#[derive(Clone)]
pub(super) struct Bucket {
    objects: Arc<AmazonS3>,
    prefix: String,
}

impl Bucket {
    pub(super) fn new(settings: &BucketSettings) -> Result<Self, StoreError> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(settings.access_key_id.expose())
            .with_secret_access_key(settings.secret_access_key.expose())
            // Not every store can delete several at once.
            .with_disable_bulk_delete(true)
            .with_retry(RetryConfig {
                backoff: BackoffConfig {
                    init_backoff: Duration::from_millis(100),
                    max_backoff: Duration::from_secs(2),
                    base: 2.0,
                },
                max_retries: RETRIES,
                retry_timeout: PATIENCE,
            })
            .with_http_connector(Connector);
        if let Some(endpoint) = &settings.endpoint {
            builder = builder
                .with_endpoint(endpoint.as_str().trim_end_matches('/'))
                .with_allow_http(true);
        }
        let objects = builder.build().map_err(|error| of(&error))?;
        Ok(Self {
            objects: Arc::new(objects),
            prefix: settings.prefix.clone(),
        })
    }

    /// Puts this object; it is durable when this returns.
    pub(super) async fn put(&self, id: Uuid, bytes: Vec<u8>) -> Result<(), StoreError> {
        let place = self.place(&id.to_string());
        let put = self.objects.put(&place, PutPayload::from(bytes));
        within(PATIENCE, put).await.map(drop)
    }

    /// The object, if it is there and has at most so many bytes.
    pub(super) async fn get(&self, id: Uuid, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let place = self.place(&id.to_string());
        let read = async {
            let found = self.objects.get(&place).await?;
            match found.meta.size <= most {
                // The length was announced, and no more than that is read.
                true => found.bytes().await.map(Some),
                false => Ok(None),
            }
        };
        match timeout(PATIENCE, read).await {
            Ok(Ok(bytes)) => Ok(bytes.map(Vec::from)),
            Ok(Err(error)) if is_missing(&error) => Ok(None),
            Ok(Err(error)) => Err(of(&error)),
            Err(_) => Err(silent()),
        }
    }

    /// Deletes these objects: those that are gone, whether they were there or not, and why not all are. One that cannot be
    /// deleted keeps no other; a bucket that is silent is asked no more.
    pub(super) async fn delete(&self, ids: &[Uuid]) -> (Vec<Uuid>, Result<(), StoreError>) {
        let mut gone = vec![];
        let deleting = ids
            .iter()
            .copied()
            .map(|id| async move { (id, self.delete_one(&id.to_string()).await) });
        let mut deleting = stream::iter(deleting).buffer_unordered(AT_ONCE);
        let mut failed = Ok(());
        while let Some((id, deleted)) = deleting.next().await {
            match deleted {
                Ok(()) => gone.push(id),
                Err(error) => {
                    let is_silent = matches!(&error, StoreError::Bucket(said) if said == SILENT);
                    failed = Err(error);
                    if is_silent {
                        break;
                    }
                }
            }
        }
        (gone, failed)
    }

    async fn delete_one(&self, name: &str) -> Result<(), StoreError> {
        let place = self.place(name);
        match timeout(PATIENCE, self.objects.delete(&place)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if is_missing(&error) => Ok(()),
            Ok(Err(error)) => Err(of(&error)),
            Err(_) => Err(silent()),
        }
    }

    /// Whether objects can be put, read and deleted there, for good, and whether those that are there are this record's;
    /// `used`: it has some in a bucket.
    pub(super) async fn check(&self, record: Uuid, used: bool) -> Result<(), StoreError> {
        let look = async {
            self.can_forget().await?;
            self.is_of(&record.to_string(), used).await
        };
        match timeout(CHECK, look).await {
            Ok(fits) => fits,
            Err(_) => Err(silent()),
        }
    }

    async fn can_forget(&self) -> Result<(), StoreError> {
        let place = self.place(PROBE);
        let probe = self
            .objects
            .put(&place, PutPayload::from_static(b"colloquy"));
        let version = probe.await.map_err(|error| of(&error))?.version;
        match self.objects.get(&place).await {
            // Another node, which starts as well, was faster.
            Err(error) if is_missing(&error) => {}
            found => {
                let found = found.map_err(|error| of(&error))?;
                found.bytes().await.map_err(|error| of(&error))?;
            }
        }
        self.delete_one(PROBE).await?;
        match version.as_deref() {
            None | Some(UNVERSIONED) => Ok(()),
            Some(_) => Err(failed(
                "keeps versions of what is deleted: switch versioning off (blobs.url)".to_owned(),
            )),
        }
    }

    /// What is deleted in another place than where it was put would be said to be gone.
    async fn is_of(&self, record: &str, used: bool) -> Result<(), StoreError> {
        let place = self.place(RECORD);
        match self.objects.get(&place).await {
            Ok(found) if found.meta.size <= LONGEST_NAME => {
                let name = found.bytes().await.map_err(|error| of(&error))?;
                match name == record.as_bytes() {
                    true => Ok(()),
                    false => Err(another()),
                }
            }
            Ok(_) => Err(another()),
            Err(error) if !is_missing(&error) => Err(of(&error)),
            Err(_) if used => Err(failed(
                "has nothing of this record, whose attachments are in another one, or below another prefix (blobs.url)"
                    .to_owned(),
            )),
            Err(_) => {
                let name = PutPayload::from(record.as_bytes().to_vec());
                let put = self.objects.put(&place, name).await;
                put.map(drop).map_err(|error| of(&error))
            }
        }
    }

    fn place(&self, name: &str) -> Path {
        match self.prefix.as_str() {
            "" => Path::from(name),
            prefix => Path::from(format!("{prefix}/{name}")),
        }
    }
}

/// Makes the HTTP client, with the TLS that everything else here has.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        // Only the first call in a process can succeed; that one is there is all that matters.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .tcp_nodelay(true)
            .user_agent(concat!("colloquy/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = client.map_err(|error| Error::Generic {
            store: "S3",
            source: Box::new(error),
        })?;
        Ok(HttpClient::new(client))
    }
}

async fn within<T>(
    patience: Duration,
    asked: impl Future<Output = object_store::Result<T>>,
) -> Result<T, StoreError> {
    match timeout(patience, asked).await {
        Ok(answer) => answer.map_err(|error| of(&error)),
        Err(_) => Err(silent()),
    }
}

fn silent() -> StoreError {
    failed(SILENT.to_owned())
}

fn another() -> StoreError {
    failed("has attachments of another record there: choose another prefix (blobs.url)".to_owned())
}

/// Whether the store says that there is no such object: that there is no such bucket is something else, and so is a proxy
/// that knows no store at the moment.
fn is_missing(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. }) && code(&error.to_string()) == Some("NoSuchKey")
}

fn of(error: &Error) -> StoreError {
    failed(sentence(&error.to_string(), &innermost(error)))
}

fn failed(sentence: String) -> StoreError {
    metrics::counter!("colloquy_bucket_failures_total").increment(1);
    StoreError::Bucket(sentence)
}

/// What is wrong, and which setting to look at; `text` is all that is known, `cause` the last thing behind it.
fn sentence(text: &str, cause: &str) -> String {
    match code(text) {
        Some("NoSuchBucket") => "does not exist (blobs.url)".to_owned(),
        Some(code @ ("InvalidAccessKeyId" | "NotSignedUp")) => {
            format!("knows nobody of this name: {code} (blobs.access_key_id)")
        }
        Some(code @ "SignatureDoesNotMatch") => {
            format!("was asked with a wrong key: {code} (blobs.secret_access_key)")
        }
        Some(
            code @ ("AuthorizationHeaderMalformed"
            | "PermanentRedirect"
            | "IllegalLocationConstraintException"),
        ) => {
            format!("is in another region: {code} (blobs.region)")
        }
        Some(code @ ("AccessDenied" | "AllAccessDisabled")) => format!(
            "lets nobody with this key put, read and delete objects: {code} (blobs.access_key_id, blobs.url)"
        ),
        Some(code @ "RequestTimeTooSkewed") => {
            format!("has another time than this machine, whose clock is wrong: {code}")
        }
        Some(code) => format!("answers {code} (blobs.url, blobs.endpoint)"),
        None if text.contains("redirect") => "is in another region (blobs.region)".to_owned(),
        None => match status(text) {
            Some(status) => format!("answers {status} (blobs.url, blobs.endpoint)"),
            None => format!("cannot be reached: {cause} (blobs.endpoint)"),
        },
    }
}

/// The code of an error as S3 writes it.
fn code(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_word = (1..=64).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric());
    is_word.then_some(code)
}

/// The status, where there is no more than that, as `503 Service Unavailable`.
fn status(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("non-2xx status code: ")?;
    let status = rest.split(':').next()?;
    let is_words = status
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == ' ');
    (is_words && status.len() <= 64).then_some(status)
}

/// The last cause of a failure, as `Connection refused`; it names no address and no key.
fn innermost(error: &Error) -> String {
    let mut last: &dyn std::error::Error = error;
    let mut cause = last.source();
    while let Some(next) = cause {
        last = next;
        cause = last.source();
    }
    let text = last.to_string();
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(160)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn told(body: &str) -> String {
        let text = format!(
            "Generic S3 error: Error performing PUT http://s3/b/x in 1ms - Server returned non-2xx status code: 403 Forbidden: {body}"
        );
        sentence(&text, "the last")
    }

    #[test]
    fn what_a_store_says_becomes_a_sentence_with_a_setting_and_without_what_was_signed() {
        let body = |code: &str| {
            format!(
                "<Error><Code>{code}</Code><AWSAccessKeyId>AKIAHUSH</AWSAccessKeyId><StringToSign>hush</StringToSign></Error>"
            )
        };
        for (code, setting) in [
            ("InvalidAccessKeyId", "blobs.access_key_id"),
            ("SignatureDoesNotMatch", "blobs.secret_access_key"),
            ("NoSuchBucket", "blobs.url"),
            ("AuthorizationHeaderMalformed", "blobs.region"),
            ("AccessDenied", "blobs.access_key_id"),
            ("SlowDown", "blobs.endpoint"),
        ] {
            let told = told(&body(code));
            assert!(told.contains(setting), "{told}");
            assert!(!told.to_lowercase().contains("hush"), "{told}");
        }
        assert_eq!(
            told("<html>AKIAHUSH</html>"),
            "answers 403 Forbidden (blobs.url, blobs.endpoint)"
        );
        assert_eq!(
            sentence("Generic S3 error: HTTP error: x", "Connection refused"),
            "cannot be reached: Connection refused (blobs.endpoint)"
        );
        assert_eq!(code("<Code>a b</Code>"), None);
    }

    #[test]
    fn a_bucket_that_is_gone_is_no_object_that_is_gone() {
        let missing = |body: &str| Error::NotFound {
            path: "x".to_owned(),
            source: body.to_owned().into(),
        };
        assert!(is_missing(&missing("<Code>NoSuchKey</Code>")));
        assert!(!is_missing(&missing("404 page not found")));
        assert!(!is_missing(&missing("<Code>NoSuchBucket</Code>")));
    }
}
