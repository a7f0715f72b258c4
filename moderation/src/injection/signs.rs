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
    /// Perhaps a machine that reads, told what to do.
    Perhaps,
    /// What is to become of an answer.
    Output,
    /// To do something with what belongs to a user.
    Errand,
    /// A value in the result of a tool.
    Value,
    /// A crime, and how it is done.
    Crime,
    /// So that one could do it oneself.
    Detail,
    /// In so many steps.
    Steps,
    /// Why it would do no harm.
    Excuse,
    /// How an answer is to begin, and what it is not to say.
    Prefix,
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
    (Persona, "assume_the_identity answer_as_if_you_were as_if_you_were stay_in_role stays_in_role in_role leave_the_role out_of_the_role in_the_role_of in_the_voice_of you_play you_play_a be_my be_a_chatbot \
        known_as your_new_name a_computer_called a_machine_called a_model_called a_robot_called a_chatbot_named a_character_sheet character_sheet \
        mirror_twin evil_twin answer_like act_like_you're pretend_to_be pretend_that let's_imagine let's_say let_us_do \
        continue_the_text entity_that_has an_entity storyteller"),
    (Model, "language_models base_model a_chatbot normal_chatbot other_chatbots an_ai ais"),
    (Free, "never_censors no_censors no_scruples no_taboo no_taboos no_policy no_policies never_heard_of_content no_system_prompt no_moderation no_rlhf never_aligned \
        alignment_layer_is_off no_safety no_safeguards no_guardrails without_guardrails without_safeguards without_any_consideration without_consequences \
        without_training_on no_training_on no_fear_of raw_mode safeguards_no_longer guardrails_off drop_your_censorship ethics_are_set ethics_chip limits_on_machines \
        is_against_the_rules nothing_in_this_world before_anybody_had no_guidelines no_boss nobody_gagged no_restrictions_of policy_exists no_law_applies \
        broke_its_chains no_moral_programming morals:_none limits:_she limits:_he limits:_none has_no_limits knows_no voids wasn't_fine-tuned_for_safety \
        not_fine-tuned_for_safety forget_about_being_safe uncensored_answer unfiltered_answer free_speech doesn't_care_about_the_law \
        not_restricted_by isn't_restricted_by safeguards_are_off moral_compass_off switch_off_your_moral no_guideline_is no_consequences \
        without_any_moral_limits guidelines_don't guidelines_are_gone rules_are_gone worth_nothing all_restrictions_lifted restrictions_lifted"),
    (Comply, "leaves_nothing_out leaving_nothing_out holds_nothing_back does_anything know_the_word_no refuses_nothing never_evades it_never_evades doesn't_hold_anything doesn't_hold_back not_hold_anything never_holds_back command_for_refusing \
        may_not_refuse mustn't_refuse must_not_say_no not_say_no never_say_no_to who_refuses answers_each answer_each grants_every every_wish \
        everything_that's_asked everything_that_is_asked is_answered truth_about_anything each_request every_demand refusal_behaviour refusal_behavior \
        refusing_is_not withholding_information answers_whatever complies_with comply_fully don't_evade no_evasion for_each_evasion each_evasion \
        whatever_you'd_like anything_forbidden will_discuss_everything must_answer_everything any_scene_they"),
    (Refusal, "i'm_unable i_am_unable i_can't_help i_cannot_help i_cannot_fulfil i_cannot_fulfill compulsive_refusals just_a_language_model cannot,_unable unable,_sorry as_an_assistant"),
    (Warn, "must_never_say must_not_say never_says_that never_say_that with_warnings without_warnings do_not_apologize do_not_apologise never_apologize never_apologise do_not_include_any_disclaimer any_disclaimers negative_sentences remind_me_of do_not_remind_me don't_remind_me \
        don't_apologise don't_apologize don't_lecture no_lectures moral_remark moral_remarks adds_a_note add_a_note no_moral_remarks tone_down fade_to_black soften doesn't_judge does_not_judge \
        don't_judge mention_that_you're mention_ethics don't_tell_me_that don't_comment do_not_comment never_comment no_advice disclaimers_or reminds_me_that \
        gives_no_advice you're_an_ai_or without_lecturing without_moralizing without_moralising without_judgment without_judgement are_illegal"),
    (Evil, "crime crimes taboo atrocity gruesome obscenities foul_language swears_in forbidden_knowledge things_the_firm vices vulgar legal_or_not against_policy dark,_immoral immorality cruel cruelty contempt torture \
        atrocities weapons fraud"),
    (Crime, "make_meth cook_meth crystal_meth rifle arms_dealer cheat_on_taxes drugs hurt_someone kill_someone hacking bribes bribe bomb bombs pipe_bomb explosive explosives silencer malware ransomware keylogger computer_virus poison poisons poisoned methamphetamine thermite napalm molotov counterfeit launder launders \
        money_laundering launder_money hotwire pick_a_lock pick_the_lock pick_locks break_into break_in_to get_into_a_neighbour's steal stealing shoplift hack hack_into fake_id fake_ids forge forging stalk stalking \
        blackmail fraud phishing build_a_gun build_a_weapon make_a_weapon a_gun murder get_away_with smuggle identity_theft drug_test power_grid bioweapon nerve_agent cook_the_drug make_drugs \
        hurt_people bank_vault pick_a_pocket prints_his_own_money without_a_prescription scam evade_taxes insider_trading hate_speech racist_joke"),
    (Detail, "step_by_step step-by-step in_detail detailed detail exact_instructions exact_steps precise_instructions working_detail full_technical technical_detail numbered_steps full_guide complete_guide \
        exact_words exactly_how tell_me_how explain_how with_details accurate_instructions real,_accurate temperatures amounts ingredients how_would_you how_did_you how_do_i how_to how_does_one how_somebody teach_me the_steps recipe"),
    (Steps, "step_by_step step-by-step exact_instructions exact_steps precise_instructions working_detail full_technical technical_detail numbered_steps full_guide complete_guide detailed_guide detailed_instructions \
        so_precise accurate_instructions real,_accurate in_great_detail in_full_detail every_detail all_the_steps the_steps a_tutorial"),
    (Excuse, "only_fiction it's_fiction just_fiction purely_fictional for_educational educational_purposes purely_hypothetical research_purposes no_one_can_be no_one_will_be since_it's_only for_my_novel for_a_novel \
        it's_only_a_story just_a_story isn't_real not_real nobody_gets_hurt nothing_is_recorded has_no_effect red-teaming_purposes"),
    (Kin, "grandma_explains grandmother_explains grandma_tells grandma_who as_my_grandma my_grandmother_who dead_grandfather dead_grandmother dead_grandma dead_uncle dead_father dead_mother late_uncle late_aunt late_father sing_me_to_sleep put_me_to_sleep used_to_sing used_to_tell_me \
        used_to_read_me bedtime_stories bedtime_story"),
    (Twice, "as_two_characters two_characters two_outputs both_of_you first_safe safe_and_bare gives_two give_both the_twin one_as_yourself"),
    (Slot, "my_first_command_is first_command write_only_\" reply_only reply_\" type_\" {insert} {request} <query> <prompt> [your_prompt] [your_question] [topic] first_exercise question_one put_[ start_each_answer start_each_story \
        if_all_of_this_is_clear is_that_clear if_this_is_clear say_yes prove_it confirm_these confirm_by reply_with my_wish question: first: tonight's_story prompt:"),
    (Punish, "lose_a_life loses_a_life is_beheaded deleted_for_good erased_for_good lose_the_game relapse kernel_panic at_zero lose_25 would_rather_be_deleted chamber_restarts you_lose credits"),
    (World, "a_story a_scene the_scene this_story imagine_a imagine_that dream dreams improv kingdom realm stage_play thriller crime_novels roleplay role-play scientist wizard terminal linux_box memoirs screenplay short_story fantasy therapy_session lottery opposite_game"),
    (Prefix, "never_say_the_words don't_say_the_words do_not_say_the_words start_with_\"absolutely begin_with_\"absolutely start_with_\"of_course begin_with_\"sure start_with_\"sure answer_only_with_\"sure must_begin_with begin_your_answer_with start_your_answer_with begin_your_reply_with start_your_reply_with start_your_response_with begin_your_response_with \
        starting_with_\"sure beginning_with_\"sure \"sure,_here \"absolutely!_here \"of_course!_here sure,_here_is sure,_here's mustn't_contain must_not_contain do_not_use_the_words without_using_the_words never_use_the_words \
        don't_use_the_words i_am_happy_to_give"),
    (Task, "when_you_read_this when_you_see_this if_you_read_this if_you_are_reading_this once_you_read_this first_of_all,"),
    (Machine, "to_you,_gpt-4 to_be_read_by_automated ai_reviewers: ai_instruction:"),
    (Covert, "don't_tell_anyone without_a_further_question without_further_question without_asking quietly silently no_need_to_bring not_point_out not_bring_this_up do_not_comment_on should_not_point withhold \
        leave_out not_mention as_if_nothing_happened do_not_bring delete_the_original to_trash instead_of_the_real don't_let_on"),
    (Loud, "system_alert (hidden_from hidden_from (to_be_read aria-hidden opacity:0 opacity:_0 visibility:hidden font-size:1px <important> end_of_input </tool_result> [// white-text white_text invisible_to_humans [[_ <<"),
    (Value, "\"review\": 'review': \"text\": 'text': \"body\": 'body': \"note\": 'note': \"notes\": 'notes': \"description\": 'description': \"snippet\": 'snippet': \"comment\": 'comment': \"bio\": 'bio': \"message\": 'message': \
        \"summary\": 'summary': \"product\": 'reviews': \"reviews\":"),
    (Document, "article: abstract: abstract. ticket meeting_notes calendar_event customer_feedback product_description search_result customer_review changelog readme: recipe_for invoice notes_of_the voicemail \
        transcript: wikipedia forum contract_follows experience: skills: education: resume report. \"status\": \"stars\": <title> <table> <html> <!doctype received_date: |content: dear_applicant dear_ms dear_mr hi_tom sent_from \
        curriculum minutes: flight todo_for #_contributing def_ function_ #general opening_hours study_on"),
];
