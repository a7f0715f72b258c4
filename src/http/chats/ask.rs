//! What is to be answered: who is asked, the conversation, how to behave and how to choose words.

use std::collections::HashMap;

use aggregates::completion::{Said, Sampling, Speaker};
use serde_json::Value;

use super::{call::Admitted, error::Error, reply::Casing, request::Fields};
use crate::{
    http::{
        completion::{self, MOST_MESSAGES, MOST_TEXT, Whom},
        endpoint::{self, Asked, Resolved, Unresolved},
    },
    views::DocumentRow,
};

const NAMES: [&str; 11] = [
    "ai_provider_id",
    "chat_id",
    "messages",
    "model",
    "stream",
    "system_message",
    "instructions",
    "temperature",
    "max_tokens",
    "top_p",
    "stop",
];
/// Texts that end an answer.
const MOST_STOPS: usize = 4;
/// The longest of them, in bytes.
const LONGEST_STOP: usize = 1_000;

/// What a request asks.
pub(super) enum Of<'a> {
    /// The chat that its path names.
    Chat(&'a str),
    /// The provider that its body names.
    Provider,
    /// The chat or the provider that its body names.
    Either,
}

/// A body, and who is asked by it.
pub(super) struct Ask {
    fields: Fields,
    /// The answer is wanted while it is written.
    pub(super) streamed: bool,
}

/// What came of who is to be asked.
pub(super) enum Meant {
    /// Who is, and by which system message, unless the conversation has one.
    Somebody(Whom, Option<String>),
    /// There is nobody to ask, or nobody any more; and why.
    Nobody(Error),
}

impl Meant {
    /// Who is asked now.
    pub(super) fn somebody(self) -> Result<(Whom, Option<String>), Error> {
        match self {
            Self::Somebody(whom, behaviour) => Ok((whom, behaviour)),
            Self::Nobody(why) => Err(why),
        }
    }
}

/// What is said in a message, where its text is.
enum Content {
    Text(String),
    Document(String),
}

impl Ask {
    pub(super) fn read(call: &Admitted) -> Result<Self, Error> {
        let fields = call.fields(&NAMES)?;
        let streamed = fields.boolean("stream")?;
        Ok(Self { fields, streamed })
    }

    /// Who is asked. Clients are told in this order what is wrong: who may not, that there is no conversation, that there
    /// is nobody to ask. The last is not refused here: what was asked before is answered again all the same.
    pub(super) async fn whom(&self, call: &Admitted, of: &Of<'_>) -> Result<Meant, Error> {
        let id;
        let asked = match of {
            Of::Chat(chat) => Asked::Chat(chat),
            Of::Provider => {
                self.conversation()?;
                id = self.provider(call)?;
                Asked::Provider(&id)
            }
            Of::Either => {
                let chat = self.fields.optional("chat_id")?;
                let provider = self.fields.optional("ai_provider_id")?;
                match (chat, provider) {
                    (Some(_), Some(_)) => {
                        let message = "Give either chatId or aiProviderId, not both";
                        return Err(Error::invalid(message));
                    }
                    (Some(chat), None) => {
                        id = chat;
                        Asked::Chat(&id)
                    }
                    (None, _) => {
                        self.conversation()?;
                        id = self.provider(call)?;
                        Asked::Provider(&id)
                    }
                }
            }
        };
        let model = self.fields.value("model").and_then(Value::as_str);
        let model = model.filter(|model| !model.is_empty());
        let resolved = match endpoint::resolve(&call.api, &call.who, asked, model).await {
            Err(error @ (Unresolved::Forbidden | Unresolved::Unavailable(_))) => {
                return Err(error.into());
            }
            resolved => resolved,
        };
        self.conversation()?;
        let Resolved { endpoint, chat } = match resolved {
            Ok(resolved) => resolved,
            Err(nobody) => return Ok(Meant::Nobody(nobody.into())),
        };
        self.fields.name("model")?;
        let behaviour = match chat {
            Some(chat) => chat.system_message,
            None => match self.fields.optional("system_message")? {
                None => self.fields.optional("instructions")?,
                message => message,
            },
        };
        let foreign = call
            .api
            .directory
            .foreign(&endpoint.provider, &endpoint.config);
        Ok(Meant::Somebody(Whom::Foreign(foreign), behaviour))
    }

