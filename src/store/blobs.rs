//! Bytes that are too large for an event, kept beside the log: in a table of the log's database, so that every node
//! reads them and every backup of the log has them; or in a bucket, where settings name one. The table says what there
//! is in both cases, see [`elsewhere`].
//!
//! Each blob is sealed with a key of its own, which is handed out and kept nowhere: whoever names the blob in an
//! event puts the key there, as content, and the event is sealed with the key of its aggregate. So a blob that no
//! event came to name has been unreadable from the beginning, and an erasure makes the others so at once.

mod elsewhere;

use aggregates::{BlobId, thread::Attachment};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Reservation, Store, StoreError, log::hex, on_either, sealing::Cipher};

/// The sort of name that a blob is reserved under by the commit that names it.
const KIND: &str = "blob";
/// Blobs that are swept out at a time.
const ORPHANS: u32 = 256;

impl Store {
    /// Keeps these bytes; they are durable when this returns. What is not named by an event soon is swept out.
    ///
    /// # Errors
    /// When the database or the bucket does not answer.
    pub async fn keep_blob(&self, mime: &str, bytes: &[u8]) -> Result<Attachment, StoreError> {
        let id = Uuid::now_v7();
        let (key, cipher) = Cipher::fresh()?;
        let sealed = cipher.encrypt(bytes, &bound_to(id))?;
        let attachment = Attachment {
            blob: BlobId(id),
            mime: mime.to_owned(),
            size: sealed.len() as u64,
            sha256: hex(&Sha256::digest(&sealed)),
            key: STANDARD_NO_PAD.encode(key),
        };
        match self.bucket() {
            Some(bucket) => self.keep_elsewhere(bucket, id, sealed).await?,
            None => on_either!(self, database => database.put_blob(id, &sealed).await)?,
        }
        Ok(attachment)
    }

    /// The bytes; `None` when they, or their key, were destroyed.
    ///
    /// # Errors
    /// When the database or the bucket does not answer.
    pub async fn blob(&self, attachment: &Attachment) -> Result<Option<Vec<u8>>, StoreError> {
        // Erased with the event that names it.
        if attachment.key.is_empty() {
            return Ok(None);
        }
        let id = attachment.blob.0;
        let sealed = match self.kept(id, attachment.size).await? {
            Kept::Here(sealed) => sealed,
            Kept::Lost => vec![],
            Kept::Nowhere => return Ok(None),
        };
        let key = STANDARD_NO_PAD.decode(&attachment.key).ok();
        let key: Option<[u8; 32]> = key.and_then(|key| key.try_into().ok());
        let opened = key.and_then(|key| Cipher::new(&key).decrypt(&sealed, &bound_to(id)));
        if opened.is_none() {
            tracing::error!(blob = %id, "the bytes of an attachment are not what was written");
            metrics::counter!("colloquy_blobs_damaged_total").increment(1);
        }
        Ok(opened)
    }

    /// What a commit has to reserve that names this blob.
    #[must_use]
    pub fn claim(blob: BlobId) -> Reservation {
        Reservation {
            kind: KIND,
            key: blob.to_string(),
        }
    }

    /// Destroys the blob, unless a commit has named it; one that comes later is refused.
    ///
    /// # Errors
    /// When the database or the bucket does not answer; in the bucket it is then deleted later, see
    /// [`Store::delete_doomed`].
    pub async fn discard_blob(&self, blob: BlobId) -> Result<(), StoreError> {
        let ids = [blob.0];
        let destroyed = on_either!(self, database => database.destroy_unclaimed(&ids).await)?;
        match destroyed {
            0 => Ok(()),
            _ => self.delete_now(&ids).await,
        }
    }

    /// Destroys the blobs that were written in this span (microseconds since 1970, the end excluded) and that no
    /// commit has named: how many. A commit that still does is refused. What of them is in a bucket is deleted by
    /// [`Store::delete_doomed`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sweep_blobs(&self, from: i64, to: i64) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let orphans =
                on_either!(self, database => database.unclaimed(from, to, ORPHANS).await)?;
            if !orphans.is_empty() {
                swept += on_either!(self, database => database.destroy_unclaimed(&orphans).await)?;
            }
            if orphans.len() < ORPHANS as usize {
                return Ok(swept);
            }
        }
    }
}

/// What is known of a blob's sealed bytes.
enum Kept {
    /// They are read.
    Here(Vec<u8>),
    /// The table knows it; the bucket does not have it, or something of another size.
    Lost,
    /// It was destroyed, or never was.
    Nowhere,
}

/// What is sealed as one blob opens as no other.
fn bound_to(id: Uuid) -> Vec<u8> {
    [b"blob\0", &id.as_bytes()[..]].concat()
}
