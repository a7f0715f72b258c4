//! The auditors' dialect, through the real binary.

mod a_completion_is_read_by_those_who_say_why;
mod a_feed_ends_with_the_right_to_it;
mod a_hold_is_laid_and_released;
mod a_list_and_a_case_are_shown_as_they_were;
mod a_part_of_the_record_is_exported;
mod a_policy_opens_the_record;
mod a_project_is_exported;
mod a_redacted_message_is_read_by_those_who_may;
mod a_request_that_comes_again_is_answered_again;
mod a_span_of_time_is_exported;
mod a_thread_is_shown_as_it_was;
mod a_webhook_is_set_up;
mod an_erasure_is_ordered;
mod configuration_has_a_history;
mod content_is_kept_for_a_projects_days;
mod content_is_shown_to_those_who_say_why;
mod nobody_else_reads_the_record;
mod proofs_are_given;
mod the_feed_has_no_gap;
mod what_a_model_saw_is_known;
mod what_is_denied_is_not_listed;
mod what_is_not_seen_yet_may_be_there;
mod who_is_denied_a_user_is_denied_what_they_said;

use reqwest::Method;

use super::{ECHO, on_both_databases};
use crate::support::client::{Answer, Client, answer};

/// A read with a reason.
pub(crate) async fn because(who: &Client, path: &str, reason: &str) -> Answer {
    let request = who.request(Method::GET, path);
    answer(request.header("x-audit-reason", reason))
        .await
        .unwrap()
}

/// The same person where policies are attached: users have short ids there.
fn short(who: &Client) -> Client {
    let mut known = who.clone();
    known.id = who.id.parse::<aggregates::UserId>().unwrap().short();
    known
}

/// The lines of a feed, and its last one.
async fn lines(who: &Client, path: &str) -> (Vec<serde_json::Value>, serde_json::Value) {
    let response = who.request(Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let text = response.text().await.unwrap();
    let mut lines: Vec<_> = text
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let end = lines.pop().unwrap();
    (lines, end)
}
