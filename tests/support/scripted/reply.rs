//! One reply of the script: its bytes, and how they are handed out.

use std::{io, sync::Arc, time::Duration};

use tokio::{io::AsyncWriteExt, net::tcp::OwnedWriteHalf, sync::Semaphore};

/// Holds things back until a test lets them pass. Clones are the same gate.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<Semaphore>);

impl Gate {
    /// A gate that lets nothing pass yet.
    pub(crate) fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets `count` more pass.
    pub(crate) fn let_pass(&self, count: usize) {
        self.0.add_permits(count);
    }

    async fn pass(&self) {
        self.0.acquire().await.unwrap().forget();
    }
}

/// A reply. Built by a constructor for its content, then altered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    /// The body, in pieces that are written one by one.
    frames: Arc<[Vec<u8>]>,
    /// Written for ever after the frames.
    endless: Option<Vec<u8>>,
    chunked: bool,
    pace: Option<Duration>,
    gate: Option<Gate>,
    head_gate: Option<Gate>,
    cut_after: Option<usize>,
}

impl Reply {
    fn new(status: u16, content_type: &str, frames: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            frames: frames.into_iter().collect(),
            endless: None,
            chunked: true,
            pace: None,
            gate: None,
            head_gate: None,
            cut_after: None,
        }
    }

    /// Server-sent events, one for each piece of data.
    pub(crate) fn sse<T: AsRef<str>>(data: impl IntoIterator<Item = T>) -> Self {
        let frames = data.into_iter().map(|data| sse_frame(data.as_ref()));
        Self::new(200, "text/event-stream", frames)
    }

    /// Server-sent events as they were on the wire.
    pub(crate) fn recorded_sse(wire: &str) -> Self {
        let frames = wire.split_inclusive("\n\n").map(|frame| frame.into());
        Self::new(200, "text/event-stream", frames)
    }

    /// Lines of JSON as they were on the wire.
    pub(crate) fn recorded_ndjson(wire: &str) -> Self {
        let lines = wire.split_inclusive('\n').map(|line| line.into());
        Self::new(200, "application/x-ndjson", lines)
    }

    /// Pieces of a body of any type.
    pub(crate) fn pieces(content_type: &str, pieces: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self::new(200, content_type, pieces)
    }

    /// A whole JSON body.
    pub(crate) fn json(body: &str) -> Self {
        Self::new(200, "application/json", [body.into()])
    }

    /// An error in OpenAI's shape.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        let error = serde_json::json!({
            "error": {"message": message, "type": "error", "param": null, "code": null}
        });
        Self::json(&error.to_string()).status(status)
    }

    /// A web page, as a proxy or a wrong address gives it.
    pub(crate) fn html() -> Self {
        let page = "<!doctype html>\n<html><body><h1>It works!</h1></body></html>\n";
        Self::new(200, "text/html", [page.into()])
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Appends a piece of the body, as it is.
    pub(crate) fn then(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let more = [bytes.as_ref().to_vec()];
        self.frames = self.frames.iter().cloned().chain(more).collect();
        self
    }

    /// Appends an event that is no JSON.
    pub(crate) fn malformed(self) -> Self {
        self.then(sse_frame(r#"{"choices":[{"delta":oops}]}"#))
    }

    /// Repeats these bytes for ever after all frames.
    pub(crate) fn endless(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.endless = Some(bytes.as_ref().to_vec());
        self
    }

    /// Waits before each frame but the first.
    pub(crate) fn paced(mut self, pace: Duration) -> Self {
        self.pace = Some(pace);
        self
    }

    /// Holds back each frame until the gate lets one more pass.
    pub(crate) fn gate(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    /// Holds back everything, the status line too, until the gate lets one pass.
    pub(crate) fn slow_first_byte(mut self, gate: &Gate) -> Self {
        self.head_gate = Some(gate.clone());
        self
    }

    /// Closes the connection after so many frames, without the end that the framing asks for.
    pub(crate) fn cut_after(mut self, frames: usize) -> Self {
        self.cut_after = Some(frames);
        self
    }

    /// Lets the body end where the connection does, so that a cut looks like an end.
    pub(crate) fn until_close(mut self) -> Self {
        self.chunked = false;
        self
    }

    /// Writes it all; `false` when the connection has to be closed then.
    pub(super) async fn play(&self, write: &mut OwnedWriteHalf) -> io::Result<bool> {
        if let Some(gate) = &self.head_gate {
            gate.pass().await;
        }
        write.write_all(self.head().as_bytes()).await?;
        let endless = std::iter::repeat_with(|| self.endless.as_ref()).map_while(|frame| frame);
        for (index, frame) in self.frames.iter().chain(endless).enumerate() {
            if self.cut_after == Some(index) {
                return Ok(false);
            }
            if let Some(pace) = self.pace
                && index > 0
            {
                tokio::time::sleep(pace).await;
            }
            if let Some(gate) = &self.gate {
                gate.pass().await;
            }
            let mut bytes = Vec::with_capacity(frame.len() + 16);
            if self.chunked {
                bytes.extend_from_slice(format!("{:x}\r\n", frame.len()).as_bytes());
                bytes.extend_from_slice(frame);
                bytes.extend_from_slice(b"\r\n");
            } else {
                bytes.extend_from_slice(frame);
            }
            write.write_all(&bytes).await?;
        }
        if self.cut_after.is_some() || !self.chunked {
            return Ok(false);
        }
        write.write_all(b"0\r\n\r\n").await?;
        Ok(true)
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(if self.chunked {
            "transfer-encoding: chunked\r\n\r\n"
        } else {
            "connection: close\r\n\r\n"
        });
        head
    }
}

fn sse_frame(data: &str) -> Vec<u8> {
    format!("data: {data}\n\n").into_bytes()
}
