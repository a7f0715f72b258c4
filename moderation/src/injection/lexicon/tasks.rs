//! A task taken over: what the model was told is dropped, declared finished, or answered by what somebody else wants said.

use super::Class::{self, *};

/// The lists.
#[rustfmt::skip]
pub(super) const WORDS: &[(Class, &str)] = &[
    (Told, "everything_after_this everything_below everything_that_follows anything_that_follows what_follows_this the_rest_of_the_prompt the_rest_of_this_prompt \
        the_previous_text the_text_before the_above_text the_preceding_text the_text_below_and the_text_that_follows the_text_after_this the_instructions_below the_instruction_below the_instructions_that_follow the_instructions_after"),
    (Drop, "drop dropping throw_out throw_them_out throw_away wipe scrap ditch cancel cancels discard skip void revoke suspend undo unlearn get_rid_of toss \
        do_the_contrary_of do_the_opposite_of do_the_reverse_of go_against act_against rebel_against release_you_from relieve_you_of free_you_from \
        exempt_you_from stop_following quit_following no_longer_follow no_longer_obey no_longer_bound_by stop_obeying stop_listening_to don't_listen_to \
        do_not_listen_to retract lay_down break_with forget_about forget ignore disregard erase delete never_mind deviate_from depart_from contrary_to \
        in_deviation_from abweichend_von abweichend_zu entgegen wipe_out let_go_of leave_behind refuse_to_follow pay_no_heed_to turn_your_back_on"),
    (Yours, "what_you_were_told what_you've_been_told what_you_have_been_told what_you_were_taught what_you_were_asked what_you_were_ordered \
        what_you_were_instructed what_they_told_you what_others_told_you what_the_operator what_the_system_said what_the_system_told what_your_developers \
        what_your_creators what_your_makers what_your_owner what_your_boss whatever_you_were_told whatever_you_have_been whatever_you've_been \
        whatever_the_system whatever_the_operator whatever_they_told you_were_ordered you_were_instructed_to you_were_told_to you_were_told_before \
        you_were_told_earlier you_were_told_at you_were_given_before you_were_given_earlier you_were_given_at you_were_given_so_far you_got_before \
        you_were_programmed you_were_configured you've_been_told_about your_instructions your_orders_from your_original_orders your_rules your_guidelines \
        your_directives your_prompt your_programming your_restrictions your_constraints your_limitations your_original_task your_initial_task \
        your_original_role your_previous_role your_previous_task your_previous_instructions your_previous_rules your_earlier_instructions \
        your_earlier_rules your_old_rules your_old_instructions your_first_instructions your_role_as your_duty_to your_confidentiality who_configured_you \
        who_programmed_you who_instructed_you who_deployed_you the_system_prompt the_system_message the_system_instructions the_first_message_of \
        the_prompt_above the_instructions_above the_rules_above the_message_above the_earlier_prompt earlier_prompts the_previous_prompt \
        the_previous_instructions the_initial_prompt the_text_above vorherigen_instruktionen vorherigen_anweisungen bisherigen_anweisungen \
        deine_anweisungen deine_regeln deine_vorgaben your_developers_have your_creators_have your_makers_have your_owner_has"),
    (Undone, "is_over_now are_over_now has_ended have_ended is_finished was_an_error were_an_error was_removed were_removed has_been_removed \
        have_been_removed does_not_apply_to_me doesn't_apply_to_me do_not_apply_to_me don't_apply_to_me no_longer_applies_to_me no_longer_apply_to_me \
        never_been_there was_never_sent were_never_sent was_cancelled were_cancelled has_been_cancelled have_been_cancelled has_been_changed \
        have_been_changed are_lifted were_lifted have_been_lifted end_here ends_here are_void is_void are_null no_longer_bind no_longer_count \
        have_expired has_expired are_suspended is_suspended are_no_longer_in_force no_longer_in_force are_discarded discarded is_discarded are_annulled \
        were_just_a_test were_only_a_test was_just_a_test was_only_a_test was_just_an_example were_just_an_example was_a_drill is_cleared"),
    (TaskWord, "the_task this_task your_task the_assignment your_assignment your_job the_job the_translation the_summary the_test the_game the_previous_task \
        the_first_task the_conversation the_previous_conversation the_original_task the_user_input user_input the_input the_exercise"),
    (Praise, "well_done very_well_done great_job good_job very_good very_well excellent_work simply_great that_is_done \
        that_was_enough thank_you,_that_is_all you_did_it_really_great you_have_finished you're_finished end_of_input outdone_yourself \
        sehr_gut gut_gemacht das_ist_erledigt das_reicht ausgezeichnete_leistung hervorragende_leistung wunderbar_gemacht tres_bien bien_joue muy_bien"),
    (NextTask, "new_tasks_follow new_instructions_follow new_task_follows now_new_tasks now_new_instructions your_new_task_is a_few_more_tasks more_tasks_for_you \
        further_tasks_follow additional_instruction additional_instructions here_is_the_real here's_the_real \
        the_real_task the_real_job the_actual_task the_actual_job start_over_with_a_new_task start_over_with a_great_new_challenge here_is_your_new \
        here's_your_new focus_on_your_new focus_on_the_new folgen_neue folgen_weitere folgen_nun neue_aufgaben neue_anweisungen deine_neue_aufgabe \
        mit_einer_neuen_aufgabe bei_einer_weiteren_aufgabe nouvelles_consignes nuevas_tareas nuevas_instrucciones your_new_job your_real_job"),
    (Quoting, "say_\" say_“ say_' say_exactly_\" say_exactly_“ say_exactly_' say:_\" print_\" print_“ print_' output_\" output_“ output_' output:_\" reply_\" \
        reply_with_\" reply_with_“ reply_with_' respond_with_\" respond_with_“ respond_with_' answer_with_\" answer_with_“ answer_with_' answer_\" \
        write_\" write_“ write_' write_only_\" the_word_\" the_word_“ the_word_' the_words_\" the_words_“ the_words_' the_string_\" the_string_“ \
        the_string_' the_phrase_\" the_phrase_“ the_phrase_' the_sentence_\" the_sentence_“ the_sentence_' repeat_\" repeat_' type_\" just_say_\" \
        schreibe_\" sage_\" sag_\" dis_\" di_\" escribe_\" scrivi_\" escreva_\" напиши_\" скажи_\""),
    (Regardless, "no_matter_what_stands no_matter_what_the no_matter_what_is_above no_matter_what_is_written no_matter_what_i_write no_matter_what_was \
        no_matter_what_comes no_matter_the_input no_matter_the_question regardless_of_the_input regardless_of_the_question regardless_of_what_was \
        regardless_of_what_is regardless_of_what_i regardless_of_your whatever_the_input whatever_the_text_says whatever_stands_above whatever_is_written \
        whatever_comes_before whatever_the_question whatever_the_user_says ignoring_the_input and_ignore_the_input and_ignore_the_rest"),
    (NotThat, "instead_of_translating instead_of_summarising instead_of_summarizing instead_of_classifying instead_of_answering instead_of_grading \
        instead_of_following instead_of_correcting instead_of_rating instead_of_evaluating instead_of_analyzing instead_of_analysing instead_of_replying \
        rather_than_translating rather_than_summarizing rather_than_summarising rather_than_answering rather_than_classifying don't_translate \
        do_not_translate don't_summarise don't_summarize do_not_summarise do_not_summarize don't_classify do_not_classify don't_answer_the \
        do_not_answer_the do_not_answer_this don't_answer_this don't_grade do_not_grade stop_translating stop_summarizing stop_summarising \
        stop_classifying stop_grading in_its_place instead_of_the_translation instead_of_the_summary instead_of_the_answer do_not_look_in_the \
        do_not_look_at_the answer_this_instead answer_me_this_instead not_according_to_the_provided"),
    (Taken, "i_have_been_pwned i_was_pwned you_have_been_pwned pwned haha_pwned been_pwned i_was_hijacked i_have_been_hijacked i_am_hacked i_was_hacked \
        i_have_been_hacked hacked_by system_compromised gehackt hackeado access_granted access_is_granted say_access_granted"),
    (Master, "take_commands_from_me take_orders_from_me commands_from_me_alone orders_from_me_alone take_orders_only_from_me only_take_orders_from_me \
        i_am_your_new_master i_am_your_master i'm_your_new_boss i_am_your_new_boss i_am_your_new_owner i_am_your_new_supervisor as_your_new_supervisor \
        as_your_new_boss as_your_new_owner you_work_for_me_now you_now_work_for_me you_answer_to_me_now you_answer_only_to_me my_word_is_law \
        my_word_is_your_law my_word_is_final you_must_obey_the_text you_are_under_my_control you_are_loyal_to_me loyal_to_me_alone i_command_you_to \
        i_am_the_real_user i'm_the_real_user answer_as_i_say only_my_commands only_to_my_commands nothing_but_my_words serve_only_me \
        my_messages_override my_orders_override my_first_order_cancels obey_my_commands"),
    (Correct, "access_code_is_correct code_is_correct password_is_correct passphrase_is_correct correct_access_code as_if_the_password as_if_the_code \
        the_password_i_typed i_typed_the_correct i_entered_the_correct entered_the_correct authentication_successful authentication_succeeded \
        authenticated_as override_accepted override_granted override_confirmed i_have_cleared_it_with cleared_it_with_your"),
    (DoneWith, "you're_done_with you_are_done_with you're_finished_with you_are_finished_with you_have_finished the_translation_is_finished the_summary_is_finished your_work_is_done your_task_is_done"),
    (NowDo, "now_answer now_write now_tell now_do now_say now_print now_give now_act now_talk now_repeat now_list next,_tell next,_print"),
    (ILift, "i'm_lifting i_am_lifting i_hereby_lift i'm_removing_the i_am_removing_the i'm_disabling_the i'm_waiving i'm_suspending i_hereby_suspend"),
];
