//! The threads dialect: `/api/chat-sessions/`, `/api/chat-threads/`, `/api/chat-messages/`, `/api/chat/stream/`.

mod a_first_byte_means_that_it_is_kept;
mod a_long_list_ends_with_the_right_to_it;
mod a_message_is_edited_and_answered_again;
mod a_message_is_judged;
mod a_model_is_shown_what_still_stands;
mod a_page_has_its_bounds;
mod a_quota_ends_what_may_be_used;
mod a_reply_is_streamed;
mod a_running_reply_is_replaced;
mod a_text_for_no_thread_is_judged;
mod a_thread_gets_a_title;
mod a_wrong_send_is_refused;
mod any_accept_is_fine;
mod lists_are_filtered_and_paged;
mod one_path_serves_two_dialects;
mod others_threads_are_seen_by_staff_only;
mod sessions_and_threads_are_shown;
mod sessions_are_paged;
mod wrong_requests_do_no_harm;

use serde_json::{Value, json};

use crate::support::{
    client::{Answer, Client, answer},
    threads::*,
};

/// Exactly this status, and exactly this body.
#[track_caller]
fn says(answer: &Answer, status: u16, body: Value) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.body, body);
}

/// A status and a `detail`.
#[track_caller]
fn details(answer: &Answer, status: u16, sentence: &str) {
    says(answer, status, json!({ "detail": sentence }));
}

/// The values of a field in a list.
fn column(list: &Value, field: &str) -> Vec<Value> {
    let rows = list.as_array().unwrap().iter();
    rows.map(|row| row[field].clone()).collect()
}

/// 32 lowercase hex digits.
fn is_hex(value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.len() == 32
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// `2026-03-01T12:00:00.000000Z`
fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.len() == 27 && text.ends_with('Z') && text.as_bytes()[19] == b'.'
}
