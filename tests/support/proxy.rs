//! A network that fails when it is told to: a proxy in front of PostgreSQL.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

/// What the network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// It forwards.
    Fair,
    /// The next request is lost, with its connection; then it is fair, or down.
    LosesARequest { then_down: bool },
    /// The next request is delivered; its answer is lost, with its connection; then it is fair, or down.
    LosesAnAnswer { then_down: bool },
    /// Connections are closed, and so are new ones.
    Down,
}

/// A running proxy; it ends when it is dropped.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    weather: Arc<watch::Sender<Weather>>,
    end: CancellationToken,
}

impl Proxy {
    /// In front of `server`, as `127.0.0.1:5432`.
    pub(crate) async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let weather = Arc::new(watch::Sender::new(Weather::Fair));
        let end = CancellationToken::new();
        let (server, sky, ended) = (server.to_owned(), Arc::clone(&weather), end.clone());
        spawn(end.clone(), async move {
            while let Ok((client, _)) = listener.accept().await {
                if *sky.borrow() != Weather::Down {
                    spawn(
                        ended.clone(),
                        carry(client, server.clone(), Arc::clone(&sky)),
                    );
                }
            }
        });
        Self { port, weather, end }
    }

    /// Changes the weather.
    pub(crate) fn turn(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Waits until it is like this.
    pub(crate) async fn is(&self, weather: Weather) {
        self.weather
            .subscribe()
            .wait_for(|now| *now == weather)
            .await
            .unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

#[expect(clippy::disallowed_methods, reason = "they end with the proxy")]
fn spawn(end: CancellationToken, task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        let _ = end.run_until_cancelled(task).await;
    });
}

/// One connection, until either side, or the weather, ends it.
async fn carry(client: TcpStream, server: String, sky: Arc<watch::Sender<Weather>>) {
    let server = TcpStream::connect(server).await.unwrap();
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let losing = watch::Sender::new(None);
    let mut watching = sky.subscribe();
    tokio::select! {
        () = requests(from_client, to_server, &sky, &losing) => {}
        () = answers(from_server, to_client, &sky, losing.subscribe()) => {}
        _ = watching.wait_for(|weather| *weather == Weather::Down) => {}
    }
}

async fn requests(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    sky: &watch::Sender<Weather>,
    losing: &watch::Sender<Option<Weather>>,
) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = client.read(&mut bytes).await {
        let weather = *sky.borrow();
        match weather {
            Weather::LosesARequest { then_down } => {
                sky.send_replace(after(then_down));
                return;
            }
            Weather::LosesAnAnswer { then_down } => {
                losing.send_replace(Some(after(then_down)));
            }
            Weather::Fair | Weather::Down => {}
        }
        if server.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

async fn answers(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    sky: &watch::Sender<Weather>,
    losing: watch::Receiver<Option<Weather>>,
) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = server.read(&mut bytes).await {
        let lost = *losing.borrow();
        if let Some(next) = lost {
            // ReadyForQuery, outside of a transaction: the server is done, and has committed.
            if bytes[..count].ends_with(b"Z\0\0\0\x05I") {
                sky.send_replace(next);
                return;
            }
        } else if client.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

fn after(then_down: bool) -> Weather {
    if then_down {
        Weather::Down
    } else {
        Weather::Fair
    }
}
