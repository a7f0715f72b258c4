//! While the database is away everybody is told when to come again.

use futures_util::future::join_all;

use super::*;
use crate::{
    dialects::ECHO,
    support::{client::eventually, cluster::Cluster},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    crate::dialects::prepare();
    let cluster = Cluster::start();
    let server = Server::start_at(cluster.url(), &[ECHO]).await;
    let admin = admin(&server).await;
    let project = project(&admin, "house").await;
    let provider = provider(&admin, &project).await;
    let chat = chat(&admin, &project, &provider).await;
    let ask = json!({ "ai_provider_id": provider, "messages": [said("user", "hi")] });

    cluster.down();
    let requests = [
        (Method::GET, "/chats".to_owned(), Value::Null),
        (Method::GET, format!("/chats/{chat}"), Value::Null),
        (
            Method::POST,
            "/projects".to_owned(),
            json!({ "name": "other" }),
        ),
        (Method::DELETE, format!("/chats/{chat}"), Value::Null),
        (Method::POST, "/chats/completions".to_owned(), ask.clone()),
        (Method::POST, "/chats/completions".to_owned(), streamed(ask)),
    ];
    // Each waits for the database for a while.
    let asked = requests.map(|(method, at, body)| {
        let admin = &admin;
        async move { send(admin, method, &at, &body).await }
    });
    for refused in join_all(asked).await {
        tells(
            &refused,
            503,
            "UNAVAILABLE",
            "The server cannot do this at the moment; try again.",
        );
        assert_eq!(refused.headers["retry-after"], "1");
    }
    cluster.up();
    eventually(async || get(&admin, "/chats").await.status == 200).await;
}
