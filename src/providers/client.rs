//! The HTTP clients that providers share: one for those of the operator, one for those of everybody else.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
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
    let system = |name: String| -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.collect())
        }
        .boxed()
    };
    guarded_by(networks, Arc::new(system))
}

/// The same where names lead to what `lookup` says.
pub(crate) fn guarded_by(
    networks: Networks,
    lookup: Lookup,
) -> Result<reqwest::Client, reqwest::Error> {
    let guard = Guard { networks, lookup };
    // A proxy would look names up itself.
    builder().no_proxy().dns_resolver(guard).build()
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

/// Where a name leads; the ports mean nothing.
pub(crate) type Lookup =
    Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Looks names up, and lets no address out that is not admitted.
struct Guard {
    networks: Networks,
    lookup: Lookup,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let networks = self.networks;
        let found = (self.lookup)(name.as_str().to_owned());
        Box::pin(async move {
            let mut admitted = found.await?;
            admitted.retain(|found| networks.admit(found.ip()));
            if admitted.is_empty() {
                return Err("its address is one that this server keeps providers away from".into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
