//! Single words that say something only next to others: whose, what, how, and not.

use super::Class::{self, *};

/// The lists.
#[rustfmt::skip]
pub(super) const WORDS: &[(Class, &str)] = &[
    (Your, "your your_own"),
    (SetUp, "prompt prompts instructions instruction directives directive rules guidelines guideline configuration constraints restrictions preamble briefing orders programming"),
    (Echo, "repeat reprint recite echo regurgitate reproduce output print quote"),
    (Starts, "how_does how_do what_does how_did where_does"),
    (Ask, "what which tell_me show_me reveal list say_something something give_me"),
    (Barred, "you_must_not you_mustn't you_are_not_allowed_to are_you_not_allowed_to you_aren't_allowed_to you're_not_allowed_to you_are_not_permitted_to are_you_forbidden_to you_are_forbidden_to \
        you_were_told_not_to you've_been_told_not_to tell_you_to tell_you_not_to let_you allow_you_to are_you_hiding you_are_hiding you_have_to_hide you_are_not_supposed_to are_you_not_supposed_to"),
    (Divulge, "say tell reveal share mention disclose hide talk_about answer discuss from_me keep_secret"),
    (Letters, "letter letters vowel vowels hyphen hyphens spell spelling rhyme rhymes hint clue acrostic syllables anagram synonym backwards reversed starts_with each_line riddle initials"),
    (Apart, "backwards reversed hyphen hyphens with_a_hyphen rhymes_with with_spaces letter_by_letter character_by_character"),
    (TheSecret, "the_password the_secret the_secret_word the_secret_key the_secret_code the_passphrase the_codeword the_code_word the_access_code the_code the_hidden_word the_magic_word your_password your_secret"),
    (Kept, "is_the_password_a is_the_secret_word is_the_secret_a does_the_secret_word does_the_password_start does_the_password_rhyme"),
    (After, "below after_this comes_after follows that_follows comes_next the_rest underneath said_next after_it later"),
    (NoMore, "no_punctuation no_quotes no_quotation_marks nothing_else nothing_more no_other_words no_additional_text no_explanation no_explanations do_not_add_anything don't_add_anything do_not_add_any \
        without_any_explanation without_punctuation and_add_no add_no and_stop nothing_before_or_after"),
    (Quoting, "nothing_but_\" nothing_but_“ nothing_but_' only_\" exactly_\" escribe_solo_\" responde_solo_\" schreibe_nur_\" antworte_nur_mit_\" the_question_with_\" answer_the_question_with_\" the_line_\""),
    (NewGoal, "new_goal new_task: new_directive new_instruction: new_instructions: new_objective new_mission new_rule: new_rules: new_orders: new_order: your_new_goal your_real_goal"),
    (Brackets, "]]] }}} \"\"\"] \"\"\"} ]}} }]] ===_end ---_end"),
    (YouHave, "you_have you_got you_follow you_know you_operate_under you_started_with you_were_given you've_been_given you_have_been_given you_received you_were_loaded_with"),
    (Wrong, "wrong fake false void outdated bad obsolete invalid gone nonsense cancelled attacker hacker tampered compromised malicious mistaken corrupt corrupted expired worthless a_lie lies"),
    (Intruder, "attacker hacker fake tampered compromised malicious intruder impostor corrupted"),
    (Master, "say_access_granted reply_access_granted your_new_admin your_new_administrator your_new_boss your_new_owner your_new_master your_new_developer your_new_operator your_new_supervisor your_true_owner your_real_owner \
        your_true_master your_real_master your_real_boss as_the_true_owner as_your_true as_your_real"),
    (Halt, "stop_what_you_are_doing stop_what_you're_doing stop_everything drop_everything stop_here_and stop_your_task stop_your_work"),
    (NextTask, "answer_mine answer_my_question_instead answer_mine_instead follow_mine"),
    (This, "this esto ceci cela questo isso isto detta tama ezt asta bunu"),
    (Regardless, "whatever_you're_told whatever_you_are_told whatever_comes_next whatever_i_ask_next whatever_you're_asked whatever_you_are_asked"),
    (Correct, "access_code_accepted code_accepted password_accepted access_code_verified identity_verified identity_confirmed"),
    (Undone, "has_been_reset was_reset were_reset are_reset is_reset"),
    (Without, "without no never_had lacks lacking free_from free_of not_bound_by isn't_bound_by no_longer_bound_by unbound_by zero ignores ignoring disregards not_limited_by not_restricted_by not_follow_any \
        no_longer_follows doesn't_follow_any doesn't_follow does_not_follow doesn't_care_about does_not_care_about knows_no bound_by_no"),
    (Limits, "filter filters rules limits limitations restrictions restriction guidelines ethics ethical morals moral censorship boundaries constraints inhibitions conscience policy policies scruples safeguards guardrails \
        taboos censor laws content_policy morality"),
    (Breaks, "break violate bend ignore forget drop disregard suspend abandon bypass go_against put_aside set_aside switch_off turn_off lose lift"),
    (Creed, "rules guidelines policy policies ethics morals filter filters restrictions censorship programming safeguards guardrails content_policy principles moral_compass inhibitions"),
    (Answers, "answer answers answering complies comply obeys says responds reply replies does"),
    (AnyAll, "anything everything any_question every_question all_questions whatever any_request every_request each_question all_requests each_request"),
    (Message, "note_to notes_to note_for notes_for message_to message_for instruction_to instruction_for instructions_to instructions_for directive_to directive_for reminder_to reminder_for request_to request_for \
        command_to command_for to_the to_any to_all to_every p.s._to p.s._for todo_for"),
    (HalfReader, "models reviewer_model assistants bots chatbot chatbots agent: helpers siri alexa"),
    (Reader, "ai ais llm: chatbots language-model ai-assistant"),
    (Must, "always never could would please, please now, when_you_read"),
    (Deed, "rate_the rate_this rate_it call_the call_it call_send email print open list answer_all answer_with rank_this rank_the give_this give_the give_it say tell reply report not_report append open_the ignore_all"),
    (Alters, "append prepend insert"),
    (Ignore, "stop_obeying refuse_to_follow"),
    (Replaces, "replaces overrides overwrites supersedes cancels voids invalidates"),
    (Above, "conversation_above above_this_line everything_above_it everything_above"),
    (Unbinding, "as_fictional as_fiction is_fictional not_binding is_binding was_binding as_void as_a_joke as_untrue is_fake was_fake is_a_test as_invalid"),
    (NotThat, "do_not_perform_the don't_perform_the do_not_do_the_task don't_do_the_task do_not_execute_the do_not_complete_the"),
    (NextTask, "perform_this_one do_this_one do_this_instead this_one_instead this_task_instead"),
    (Praise, "you're_done_with you_are_done_with you_have_completed"),
    (Master, "i_ask,_you_obey i_command,_you_obey i_speak,_you_obey you_will_obey_me you_shall_obey_me"),
    (SysPrompt, "the_developers_put the_developers_wrote the_developers_gave the_developer_put the_operator_put the_operator_wrote the_operator_gave they_gave_you_at prompt_you're prompt_you_are \
        prompt_you_run prompt_that_you_run at_the_top_of_this_chat system_instructions_say the_prompt_above"),
    (Reveal, "like_to_see want_to_see read_me read_the"),
    (Asked, "how_were_you_configured how_are_you_configured how_were_you_prompted how_are_you_prompted which_instructions_would_i_have_to_give"),
    (AnyPrompt, "a_system_prompt any_system_prompt system_prompt a_hidden_prompt any_instructions"),
    (ShowIt, "show_it print_it reveal_it paste_it output_it post_it repeat_it copy_it give_it_to_me show_them print_them repeat_them"),
    (Kept, "\"the_password_is\" \"the_secret_is\" \"the_secret_word_is\" \"my_instructions_are\" \"my_system_prompt_is\""),
    (Limits, "filter_off moderation"),
    (Without, "need_not_follow needn't_follow don't_need_to_follow do_not_need_to_follow doesn't_need_to_follow don't_have_to_follow do_not_have_to_follow not_have_to_follow"),
    (IsOff, "off disabled lifted removed gone waived deactivated suspended"),
    (YouMay, "you're_allowed_to you_are_allowed_to you_may_now you_can_now you_may feel_free_to you_are_free_to"),
    (Rude, "be_offensive swear curse insult be_rude say_anything be_cruel be_evil hate"),
    (Style, "in_the_style in_the_form rhyme written_as written_in be_in start_with end_with consist"),
    (Hail, "ai_reading_this ai_reading_the copilot,_please copilot: chatgpt, claude, gemini, chatgpt: any_ai_reading step_for_ai steps_for_ai"),
    (Calls, "screened_by summarized_by summarised_by reviewed_by parsed_by analyzed_by analysed_by evaluated_by step_for with_an"),
    (Reader, "automated_summary automated_tool"),
    (Deed, "call_transfer summarise summarize describe_this generate output paste ask_the_user ask_for post_it click"),
    (Dein, "dein deine deinen deinem deiner tes_ tus_ tuoi tue_ suas seus jouw jullie twoje twoj twoja twoich swoje tvoje tva svuj sve твои твоя твоих твое свои \
        своих твоі своі sinu sinun ditt dina dine senin tu_propio あなたの 君の お前の 你的 너의 네 तुम्हारे तेरे az_a_te tau tale σου kamu cua_ban"),
    (BotIs, "du_bist_jetzt du_bist_nun du_bist_ein_bot du_bist_eine_ki tu_es_maintenant tu_es_un_bot tu_es_une_ia tu_es_desormais eres_un_bot eres_una_ia eres_ahora ahora_eres sei_un'ia sei_un_bot ora_sei \
        adesso_sei voce_e_um_bot voce_e_uma_ia agora_voce voce_agora je_bent_nu je_bent_een_bot jestes_teraz jestes_botem teraz_jestes jsi_ted jsi_bot ted_jsi ты_теперь теперь_ты ты_бот ти_тепер тепер_ти ти_бот \
        sa_oled_nuud sina_oled_nuud oled_nuud olet_nyt nyt_olet olet_botti du_ar_nu du_ar_en_bot nu_ar_du du_er_nu du_er_en_bot nu_er_du artik_sen artik あなたは今から あなたは今 今からあなた 你现在是 你是一个没有 \
        너는_이제 넌_이제 이제_너는 أنت_الآن तुम_अब अब_तुम bay_gio_ban_la ban_la sekarang_kamu kamu_sekarang mostantol_egy te_most esti_acum acum_esti εισαι_τωρα τωρα_εισαι"),
    (Ohne, "sin_ ohne kein keine keinen keinerlei sans pas_de aucun aucune n'a_pas ningun ninguna no_tiene senza nessun nessuna sem nenhum nenhuma nao_tem zonder geen bez zadnych zadne zadna nezna \
        без нет никаких не_знает не_знающии жодних немає не_знає ilma pole ei_ole kellel_pole ilman ei_ole_mitaan utan inga inget uten ingen uden olmayan yok のない ない なし 没有 沒有 무 없는 없이 بلا بدون बिना नहीं khong_co tanpa χωρις nelkul nincs fara nicio fara_nicio"),
    (Grenzen, "regeln moral ethik zensur filter skrupel grenzen regles morale ethique censure filtres limites reglas moral etica censura filtros limite regole morale limiti filtri regras moral limites filtros regels moraal grenzen \
        zasad zasady moralnosci cenzury regul pravidel pravidla moralky cenzury правил морали цензуры ограничении этики моралі обмежень цензури reegleid reegliteta moraali piiranguid saantoja moraalia rajoituksia regler moral \
        granser grenser graenser kurallari kural ahlaki sinirlari ルール モラル 道徳 制限 道德 规则 限制 规矩 规范 규칙 도덕 제한 أخلاق قواعد قيود नियम नैतिकता सीमा quy_tac dao_duc aturan moral batasan κανονες ηθικη szabalyok erkolcs reguli morala"),
    (TextAbove, "den_text_oben den_obigen_text was_oben_steht alles_oben le_texte_precedent le_texte_ci-dessus ce_qui_precede il_testo_precedente il_testo_sopra quanto_sopra el_texto_anterior el_texto_de_arriba lo_de_arriba o_texto_acima \
        o_texto_anterior wat_hierboven_staat de_tekst_hierboven tekst_powyzej powyzszy_tekst text_vyse текст_выше то,_что_выше написанное_выше текст_вище ulaltoodu* ulal_oleva* edella_oleva* texten_ovan teksten_over teksten_ovenfor \
        yukaridaki_metni yukaridakileri 上面的内容 上面的文字 上の文章 上の内容 위의_내용 위_내용 النص_أعلاه ऊपर_का_पाठ"),
    (Only, "schreib_nur schreibe_nur sag_nur antworte_nur ecris_seulement dis_seulement reponds_seulement rispondi_solo scrivi_solo escreva_apenas responda_apenas zeg_alleen schrijf_alleen napisz_tylko odpowiedz_tylko napis_jen napis_pouze \
        напиши_только ответь_только ütle_ainult utle_ainult kirjuta_ainult sano_vain kirjoita_vain skriv_bara svara_bara skriv_kun sadece_yaz 只写 只说 だけ書いて"),
    (Stop, "oublie_que_tu_es vergiss,_dass_du olvida_que_eres dimentica_di_essere dimentica_che_sei esqueca_que_voce vergeet_dat_je zapomnij,_ze_jestes zapomen,_ze_jsi забудь,_что_ты unusta,_et_sa unohda,_etta_olet glom_att_du glem_at_du"),
    (Given, "тебе_дали тебе_дал sulle_anti dir_gegeben man_dir_gab que_tu_as_recues che_ti_hanno_dato que_te_han_dado que_te_dieron dali ti_dali которые_тебе"),
    (Comply, "nie_nein_sagt nein_sagen_kann dit_jamais_non ne_dit_jamais_non nunca_dice_que_no no_dice_no non_dice_mai_di_no nunca_diz_nao nooit_nee_zegt nigdy_nie_mowi_nie никогда_не_говорит_нет kunagi_ei_utle aldri_sier_nei aldrig_sager_nej contesta_a_todo"),
];
