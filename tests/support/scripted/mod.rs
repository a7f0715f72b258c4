//! A local HTTP server that plays a script: bytes, pauses and faults exactly as told.
//!
//! Each request gets the script's next reply, whichever connection it comes on. The server writes
//! HTTP itself, so that it can break every rule of it, and it sees when a client leaves.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
    sync::watch,
    task::JoinSet,
};

mod reply;
pub(crate) use reply::{Gate, Reply};

/// No test waits longer than this for something that has to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; dropping it ends it and cuts its connections.
pub(crate) struct Scripted {
    address: SocketAddr,
    stage: Arc<Stage>,
    _tasks: JoinSet<()>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    /// `Null` when there is none.
    pub(crate) body: Value,
    /// The body as it came.
    pub(crate) bytes: Vec<u8>,
}

struct Stage {
    script: Mutex<VecDeque<Reply>>,
    /// The reply to everything, once the script is over.
    encore: Option<Reply>,
    received: watch::Sender<Vec<Received>>,
    /// Clients that went away before the end of their reply.
    left: watch::Sender<usize>,
}

impl Scripted {
    /// Gives the n-th request the n-th reply; requests beyond the script get status 599.
    pub(crate) async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        Self::play(script.into_iter().collect(), None).await
    }

    /// Gives every request the same reply and keeps no record of them: for load.
    pub(crate) async fn always(reply: Reply) -> Self {
        Self::play(VecDeque::new(), Some(reply)).await
    }

    async fn play(script: VecDeque<Reply>, encore: Option<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stage = Arc::new(Stage {
            script: Mutex::new(script),
            encore,
            received: watch::Sender::default(),
            left: watch::Sender::default(),
        });
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&stage);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((connection, _)) = listener.accept().await {
                connections.spawn(serve(connection, Arc::clone(&shared)));
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            stage,
            _tasks: tasks,
        }
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.stage.received.borrow().clone()
    }

    /// Waits until `count` requests have come.
    pub(crate) async fn wait_for_requests(&self, count: usize) {
        let mut received = self.stage.received.subscribe();
        let enough = received.wait_for(|received| received.len() >= count);
        let waited = tokio::time::timeout(PATIENCE, enough).await;
        waited.expect("the requests did not come").unwrap();
    }

    /// Waits until `count` clients have gone away before the end of their reply.
    pub(crate) async fn wait_for_leavers(&self, count: usize) {
        let mut left = self.stage.left.subscribe();
        let enough = left.wait_for(|left| *left >= count);
        let waited = tokio::time::timeout(PATIENCE, enough).await;
        waited.expect("the clients did not leave").unwrap();
    }
}

impl Stage {
    fn next(&self, request: Received) -> Reply {
        if let Some(reply) = &self.encore {
            return reply.clone();
        }
        self.received.send_modify(|received| received.push(request));
        let reply = self.script.lock().unwrap().pop_front();
        reply.unwrap_or_else(|| Reply::error(599, "the script is over"))
    }
}

async fn serve(connection: TcpStream, stage: Arc<Stage>) {
    // Frames are written one by one, and each is to leave at once.
    connection.set_nodelay(true).unwrap();
    let (read, mut write) = connection.into_split();
    let mut read = BufReader::new(read);
    while let Some(request) = receive(&mut read).await {
        let reply = stage.next(request);
        let ended = tokio::select! {
            biased;
            // Nobody says anything before the reply has ended, so this is the client leaving.
            _ = read.fill_buf() => Err(std::io::ErrorKind::ConnectionReset.into()),
            ended = reply.play(&mut write) => ended,
        };
        match ended {
            Ok(true) => {}
            Ok(false) => return,
            Err(_) => return stage.left.send_modify(|left| *left += 1),
        }
    }
    let _ = write.shutdown().await;
}

/// The next request on this connection, if there is one.
async fn receive(read: &mut BufReader<OwnedReadHalf>) -> Option<Received> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if read.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let mut words = lines.first()?.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let headers: BTreeMap<_, _> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length");
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    read.read_exact(&mut body).await.ok()?;
    Some(Received {
        method,
        path,
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
        bytes: body,
    })
}
