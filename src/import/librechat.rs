//! LibreChat's export of one conversation: `messages` (of old `messagesTree`), each with its `parentMessageId`, or, where it
//! is `recursive`, inside of its parent's `children`. Which branch was seen is not in it: the newest is taken.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    Read, left_out,
    outline::Outline,
    text, time,
    tree::{Node, Role},
};

/// The deepest that messages may be inside of one another.
const DEEPEST: usize = 2_000;

/// A message; what is inside of it is read when it is its turn, so that no depth costs stack.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'r> {
    #[serde(default)]
    message_id: Value,
    #[serde(default)]
    parent_message_id: Value,
    #[serde(default)]
    is_created_by_user: Value,
    #[serde(default)]
    sender: Value,
    #[serde(default)]
    text: Value,
    #[serde(default)]
    content: Value,
    #[serde(default)]
    model: Value,
    #[serde(default)]
    created_at: Value,
    #[serde(default)]
    files: Value,
    #[serde(default, borrow)]
    children: Vec<&'r RawValue>,
}

pub(super) fn read(outline: &Outline<'_>) -> Result<Read, &'static str> {
    const NONE: &str = "it has no messages (`messages`)";
    let messages = outline.messages.or(outline.tree).ok_or(NONE)?;
    let messages: Vec<&RawValue> = serde_json::from_str(messages.get()).map_err(|_| NONE)?;
    let mut nodes = vec![];
    let mut waiting: Vec<_> = messages
        .into_iter()
        .rev()
        .map(|message| (message, None, 1))
        .collect();
    while let Some((raw, inside_of, depth)) = waiting.pop() {
        if depth > DEEPEST {
            return Err("its messages are inside of one another more than 2,000 deep");
        }
        let message: Message<'_> =
            serde_json::from_str(raw.get()).map_err(|_| "one of its messages has another shape")?;
        let node = node(&message, inside_of, nodes.len());
        let inside = message.children.into_iter().rev();
        waiting.extend(inside.map(|child| (child, Some(node.id.clone()), depth + 1)));
        nodes.push(node);
    }
    let times = || nodes.iter().filter_map(|node| node.at);
    Ok(Read {
        title: text(&outline.title),
        began_at: times().min(),
        changed_at: times().max(),
        current: newest(&nodes),
        archived: false,
        nodes,
    })
}

/// What was written last; where no times are, what stands last.
fn newest(nodes: &[Node]) -> Option<String> {
    let newest = nodes.iter().max_by_key(|node| node.at)?;
    Some(newest.id.clone())
}

fn node(message: &Message<'_>, inside_of: Option<String>, nth: usize) -> Node {
    let by_user = match message.is_created_by_user.as_bool() {
        Some(by_user) => by_user,
        None => message
            .sender
            .as_str()
            .is_some_and(|sender| sender.eq_ignore_ascii_case("user")),
    };
    let mut node = Node {
        id: text(&message.message_id).unwrap_or_else(|| format!("nth {nth}")),
        parent: inside_of.or_else(|| text(&message.parent_message_id)),
        role: if by_user { Role::User } else { Role::Assistant },
        at: time(&message.created_at),
        model: text(&message.model),
        ..Node::default()
    };
    let mut texts: Vec<String> = text(&message.text).into_iter().collect();
    let mut thoughts = vec![];
    for part in message.content.as_array().into_iter().flatten() {
        match part["type"].as_str() {
            Some("text") => {
                let said = text(&part["text"]).or_else(|| text(&part["text"]["value"]));
                // `text` is made of these, where both are there.
                texts.extend(said.filter(|_| message.text.as_str().is_none_or(str::is_empty)));
            }
            Some("think") => thoughts.extend(text(&part["think"])),
            Some("tool_call") => node.left_out += 1,
            Some(kind) => {
                node.left_out += 1;
                texts.push(left_out(if kind.starts_with("image") {
                    "image"
                } else {
                    "file"
                }));
            }
            None => {}
        }
    }
    for _ in message.files.as_array().into_iter().flatten() {
        node.left_out += 1;
        texts.push(left_out("file"));
    }
    node.thoughts = (!thoughts.is_empty()).then(|| thoughts.join("\n\n"));
    node.text = texts.join("\n\n");
    node
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::json;

    use super::*;
    use crate::import::Format;

    fn nodes(conversation: &Value) -> Result<Vec<Node>, &'static str> {
        let text = conversation.to_string();
        let outline: Outline<'_> = serde_json::from_str(&text).unwrap();
        assert_eq!(outline.format(), Some(Format::LibreChat));
        Ok(read(&outline)?.nodes)
    }

    #[test]
    fn a_flat_list_and_a_tree_are_the_same() {
        let flat = json!({ "conversationId": "c", "recursive": false, "messages": [
            { "messageId": "m1", "parentMessageId": "00000000-0000-0000-0000-000000000000",
              "isCreatedByUser": true, "sender": "User", "text": "hello", "createdAt": "2024-05-01T16:35:11.530Z" },
            { "messageId": "m2", "parentMessageId": "m1", "isCreatedByUser": false, "model": "m", "text": "",
              "content": [{ "type": "think", "think": "hm" }, { "type": "text", "text": { "value": "hi" } },
                          { "type": "tool_call" }, { "type": "image_file" }] },
        ] });
        let mut tree = flat.clone();
        let inside = tree["messages"][1].take();
        tree["messages"] = json!([tree["messages"][0].clone()]);
        tree["messages"][0]["children"] = json!([inside]);
        for conversation in [flat, tree] {
            let nodes = nodes(&conversation).unwrap();
            assert_eq!(nodes[1].parent.as_deref(), Some("m1"));
            assert_eq!(nodes[1].text, "hi\n\n[left out: image]");
            assert_eq!(
                (nodes[1].thoughts.as_deref(), nodes[1].left_out),
                (Some("hm"), 2)
            );
            assert_eq!(nodes[0].role, Role::User);
        }
    }

    #[test]
    fn messages_inside_of_one_another_cost_no_stack_and_have_an_end() {
        let deep = |depth: usize| {
            let mut text = String::from(r#"{"conversationId":"c","recursive":true,"messages":["#);
            for number in 0..depth {
                text.push_str(&format!(
                    r#"{{"messageId":"m{number}","text":"x","children":["#
                ));
            }
            text.push_str(&"]}".repeat(depth));
            text.push_str("]}");
            text
        };
        let read = |text: &str| {
            let outline: Outline<'_> = serde_json::from_str(text).unwrap();
            super::read(&outline).map(|read| read.nodes.len())
        };
        assert_eq!(read(&deep(1_500)), Ok(1_500));
        assert!(read(&deep(DEEPEST + 1)).is_err());
    }
}
