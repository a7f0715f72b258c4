//! Open WebUI's export: `chat.history` has the messages by id, each with its `parentId`, and `currentId`; old exports have
//! `chat.messages` in a row. Newer messages have an `output`, a list of thoughts, calls of tools and what was said.

use serde_json::Value;

use super::{
    Read, left_out, text, time,
    tree::{Node, Role},
};

pub(super) fn read(conversation: &Value) -> Result<Read, &'static str> {
    let chat = &conversation["chat"];
    let history = &chat["history"];
    let (nodes, current) = match (history["messages"].as_object(), chat["messages"].as_array()) {
        (Some(messages), _) => {
            let nodes = messages
                .iter()
                .map(|(id, message)| node(id.clone(), text(&message["parentId"]), message));
            (nodes.collect(), text(&history["currentId"]))
        }
        (None, Some(messages)) => (in_a_row(messages), None),
        (None, None) => return Err("it has no messages (`chat.history.messages`)"),
    };
    Ok(Read {
        title: text(&conversation["title"]).or_else(|| text(&chat["title"])),
        began_at: time(&conversation["created_at"]).or_else(|| time(&chat["timestamp"])),
        changed_at: time(&conversation["updated_at"]),
        archived: conversation["archived"] == true,
        nodes,
        current,
    })
}

fn in_a_row(messages: &[Value]) -> Vec<Node> {
    let mut before = None;
    let mut nodes = vec![];
    for (nth, message) in messages.iter().enumerate() {
        let id = text(&message["id"]).unwrap_or_else(|| nth.to_string());
        nodes.push(node(id.clone(), before.replace(id), message));
    }
    nodes
}

fn node(id: String, parent: Option<String>, message: &Value) -> Node {
    let mut node = Node {
        id,
        parent,
        role: match message["role"].as_str() {
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            _ => Role::Other,
        },
        at: time(&message["timestamp"]),
        model: text(&message["model"]),
        ..Node::default()
    };
    let mut texts = output(&message["output"], &mut node);
    if texts.is_empty() {
        texts.extend(match &message["content"] {
            Value::Array(parts) => parts.iter().filter_map(|it| text(&it["text"])).collect(),
            content => text(content).into_iter().collect::<Vec<_>>(),
        });
    }
    for file in message["files"].as_array().into_iter().flatten() {
        node.left_out += 1;
        texts.push(left_out(match file["type"].as_str() {
            Some("image") => "image",
            _ => "file",
        }));
    }
    node.text = texts.join("\n\n");
    node
}

/// What was said, of a list of what came out of the model; its thoughts are noted.
fn output(output: &Value, node: &mut Node) -> Vec<String> {
    let spoken = |item: &Value| {
        let parts = item["content"].as_array().into_iter().flatten();
        parts
            .filter_map(|part| text(&part["text"]))
            .collect::<Vec<_>>()
    };
    let (mut texts, mut thoughts) = (vec![], vec![]);
    for item in output.as_array().into_iter().flatten() {
        match item["type"].as_str() {
            Some("message") => texts.extend(spoken(item)),
            Some("reasoning") => thoughts.extend(spoken(item)),
            Some("function_call") => node.left_out += 1,
            _ => {}
        }
    }
    node.thoughts = (!thoughts.is_empty()).then(|| thoughts.join("\n\n"));
    texts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::json;

    use super::*;

    #[test]
    fn what_came_out_of_a_model_counts_before_how_it_was_shown() {
        let message = json!({
            "role": "assistant", "model": "m", "timestamp": 7,
            "content": "<details type=\"reasoning\">hm</details>12",
            "output": [
                { "type": "reasoning", "content": [{ "type": "output_text", "text": "hm" }] },
                { "type": "function_call", "name": "add" },
                { "type": "function_call_output", "output": [{ "type": "input_text", "text": "12" }] },
                { "type": "message", "content": [{ "type": "output_text", "text": "12" }] },
            ],
        });
        let read = node("n".to_owned(), None, &message);
        assert_eq!(
            (read.text.as_str(), read.thoughts.as_deref()),
            ("12", Some("hm"))
        );
        assert_eq!((read.left_out, read.at), (1, Some(7_000_000)));
    }

    #[test]
    fn files_are_named_and_old_exports_are_a_row() {
        let chat = json!({ "chat": { "messages": [
            { "role": "user", "content": "look", "files": [{ "type": "image", "url": "data:…" }, { "type": "doc" }] },
            { "role": "assistant", "content": "yes" },
            { "role": "system", "content": "be brief" },
        ] } });
        let read = read(&chat).unwrap();
        assert_eq!(
            read.nodes[0].text,
            "look\n\n[left out: image]\n\n[left out: file]"
        );
        assert_eq!(read.nodes[1].parent.as_deref(), Some("0"));
        assert_eq!(read.nodes[2].role, Role::Other);
        assert!(super::read(&json!({ "chat": {} })).is_err());
    }
}
