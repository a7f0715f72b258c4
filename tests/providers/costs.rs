//! What a reply cost is counted, however it ended: as told, and where nothing was told, as sent and received.

use std::time::Duration;

use aggregates::thread::Usage;
use colloquy::providers::{Request, Step, prompt_tokens, tokens};
use futures_util::StreamExt;

use super::{
    NAME,
    attempts::{run, whole},
    families, openai, providers,
};
use crate::support::scripted::{Gate, Reply, Scripted};

#[tokio::test]
async fn a_reply_whose_cost_is_not_told_is_counted() {
    let frame = r#"{"choices":[{"delta":{"content":"Hallo Welt"},"finish_reason":"stop"}]}"#;
    let silent = Reply::sse([frame, "[DONE]"]);
    let zero = r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":0}}"#;
    let upstream = Scripted::start([silent, Reply::sse([frame, zero, "[DONE]"])]).await;
    let providers = providers([(NAME, openai(&upstream.url()))]);
    for prompt_tokens in [prompt_tokens(&Request::of("Hello")), 7] {
        let counted = Usage {
            prompt_tokens,
            completion_tokens: tokens("Hallo Welt"),
            estimated: true,
        };
        assert_eq!(run(&providers).await.attempts[0].usage, counted);
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_has_cost_what_was_sent_and_received() {
    let gate = Gate::closed();
    gate.let_pass(2);
    let reply = || whole().gate(&gate);
    let upstream = Scripted::start([reply(), reply()]).await;
    let providers = providers([(NAME, openai(&upstream.url()))]);
    let route = providers.route(NAME).unwrap();
    let mut steps = providers.run(&route, Request::of("Hello"));
    assert!(matches!(steps.next().await, Some(Step::Delta { .. })));
    let stopped = steps.abandon().unwrap();
    let sent = prompt_tokens(&Request::of("Hello"));
    assert_eq!(stopped.usage.prompt_tokens, sent);
    assert_eq!(stopped.usage.completion_tokens, tokens("Grüß"));
    assert!(stopped.usage.estimated && stopped.error.is_none());
    assert!(steps.next().await.is_none(), "nobody else is asked");
    assert!(steps.abandon().is_none(), "it is counted once");

    // Stopped while it thinks: what was sent is paid for.
    let mut steps = providers.run(&route, Request::of("Hello"));
    tokio::select! {
        _ = steps.next() => panic!("nothing was sent"),
        () = upstream.wait_for_requests(2) => {}
    }
    let usage = steps.abandon().unwrap().usage;
    assert_eq!((usage.prompt_tokens, usage.completion_tokens), (sent, 0));
}

#[tokio::test]
async fn what_a_provider_told_before_it_broke_off_is_believed() {
    let family = families::anthropic();
    let reply = family.replay(family.text).cut_after(4);
    let upstream = Scripted::start([reply]).await;
    let run = run(&providers([(NAME, family.config(&upstream.url()))])).await;
    let usage = run.attempts[0].usage;
    assert_eq!(usage.prompt_tokens, 25);
    assert_eq!(usage.completion_tokens, tokens("Hello"));
    assert!(usage.estimated);
}

#[tokio::test]
async fn a_call_that_fell_silent_has_cost_what_was_sent() {
    let gate = Gate::closed();
    let upstream = Scripted::start([whole().gate(&gate)]).await;
    let mut config = openai(&upstream.url());
    config.timeouts.first_byte = Duration::from_millis(100);
    let run = run(&providers([(NAME, config)])).await;
    assert_eq!(run.failed.unwrap().kind(), "first_byte_timeout");
    let sent = prompt_tokens(&Request::of("Hello"));
    assert_eq!(run.attempts[0].usage.prompt_tokens, sent);
}
