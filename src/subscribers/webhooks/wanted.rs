//! Which events a webhook wants.

use aggregates::{reading::Reading, thread::Thread, user::User, webhook, webhook::Webhook};
use cqrs_es::Aggregate;

use crate::{store::Sign, views::WebhookRow};

/// See the module.
pub(super) struct Wanted<'r> {
    webhook: &'r str,
    patterns: Vec<String>,
    thread: Option<&'r str>,
    user: Option<&'r str>,
}

impl<'r> Wanted<'r> {
    pub(super) fn of(row: &'r WebhookRow) -> Self {
        Self {
            webhook: &row.webhook,
            patterns: serde_json::from_str(&row.events).unwrap_or_default(),
            thread: row.thread.as_deref(),
            user: row.user.as_deref(),
        }
    }

    pub(super) fn has(&self, sign: &Sign) -> bool {
        let is = |kind: &str, id: &str| sign.aggregate_type == kind && sign.aggregate_id == id;
        if sign.event_type == "webhook.tested" && is(Webhook::TYPE, self.webhook) {
            return true;
        }
        // As the feed has it: its own events, and that somebody was shown it.
        let of_thread = |thread: &str| {
            let shown = || sign.read.as_ref().is_some_and(|read| read.contains(thread));
            is(Thread::TYPE, thread) || (sign.aggregate_type == Reading::TYPE && shown())
        };
        let of_user = |user: &str| sign.by.as_deref() == Some(user) || is(User::TYPE, user);
        webhook::wants(&self.patterns, &sign.event_type)
            && self.thread.is_none_or(of_thread)
            && self.user.is_none_or(of_user)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn sign(kind: &str, id: &str, event_type: &str, by: Option<&str>) -> Sign {
        Sign {
            position: 1,
            recorded_at: 1,
            aggregate_type: kind.to_owned(),
            aggregate_id: id.to_owned(),
            sequence: 1,
            event_type: event_type.to_owned(),
            event_version: "1".to_owned(),
            by: by.map(str::to_owned),
            read: None,
        }
    }

    fn wanted<'r>(pattern: &str, thread: Option<&'r str>, user: Option<&'r str>) -> Wanted<'r> {
        Wanted {
            webhook: "w",
            patterns: vec![pattern.to_owned()],
            thread,
            user,
        }
    }

    #[test]
    fn a_webhook_of_a_thread_has_its_events_and_who_was_shown_it() {
        let of_t = wanted("*", Some("t"), None);
        assert!(of_t.has(&sign("thread", "t", "message.sent", None)));
        assert!(!of_t.has(&sign("thread", "u", "message.sent", None)));
        assert!(!of_t.has(&sign("completion", "t", "completion.requested", None)));
        let mut read = sign("reading", "r", "content.read", Some("a"));
        assert!(!of_t.has(&read));
        read.read = Some(r#"{"content.read":{"threads":["t"]}}"#.to_owned());
        assert!(of_t.has(&read));
    }

    #[test]
    fn a_webhook_of_a_user_has_what_they_did_and_what_happened_to_the_account() {
        let of_a = wanted("*", None, Some("a"));
        assert!(of_a.has(&sign("thread", "t", "message.sent", Some("a"))));
        assert!(of_a.has(&sign("user", "a", "user.disabled", None)));
        assert!(!of_a.has(&sign("thread", "t", "message.sent", Some("b"))));
        assert!(!wanted("user.*", None, Some("a")).has(&sign(
            "thread",
            "t",
            "message.sent",
            Some("a")
        )));
    }

    #[test]
    fn a_test_reaches_its_own_webhook_whatever_that_wants() {
        let narrow = wanted("user.*", Some("t"), None);
        assert!(narrow.has(&sign("webhook", "w", "webhook.tested", None)));
        assert!(!narrow.has(&sign("webhook", "v", "webhook.tested", None)));
    }
}
