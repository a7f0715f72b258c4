//! Asks the running server how it is, for supervisors that have no HTTP client: `colloquy health`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use super::{Failure, say};
use crate::config::Config;

/// Longer than a healthy server takes, shorter than a supervisor waits.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the server that listens where these settings say; `ready`: whether it reaches its database, too.
pub(super) fn run(config: &Config, ready: bool) -> Result<(), Failure> {
    let address = reachable(config.listen);
    if address.port() == 0 {
        return Err("listen (--listen, COLLOQUY_LISTEN) names no port to ask at".into());
    }
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let question = if ready { "readyz" } else { "livez" };
    let url = format!("{scheme}://{address}/{question}");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            // Its certificate is for its name, and this is its address on this machine.
            .tls_danger_accept_invalid_certs(true)
            .build()?;
        let answer = client.get(&url).send().await;
        let answer = answer.map_err(|error| format!("no server answers at {url}: {error}"))?;
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            return Err(format!("{url} says {status}: {text}").into());
        }
        say(&text)?;
        Ok(())
    })
}

/// Where a server that listens there can be asked from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(ip, listen.port())
}
