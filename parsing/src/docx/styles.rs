//! Which of a document's styles are headings or items of lists.

use std::collections::{HashMap, HashSet};

use quick_xml::events::Event;

use super::{attribute, each_event};
use crate::{Limits, Unreadable};

/// The styles of a document, by their ids, which are in the language of whoever wrote it.
#[derive(Debug, Default)]
pub(super) struct Styles {
    headings: HashMap<String, usize>,
    items: HashSet<String>,
}

impl Styles {
    pub(super) fn read(xml: &str, limits: &Limits) -> Result<Self, Unreadable> {
        let mut styles = Self::default();
        let mut id = String::new();
        each_event(xml, limits, |event| {
            let Event::Start(element) = event else {
                return Ok(());
            };
            let value = || attribute(&element, "val").unwrap_or_default();
            match element.local_name().into_inner() {
                "style" => id = attribute(&element, "styleId").unwrap_or_default(),
                "name" => {
                    // The names are the same in all languages.
                    let name = value().to_lowercase();
                    if let Some(level) = of_name(&name) {
                        styles.headings.insert(id.clone(), level);
                    }
                    if name.starts_with("list bullet") || name.starts_with("list number") {
                        styles.items.insert(id.clone());
                    }
                }
                "outlineLvl" => {
                    if let Some(level) = value().parse().ok().and_then(of_outline) {
                        styles.headings.entry(id.clone()).or_insert(level);
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(styles)
    }

    /// The level of a heading, from 1 to 6.
    pub(super) fn heading(&self, style: &str) -> Option<usize> {
        let level = self.headings.get(style).copied();
        level.or_else(|| of_name(&style.to_lowercase()))
    }

    pub(super) fn is_item(&self, style: &str) -> bool {
        self.items.contains(style)
    }
}

/// Outlines count from 0, and 9 is none.
pub(super) fn of_outline(level: usize) -> Option<usize> {
    (level < 9).then(|| (level + 1).min(6))
}

fn of_name(name: &str) -> Option<usize> {
    if name == "title" {
        return Some(1);
    }
    let level: usize = name.strip_prefix("heading")?.trim().parse().ok()?;
    (1..=9).contains(&level).then_some(level.min(6))
}
