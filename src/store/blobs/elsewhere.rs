//! Blobs whose bytes are in a bucket. The table says what there is: a row without bytes is written before the object is
//! put, and it leaves the table, in one transaction, for a list of what is doomed, which an id leaves when the bucket has
//! said that the object is gone. So whatever ends this in the middle, a row of one of the two names what may be there.
//!
//! An object could be put after its row was swept out and its object "deleted", and then be there for ever. A row is swept
//! out an hour after it was written, and no try to put its object lasts longer than [`bucket`]'s patience, twenty seconds.
//! Whoever was held up for longer (a process that was stopped) finds after the put that the row is gone, and dooms the
//! object again; one that was killed then as well has no connection left over which bytes could come.
//!
//! [`bucket`]: super::super::bucket

use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use super::{
    super::{
        Erasure, Store, StoreError,
        bucket::{AT_ONCE, Bucket, UNNAMED},
        on_either,
    },
    Kept,
};

/// Ids that are worked on at a time.
const PAGE: u32 = 256;
/// Bytes of an object whose size nobody has noted: more than any has.
const MOST: u64 = 64 << 20;

impl Store {
    /// Where blobs are kept, when that is no table.
    pub(in crate::store) fn bucket(&self) -> Option<&Bucket> {
        on_either!(self, database => database.bucket())
    }

    /// Whether blobs can be kept and read where the settings say; and whether they say so, when some are in a bucket.
    ///
    /// # Errors
    /// When that is not so, as a sentence that names the setting; or when the database does not answer.
    pub async fn check_bucket(&self) -> Result<(), StoreError> {
        let (kept, doomed) = on_either!(self, database => (
            database.some_blobs(true, Uuid::nil(), 1).await?,
            database.doomed(None, 1).await?,
        ));
        let used = !kept.is_empty() || !doomed.is_empty();
        match self.bucket() {
            Some(bucket) => bucket.check(self.log_id().await?, used).await,
            None if used => Err(unnamed()),
            None => Ok(()),
        }
    }

    /// Keeps these bytes in the bucket.
    pub(super) async fn keep_elsewhere(
        &self,
        bucket: &Bucket,
        id: Uuid,
        sealed: Vec<u8>,
    ) -> Result<(), StoreError> {
        on_either!(self, database => database.put_blob(id, &[]).await)?;
        // Where this fails the object may come to be all the same: the row stays for the sweep.
        bucket.put(id, sealed).await?;
        if on_either!(self, database => database.blob(id).await)?.is_some() {
            return Ok(());
        }
        on_either!(self, database => database.doom_blob(id).await)?;
        self.delete_now(&[id]).await?;
        Err(StoreError::Bucket(
            "took an attachment so late that it was swept out already".to_owned(),
        ))
    }

    /// A blob's sealed bytes, wherever they are, if they are at most so many.
    pub(super) async fn kept(&self, id: Uuid, most: u64) -> Result<Kept, StoreError> {
        let row: Option<Vec<u8>> = on_either!(self, database => database.blob(id).await)?;
        match row {
            None => return Ok(Kept::Nowhere),
            Some(sealed) if !sealed.is_empty() => return Ok(Kept::Here(sealed)),
            Some(_) => {}
        }
        let bucket = self.bucket().ok_or_else(unnamed)?;
        if let Some(sealed) = bucket.get(id, most).await? {
            return Ok(Kept::Here(sealed));
        }
        // It may have been destroyed in between.
        match on_either!(self, database => database.blob(id).await)? {
            Some(_) => Ok(Kept::Lost),
            None => Ok(Kept::Nowhere),
        }
    }

