//! Official clients of the Model Context Protocol: `rmcp`, and the one from npm.

use rmcp::{
    RoleClient, ServiceExt,
    model::CallToolRequestParams,
    service::RunningService,
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};

use crate::{
    dialects::{ECHO, assistant::upstream::whole, chats, on_both_databases},
    support::{client::Client, databases::TestDatabase, scripted::Scripted, server::Server},
};

/// The release that `tests/run` gets.
const NPM: &str = "npm-mcp-1.32.2";

async fn connect(
    ada: &Client,
    token: &str,
) -> Result<RunningService<RoleClient, ()>, Box<dyn std::error::Error>> {
    let config =
        StreamableHttpClientTransportConfig::with_uri(format!("http://{}/mcp", ada.address));
    let transport = StreamableHttpClientTransport::from_config(config.auth_header(token));
    Ok(().serve(transport).await?)
}

/// Whether a tool refuses, and its text.
async fn call(
    client: &RunningService<RoleClient, ()>,
    name: &'static str,
    arguments: Value,
) -> (bool, String) {
    let Value::Object(arguments) = arguments else {
        panic!("arguments are an object");
    };
    let call = CallToolRequestParams::new(name).with_arguments(arguments);
    let result = client.call_tool(call).await.unwrap();
    let text = result.content[0].as_text().unwrap().text.clone();
    (result.is_error == Some(true), text)
}

async fn rmcp_runs(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let ada = server.user_as("ada", "admin").await;
    let project = chats::project(&ada, "house").await;
    let provider = chats::provider(&ada, &project).await;
    let client = connect(&ada, &ada.key).await.unwrap();
    let tools = client.list_all_tools().await.unwrap();
    let names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
    assert!(
        names.starts_with(&["create-chat", "list-chats", "get-chat", "delete-chat"]),
        "{names:?}"
    );
    let make = json!({ "aiProviderId": provider, "projectId": project, "name": "mine" });
    let (refused, made) = call(&client, "create-chat", make).await;
    assert!(!refused, "{made}");
    let made: Value = serde_json::from_str(&made).unwrap();
    let id = json!({ "chatId": made["id"] });
    let (refused, shown) = call(&client, "get-chat", id.clone()).await;
    assert_eq!(
        (refused, serde_json::from_str(&shown).unwrap()),
        (false, made)
    );
    assert!(!call(&client, "delete-chat", id.clone()).await.0);
    assert!(call(&client, "get-chat", id).await.0);
    client.cancel().await.unwrap();
    assert!(connect(&ada, "sk-wrong").await.is_err());
}

on_both_databases!(rmcp_runs);

async fn npm_runs(database: TestDatabase) {
    crate::dialects::prepare();
    let upstream = Scripted::start((0..2).map(|_| whole("Hello"))).await;
    let house = chats::House::build(database, &upstream, &[]).await;
    let place = tempfile::tempdir().unwrap();
    let output = super::node(place.path(), "mcp_package.mjs", NPM)
        .arg(format!("http://{}", house.server.address))
        .args([
            &house.admin.key,
            "sk-wrong",
            &house.project,
            &house.provider,
        ])
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a client from npm, which tests/run gets"]
async fn npm_runs_on_sqlite() {
    npm_runs(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a client from npm, which tests/run gets"]
async fn npm_runs_on_postgres() {
    npm_runs(TestDatabase::postgres().await).await;
}
