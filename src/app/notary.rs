//! The notary, with its key and its file.

use uuid::Uuid;

use super::StartError;
use crate::{
    audit::{anchor::Anchor, key::NotaryKey},
    config::Config,
    store::Store,
    subscribers::Notary,
};

/// The notary of this log.
///
/// # Errors
/// When a former key is none, or the database does not answer.
pub async fn build(
    config: &Config,
    store: &Store,
    node: Uuid,
    key: NotaryKey,
) -> Result<Notary, StartError> {
    let log = store.log_id().await?;
    let anchor = config.anchor().map(Anchor::at);
    Notary::new(store.clone(), log, node, key, anchor)
        .after(config.former_notary_keys())
        .map_err(StartError::FormerKeys)
}

/// The key that the notary of this log signs with; made when there is none.
///
/// # Errors
/// When the file can neither be read nor made, or what is set is no key.
pub fn notary_key(config: &Config, origin: &str) -> Result<NotaryKey, StartError> {
    let text = config.notary_key(|| Ok(NotaryKey::generate(origin)?))?;
    Ok(NotaryKey::parse(text.expose())?)
}
