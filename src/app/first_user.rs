//! A server without any user makes one, so that the first start is usable.

use aggregates::user::Role;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::StartError;
use crate::{
    actors::{AccountError, Accounts},
    auth::Auth,
    config::{Config, Secret},
    views::Views,
};

/// The name of the account that is made when nobody chose one.
const ADMIN: &str = "admin";

/// An account made at this start, with a password that is shown once.
pub struct FirstUser {
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: Secret,
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
        None if views.users().await?.is_empty() => {
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
                    password,
                })),
                Err(AccountError::NameTaken) => Ok(None),
                Err(error) => Err(failed(&error)),
            }
        }
        None => Ok(None),
    }
}
