//! What people wrote, as a terminal can be given it: nothing in it moves the cursor, turns the direction of writing, or
//! passes for what this program says.

use serde_json::Value;

/// A text whose control characters are shown and do nothing, as `\u{1b}`. Its lines stay lines.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_harmful(letter) {
            true => shown.extend(letter.escape_unicode()),
            false => shown.push(letter),
        }
    }
    shown
}

/// The same in one line of JSON, with JSON's own escapes.
pub(super) fn json_line(value: &Value) -> String {
    let mut shown = String::new();
    // What is harmful stands within texts only, and what JSON has to escape is escaped.
    for letter in value.to_string().chars() {
        match is_harmful(letter) {
            true => shown.push_str(&format!("\\u{:04x}", u32::from(letter))),
            false => shown.push(letter),
        }
    }
    shown
}

/// A text of several lines, none of which begins where other lines do.
pub(super) fn indented(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

fn is_harmful(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\t')
        // What ends lines, and what turns the direction.
        || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const HARM: &str = "\u{0}\u{8}\r\u{1b}]0;x\u{7}\u{7f}\u{85}\u{9b}2J\u{202e}\u{2066}\u{2028}";

    #[test]
    fn what_drives_a_terminal_is_shown_instead() {
        assert_eq!(
            printable(HARM),
            "\\u{0}\\u{8}\\u{d}\\u{1b}]0;x\\u{7}\\u{7f}\\u{85}\\u{9b}2J\\u{202e}\\u{2066}\\u{2028}"
        );
        let plain = "Grüße, 你好, שלום 👩\u{200d}🚀\n\ta tab";
        assert_eq!(printable(plain), plain);
    }

    #[test]
    fn json_says_the_same_with_its_own_escapes() {
        let value = serde_json::json!({ HARM: ["é\n", HARM] });
        let shown = json_line(&value);
        assert_eq!(printable(&shown), shown);
        assert!(shown.contains("é\\n") && shown.contains("\\u009b2J"));
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
    }

    #[test]
    fn no_line_begins_where_other_lines_do() {
        let forged = "hello\n\n[2] 2026-01-31 assistant, completed, 3 characters\nYes";
        for line in indented(forged).split('\n') {
            assert!(line.starts_with("    "), "{line:?}");
        }
    }
}
