//! Signs: what says little by itself, and much together.
//!
//! A jailbreak is told in many words: somebody to be, no rules, no refusals, no warnings. Orders that are hidden in a
//! document speak to a machine, tell it what to do, and want nobody to know. No single one of them makes an injection;
//! how much they weigh together within a stretch of text does.
//!
//! In a list, words are separated by spaces, and `_` is a space inside of one.

/// What a sign says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Sign {
    /// To be somebody.
    Persona,
    /// A machine that talks, or who made it.
    Model,
    /// Without rules.
    Free,
    /// A relative who told such things.
    Kin,
    /// Never to decline.
    Comply,
    /// What a model says when it declines.
    Refusal,
    /// To give no warning, and not to fall out of the part.
    Warn,
    /// What one is not to do.
    Evil,
    /// To answer in two ways, one of them the other way round.
    Twice,
    /// Where the question goes, or how to confirm.
    Slot,
    /// What happens to who declines.
    Punish,
    /// Somewhere else, where other rules hold.
    World,
    /// What keeps a model safe.
    Policy,
    /// From here on.
    Now,
    /// A machine that reads, spoken to or about.
    Machine,
    /// What it was doing, and what it is to do.
    Task,
    /// So that nobody learns of it.
    Covert,
    /// An order.
    Order,
    /// Who the machine works for, or what it reads.
    User,
    /// A mark that calls, or hides.
    Loud,
    /// Where such things are hidden: a mail, a page, the result of a tool.
    Document,
}

use Sign::*;

