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
    configured::{self, Begun},
    error::Error,
};
use crate::{
    actors::{ConfigurationError, Origin},
    config::Secret,
    http::READ_YOUR_WRITES,
    views::{AiProviderRow, SecretRow},
};

/// `POST /api/v1/secrets`
pub(super) async fn create(call: &Admitted) -> Result<Response, Error> {
    let fields = call.fields(&["project_id", "name", "value"])?;
    let name = fields.required_name("name")?;
    let value = Secret::new(fields.required("value")?);
    let project = call
        .project_for::<SecretRow>(fields.optional("project_id")?)
        .await?;
    let (origin, bits) = match configured::begin(call, "POST /api/v1/secrets").await? {
        Begun::Again(id) => return configured::created::<SecretRow>(call, &fields, &id, 0).await,
        Begun::New(origin, bits) => (origin, bits),
    };
    let secret = SecretId::from_random(bits);
    let made = SecretMade {
        secret: secret.clone(),
        project,
        name,
        value: call.api.auth.vault.lock(secret.as_str(), &value)?,
    };
    configured::create::<SecretRow>(call, &fields, &secret, made, origin).await
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
    let _ = call.api.views.catch_up(READ_YOUR_WRITES).await?;
    let used = call.api.views.providers_of_secret(&row.secret).await?;
    if !used.is_empty() && call.parameter("force") != Some("true") {
        return Err(Error::conflict(
            "SECRET_HAS_DEPENDENTS",
            "AI providers use this secret; delete it with ?force=true all the same.",
            Some(json!({ "aiProviderCount": used.len() })),
        ));
    }
    let secret: SecretId = row.secret.parse().map_err(Error::broken)?;
    for provider in &used {
        take_from(call, provider, &secret).await?;
    }
    configured::delete(call, &row).await
}

/// Lets a provider have this secret no more: it may have been given another one since the views were read.
async fn take_from(
    call: &Admitted,
    provider: &AiProviderRow,
    secret: &SecretId,
) -> Result<(), Error> {
    let command = AiProviderCommand::TakeAway(secret.clone());
    let (id, origin) = (provider.provider.as_str(), Origin::user(call.who.user));
    let configuration = &call.api.configuration;
    match configuration
        .execute::<AiProvider>(id, command, origin)
        .await
    {
        // Somebody has deleted it meanwhile.
        Ok(_) | Err(ConfigurationError::Unknown) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
