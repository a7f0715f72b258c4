//! curl, in the camelCase generation of the chats dialect's document: what a team does, from the first account to the
//! last chat, and every answer in the case that was asked for.

use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    dialects::{ECHO, assistant::upstream::whole},
    support::{databases::TestDatabase, scripted::Scripted, server::Server},
};

/// Somebody at a command line.
struct Curl<'s> {
    server: &'s Server,
    /// What is sent along with every request.
    headers: Vec<String>,
}

impl Curl<'_> {
    /// The status, and the body as it came.
    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, String) {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--no-buffer"])
            .args(["--write-out", "\n%{http_code}", "--request", method]);
        for header in &self.headers {
            curl.args(["--header", header]);
        }
        if let Some(body) = body {
            curl.args(["--header", "Content-Type: application/json"])
                .args(["--data", &body.to_string()]);
        }
        curl.arg(format!("http://{}/api/v1{path}", self.server.address));
        let output = curl.output().await.unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let told = String::from_utf8(output.stdout).unwrap();
        let (body, status) = told.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), body.to_owned())
    }

    /// Exactly this status; the body.
    async fn gives(&self, status: u16, method: &str, path: &str, body: Option<Value>) -> Value {
        let (came, told) = self.ask(method, path, body).await;
        assert_eq!(came, status, "{method} {path}: {told}");
        match told.as_str() {
            "" => Value::Null,
            told => serde_json::from_str(told).unwrap(),
        }
    }

    async fn made(&self, path: &str, body: Value) -> Value {
        let made = self.gives(201, "POST", path, Some(body)).await;
        for name in names(&made) {
            assert!(!name.contains('_'), "{path}: {name}");
        }
        made
    }

    /// The same person, who sends this along.
    fn with(&self, header: String) -> Self {
        let mut headers = self.headers.clone();
        headers.push(header);
        Self { headers, ..*self }
    }
}

fn names(body: &Value) -> Vec<&str> {
    let fields = body.as_object().unwrap();
    fields.keys().map(String::as_str).collect()
}

fn id(body: &Value) -> &str {
    body["id"].as_str().unwrap()
}

async fn runs(database: TestDatabase) {
    let upstream = Scripted::start((0..3).map(|_| whole("Hello"))).await;
    let server = Server::start_bare(database, &[ECHO]).await;
    let nobody = Curl {
        server: &server,
        headers: vec![],
    };
    let nobody = nobody.with("Key-Case: camel".to_owned());
    let credentials = json!({ "username": "ada", "password": "correct horse" });
    let ada = nobody.made("/users/bootstrap", credentials.clone()).await;
    assert_eq!(
        names(&ada),
        ["id", "username", "role", "createdAt", "updatedAt"]
    );
    let login = Some(credentials);
    let login = nobody.gives(200, "POST", "/users/login", login).await;
    // From here on it is the token that asks for camelCase, and then the key.
    let of = |token: &Value| {
        let header = format!("Authorization: Bearer {}", token.as_str().unwrap());
        let headers = vec![header];
        Curl {
            server: &server,
            headers,
        }
    };
    let ada = of(&login["token"]);
    let key = a_house_is_set_up(&ada, &upstream).await;
    let chat = a_chat_is_made(&of(&key["key"]), &key["provider"], &key["project"]).await;
    it_answers(&of(&key["key"]), &chat, &key, &upstream).await;

    let at = format!("/chats/{}", id(&chat));
    let ci = of(&key["key"]);
    assert_eq!(ci.gives(204, "DELETE", &at, None).await, Value::Null);
    let gone = ci.gives(404, "GET", &at, None).await;
    let told = format!("Chat '{}' not found.", id(&chat));
    let told = json!({ "error": { "code": "RESOURCE_NOT_FOUND", "message": told } });
    assert_eq!(gone, told);
}

