//! The splitter on texts as models write them, and on any text cut in any way.

use proptest::prelude::*;

use super::*;

/// All that a text shows when it comes in these deltas, neighbouring prose joined.
fn shown<'a>(deltas: impl IntoIterator<Item = &'a str>) -> Vec<Shown> {
    let mut splitter = Splitter::default();
    let mut shown: Vec<Shown> = vec![];
    for delta in deltas {
        shown.extend(splitter.push(delta));
    }
    shown.extend(splitter.finish());
    shown.into_iter().fold(vec![], |mut joined, next| {
        match (joined.last_mut(), &next.block) {
            (
                Some(Shown {
                    block: Block::Markdown(before),
                    end,
                }),
                Block::Markdown(text),
            ) => {
                before.push_str(text);
                *end = next.end;
            }
            _ => joined.push(next),
        }
        joined
    })
}

fn blocks(text: &str) -> Vec<Block> {
    shown([text]).into_iter().map(|shown| shown.block).collect()
}

fn markdown(text: &str) -> Block {
    Block::Markdown(text.to_owned())
}

fn fenced(kind: Kind, language: &str, text: &str) -> [Block; 2] {
    let fenced = Block::Fenced {
        kind,
        text: text.to_owned(),
        language: language.to_owned(),
    };
    [Block::Load(kind), fenced]
}

fn code(language: &str, text: &str) -> [Block; 2] {
    fenced(Kind::Code, language, text)
}

#[test]
fn prose_is_shown_as_it_comes() {
    let mut splitter = Splitter::default();
    for (delta, end) in [("Hel", 3), ("lo\n", 6), ("w", 7), ("`x`", 10)] {
        let shown = splitter.push(delta);
        let block = markdown(delta);
        assert_eq!(shown, [Shown { block, end }]);
    }
    assert_eq!(splitter.finish(), []);
}

#[test]
fn a_block_is_announced_when_it_opens_and_shown_when_it_is_whole() {
    let mut splitter = Splitter::default();
    let mut push = |delta: &str| -> Vec<Block> {
        let shown = splitter.push(delta);
        shown.into_iter().map(|shown| shown.block).collect()
    };
    assert_eq!(push("See:\n``"), [markdown("See:\n")]);
    assert_eq!(push("`pyth"), []);
    assert_eq!(push("on\nprint("), [Block::Load(Kind::Code)]);
    assert_eq!(push("1)\n``"), []);
    let [_, whole] = code("python", "print(1)");
    assert_eq!(push("`\nDone"), [whole, markdown("Done")]);
}

#[test]
fn a_fence_left_open_is_shown_at_the_end() {
    assert_eq!(blocks("```rust\nlet x;\n"), code("rust", "let x;"));
    assert_eq!(blocks("```rust\nlet x;"), code("rust", "let x;"));
    assert_eq!(blocks("```"), code("", ""));
    assert_eq!(blocks("```\nx\n```"), code("", "x"));
}

#[test]
fn who_has_seen_an_empty_block_announced_has_not_seen_it() {
    for text in ["x\n```", "x\n```py", "x\n```py\n"] {
        let ends: Vec<u64> = shown([text]).iter().map(|shown| shown.end).collect();
        let whole = text.len() as u64;
        assert_eq!(ends, [2, whole - 1, whole], "{text}");
    }
}

#[test]
fn a_diagram_is_told_from_code() {
    let text = "```mermaid\ngraph TD\n  A-->B\n```\n";
    assert_eq!(
        blocks(text),
        fenced(Kind::Mermaid, "mermaid", "graph TD\n  A-->B")
    );
    assert_eq!(
        blocks("~~~ Mermaid theme=dark\nx\n~~~\n")[0],
        Block::Load(Kind::Mermaid)
    );
}

#[test]
fn only_a_fence_as_long_and_of_the_same_character_closes() {
    let text = "````md\n```\ninner\n```\n~~~~\n````  \nafter";
    let [load, whole] = code("md", "```\ninner\n```\n~~~~");
    assert_eq!(blocks(text), [load, whole, markdown("after")]);
    let text = "~~~\n``` `\n~~~~\n";
    assert_eq!(blocks(text), code("", "``` `"));
    let text = "```\nx\n``` y\n```\n";
    assert_eq!(blocks(text), code("", "x\n``` y"));
}

#[test]
fn what_only_looks_like_a_fence_is_prose() {
    for text in [
        "``x``\n",
        "    ```\nx\n",
        "a ```\nx\n",
        "```a`b```\nx\n",
        "`\n``\n",
        "~~strike~~\n",
        "   \n  x\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "> ```\n> x\n",
    ] {
        assert_eq!(blocks(text), [markdown(text)], "{text}");
    }
    let long = format!("```{}\nx\n", "y".repeat(LONGEST));
    assert_eq!(blocks(&long), [markdown(&long)]);
    assert_eq!(blocks(""), []);
}

#[test]
fn an_indented_block_loses_the_indentation_of_its_fence() {
    let text = "  ```sh\n  ls\n    -l\nx\n  ```\n";
    assert_eq!(blocks(text), code("sh", "ls\n  -l\nx"));
}

#[test]
fn line_breaks_of_other_systems_and_empty_lines_are_kept() {
    let text = "```c\r\n\r\nx;\r\n\n\n```\r\ny\r\n";
    let [load, whole] = code("c", "\r\nx;\r\n\n");
    assert_eq!(blocks(text), [load, whole, markdown("y\r\n")]);
    // But for the last one, which belongs to the closing fence.
    let [load, whole] = code("python", "a\r\nb");
    let text = "```python\r\na\r\nb\r\n```\r\nend";
    assert_eq!(blocks(text), [load, whole, markdown("end")]);
}

/// Texts full of what matters here.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("```".to_owned()),
        Just("~~~".to_owned()),
        Just("`".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("    ".to_owned()),
        Just(" ".to_owned()),
        Just("mermaid".to_owned()),
        Just("| a |".to_owned()),
        "[a-zé漢\u{1F600}]{1,5}",
        "[x]{250,260}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn however_a_text_is_cut_it_shows_the_same(
        text in texts(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let mut places: Vec<usize> = cuts
            .iter()
            .map(|cut| text.floor_char_boundary(cut.index(text.len() + 1)))
            .chain([0, text.len()])
            .collect();
        places.sort_unstable();
        let deltas = places.windows(2).map(|pair| &text[pair[0]..pair[1]]);
        prop_assert_eq!(shown(deltas), shown([text.as_str()]));
    }

    #[test]
    fn each_has_an_end_of_its_own_and_the_last_is_the_texts(text in texts()) {
        let shown = shown([text.as_str()]);
        let ends: Vec<u64> = shown.iter().map(|shown| shown.end).collect();
        prop_assert!(ends.is_sorted_by(|one, next| one < next), "{:?}", ends);
        prop_assert_eq!(ends.last().copied().unwrap_or(0), text.len() as u64);
    }

    #[test]
    fn every_load_is_followed_by_its_block(text in texts()) {
        let blocks = blocks(&text);
        for (at, block) in blocks.iter().enumerate() {
            match block {
                Block::Load(kind) => {
                    let next = blocks.get(at + 1);
                    let whole = matches!(next, Some(Block::Fenced { kind: of, .. }) if of == kind);
                    prop_assert!(whole);
                }
                Block::Fenced { .. } => {
                    let announced = matches!(blocks[at - 1], Block::Load(_));
                    prop_assert!(announced);
                }
                Block::Markdown(text) => prop_assert!(!text.is_empty()),
            }
        }
    }
}
