//! Query parameters with all their values, and the filters they are read as.

use aggregates::UserId;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use uuid::Uuid;

use super::error::Error;
use crate::{
    http::query::decode,
    views::{Order, Span},
};

/// A UTC calendar day, in microseconds.
const DAY: i64 = 86_400_000_000;
/// The degrees of severity.
const SEVERITIES: [&str; 5] = ["none", "low", "medium", "high", "critical"];

/// A request's parameters, in order.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Params(Vec<(String, String)>);

impl Params {
    pub(in crate::http) fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// These.
    pub(in crate::http) fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// All of them, in order.
    pub(in crate::http) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// All values of a name.
    pub(in crate::http) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.pairs()
            .filter(move |(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// The last value of a name, if there is one and it says anything.
    pub(in crate::http) fn last(&self, name: &str) -> Option<&str> {
        let value = self.all(name).last()?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// A yes or a no; anything else says nothing.
    pub(in crate::http) fn boolean(&self, name: &str) -> Option<bool> {
        match self.last(name)? {
            "true" | "True" | "2" => Some(true),
            "false" | "False" | "3" => Some(false),
            _ => None,
        }
    }
}

/// Reads filters; what is wrong is gathered and told at once.
pub(in crate::http) struct Filters<'a> {
    params: &'a Params,
    faults: Vec<(&'static str, String)>,
}

impl<'a> Filters<'a> {
    pub(in crate::http) fn new(params: &'a Params) -> Self {
        let faults = vec![];
        Self { params, faults }
    }

    /// What was read, unless something was wrong.
    pub(in crate::http) fn checked<T>(self, read: T) -> Result<T, Error> {
        match self.faults.is_empty() {
            true => Ok(read),
            false => Err(Error::Invalid(self.faults)),
        }
    }

    pub(in crate::http) fn uuid(&mut self, name: &'static str) -> Option<Uuid> {
        let written = self.params.last(name)?;
        self.or_fault(name, Uuid::try_parse(written).ok(), || {
            "Enter a valid UUID.".to_owned()
        })
    }

    pub(in crate::http) fn user(&mut self) -> Option<UserId> {
        self.uuid("user").map(UserId)
    }

    pub(in crate::http) fn severity(&mut self) -> Option<String> {
        self.choice("max_severity", |written| {
            SEVERITIES.contains(&written).then(|| written.to_owned())
        })
    }

    /// A word of some.
    pub(in crate::http) fn choice<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let written = self.params.last(name)?;
        self.or_fault(name, read(written), || not_a_choice(written))
    }

    /// A text of at most so many characters.
    pub(in crate::http) fn text(&mut self, name: &'static str, longest: usize) -> Option<String> {
        let written = self.params.last(name)?;
        let fault = if written.contains('\0') {
            "Null characters are not allowed.".to_owned()
        } else if written.chars().count() > longest {
            format!("Ensure this value has at most {longest} characters.")
        } else {
            return Some(written.to_owned());
        };
        self.or_fault(name, None, || fault)
    }

    /// A day (`created`), and times it lies between (`created_after`, `created_before`; both included).
    pub(in crate::http) fn span(
        &mut self,
        day: &'static str,
        after: &'static str,
        before: &'static str,
    ) -> Span {
        let mut span = Span::default();
        if let Some(start) = self.day(day) {
            span = Span {
                from: Some(start),
                until: Some(start.saturating_add(DAY)),
            };
        }
        if let Some((time, _)) = self.time(after) {
            span.from = Some(span.from.map_or(time, |from| from.max(time)));
        }
        if let Some((time, length)) = self.time(before) {
            let until = time.saturating_add(length);
            span.until = Some(span.until.map_or(until, |known| known.min(until)));
        }
        span
    }

    fn day(&mut self, name: &'static str) -> Option<i64> {
        let written = self.params.last(name)?;
        self.or_fault(name, beginning(written), || {
            "Enter a valid date.".to_owned()
        })
    }

    /// A time, and how long it lasts: a day is one, too.
    fn time(&mut self, name: &'static str) -> Option<(i64, i64)> {
        let written = self.params.last(name)?;
        // A plus that was not escaped has become a space.
        let with_plus = written.replace(' ', "+");
        let zoned = [written, &with_plus]
            .into_iter()
            .find_map(|text| DateTime::parse_from_rfc3339(text).ok())
            .map(|time| (time.timestamp_micros(), 1));
        let without_zone = || {
            ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(written, format).ok())
                .map(|time| (micros(time), 1))
        };
        let time = zoned
            .or_else(without_zone)
            .or_else(|| Some((beginning(written)?, DAY)));
        self.or_fault(name, time, || "Enter a valid date/time.".to_owned())
    }

    /// `o`: a list with commas; the last `o` counts.
    pub(in crate::http) fn order(&mut self) -> Vec<Order> {
        let Some(written) = self.params.last("o") else {
            return vec![];
        };
        let mut order = vec![];
        for word in written.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            let read = match word {
                "created" => Some(Order::Created),
                "-created" => Some(Order::CreatedDescending),
                "modified" => Some(Order::Modified),
                "-modified" => Some(Order::ModifiedDescending),
                _ => None,
            };
            match self.or_fault("o", read, || not_a_choice(word)) {
                Some(read) if !order.contains(&read) => order.push(read),
                Some(_) => {}
                None => return vec![],
            }
        }
        order
    }

    fn or_fault<T>(
        &mut self,
        name: &'static str,
        read: Option<T>,
        sentence: impl FnOnce() -> String,
    ) -> Option<T> {
        if read.is_none() {
            self.faults.push((name, sentence()));
        }
        read
    }
}

/// When a day begins.
fn beginning(written: &str) -> Option<i64> {
    let day = NaiveDate::parse_from_str(written, "%Y-%m-%d").ok()?;
    Some(micros(day.and_hms_opt(0, 0, 0)?))
}

fn micros(time: NaiveDateTime) -> i64 {
    Utc.from_utc_datetime(&time).timestamp_micros()
}

fn not_a_choice(written: &str) -> String {
    format!("Select a valid choice. {written} is not one of the available choices.")
}
