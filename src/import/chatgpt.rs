//! ChatGPT's data export: `mapping` is a tree of nodes, `current_node` the one that was seen last.
//!
//! A message's `content` has a `content_type` and mostly `parts`, texts among which there may be objects (images, audio).
//! Messages to a tool (`recipient`), of a tool, of a system, and hidden ones are no part of what was said.

use serde_json::Value;

use super::{
    Read, left_out, text, time,
    tree::{Node, Role},
};

pub(super) fn read(conversation: &Value) -> Result<Read, &'static str> {
    let mapping = conversation["mapping"]
        .as_object()
        .ok_or("it has no messages (`mapping`)")?;
    let model = text(&conversation["default_model_slug"]);
    Ok(Read {
        title: text(&conversation["title"]),
        began_at: time(&conversation["create_time"]),
        changed_at: time(&conversation["update_time"]),
        archived: conversation["is_archived"] == true,
        nodes: mapping
            .iter()
            .map(|(id, it)| node(id, it, &model))
            .collect(),
        current: text(&conversation["current_node"]),
    })
}

fn node(id: &str, node: &Value, model: &Option<String>) -> Node {
    let message = &node["message"];
    let mut read = Node {
        id: id.to_owned(),
        parent: text(&node["parent"]),
        at: time(&message["create_time"]),
        ..Node::default()
    };
    let metadata = &message["metadata"];
    if metadata["is_visually_hidden_from_conversation"] == true {
        return read;
    }
    let to_all = message["recipient"].as_str().is_none_or(|to| to == "all");
    match message["author"]["role"].as_str() {
        Some("user") => read.role = Role::User,
        Some("assistant") if to_all => {
            read.role = Role::Assistant;
            read.model = text(&metadata["model_slug"]).or_else(|| model.clone());
        }
        Some("assistant" | "tool") => {
            read.left_out = 1;
            return read;
        }
        _ => return read,
    }
    content(&message["content"], &mut read);
    read
}

fn content(content: &Value, node: &mut Node) {
    let kind = content["content_type"].as_str().unwrap_or_default();
    match kind {
        "thoughts" => {
            let thoughts = content["thoughts"].as_array().into_iter().flatten();
            let texts: Vec<String> = thoughts.filter_map(|it| text(&it["content"])).collect();
            node.thoughts = (!texts.is_empty()).then(|| texts.join("\n\n"));
        }
        "code" => {
            if let Some(code) = text(&content["text"]) {
                let language = content["language"].as_str().unwrap_or_default();
                let language = if language == "unknown" { "" } else { language };
                node.text = format!("```{language}\n{code}\n```");
            }
        }
        // What the program says about itself.
        "reasoning_recap" | "user_editable_context" | "model_editable_context" => {}
        _ => match (content["parts"].as_array(), text(&content["text"])) {
            (Some(parts), _) => {
                let texts: Vec<String> = parts.iter().filter_map(|it| part(it, node)).collect();
                node.text = texts.join("\n");
            }
            (None, Some(text)) => node.text = text,
            (None, None) if kind.is_empty() => {}
            (None, None) => {
                node.left_out += 1;
                node.text = left_out(&named(kind));
            }
        },
    }
}

fn part(part: &Value, node: &mut Node) -> Option<String> {
    if part.is_string() {
        return text(part);
    }
    // What was said aloud.
    if let Some(said) = text(&part["text"]) {
        return Some(said);
    }
    node.left_out += 1;
    let kind = part["content_type"].as_str().unwrap_or("something");
    Some(left_out(&match kind {
        "image_asset_pointer" => "image".to_owned(),
        other => named(other),
    }))
}

/// A kind of content in words; nothing else that a file may say is repeated.
fn named(kind: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words: String = kind
        .chars()
        .filter(|letter| plain(*letter))
        .take(40)
        .collect();
    words.replace('_', " ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::json;

    use super::*;

    fn said(role: &str, content: Value) -> Node {
        let message = json!({ "author": { "role": role }, "content": content, "create_time": 3.5 });
        node("n", &json!({ "message": message, "parent": "p" }), &None)
    }

    #[test]
    fn every_sort_of_content_is_read_or_said_to_be_left_out() {
        let text = |parts: Value| json!({ "content_type": "text", "parts": parts });
        assert_eq!(said("user", text(json!(["a", "b"]))).text, "a\nb");
        assert_eq!(said("user", text(json!([""]))).text, "");
        let picture = json!({ "content_type": "multimodal_text", "parts": [
            { "content_type": "image_asset_pointer", "asset_pointer": "file-service://x" }, "What is this?",
            { "content_type": "audio_transcription", "text": "and that" },
            { "content_type": "real_time_user_audio_video_asset_pointer" },
        ] });
        let picture = said("user", picture);
        let told = "[left out: image]\nWhat is this?\nand that\n[left out: real time user audio video asset pointer]";
        assert_eq!((picture.text.as_str(), picture.left_out), (told, 2));
        let code = json!({ "content_type": "code", "language": "python", "text": "1 + 1" });
        assert_eq!(said("assistant", code).text, "```python\n1 + 1\n```");
        let thoughts = json!({ "content_type": "thoughts", "thoughts": [{ "summary": "s", "content": "hm" }] });
        assert_eq!(said("assistant", thoughts).thoughts.as_deref(), Some("hm"));
        let quote = json!({ "content_type": "tether_quote", "text": "as they say" });
        assert_eq!(said("assistant", quote).text, "as they say");
        assert_eq!(
            said("assistant", json!({ "content_type": "weird" })).text,
            "[left out: weird]"
        );
        assert_eq!(said("tool", text(json!(["x"]))).role, Role::Other);
        assert_eq!(said("system", text(json!(["x"]))).role, Role::Other);
        assert_eq!(said("user", json!(null)).text, "");
        assert_eq!(said("user", json!(null)).at, Some(3_500_000));
    }

    #[test]
    fn what_is_said_to_a_tool_or_hidden_is_no_part_of_it() {
        let to_a_tool = json!({ "message": {
            "author": { "role": "assistant" }, "recipient": "python",
            "content": { "content_type": "code", "text": "1 + 1" },
        } });
        let read = node("n", &to_a_tool, &None);
        assert_eq!((read.role, read.left_out), (Role::Other, 1));
        let hidden = json!({ "message": {
            "author": { "role": "user" }, "metadata": { "is_visually_hidden_from_conversation": true },
            "content": { "content_type": "text", "parts": ["x"] },
        } });
        assert_eq!(node("n", &hidden, &None).role, Role::Other);
        assert_eq!(
            node("n", &json!({ "message": null }), &None).role,
            Role::Other
        );
    }
}
