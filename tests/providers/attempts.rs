//! As long as nothing was shown, failures are repaired; every call is on the record.

use std::collections::BTreeMap;

use aggregates::thread::{Attempt, FinishReason, Usage};
use colloquy::providers::{
    Delta, Message, ProviderError, Providers, Request, Step, prompt_tokens, tokens,
};
use futures_util::StreamExt;

use super::{Answer, NAME, NOWHERE, openai, providers, wire};
use crate::support::scripted::{Gate, Reply, Scripted};

/// A run from its first step to its last.
pub(super) struct Run {
    answer: Answer,
    /// Who wrote the deltas.
    writers: Vec<String>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) failed: Option<ProviderError>,
}

pub(super) async fn run(providers: &Providers) -> Run {
    let route = providers.route("default").unwrap();
    let mut run = Run {
        answer: Answer::default(),
        writers: Vec::new(),
        attempts: Vec::new(),
        failed: None,
    };
    let mut steps = providers.run(&route, Request::of("Hello"));
    while let Some(step) = steps.next().await {
        assert!(run.failed.is_none(), "something came after the failure");
        match step {
            Step::Delta { route, delta } => {
                assert!(!matches!(delta, Delta::Usage(_)));
                run.answer.take(delta);
                run.writers.push(route.provider);
            }
            Step::Attempt(attempt) => run.attempts.push(attempt),
            Step::Failed(error) => run.failed = Some(error),
        }
    }
    run.writers.dedup();
    run
}

impl Run {
    /// Who was asked, in order, and how it went.
    fn calls(&self) -> Vec<(&str, bool)> {
        let call = |attempt: &Attempt| attempt.error.is_none();
        let calls = self.attempts.iter();
        calls
            .map(|attempt| (attempt.route.provider.as_str(), call(attempt)))
            .collect()
    }
}

pub(super) fn whole() -> Reply {
    Reply::recorded_sse(wire::OPENAI_TEXT)
}

#[tokio::test]
async fn a_busy_provider_is_asked_again_and_every_call_is_recorded() {
    let busy = Reply::error(429, "slow down").header("retry-after-ms", "20");
    let upstream = Scripted::start([busy, Reply::error(503, "down"), whole()]).await;
    let run = run(&providers([(NAME, openai(&upstream.url()))])).await;
    assert_eq!(run.answer.text, "Grüß Gott! How can I help you today?");
    assert_eq!(run.failed, None);
    assert_eq!(run.calls(), [(NAME, false), (NAME, false), (NAME, true)]);
    let error = run.attempts[0].error.as_deref();
    assert_eq!(error, Some("`upstream` answered 429: slow down"));
    assert_eq!(run.attempts[0].usage, Usage::default());
    assert_eq!(run.attempts[2].usage.completion_tokens, 10);
    assert!(!run.attempts[2].usage.estimated);
}