/// A key for it, with what it is about.
async fn a_house_is_set_up(ada: &Curl<'_>, upstream: &Scripted) -> Value {
    let project = ada.made("/projects", json!({ "name": "house" })).await;
    let secret = json!({ "projectId": id(&project), "name": "key", "value": "sk-of-the-house" });
    let secret = ada.made("/secrets", secret).await;
    assert_eq!(secret["hasValue"], true);
    let config = json!({ "some_key": { "innerKey": 1 } });
    let provider = json!({
        "projectId": id(&project), "name": "mine", "provider": "custom", "defaultModel": "m",
        "secretId": id(&secret), "baseUrl": format!("{}/v1", upstream.url()), "config": config,
    });
    let provider = ada.made("/ai-providers", provider).await;
    assert_eq!(provider["defaultModel"], "m");
    assert_eq!(provider["config"], config, "it is the user's own");
    let document = json!({
        "projectId": id(&project), "content": "The house is blue.", "path": "/notes/house.txt",
        "metadata": { "of_whom": 1, "ofWhat": 2 },
    });
    let document = ada.made("/documents", document).await;
    assert_eq!(document["metadata"], json!({ "of_whom": 1, "ofWhat": 2 }));
    let policy = json!({ "name": "chats", "document": { "statement": [{
        "effect": "Allow", "action": ["chats:*", "documents:GetDocument"],
        "resource": [format!("soat:{}:*:*", id(&project))],
    }] } });
    let policy = ada.made("/policies", policy).await;
    let policies = json!([id(&policy)]);
    let bob = json!({ "username": "bob", "password": "correct horse" });
    let bob = ada.made("/users", bob).await;
    let attached = Some(json!({ "policyIds": policies }));
    let at = format!("/users/{}/policies", id(&bob));
    ada.gives(204, "PUT", &at, attached).await;
    let key = json!({
        "name": "ci", "projectId": id(&project), "policyIds": policies, "keyCase": "camel",
    });
    let mut key = ada.made("/api-keys", key).await;
    assert!(key["keyPrefix"].is_string(), "{key}");
    for (name, of) in [
        ("project", &project),
        ("provider", &provider),
        ("document", &document),
    ] {
        key[name] = of["id"].clone();
    }
    key
}

async fn a_chat_is_made(ci: &Curl<'_>, provider: &Value, project: &Value) -> Value {
    let chat = json!({
        "aiProviderId": provider, "projectId": project, "name": "Assistant",
        "systemMessage": "Be brief.", "model": "m-of-the-chat",
    });
    let chat = ci.made("/chats", chat).await;
    assert_eq!(
        names(&chat),
        [
            "id",
            "projectId",
            "aiProviderId",
            "name",
            "systemMessage",
            "model",
            "createdAt",
            "updatedAt"
        ]
    );
    let all = format!("/chats?projectId={}", project.as_str().unwrap());
    assert_eq!(ci.gives(200, "GET", &all, None).await, json!([chat]));
    let one = format!("/chats/{}", id(&chat));
    assert_eq!(ci.gives(200, "GET", &one, None).await, chat);
    chat
}

/// Whole, as a stream, and without the chat.
async fn it_answers(ci: &Curl<'_>, chat: &Value, key: &Value, upstream: &Scripted) {
    let said = |role: &str, text: &str| json!({ "role": role, "content": text });
    let colour = said("user", "Which colour is it?");
    let of_house = json!([{ "role": "user", "documentId": key["document"] }, colour]);
    let at = format!("/chats/{}/completions", id(chat));
    let ask = Some(json!({ "messages": of_house }));
    let whole = ci.gives(200, "POST", &at, ask).await;
    assert_eq!(whole["model"], "m-of-the-chat");
    // The same words in both cases.
    let choice = json!({
        "index": 0, "message": said("assistant", "Hello"), "finish_reason": "stop",
    });
    assert_eq!(whole["choices"], json!([choice]));
    let ask = Some(json!({ "messages": of_house, "stream": true }));
    let (status, stream) = ci.ask("POST", &at, ask).await;
    let lines = stream.lines().filter(|line| !line.starts_with("id: "));
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    let delta = r#"data: {"choices":[{"delta":{"content":"Hello"}}]}"#;
    assert_eq!((status, &lines[..]), (200, &[delta, "data: [DONE]"][..]));
    let ask = Some(json!({
        "aiProviderId": key["provider"], "systemMessage": "In verse.", "model": "m-large",
        "messages": [colour],
    }));
    let stateless = ci.gives(200, "POST", "/chats/completions", ask).await;
    assert_eq!(stateless["model"], "m-large");

    let brief = json!([
        said("system", "Be brief."),
        said("user", "The house is blue."),
        colour
    ]);
    let verse = json!([said("system", "In verse."), colour]);
    let expected = [
        ("m-of-the-chat", &brief),
        ("m-of-the-chat", &brief),
        ("m-large", &verse),
    ];
    let received = upstream.received();
    assert_eq!(received.len(), expected.len());
    for (request, (model, messages)) in received.iter().zip(expected) {
        assert_eq!(request.headers["authorization"], "Bearer sk-of-the-house");
        assert_eq!(request.body["model"], model);
        assert_eq!(&request.body["messages"], messages);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs curl, which tests/run gets"]
async fn runs_on_sqlite() {
    runs(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs curl, which tests/run gets"]
async fn runs_on_postgres() {
    runs(TestDatabase::postgres().await).await;
}
