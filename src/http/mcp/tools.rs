//! The tools: what there is, what it takes, and who does it.

use std::sync::Arc;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest,
        CustomResult, ErrorCode, Implementation, ListToolsResult, PaginatedRequestParams,
        ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
    },
    service::RequestContext,
};
use serde_json::{Map, Value, json};
use tracing::{Instrument, Span};

use crate::http::chats::{Admitted, tools};

/// The tools in the hands of somebody who is known.
#[derive(Clone)]
pub(super) struct Tools {
    caller: Arc<Admitted>,
    /// The request's, for what is logged.
    span: Span,
}

impl Tools {
    pub(super) fn new(caller: Admitted) -> Self {
        Self {
            caller: Arc::new(caller),
            span: Span::current(),
        }
    }
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("colloquy", env!("CARGO_PKG_VERSION")))
            .with_instructions(
                "Chats are stored ways to ask a model: an AI provider, a system message, a model. Completions ask it. \
                 What is asked and answered is kept on the record.",
            )
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(all()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        all().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let called = tools::call(&self.caller, &request.name, arguments);
        let told = tokio::select! {
            told = called.instrument(self.span.clone()) => told,
            // Whoever asked has left.
            () = context.ct.cancelled() => {
                return Err(ErrorData::internal_error("The call was cancelled.", None));
            }
        };
        let result = match told {
            None => return Err(ErrorData::invalid_params("There is no such tool.", None)),
            Some(Ok(json)) => CallToolResult::success(vec![ContentBlock::text(json)]),
            Some(Err(sentence)) => CallToolResult::error(vec![ContentBlock::text(sentence)]),
        };
        Ok(result.into())
    }

    /// What rmcp does not know by its method, or cannot read by what it takes.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        if request.method == "tools/call" {
            let takes = "tools/call takes the name of a tool, and its arguments as an object.";
            return Err(ErrorData::invalid_params(takes, None));
        }
        let unknown = ErrorCode::METHOD_NOT_FOUND;
        Err(ErrorData::new(unknown, request.method, None))
    }
}

/// Every tool.
fn all() -> Vec<Tool> {
    let hints = ToolAnnotations::new;
    let provider = text("aiProviderId", "The AI provider's id, as aip_…");
    let chat = text("chatId", "The chat's id, as cht_…");
    let behaviour = text("systemMessage", "How the model is to behave.");
    let model = text(
        "model",
        "The model to ask; otherwise the provider's default one.",
    );
    let messages = ("messages", conversation());
    let stream = json!({ "type": "boolean", "description": "Taken, and without effect." });
    let stream = ("stream", stream);
    vec![
        tool(
            "create-chat",
            "Stores a chat: which AI provider it asks, and how.",
            &["aiProviderId"],
            [
                provider.clone(),
                text(
                    "projectId",
                    "The project it belongs to, where there is more than one.",
                ),
                text("name", "What people call it."),
                behaviour.clone(),
                model.clone(),
            ],
        )
        .annotate(hints().read_only(false).destructive(false)),
        tool(
            "list-chats",
            "Lists the chats that you may see, newest first.",
            &[],
            [text("projectId", "Only those of this project.")],
        )
        .annotate(hints().read_only(true)),
        tool("get-chat", "Shows a chat.", &["chatId"], [chat.clone()])
            .annotate(hints().read_only(true)),
        tool(
            "delete-chat",
            "Deletes a chat. What was said with it stays on the record.",
            &["chatId"],
            [chat.clone()],
        )
        .annotate(hints().read_only(false).destructive(true)),
        tool(
            "create-chat-completion-for-chat",
            "Asks the model of a chat, and answers when it has said everything.",
            &["chatId", "messages"],
            [
                chat,
                messages.clone(),
                text("model", "The model to ask; otherwise the chat's own."),
                stream.clone(),
            ],
        )
        .annotate(hints().read_only(false).destructive(false)),
        tool(
            "create-chat-completion",
            "Asks the model of an AI provider, and answers when it has said everything.",
            &["aiProviderId", "messages"],
            [provider, behaviour, model, messages, stream],
        )
        .annotate(hints().read_only(false).destructive(false)),
    ]
}

fn tool<const N: usize>(
    name: &'static str,
    says: &'static str,
    required: &[&str],
    properties: [(&str, Value); N],
) -> Tool {
    let properties: Map<String, Value> = properties
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("required".to_owned(), json!(required));
    Tool::new(name, says, schema)
}

/// What is said, oldest first; each with its text or with a document that holds it.
fn conversation() -> Value {
    json!({
        "type": "array",
        "description": "The conversation, oldest message first.",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {
                "role": { "type": "string", "enum": ["system", "user", "assistant"] },
                "content": { "type": "string", "description": "What is said." },
                "documentId": { "type": "string", "description": "A document that is said instead, as doc_…" },
            },
            "required": ["role"],
        },
    })
}

fn text(name: &'static str, says: &'static str) -> (&'static str, Value) {
    (name, json!({ "type": "string", "description": says }))
}
