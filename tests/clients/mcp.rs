//! Official clients of the Model Context Protocol: `rmcp`, and the one from npm.

use aggregates::{completion::CompletionEvent, thread::Dialect};
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
    dialects::{assistant::upstream::whole, chats, on_both_databases, openai},
    support::{client::Client, databases::TestDatabase, scripted::Scripted},
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

/// What a tool says that does its work.
async fn told(
    client: &RunningService<RoleClient, ()>,
    name: &'static str,
    arguments: Value,
) -> Value {
    let (refused, text) = call(client, name, arguments).await;
    assert!(!refused, "{name}: {text}");
    serde_json::from_str(&text).unwrap()
}

async fn rmcp_runs(database: TestDatabase) {
    let upstream = Scripted::start((0..2).map(|_| whole("Hello"))).await;
    let house = chats::House::build(database, &upstream, &[]).await;
    let ada = &house.admin;
    let client = connect(ada, &ada.key).await.unwrap();
    let tools = client.list_all_tools().await.unwrap();
    let mut names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "create-chat",
            "create-chat-completion",
            "create-chat-completion-for-chat",
            "delete-chat",
            "get-chat",
            "list-chats"
        ]
    );
    let (project, provider) = (&house.project, &house.provider);
    let make = json!({
        "aiProviderId": provider, "projectId": project, "name": "mine", "systemMessage": "Be kind.",
    });
    let made = told(&client, "create-chat", make).await;
    let id = json!({ "chatId": made["id"] });
    assert_eq!(told(&client, "get-chat", id.clone()).await, made);
    let listed = told(&client, "list-chats", json!({ "projectId": project })).await;
    assert_eq!(listed[0], made);
    assert_eq!(listed.as_array().unwrap().len(), 2);

    let question = json!([{ "role": "user", "content": "Who are you?" }]);
    let of_chat = json!({ "chatId": made["id"], "messages": question, "stream": true });
    let of_provider = json!({
        "aiProviderId": provider, "messages": question, "systemMessage": "Be brief.", "model": "m-large",
    });
    for (name, ask, system, model) in [
        ("create-chat-completion-for-chat", of_chat, "Be kind.", "m"),
        (
            "create-chat-completion",
            of_provider,
            "Be brief.",
            "m-large",
        ),
    ] {
        let answer = told(&client, name, ask).await;
        assert_eq!(answer["choices"][0]["message"]["content"], "Hello");
        let reached = upstream.received().pop().unwrap().body;
        assert_eq!(
            (&reached["model"], &reached["messages"][0]["content"]),
            (&json!(model), &json!(system))
        );
        is_on_the_record(&house, answer["id"].as_str().unwrap()).await;
    }
    let deleted = json!({ "chatId": made["id"], "deleted": true });
    assert_eq!(told(&client, "delete-chat", id.clone()).await, deleted);
    let (refused, text) = call(&client, "get-chat", id).await;
    let gone = format!("Chat '{}' not found.", made["id"].as_str().unwrap());
    assert_eq!((refused, text), (true, gone));
    client.cancel().await.unwrap();
    assert!(connect(ada, "sk-wrong").await.is_err());
}

/// As any other completion: what was asked and what was answered, each with what moderation says of it.
async fn is_on_the_record(house: &chats::House, id: &str) {
    let events = openai::record(&house.server, id).await;
    let [
        CompletionEvent::Requested(requested),
        CompletionEvent::VerdictRecorded(question),
        CompletionEvent::Completed(end),
        CompletionEvent::VerdictRecorded(answer),
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(requested.owner.to_string(), house.admin.id);
    assert_eq!(requested.dialect, Dialect::Chats);
    assert_eq!(requested.route.provider, house.provider);
    assert_eq!(requested.messages.len(), 2);
    assert_eq!(question.verdicts.len(), 2);
    assert_eq!(end.end.text, "Hello");
    assert_eq!(answer.verdicts.len(), 1);
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