    /// Whether something of an erasure is still to be deleted in the bucket.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_doomed(&self, erasure: &Erasure) -> Result<bool, StoreError> {
        let doomed = on_either!(self, database => database.doomed(Some(erasure), 1).await)?;
        Ok(!doomed.is_empty())
    }

    /// Deletes in the bucket what was destroyed for an erasure; it is gone when this returns.
    ///
    /// # Errors
    /// When the bucket or the database does not answer; the same may be done again.
    pub async fn delete_doomed_of(&self, erasure: &Erasure) -> Result<(), StoreError> {
        self.delete_all(Some(erasure)).await.map(drop)
    }

    /// Deletes in the bucket what was destroyed, for whatever reason, and is still there: how many.
    ///
    /// # Errors
    /// When the bucket or the database does not answer; the same may be done again.
    pub async fn delete_doomed(&self) -> Result<u64, StoreError> {
        self.delete_all(None).await
    }

    async fn delete_all(&self, of: Option<&Erasure>) -> Result<u64, StoreError> {
        let mut deleted = 0;
        loop {
            let doomed = on_either!(self, database => database.doomed(of, PAGE).await)?;
            self.delete_now(&doomed).await?;
            deleted += doomed.len() as u64;
            if doomed.len() < PAGE as usize {
                return Ok(deleted);
            }
        }
    }

    /// Deletes these in the bucket, which are doomed, as far as it gets.
    pub(super) async fn delete_now(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let Some(bucket) = self.bucket() else {
            // What was in the table is gone with its row.
            let doomed = on_either!(self, database => database.doomed(None, 1).await)?;
            return if doomed.is_empty() {
                Ok(())
            } else {
                Err(unnamed())
            };
        };
        let (gone, deleted) = bucket.delete(ids).await;
        on_either!(self, database => database.forget_doomed(&gone).await)?;
        deleted
    }

    /// Brings what a copy of this record has in the bucket into the copy's table; how many are lost. What the copy has to
    /// delete in the bucket it forgets: that is done here. `progress` is told how many of how many.
    ///
    /// # Errors
    /// When the bucket or one of the databases does not answer; the same may be done again.
    pub async fn fill_copy(
        &self,
        copy: &Self,
        progress: impl Fn(u64, u64),
    ) -> Result<u64, StoreError> {
        loop {
            let doomed = on_either!(copy, database => database.doomed(None, PAGE).await)?;
            on_either!(copy, database => database.forget_doomed(&doomed).await)?;
            if doomed.len() < PAGE as usize {
                break;
            }
        }
        let total = on_either!(copy, database => database.count_blobs(true).await)?;
        let (mut done, mut lost, mut after) = (0, 0, Uuid::nil());
        loop {
            let ids = on_either!(copy, database => database.some_blobs(true, after, PAGE).await)?;
            let Some(last) = ids.last() else {
                return Ok(lost);
            };
            after = *last;
            let mut read = stream::iter(ids)
                .map(|id| async move { Ok::<_, StoreError>((id, self.kept(id, MOST).await?)) })
                .buffer_unordered(AT_ONCE);
            while let Some((id, kept)) = read.try_next().await? {
                match kept {
                    Kept::Here(sealed) => {
                        on_either!(copy, database => database.set_blob(id, &sealed).await)?;
                    }
                    kept => {
                        // What was destroyed since the copy is not missed, nor is what no commit came to name.
                        let named = on_either!(copy, database => database.is_claimed(id).await)?;
                        if named && matches!(kept, Kept::Lost) {
                            lost += 1;
                            tracing::error!(blob = %id, "an attachment is not in the bucket");
                        }
                        on_either!(copy, database => database.drop_blob(id).await)?;
                    }
                }
                done += 1;
                progress(done, total);
            }
        }
    }

    /// Moves what is in the table into the bucket, where settings name one; how many. `progress` is told how many of how
    /// many.
    ///
    /// # Errors
    /// When the bucket or the database does not answer; the same may be done again.
    pub async fn move_to_bucket(&self, progress: impl Fn(u64, u64)) -> Result<u64, StoreError> {
        let Some(bucket) = self.bucket() else {
            return Ok(0);
        };
        let total = on_either!(self, database => database.count_blobs(false).await)?;
        let (mut done, mut after) = (0, Uuid::nil());
        loop {
            let ids = on_either!(self, database => database.some_blobs(false, after, PAGE).await)?;
            let Some(last) = ids.last() else {
                return Ok(done);
            };
            after = *last;
            let mut moved = stream::iter(ids)
                .map(|id| async move {
                    if let Some(sealed) = on_either!(self, database => database.blob(id).await)? {
                        bucket.put(id, sealed).await?;
                        on_either!(self, database => database.set_blob(id, &[]).await)?;
                    }
                    Ok::<_, StoreError>(())
                })
                .buffer_unordered(AT_ONCE);
            while moved.try_next().await?.is_some() {
                done += 1;
                progress(done, total);
            }
        }
    }

    /// The sealed bytes for a copy of the record that goes elsewhere; nothing, when they are gone.
    pub(in crate::store) async fn sealed_blob(
        &self,
        id: Uuid,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match self.kept(id, MOST).await? {
            Kept::Here(sealed) => Ok(Some(sealed)),
            Kept::Lost => {
                tracing::error!(blob = %id, "an attachment is not in the bucket");
                Ok(None)
            }
            Kept::Nowhere => Ok(None),
        }
    }

    /// Puts what has come from elsewhere into the bucket; their rows are in the table.
    pub(in crate::store) async fn put_objects(
        &self,
        bucket: &Bucket,
        objects: Vec<(Uuid, Vec<u8>)>,
    ) -> Result<(), StoreError> {
        stream::iter(objects)
            .map(|(id, sealed)| bucket.put(id, sealed))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }
}

fn unnamed() -> StoreError {
    StoreError::Bucket(UNNAMED.to_owned())
}
