//! Providers that people have set up over the API: asked where they may be, and nowhere else.

use colloquy::{
    config,
    providers::{Kind, ProviderError, Providers, Request, Retries, Secret, Settings, Step, client},
};
use futures_util::StreamExt;

use super::{KEY, NOWHERE};
use crate::support::scripted::{Reply, Scripted};

fn providers(networks: config::Networks) -> Providers {
    let settings = Settings {
        networks,
        retries: Retries {
            base: std::time::Duration::from_millis(1),
            ..Retries::default()
        },
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

/// Whoever may set up a provider would see what this server sees, and the key would go along.
#[tokio::test]
async fn a_redirect_is_not_followed_wherever_it_leads() {
    let elsewhere = Scripted::start([]).await;
    let providers = providers(config::Networks::Loopback);
    for status in [301, 302, 303, 307, 308] {
        for target in [elsewhere.url(), "http://169.254.169.254/latest".to_owned()] {
            let reply = Reply::html().status(status).header("Location", &target);
            let upstream = Scripted::start([reply]).await;
            let end = last(&providers, &format!("{}/v1", upstream.url())).await;
            let redirected = ProviderError::Redirected {
                provider: "aip_1".to_owned(),
                status,
            };
            assert!(
                matches!(&end, Step::Failed(error) if *error == redirected),
                "{end:?}"
            );
            assert_eq!(upstream.received().len(), 1, "it is asked once");
        }
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn one_that_is_nowhere_is_told_without_its_address() {
    let end = last(&providers(config::Networks::Loopback), NOWHERE).await;
    let Step::Failed(error @ ProviderError::Unreachable { .. }) = end else {
        panic!("{end:?}")
    };
    let told = error.to_string();
    assert!(told.starts_with("`aip_1` cannot be reached"), "{told}");
    assert!(!told.contains("127.0.0.1"), "{told}");
}

/// Memory and time have their bounds: what is too much is left, and never put together.
#[tokio::test]
async fn one_that_sends_too_much_or_never_ends_is_left() {
    let mebibyte = || vec![b'x'; 1 << 20];
    let words = |text: &str| {
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
    };
    let providers = providers(config::Networks::Loopback);
    for (what, reply) in [
        (
            "100 MB in one frame",
            Reply::pieces("text/event-stream", (0..100).map(|_| mebibyte())),
        ),
        (
            "a frame without an end",
            Reply::pieces("text/event-stream", []).endless(mebibyte()),
        ),
        (
            "words without an end",
            Reply::pieces("text/event-stream", []).endless(words(&"word ".repeat(10_000))),
        ),
        (
            "comments without an end",
            Reply::pieces("text/event-stream", [])
                .endless(format!(": {}\n\n", "x".repeat(1 << 19))),
        ),
    ] {
        let upstream = Scripted::start([reply]).await;
        let end = last(&providers, &format!("{}/v1", upstream.url())).await;
        let Step::Failed(ProviderError::TooLarge { provider, .. }) = end else {
            panic!("{what}: {end:?}")
        };
        assert_eq!(provider, "aip_1");
        upstream.wait_for_leavers(1).await;
    }
    // What is no answer is not read at all, and of an error's words the first.
    for (status, what) in [(200, "no stream of events"), (400, "answered 400")] {
        let endless = Reply::json("x").status(status).endless(mebibyte());
        let upstream = Scripted::start([endless]).await;
        let end = last(&providers, &format!("{}/v1", upstream.url())).await;
        let Step::Failed(error) = end else {
            panic!("{end:?}")
        };
        let told = error.to_string();
        assert!(told.contains(what) && told.len() < 1_000, "{told}");
        upstream.wait_for_leavers(1).await;
    }
}
