//! A text's headings and paragraphs.

/// A part of a text that stands by itself, without space around it.
pub(crate) enum Block<'a> {
    /// `# So`, or underlined.
    Heading {
        /// As it is written.
        text: &'a str,
        /// Without its marks.
        title: &'a str,
    },
    /// Lines without an empty one between them.
    Paragraph(&'a str),
}

/// Gives every block of a text, in order. What is fenced as code has no headings.
pub(crate) fn blocks<'a>(text: &'a str, mut take: impl FnMut(Block<'a>)) {
    let mut open = Open {
        text,
        begin: None,
        lines: 0,
    };
    let mut fence: Option<&str> = None;
    let mut at = 0;
    for line in text.split_inclusive(['\n', '\r', '\u{c}']) {
        let (begin, end) = (at, at + line.len());
        at = end;
        let line = line.trim();
        if let Some(marks) = fence {
            if line.len() >= marks.len() && marks.starts_with(line.trim_start_matches(marks)) {
                fence = None;
            }
            if line.is_empty() {
                open.end(begin, &mut take);
            } else {
                open.line(begin);
            }
        } else if line.is_empty() {
            open.end(begin, &mut take);
        } else if let Some(title) = title(line) {
            open.end(begin, &mut take);
            take(Block::Heading { text: line, title });
        } else if open.lines == 1 && is_underline(line) {
            let text = open.take(end);
            let title = text.lines().next().unwrap_or_default().trim();
            take(Block::Heading { text, title });
        } else {
            fence = ["```", "~~~"].into_iter().find(|marks| {
                let name = line.strip_prefix(marks);
                name.is_some_and(|name| !name.contains('`'))
            });
            open.line(begin);
        }
    }
    open.end(text.len(), &mut take);
}

/// The paragraph that is being read.
struct Open<'a> {
    text: &'a str,
    begin: Option<usize>,
    lines: usize,
}

impl<'a> Open<'a> {
    fn line(&mut self, begin: usize) {
        self.begin.get_or_insert(begin);
        self.lines += 1;
    }

    fn take(&mut self, end: usize) -> &'a str {
        self.lines = 0;
        let text: &'a str = self.text;
        self.begin
            .take()
            .and_then(|begin| text.get(begin..end))
            .unwrap_or_default()
            .trim()
    }

    fn end(&mut self, end: usize, take: &mut impl FnMut(Block<'a>)) {
        let paragraph = self.take(end);
        if !paragraph.is_empty() {
            take(Block::Paragraph(paragraph));
        }
    }
}

/// What `## So ##` is called.
fn title(line: &str) -> Option<&str> {
    let behind = line.trim_start_matches('#');
    let marks = line.len() - behind.len();
    let is_heading =
        (1..=6).contains(&marks) && (behind.is_empty() || behind.starts_with([' ', '\t']));
    is_heading.then(|| behind.trim().trim_end_matches('#').trim_end())
}

/// What makes the line before it a heading.
fn is_underline(line: &str) -> bool {
    line.len() >= 3
        && (line.bytes().all(|mark| mark == b'=') || line.bytes().all(|mark| mark == b'-'))
}
