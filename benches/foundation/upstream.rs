//! A provider in this process: speaks OpenAI's chat completions, and stamps every delta with the time at
//! which it leaves.

use std::{
    net::SocketAddr,
    sync::OnceLock,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use crate::{Outcome, load::find};

const HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// How it answers.
#[derive(Clone)]
pub(crate) enum Script {
    /// So many deltas, the first at once, the others in this rhythm.
    Paced {
        /// How many.
        deltas: u32,
        /// From one to the next.
        every: Duration,
    },
    /// One delta; the end when it is told to.
    Held(watch::Receiver<bool>),
}

/// A running upstream; dropping it ends it.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Upstream {
    /// Must be called on the runtime that shall run it.
    pub(crate) async fn start(script: Script) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let script = script.clone();
                connections.spawn(async move {
                    // The client left: nothing to do about it.
                    let _ = serve(stream, script).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            address,
            _tasks: tasks,
        })
    }

    /// What a server is told to ask it by default.
    pub(crate) fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("PROVIDERS__UPSTREAM__KIND", "custom".to_owned()),
            (
                "PROVIDERS__UPSTREAM__BASE_URL",
                format!("http://{}/v1/", self.address),
            ),
            ("PROVIDERS__UPSTREAM__MODEL", "scripted".to_owned()),
            ("DEFAULT_PROVIDER", "upstream".to_owned()),
        ]
    }
}

/// The request that asks it directly.
pub(crate) fn request() -> Vec<u8> {
    let body =
        r#"{"model":"scripted","stream":true,"messages":[{"role":"user","content":"Hello"}]}"#;
    crate::load::post("/v1/chat/completions", "none", body)
}

async fn serve(mut stream: TcpStream, script: Script) -> Outcome {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4096);
    loop {
        buffer.clear();
        if !receive(&mut stream, &mut buffer).await? {
            return Ok(());
        }
        if find(&buffer, br#""stream":true"#).is_none()
            && find(&buffer, br#""stream": true"#).is_none()
        {
            stream.write_all(whole().as_bytes()).await?;
            continue;
        }
        match &script {
            Script::Paced { deltas, every } => {
                let began = tokio::time::Instant::now();
                for number in 0..*deltas {
                    // The timer is a millisecond coarse: the first delta does without it.
                    if number > 0 && !every.is_zero() {
                        tokio::time::sleep_until(began + *every * number).await;
                    }
                    let head = if number == 0 { HEAD } else { "" };
                    stream
                        .write_all(format!("{head}{}", delta()).as_bytes())
                        .await?;
                }
            }
            Script::Held(released) => {
                stream
                    .write_all(format!("{HEAD}{}", delta()).as_bytes())
                    .await?;
                released.clone().wait_for(|released| *released).await?;
                stream.write_all(delta().as_bytes()).await?;
            }
        }
        let end = format!(
            "{}{}0\r\n\r\n",
            chunk(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#),
            chunk("[DONE]")
        );
        stream.write_all(end.as_bytes()).await?;
    }
}

/// Reads a request with its body; false when there is none.
async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Outcome<bool> {
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(false);
        }
        let Some(head) = find(buffer, b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
            .unwrap_or(0);
        if buffer.len() >= head + 4 + length {
            return Ok(true);
        }
    }
}

/// The answer to whom wants it in one piece.
fn whole() -> String {
    let body = r#"{"id":"c","object":"chat.completion","created":1,"model":"scripted","choices":[{"index":0,"message":{"role":"assistant","content":"It keeps what happened, in the order in which it happened, so that all of it can be made anew."},"finish_reason":"stop"}],"usage":{"prompt_tokens":16,"completion_tokens":21,"total_tokens":37}}"#;
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn chunk(data: &str) -> String {
    format!("{:x}\r\ndata: {data}\n\n\r\n", data.len() + 8)
}

fn delta() -> String {
    chunk(&format!(
        r#"{{"id":"c","object":"chat.completion.chunk","model":"scripted","choices":[{{"index":0,"delta":{{"content":"@{}; "}},"finish_reason":null}}]}}"#,
        letters(now())
    ))
}

/// A number in letters, for digits: moderation waits for the end of what may be somebody's number. A word that is over
/// leaves at once.
fn letters(number: u64) -> String {
    let letter = |digit: u8| char::from(digit - b'0' + b'g');
    number.to_string().bytes().map(letter).collect()
}

fn number(letters: &[u8]) -> Option<u64> {
    letters.iter().try_fold(0_u64, |number, letter| {
        let digit = letter.checked_sub(b'g').filter(|digit| *digit < 10)?;
        Some(number * 10 + u64::from(digit))
    })
}

/// Microseconds on the clock that stamps are of.
pub(crate) fn now() -> u64 {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    u64::try_from(EPOCH.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Takes the stamps out of what has come of a stream; what may be the beginning of one stays.
pub(crate) fn stamps(buffer: &mut Vec<u8>) -> Vec<u64> {
    let mut found = vec![];
    let mut done = 0;
    while let Some(at) = buffer[done..].iter().position(|byte| *byte == b'@') {
        let begin = done + at + 1;
        let Some(length) = buffer[begin..].iter().position(|byte| *byte == b';') else {
            buffer.drain(..done + at);
            return found;
        };
        found.extend(number(&buffer[begin..begin + length]));
        done = begin + length + 1;
    }
    buffer.drain(..done);
    found
}
