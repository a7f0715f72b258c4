//! AI providers: whom chats ask, and where.

use aggregates::{
    ProjectId, SecretId,
    ai_provider::{AiProviderChange, AiProviderCommand, AiProviderMade},
};
use serde_json::json;
use warp::reply::Response;

use super::{
    call::Admitted,
    configured::{self, Begun, Usable, Use, missing},
    error::Error,
    request::Fields,
    secrets,
};
use crate::views::{AiProviderRow, SecretRow};

/// The kinds of providers that this API's clients know; `claude` is another word for `anthropic`.
pub(super) const KINDS: [&str; 12] = [
    "openai",
    "anthropic",
    "google",
    "xai",
    "groq",
    "ollama",
    "azure",
    "bedrock",
    "gateway",
    "custom",
    "claude",
    "openrouter",
];

const NAMES: [&str; 7] = [
    "project_id",
    "name",
    "provider",
    "default_model",
    "secret_id",
    "base_url",
    "config",
];

/// `POST /api/v1/ai-providers`
pub(super) async fn create(call: &Admitted) -> Result<Response, Error> {
    let fields = call.fields(&NAMES)?;
    let name = fields.required_name("name")?;
    let kind = kind(&fields)?.ok_or_else(unknown_kind)?;
    let model = fields.required_name("default_model")?;
    let project = call
        .project_for::<AiProviderRow>(fields.optional("project_id")?)
        .await?;
    let base_url = base_url(call, &fields)?.flatten();
    let config = fields.object("config")?.flatten();
    let (origin, provider) =
        match configured::begin::<AiProviderRow>(call, "POST /api/v1/ai-providers").await? {
            Begun::Again(id) => {
                return configured::created::<AiProviderRow>(call, &fields, &id, 0).await;
            }
            Begun::New(origin, provider) => (origin, provider),
        };
    // Asked after that: what a request has named that was carried out may be gone since.
    let secret = secret(call, &fields, &project).await?.flatten();
    let of_project = Use::project(&project);
    let uses = secret.iter().map(of_secret).chain([of_project]).collect();
    let made = AiProviderMade {
        provider: provider.clone(),
        project,
        name,
        kind,
        model,
        secret,
        base_url,
        config,
    };
    configured::create::<AiProviderRow>(call, &fields, &provider, made, uses, origin).await
}

/// `PATCH /api/v1/ai-providers/{id}`
pub(super) async fn change(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row: AiProviderRow = call.find("Update", id).await?;
    let fields = call.fields(&NAMES)?;
    let project: ProjectId = row.project.parse().map_err(Error::broken)?;
    let (kind, base_url) = (kind(&fields)?, base_url(call, &fields)?);
    let secret = secret(call, &fields, &project).await?;
    // Whoever says where the secret is sent has it.
    if let (true, None, Some(kept)) = (kind.is_some() || base_url.is_some(), &secret, &row.secret) {
        let _: SecretRow = call.find("Get", kept).await?;
    }
    let change = AiProviderChange {
        name: fields.replaced_name("name")?,
        kind,
        model: fields.replaced_name("default_model")?,
        secret: secret.clone(),
        base_url,
        config: fields.object("config")?,
    };
    // Of a change to a secret that is gone nothing is kept.
    call.keep_open(secret.iter().flatten().map(of_secret).collect())
        .await?;
    let changed = configured::change(call, &fields, &row, AiProviderCommand::Change(change)).await;
    let Some(secret) = secret.flatten() else {
        return changed;
    };
    // It may have been deleted between the two; whoever does that has not seen that it is used.
    if let Err(error) = call.keep_open(vec![of_secret(&secret)]).await {
        let undone = secrets::take_from(call, &row.provider, &secret).await?;
        let _ = call.written(undone).await;
        return Err(error);
    }
    changed
}

/// `DELETE /api/v1/ai-providers/{id}`
pub(super) async fn delete(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row: AiProviderRow = call.find("Delete", id).await?;
    configured::delete_unused(call, &row).await
}

impl Usable for AiProviderRow {
    async fn unused(&self, call: &Admitted) -> Result<(), Error> {
        match call.api.views.chats_of_provider(&self.provider).await? {
            0 => Ok(()),
            chats => Err(Error::conflict(
                "AI_PROVIDER_HAS_DEPENDENTS",
                "Chats use this AI provider; delete them first.",
                Some(json!({ "chatCount": chats })),
            )),
        }
    }
}

fn of_secret(secret: &SecretId) -> Use {
    Use {
        id: secret.to_string(),
        missing: missing::<SecretRow>(secret.as_str()),
    }
}

fn kind(fields: &Fields) -> Result<Option<String>, Error> {
    match fields.value("provider") {
        None => Ok(None),
        Some(kind) => match kind.as_str().filter(|kind| KINDS.contains(kind)) {
            Some(kind) => Ok(Some(kind.to_owned())),
            None => Err(unknown_kind()),
        },
    }
}

fn unknown_kind() -> Error {
    Error::invalid(format!("provider must be one of: {}", KINDS.join(", ")))
}

/// A secret of the same project, none, or no word about it.
async fn secret(
    call: &Admitted,
    fields: &Fields,
    project: &ProjectId,
) -> Result<Option<Option<SecretId>>, Error> {
    let id = match fields.text("secret_id")? {
        None => return Ok(None),
        Some(None) => return Ok(Some(None)),
        Some(Some(id)) => id,
    };
    let mut found: Vec<SecretRow> = call.all_of(std::slice::from_ref(&id)).await?;
    match found.pop().filter(|row| row.project == project.as_str()) {
        Some(row) => {
            // Whoever says where the secret is sent has it.
            let row: SecretRow = call.find("Get", &row.secret).await?;
            Ok(Some(Some(row.secret.parse().map_err(Error::broken)?)))
        }
        None => Err(Error::invalid("The secret belongs to another project.")),
    }
}

/// An address that a provider may have, none, or no word about it.
fn base_url(call: &Admitted, fields: &Fields) -> Result<Option<Option<String>>, Error> {
    let given = fields.text("base_url")?;
    // A form has no other word for none.
    let given = given.map(|text| text.filter(|text| !text.is_empty()));
    if let Some(Some(address)) = &given {
        let networks = call.api.settings.ai_provider_networks;
        let admitted = networks.admit_url(address.trim());
        let name = fields.written("base_url");
        admitted.map_err(|fault| Error::invalid(format!("{name} {fault}")))?;
        if address.len() > 2_000 {
            let message = format!("{name} must have at most 2000 characters");
            return Err(Error::invalid(message));
        }
    }
    Ok(given.map(|text| text.map(|text| text.trim().to_owned())))
}
