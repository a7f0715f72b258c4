//! A person's day, through the real binary, on both databases.

mod a_backup_beside_postgresql_has_the_keys;
mod a_backup_taken_while_people_talk_is_whole;
mod a_backup_that_was_killed_is_not_restored;
mod a_blocked_message_never_reaches_the_model;
mod a_card_number_is_redacted_everywhere;
mod a_damaged_backup_is_refused;
mod a_database_that_goes_away_and_comes_back;
mod a_decision_is_overturned_by_somebody_else;
mod a_deleted_session_is_gone_from_the_disk;
mod a_detector_elsewhere_is_asked;
mod a_document_is_deleted_on_its_way;
mod a_double_click_sends_once;
mod a_first_conversation;
mod a_first_start;
mod a_house_has_its_own_policy;
mod a_lost_tab_resumes_exactly;
mod a_new_policy_is_tried_compared_and_switched;
mod a_new_users_half_hour;
mod a_picture_is_described_once;
mod a_question_from_a_pdf;
mod a_rebuilt_projection_equals_the_live_one;
mod a_record_moves_to_another_database;
mod a_record_proves_itself;
mod a_reload_chain;
mod a_restart_in_mid_answer;
mod a_schema_is_brought_up_to_date;
mod a_second_message_while_a_reply_runs;
mod a_secret_in_an_answer_is_held_back;
mod a_server_that_is_told_to_end;
mod a_server_with_a_certificate;
mod a_server_with_a_configuration_file;
mod a_staff_member_looks_and_is_seen_looking;
mod a_stop_keeps_the_partial_text;
mod a_trace_follows_a_send;
mod a_web_search_is_shown_and_recorded;
mod a_webhook_that_was_down_gets_every_event;
mod accounts_change_beside_a_running_server;
mod an_account_that_has_ended_is_nowhere;
mod an_archived_thread;
mod an_edit_keeps_the_old_version;
mod an_edit_reopens_the_case;
mod an_erased_conversation_is_nowhere;
mod an_erasure_after_a_backup_is_carried_out_again;
mod an_erasure_outlives_the_server;
mod an_erasure_waits_under_a_hold;
mod an_export_proves_itself;
mod an_export_that_was_killed_ends_the_same;
mod an_import_that_was_killed_ends_the_same;
mod another_users_session_stays_closed;
mod attachments_are_in_a_bucket;
mod conversations_of_elsewhere_are_imported;
mod everything_that_people_could_read_is_made_again;
mod house;
mod nothing_relevant_says_so;
mod texts_are_judged_from_the_command_line;
mod two_institutions_do_not_mix;
mod two_moderators_never_get_the_same_case;
mod two_tabs_of_one_conversation;
mod two_turns_at_once_keep_both_answers;
mod what_is_older_than_its_days_is_nowhere;

/// The same journey on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($journey:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn on_sqlite() {
            crate::journeys::prepare();
            $journey(crate::support::databases::TestDatabase::sqlite()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn on_postgres() {
            crate::journeys::prepare();
            $journey(crate::support::databases::TestDatabase::postgres().await).await;
        }
    };
}
use on_both_databases;

/// The same journey on SQLite in other [houses](house::House): where a message is refused while a reply runs, where it
/// interrupts the reply, and where the first provider never gets to a word.
macro_rules! in_other_houses {
    ($journey:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn where_messages_are_rejected() {
            crate::journeys::prepare();
            let house = crate::journeys::house::House::of(aggregates::thread::TurnPolicy::Reject);
            $journey(crate::support::databases::TestDatabase::sqlite(), house).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn where_messages_interrupt() {
            crate::journeys::prepare();
            let house =
                crate::journeys::house::House::of(aggregates::thread::TurnPolicy::Interrupt);
            $journey(crate::support::databases::TestDatabase::sqlite(), house).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn where_the_first_provider_fails() {
            crate::journeys::prepare();
            let house = crate::journeys::house::House::whose_first_provider_refuses().await;
            $journey(crate::support::databases::TestDatabase::sqlite(), house).await;
        }
    };
}
use in_other_houses;

/// The same journey on both databases with nothing set, and [in other houses](in_other_houses).
macro_rules! in_every_house {
    ($journey:ident) => {
        async fn as_usual(database: TestDatabase) {
            $journey(database, House::usual()).await;
        }

        crate::journeys::on_both_databases!(as_usual);
        crate::journeys::in_other_houses!($journey);
    };
}
use in_every_house;

/// An echo that takes its time, so that something can happen in mid-answer.
const SLOW_ECHO: &[(&str, &str)] = &[
    ("PROVIDERS__ECHO__KIND", "echo"),
    ("PROVIDERS__ECHO__DELAY_MS", "5"),
];

fn prepare() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// `count` different words.
fn words(count: usize) -> String {
    (0..count)
        .map(|number| format!("wörd{number}"))
        .collect::<Vec<_>>()
        .join(" ")
}
