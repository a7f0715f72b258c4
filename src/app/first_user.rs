//! A server without any user makes one, so that the first start is usable.

use aggregates::user::Role;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::StartError;
use crate::{
    actors::{AccountError, Accounts},
    auth::Auth,
    config::{Config, Secret},
    views::{UserRow, Views},
};

/// The name of the account that is made when nobody chose one.
const ADMIN: &str = "admin";

/// The account that the server has made for itself, while nobody has used it.
pub struct FirstUser {
    /// Its name.
    pub username: String,
    /// Its password, at the start that has made it: it is shown once.
    pub password: Option<Secret>,
}

pub(super) async fn make(
    config: &Config,
    views: &Views,
    accounts: &Accounts,
    auth: &Auth,
) -> Result<Option<FirstUser>, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::FirstUser(error.to_string());
    match &config.admin {
        Some(admin) => {
            if views.user_by_name(&admin.username).await?.is_some() {
                return Ok(None);
            }
            let hash = auth
                .passwords
                .hash(&admin.password)
                .await
                .map_err(|error| failed(&error))?;
            match accounts
                .register(&admin.username, Role::Admin, &hash, false)
                .await
            {
                // Another node was faster.
                Ok(_) | Err(AccountError::NameTaken) => Ok(None),
                Err(error) => Err(failed(&error)),
            }
        }
        None => {
            let users = views.users().await?;
            if !users.is_empty() {
                return unused(views, users).await;
            }
            let mut random = [0u8; 18];
            getrandom::fill(&mut random).map_err(|error| failed(&error))?;
            let password = Secret::new(URL_SAFE_NO_PAD.encode(random));
            let hash = auth
                .passwords
                .hash(&password)
                .await
                .map_err(|error| failed(&error))?;
            match accounts.register(ADMIN, Role::Admin, &hash, true).await {
                Ok(_) => Ok(Some(FirstUser {
                    username: ADMIN.to_owned(),
                    password: Some(password),
                })),
                Err(AccountError::NameTaken) => Ok(None),
                Err(error) => Err(failed(&error)),
            }
        }
    }
}

/// The only admin, where the server has made it and nobody has got to use it: its password was perhaps never seen.
async fn unused(views: &Views, users: Vec<UserRow>) -> Result<Option<FirstUser>, StartError> {
    let mut users = users.into_iter();
    let found =
        users.find(|row| row.generated && !row.claimed && row.password_changed_at.is_none());
    Ok(match found {
        Some(row) if views.is_last_admin(&row).await? => Some(FirstUser {
            username: row.username,
            password: None,
        }),
        _ => None,
    })
}
