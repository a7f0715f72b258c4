//! The conversations of an export as a page that anybody can read; nothing is fetched from elsewhere.

use projections::TranscriptRow;

use super::{ExportError, files::Writer};
use crate::audit::{as_of::ThreadAt, shown};

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}\
    article{border-left:.3rem solid #bbb;margin:1rem 0;padding:.1rem 1rem}article.user{border-color:#06c}\
    article.past{opacity:.6}pre{white-space:pre-wrap;font:inherit}small{color:#555}";

/// The page, thread after thread.
pub(super) struct Transcript {
    writer: Writer,
    content: bool,
}

impl Transcript {
    pub(super) fn begin(
        mut writer: Writer,
        origin: &str,
        content: bool,
    ) -> Result<Self, ExportError> {
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        writer.text(&format!(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <title>Transcript of {origin}</title>\n<style>{STYLE}</style>\n<h1>Transcript of {origin}</h1>\n",
            origin = escaped(origin)
        ))?;
        if !content {
            writer.text(
                "<p>Exported without a reason, so without what people and models wrote.</p>\n",
            )?;
        }
        Ok(Self { writer, content })
    }

    /// A thread as it was; of its messages those that were not said before `from`, in microseconds since 1970.
    pub(super) fn thread(
        &mut self,
        thread: &str,
        at: &ThreadAt,
        kept: Option<String>,
        from: Option<i64>,
    ) -> Result<(), ExportError> {
        let row = at.conversation();
        let name = row
            .and_then(|row| row.name.as_deref())
            .filter(|_| self.content);
        let name = name.unwrap_or("Conversation");
        self.writer.text(&format!(
            "<section>\n<h2>{}</h2>\n<p><small>thread {}, owner {}, up to position {}</small></p>\n",
            escaped(name),
            escaped(thread),
            escaped(row.map_or("unknown", |row| &row.owner)),
            at.position
        ))?;
        if let Some(erasure) = &at.erasure {
            let confirmed = match &erasure.confirmed {
                Some((position, _)) => format!("confirmed at position {position}"),
                None => "not confirmed yet".to_owned(),
            };
            let requested = erasure.requested;
            self.writer.text(&format!(
                "<p>Its content was to be erased at position {requested}, {confirmed}.</p>\n"
            ))?;
        }
        if let Some(kept) = kept {
            self.writer.text(&format!("<p>{}</p>\n", escaped(&kept)))?;
        }
        if let Some(erased) = &at.erased_since {
            self.writer
                .text(&format!("<p>{}</p>\n", erased.sentence()))?;
        }
        if let Some(expiry) = &at.expiry {
            let before = shown::time(expiry.before).unwrap_or_default();
            self.writer.text(&format!(
                "<p>What was said before {before} has expired.</p>\n"
            ))?;
        }
        for message in at.messages() {
            if from.is_none_or(|from| message.created >= from) {
                self.message(at, message)?;
            }
        }
        self.writer.text("</section>\n")
    }

    fn message(&mut self, at: &ThreadAt, row: &TranscriptRow) -> Result<(), ExportError> {
        let mut facts = vec![
            row.role.as_str().to_owned(),
            shown::time(row.created).unwrap_or_default(),
            row.status.as_str().to_owned(),
        ];
        facts.extend(row.model.clone());
        if row.replaced_by.is_some() {
            facts.push("replaced by a newer version".to_owned());
        }
        if at.is_hidden(row.place) {
            facts.push("hidden by a cut".to_owned());
        }
        if row.is_flagged {
            facts.push(format!("flagged ({}, {})", row.severity, row.action_taken));
        }
        if row.expired {
            facts.push("expired".to_owned());
        }
        let past = if at.is_seen(row) { "" } else { " past" };
        let text = match self.content {
            true => format!("<pre>{}</pre>", escaped(&row.text)),
            false => format!("<p>{} characters</p>", row.length),
        };
        let lookups: String = row
            .lookups()
            .iter()
            .map(|lookup| {
                let what = match self.content {
                    true => &lookup.label,
                    false => lookup.tool.as_str(),
                };
                let ended = if lookup.over { "" } else { " (not ended)" };
                format!("<li>{}{ended}</li>", escaped(what))
            })
            .collect();
        let text = match lookups.is_empty() {
            true => text,
            false => format!("<ul>{lookups}</ul>\n{text}"),
        };
        self.writer.text(&format!(
            "<article class=\"{}{past}\" id=\"{}\">\n<small>{}</small>\n{text}\n</article>\n",
            row.role.as_str(),
            escaped(&row.message),
            escaped(&facts.join(" · ")),
        ))
    }

    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        self.writer.text("</html>\n")?;
        self.writer.finish()
    }
}

/// Text as it stands, whatever it looks like.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
