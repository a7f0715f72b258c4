//! Accounts are made once for each `Idempotency-Key`, in whichever dialect.

use aggregates::{UserId, user::Role};

use super::{
    Api,
    idempotency::{self, KeyError, Named},
};
use crate::{
    actors::{AccountError, CommandError, Origin},
    auth::password::PasswordError,
    config::Secret,
    views::ViewError,
};

/// Makes an account, or finds the one that the same request has made before: for who knows its password. Gives the position
/// from which on reads show it; `None` when the account was deleted since.
///
/// # Errors
/// The name is taken, or it or the password is none; or the account cannot be made or found at the moment.
pub(crate) async fn register<E>(
    api: &Api,
    username: &str,
    password: &Secret,
    role: Role,
    named: Option<&Named>,
) -> Result<Option<(UserId, u64)>, E>
where
    E: From<AccountError>
        + From<CommandError>
        + From<KeyError>
        + From<PasswordError>
        + From<ViewError>,
{
    let passwords = &api.auth.passwords;
    // Looked up before the password is hashed, which is work; the log has the last word.
    let taken = !username.contains('\0') && api.views.user_by_name(username).await?.is_some();
    // Asked after that: who has the name may have it by this very request.
    let record = match idempotency::known::<E>(api, named).await? {
        Some(record) => record,
        None if taken => return Err(AccountError::NameTaken.into()),
        None => {
            let hash = passwords.hash_chosen(password).await?;
            let origin = match named {
                Some(named) => named.origin_of_nobody(),
                None => Origin::server(),
            };
            let made = api.accounts.register_from(username, role, &hash, origin);
            let made = made.await;
            let ours = made.as_ref().ok().map(|(user, _)| user.to_string());
            match idempotency::known::<E>(api, named).await? {
                // Of two that are the same, one was faster.
                Some(record) if ours.as_ref() != Some(&record.aggregate_id) => record,
                _ => return Ok(Some(made?)),
            }
        }
    };
    let user = record.aggregate_id.parse::<UserId>();
    let user = user.map_err(|error| CommandError::Fault(error.to_string()))?;
    let credential = match api.accounts.credential_of(user).await {
        Err(AccountError::Gone) => return Ok(None),
        known => known?,
    };
    let hash = api.views.credential(credential).await?;
    match passwords.verify(password, hash.as_deref()).await? {
        true => Ok(Some((user, record.position()))),
        false => Err(AccountError::NameTaken.into()),
    }
}
