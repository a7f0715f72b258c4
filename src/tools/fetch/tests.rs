//! A name whose answer changes between being judged and being used leads nowhere else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};

use super::*;
use crate::providers::guarded_by;

/// Where a metadata service would be.
const METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A site on this machine, which counts who comes.
struct Site {
    port: u16,
    came: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Site {
    /// Every visitor gets this answer, and the connection ends.
    async fn start(answer: impl Fn(u16) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let came = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&came);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((mut visitor, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let asked = visitor.read(&mut [0; 4_096]).await;
                if !asked.is_ok_and(|bytes| bytes > 0) {
                    continue;
                }
                let _ = visitor.write_all(answer(port).as_bytes()).await;
            }
        });
        Self {
            port,
            came,
            _tasks: tasks,
        }
    }

    fn visitors(&self) -> usize {
        self.came.load(Ordering::Relaxed)
    }
}

/// Answers of a name server that changes its mind: each lookup gets the next, the last one for ever.
struct Names {
    fetch: Fetch,
    asked: Arc<AtomicUsize>,
}

fn names(networks: Networks, answers: &[&[IpAddr]]) -> Names {
    let answers: Vec<Vec<IpAddr>> = answers.iter().map(|one| one.to_vec()).collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let lookup = move |_: String| -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let nth = counted.fetch_add(1, Ordering::Relaxed);
        let answer = answers.get(nth).or(answers.last()).cloned().unwrap();
        let found = answer
            .into_iter()
            .map(|address| SocketAddr::new(address, 0));
        let found: Vec<SocketAddr> = found.collect();
        async move { Ok(found) }.boxed()
    };
    let client = guarded_by(networks, Arc::new(lookup)).unwrap();
    Names {
        fetch: Fetch::new(networks, client),
        asked,
    }
}

impl Names {
    async fn page(&self, port: u16, path: &str) -> Result<String, String> {
        let url = format!("http://changing.example:{port}{path}");
        self.fetch.page(url.parse().unwrap()).await
    }

    fn lookups(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn ok(_: u16) -> String {
    let page = "There it is.";
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )
}

#[tokio::test]
async fn what_a_name_leads_to_is_looked_up_once_and_that_is_where_the_connection_goes() {
    let site = Site::start(ok).await;
    // Whoever looked again would be led elsewhere.
    let names = names(Networks::Loopback, &[&[LOOPBACK], &[METADATA]]);
    let page = names.page(site.port, "/").await.unwrap();
    assert!(page.ends_with("There it is."), "{page}");
    assert_eq!((names.lookups(), site.visitors()), (1, 1));
    // The next connection is judged anew.
    let refused = names.page(site.port, "/").await.unwrap_err();
    assert!(refused.starts_with("This page is not read"), "{refused}");
    assert_eq!((names.lookups(), site.visitors()), (2, 1));
}

#[tokio::test]
async fn a_name_that_turns_inwards_reaches_nobody() {
    let site = Site::start(ok).await;
    for answer in [&[LOOPBACK][..], &[METADATA, LOOPBACK], &[]] {
        let names = names(Networks::Public, &[answer]);
        let refused = names.page(site.port, "/").await.unwrap_err();
        assert!(refused.starts_with("This page is not read"), "{refused}");
        assert_eq!(names.lookups(), 1);
    }
    assert_eq!(site.visitors(), 0, "somebody asked");
}

#[tokio::test]
async fn of_several_addresses_only_those_that_are_admitted_are_tried() {
    let site = Site::start(ok).await;
    let names = names(Networks::Loopback, &[&[METADATA, LOOPBACK]]);
    let page = names.page(site.port, "/").await.unwrap();
    assert!(page.ends_with("There it is."), "{page}");
    assert_eq!(site.visitors(), 1);
}

#[tokio::test]
async fn a_redirect_to_the_same_name_is_judged_by_what_it_leads_to_then() {
    let onwards = |port| {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: http://changing.example:{port}/there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    };
    let site = Site::start(onwards).await;
    let names = names(Networks::Loopback, &[&[LOOPBACK], &[METADATA]]);
    let refused = names.page(site.port, "/").await.unwrap_err();
    assert!(refused.starts_with("This page is not read"), "{refused}");
    assert_eq!((names.lookups(), site.visitors()), (2, 1));
}
