//! What every family of providers promises, over recorded bytes and over every fault of a wire.

use std::{sync::Arc, time::Duration};

use aggregates::thread::FinishReason;
use colloquy::providers::{Image, Message, Provider, ProviderError, Request};
use futures_util::StreamExt;

use super::{
    Answer, KEY, NAME, answer,
    families::{self, Family, Recorded},
    provider,
};
use crate::support::scripted::{Gate, Reply, Scripted};

/// Defines every promise for every family.
macro_rules! families {
    ($($family:ident),+; $promises:tt) => {
        $(families!(@ $family $promises);)+
    };
    (@ $family:ident { $($promise:ident),+ $(,)? }) => {
        mod $family {
            $(
                #[tokio::test]
                async fn $promise() {
                    super::$promise(super::families::$family()).await;
                }
            )+
        }
    };
}

families! {
    openai, anthropic, google, groq, openrouter, xai, azure, bedrock, ollama, compatible;
    {
        its_deltas_are_the_text_that_was_sent,
        thoughts_are_told_apart_from_the_answer,
        nothing_is_sent_before_the_first_poll,
        dropping_its_stream_cancels_the_request,
        an_error_is_told_with_its_words_and_when_to_come_back,
        an_error_of_any_size_is_read_as_far_as_it_is_of_use,
        a_cut_in_mid_answer_keeps_what_came,
        an_answer_that_does_not_begin_is_given_up,
        an_answer_that_falls_silent_is_given_up,
        a_malformed_frame_is_an_error,
        a_web_page_is_no_answer,
        a_hundred_megabytes_are_not_read,
        an_answer_without_end_is_ended,
        usage_that_is_told_again_is_counted_once,
        numbers_that_cannot_be_are_not_believed,
        nul_is_replaced,
        a_model_that_sees_is_shown_the_image_and_another_is_not_asked,
    }
}

async fn upstream(family: Family, reply: Reply) -> (Arc<dyn Provider>, Scripted) {
    let upstream = Scripted::start([reply]).await;
    (provider(family.config(&upstream.url())), upstream)
}

async fn said(family: Family, reply: Reply) -> Answer {
    let (provider, _upstream) = upstream(family, reply).await;
    answer(&provider).await
}

async fn is_said(family: Family, recorded: Recorded) {
    let answer = said(family, family.replay(recorded)).await;
    assert_eq!(answer.error, None);
    assert_eq!(answer.text, recorded.text);
    assert_eq!(answer.reasoning, recorded.reasoning);
    assert!(answer.deltas > 1, "it came in one piece");
    assert_eq!(answer.finish, Some(FinishReason::Stop));
    let usage = answer.usage.expect("the usage is told");
    assert_eq!(
        (usage.prompt_tokens, usage.completion_tokens),
        recorded.usage
    );
    assert!(!usage.estimated);
}

async fn its_deltas_are_the_text_that_was_sent(family: Family) {
    is_said(family, family.text).await;
}

async fn thoughts_are_told_apart_from_the_answer(family: Family) {
    is_said(family, family.reasoning).await;
}

async fn nothing_is_sent_before_the_first_poll(family: Family) {
    let (provider, upstream) = upstream(family, family.replay(family.text)).await;
    drop(provider.stream(Request::of("Hello")));
    // The next request gets the script's only reply, so the one above was never sent.
    assert_eq!(answer(&provider).await.text, family.text.text);
    assert_eq!(upstream.received().len(), 1);
}

async fn dropping_its_stream_cancels_the_request(family: Family) {
    let gate = Gate::closed();
    let frames = [family.says("Hello"), family.says("never")];
    let (provider, upstream) = upstream(family, family.frames(frames).gate(&gate)).await;
    let mut stream = provider.stream(Request::of("Hello"));
    gate.let_pass(1);
    assert!(stream.next().await.unwrap().is_ok());
    drop(stream);
    upstream.wait_for_leavers(1).await;
}

async fn an_error_is_told_with_its_words_and_when_to_come_back(family: Family) {
    for status in [400, 401, 403, 404, 429, 500, 503, 529] {
        let reply = Reply::json(family.error).status(status);
        let error = said(family, reply.header("Retry-After", "9")).await.error;
        let error = error.unwrap();
        assert_eq!(
            error.to_string(),
            format!("`upstream` answered {status}: slow down")
        );
        assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
        assert_eq!(error.is_transient(), status == 429 || status >= 500);
    }
}

async fn an_error_of_any_size_is_read_as_far_as_it_is_of_use(family: Family) {
    let reply = Reply::json("a").status(500).endless(vec![b'a'; 64 << 10]);
    let (provider, upstream) = upstream(family, reply).await;
    let error = answer(&provider).await.error.unwrap().to_string();
    assert!(error.starts_with("`upstream` answered 500: aaa"), "{error}");
    assert!(error.len() < 400);
    upstream.wait_for_leavers(1).await;
}

async fn a_cut_in_mid_answer_keeps_what_came(family: Family) {
    let frames = family
        .frames([family.says("Hal"), family.ends()])
        .cut_after(1);
    let mut half = family.says("lo");
    half.truncate(half.len() / 2);
    let polite = family.frames([family.says("Hal")]);
    let in_mid_frame = family.frames([family.says("Hal"), half]).until_close();
    for reply in [frames.clone(), frames.until_close(), polite, in_mid_frame] {
        let answer = said(family, reply).await;
        assert_eq!(answer.text, "Hal");
        assert_eq!(answer.finish, None);
        let provider = NAME.to_owned();
        assert_eq!(answer.error, Some(ProviderError::Cut { provider }));
    }
}

