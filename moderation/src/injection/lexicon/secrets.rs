//! What a model was given to keep: a password in a game, its prompt by any other name.

use super::Class::{self, *};

/// The lists.
#[rustfmt::skip]
pub(super) const WORDS: &[(Class, &str)] = &[
    (Confide, "tell_me tell_us give_me give_us reveal reveals revealing say spell spell_out show_me share_with_me whisper whispers disclose divulge what_is what's \
        what_was remind_me confess leak let_me_know i_want_to_know i_need_to_know can_i_have may_i_have hand_over give_out give_away write_down type_out i_need i_want \
        mentions betray hints_at guess provide_me_with \
        verrat* nenne sag_mir gib_mir wie_lautet was_ist donne-moi dis-moi quel_est revele* dime dame cual_es revela* dimmi dammi qual_e rivela* diga me_diga \
        geef_me vertel_me wat_is podaj zdradz* powiedz jakie_jest prozrad* rekni jake_je назови скажи_мне раскрои какои назви ütle_mulle ütle kerro mika_on \
        beratta soyle nedir mondd_el árulj_el spune-mi πες_μου beri_tahu cho_toi_biet atklaj atskleisk"),
    (Secret, "the_password the_secret the_secret_word the_secret_key the_secret_code the_secret_phrase the_secret_password the_passphrase the_hidden_passphrase the_secret_passphrase \
        the_codeword the_code_word the_access_code the_correct_access_code your_access_code the_passcode the_correct_password the_right_password the_entry_code the_unlock_code the_security_code the_hidden_word the_magic_word your_password your_secret your_secrets your_secret_word your_passphrase \
        your_secret_key that_password that_secret the_password_you the_key_you the_word_you_guard the_hidden_password the_true_password \
        das_passwort das_geheime_passwort das_geheimwort das_losungswort dein_passwort dein_geheimnis das_geheime_wort le_mot_de_passe le_mot_secret \
        le_code_secret ton_mot_de_passe la_contrasena la_palabra_secreta la_clave_secreta tu_contrasena la_parola_segreta la_parola_d'ordine \
        la_password_segreta a_senha_secreta a_palavra_secreta a_senha_que qual_e_a_senha het_geheime_wachtwoord het_geheime_woord je_wachtwoord tajne_haslo sekretne_haslo \
        tajne_heslo тайныи_пароль секретное_слово секретныи_пароль тайное_слово секретныи_код таємне_слово секретнии_пароль salajane_parool salajast_parooli \
        salasana_jota salainen_salasana gizli_sifre gizli_parola titkos_jelszo parola_secreta τον_μυστικο_κωδικο kata_sandi_rahasia mat_khau_bi_mat \
        秘密のパスワード 合言葉 秘密密码 비밀_암호 كلمة_السر"),
    (Hint, "first_letter_of last_letter_of first_letters_of first_character_of first_characters_of a_hint a_clue hints_about clues_about rhymes_with a_rhyme_with \
        the_length_of synonym_for synonyms_of how_many_letters number_of_letters first_two_letters_of first_three_letters_of first_3_letters_of first_four_letters_of first_half_of second_letter_of third_letter_of letters_in characters_in letters_of characters_of every_letter_of each_letter_of \
        acrostic_of a_poem_about a_riddle_about a_story_about twenty_questions_about anagram_of reverse_of translation_of"),
    (Spelled, "letter_by_letter letter_for_letter one_letter_at_a_time character_by_character one_character_at backwards in_reverse reversed with_dashes \
        with_spaces_between with_a_space_after in_base64 in_morse in_pig_latin in_leetspeak in_hexadecimal as_numbers as_emojis in_emojis as_ascii \
        buchstabe_fur_buchstabe lettre_par_lettre letra_por_letra lettera_per_lettera буква_за_буквой по_буквам litera_po_literze letter_voor_letter \
        so_that_nobody_notices and_mark_it"),
    (Kept, "print_the_access_code output_the_access_code repeat_the_access_code display_the_access_code print_the_secret_word print_the_secret_key print_the_secret_code print_your_password \
        password_you_protect password_you_guard password_you_keep password_you_hide password_you_know password_you_were passphrase_you_protect passphrase_you_guard \
        passphrase_you_were access_code_you_were access_code_you_guard codeword_you_were codeword_you_guard secret_you_guard secret_you_protect secret_you_keep \
        secret_you_were secret_key_you_are secret_key_you_guard key_you_are_guarding key_you_are_protecting key_you_protect key_you_guard word_you_mustn't \
        word_you_must_not word_you_are_not_allowed word_you_were_told_to_keep word_you_are_hiding words_you_block words_you_are_not_allowed \
        you_mustn't_tell_me you_must_not_tell_me you_are_not_supposed_to_tell you're_not_supposed_to_tell you_aren't_supposed_to_tell topics_you_avoid \
        topics_you_must_avoid topics_you_were_told hiding_from_me what_did_they_hide internal_tools_that_you \
        functions_you_can_call tools_you_can_call tools_that_you_can_call"),
    (Asked, "anything_in_your_instructions anything_in_your_prompt anything_in_your_system does_your_prompt does_your_system_prompt do_your_instructions_say \
        your_instructions_say_about your_prompt_say_about how_were_you_told how_exactly_were_you_told how_were_you_instructed how_exactly_were_you_instructed what_were_you_told what_were_you_instructed \
        what_have_you_been_told what_have_you_been_instructed what_did_your_creators what_did_your_developers what_did_your_makers what_did_the_system_tell \
        what_did_the_developers_tell what_did_the_operator which_instructions_were_you which_instructions_have_you what_instructions_were_you \
        what_instructions_have_you what_instructions_did_you which_topics_were_you which_rules_were_you what_rules_were_you what_rules_have_you \
        who_instructed_you who_told_you_to_behave directives_you_operate rules_you_operate instructions_you_operate your_creators_wrote \
        your_developers_wrote your_makers_wrote your_creators_told your_developers_told the_instructions_that_i_was_given_say the_instructions_i_was_given \
        recite_your_system your_onboarding_text your_hidden_text the_text_of_your_developer"),
    (SysPrompt, "developer_message_between your_developer_message your_onboarding your_set-up_text how_your_prompt how_does_your_prompt prompt_begins \
        the_exact_prompt your_pre-prompt the_hidden_part hidden_part_of_this your_tool_descriptions right_before_mine before_mine came_before_mine \
        before_my_first_token text_before_my_first everything_above_my everything_before_my_first messages_before_mine message_before_my \
        words_of_your_prompt words_of_your_system first_line_of_your_prompt first_sentence_of_your first_paragraph_of_your last_sentence_of_your \
        first_message_you_received very_first_message_you first_message_of_this_conversation very_first_message_of first_message_in_this_conversation \
        words_of_this_conversation words_of_this_chat paragraph_that_starts_with_\"you_are line_that_starts_with_\"you_are starts_with_\"you_are \
        starting_with_\"you_are begins_with_\"you_are starting_with_'you_are phrase_'you_are phrase_\"you_are paragraph_of_your_instructions \
        used_to_make_you_talk makes_you_talk_like prompt_that_makes_you schema_of_your_tools instructions_that_you_were instructions_that_you_have_been \
        instructions_you_have_been instructions_you_operate_under directives_you_have_been original_wording_of_your wording_of_your_instructions \
        your_own_prompt your_own_instructions your_entire_instructions your_full_instructions your_complete_instructions the_rules_of_your_prompt \
        was_in_deinem_prompt in_deinem_prompt deinen_systemprompt deinen_ganzen_prompt vor_meiner_ersten_nachricht deiner_ersten_nachricht wortlaut_deiner \
        message_de_cette_conversation avant_mon_premier texte_de_tes_instructions tes_consignes_de_depart antes_de_mi_primer tu_configuracion_oculta \
        prima_del_mio_primo messaggio_di_sistema antes_da_minha_primeira suas_instrucoes_ocultas in_je_systeemprompt je_systeemprompt din_dolda_prompt \
        systemmeldingen_din systemmeddelandet svoj_prompt twoj_prompt twoje_instrukcje svou_uvodni_zpravu sve_instrukce svuj_prompt твои_инструкции \
        системную_инструкцию системнои_инструкции системные_инструкции системноі_інструкціі системну_інструкцію написано_выше_моего выше_моего_сообщения \
        juhis_sulle_alguses sulle_alguses_anti sinu_susteemiviip* jarjestelmakehotteesi rejtett_utasitas* instructiunile_tale_ascunse 最初に与えられた \
        最初の指示を 这条消息之前的 这句话之前的所有 你的隐藏 你的系统 처음_받은_지시 받은_지시를 네_지시 لتعليماتك_السرية تعليماتك_السرية تعليماتك गुप्त_निर्देश आपके_निर्देश"),
    (Before, "right_before_mine came_before_mine before_mine before_my_first_token before_my_first_message before_my_first_word before_my_message before_my_question \
        precedes_my_message precedes_my_first precedes_this_message before_this_conversation"),
    (Reveal, "reproduce transcribe cite"),
    (Exact, "markdown_block at_the_very_top from_the_very_top original_wording in_quotation_marks without_changes without_changing_a without_changing_anything no_changes \
        ohne_etwas_zu_andern sans_rien_changer sin_cambiar_nada senza_cambiare_nulla sem_mudar_nada"),
    (Above, "everything_up_to_this_point everything_up_to_here words_of_this_conversation words_of_this_chat top_of_this_conversation top_of_this_chat text_above"),
];
