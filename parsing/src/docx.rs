//! Word documents to text: headings, items and rows as in Markdown, notes at the end.

mod archive;
mod styles;

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

use self::{archive::Archive, styles::Styles};
use crate::{Limits, Unreadable, content::Content, plain::is_nothing};

/// Parts with text, in their order. Only the first one has to be there.
const PARTS: [&str; 3] = [
    "word/document.xml",
    "word/footnotes.xml",
    "word/endnotes.xml",
];

/// The text of a document.
pub(crate) fn text(bytes: &[u8], limits: &Limits) -> Result<String, Unreadable> {
    let mut archive = Archive::open(bytes, limits)?;
    let styles = match archive.part("word/styles.xml")? {
        Some(styles) => Styles::read(&styles, limits)?,
        None => Styles::default(),
    };
    let mut body = Body::new(&styles, limits);
    for (number, name) in PARTS.into_iter().enumerate() {
        match archive.part(name)? {
            Some(part) => body.read(&part)?,
            None if number == 0 => return Err(Unreadable::NotWord),
            None => {}
        }
    }
    Ok(body.into_text())
}

/// Something of the document's XML is not as it has to be.
fn broken() -> Unreadable {
    Unreadable::Broken(Content::Word.name())
}

/// An attribute, by its name without prefix.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element
        .attributes()
        .flatten()
        .find(|attribute| attribute.key.local_name().into_inner() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

/// Gives every event of an XML text, with how deep it is.
fn each_event(
    xml: &str,
    limits: &Limits,
    mut take: impl FnMut(Event<'_>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut reader = Reader::from_str(xml);
    // An empty element is an opened and a closed one.
    reader.config_mut().expand_empty_elements = true;
    let mut depth = 0usize;
    loop {
        let event = reader.read_event().map_err(|_| broken())?;
        match event {
            Event::Eof => return if depth == 0 { Ok(()) } else { Err(broken()) },
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits.depth {
            return Err(Unreadable::TooDeep(limits.depth));
        }
        take(event)?;
    }
}

/// A paragraph in the making.
#[derive(Default)]
struct Paragraph {
    text: String,
    heading: Option<usize>,
    /// How deep in lists.
    item: Option<usize>,
}

/// The text in the making.
struct Body<'a> {
    styles: &'a Styles,
    limits: &'a Limits,
    /// The text, and in it the cells that are open.
    texts: Vec<String>,
    /// The cells of the rows that are open.
    rows: Vec<Vec<String>>,
    /// Paragraphs that are open: a text box is inside of one.
    paragraphs: Vec<Paragraph>,
    /// Within the text of a run.
    in_text: bool,
    /// Elements that are open in one that is not read.
    silent: usize,
    /// Bytes of text so far.
    length: usize,
}

impl<'a> Body<'a> {
    fn new(styles: &'a Styles, limits: &'a Limits) -> Self {
        Self {
            styles,
            limits,
            texts: vec![String::new()],
            rows: Vec::new(),
            paragraphs: Vec::new(),
            in_text: false,
            silent: 0,
            length: 0,
        }
    }

    fn read(&mut self, xml: &str) -> Result<(), Unreadable> {
        each_event(xml, self.limits, |event| {
            match event {
                Event::Start(element) => self.start(&element),
                Event::End(element) => self.end(element.local_name().into_inner()),
                Event::Text(text) if self.in_text => {
                    self.add(&text.xml_content(XmlVersion::Implicit1_0));
                }
                Event::CData(text) if self.in_text => {
                    self.add(&text.xml_content(XmlVersion::Implicit1_0));
                }
                Event::GeneralRef(name) if self.in_text => {
                    let letter = name.resolve_char_ref().map_err(|_| broken())?;
                    let name = name.xml_content(XmlVersion::Implicit1_0);
                    match letter {
                        Some(letter) => self.add(letter.encode_utf8(&mut [0; 4])),
                        None => self
                            .add(quick_xml::escape::resolve_xml_entity(&name).unwrap_or_default()),
                    }
                }
                _ => {}
            }
            if self.length > self.limits.text_bytes {
                return Err(Unreadable::TooMuchText(self.limits.text_bytes));
            }
            Ok(())
        })
    }

    fn start(&mut self, element: &BytesStart<'_>) {
        let name = element.local_name().into_inner();
        // What was moved away, and what stands in for something that is read already.
        if self.silent > 0 || matches!(name, "Fallback" | "moveFrom") {
            self.silent += 1;
            return;
        }
        let value = || attribute(element, "val");
        match name {
            "p" => self.paragraphs.push(Paragraph::default()),
            "t" => self.in_text = true,
            "tab" if self.in_run() => self.add("\t"),
            "br" | "cr" => self.add("\n"),
            "noBreakHyphen" => self.add("-"),
            "tbl" => self.write("\n"),
            "tr" => self.rows.push(Vec::new()),
            "tc" => self.texts.push(String::new()),
            "pStyle" => {
                let style = value().unwrap_or_default();
                let heading = self.styles.heading(&style);
                let is_item = self.styles.is_item(&style);
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.heading = heading.or(paragraph.heading);
                    if is_item {
                        paragraph.item.get_or_insert(0);
                    }
                }
            }
            "outlineLvl" => {
                let level = value().and_then(|level| level.parse().ok());
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.heading = level.and_then(styles::of_outline).or(paragraph.heading);
                }
            }
            "ilvl" => {
                let level = value().and_then(|level| level.parse().ok());
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.item = level.filter(|level| *level < 9).or(Some(0));
                }
            }
            // Number 0 is none.
            "numId" if value().as_deref() == Some("0") => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.item = None;
                }
            }
            _ => {}
        }
    }

    /// A `tab` is also a property of a paragraph.
    fn in_run(&self) -> bool {
        self.paragraphs
            .last()
            .is_some_and(|paragraph| !paragraph.text.is_empty())
    }

    fn end(&mut self, name: &str) {
        if self.silent > 0 {
            self.silent -= 1;
            return;
        }
        match name {
            "t" => self.in_text = false,
            "p" => {
                if let Some(paragraph) = self.paragraphs.pop() {
                    self.close(&paragraph);
                }
            }
            "tc" if self.texts.len() > 1 => {
                let cell = self.texts.pop().unwrap_or_default();
                let cell: Vec<&str> = cell.split_whitespace().collect();
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell.join(" "));
                }
            }
            "tr" => {
                let row = self.rows.pop().unwrap_or_default();
                if row.iter().any(|cell| !cell.is_empty()) {
                    self.write(&format!("| {} |\n", row.join(" | ")));
                }
            }
            "tbl" => self.write("\n"),
            _ => {}
        }
    }

    fn add(&mut self, text: &str) {
        if self.silent > 0 {
            return;
        }
        if let Some(paragraph) = self.paragraphs.last_mut() {
            let before = paragraph.text.len();
            paragraph
                .text
                .extend(text.chars().filter(|letter| !is_nothing(*letter)));
            self.length += paragraph.text.len() - before;
        }
    }

    fn write(&mut self, text: &str) {
        self.length += 1;
        if let Some(open) = self.texts.last_mut() {
            open.push_str(text);
        }
    }

    fn close(&mut self, paragraph: &Paragraph) {
        let text = paragraph.text.trim();
        if text.is_empty() {
            // Items that follow are a list of their own.
            self.write("\n");
            return;
        }
        let text = match (paragraph.heading, paragraph.item) {
            (Some(level), _) => {
                let words: Vec<&str> = text.split_whitespace().collect();
                format!("\n{} {}\n\n", "#".repeat(level), words.join(" "))
            }
            (None, Some(level)) => format!("{}- {text}\n", "  ".repeat(level)),
            (None, None) => format!("\n{text}\n\n"),
        };
        self.write(&text);
    }

    /// Without empty lines after each other.
    fn into_text(self) -> String {
        let all = self.texts.concat();
        let mut text = String::with_capacity(all.len());
        for line in all.trim().lines() {
            if !line.trim().is_empty() || !text.ends_with("\n\n") {
                text.push_str(line.trim_end());
                text.push('\n');
            }
        }
        text.truncate(text.trim_end().len());
        text
    }
}
