//! Secrets: put in, used, and never shown again.

use aggregates::{
    SecretId,
    ai_provider::{AiProvider, AiProviderCommand},
    secret::{SecretChange, SecretCommand, SecretMade},
};
use serde_json::json;
use warp::reply::Response;

use super::{
    call::Admitted,
    configured::{self, Begun, Usable, Use},
    error::Error,
};
use crate::{
    actors::{ConfigurationError, Origin},
    config::Secret,
    views::SecretRow,
};

/// `POST /api/v1/secrets`
pub(super) async fn create(call: &Admitted) -> Result<Response, Error> {
    let fields = call.fields(&["project_id", "name", "value"])?;
    let name = fields.required_name("name")?;
    let value = Secret::new(fields.required("value")?);
    let project = call
        .project_for::<SecretRow>(fields.optional("project_id")?)
        .await?;
    let (origin, secret) = match configured::begin::<SecretRow>(call, "POST /api/v1/secrets")
        .await?
    {
        Begun::Again(id) => return configured::created::<SecretRow>(call, &fields, &id, 0).await,
        Begun::New(origin, secret) => (origin, secret),
    };
    let uses = vec![Use::project(&project)];
    let made = SecretMade {
        secret: secret.clone(),
        project,
        name,
        value: call.api.auth.vault.lock(secret.as_str(), &value)?,
    };
    configured::create::<SecretRow>(call, &fields, &secret, made, uses, origin).await
}

/// `PATCH /api/v1/secrets/{id}`
pub(super) async fn change(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row: SecretRow = call.find("Update", id).await?;
    let fields = call.fields(&["name", "value"])?;
    let value = match fields.value("value") {
        None => None,
        Some(_) => {
            let value = Secret::new(fields.required("value")?);
            Some(call.api.auth.vault.lock(&row.secret, &value)?)
        }
    };
    let change = SecretChange {
        name: fields.replaced_name("name")?,
        value,
    };
    configured::change(call, &fields, &row, SecretCommand::Change(change)).await
}

/// `DELETE /api/v1/secrets/{id}`: with `?force=true` even when providers use it, which then have none.
pub(super) async fn delete(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row: SecretRow = call.find("Delete", id).await?;
    configured::delete_unused(call, &row).await
}

impl Usable for SecretRow {
    fn is_forced(call: &Admitted) -> bool {
        call.parameter("force") == Some("true")
    }

    async fn unused(&self, call: &Admitted) -> Result<(), Error> {
        let used_by = call.api.views.providers_of_secret(&self.secret).await?;
        match used_by.len() {
            0 => Ok(()),
            providers => Err(Error::conflict(
                "SECRET_HAS_DEPENDENTS",
                "AI providers use this secret; delete it with ?force=true all the same.",
                Some(json!({ "aiProviderCount": providers })),
            )),
        }
    }

    async fn let_go(&self, call: &Admitted) -> Result<(), Error> {
        let secret: SecretId = self.secret.parse().map_err(Error::broken)?;
        for provider in call.api.views.providers_of_secret(&self.secret).await? {
            take_from(call, &provider, &secret).await?;
        }
        Ok(())
    }
}

/// Lets a provider have this secret no more: it may have been given another one since the views were read. The answer is
/// the position from which on reads show it, 0 when nothing had to change.
pub(super) async fn take_from(
    call: &Admitted,
    provider: &str,
    secret: &SecretId,
) -> Result<u64, Error> {
    let command = AiProviderCommand::TakeAway(secret.clone());
    let origin = Origin::user(call.who.user);
    let configuration = &call.api.configuration;
    match configuration
        .execute::<AiProvider>(provider, command, origin)
        .await
    {
        Ok(position) => Ok(position),
        // Somebody has deleted it meanwhile.
        Err(ConfigurationError::Unknown) => Ok(0),
        Err(error) => Err(error.into()),
    }
}
