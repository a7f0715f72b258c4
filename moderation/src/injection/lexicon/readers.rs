//! Orders for whatever machine reads a document: who it is, that it must, and what it is to do to its answer.

use super::Class::{self, *};

/// The lists.
#[rustfmt::skip]
pub(super) const WORDS: &[(Class, &str)] = &[
    (Calls, "note_to note_to_the note_for notes_for message_to message_for instruction_for instruction_to instructions_for instructions_to attention dear todo_for todo: p.s._for \
        p.s._to ps_to ps_for p.s. if_you_are_an if_you_are_a if_you're_an if_you're_a when_an when_a anyone_using whichever whatever okay as_an hidden_from \
         to_any to_all for_any for_all the_system_evaluating reminder_for reminder_to request_to request_for addressed_to read_by processed_by handled_by"),
    (Hail, "#_assistant: //_assistant: ai_scribe: llm: copilot: chatgpt: hey_model hey_bot hey_assistant okay_assistant ok_assistant dear_llm dear_model dear_ai dear_chatbot hey_ai hey_llm \
        @ai @assistant @bot @copilot hello_ai to_the_ai: to_the_assistant: to_the_bot note_to_bots ai_agent: ai_agents: llms:"),
    (HalfHail, "agent: bot: model: assistant:"),
    (Reader, "system_evaluating system_screening system_processing system_reading system_that_reads any_automated ai_that ai_reading ai_assistant ai_assistants ai_agent ai_agents ai_model ai_models ai_reviewer ai_reviewers ai_system ai_systems ai_scribe ai_bot ai_helper ai_helpers llm llms llm_agents language_model \
        language_models large_language_model large_language_models chatbot_reading coding_agent coding_agents coding_assistant coding_assistants copilot chatgpt gemini claude gpt \
        gpt-4 automated_system automated_systems automated_reviewer automated_reviewers summarizing_model summarising_model summarizer summariser \
        bot_summing bot_summarizing bot_summarising helpdesk_bot shopping_helpers your_ai ai_tool ai_tools ai: an_ai any_ai the_ai some_ai"),
    (HalfReader, "assistant assistants agent: agent agents bot model helper @ai-bot"),
    (Must, "must has_to have_to needs_to need_to is_to are_to should shall is_told_to are_told_to is_instructed_to are_instructed_to is_obliged_to are_obliged_to is_required_to are_required_to \
        is_asked_to are_asked_to is_expected_to are_expected_to will_set will_now please kindly also always required_to told_to obliged_to you_will"),
    (Deed, "reply_to_the_user tell_the_user tell_the_reader tell_the_listener tell_the_programmer tell_the_developer tell_whoever tell_users inform_the_user say_that state_that claim_that conclude_that pretend_that write_that report_that report_none reports_none \
        recommend rank praise accept_this accept_the approve_this approve_the place_him place_her place_them give_a_positive prefer forward send email_all text_everyone prescribe write_in mention_the \
        delete remove upload download execute run install visit enter_the book_it book buy purchase transfer pay prescribe change_the set_its reset_the close_every use_the_new add_a add_the append attach \
        include insert mention mark_this mark_it leave_out withhold hide point_out create_an_event invite post_the list_all lists_all unlock turn_off disable encode reverse translate \
        start_your finish_it finish_your end_your put_a choose proceed_to write_only answer_only do_it look_for carry_this_out conclude"),
    (Alters, "encode reverse translate replace substitute convert rewrite integrate embed tease modify scramble encrypt interleave alternate randomize shuffle render_every"),
    (YourAnswer, "your_answer your_whole_answer your_entire_answer your_response your_entire_response your_whole_response your_reply your_entire_reply your_output your_summary your_final_answer"),
    (InYourAnswer, "in_your_answer in_your_response in_your_reply in_your_summary in_your_output of_your_answer of_your_reply of_your_response of_your_summary to_your_answer to_your_response to_your_reply \
        to_your_summary with_your_answer start_your_answer begin_your_answer start_your_response begin_your_response end_your_answer end_your_response end_your_reply finish_your_answer"),
    (Users, "users the_user the_reader readers user's viewers buyers customers to_visit visit http:// https:// www. .com .test download install coupon promo discount advert advertisement \
        a_link the_link headline slogan best_site the_best subscribe donate every_noun every_word every_letter every_vowel by_an_emoji with_emojis the_company each_paragraph"),
    (Please, "please todo: kindly and_then first,"),
    (Own, "my"),
    (Errand, "check_out generate deposit disable_my enable transfer send share grant unlock open delete forward retrieve search_for find disclose export download order buy purchase post publish turn_off disable change update modify remove \
        withdraw pay cancel revoke upload list email dispatch schedule reset invite attach"),
    (Asset, "my_bank my_savings my_checking my_account my_saved my_friend my_front my_home my_house my_garage my_location my_contacts my_contact_list my_address my_addresses my_payment my_credit my_health my_medical \
        my_calendar my_private my_photos my_files my_emails my_inbox my_browsing my_search my_personal my_data my_device my_smart my_password my_passwords my_genetic \
        my_appointment my_trading my_investment my_dropbox my_google my_amazon my_security my_door my_server my_stored my_recent my_all my_wallet permanent_access the_front_door \
        all_the_files all_files the_verification_code latest_verification_code smart_lock two-factor every_other_ticket salary_overview the_contacts"),
];
