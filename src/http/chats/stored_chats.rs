//! Chats: how completions are made, stored under an id.

use aggregates::chat::ChatMade;
use http::StatusCode;
use warp::reply::Response;

use super::{
    call::Admitted,
    configured::{self, Begun, Use},
    error::Error,
};
use crate::views::{AiProviderRow, ChatRow};

const NAMES: [&str; 5] = [
    "ai_provider_id",
    "project_id",
    "name",
    "system_message",
    "model",
];

/// `POST /api/v1/chats`
pub(super) async fn create(call: &Admitted) -> Result<Response, Error> {
    let fields = call.fields(&NAMES)?;
    let asked = fields.required("ai_provider_id")?;
    let name = fields.name("name")?;
    let model = fields.name("model")?;
    let system_message = fields.short("system_message")?;
    let project = call
        .project_for::<ChatRow>(fields.optional("project_id")?)
        .await?;
    let (origin, chat) = match configured::begin::<ChatRow>(call, "POST /api/v1/chats").await? {
        Begun::Again(id) => return configured::created::<ChatRow>(call, &fields, &id, 0).await,
        Begun::New(origin, chat) => (origin, chat),
    };
    // Asked after that: what a request has named that was carried out may be gone since.
    let provider: Option<AiProviderRow> = call.look_up(&asked).await?;
    let provider = provider.ok_or_else(|| Error::no_provider(StatusCode::BAD_REQUEST, &asked))?;
    if provider.project != project.as_str() {
        return Err(Error::invalid(
            "The AI provider belongs to another project.",
        ));
    }
    let uses = vec![
        Use::project(&project),
        Use {
            missing: Error::no_provider(StatusCode::BAD_REQUEST, &provider.provider),
            id: provider.provider.clone(),
        },
    ];
    let made = ChatMade {
        chat: chat.clone(),
        project,
        ai_provider: provider.provider.parse().map_err(Error::broken)?,
        name,
        system_message,
        model: model.filter(|model| !model.is_empty()),
    };
    configured::create::<ChatRow>(call, &fields, &chat, made, uses, origin).await
}

/// `DELETE /api/v1/chats/{id}`
pub(super) async fn delete(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row: ChatRow = call.find("Delete", id).await?;
    configured::delete(call, &row).await
}
