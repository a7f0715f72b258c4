//! The HTTP clients that providers share: one for those of the operator, one for those of everybody else.

use std::{net::SocketAddr, time::Duration};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::config::Networks;

/// How long a connection, TLS included, may take to stand.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a whole exchange may take, however steadily something comes: the last resort.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// Builds the client: no redirects (they would carry the key elsewhere), no delay for small packets.
///
/// # Errors
/// When TLS cannot be set up, for instance because the system's certificates are unreadable.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    builder().build()
}

/// The same for addresses that are not the operator's: names lead only where these networks admit it. What a name leads
/// to is judged when the connection is made, so that it cannot become something else in between.
pub fn guarded(networks: Networks) -> Result<reqwest::Client, reqwest::Error> {
    // A proxy would look names up itself.
    builder().no_proxy().dns_resolver(Guard(networks)).build()
}

fn builder() -> reqwest::ClientBuilder {
    // Only the first call in a process can succeed; that one is there is all that matters.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(DEADLINE)
        .redirect(reqwest::redirect::Policy::none())
        .tcp_nodelay(true)
        .user_agent(concat!("colloquy/", env!("CARGO_PKG_VERSION")))
}

/// Looks names up, and lets no address out that is not admitted.
struct Guard(Networks);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let networks = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted = found.filter(|found| networks.admit(found.ip()));
            let admitted: Vec<SocketAddr> = admitted.collect();
            if admitted.is_empty() {
                return Err("its address is one that this server keeps providers away from".into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
