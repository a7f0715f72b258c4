//! What the edge is told: whose word counts about addresses, which pages may ask, and how often.

use std::{net::IpAddr, path::PathBuf};

use http::{HeaderValue, Uri};
use ipnet::IpNet;

use super::reader::Reader;

/// The highest limit that means anything.
const MOST: u64 = 1_000_000;

/// How often somebody may ask; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests of one user a second, on average; ten seconds' worth at once.
    pub requests_per_user: u32,
    /// Requests from one address a second, on average; ten seconds' worth at once.
    pub requests_per_address: u32,
    /// Logins and registrations under one name a minute; one address gets a third of them.
    pub logins_per_user: u32,
    /// The same from one address.
    pub logins_per_address: u32,
}

impl Limits {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let mut limit =
            |key, default| u32::try_from(read.number(key, 0..=MOST, default)).unwrap_or(u32::MAX);
        Self {
            requests_per_user: limit("limits.requests_per_user", 100),
            requests_per_address: limit("limits.requests_per_address", 1000),
            logins_per_user: limit("limits.logins_per_user", 60),
            logins_per_address: limit("limits.logins_per_address", 120),
        }
    }
}

/// Where traces are sent, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traces {
    /// A collector of OTLP over HTTP; without it nothing is traced.
    pub endpoint: Option<String>,
    /// Of a hundred traces that begin here.
    pub percent: u8,
}

impl Traces {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let endpoint = read.parsed("traces.endpoint", |text| {
            let address: Option<Uri> = text.parse().ok();
            let address = address.filter(|address| {
                let scheme = address.scheme_str();
                address.host().is_some() && matches!(scheme, Some("http" | "https"))
            });
            match address {
                Some(_) => Ok(text.to_owned()),
                None => Err("this must be an address as http://127.0.0.1:4318".to_owned()),
            }
        });
        let percent = read.number("traces.percent", 0..=100, 100);
        Self {
            endpoint,
            percent: u8::try_from(percent).unwrap_or(100),
        }
    }
}

/// Where a certificate and its key are, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The chain, the server's own first.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Both of them, or none.
pub(super) fn certificate(read: &mut Reader<'_>) -> Option<Certificate> {
    match (read.text("tls.certificate"), read.text("tls.key")) {
        (Some(certificate), Some(key)) => Some(Certificate {
            certificate: certificate.into(),
            key: key.into(),
        }),
        (Some(_), None) => {
            read.fault(
                "tls.key",
                "this is missing, although tls.certificate is set",
            );
            None
        }
        (None, Some(_)) => {
            read.fault(
                "tls.certificate",
                "this is missing, although tls.key is set",
            );
            None
        }
        (None, None) => None,
    }
}

/// An origin as browsers name it, `https://chat.example:8443`, or `*` for all.
pub type Origin = HeaderValue;

/// The networks of the proxies that are believed.
pub(super) fn proxies(read: &mut Reader<'_>) -> Vec<IpNet> {
    let mut proxies = vec![];
    for text in read.list("trusted_proxies") {
        let alone = || text.parse::<IpAddr>().map(IpNet::from);
        match text.parse().or_else(|_| alone()) {
            Ok(network) => proxies.push(network),
            Err(_) => read.fault(
                "trusted_proxies",
                format!("\"{text}\" is not an address or a network, as in 10.0.0.0/8"),
            ),
        }
    }
    proxies
}

/// The origins whose pages may ask.
pub(super) fn origins(read: &mut Reader<'_>) -> Vec<Origin> {
    let mut origins = vec![];
    for text in read.list("cors.origins") {
        match HeaderValue::from_str(&text) {
            Ok(origin) if text == "*" || is_origin(&text) => origins.push(origin),
            _ => read.fault(
                "cors.origins",
                format!("\"{text}\" is not an origin, as in https://chat.example, nor *"),
            ),
        }
    }
    origins
}

/// A scheme, a host and perhaps a port, in lower case, as browsers write it.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return false;
    };
    text == format!("{scheme}://{authority}").to_lowercase()
        && matches!(scheme, "http" | "https")
        && !authority.as_str().contains('@')
}
