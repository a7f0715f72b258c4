//! A client that costs as little as a client can: requests are ready bytes, and answers are hardly read.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::{
    Failure, Outcome,
    figures::{Latencies, Rate},
    runtime,
    server::User,
};

/// Before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The status of an answer; its body stays in the connection until the next request.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends a request and reads its whole answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (mut head, mut rest) = (None, Rest::Chunked);
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed a connection in mid-answer".into());
            }
            if head.is_none()
                && let Some(end) = find(&self.buffer, b"\r\n\r\n")
            {
                head = Some(end + 4);
                rest = Rest::of(&self.buffer[..end]);
            }
            let Some(body) = head else { continue };
            let whole = match rest {
                Rest::Length(length) => self.buffer.len() >= body + length,
                Rest::Chunked => self.buffer.ends_with(b"0\r\n\r\n"),
            };
            if whole {
                return Ok(Answer {
                    status: status(&self.buffer)?,
                    body: &self.buffer[body..],
                });
            }
        }
    }

    /// Sends a request whose answer is a stream.
    pub(crate) async fn begin(&mut self, request: &[u8]) -> Outcome {
        self.buffer.clear();
        Ok(self.stream.write_all(request).await?)
    }

    /// Everything of the stream that has come since the last time; waits until there is something,
    /// and fails at the end.
    pub(crate) async fn more(&mut self) -> Outcome<&mut Vec<u8>> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the server closed a stream in the middle".into());
        }
        Ok(&mut self.buffer)
    }

    /// Reads the stream until these bytes have come.
    pub(crate) async fn until(&mut self, mark: &[u8]) -> Outcome {
        let mut began = !self.buffer.is_empty();
        loop {
            let buffer = self.more().await?;
            if !began && !buffer.starts_with(b"HTTP/1.1 200") {
                return Err(format!("no stream: {}", String::from_utf8_lossy(buffer)).into());
            }
            began = true;
            if find(buffer, mark).is_some() {
                return Ok(());
            }
        }
    }
}

/// How the end of an answer is known.
#[derive(Clone, Copy)]
enum Rest {
    Length(usize),
    Chunked,
}

impl Rest {
    fn of(head: &[u8]) -> Self {
        let head = String::from_utf8_lossy(head);
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find_map(|(name, value)| {
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse().ok())?
            });
        length.map_or(Self::Chunked, Self::Length)
    }
}

fn status(answer: &[u8]) -> Outcome<u16> {
    let digits = answer.get(9..12).ok_or("this is no HTTP")?;
    Ok(std::str::from_utf8(digits)?.parse()?)
}

pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// `POST path` with a JSON body.
pub(crate) fn post(path: &str, key: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// `GET path`
pub(crate) fn get(path: &str, key: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\r\n")
        .into_bytes()
}

/// The name of a user's conversation.
pub(crate) fn conversation(user: &User, number: usize) -> String {
    format!("{}:web:{number:08x}", user.id)
}

/// A message to a user's conversation.
pub(crate) fn send(path: &str, user: &User, conversation: &str) -> Vec<u8> {
    let text = "What is an append-only log good for? In a few words, please.";
    let body = format!(r#"{{"text":"{text}","conversation_id":"{conversation}"}}"#);
    post(path, &user.key, &body)
}

/// One connection for each request, asking it again and again.
pub(crate) fn closed_loop(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    length: Duration,
) -> Outcome<Rate> {
    runtime::one_thread()?.block_on(async {
        let mut connections = vec![];
        for request in requests {
            connections.push((Connection::open(address).await?, request));
        }
        let counts_from = Instant::now() + WARM_UP;
        let until = counts_from + length;
        let mut tasks: JoinSet<Result<Latencies, Failure>> = JoinSet::new();
        for (mut connection, request) in connections {
            tasks.spawn(async move {
                let mut latencies = Latencies::new()?;
                loop {
                    let began = Instant::now();
                    expect_ok(&connection.ask(&request).await?)?;
                    let ended = Instant::now();
                    if ended >= until {
                        return Ok(latencies);
                    }
                    if ended >= counts_from {
                        latencies.record(ended - began);
                    }
                }
            });
        }
        let mut all = Latencies::new()?;
        while let Some(task) = tasks.join_next().await {
            all.add(&task??)?;
        }
        Ok(Rate::of(&all, length))
    })
}

/// Asks all requests once, `at_once` at a time.
pub(crate) fn once(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    at_once: usize,
) -> Outcome<Latencies> {
    runtime::one_thread()?.block_on(async {
        let queue = std::sync::Arc::new(std::sync::Mutex::new(requests.into_iter()));
        let mut tasks: JoinSet<Result<Latencies, Failure>> = JoinSet::new();
        for _ in 0..at_once {
            let (queue, mut connection) = (queue.clone(), Connection::open(address).await?);
            tasks.spawn(async move {
                let mut latencies = Latencies::new()?;
                loop {
                    let next = queue.lock().map_err(|_| "a client has failed")?.next();
                    let Some(request) = next else {
                        return Ok(latencies);
                    };
                    let began = Instant::now();
                    expect_ok(&connection.ask(&request).await?)?;
                    latencies.record(began.elapsed());
                }
            });
        }
        let mut all = Latencies::new()?;
        while let Some(task) = tasks.join_next().await {
            all.add(&task??)?;
        }
        Ok(all)
    })
}

pub(crate) fn expect_ok(answer: &Answer<'_>) -> Outcome {
    if answer.status == 200 {
        return Ok(());
    }
    let said = String::from_utf8_lossy(answer.body);
    Err(format!("the server answered {}: {said}", answer.status).into())
}
