//! The assistant dialect: `/api/chat`, `/api/auth`, `/api/providers`.

mod a_choice_is_kept;
mod a_client_that_never_reads_is_dropped;
mod a_conversation_gets_a_title;
mod a_cut_is_made_and_lifted;
mod a_deleted_conversation_is_gone;
mod a_failed_provider_is_told;
mod a_foreign_conversation_is_denied_everywhere;
mod a_login_gives_a_token;
mod a_message_is_judged;
mod a_reply_is_followed_from_another_node;
mod a_search_that_is_not_possible_is_told;
mod a_send_is_answered;
mod a_stream_has_its_frames;
mod a_stream_resumes_from_any_cursor;
mod a_used_up_quota_refuses;
mod a_wrong_body_is_refused;
mod a_wrong_field_is_named;
mod a_wrong_image_is_refused;
mod a_wrong_path_or_method_does_no_harm;
mod an_account_has_a_life;
mod an_archived_conversation_leaves_the_list;
mod an_image_is_shown_to_models_that_see;
mod an_image_lives_as_long_as_its_message;
mod anybody_can_make_an_account;
mod lists_show_what_was_said;
mod messages_are_found_by_their_words;
mod nobody_asks_too_often;
mod nobody_gets_in_without_a_good_token;
mod pages_of_listed_origins_may_ask;
mod the_log_tells_nothing_private;
mod thoughts_come_before_the_answer;
pub(crate) mod upstream;
mod what_was_dropped_is_told_again;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::client::{Answer, Client, answer};

/// Exactly this status, and exactly this sentence.
#[track_caller]
fn says(answer: &Answer, status: u16, sentence: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.body, json!({ "detail": sentence }));
    assert_eq!(answer.headers["content-type"], "application/json");
}

/// A 422 with exactly one fault: its kind and place.
#[track_caller]
fn faults(answer: &Answer, kind: &str, place: &[&str]) {
    let found = all_faults(answer);
    assert_eq!(found.len(), 1, "{}", answer.body);
    assert_eq!(found[0]["type"], kind, "{}", answer.body);
    assert_eq!(found[0]["loc"], json!(place), "{}", answer.body);
}

/// The faults of a 422, each in the shape that this API's clients read.
#[track_caller]
fn all_faults(answer: &Answer) -> &Vec<Value> {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/json");
    let faults = answer.body["detail"].as_array().unwrap();
    assert!(!faults.is_empty());
    for fault in faults {
        assert!(fault["type"].is_string() && fault["msg"].is_string());
        assert!(fault.as_object().unwrap().contains_key("input"), "{fault}");
        let first = fault["loc"][0].as_str().unwrap();
        assert!(
            ["body", "query", "path", "header"].contains(&first),
            "{fault}"
        );
    }
    faults
}

/// A path segment with everything escaped that may be.
fn escaped(segment: &str) -> String {
    segment.replace(':', "%3A")
}

/// A login, by nobody yet.
async fn login(who: &Client, username: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "password": password });
    answer(who.bare(Method::POST, "/api/auth/login").json(&body))
        .await
        .unwrap()
}
