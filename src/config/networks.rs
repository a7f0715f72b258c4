//! Where providers may be that people have set up over the API: their addresses are not the operator's.
//!
//! Whoever may set up a provider has the server send requests to an address of their choice. Nobody may reach what
//! hands out a machine's credentials (link-local addresses and clouds' metadata services); what else is near, the
//! operator decides.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// How near such a provider may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Networks {
    /// On the public internet.
    Public,
    /// Or on this machine, as an Ollama.
    #[default]
    Loopback,
    /// Or in a private network.
    Private,
}

pub(super) const NETWORKS: &[(&str, Networks)] = &[
    ("public", Networks::Public),
    ("loopback", Networks::Loopback),
    ("private", Networks::Private),
];

impl Networks {
    /// Whether a provider may be at this address.
    #[must_use]
    pub fn admit(self, address: IpAddr) -> bool {
        match place(address) {
            Place::Public => true,
            Place::Loopback => self >= Self::Loopback,
            Place::Private => self >= Self::Private,
            Place::Nowhere => false,
        }
    }

    /// Whether a provider may be at this `http` or `https` address, as far as that can be told before its name is
    /// looked up.
    ///
    /// # Errors
    /// Why not, as the rest of a sentence that begins with the address' name.
    pub fn admit_url(self, text: &str) -> Result<(), &'static str> {
        let url = Url::parse(text).map_err(|_| "must be an http or https URL")?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err("must be an http or https URL");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a password: put it into a secret");
        }
        let address = url.host_str().and_then(|host| {
            let host = host
                .strip_prefix('[')
                .and_then(|host| host.strip_suffix(']'))
                .unwrap_or(host);
            host.parse().ok()
        });
        match address.is_none_or(|address| self.admit(address)) {
            true => Ok(()),
            false => Err("must not be an address that this server keeps providers away from"),
        }
    }
}

enum Place {
    Public,
    Loopback,
    Private,
    Nowhere,
}

fn place(address: IpAddr) -> Place {
    match address.to_canonical() {
        IpAddr::V4(address) => place_v4(address),
        IpAddr::V6(address) => place_v6(address),
    }
}

fn place_v4(address: Ipv4Addr) -> Place {
    let [a, b, c, d] = address.octets();
    match (a, b) {
        (127, _) => Place::Loopback,
        // Metadata services that are not link-local.
        (100, 100) if (c, d) == (100, 200) => Place::Nowhere,
        (168, 63) if (c, d) == (129, 16) => Place::Nowhere,
        (10, _) | (172, 16..=31) | (192, 168) | (100, 64..=127) => Place::Private,
        // This network, link-local, protocol assignments, documentation, benchmarks, multicast, reserved.
        (0, _) | (169, 254) | (198, 18..=19) | (224.., _) => Place::Nowhere,
        (192, 0) if c == 0 || c == 2 => Place::Nowhere,
        // Relays of 6to4, which are no more (RFC 7526).
        (192, 88) if c == 99 => Place::Nowhere,
        (198, 51) if c == 100 => Place::Nowhere,
        (203, 0) if c == 113 => Place::Nowhere,
        _ => Place::Public,
    }
}

fn place_v6(address: Ipv6Addr) -> Place {
    let segments = address.segments();
    // Addresses that carry an IPv4 one are where that is: 6to4, NAT64, and the old compatible ones.
    let embedded = match segments {
        _ if address == Ipv6Addr::LOCALHOST => return Place::Loopback,
        [0x2002, high, low, ..] => Some((high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0, 0, high, low] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = embedded {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        return place_v4(Ipv4Addr::new(a, b, c, d));
    }
    match segments[0] {
        // Amazon's metadata service.
        0xfd00 if segments[1] == 0x0ec2 => Place::Nowhere,
        0xfc00..=0xfdff => Place::Private,
        // Global unicast, but for what is for tunnels and for documentation (RFC 9637 has the second). SRv6's 5f00::/16 (RFC
        // 9602) is outside of it.
        0x2001 if matches!(segments[1], 0 | 0x0db8) => Place::Nowhere,
        0x3fff if segments[1] < 0x1000 => Place::Nowhere,
        0x2000..=0x3fff => Place::Public,
        _ => Place::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn admitted(address: &str) -> [bool; 3] {
        let address: IpAddr = address.parse().unwrap();
        [Networks::Public, Networks::Loopback, Networks::Private].map(|one| one.admit(address))
    }

    #[test]
    fn what_hands_out_credentials_is_reached_by_nobody() {
        for address in [
            "169.254.169.254",
            "100.100.100.200",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::a9fe:a9fe",
            "fd00:ec2::254",
            "fe80::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "ff02::1",
            "192.88.99.1",
            "2002:c058:6301::",
            "2001:db8::1",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
        ] {
            assert_eq!(admitted(address), [false; 3], "{address}");
        }
    }

    #[test]
    fn what_is_near_is_reached_when_the_operator_says_so() {
        for address in ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(admitted(address), [false, true, true], "{address}");
        }
        for address in [
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "fd12::1",
        ] {
            assert_eq!(admitted(address), [false, false, true], "{address}");
        }
        for address in ["1.1.1.1", "172.32.0.1", "192.88.98.1", "2606:4700::1111"] {
            assert_eq!(admitted(address), [true; 3], "{address}");
        }
    }

    #[test]
    fn an_address_is_judged_however_it_is_written() {
        let default = Networks::default();
        for good in [
            "http://localhost:11434",
            "https://api.example/v1",
            "http://127.1:8080/v1",
            "http://[::1]/",
        ] {
            assert_eq!(default.admit_url(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "api.example",
            "ftp://api.example",
            "file:///etc/passwd",
            "http://",
            "https://a:b@api.example",
            "http://169.254.169.254/latest",
            "http://2852039166/",
            "http://0xa9fea9fe/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://10.0.0.1/",
            "http://0/",
        ] {
            assert!(default.admit_url(bad).is_err(), "{bad}");
        }
    }
}