#[tokio::test]
async fn a_provider_is_asked_three_times_at_most() {
    let down = || Reply::error(500, "down");
    let upstream = Scripted::start([down(), down(), down(), whole()]).await;
    let run = run(&providers([(NAME, openai(&upstream.url()))])).await;
    assert_eq!(run.calls(), [(NAME, false); 3]);
    assert_eq!(run.failed.unwrap().kind(), "server_error");
    assert_eq!(upstream.received().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_not_repeated_but_the_next_provider_is_asked() {
    for status in [400, 401, 404] {
        let first = Scripted::start([Reply::error(status, "no")]).await;
        let second = Scripted::start([whole()]).await;
        let run = run(&providers([
            ("first", openai(&first.url())),
            ("second", openai(&second.url())),
        ]))
        .await;
        assert_eq!(run.calls(), [("first", false), ("second", true)]);
        assert_eq!(run.writers, ["second"]);
        assert_eq!(run.failed, None);
        assert_eq!(first.received().len(), 1);
    }
}

#[tokio::test]
async fn the_fallback_chain_is_asked_in_its_order_and_the_first_one_s_failure_is_told() {
    let nowhere = || {
        let mut config = openai("");
        config.base_url = Some(NOWHERE.to_owned());
        config
    };
    let page = Scripted::start([Reply::html()]).await;
    let run = run(&providers([
        ("z", nowhere()),
        ("a", openai(&page.url())),
        ("m", nowhere()),
    ]))
    .await;
    let expected = [("z", false), ("z", false), ("z", false), ("a", false)];
    assert_eq!(run.calls()[..4], expected);
    assert_eq!(run.calls()[4..], [("m", false); 3]);
    assert!(
        matches!(run.failed, Some(ProviderError::Unreachable { provider, .. }) if provider == "z")
    );
}

#[tokio::test]
async fn a_fallback_that_breaks_off_in_its_answer_is_told_itself() {
    let first = Scripted::start([Reply::error(400, "no")]).await;
    let second = Scripted::start([whole().cut_after(4)]).await;
    let run = run(&providers([
        ("first", openai(&first.url())),
        ("second", openai(&second.url())),
    ]))
    .await;
    assert_eq!(run.calls(), [("first", false), ("second", false)]);
    assert_eq!(run.failed.unwrap().kind(), "cut");
}

#[tokio::test]
async fn who_is_asked_first_is_not_asked_again_as_a_fallback() {
    let mut nowhere = openai("");
    nowhere.base_url = Some(NOWHERE.to_owned());
    let providers = providers([("a", nowhere.clone()), ("b", nowhere)]);
    let route = providers.route("b").unwrap();
    let steps: Vec<_> = providers.run(&route, Request::of("Hello")).collect().await;
    let asked = steps.iter().filter_map(|step| match step {
        Step::Attempt(attempt) => Some(attempt.route.provider.as_str()),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), ["b"; 3]);
}

#[tokio::test]
async fn a_provider_that_wants_a_long_pause_is_passed_over() {
    let busy = Reply::error(429, "tomorrow").header("Retry-After", "86400");
    let first = Scripted::start([busy]).await;
    let second = Scripted::start([whole()]).await;
    let run = run(&providers([
        ("first", openai(&first.url())),
        ("second", openai(&second.url())),
    ]))
    .await;
    assert_eq!(run.calls(), [("first", false), ("second", true)]);
}

#[tokio::test]
async fn after_the_first_delta_a_failure_is_final_and_what_came_is_counted() {
    let first = Scripted::start([whole().cut_after(4), whole()]).await;
    let second = Scripted::start([whole()]).await;
    let run = run(&providers([
        ("first", openai(&first.url())),
        ("second", openai(&second.url())),
    ]))
    .await;
    assert_eq!(run.answer.text, "Grüß Gott!");
    assert_eq!(run.calls(), [("first", false)]);
    assert_eq!(run.failed.unwrap().kind(), "cut");
    assert!(second.received().is_empty());
    let counted = Usage {
        prompt_tokens: prompt_tokens(&Request::of("Hello")),
        completion_tokens: tokens("Grüß Gott!"),
        estimated: true,
    };
    assert_eq!(run.attempts[0].usage, counted);
}

#[tokio::test]
async fn a_connection_cut_before_the_first_delta_is_repaired() {
    let upstream = Scripted::start([whole().cut_after(0), whole().cut_after(1), whole()]).await;
    let run = run(&providers([(NAME, openai(&upstream.url()))])).await;
    assert_eq!(run.calls(), [(NAME, false), (NAME, false), (NAME, true)]);
    assert_eq!(run.answer.finish, Some(FinishReason::Stop));
}

#[tokio::test]
async fn dropping_the_run_cancels_the_call() {
    let gate = Gate::closed();
    gate.let_pass(2);
    let upstream = Scripted::start([whole().gate(&gate)]).await;
    let providers = providers([(NAME, openai(&upstream.url()))]);
    let route = providers.route(NAME).unwrap();
    let mut steps = providers.run(&route, Request::of("Hello"));
    assert!(upstream.received().is_empty());
    assert!(matches!(steps.next().await, Some(Step::Delta { .. })));
    drop(steps);
    upstream.wait_for_leavers(1).await;
}

#[tokio::test]
async fn dropping_the_run_before_the_first_byte_cancels_the_call_too() {
    let gate = Gate::closed();
    let upstream = Scripted::start([whole().slow_first_byte(&gate)]).await;
    let providers = providers([(NAME, openai(&upstream.url()))]);
    let route = providers.route(NAME).unwrap();
    let mut steps = providers.run(&route, Request::of("Hello"));
    tokio::select! {
        _ = steps.next() => panic!("nothing was sent"),
        () = upstream.wait_for_requests(1) => {}
    }
    drop(steps);
    upstream.wait_for_leavers(1).await;
}

#[tokio::test]
async fn each_provider_is_asked_what_it_can_read() {
    let second = Scripted::start([whole()]).await;
    let providers = providers([
        ("first", openai(NOWHERE)),
        ("second", openai(&second.url())),
    ]);
    let route = providers.route("first").unwrap();
    let steps: Vec<_> = providers
        .run_each(&route, |route| match route.provider.as_str() {
            "first" => Err(ProviderError::TooLong {
                provider: "first".to_owned(),
                tokens: 9,
                limit: 5,
            }),
            _ => Ok(Request {
                messages: vec![Message::user("for the second")],
                ..Request::default()
            }),
        })
        .collect()
        .await;
    let Step::Attempt(unsent) = &steps[0] else {
        panic!("the first was asked");
    };
    assert!(
        unsent
            .error
            .as_ref()
            .unwrap()
            .contains("too long for `first`")
    );
    assert_eq!((unsent.usage, unsent.duration_ms), (Usage::default(), 0));
    let asked = &second.received()[0].body["messages"][0]["content"];
    assert_eq!(asked, "for the second");
}

#[tokio::test]
async fn a_provider_that_is_configured_no_more_is_named() {
    let providers = providers([("echo", super::ProviderConfig::new(super::Kind::Echo, ""))]);
    let mut route = providers.route("echo").unwrap();
    route.provider = "gone".into();
    let steps: Vec<_> = providers.run(&route, Request::of("Hello")).collect().await;
    let provider = "gone".to_owned();
    assert_eq!(steps, [Step::Failed(ProviderError::Unknown { provider })]);
}

#[test]
fn failures_and_first_deltas_are_counted() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let upstream = Scripted::start([Reply::error(429, "slow down"), whole()]).await;
            run(&providers([(NAME, openai(&upstream.url()))])).await;
        });
    });
    let lines: BTreeMap<_, _> = handle
        .render()
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let errors = r#"colloquy_provider_errors_total{provider="upstream",kind="rate_limited"}"#;
    assert_eq!(lines[errors], "1", "{lines:?}");
    let deltas = r#"colloquy_provider_first_delta_seconds_count{provider="upstream"}"#;
    assert_eq!(lines[deltas], "1", "{lines:?}");
}
