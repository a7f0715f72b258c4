//! The bytes that each family gets that turns texts into vectors, and what is made of its answer.

use std::sync::Arc;

use colloquy::providers::{Embedded, Embeds, Kind, ProviderConfig, ProviderError, Secret};
use proptest::prelude::*;
use serde_json::json;

use super::{KEY, NAME, provider, providers};
use crate::support::scripted::{Received, Reply, Scripted};

const OPENAI: &str = include_str!("wire/openai_embeddings.json");
const AZURE: &str = include_str!("wire/azure_embeddings.json");
const OLLAMA: &str = include_str!("wire/ollama_embeddings.json");
const GOOGLE: &str = include_str!("wire/google_embeddings.json");

/// Who turns texts into vectors before the server at `url`.
pub(super) fn config(kind: Kind, url: &str, path: &str, model: &str) -> ProviderConfig {
    ProviderConfig {
        base_url: Some(format!("{url}{path}")),
        api_key: Some(Secret::new(KEY)),
        ..ProviderConfig::new(kind, model)
    }
}

fn embeds(config: ProviderConfig) -> Arc<dyn Embeds> {
    provider(config).embeds().expect("it makes no embeddings")
}

fn two() -> Vec<String> {
    ["one", "two"].map(str::to_owned).to_vec()
}

/// What two texts become, and what reached the provider.
async fn exchange(
    kind: Kind,
    path: &str,
    model: &str,
    wire: &str,
    dimensions: Option<u32>,
) -> (Embedded, Received) {
    let upstream = Scripted::start([Reply::json(wire)]).await;
    let config = config(kind, &upstream.url(), path, model);
    let embedded = embeds(config).embed(&two(), dimensions).await.unwrap();
    let request = upstream.received().pop().unwrap();
    assert_eq!(request.method, "POST");
    assert_eq!(request.headers["content-type"], "application/json");
    (embedded, request)
}

#[tokio::test]
async fn who_has_no_such_models_says_so_before_anything_is_sent() {
    for kind in [Kind::Anthropic, Kind::Groq, Kind::Xai, Kind::Bedrock] {
        let config = config(kind, "http://127.0.0.1:1", "", "m");
        assert!(provider(config.clone()).embeds().is_none(), "{kind:?}");
        let refused = providers([(NAME, config)]).embed(NAME, &two()).await;
        let none = ProviderError::NoEmbeddings {
            provider: NAME.to_owned(),
        };
        assert_eq!(refused, Err(none));
    }
    let echo = providers([(NAME, ProviderConfig::new(Kind::Echo, ""))]);
    assert!(echo.get("echo").unwrap().embeds().is_none());
    assert!(matches!(
        echo.embed("nobody", &two()).await,
        Err(ProviderError::Unknown { .. })
    ));
}

#[tokio::test]
async fn openai_gets_all_texts_at_once_and_its_vectors_are_put_in_their_order() {
    let model = "text-embedding-3-small";
    for kind in [Kind::OpenAi, Kind::Custom, Kind::Gateway, Kind::OpenRouter] {
        let (embedded, request) = exchange(kind, "/v1", model, OPENAI, Some(3)).await;
        assert_eq!(request.path, "/v1/embeddings");
        assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
        assert_eq!(
            request.body,
            json!({
                "model": model, "input": ["one", "two"], "encoding_format": "float", "dimensions": 3,
            })
        );
        assert_eq!(
            embedded.vectors,
            [
                [0.002_306_425_5, -0.009_327_292, -0.002_884_222_2],
                [-0.006_929_283_4, -0.005_336_422, -4.547_132e-5],
            ]
        );
        assert_eq!(embedded.usage.prompt_tokens, 8);
        assert_eq!(
            embedded.model.as_deref(),
            Some("text-embedding-3-small-2024")
        );
    }
}

