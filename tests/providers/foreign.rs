//! Providers that people have set up over the API: asked where they may be, and nowhere else.

use colloquy::{
    config,
    providers::{Kind, ProviderError, Providers, Request, Secret, Settings, Step, client},
};
use futures_util::StreamExt;

use super::KEY;
use crate::support::scripted::{Reply, Scripted};

fn providers(networks: config::Networks) -> Providers {
    let settings = Settings {
        networks,
        ..Settings::default()
    };
    Providers::new(&settings, &client().unwrap()).unwrap()
}

fn at(base_url: &str) -> config::ProviderConfig {
    config::ProviderConfig {
        base_url: Some(base_url.to_owned()),
        api_key: Some(Secret::new(KEY)),
        ..config::ProviderConfig::new(Kind::Custom, "some-model")
    }
}

async fn last(providers: &Providers, base_url: &str) -> Step {
    let provider = providers.foreign("aip_1", &at(base_url)).unwrap();
    let run = providers.run_alone(provider, Request::of("hello"));
    run.collect::<Vec<_>>().await.pop().unwrap()
}

#[tokio::test]
async fn one_on_this_machine_is_asked_with_its_key_where_that_is_allowed() {
    let upstream = Scripted::start([Reply::error(418, "no coffee")]).await;
    let providers = providers(config::Networks::Loopback);
    let end = last(&providers, &format!("{}/v1", upstream.url())).await;
    let Step::Failed(ProviderError::Refused {
        status: 418,
        provider,
        ..
    }) = end
    else {
        panic!("{end:?}")
    };
    assert_eq!(provider, "aip_1");
    let received = upstream.received();
    assert_eq!(received.len(), 1);
    assert_eq!(
        received[0].headers["authorization"],
        format!("Bearer {KEY}")
    );
}

#[tokio::test]
async fn a_name_leads_to_no_address_that_is_not_allowed() {
    let upstream = Scripted::start([Reply::error(418, "no coffee")]).await;
    let url = upstream.url().replace("127.0.0.1", "localhost");
    let end = last(&providers(config::Networks::Public), &format!("{url}/v1")).await;
    let Step::Failed(ProviderError::Unreachable { cause, .. }) = end else {
        panic!("{end:?}")
    };
    assert_eq!(
        cause,
        "its address is one that this server keeps providers away from"
    );
    assert!(upstream.received().is_empty());
}

#[test]
fn an_address_that_is_not_allowed_is_not_asked_at_all() {
    let loopback = providers(config::Networks::Loopback);
    for base_url in [
        "http://169.254.169.254/v1",
        "http://10.0.0.1/v1",
        "http://[fe80::1]/v1",
        "nonsense",
    ] {
        let refused = loopback.foreign("aip_1", &at(base_url)).err();
        assert!(
            matches!(refused, Some(ProviderError::Misconfigured { .. })),
            "{base_url}"
        );
    }
    let public = providers(config::Networks::Public);
    assert!(
        public
            .foreign("aip_1", &at("http://127.0.0.1:1/v1"))
            .is_err()
    );
    let nowhere = config::ProviderConfig::new(Kind::Custom, "some-model");
    let refused = public.foreign("aip_1", &nowhere).err().unwrap();
    assert_eq!(
        refused.to_string(),
        "`aip_1` cannot be asked: base_url: kind custom needs one"
    );
}
