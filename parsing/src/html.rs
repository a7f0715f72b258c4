//! HTML to text, tag by tag. No tree is built, so nothing can be nested too deep.

use html5gum::{DefaultEmitter, Token, Tokenizer};

use crate::{
    Limits, Unreadable,
    prose::{Break, Prose},
};

/// Their content is not for readers.
const SILENT: &[&str] = &[
    "canvas", "iframe", "noembed", "noframes", "noscript", "object", "script", "style", "svg",
    "template", "title",
];

/// They stand by themselves.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "hr",
    "main",
    "nav",
    "ol",
    "p",
    "section",
    "summary",
    "table",
    "ul",
];

/// The text that a reader sees, with headings as in Markdown, items with a dash, and cells apart.
pub(crate) fn text(html: &str, limits: &Limits) -> Result<String, Unreadable> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut reader = Reader::default();
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                reader.start(&String::from_utf8_lossy(&tag.name), tag.self_closing)
            }
            Token::EndTag(tag) => reader.end(&String::from_utf8_lossy(&tag.name)),
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
        if reader.prose.len() > limits.text_bytes {
            return Err(Unreadable::TooMuchText(limits.text_bytes));
        }
    }
    Ok(reader.prose.into_text())
}

#[derive(Default)]
struct Reader {
    prose: Prose,
    /// The element that is not read, and how often it is open.
    silent: Option<(String, usize)>,
    /// Open `pre`s.
    kept: usize,
    /// Within a heading, which is one line.
    heading: bool,
    /// Cells in the row so far.
    cells: usize,
}

impl Reader {
    fn start(&mut self, name: &str, closes_itself: bool) {
        if let Some((silent, open)) = &mut self.silent {
            *open += usize::from(silent == name && !closes_itself);
            return;
        }
        if SILENT.contains(&name) {
            if !closes_itself || matches!(name, "script" | "style") {
                self.silent = Some((name.to_owned(), 1));
            }
            return;
        }
        match (name, level(name)) {
            (_, Some(level)) => {
                self.heading = true;
                self.prose.ask(Break::Paragraph);
                self.prose.mark(&format!("{} ", "#".repeat(level)));
            }
            ("br", _) => self.ask(Break::Line),
            ("li", _) => {
                self.stop_heading(Break::Line);
                self.prose.mark("- ");
            }
            ("dd", _) => self.stop_heading(Break::Line),
            ("tr", _) => {
                self.cells = 0;
                self.stop_heading(Break::Line);
            }
            ("td" | "th", _) => {
                if self.cells > 0 {
                    self.prose.flow(" | ");
                }
                self.cells += 1;
            }
            ("pre", _) => {
                self.kept += 1;
                self.stop_heading(Break::Paragraph);
            }
            // It begins the item or the heading that it is in.
            (name, _) if BLOCKS.contains(&name) && self.prose.is_marked() => {}
            ("div", _) => self.ask(Break::Paragraph),
            (name, _) if BLOCKS.contains(&name) && self.cells == 0 => {
                self.stop_heading(Break::Paragraph)
            }
            (name, _) if BLOCKS.contains(&name) => self.ask(Break::Space),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((silent, open)) = &mut self.silent {
            *open -= usize::from(silent == name);
            if *open == 0 {
                self.silent = None;
            }
            return;
        }
        match (name, level(name)) {
            (_, Some(_)) => {
                self.stop_heading(Break::Paragraph);
                self.prose.mark("");
            }
            ("li", _) => {
                self.prose.ask(Break::Line);
                self.prose.mark("");
            }
            ("tr", _) => {
                self.cells = 0;
                self.prose.ask(Break::Line);
            }
            ("pre", _) => {
                self.kept = self.kept.saturating_sub(1);
                self.prose.ask(Break::Paragraph);
            }
            ("table", _) => {
                self.cells = 0;
                self.prose.ask(Break::Paragraph);
            }
            (name, _) if BLOCKS.contains(&name) => self.ask(Break::Paragraph),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.silent.is_some() {
        } else if self.kept > 0 && !self.heading {
            self.prose.keep(text);
        } else {
            self.prose.flow(text);
        }
    }

    /// A heading is one line, and so is a row.
    fn ask(&mut self, before: Break) {
        let is_line = self.heading || self.cells > 0;
        self.prose.ask(if is_line { Break::Space } else { before });
    }

    fn stop_heading(&mut self, before: Break) {
        self.heading = false;
        self.prose.ask(before);
    }
}

fn level(name: &str) -> Option<usize> {
    let level = name.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some(level)
}
