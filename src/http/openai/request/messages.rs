//! `messages`: who said what, and which images come with it.

use aggregates::completion::{Said, Speaker};
use serde_json::{Map, Value};

use super::{
    given,
    image::{Image, MOST_IMAGES, bytes_of},
    is_empty, missing, wrong_type,
};
use crate::http::{
    completion::{self, MOST_MESSAGES, MOST_TEXT},
    openai::error::{Error, brief},
};

/// The conversation, and its images in their order.
pub(super) fn messages(fields: &Map<String, Value>) -> Result<(Vec<Said>, Vec<Image>), Error> {
    let list = match given(fields, "messages") {
        None => return Err(missing("messages")),
        Some(Value::Array(list)) if list.is_empty() => {
            let message =
                "Invalid 'messages': empty array. Expected an array with minimum length 1.";
            return Err(Error::param("messages", "empty_array", message));
        }
        Some(Value::Array(list)) if list.len() > MOST_MESSAGES => {
            let message = format!("Invalid 'messages': at most {MOST_MESSAGES} are taken.");
            return Err(Error::param("messages", "array_above_max_length", message));
        }
        Some(Value::Array(list)) => list,
        Some(other) => return Err(wrong_type("messages", "an array of objects", other)),
    };
    let (mut messages, mut images) = (Vec::with_capacity(list.len()), vec![]);
    for (nth, message) in list.iter().enumerate() {
        messages.push(said(nth, message, &mut images)?);
    }
    let sizes = messages.iter().map(|said| completion::size(&said.text));
    if sizes.sum::<usize>() > MOST_TEXT {
        return Err(Error::too_large(
            "The texts of 'messages' have more than 3 MiB together.",
        ));
    }
    Ok((messages, images))
}

fn said(nth: usize, message: &Value, images: &mut Vec<Image>) -> Result<Said, Error> {
    let place = format!("messages[{nth}]");
    let Value::Object(fields) = message else {
        return Err(wrong_type(&place, "an object", message));
    };
    let at = |name: &str| format!("{place}.{name}");
    let by = speaker(fields, &at("role"))?;
    for name in fields.keys() {
        let known = ["role", "content", "refusal", "annotations", "audio"].contains(&name.as_str());
        let says = given(fields, name).is_some_and(|value| !is_empty(value));
        if says && (!known || name == "audio") {
            return Err(Error::unsupported(
                &at(brief(name)),
                "is not supported by this server",
            ));
        }
    }
    let text = match given(fields, "content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let place = at("content");
            let images_of_user = (by == Speaker::User).then_some((nth, images));
            parts_of(&place, parts, images_of_user)?
        }
        Some(other) => {
            return Err(wrong_type(
                &at("content"),
                "a string or an array of parts",
                other,
            ));
        }
        None => match given(fields, "refusal") {
            Some(Value::String(refusal)) if by == Speaker::Assistant => refusal.clone(),
            _ => return Err(missing(&at("content"))),
        },
    };
    if text.contains('\0') {
        let message = format!("Invalid '{}': U+0000 is not allowed.", at("content"));
        return Err(Error::param(at("content"), "invalid_value", message));
    }
    Ok(Said::words(by, text))
}

fn speaker(fields: &Map<String, Value>, place: &str) -> Result<Speaker, Error> {
    match given(fields, "role") {
        None => Err(missing(place)),
        Some(Value::String(role)) => match role.as_str() {
            "system" | "developer" => Ok(Speaker::System),
            "user" => Ok(Speaker::User),
            "assistant" => Ok(Speaker::Assistant),
            "tool" | "function" => Err(Error::unsupported(place, "cannot be a tool's here")),
            other => {
                let message = format!(
                    "Invalid value: '{}'. Supported values are: 'system', 'developer', 'user' and 'assistant'.",
                    brief(other)
                );
                Err(Error::param(place, "invalid_value", message))
            }
        },
        Some(other) => Err(wrong_type(place, "a string", other)),
    }
}

/// The texts of its parts, one after the other. Its images go to the others; in messages that nobody shows anything with,
/// there is nowhere to put them.
fn parts_of(
    place: &str,
    parts: &[Value],
    mut images: Option<(usize, &mut Vec<Image>)>,
) -> Result<String, Error> {
    let mut texts = vec![];
    for (nth, part) in parts.iter().enumerate() {
        let place = format!("{place}[{nth}]");
        let words = match part["type"].as_str() {
            Some("text") => part["text"].as_str(),
            Some("refusal") => part["refusal"].as_str(),
            Some("image_url") => {
                let Some((message, images)) = &mut images else {
                    let why = "of type 'image_url' is taken in messages of the user's only";
                    return Err(Error::unsupported(&place, why));
                };
                if images.len() == MOST_IMAGES {
                    let message =
                        format!("Invalid '{place}': at most {MOST_IMAGES} images are taken.");
                    return Err(Error::param(place, "array_above_max_length", message));
                }
                let (place, bytes) = bytes_of(&place, part)?;
                images.push(Image {
                    message: *message,
                    place,
                    bytes,
                });
                continue;
            }
            Some(other) => {
                let other = brief(other);
                let why = format!("of type '{other}' is not supported by this server");
                return Err(Error::unsupported(&place, &why));
            }
            None => return Err(missing(&format!("{place}.type"))),
        };
        texts.push(words.ok_or_else(|| missing(&format!("{place}.text")))?);
    }
    Ok(texts.join("\n"))
}
