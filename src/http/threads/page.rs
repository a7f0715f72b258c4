//! Pages of a list, and the headers that lead from one to the next.

use http::{HeaderMap, HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use warp::reply::Response;

use super::{error::Error, params::Params};
use crate::http::address;

/// Rows of a page that names no size.
const SIZE: u64 = 10;
/// Rows of the largest page.
const LARGEST: u64 = 300;
/// What stands for itself in a query (RFC 3986, 2.3). A raw comma would break the header's readers.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    number: u64,
    pages: u64,
    size: u64,
    count: u64,
}

impl Page {
    /// The page that is asked for, of a list of so many rows.
    pub(super) fn of(params: &Params, count: u64) -> Result<Self, Error> {
        let size = params
            .last("page_size")
            .and_then(rows)
            .filter(|size| *size > 0)
            .unwrap_or(SIZE)
            .min(LARGEST);
        let pages = count.div_ceil(size).max(1);
        let number = match params.last("page") {
            None => 1,
            Some("last") => pages,
            Some(number) => number.parse().unwrap_or(0),
        };
        if !(1..=pages).contains(&number) {
            return Err(Error::not_found("Invalid page."));
        }
        Ok(Self {
            number,
            pages,
            size,
            count,
        })
    }

    pub(super) fn offset(self) -> u64 {
        (self.number - 1) * self.size
    }

    pub(super) fn size(self) -> u64 {
        self.size
    }

    /// Adds the count and the links to an answer.
    pub(super) fn describe(
        self,
        response: &mut Response,
        request: &HeaderMap,
        path: &str,
        params: &Params,
    ) {
        let mut pages = vec![("first", 1)];
        if self.number > 1 {
            pages.push(("prev", self.number - 1));
        }
        if self.number < self.pages {
            pages.push(("next", self.number + 1));
        }
        pages.push(("last", self.pages));
        let links: Vec<String> = pages
            .into_iter()
            .map(|(name, page)| format!("<{}>; rel=\"{name}\"", link(request, path, params, page)))
            .collect();
        let headers = response.headers_mut();
        headers.insert("x-result-count", HeaderValue::from(self.count));
        if let Ok(links) = HeaderValue::from_str(&links.join(", ")) {
            headers.insert(header::LINK, links);
        }
    }
}

/// A whole number; of one that is too large to be counted, the largest.
fn rows(written: &str) -> Option<u64> {
    let digits = written.strip_prefix('+').unwrap_or(written);
    match digits.is_empty() || digits.bytes().any(|byte| !byte.is_ascii_digit()) {
        true => None,
        false => Some(digits.parse().unwrap_or(u64::MAX)),
    }
}

/// The address of another page: the same parameters, but for the page.
fn link(request: &HeaderMap, path: &str, params: &Params, page: u64) -> String {
    let origin = address::origin(request);
    let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let mut query: Vec<String> = params
        .pairs()
        .filter(|(name, _)| *name != "page")
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect();
    if page > 1 {
        query.push(format!("page={page}"));
    }
    let query = match query.is_empty() {
        true => String::new(),
        false => format!("?{}", query.join("&")),
    };
    format!("{origin}{path}{query}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn page(query: &str, count: u64) -> Option<(u64, u64, u64)> {
        let page = Page::of(&Params::parse(query), count).ok()?;
        Some((page.number, page.pages, page.size))
    }

    #[test]
    fn sizes_are_kept_in_bounds_and_the_last_counts() {
        assert_eq!(page("", 0), Some((1, 1, 10)));
        assert_eq!(page("page_size=7&page=2", 14), Some((2, 2, 7)));
        assert_eq!(page("page_size=301", 0), Some((1, 1, 300)));
        let beyond = "9".repeat(23);
        for bad in [
            "0",
            "00",
            "-1",
            "x",
            "",
            "%2B",
            &format!("-{beyond}"),
            &format!("{beyond}x"),
        ] {
            assert_eq!(
                page(&format!("page_size={bad}"), 0),
                Some((1, 1, 10)),
                "{bad}"
            );
        }
        for large in ["18446744073709551615", "18446744073709551616", &beyond] {
            assert_eq!(
                page(&format!("page_size={large}"), 0),
                Some((1, 1, 300)),
                "{large}"
            );
        }
        assert_eq!(page("page_size=3&page_size=4", 0), Some((1, 1, 4)));
        assert_eq!(page("page=last", 25), Some((3, 3, 10)));
    }

    #[test]
    fn a_page_that_is_none_is_told() {
        for bad in ["0", "-1", "3", "1000000000000000000", "x", "1.0", "Last"] {
            assert_eq!(page(&format!("page={bad}"), 20), None, "{bad}");
        }
    }

    #[test]
    fn links_keep_the_other_parameters_escaped() {
        let mut request = HeaderMap::new();
        request.insert("host", HeaderValue::from_static("chat.example:8080"));
        let params = Params::parse("query=a%2Cb%26%C5%BE+c&page=2&o=-created&o=modified");
        let mut response = warp::reply::Response::new(Default::default());
        Page::of(&params, 25).unwrap().describe(
            &mut response,
            &request,
            "/api/chat-threads/",
            &params,
        );
        let base = "http://chat.example:8080/api/chat-threads/?query=a%2Cb%26%C5%BE%20c&o=-created&o=modified";
        assert_eq!(response.headers()["x-result-count"], "25");
        assert_eq!(
            response.headers()["link"].to_str().unwrap(),
            format!(
                "<{base}>; rel=\"first\", <{base}>; rel=\"prev\", <{base}&page=3>; rel=\"next\", <{base}&page=3>; rel=\"last\""
            )
        );
    }
}
