//! The HTTP client that all providers share.

use std::time::Duration;

/// How long a connection, TLS included, may take to stand.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a whole exchange may take, however steadily something comes: the last resort.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// Builds the client: no redirects (they would carry the key elsewhere), no delay for small packets.
///
/// # Errors
/// When TLS cannot be set up, for instance because the system's certificates are unreadable.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    // Only the first call in a process can succeed; that one is there is all that matters.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(DEADLINE)
        .redirect(reqwest::redirect::Policy::none())
        .tcp_nodelay(true)
        .user_agent(concat!("colloquy/", env!("CARGO_PKG_VERSION")))
        .build()
}