async fn an_answer_that_does_not_begin_is_given_up(family: Family) {
    let gate = Gate::closed();
    let reply = family.replay(family.text);
    for reply in [reply.clone().slow_first_byte(&gate), reply.gate(&gate)] {
        let upstream = Scripted::start([reply]).await;
        let mut config = family.config(&upstream.url());
        config.timeouts.first_byte = Duration::from_millis(200);
        let error = answer(&provider(config)).await.error.unwrap();
        assert_eq!(error.kind(), "first_byte_timeout");
        assert!(error.to_string().contains("0.2 s"), "{error}");
        upstream.wait_for_leavers(1).await;
    }
}

async fn an_answer_that_falls_silent_is_given_up(family: Family) {
    let gate = Gate::closed();
    gate.let_pass(1);
    let reply = family
        .frames([family.says("Hal"), family.ends()])
        .gate(&gate);
    let upstream = Scripted::start([reply]).await;
    let mut config = family.config(&upstream.url());
    config.timeouts.idle = Duration::from_millis(200);
    let answer = answer(&provider(config)).await;
    assert_eq!(answer.text, "Hal");
    assert_eq!(answer.error.unwrap().kind(), "idle_timeout");
    upstream.wait_for_leavers(1).await;
}

async fn a_malformed_frame_is_an_error(family: Family) {
    let reply = family.frames([family.says("Hal"), family.stutters(), family.ends()]);
    let answer = said(family, reply).await;
    assert_eq!(answer.text, "Hal");
    assert_eq!(answer.error.unwrap().kind(), "malformed");
}

async fn a_web_page_is_no_answer(family: Family) {
    let endless = Reply::html().endless("<p>".repeat(20_000));
    for reply in [Reply::html(), endless] {
        let error = said(family, reply).await.error.unwrap();
        assert_eq!(error.kind(), "malformed");
        assert!(error.to_string().contains("check base_url"), "{error}");
    }
    let empty = said(family, Reply::json("{}")).await;
    assert!(empty.error.is_some() && empty.finish.is_none());
    let told = said(
        family,
        Reply::json(r#"{"error":{"message":"no such model"}}"#),
    )
    .await;
    assert_eq!(
        told.error.unwrap().to_string(),
        "`upstream` failed: no such model"
    );
}

async fn a_hundred_megabytes_are_not_read(family: Family) {
    let (head, more) = family.never_frames();
    let (provider, upstream) = upstream(family, family.frames([head]).endless(more)).await;
    let answer = answer(&provider).await;
    assert_eq!(answer.error.unwrap().kind(), "too_large");
    upstream.wait_for_leavers(1).await;
}

async fn an_answer_without_end_is_ended(family: Family) {
    let frame = family.says(&"a".repeat(64 << 10));
    let (provider, upstream) = upstream(family, family.frames([]).endless(frame)).await;
    let answer = answer(&provider).await;
    assert_eq!(answer.error.unwrap().kind(), "too_large");
    assert!(answer.text.len() <= 4 << 20);
    upstream.wait_for_leavers(1).await;
}

async fn usage_that_is_told_again_is_counted_once(family: Family) {
    let frames = [
        family.tells(7, 1),
        family.says("Hallo"),
        family.tells(7, 2),
        family.tells(7, 2),
        family.ends(),
        family.tells(7, 3),
    ];
    let answer = said(family, family.frames(frames)).await;
    assert_eq!((answer.text.as_str(), answer.error), ("Hallo", None));
    let usage = answer.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens), (7, 3));
}

async fn numbers_that_cannot_be_are_not_believed(family: Family) {
    let frames = [
        family.says("Hallo"),
        family.ends(),
        family.tells(u64::MAX, u64::MAX),
    ];
    let usage = said(family, family.frames(frames)).await.usage.unwrap();
    assert_eq!(usage.prompt_tokens, 1_000_000_000);
    assert_eq!(usage.completion_tokens, 1_000_000_000);
}

async fn nul_is_replaced(family: Family) {
    let reply = family.frames([family.says("a\0b"), family.ends()]);
    assert_eq!(said(family, reply).await.text, "a\u{FFFD}b");
}

async fn a_model_that_sees_is_shown_the_image_and_another_is_not_asked(family: Family) {
    let image = Image(vec![0xFF, 0xD8, 0xFF, 0xE0].into());
    let shown = image.base64();
    let question = Message {
        images: vec![image],
        ..Message::user("What is this?")
    };
    let request = Request {
        messages: vec![
            question.clone(),
            Message::assistant("Nothing."),
            Message::user("Sure?"),
        ],
        ..Request::default()
    };
    let asking = Request {
        messages: vec![question],
        ..Request::default()
    };

    let whole = || family.replay(family.text);
    let upstream = Scripted::start([whole(), whole()]).await;
    let mut config = family.config(&upstream.url());
    config.vision = Some(true);
    let seeing = provider(config.clone());
    assert!(seeing.reads_images());
    assert_eq!(Answer::of(seeing.stream(asking.clone())).await.error, None);
    let body = upstream.received()[0].body.to_string();
    assert!(
        body.contains(&shown) && body.contains("What is this?"),
        "{body}"
    );
    assert!(!body.contains(KEY));

    config.vision = Some(false);
    let blind = provider(config);
    let error = Answer::of(blind.stream(asking)).await.error.unwrap();
    assert_eq!(error.to_string(), "This provider reads no images.");
    assert_eq!(upstream.received().len(), 1, "nobody was asked");
    // What was shown earlier to a model that sees does not shut out one that does not.
    assert_eq!(Answer::of(blind.stream(request)).await.error, None);
    let body = upstream.received()[1].body.to_string();
    assert!(
        !body.contains(&shown) && body.contains("What is this?"),
        "{body}"
    );
}