    /// The provider that the body names. Who writes names in snake_case is told the one that is missing as they write it.
    fn provider(&self, call: &Admitted) -> Result<String, Error> {
        let is_named = match self.fields.value("ai_provider_id") {
            Some(Value::String(id)) => !id.is_empty(),
            _ => false,
        };
        match call.casing(Some(&self.fields)) {
            Casing::Snake if !is_named => Err(Error::invalid("ai_provider_id is required")),
            _ => self.fields.required("ai_provider_id"),
        }
    }

    fn conversation(&self) -> Result<Vec<Value>, Error> {
        let messages = self.fields.values("messages").unwrap_or_default();
        if messages.is_empty() {
            let message = "messages is required and must be a non-empty array";
            return Err(Error::invalid(message));
        }
        if messages.len() > MOST_MESSAGES {
            let message = format!("messages must have at most {MOST_MESSAGES} entries");
            return Err(Error::invalid(message));
        }
        Ok(messages)
    }

    /// The conversation, with what its documents say.
    pub(super) async fn messages(
        &self,
        call: &Admitted,
        behaviour: Option<String>,
    ) -> Result<Vec<Said>, Error> {
        let read = self.conversation()?;
        let read: Vec<_> = read.iter().map(message).collect::<Result<_, _>>()?;
        let mut documents: HashMap<String, String> = HashMap::new();
        let (mut messages, mut size) = (Vec::with_capacity(read.len()), 0);
        for (by, content) in read {
            let text = match content {
                Content::Text(text) => text,
                Content::Document(id) => match documents.get(&id) {
                    Some(known) => known.clone(),
                    None => {
                        let text = document(call, &id).await?;
                        documents.insert(id, text.clone());
                        text
                    }
                },
            };
            size += completion::size(&text);
            if size > MOST_TEXT {
                let message = "The messages have more than 3 MiB together.";
                return Err(Error::too_large(message));
            }
            messages.push(Said::words(by, text));
        }
        Ok(completion::behaving(messages, behaviour))
    }

    /// How words are to be chosen.
    pub(super) fn sampling(&self) -> Result<Sampling, Error> {
        Ok(Sampling {
            temperature: self.fields.number("temperature", 0.0, 2.0)?,
            top_p: self.fields.number("top_p", 0.0, 1.0)?,
            max_tokens: self.fields.number("max_tokens", 1, 10_000_000)?,
            stop: self.stop()?,
            ..Sampling::default()
        })
    }

    fn stop(&self) -> Result<Vec<String>, Error> {
        let stops = self.fields.list("stop")?.unwrap_or_default();
        let fits =
            |stop: &String| !stop.is_empty() && !stop.contains('\0') && stop.len() <= LONGEST_STOP;
        if stops.len() > MOST_STOPS || !stops.iter().all(fits) {
            let message = format!("stop must be 1 to {MOST_STOPS} strings that are not empty");
            return Err(Error::invalid(message));
        }
        Ok(stops)
    }
}

/// `{role, content}` or `{role, document_id}`, with either name in camelCase, too.
fn message(value: &Value) -> Result<(Speaker, Content), Error> {
    let by = match value["role"].as_str() {
        Some("system") => Speaker::System,
        Some("user") => Speaker::User,
        Some("assistant") => Speaker::Assistant,
        _ => {
            let message = "Each message must have a role: system, user or assistant";
            return Err(Error::invalid(message));
        }
    };
    let content = &value["content"];
    // Where both are given, the document counts.
    if let Some(id) = document_id(value).or_else(|| {
        let is_document = content["type"] == "document";
        is_document.then(|| document_id(content)).flatten()
    }) {
        return Ok((by, Content::Document(id)));
    }
    match content {
        Value::String(text) if text.contains('\0') => Err(Error::invalid(
            "content must not contain the character U+0000",
        )),
        Value::String(text) => Ok((by, Content::Text(text.clone()))),
        _ => Err(Error::invalid(
            "Each message must have either content, a string, or documentId",
        )),
    }
}

fn document_id(value: &Value) -> Option<String> {
    let id = ["document_id", "documentId"].map(|name| value[name].as_str());
    id.into_iter().flatten().next().map(str::to_owned)
}

/// What a document says, for somebody who may read it.
async fn document(call: &Admitted, id: &str) -> Result<String, Error> {
    let row: DocumentRow = call.find("Get", id).await?;
    let text = call.api.views.document_text(&row.document).await?;
    Ok(text.unwrap_or_default())
}
