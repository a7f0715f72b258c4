//! HTTP by hand: requests that no client library would send, and answers as they were on the wire.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    /// The body as JSON; `Null` when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        })
    }
}

/// Writes all of it, as clients do that read only then, and reads until the server closes. `None`: the
/// connection broke before there was an answer.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> Option<Answered> {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let talk = async {
        connection.write_all(request).await.ok()?;
        let mut answer = vec![];
        // What came before a reset is an answer all the same.
        let _ = connection.read_to_end(&mut answer).await;
        Answered::read(&answer)
    };
    tokio::time::timeout(PATIENCE, talk)
        .await
        .expect("the server answers or closes")
}

/// A request's head, with `Connection: close`, and its body.
pub(crate) fn request(line: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut request = format!("{line} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut request = request.into_bytes();
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    request
}
