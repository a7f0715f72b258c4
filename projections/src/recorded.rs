//! An event as the log holds it, its payload parsed once for all projections.

use aggregates::{
    ai_provider::AiProviderEvent, case::CaseEvent, chat::ChatEvent, completion::CompletionEvent,
    document::DocumentEvent, embedding::EmbeddingEvent, ingest::IngestEvent, key::KeyEvent,
    policy::PolicyEvent, project::ProjectEvent, quota::QuotaEvent, rag_session::RagSessionEvent,
    secret::SecretEvent, session::SessionEvent, thread::ThreadEvent, user::UserEvent,
    webhook::WebhookEvent,
};

/// One event of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its place in the log, from 1, without gaps.
    pub position: u64,
    /// When it was committed, in microseconds since 1970; never less than its predecessor's.
    pub recorded_at: i64,
    /// Whose event it is.
    pub aggregate_id: String,
    /// Its place in its aggregate's stream, from 1.
    pub sequence: u64,
    /// What happened.
    pub event: Event,
}

/// What happened, by the kind of aggregate.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// To a conversation.
    Thread(ThreadEvent),
    /// To a completion.
    Completion(CompletionEvent),
    /// To texts that become vectors.
    Embedding(EmbeddingEvent),
    /// To a user.
    User(UserEvent),
    /// To an API key.
    Key(KeyEvent),
    /// To a quota.
    Quota(QuotaEvent),
    /// To a case of moderation.
    Case(CaseEvent),
    /// To a chat session.
    Session(SessionEvent),
    /// To a project.
    Project(ProjectEvent),
    /// To a secret.
    Secret(SecretEvent),
    /// To an AI provider.
    AiProvider(AiProviderEvent),
    /// To a policy.
    Policy(PolicyEvent),
    /// To a chat.
    Chat(ChatEvent),
    /// To a document.
    Document(DocumentEvent),
    /// To a session of questions about documents.
    RagSession(RagSessionEvent),
    /// To a document on its way into one.
    Ingest(IngestEvent),
    /// To a webhook.
    Webhook(WebhookEvent),
    /// To something that no projection shows.
    Other,
}

impl Event {
    /// Whether it is of those that are read with every request, and so kept at hand.
    #[must_use]
    pub fn is_of_the_directory(&self) -> bool {
        matches!(
            self,
            Self::User(_)
                | Self::Key(_)
                | Self::Project(_)
                | Self::Secret(_)
                | Self::AiProvider(_)
                | Self::Policy(_)
                | Self::Chat(_)
                | Self::Quota(_)
        )
    }

    /// Parses a stored payload.
    ///
    /// # Errors
    /// The payload is not an event of this kind of aggregate, or not one this program knows.
    pub fn parse(aggregate_type: &str, payload: &str) -> Result<Self, serde_json::Error> {
        Ok(match aggregate_type {
            "thread" => Self::Thread(serde_json::from_str(payload)?),
            "completion" => Self::Completion(serde_json::from_str(payload)?),
            "embedding" => Self::Embedding(serde_json::from_str(payload)?),
            "user" => Self::User(serde_json::from_str(payload)?),
            "case" => Self::Case(serde_json::from_str(payload)?),
            "quota" => Self::Quota(serde_json::from_str(payload)?),
            "session" => Self::Session(serde_json::from_str(payload)?),
            "key" => Self::Key(serde_json::from_str(payload)?),
            "project" => Self::Project(serde_json::from_str(payload)?),
            "secret" => Self::Secret(serde_json::from_str(payload)?),
            "ai_provider" => Self::AiProvider(serde_json::from_str(payload)?),
            "policy" => Self::Policy(serde_json::from_str(payload)?),
            "chat" => Self::Chat(serde_json::from_str(payload)?),
            "document" => Self::Document(serde_json::from_str(payload)?),
            "rag_session" => Self::RagSession(serde_json::from_str(payload)?),
            "ingest" => Self::Ingest(serde_json::from_str(payload)?),
            "webhook" => Self::Webhook(serde_json::from_str(payload)?),
            _ => Self::Other,
        })
    }
}
