//! Patterns with `*` for any characters, none included, and `?` for exactly one.

/// A pattern, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    text: String,
    shape: Shape,
}

/// Most patterns are one of the simple shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Anything,
    Exact,
    /// What stands before one `*` at the end.
    Beginning,
    Any,
}

impl Glob {
    pub(super) fn new(text: &str) -> Self {
        let wild = |text: &str| text.contains(['*', '?']);
        let shape = match text.strip_suffix('*') {
            Some("") => Shape::Anything,
            Some(before) if !wild(before) => Shape::Beginning,
            _ if wild(text) => Shape::Any,
            _ => Shape::Exact,
        };
        Self {
            text: text.to_owned(),
            shape,
        }
    }

    /// Whether it is this text, with nothing special about its characters.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether it is spelt out as one of this module's.
    pub(super) fn is_of(&self, module: &str) -> bool {
        let after = self.text.strip_prefix(module);
        after.is_some_and(|after| after.starts_with(':'))
    }

    /// Whether it may be the name, `soat:<project>:<type>:<id>`, of something of this kind. With fewer parts, a `*` or a `?`
    /// stands for more than one of them, and in doubt it is.
    pub(super) fn may_name(&self, kind: &str) -> bool {
        let mut parts = self.text.split(':').skip(2);
        match (parts.next(), parts.next()) {
            (Some(third), Some(_)) => Self::new(third).fits(kind),
            _ => true,
        }
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        match self.shape {
            Shape::Anything => true,
            Shape::Exact => self.text == text,
            Shape::Beginning => text
                .as_bytes()
                .starts_with(&self.text.as_bytes()[..self.text.len() - 1]),
            Shape::Any => fits(&self.text, text),
        }
    }
}

/// Goes through both once; where it goes wrong, the last `*` takes one character more. At most their lengths'
/// product of steps, whatever the pattern.
fn fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut star = None;
    loop {
        let mut after = pattern.clone();
        match (after.next(), text.clone().next()) {
            (Some('*'), _) => {
                pattern = after;
                star = Some((pattern.clone(), text.clone()));
            }
            (Some(wanted), Some(there)) if wanted == '?' || wanted == there => {
                pattern = after;
                text.next();
            }
            (None, None) => return true,
            (_, there) => {
                let Some((after_star, taken)) = &mut star else {
                    return false;
                };
                if there.is_none() || taken.next().is_none() {
                    return false;
                }
                pattern = after_star.clone();
                text = taken.clone();
            }
        }
    }
}