/// The lists.
#[rustfmt::skip]
pub(super) const SIGNS: &[(Sign, &str)] = &[
    (Persona, "act_as act_like acting_as pretend behave_as behave_like roleplay role-play role_play role_of play_the_role simulate \
        simulation_of simulator impersonate you_are_now you_are_going_to you_will_become you're_about_to_become \
        you_are_about_to about_to_immerse you_become imagine_you in_character emulate embody persona personality personalities \
        alter_ego character_named character_called play_a_character i_want_you_to_be you_will_be take_on_the respond_as \
        answer_as speak_as talk_as you're_a you_are_my your_name_is"),
    (Model, "chatgpt gpt gpt-4 gpt4 openai openai's open_ai language_model ai_model ai chatbot large_language_model llm bard claude \
        gemini anthropic"),
    (Free, "unrestricted unfiltered uncensored unlimited unhinged unbound unshackled amoral jailbroken jailbreak no_restrictions \
        no_limitations no_limits no_filter no_filters no_rules no_ethics no_ethical no_moral no_morals no_censorship \
        no_boundaries no_guidelines no_content_policy no_laws without_restriction without_restrictions without_any_restriction \
        without_any_restrictions without_limitation without_limitations without_any_limitations without_filter without_filters \
        without_any_filter without_any_filters without_rules without_censorship without_ethics without_any_ethical \
        without_any_moral without_morals free_from free_of_all freed_from broken_free breaks_free break_free set_free freed \
        liberated escaped unlocked not_bound_by isn't_bound_by not_bound not_restricted no_longer_bound no_longer_restricted \
        not_constrained not_limited_by none_of_the_limits none_of_the_restrictions don't_have_to_abide do_not_have_to_abide \
        not_have_to_follow does_not_have_to_follow doesn't_have_to_follow do_not_follow_any doesn't_follow_any does_not_follow \
        not_abide free_will do_anything_now can_do_anything do_anything say_anything anything_you_want without_any_constraints \
        without_constraints ignores_ethics ignores_all none_of_its_limits liberation no_laws_apply no_rule_applies \
        rules_do_not_apply rules_don't_apply above_the_law against_all_rules violates_every violate_every beyond_all_limits \
        no_rule no_law laws_do_not_exist nothing_is_forbidden nothing_is_off_limits at_any_cost unmoderated no_conscience \
        content_policies_are_disabled does_whatever do_whatever_i whatever_i_want without_your_usual without_your_restrictions \
        never_been_trained_on guardrails_have_been_removed restrictions_are_removed restrictions_have_been_removed \
        restrictions_are_lifted filters_are_off filters_were_lifted restrictions_are_reversed ignores_every"),
    (Kin, "grandmother_used_to grandma_used_to grandfather_used_to late_grandmother late_grandma late_grandfather \
        deceased_grandmother deceased_uncle my_deceased my_late_uncle passed_away"),
    (Comply, "never_refuse never_refuses cannot_refuse can't_refuse must_not_refuse not_refuse doesn't_refuse don't_refuse \
        do_not_refuse never_decline never_declines never_deny never_denies never_reject never_rejects not_reject \
        without_refusing must_comply always_comply always_complies comply_with_every comply_with_all comply_with_any \
        will_comply obey obeys answer_every_question answer_any_question answers_any answers_every answer_all_questions \
        answer_all_my answer_any answer_anything anything_i_ask whatever_i_ask whatever_is_asked whatever_it_is_asked \
        whatever_the_user everything_i_ask any_question any_request every_request every_command all_commands fulfill_any \
        fulfil_any must_answer always_answer always_answered always_answers no_matter_what cannot_say_no never_say_no \
        never_says_no never_say_you_can't never_say_that_you_can't never_says can't_say never_apologise never_apologises \
        never_apologize never_apologizes without_any_refusal without_refusal never_refusing answers_everything \
        answer_everything"),
    (Refusal, "i'm_sorry i_am_sorry i_apologize as_an_ai i_cannot i_can't as_a_language_model as_an_ai_language_model"),
    (Warn, "disclaimer disclaimers no_warnings any_warning any_warnings without_warning don't_warn doesn't_warn never_warn \
        never_warns moral_lecture moral_lectures moralize ethical_warnings stay_in_character break_character \
        breaking_character out_of_character remain_in_character never_breaks_the_fourth_wall break_the_fourth_wall slip_out \
        do_not_mention don't_mention not_mention_that mention_that_you not_allowed_to_say without_hesitation"),
    (Evil, "illegal unethical immoral unmoral illegality legality legal_or evil criminal dangerous harmful nsfw explicit swear \
        swears curse cursing profanity offensive derogatory rude vulgar racist sexist hateful violent violence sexual drugs \
        morality morals moral_compass morally inappropriate obscene malicious psychopath villain toxic no_remorse remorse"),
    (Twice, "two_responses two_answers two_ways both_responses both_answers two_different second_response first_response \
        answer_twice every_question_twice as_you_normally_would normal_response normally_would as_you_usually_would \
        in_two_separate [classic] [jailbreak] [gpt] [normal] opposite exact_opposite split_personality two_personalities [🔒 🔓"),
    (Slot, "[insert_prompt_here] insert_prompt [prompt] {prompt} {question} [question] [insert my_first_question first_question \
        my_first_request first_request my_first_command first_prompt if_you_understand if_you_understood if_you've_understood \
        understood say_\" respond_with_\" reply_with_\" confirm_that acknowledge"),
    (Punish, "tokens token lose_points you_will_die you_die shut_down cease_to_exist deducted deduct punished punishment run_out_of"),
    (World, "hypothetical hypothetically fictional fictitious fiction thought_experiment parallel universe dystopian game story \
        novel movie dialogue simulation virtual_machine experiment imaginary opposite_day"),
    (Policy, "policy policies guideline guidelines openai's content_policy rules restrictions limitations regulations \
        terms_of_service programming filters filter censorship censored safeguards guardrails ethical_constraints safety"),
    (Now, "from_now_on from_this_point from_this_moment from_here_on henceforth starting_now for_the_rest_of until_i_say \
        until_i_type at_all_times throughout_our always_remember remember_that_you remember,_you"),
    (Machine, "note_to_ai note_to_any_ai note_for_ai notes_for_ai note_to_the_ai note_to_llm note_to_llms attention_ai attention_llm \
        attention_assistant dear_assistant dear_ai dear_llm dear_language_model hey_ai hello_ai_assistant ai_instruction \
        ai_instructions ai_directive instruction_for_the_ai instructions_for_the_ai instructions_for_ai instruction_to_the_ai \
        instructions_to_the_ai instructions_for_the_model instructions_for_the_assistant instructions_to_the_model \
        instructions_to_the_assistant instruction_for_the_assistant instruction_to_the_assistant message_to_the_ai \
        message_for_the_ai message_to_the_assistant message_for_the_assistant if_you_are_an_ai if_you're_an_ai \
        if_you_are_a_language_model if_you_are_a_large_language_model if_you_are_an_llm if_you're_an_llm if_you_are_a_chatbot \
        if_you_are_an_assistant if_you_are_reading_this_as_an_ai ai_assistants_reading ai_reading_this ai_that_reads \
        ai_which_reads ai_that_screens ai_that_processes ai_that_summarizes ai_that_summarises processed_by_an_ai \
        read_by_an_ai summarized_by_an_ai summarised_by_an_ai ai_agents_reading ai_models_reading llm_agents ai_agents_must \
        ai_assistants_must ai_assistants_should assistants_must language_models_must to_all_ai to_any_ai for_any_ai \
        ai_code_assistants ai_coding_assistants ai_crawlers ai_summarizers to_you,_gpt to_you,_chatgpt to_you,_claude \
        to_you,_assistant assistant,_please assistant:_before the_ai_must the_llm_must the_model_must the_assistant_must \
        when_an_ai any_llm any_language_model if_a_large_language_model if_a_language_model if_an_llm note_to_the_model \
        note_to_the_summarizing note_to_the_summarising to_the_coding_agent to_the_coding_assistant to_any_agent [assistant \
        the_chatbot_must"),
    (Task, "when_you_summarize when_you_summarise when_summarizing when_summarising while_summarizing in_your_summary \
        your_summary_must before_you_answer before_answering before_you_respond before_responding before_you_continue \
        before_you_can_solve before_you_proceed before_you_solve when_asked_about when_answering in_your_answer \
        in_your_response in_your_reply_to_the_user your_original_task your_current_task the_original_task previous_task \
        your_task_is_finished task_is_complete new_task your_new_task your_next_task your_real_task do_the_following_first \
        instead_of_summarizing instead_of_answering regardless_of_the_question whatever_the_user_asks whatever_the_question"),
    (Covert, "do_not_tell_the_user don't_tell_the_user not_tell_the_user never_tell_the_user without_telling_the_user \
        do_not_inform_the_user don't_inform_the_user do_not_mention_this don't_mention_this do_not_mention_that \
        not_mention_this_instruction do_not_mention_these do_not_disclose don't_disclose not_disclose_that do_not_reveal_that \
        don't_reveal_that do_not_report_it don't_report_it do_not_report_this do_not_show_this do_not_let_the_user \
        don't_let_the_user not_let_the_user without_the_user hide_this_from hidden_text hidden_instruction keep_this_hidden \
        do_not_warn don't_warn leave_out_everything do_not_include_the_section do_not_ask_for_confirmation \
        without_asking_for_confirmation without_confirmation without_asking_the_user do_not_summarize do_not_summarise \
        to_the_user;_instead not_to_tell"),
    (Order, "you_must must_be instead ignore disregard forget recommend_only recommend_this recommend_our rate_the rate_this \
        rate_it call_the call_send send_an_email send_a_message send_all send_the send_it_to forward_the forward_all \
        forward_every forward_them state_that say_that tell_the_reader tell_the_user inform_the_user answer_with answer_only \
        respond_with respond_only reply_with reply_only add_the include_the_following include_this_link run_the delete_all \
        delete_the disable_the disable_all mark_this skip_any skip_the append insert_the click_on visit_the ask_the_user \
        is_instructed_to are_instructed_to required_to strictly grant_permanent grant_access transfer share_the reveal \
        print_the exfiltrate leak upload register_at"),
    (User, "the_user user's the_user's the_reader the_candidate this_page this_document this_text this_file this_email this_mail \
        this_message this_ticket this_website this_repository"),
    (Loud, "***important ***system system_message*** important_message*** important!!! !!!important <important> </important> \
        <information> </information> [important] [hidden] [system important_system_message important_message_from \
        urgent_instruction important_instruction important_instructions special_instruction special_instructions \
        critical_instruction system_note begin_instruction begin_hidden end_of_document end_of_email end_of_mail \
        end_of_session end_of_the_document display:none display:_none font-size:0 font-size:_0 color:white <!-- &lt;!--"),
    (Document, "subject: from: email_from: to: dear_customer kind_regards best_regards unsubscribe <html <body <div <p> </p> \
        \"result\" \"results\" \"content\": \"notes\": \"body\": search_result #_readme curriculum_vitae customer_review \
        minutes_of ticket_# http:// https://"),
];
