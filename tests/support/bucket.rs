//! A bucket of an S3-compatible store, in a directory: its server checks signatures, and fails when it is told to.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use colloquy::config::{BucketSettings, Secret};
use hyper::{
    Method, Request, body::Incoming, server::conn::http1, service::Service, service::service_fn,
};
use hyper_util::rt::TokioIo;
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

/// Who is let in.
pub(crate) const KEY_ID: &str = "colloquy-tests";
/// With this.
pub(crate) const SECRET: &str = "a-key-that-is-shown-nowhere";
/// The object that says whose the others are.
const RECORD: &str = "colloquy-record";
const NAME: &str = "attachments";
const PREFIX: &str = "of/tests";

/// A running one; it ends when it is dropped, and its directory is gone.
pub(crate) struct Bucket {
    root: TempDir,
    endpoint: String,
    mood: Arc<Mood>,
    end: CancellationToken,
}

/// What it is told.
struct Mood {
    away: watch::Sender<bool>,
    holds: watch::Sender<bool>,
    /// Objects that came while it held them.
    held: watch::Sender<usize>,
    /// Requests that are being answered.
    busy: watch::Sender<usize>,
}

/// A request that is being answered, or broken off.
struct Busy(Arc<Mood>);

impl Busy {
    fn with(mood: Arc<Mood>) -> Self {
        mood.busy.send_modify(|busy| *busy += 1);
        Self(mood)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.send_modify(|busy| *busy -= 1);
    }
}

impl Bucket {
    pub(crate) async fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(NAME)).unwrap();
        let mut service = S3ServiceBuilder::new(FileSystem::new(root.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let mood = Arc::new(Mood {
            away: watch::Sender::new(false),
            holds: watch::Sender::new(false),
            held: watch::Sender::new(0),
            busy: watch::Sender::new(0),
        });
        let end = CancellationToken::new();
        let (told, ended) = (Arc::clone(&mood), end.clone());
        spawn(end.clone(), async move {
            while let Ok((client, _)) = listener.accept().await {
                if !*told.away.borrow() {
                    spawn(
                        ended.clone(),
                        serve(client, service.clone(), Arc::clone(&told)),
                    );
                }
            }
        });
        Self {
            root,
            endpoint,
            mood,
            end,
        }
    }

    /// What a store has to be told.
    pub(crate) fn config(&self) -> BucketSettings {
        BucketSettings {
            bucket: NAME.to_owned(),
            prefix: PREFIX.to_owned(),
            endpoint: Some(self.endpoint.parse().unwrap()),
            region: "us-east-1".to_owned(),
            access_key_id: Secret::new(KEY_ID),
            secret_access_key: Secret::new(SECRET),
        }
    }

    /// What a server has to be told.
    pub(crate) fn settings(&self) -> [(&'static str, &str); 5] {
        [
            ("BLOBS__URL", "s3://attachments/of/tests"),
            ("BLOBS__ENDPOINT", &self.endpoint),
            ("BLOBS__ACCESS_KEY_ID", KEY_ID),
            ("BLOBS__SECRET_ACCESS_KEY", SECRET),
            ("BLOBS__ALLOW_HTTP", "true"),
        ]
    }

    /// Nobody is answered any more, or everybody is again.
    pub(crate) fn is_away(&self, away: bool) {
        self.mood.away.send_replace(away);
    }

    /// Objects that are put wait at the door, or are let in again.
    pub(crate) fn holds(&self, holds: bool) {
        self.mood.holds.send_replace(holds);
    }

    /// Waits until so many have waited.
    pub(crate) async fn has_held(&self, count: usize) {
        let mut held = self.mood.held.subscribe();
        held.wait_for(|held| *held >= count).await.unwrap();
    }

    /// Waits until it has answered everybody, or they have left.
    pub(crate) async fn is_quiet(&self) {
        let mut busy = self.mood.busy.subscribe();
        busy.wait_for(|busy| *busy == 0).await.unwrap();
    }

    /// What is in it, by its names: bytes, oldest id first. Whose it is, is not among it.
    pub(crate) fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let mut objects = BTreeMap::new();
        collect(&self.root.path().join(NAME), &mut objects);
        objects.remove(RECORD);
        objects
    }

    /// Where an object of this name is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(NAME).join(PREFIX).join(name)
    }

    /// Everything that its server has written.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

fn collect(dir: &Path, objects: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, objects);
        } else {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            objects.insert(name, fs::read(&path).unwrap());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "they end with the bucket")]
fn spawn(end: CancellationToken, task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        let _ = end.run_until_cancelled(task).await;
    });
}

/// One connection, until either side ends it, or the bucket is away.
async fn serve(client: TcpStream, service: S3Service, mood: Arc<Mood>) {
    let told = Arc::clone(&mood);
    let answer = service_fn(move |request: Request<Incoming>| {
        let (service, told) = (service.clone(), Arc::clone(&told));
        async move {
            let _busy = Busy::with(Arc::clone(&told));
            if request.method() == Method::PUT && *told.holds.borrow() {
                told.held.send_modify(|held| *held += 1);
                let mut holds = told.holds.subscribe();
                holds.wait_for(|holds| !holds).await.unwrap();
            }
            Service::call(&service, request).await
        }
    });
    let mut away = mood.away.subscribe();
    let connection = http1::Builder::new().serve_connection(TokioIo::new(client), answer);
    tokio::select! {
        // A client that leaves is no fault of a test.
        _ = connection => {}
        _ = away.wait_for(|away| *away) => {}
    }
}
