//! Whom a completion asks: a project's AI provider with its secret opened, for somebody who may ask it.

use serde_json::Value;

use super::{
    Api, READ_YOUR_WRITES,
    access::{Rights, Target},
};
use crate::{
    auth::{Principal, vault::VaultError},
    config::{ProviderConfig, ProviderKind, StatelessAccess},
    views::{AiProviderRow, ChatRow, ViewError},
};

/// Everything that a call to a provider needs. What holds its key shows nothing of it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The provider's id.
    pub provider: String,
    /// The project that it belongs to.
    pub project: String,
    /// How to talk to it, where, with which key, and which model is asked.
    pub config: ProviderConfig,
    /// What its people have written beside that: a JSON object.
    pub options: Option<Value>,
}

/// What somebody names to be asked.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// A provider's id: any authenticated user may, or who sees it ([`StatelessAccess`]).
    Provider(&'a str),
    /// A chat's id: policies say who may.
    Chat(&'a str),
}

/// Why nobody can be asked.
#[derive(Debug, thiserror::Error)]
pub enum Unresolved {
    /// There is no such chat.
    #[error("Chat '{0}' not found.")]
    NoChat(String),
    /// There is no such provider, or no more.
    #[error("AI provider '{0}' not found.")]
    NoProvider(String),
    /// Not by this one.
    #[error("You are not allowed to do this.")]
    Forbidden,
    /// Its secret cannot be opened, or is gone.
    #[error("The secret of AI provider '{0}' cannot be used: set it anew.")]
    Locked(String),
    /// The views cannot be read at the moment.
    #[error(transparent)]
    Unavailable(#[from] ViewError),
}

/// What is to be asked, and the chat where one is named.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Whom to ask.
    pub endpoint: Endpoint,
    /// The chat, with its name, system message and model.
    pub chat: Option<ChatRow>,
}

/// Finds out whom `who` asks. The model is the request's, else the chat's, else the provider's.
///
/// Everything is read from what is at hand, which is never older than a second; so a call costs no query.
///
/// # Errors
/// When there is none, or it is not to be asked by this one.
pub async fn resolve(
    api: &Api,
    who: &Principal,
    asked: Asked<'_>,
    model: Option<&str>,
) -> Result<Resolved, Unresolved> {
    let rights = Rights::of(api, who).await?;
    let (chat, id) = match asked {
        Asked::Provider(id) => (None, id.to_owned()),
        Asked::Chat(id) => {
            let chat = chat(api, id).await?;
            let chat = chat.ok_or_else(|| Unresolved::NoChat(id.to_owned()))?;
            if !rights.allow("chats:CreateChatCompletion", &Target::of(&chat)) {
                return Err(Unresolved::Forbidden);
            }
            let provider = chat.ai_provider.clone();
            (Some(chat), provider)
        }
    };
    let row = provider(api, &id).await?;
    let row = row.ok_or_else(|| Unresolved::NoProvider(id.clone()))?;
    if chat.is_none() && !may_ask(api, &rights, &Target::of(&row)) {
        return Err(Unresolved::Forbidden);
    }
    let of_chat = chat.as_ref().and_then(|chat| chat.model.as_deref());
    let model = model.or(of_chat).unwrap_or(&row.model).to_owned();
    let endpoint = open(api, row, model).await?;
    Ok(Resolved { endpoint, chat })
}

/// Without a chat whoever is let in may, unless the operator wants it otherwise; but a key leads nowhere but into its
/// project, and no further than its policies say.
fn may_ask(api: &Api, rights: &Rights, provider: &Target) -> bool {
    let sees = || rights.allow("ai-providers:GetAiProvider", provider);
    rights.allow_own("chats:CreateChatCompletion", provider)
        && match api.settings.stateless_access {
            StatelessAccess::Authenticated => true,
            StatelessAccess::Project => sees(),
        }
}

async fn chat(api: &Api, id: &str) -> Result<Option<ChatRow>, ViewError> {
    let Ok(id) = id.parse::<aggregates::ChatId>() else {
        return Ok(None);
    };
    if let Some(row) = api.views.chat(id.as_str()).await? {
        return Ok(Some(row));
    }
    let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
    api.views.chat(id.as_str()).await
}

async fn provider(api: &Api, id: &str) -> Result<Option<AiProviderRow>, ViewError> {
    let Ok(id) = id.parse::<aggregates::AiProviderId>() else {
        return Ok(None);
    };
    if let Some(row) = api.views.ai_provider(id.as_str()).await? {
        return Ok(Some(row));
    }
    let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
    api.views.ai_provider(id.as_str()).await
}

async fn open(api: &Api, row: AiProviderRow, model: String) -> Result<Endpoint, Unresolved> {
    let locked = || Unresolved::Locked(row.provider.clone());
    let api_key = match &row.secret {
        None => None,
        Some(id) => {
            // Without its secret, which was deleted by force, it is asked without.
            let secret = api.views.secret(id).await?;
            let opened = secret.map(|secret| api.auth.vault.open(&secret.secret, &secret.value));
            opened.transpose().map_err(|error: VaultError| {
                tracing::warn!(provider = row.provider, %error, "a secret cannot be opened");
                locked()
            })?
        }
    };
    let kind = ProviderKind::from_name(&row.kind).ok_or_else(locked)?;
    let options: Option<Value> = row
        .config
        .as_deref()
        .and_then(|config| serde_json::from_str(config).ok());
    let base_url = row.base_url.or_else(|| implied(kind, options.as_ref()));
    let vision = options.as_ref().and_then(|options| options.get("vision"));
    Ok(Endpoint {
        provider: row.provider,
        project: row.project,
        config: ProviderConfig {
            base_url,
            api_key,
            vision: vision.and_then(Value::as_bool),
            ..ProviderConfig::new(kind, model)
        },
        options,
    })
}

/// The address that follows from a region or a resource's name.
fn implied(kind: ProviderKind, options: Option<&Value>) -> Option<String> {
    let option = |names: [&str; 2]| {
        let value = names.iter().find_map(|name| options?.get(name)?.as_str())?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (!value.is_empty() && value.chars().all(is_name)).then_some(value)
    };
    match kind {
        ProviderKind::Bedrock => {
            let region = option(["region", "aws_region"])?;
            Some(format!("https://bedrock-runtime.{region}.amazonaws.com"))
        }
        ProviderKind::Azure => {
            let resource = option(["resource_name", "resourceName"])?;
            Some(format!("https://{resource}.openai.azure.com"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_region_or_a_resource_is_an_address_and_nothing_else_is() {
        let region = json!({ "region": "eu-west-1" });
        let bedrock = implied(ProviderKind::Bedrock, Some(&region));
        assert_eq!(
            bedrock.as_deref(),
            Some("https://bedrock-runtime.eu-west-1.amazonaws.com")
        );
        let resource = json!({ "resourceName": "mine" });
        let azure = implied(ProviderKind::Azure, Some(&resource));
        assert_eq!(azure.as_deref(), Some("https://mine.openai.azure.com"));
        for odd in [
            json!({ "region": "evil.example/?" }),
            json!({ "region": 7 }),
            json!({}),
        ] {
            assert_eq!(implied(ProviderKind::Bedrock, Some(&odd)), None);
        }
        assert_eq!(implied(ProviderKind::OpenAi, Some(&region)), None);
    }
}
