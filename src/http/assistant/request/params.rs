//! The parameters of a query, with the faults this API's clients know.

use serde_json::{Value, json};

use super::fields::{shown, truth, whole_number};
use crate::http::{assistant::error::Error, query::Query};

/// `limit` of a list: 1 to 100, 50 when absent.
pub(in super::super) fn limit(query: &Query) -> Result<u32, Error> {
    let Some(written) = query.get("limit") else {
        return Ok(50);
    };
    let place = ["query", "limit"];
    let number = whole_number(written.trim()).ok_or_else(|| {
        Error::field(
            "int_parsing",
            &place,
            "Input should be a valid integer, unable to parse string as an integer",
            json!(written),
        )
    })?;
    match number {
        ..1 => Err(Error::field(
            "greater_than_equal",
            &place,
            "Input should be greater than or equal to 1",
            json!(written),
        )),
        101.. => Err(Error::field(
            "less_than_equal",
            &place,
            "Input should be less than or equal to 100",
            json!(written),
        )),
        number => Ok(u32::try_from(number).unwrap_or(100)),
    }
}

/// Whether a list is of the archived ones.
pub(in super::super) fn archived(query: &Query) -> Result<bool, Error> {
    let Some(word) = query.get("archived") else {
        return Ok(false);
    };
    truth(word).ok_or_else(|| {
        Error::field(
            "bool_parsing",
            &["query", "archived"],
            "Input should be a valid boolean, unable to interpret input",
            shown(&word),
        )
    })
}

/// The channel that a list is limited to, if it is.
pub(in super::super) fn channel(query: &Query) -> Result<Option<&str>, Error> {
    match query.get("channel") {
        None | Some("") => Ok(None),
        Some(channel) if channel.contains('\0') => Err(Error::field(
            "value_error",
            &["query", "channel"],
            "A channel must not contain the character U+0000",
            Value::Null,
        )),
        Some(channel) => Ok(Some(channel)),
    }
}
