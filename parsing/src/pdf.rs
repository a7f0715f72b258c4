//! PDF to the text of its pages.
//!
//! `hayro` reads the file and runs the program that each page is; its letters come with their places, of which
//! [`lines`] makes text. What it does to pictures is nothing, as nobody asks it to draw them. It is run in a thread of
//! its own, for a stack that is large enough, and so that a panic in it is a broken file and not ours; the panic's
//! message still goes to standard error.

mod lines;

use std::{any::Any, panic, thread};

use hayro_cmap::{BfString, WritingMode};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, RenderContent, SoftMask,
    font::{Glyph, GlyphRun},
    interpret_page,
    kurbo::{Affine, BezPath, Point, Rect},
};
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use passages::Page;

use self::lines::{Letter, Lines};
use crate::{Limits, Unreadable, content::Content};

/// Bytes of the stack that a file is read with. The deepest ones that are followed take a part of it.
const STACK: usize = 64 << 20;

/// Steps that a form counts, each of which is clipped: it is a program of its own.
const FORM: usize = 50;

/// Units in which letters are drawn.
const EM: f64 = 1_000.0;

/// The pages with text.
pub(crate) fn pages(bytes: &[u8], limits: &Limits) -> Result<Vec<Page>, Unreadable> {
    let bytes = bytes.to_vec();
    let limits = *limits;
    thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || read(bytes, limits))
        .map_err(|_| Unreadable::TooComplex)?
        .join()
        .unwrap_or_else(|panic| Err(why(panic.as_ref())))
}

/// A limit was met, or there is a fault in what reads.
fn why(panic: &(dyn Any + Send)) -> Unreadable {
    let limit = panic.downcast_ref::<Unreadable>();
    limit
        .cloned()
        .unwrap_or(Unreadable::Broken(Content::Pdf.name()))
}

/// Whether the file's end is missing. `hayro` reads what it finds of such a file, and nobody would miss the rest. Where
/// everything is stands at the end, behind `startxref`, so there are no objects behind the last one of these; what else
/// somebody has put there does no harm.
fn is_cut_off(bytes: &[u8]) -> bool {
    let last = |mark: &[u8]| bytes.windows(mark.len()).rposition(|part| part == mark);
    last(b"endobj") > last(b"startxref")
}

fn read(bytes: Vec<u8>, limits: Limits) -> Result<Vec<Page>, Unreadable> {
    let is_cut_off = is_cut_off(&bytes);
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            Unreadable::Encrypted(Content::Pdf.name())
        }
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => {
            Unreadable::Broken(Content::Pdf.name())
        }
    })?;
    let count = pdf.pages().len();
    if is_cut_off || count == 0 {
        return Err(Unreadable::Broken(Content::Pdf.name()));
    }
    if count > limits.pages {
        return Err(Unreadable::TooManyPages {
            pages: count,
            most: limits.pages,
        });
    }
    let cache = InterpreterCache::new();
    let settings = InterpreterSettings {
        render_content: RenderContent::PAGE,
        ..InterpreterSettings::default()
    };
    let mut reader = PageReader {
        lines: Lines::default(),
        limits,
        length: 0,
        steps: 0,
    };
    let mut pages = Vec::new();
    for (number, page) in (1..).zip(pdf.pages().iter()) {
        let nowhere = Rect::new(0.0, 0.0, 1.0, 1.0);
        let mut context = Context::new(
            Affine::IDENTITY,
            nowhere,
            &cache,
            pdf.xref(),
            settings.clone(),
        );
        interpret_page(page, &mut context, &mut reader);
        let text = std::mem::take(&mut reader.lines).into_text();
        reader.length += text.len();
        if !text.trim().is_empty() {
            let number = Some(number);
            pages.push(Page { number, text });
        }
    }
    Ok(pages)
}

/// Takes the letters that are drawn, and counts what is.
struct PageReader {
    lines: Lines,
    limits: Limits,
    /// Bytes of text of the pages before.
    length: usize,
    steps: usize,
}

impl PageReader {
    /// Nothing but unwinding stops a page that is being run: it may draw for hours.
    fn step(&mut self, steps: usize) {
        self.steps += steps;
        if self.steps > self.limits.steps {
            panic::resume_unwind(Box::new(Unreadable::TooComplex));
        }
        if self.length + self.lines.len() > self.limits.text_bytes {
            panic::resume_unwind(Box::new(Unreadable::TooMuchText(self.limits.text_bytes)));
        }
    }

    fn letter(&mut self, glyph: &Glyph<'_>, place: Affine, is_vertical: bool) {
        let text = match glyph.as_unicode() {
            Some(BfString::Char(letter)) => letter.to_string(),
            Some(BfString::String(letters)) => letters,
            None => return,
        };
        let width = match glyph {
            Glyph::Outline(glyph) => glyph.advance_width(),
            Glyph::Type3(glyph) => glyph.advance_width(),
        };
        let width = f64::from(width.unwrap_or_default());
        let begin = place * Point::ZERO;
        let size = (place * Point::new(0.0, EM) - begin).hypot();
        let (along, end) = if is_vertical {
            let below = place * Point::new(0.0, -EM);
            (below - begin, below)
        } else {
            (
                place * Point::new(EM, 0.0) - begin,
                place * Point::new(width, 0.0),
            )
        };
        self.lines.add(&Letter {
            text: &text,
            begin,
            end,
            along,
            size,
        });
    }
}

impl<'a> Device<'a> for PageReader {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        let is_vertical = matches!(run.writing_mode(), WritingMode::Vertical);
        for glyph in run.glyphs() {
            self.step(1);
            self.letter(glyph, props.transform * glyph.transform(), is_vertical);
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.step(1);
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.step(FORM);
    }

    fn push_clip_rect(&mut self, _: &Rect) {
        self.step(FORM);
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.step(FORM);
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.step(1);
    }

    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'a>, _: &DrawMode) {
        self.step(1);
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}
