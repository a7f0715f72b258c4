//! Where a request comes from, also when it comes through proxies.
//!
//! `X-Forwarded-For` (or, without one, `Forwarded`, RFC 7239) is believed from the addresses that the
//! operator trusts and from nobody else: read from its end, up to the first address that is not trusted.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, header::FORWARDED, uri::Authority};
use ipnet::IpNet;

/// Who asks, as far as the network goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address(pub(crate) IpAddr);

impl Address {
    /// Of a request that came from `peer`.
    pub(crate) fn of(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let mut address = peer.ip().to_canonical();
        let mut named = forwarded_for(headers);
        while trusted.iter().any(|network| network.contains(&address)) {
            // What a proxy wrote that is no address hides whoever is behind it.
            let Some(Some(before)) = named.pop() else {
                break;
            };
            address = before;
        }
        Self(address)
    }

    /// What is limited together: an IPv4 address, or the /64 that one customer has of IPv6.
    pub(crate) fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => {
                let bits = address.to_bits() & !u128::from(u64::MAX);
                Ipv6Addr::from_bits(bits).into()
            }
        }
    }
}

/// The beginning of this server's addresses, as whoever asks knows it; what is no host is not repeated.
pub(crate) fn origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    let host = text("host").filter(|host| is_host(host));
    format!("{scheme}://{}", host.unwrap_or("localhost"))
}

/// A name or an address, perhaps with a port. A comma, which a name might have, would break the readers of lists.
fn is_host(text: &str) -> bool {
    !text.contains(['@', ',']) && text.parse::<Authority>().is_ok()
}

/// The addresses that the proxies named, nearest last; `None` for what is none.
fn forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = |name| {
        let lines = headers.get_all(name).iter();
        lines.flat_map(|line| line.to_str().unwrap_or("?").split(','))
    };
    let mut named: Vec<_> = values("x-forwarded-for").map(node).collect();
    if named.is_empty() {
        named = values(FORWARDED.as_str())
            .map(|element| {
                element.split(';').find_map(|pair| {
                    let (name, value) = pair.split_once('=')?;
                    name.trim().eq_ignore_ascii_case("for").then_some(value)
                })
            })
            .map(|value| node(value?))
            .collect();
    }
    named
}

/// An address, perhaps with a port, in brackets, in quotation marks.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let address = text
        .parse()
        .or_else(|_| text.parse().map(|at: SocketAddr| at.ip()))
        .or_else(|_| {
            let inside = text
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'));
            inside.unwrap_or("").parse()
        });
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use http::{HeaderName, HeaderValue};

    use super::*;

    /// Who asks, when 10.0.0.0/8 and fd00::/8 are trusted.
    fn asks(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            map.append(HeaderName::from_static(name), value);
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 1);
        Address::of(peer, &map, &trusted).0.to_string()
    }

    const FOR: &str = "x-forwarded-for";

    #[test]
    fn nobody_else_is_believed() {
        assert_eq!(asks("192.0.2.1", &[(FOR, "198.51.100.7")]), "192.0.2.1");
        assert_eq!(
            asks("192.0.2.1", &[("forwarded", "for=10.0.0.9")]),
            "192.0.2.1"
        );
    }

    #[test]
    fn a_trusted_proxy_is_believed() {
        assert_eq!(asks("10.0.0.1", &[(FOR, "198.51.100.7")]), "198.51.100.7");
        assert_eq!(
            asks("::ffff:10.0.0.1", &[(FOR, "198.51.100.7:1234")]),
            "198.51.100.7"
        );
        assert_eq!(
            asks(
                "fd00::1",
                &[("forwarded", "for=\"[2001:db8::7]:80\";proto=https")]
            ),
            "2001:db8::7"
        );
        assert_eq!(asks("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_client_wrote_before_the_proxies_did_is_not_believed() {
        let lied = (FOR, "203.0.113.9, 198.51.100.7");
        assert_eq!(asks("10.0.0.1", &[lied]), "198.51.100.7");
        assert_eq!(asks("10.0.0.1", &[lied, (FOR, "10.0.0.2")]), "198.51.100.7");
        assert_eq!(
            asks(
                "10.0.0.1",
                &[("forwarded", "for=203.0.113.9, for=198.51.100.7")]
            ),
            "198.51.100.7"
        );
    }

    #[test]
    fn what_is_no_address_ends_the_chain() {
        for text in ["unknown", "", "_hidden", "198.51.100.7, ?"] {
            assert_eq!(asks("10.0.0.1", &[(FOR, text)]), "10.0.0.1", "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_not_repeated() {
        let asked_at = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_str(host).unwrap());
            origin(&headers)
        };
        for host in [
            "chat.example",
            "chat.example:8080",
            "127.0.0.1:80",
            "[::1]:80",
        ] {
            assert_eq!(asked_at(host), format!("http://{host}"));
        }
        for host in [
            "",
            "a b",
            "a/b",
            "a>; rel=\"next\", <b",
            "\"",
            "me@a",
            "a,b",
            "a?b",
        ] {
            assert_eq!(asked_at(host), "http://localhost", "{host}");
        }
        assert_eq!(origin(&HeaderMap::new()), "http://localhost");
    }

    #[test]
    fn neighbours_in_ipv6_are_one() {
        let network = |text: &str| Address(text.parse().unwrap()).network();
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