#[tokio::test]
async fn azure_gets_them_at_the_deployments_address_with_the_key_in_its_own_header() {
    let path = "/openai/deployments/vec";
    let (embedded, request) = exchange(Kind::Azure, path, "vec", AZURE, None).await;
    assert_eq!(request.path, "/openai/deployments/vec/embeddings");
    assert_eq!(request.headers["api-key"], KEY);
    assert_eq!(
        request.body,
        json!({ "model": "vec", "input": ["one", "two"], "encoding_format": "float" })
    );
    assert_eq!(embedded.vectors[1], [-0.0012, 0.5, 1e-7]);
}

#[tokio::test]
async fn ollama_is_told_to_cut_nothing_off() {
    let (embedded, request) = exchange(Kind::Ollama, "/v1", "all-minilm", OLLAMA, None).await;
    assert_eq!(request.path, "/api/embed");
    assert_eq!(
        request.body,
        json!({ "model": "all-minilm", "input": ["one", "two"], "truncate": false })
    );
    assert_eq!(
        embedded.vectors,
        [
            [0.010_071_029, -0.001_759_486_2, 0.050_072_21],
            [-0.009_802_707_5, 0.060_424_015, 0.025_257_962],
        ]
    );
    assert_eq!((embedded.usage.prompt_tokens, embedded.model), (8, None));
}

#[tokio::test]
async fn google_gets_a_batch_of_requests_and_the_key_in_its_own_header() {
    let model = "models/gemini-embedding-001";
    let (embedded, request) = exchange(Kind::Google, "", model, GOOGLE, Some(3)).await;
    assert_eq!(
        request.path,
        "/v1beta/models/gemini-embedding-001:batchEmbedContents"
    );
    assert_eq!(request.headers["x-goog-api-key"], KEY);
    let one = |text: &str| {
        json!({
            "model": model,
            "content": { "parts": [{ "text": text }] },
            "outputDimensionality": 3,
        })
    };
    assert_eq!(
        request.body,
        json!({ "requests": [one("one"), one("two")] })
    );
    assert_eq!(
        embedded.vectors[0],
        [-0.010_632_273, 0.019_375_853, 0.020_965_2]
    );
}

/// One vector of one number for each text.
pub(super) fn numbered(numbers: impl IntoIterator<Item = usize>) -> Reply {
    let numbers = numbers.into_iter().enumerate();
    let data: Vec<_> = numbers
        .map(|(index, number)| json!({ "index": index, "embedding": [number] }))
        .collect();
    Reply::json(&json!({ "data": data }).to_string())
}

#[tokio::test]
async fn more_texts_than_one_call_takes_are_asked_for_in_several() {
    let upstream = Scripted::start([numbered(0..512), numbered(512..600)]).await;
    let config = config(Kind::Custom, &upstream.url(), "/v1", "m");
    let texts: Vec<_> = (0..600).map(|nth| format!("text {nth}")).collect();
    let embedded = providers([(NAME, config)])
        .embed(NAME, &texts)
        .await
        .unwrap();
    let expected: Vec<_> = (0..600_u16).map(|nth| vec![f32::from(nth)]).collect();
    assert_eq!(embedded.vectors, expected);
    let sent: Vec<_> = upstream.received();
    let sent: Vec<_> = sent
        .iter()
        .flat_map(|request| request.body["input"].as_array().unwrap())
        .map(|text| text.as_str().unwrap())
        .collect();
    assert_eq!(sent, texts);
    // Nobody has told what it cost.
    assert!(embedded.usage.estimated && embedded.usage.prompt_tokens >= 600);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn vectors_in_any_order_find_their_texts(order in Just((0..20_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let data: Vec<_> = order
            .iter()
            .map(|index| json!({ "index": index, "embedding": [index, 1] }))
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let embedded = runtime.block_on(async {
            let upstream = Scripted::start([Reply::json(&json!({ "data": data }).to_string())]).await;
            let texts: Vec<_> = (0..20).map(|nth| nth.to_string()).collect();
            let config = config(Kind::Custom, &upstream.url(), "/v1", "m");
            embeds(config).embed(&texts, None).await.unwrap()
        });
        let found: Vec<_> = embedded.vectors.iter().map(|vector| vector[0]).collect();
        let expected: Vec<_> = (0..20_u8).map(f32::from).collect();
        prop_assert_eq!(found, expected);
    }
}
