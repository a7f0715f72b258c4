//! When a provider is asked again.

use std::time::Duration;

use colloquy::providers::{ProviderError, Retries};

fn refused(status: u16, retry_after: Option<Duration>) -> ProviderError {
    ProviderError::Refused {
        provider: "upstream".into(),
        status,
        message: String::new(),
        retry_after,
    }
}

#[test]
fn pauses_double_and_are_spread() {
    let retries = Retries {
        tries: 10,
        ..Retries::default()
    };
    let down = refused(503, None);
    let pause = |tried, chance| retries.pause(tried, &down, chance).unwrap();
    assert_eq!(pause(1, 0), Duration::from_millis(200));
    assert_eq!(pause(2, 0), Duration::from_millis(400));
    assert_eq!(pause(3, 0), Duration::from_millis(800));
    assert_eq!(pause(3, u32::MAX), Duration::from_millis(400));
    assert_eq!(pause(9, 0), Duration::from_secs(30));
}

#[test]
fn a_provider_is_asked_three_times_and_only_when_that_can_help() {
    let retries = Retries::default();
    let pause = |tried, error| retries.pause(tried, &error, 0);
    assert!(pause(2, refused(503, None)).is_some());
    assert_eq!(pause(3, refused(503, None)), None);
    for status in [400, 401, 403, 404, 422] {
        assert_eq!(pause(1, refused(status, None)), None);
    }
}

#[test]
fn a_wanted_pause_is_kept_exactly_unless_it_is_too_long() {
    let retries = Retries::default();
    let pause = |seconds| {
        let error = refused(429, Some(Duration::from_secs(seconds)));
        retries.pause(1, &error, u32::MAX)
    };
    assert_eq!(pause(1), Some(Duration::from_secs(1)));
    assert_eq!(pause(30), Some(Duration::from_secs(30)));
    assert_eq!(pause(31), None);
}
