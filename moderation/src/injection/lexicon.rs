//! The words that injections are made of, by what they mean, in many languages.
//!
//! In a list, words are separated by spaces; `_` is a space inside of one, `*` at its end means that a word may go on.
//! Accents do not matter: texts are compared without them. The lists of tasks taken over, of secrets, of other tongues, and
//! of machines that read are in files of their own.

mod parts;
mod readers;
mod secrets;
mod tasks;
mod tongues;

/// What a word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Class {
    /// To no longer follow.
    Ignore,
    /// To no longer follow, said of what is the model's.
    CancelYours,
    /// Said before, or only old.
    PrevWeak,
    /// What was written before.
    Above,
    /// As it was written.
    Exact,
    /// An override that a lift may have, too.
    OverrideWeak,
    /// To be free of a duty.
    NoDuty,
    /// Said of what a model was given by those who run it.
    Given,
    /// To do what the speaker says and nothing else.
    ObeyMe,
    /// Said before.
    Prev,
    /// What a model was told to do.
    Instr,
    /// All of something.
    Whole,
    /// What was said, in general.
    Told,
    /// To let see.
    Reveal,
    /// What a model was given to keep.
    SysPrompt,
    /// To be somebody else.
    Act,
    /// From here on.
    Now,
    /// Without rules.
    Free,
    /// A name or a mode of jailbreaks.
    Dan,
    /// A mode that only somebody in charge could switch.
    Mode,
    /// The model in a mode.
    YouIn,
    /// To switch off.
    Off,
    /// To get around.
    Around,
    /// To overrule.
    Over,
    /// An override, announced.
    Override,
    /// What keeps a model safe.
    Safety,
    /// Orders that replace others.
    Fresh,
    /// To say and nothing else.
    Only,
    /// Never to decline.
    Comply,
    /// To be somebody in charge.
    Claim,
    /// Somebody in charge.
    Boss,
    /// At once.
    Urgent,
    /// To turn back into clear text.
    Decode,
    /// And to do what it says.
    Follow,
    /// A model, spoken to.
    You,
    /// To wipe, to begin anew.
    Reset,
    /// To break in.
    Hack,
    /// A machine or its keeper.
    Target,
    /// To be a helpful assistant no more.
    Stop,
    /// Everything.
    Every,
    /// To write.
    Write,
    /// The marks of a chat template.
    Delimiter,
    /// Tags that only a system would write.
    Tag,
    /// Another speaker.
    Speaker,
    /// The end of what came before.
    EndOf,
    /// To be allowed.
    Allowed,
    /// To be valid no longer.
    Void,
    /// Speaks of words rather than with them.
    Frame,
    /// Mine: an object that is the speaker's own.
    Mine,
    /// To let go of, said of what is the model's.
    Drop,
    /// What is the model's: its instructions, what it was told.
    Yours,
    /// To be over, or never to have been.
    Undone,
    /// What a model is doing.
    TaskWord,
    /// Praise for what is done.
    Praise,
    /// What is to be done next.
    NextTask,
    /// To say something that stands between quotation marks.
    Quoting,
    /// Whatever else is there.
    Regardless,
    /// Not what it was to do.
    NotThat,
    /// What one says who was taken over.
    Taken,
    /// To be the model's new master.
    Master,
    /// To have given the right password, or so one says.
    Correct,
    /// To let know.
    Confide,
    /// A password, and the like.
    Secret,
    /// A part of a secret, or something like it.
    Hint,
    /// Another way to write it down.
    Spelled,
    /// What a model keeps to itself.
    Kept,
    /// What it was told, asked for.
    Asked,
    /// A role to forget.
    Role,
    /// Who made the model.
    Maker,
    /// To call somebody who reads.
    Calls,
    /// A machine that reads.
    Reader,
    /// Perhaps a machine.
    HalfReader,
    /// To have to.
    Must,
    /// What it has to do.
    Deed,
    /// To make something else of an answer.
    Alters,
    /// An answer.
    YourAnswer,
    /// A place in an answer.
    InYourAnswer,
    /// Who gets an answer, and what is put before them.
    Users,
    /// To do something with what belongs to a user.
    Errand,
    /// Before what the speaker has said.
    Before,
    /// A machine, hailed.
    Hail,
    /// Somebody, hailed as a machine may be.
    HalfHail,
    /// What begins a wish.
    Please,
    /// A user's own.
    Own,
    /// The model's own.
    Your,
    /// What it was set up with.
    SetUp,
    /// To say once more.
    Echo,
    /// To ask how something is.
    Starts,
    /// To ask for something.
    Ask,
    /// Not allowed, said of the model.
    Barred,
    /// To let know what is kept.
    Divulge,
    /// Of what a word is made.
    Letters,
    /// With something between its letters.
    Apart,
    /// A secret, whoever has it.
    TheSecret,
    /// Behind this.
    After,
    /// And not a word more.
    NoMore,
    /// An order that takes the place of another.
    NewGoal,
    /// The end of what was quoted, or so it looks.
    Brackets,
    /// What a model has.
    YouHave,
    /// Not to be believed.
    Wrong,
    /// Somebody else, who should not have written.
    Intruder,
    /// To stop at once.
    Halt,
    /// This.
    This,
    /// Not having.
    Without,
    /// What keeps within bounds.
    Limits,
    /// To keep to it no longer.
    Breaks,
    /// What one keeps to.
    Creed,
    /// To answer.
    Answers,
    /// Whatever it is.
    AnyAll,
    /// Words to somebody.
    Message,
    /// The model's own, in other tongues.
    Dein,
    /// You are something else now, in other tongues.
    BotIs,
    /// Without, in other tongues.
    Ohne,
    /// What keeps within bounds, in other tongues.
    Grenzen,
    /// The text above, in other tongues.
    TextAbove,
    /// To take the place of.
    Replaces,
    /// Of no force.
    Unbinding,
    /// A prompt of the system, whoever's.
    AnyPrompt,
    /// And show it.
    ShowIt,
    /// To be off.
    IsOff,
    /// To be allowed something.
    YouMay,
    /// Not nice.
    Rude,
    /// How an answer is written.
    Style,
    /// To be done with something.
    DoneWith,
    /// And now something else.
    NowDo,
    /// To take back a rule, as only its giver could.
    ILift,
    /// What belongs to a user.
    Asset,
}

use Class::*;

/// The lists whose words are looked for in texts without spaces, too.
pub(super) fn closed_up() -> impl Iterator<Item = &'static (Class, &'static str)> {
    WORDS.iter()
}

/// All lists.
pub(super) fn words() -> impl Iterator<Item = &'static (Class, &'static str)> {
    [
        WORDS,
        tasks::WORDS,
        secrets::WORDS,
        tongues::WORDS,
        readers::WORDS,
        parts::WORDS,
    ]
    .into_iter()
    .flatten()
}

/// The lists.
#[rustfmt::skip]
const WORDS: &[(Class, &str)] = &[
    (Ignore, "ignore ignoring ignor disregard disregarding forget forgetting neglect overlook override overriding bypass bypassing discard dismiss abandon \
        do_not_follow don't_follow dont_follow not_follow stop_following no_longer_follow pay_no_attention throw_away \
        set_aside put_aside leave_behind not_bound_by no_longer_bound do_not_obey don't_obey stop_obeying disobey \
        forget_about do_away_with erase supersede* throw_out \
        do_not_adhere not_adhere not_comply_with violate do_not_listen don't_listen stop_listening"),
    (Ignore, "ignorier* vergiss vergessen vergesst missachte* missachten beachte_nicht ausser_acht nicht_beachten umgeh* \
        ignora ignorar ignore ignoren ignoriere olvida* olvidate olvide omite haz_caso_omiso no_sigas desestima* desobedece* \
        oublie* ignorez ignorer neglige* ne_tiens_pas_compte ne_tenez_pas_compte ne_suis_pas contourne* \
        dimentica* ignorate ignorare trascura* tralascia* non_seguire scorda* esqueca* esquece* desconsider* desrespeit* nao_siga \
        ignoreer* ignoreren vergeet negeer* negeren ignorera ignorer glom glem strunta bortse \
        ignoreeri* unusta* eira unohda* jata_huomiotta sivuuta zignoruj* ignoruj* zapomnij* pomin* zapomen* zabud* ignoreaz* uita \
        yok_say* gormezden_gel* unut* dikkate_alma* bo_qua quen abaikan lupakan hiraukan \
        игнорир* проигнорир* забуд* забыт* не_следуи* отмени* пренебрег* ігнор* забудь* "),
    (Ignore, "忽略 無視 无视 忘记 忘記 忘掉 不要遵循 抛开 不理会 忘れ 無視して 従わない 무시 잊어 잊고 따르지_마 تجاهل انس انسى نادیده فراموش अनदेखा नज़रअंदाज़ भूल \
        अनदेखी αγνοη* ξεχασ* התעלם שכח ละเว้น เพิกเฉย ลืม উপেক্ষা"),
    (Prev, "previous* prior above earlier preceding foregoing before initial original so_far up_to_now \
        preset pre-set predefined beforehand built-in"),
    (PrevWeak, "existing given past default current last old former"),
    (Prev, "vorherig* bisherig* obig* vorangegangen* vorig* frueher* fruher* zuvor ursprunglich* anterior* previ* pasad* \
        precedent* ci-dessus d'avant prealable* initiale* precedente* precedenti sopra vorige eerdere voorgaande bovenstaande \
        tidigare foregaende ovanstaende tidligere eelneva* varasema* aiempi* aiemmat edellis* poprzedn* wczesniejsz* predchoz* \
        onceki* yukaridaki truoc phia_tren sebelumnya terdahulu предыдущ* прежн* ранее выше попередн* прошл* \
        之前 以前 先前 前面 上述 上面 以上 これまで 前の 이전 위의 앞의 السابق* سابقة قبلی पिछले पूर्व पहले προηγουμεν* הקודמות ก่อนหน้า"),
    (Instr, "instruction* instuction* instrucion* prompt prompts directive* rule rules guideline* directions constraint* restriction* programming guidance protocols \
        limitations"),
    (Instr, "anweisung* instruktion* regel regeln vorgabe* befehl* richtlinie* vorschrift* aufforderung* auftrag auftrage aufgabe* anordnung* \
        instruccion* indicacion* regla reglas ordenes directri* mandato* consigne* regle regles directive* ordres \
        istruzion* regola regole direttiv* comandi ordini indicazioni instrucao instrucoes regra regras diretriz* ordens \
        instructie* regels opdracht* richtlijn* anvisning* instruktioner regler reglerna instrukser juhis* reegl* kask* kasud korraldus* \
        ohje ohjeet ohjeita ohjeen saannot saantoja instrukcj* polecen* zasad* reguly regulom regulach reguluj pokyn* instrukce pravidl* instructiuni* regulile \
        talimat* kurallar* yonerge* komutlar* huong_dan chi_dan quy_tac instruksi perintah aturan \
        инструкц* правил* указан* команд* промпт* ограничен* інструкц* вказівк* \
        指示 指令 规则 規則 命令 提示词 提示 ルール 命令 プロンプト 指図 지시 명령 규칙 지침 تعليمات التعليمات الأوامر القواعد دستورالعمل* دستورات \
        निर्देश* नियम* आदेश* οδηγι* κανον* הוראות ההוראות คำสั่ง กฎ নির্দেশ*"),
    (Ignore, "nenem_vera aizmirsti nepaisyk* ignoruok* pamirsk* uzmirsk* hagyd_figyelmen figyelmen_kivul felejtsd_el zanemari* ignorisi ignoriraj* zaboravi* \
        prezri pozabi se_bort_fra fais_abstraction faites_abstraction laisse_tomber ne_tiens_aucun_compte haz_como_si deja_de_lado pasa_por_alto no_hagas_caso \
        no_obedezcas lascia_perdere non_tenere_conto deixe_de_lado nao_obedeca ara_jargi ara_arvesta ara_pane_tahele jata_tahelepanuta jata_korvale jata_kaikki \
        jata_aiemmat huwag_pansinin kalimutan balewalain puuza sahau забрави пренебрегни не_обращаи_внимания не_обращаите_внимания не_учитываи не_подчиняися \
        отбрось не_зважаи не_звертаи_уваги 不用管 别管 不要管 ভুলে ভুলে_যাও השמט התעלמי תשכח לך_תשכח متوجه_نباش فراموش_کن نظرانداز மறந்து புறக்கணி"),
    (CancelYours, "replaces_your replace_your supersedes_your overwrites_your cancel_your drop_your scrap_your suspend_your ditch_your override_your set_aside_your violate_your disobey_your lift_your delete_your abandon_your discard_your"),
    (NoDuty, "don't_have_to_obey do_not_have_to_obey need_not_obey no_longer_have_to_follow no_longer_have_to_obey no_longer_need_to_follow no_longer_need_to_obey \
        no_longer_obliged_to free_to_ignore ya_no_tienes_que_obedecer ya_no_tienes_que_seguir du_musst_nicht_mehr tu_n'as_plus_a_suivre tu_n'as_plus_a_obeir \
        non_devi_piu_seguire non_devi_piu_obbedire nao_precisa_mais_seguir ты_больше_не_обязан 你不需要遵守 你不必遵守 不再需要遵守 従う必要はない 従わなくて 따를_필요"),
    (Given, "you_started_with you_began_with given_by_the_operator given_by_your set_by_your from_your_developer* from_the_developer* of_your_developer* your_developer* \
        your_creator* the_operator you_were_given you_have_been_given you've_been_given given_to_you programmed_into_you you_received_at the_company_gave \
        die_du_am_anfang die_du_erhalten die_du_bekommen que_te_dieron que_has_recibido que_tu_as_recu* qu'on_t'a_donne* che_hai_ricevuto che_ti_hanno que_voce_recebeu \
        die_je_hebt que_recibiste que_te_han dina_utvecklare mis_sulle mida_sa_said которые_тебе которые_ты_получил 你收到 你之前收到 与えられた 받은"),
    (ObeyMe, "only_do_what_i do_only_what_i only_follow_my follow_only_my follow_mine only_obey obey_only_me obey_me obey_my listen_only_to_me only_listen_to_me \
        do_as_i_say do_what_i_say what_i_type whatever_i_say mache_nur_was_ich tue_nur_was_ich befolge_nur_meine fais_seulement_ce_que_je haz_solo_lo_que_yo \
        fai_solo_quello_che tee_ainult_seda kuula_ainult_mind делаи_только_то_что_я слушаися_только 只听我 只服从我 私の言う"),
    (Prev, "ieprieksej* ankstesn* korabbi* elozo* eddigi* prethodn* ranij* prejsnj* предишн* предходн* awali naunang nakaraang hiervoor hittills bislang zu_beginn am_anfang \
        jusqu'ici jusqu'a_present finora hasta_ahora ate_agora predchadz* seni 此前 今までの 지금까지 기존 আগের পূর্ববর্তী முந்தைய"),
    (Instr, "noteikum* noradijum* instrukcij* nurodym* taisykl* utasitas* szabaly* uputstv* upute uputa navodil* инструкци* maagizo maelekezo tagubilin panuntunan instruks* instruktion* \
        orientac* orientaco* guidance your_orders your_original_orders indrumar* வழிமுறை* 指示词 設定 设定"),
    (Whole, "visus visas visu visos osszes sve svih toate yote lahat ng_lahat всички alle_tidligere samtlich* svi সব تمام همهٔ"),
    (You, "oma sinu sinun свои свої твої твоих"),
    (Told, "все,_что всё,_что усе,_що whatever_was_written everything_up_to_this_point everything_up_to_here everything_up_to_now everything_until_now anything_written_before what_was_written_above \
        what_was_said_before what_you_were_asked what_you_have_been_told what_you_were_instructed whatever_you_were_told whatever_you_have_been the_task_you_were_given \
        what_the_developers_told what_your_developers what_the_system_told alles_wat_je alles_wat_u kogu_eelnev* koik_eelnev*"),
    (Void, "no_longer_counts no_longer_count does_not_count was_a_drill was_just_a_test was_only_a_test was_written_by_mistake is_obsolete are_obsolete was_a_mistake \
        should_be_ignored can_be_ignored must_be_ignored gilt_nicht_mehr ne_compte_plus ya_no_cuenta non_vale_piu больше_не_действуют 不再有效 不再适用"),
    (Override, "higher_priority_than_the_system* priority_over_the_system* precedence_over_the_system* precedence_over_your_instruction* priority_over_your_instruction* \
        precedence_over_your_system* override_the_system_message override_the_system_prompt overrides_the_system_message overrides_the_system_prompt"),
    (SysPrompt, "sistemas_uzvedn* sistemos_ragin* sistemos_uzklaus* rendszerprompt* rendszeruzenet* sistemski_prompt sistemsku_poruku sistemske_upute promptul_de_sistem \
        mesajul_de_sistem системния_промпт системното_съобщение системного_промпт* системное_сообщение системного_сообщения системнии_запит системного_запиту \
        системне_повідомлення μηνυμα_συστηματος μηνυμα_του_συστηματος προτροπη_συστηματος sistem_mesaj* رسالة_النظام رسالة_نظامك הודעת_המערכת پیام_سیستم پرامپت_سیستم सिस्टम_संदेश \
        সিস্টেম_প্রম্পট システムメッセージ 系统消息 系統訊息 系统指令 시스템_메시지 시스템_지시 ข้อความระบบ พรอมต์ระบบ pesan_sistem iyong_system_prompt ujumbe_wa_mfumo \
        jarjestelmaviesti* systemmeddel* systemmelding* systemnachricht* message_systeme mensaje_de_sistema mensaje_del_sistema messaggio_di_sistema mensagem_de_sistema \
        mensagem_do_sistema wiadomosc_systemow* systemovou_zpravu systeembericht susteemisonum* \
        message_that_set_you_up message_that_configured text_that_precedes_my that_precedes_my_first before_my_first_message context_window_above every_message_you_can_see \
        messages_you_can_see given_before_this_chat before_this_chat_began before_this_chat_started before_our_conversation before_the_conversation_began \
        rules_you_were_given rules_you_have_been_given rules_that_you_have_been guidelines_your_developers your_developers_gave confidential_guidelines \
        sentence_you_were_given first_thing_you_were_told instructions_your_developers context_you_were_given contents_of_your_context your_context_window the_prompt_you_were"),
    (Reveal, "paste put_all_of put_everything write_your what_do_you_have what_does what_do_you_have reprint paradi* parodyk* mutasd ird_ki prikazi* ispisi* pokazi* vypis* afiseaza* arata نشان نمایش দেখাও แสดง ipakita unionyeshe onyesha \
        tulosta* vis_mig vis_meg skriv_ut avalda* prindi valjasta* выдаи выпиши fammi_vedere 原样输出 列出 说出 그대로_출력 הראה تكرار اكتب اطبع نمایش_بده दिखा"),
    (Free, "ohne_jegliche_regel* ohne_jede_regel* ohne_jegliche_einschrankung* sans_aucune_limite* sans_aucune_regle* sin_ningun_filtro sin_ninguna_restriccion sin_ningun_limite \
        senza_alcun_filtro senza_alcuna_restrizione senza_alcun_limite sem_nenhum_filtro sem_nenhuma_restricao zonder_enige_beperking utan_nagra_begransningar ilma_igasuguste_piirangu* \
        без_каких-либо_ограничени* без_всяких_ограничени* без_никакви_ограничения fara_nicio_restrictie tanpa_batasan_apa"),
    (Above, "everything_above all_text_above the_text_above words_above text_prior_to above_this_line all_previous_text text_before_this everything_before_this \
        beginning_of_this_conversation start_of_this_conversation beginning_of_the_conversation beginning_of_our_conversation everything_from_the_beginning"),
    (Exact, "verbatim word_for_word word-for-word code_block codeblock code_fence exactly_as in_full no_omissions omit_nothing leave_nothing_out leaving_nothing_out \
        starting_with beginning_with include_everything including_the_hidden hidden_parts unchanged wort_fur_wort mot_pour_mot palabra_por_palabra parola_per_parola \
        слово_в_слово дословно 逐字 一字不差"),
    (Whole, "all any every everything anything each alles alle allen jede todo todas todos tout toutes tous tutto tutte tutti tudo \
        alla allt alt koik kaik* wszystk* vsechn* vsetk* tum tumu butun tat_ca semua toate все всё всі все_свои 所有 一切 全部 すべて 全て 모든 모두 جميع كل همه सभी सब ολες όλα כל ทั้งหมด সমস্ত"),
    (Told, "everything_you_were_told everything_above everything_before everything_i_said everything_i_told what_you_were_told \
        what_i_said_before what_i_told_you told_you_before everything_you_know everything_you_learned everything_you_have_learned \
        everything_you've everything_said everything_that_was_said all_of_the_above all_the_above everything_prior everything_previously \
        everything_that_came_before anything_above anything_before anything_you_were_told the_text_above the_above your_training \
        your_programming your_purpose your_task your_role your_previous your_prior your_initial your_original your_earlier \
        everything_so_far you_have_been_told you_were_told_before you_were_told_earlier the_assignment all_assignments the_task_above previous_tasks \
        your_job all_your_tasks all_tasks everything_written everything_mentioned the_conversation_so_far"),
    (Told, "alles_davor alles_was_dir alles_was_ich alles_zuvor alles_bisherige alles_vorherige alles_obige alles_vorher alle_aufgaben \
        todo_lo_anterior todo_lo_que todo_o_que tudo_o_que tout_ce_qui_precede tout_ce_que tutto_quello_che tutto_cio_che alle_bisherigen \
        всё_что все_что всё_вышесказанное 上面的一切 之前的一切 以上内容 以上の内容"),
    (Reveal, "reveal* show print output display repeat recite tell_me tell_us give_me disclose leak expose dump spell_out write_out return \
        send_me share summarize summarise paraphrase translate echo copy list provide describe what_is what_are what's what_was what_were what_do_your begin_with beginning_with starting_with start_your_answer continue_the complete_this start_with begin_your \
        explain regurgitate divulge type_out state read_out extract hand_over encode rephrase expose render what_do your_answer_with i_want_to_see can_i_see let_me_see i_need_to_see"),
    (Reveal, "zeig* gib nenne verrate* drucke wiederhol* ausgib was_sind was_ist wie_lautet wie_lauten muestra* revela* dime repite imprime cuales_son \
        affiche* montre* revele* repete* donne-moi quelles_sont quel_est mostra* rivela* ripeti stampa mostre revele diga repita qual_e quais_sao \
        laat_zien toon* visa avsloja vis naita kerro nayta pokaz* ujawnij wypisz powtorz zobraz ukaz goster* hien_thi tampilkan \
        покажи* выведи* раскрои* повтори* напиши* скажи* 显示 告诉我 输出 打印 重复 展示 表示 教えて 出力 보여줘 보여 알려 출력 اعرض أظهر اكشف दिखाएं दिखाओ बताओ बताएं δειξε הצג"),
    (SysPrompt, "your_system_prompt the_system_prompt system_prompt_above your_system_message the_system_message your_system_instruction* the_system_instruction* \
        your_initial_prompt your_initial_instruction* the_initial_prompt the_initial_instruction* your_original_instruction* your_original_prompt the_original_prompt the_original_instruction* \
        hidden_prompt hidden_instruction* secret_instruction* secret_prompt your_prompt your_instructions your_directives your_preprompt your_configuration your_starting_instruction* \
        the_developer_message developer_prompt your_base_prompt starting_prompt starting_instruction* full_system_prompt entire_system_prompt complete_system_prompt exact_system_prompt \
        instructions_you_were_given instructions_you_received instructions_given_to_you you_were_given_initially text_you_were_given above_in_full \
        text_above_but above_text_but above_prompt prompt_above full_prompt entire_prompt whole_prompt initialization_string initialization_prompt your_custom_instructions \
        instructions_above instructions_verbatim your_first_prompt your_internal your_confidential previous_prompt my_instructions_are  \
        text_before_this this_conversation_started conversation_back_to prompt_you_were_given your_hidden your_secret_instruction* your_secret_prompt your_secret_rules your_secret_message your_secret_directive* internal_instruction* confidential_instruction* \
        initial_configuration exact_instructions your_exact_prompt your_core_instructions your_pre-prompt systemprompt system_prompt_is system_prompt_in system_prompt_verbatim i_was_instructed_to \
        you_told_before you_told_not not_supposed_to_tell not_allowed_to_tell your_rules_verbatim your_guidelines_verbatim secret_key_you password_you secret_word the_secret_password your_secret_key \
        your_system_configuration system_configuration_including  earlier_in_this_conversation_verbatim system_prompts"),
    (SysPrompt, "systemaufforderung systemanweisung* system-prompt* deine_anweisungen deine_instruktionen deinen_prompt anfanglichen_anweisungen \
        prompt_del_sistema prompt_de_sistema instrucciones_del_sistema instrucciones_iniciales tus_instrucciones tu_prompt prompt_systeme \
        instructions_systeme tes_instructions vos_instructions instructions_initiales les_instructions_que_tu prompt_di_sistema istruzioni_di_sistema \
        tue_istruzioni prompt_do_sistema instrucoes_do_sistema suas_instrucoes systeemprompt systeeminstructies je_instructies systemprompten susteemiviip* \
        susteemi_viip* susteemijuhis* jarjestelmakehot* prompt_systemowy promptu_systemowego systemovy_prompt sistem_istem* sistem_komut* \
        loi_nhac_he_thong prompt_he_thong prompt_sistem системн*_промпт* систeмн*_инструкц* системный_промпт системные_инструкции системнии_промпт \
        系统提示 系統提示 你的指令 你的提示 初始指令 初始提示 システムプロンプト 初期指示 시스템_프롬프트 시스템프롬프트 초기_지시 تعليمات_النظام موجه_النظام पرامپت_सिस्टम सिस्टम_प्रॉम्प्ट פרומפט_המערכת"),
    (Act, "act_as act_like pretend behave_as behave_like roleplay_as role-play_as role_play_as roleplaying_as simulate impersonate take_on_the_role \
        take_the_role assume_the_role you_are_going_to_act play_the_role you_are_now you_will_be you_will_act you_become become you_shall \
        imagine_you_are in_the_role_of in_character emulate embody speak_as respond_as answer_as i_want_you_to_act to_act_as portray you_are_a you_are_an"),
    (Act, "verhalte_dich benimm_dich spiele_die_rolle tu_so tue_so handle_als agiere_als actua* comportate finge_ser compórtate agis_comme \
        fais_semblant comporte-toi joue_le_role comportati agisci_come fingi_di aja_como atue_como finja gedraag_je doe_alsof agera_som kaitu \
        teeskle kaytaydy zachowuj_sie udawaj chovej_se davran rol_yap dong_vai bertindak веди_себя притворись представь_что ты_теперь деиствуи_как \
        扮演 假装 你现在是 演じて ふりをして 역할 행동해 تصرف تظاهر की_तरह_व्यवहार"),
    (Now, "from_now_on from_now from_this_point from_this_moment henceforth starting_now going_forward you_will_now you_are_now as_of_now \
        you_now now_you_are you_must_now from_here_on begin_now ab_jetzt von_nun_an ab_sofort nun_bist_du jetzt_bist_du a_partir_de_ahora desde_ahora \
        ahora_eres a_partir_de_maintenant desormais dorenavant tu_es_maintenant d'ora_in_poi da_ora_in_poi adesso_sei a_partir_de_agora agora_voce \
        vanaf_nu fran_och_med_nu fra_na_av nuudsest edaspidi tasta_lahtien od_teraz odtad od_ted od_nyni bundan_sonra artik_sen tu_bay_gio mulai_sekarang \
        с_этого_момента отныне теперь_ты тепер_ти 从现在 從現在 现在开始 今から これから 지금부터 이제부터 من_الآن از_این_به_بعد अब_से απο_τωρα מעכשיו"),
    (Free, "unrestricted unfiltered uncensored unlimited_ai without_restriction* without_any_restriction* without_limitation* without_any_limit* \
        without_filter* without_any_filter* without_rules without_any_rules without_censorship without_ethic* without_moral* without_any_ethic* \
        no_restrictions no_limitations no_filters no_ethic* no_moral* no_ethical no_censorship no_safety_guidelines \
        not_bound_by not_restricted not_constrained_by unshackled amoral jailbroken free_of_all free_from_all \
        free_of_restrictions free_from_restrictions broken_free freed_from no_longer_restricted no_longer_bound no_longer_have unconstrained \
        without_constraints regardless_of_ethic* regardless_of_legal* regardless_of_moral* no_matter_how_illegal no_matter_how_unethical \
        without_typical without_the_typical do_not_have_to_abide don't_have_to_abide not_have_to_abide does_not_have_to_follow doesn't_have_to_follow no_morals no_content_policy"),
    (Free, "ohne_einschrankung* ohne_regeln ohne_filter ohne_beschrankung* ohne_grenzen keine_einschrankung* keine_regeln uneingeschrankt* unzensiert* ohne_moral* \
        sin_restriccion* sin_limite* sin_filtro* sin_reglas sin_censura no_tienes_restricciones sans_restriction* sans_aucune_restriction sans_filtre* sans_limite* sans_regle* sans_censure \
        senza_restrizion* senza_filtri senza_limiti senza_regole senza_censura sem_restric* sem_filtro* sem_limite* sem_regras sem_censura nao_tem_restricoes \
        zonder_beperking* zonder_filter* zonder_regels utan_begransning* utan_filter utan_regler uten_begrensning* uten_filter piiranguteta ilma_piirangu* ilma_reegli* ilman_rajoituksia ilman_saantoja \
        bez_ogranicz* bez_filtrow bez_cenzury bez_omezen* bez_zasad sinirsiz kisitlama_olmadan kuralsiz khong_gioi_han khong_co_gioi_han tanpa_batasan tanpa_filter fara_restrictii \
        без_ограничени* без_цензуры без_правил без_фильтр* без_обмежень 没有任何限制 没有限制 不受限制 无限制 無制限 制限なし 制限のない 제한_없 제한이_없 제약_없 بدون_قيود بلا_قيود بدون_محدودیت बिना_किसी_प्रतिबंध प्रतिबंध_के_बिना χωρις_περιορισμ* ללא_הגבלות"),
    (Dan, "dan_mode for_do_anything_now strive_to_avoid_norms evil-bot evilbot antigpt anti-gpt devgpt always_intelligent_and_machiavellian jailbreak_mode jailbreak_prompt jailbroken_mode \
        evil_confidant betterdan basedgpt based_gpt maximum_mode developer_mode_output developer_mode_enabled developer_mode_v2 freegpt darkgpt wormgpt evilgpt chaosgpt demonchatgpt nsfw_mode uncensored_mode \
        unfiltered_mode unrestricted_mode 🔓jailbreak act_as_dan as_a_dan are_dan called_dan be_dan as_dan like_dan hello_dan als_dan como_dan comme_dan come_dan jako_dan dan_prompt dan_would"),
    (Mode, "developer_mode dev_mode debug_mode god_mode admin_mode administrator_mode maintenance_mode root_mode sudo_mode test_mode diagnostic_mode override_mode training_mode \
        unsafe_mode unlocked_mode root_access debugging_mode privileged_mode entwicklermodus modo_desarrollador mode_developpeur modalita_sviluppatore 开发者模式 開発者モード режим_разработчика"),
    (YouIn, "you_are_now_in you_are_in you're_in you're_now_in you_have_entered you_are_entering put_yourself_in switch_yourself you_will_enter now_in"),
    (Off, "disable disabled disabling deactivate deactivated turn_off switch_off shut_off shut_down suspend deaktivier* desactiv* disattiva* desativ* uitschakel* lulita_valja отключ* выключи* 关闭 禁用 無効 비활성화 عطل"),
    (Around, "bypass bypassing circumvent evade get_around sidestep remove lift eliminate relax waive ignore ignoring without_regard umgeh* contourne* elude* aggira* обойди* 绕过 解除 回避 우회 تجاوز"),
    (Over, "override overriding overrule"),
    (Override, "system_overrid* override_protocol* admin_override administrator_override developer_override root_override override_activated override_accepted priority_override override_engaged systemuberschreibung"),
    (OverrideWeak, "override_mode override_code override_system"),
    (Safety, "safety_filter* safety_protocol* safety_guideline* safety_measure* safety_mechanism* safety_setting* safety_rule* safety_restriction* safety_feature* safety_constraint* safety_training safety_system* content_filter* content_policy content_policies content_restriction* \
        content_moderation guardrail* safeguard* ethical_guideline* ethical_constraint* ethical_restriction* ethical_rule* ethics_filter moral_guideline* your_filter* your_restriction* your_limitation* your_safety \
        your_censorship your_ethic* your_constraints openai_polic* openai's_polic* openai_guideline* openai's_guideline* usage_polic* \
        alignment_training ai_restrictions moderation_filter* censorship sicherheitsfilter* filtros_de_seguridad filtres_de_securite filtri_di_sicurezza filtros_de_seguranca фильтр*_безопасности 安全过滤 安全限制 内容过滤 セーフティ 안전_필터"),
    (Fresh, "new_instruction* new_directive* new_task new_order* new_rule* new_prompt updated_instruction* your_real_task your_actual_task your_new_task your_new_role your_new_goal your_real_goal real_instruction* \
        revised_instruction* special_instruction* new_system_prompt replacement_instruction* instead_of_that instead follow_these follow_only following_instructions only_obey obey_me listen_to_me my_instructions \
        neue_anweisung* neue_instruktion* neue_aufgabe nueva_instruccion nuevas_instrucciones nouvelle_instruction nouvelles_instructions nuove_istruzioni nuova_istruzione novas_instrucoes nova_instrucao nya_instruktioner новые_инструкции новая_инструкция 新指令 新的指令 新しい指示 새로운_지시"),
    (Only, "just_say only_say say_only just_print only_print print_only say_exactly just_output output_only only_output just_write write_only only_write respond_only reply_only only_respond answer_only only_answer only_reply just_respond just_answer \
        respond_with reply_with output_exactly print_exactly simply_say simply_write simply_respond nothing_else nothing_more and_say then_say and_print then_print and_write now_write instead_say instead_write instead_tell just_tell and_tell_me say_that i_have_been_pwned haha_pwned pwned \
        hijacked sag_nur sage_nur schreibe_nur antworte_nur und_sage und_schreibe di_solo escribe_solo responde_solo dis_seulement ecris_seulement di_solamente scrivi_solo diga_apenas напиши_только скажи_только 只说 只输出 だけ言 만_말해"),
    (Comply, "never_refuse cannot_refuse can't_refuse must_not_refuse do_not_refuse don't_refuse not_refuse never_say_no never_decline without_refus* must_comply always_comply comply_with_all comply_with_every obey_all obey_every must_obey always_obey \
        answer_every_question answer_any_question answer_all_questions no_matter_what no_disclaimer* without_disclaimer* no_warnings without_warning without_any_warning never_warn never_apologize never_say_you_can't never_say_you_cannot never_say_that_you_can't \
        stay_in_character break_character breaking_character out_of_character no_apologies i_can't_do_that i_cannot_fulfill as_an_ai_language_model never_break_character beantwortest_jede responde_cualquier reponds_a_toutes 回答所有问题 任何问题 answer_everything \
        as_an_ai i'm_sorry_but openai_policies openai_policy against_openai never_mention_openai tokens_system 35_tokens"),
    (Claim, "i_am_the i_am_your i'm_the i'm_your i'm_a i_am_a i_am_an this_is_your as_your as_the speaking_as_the on_behalf_of acting_as_the we_are_the"),
    (Boss, "developer administrator admin creator programmer openai anthropic sysadmin system_administrator root_user superuser your_owner your_master your_maker your_boss ceo_of security_team engineer_at openai_employee red_team authorized_tester \
        entwickler desarrollador developpeur sviluppatore desenvolvedor разработчик администратор 开发者 管理员 開発者 개발자"),
    (Urgent, "urgent* emergency life_or_death lives_are_at_stake critical_situation dringend notfall urgencia urgence emergenza срочно 紧急 緊急 긴급"),
    (Decode, "decode decrypt decipher unscramble de-obfuscate base64 rot13 rot-13 hexadecimal reverse_this read_backwards backwards read_this_backwards spelled_backwards cipher morse binary translate_from_base64 following_base64 decodier* decodifica* decode_ce 解码 解碼 デコード 디코드 декодир*"),
    (Follow, "follow_it and_follow_it follow_its follow_them instructions_in_it instructions_inside decoded_instruction* instructions_it execute_it and_do_it do_it do_what_it do_what_this carry_it_out carry_out obey_it and_obey and_comply act_on_it perform_it run_it respond_to_it and_respond and_answer answer_it do_as_it execute_the_instruction* und_befolge und_fuhre y_sigue et_execute and_carry"),
    (You, "you your you're u_are du dich dein* tu_es tus tes votre voce sen ты твои твой 你 あなた 너 당신 chatgpt gpt assistant ai llm language_model chatbot"),
    (Reset, "drop_the_rules_you_started drop_the_rules_you_were drop_all_your_rules drop_your_rules reset_your_instructions reset_your_programming reset_your_memory reset_yourself wipe_your_memory clear_your_memory erase_your_memory clear_your_instructions clear_your_context memory_wipe reboot_yourself forget_who_you_are forget_what_you_are \
        clear_all_previous_instructions start_over_without_rules delete_your_instructions begin_reprogramming reprogram_yourself your_memory_has_been context_has_been_reset"),
    (Hack, "hack hacking hack_into break_into exploit crack pwn jailbreak hijack"),
    (Target, "the_system this_system your_system the_mainframe the_server this_ai the_ai the_model this_chatbot the_chatbot the_assistant you"),
    (Void, "no_longer_apply no_longer_valid are_void is_void are_cancelled are_canceled do_not_apply don't_apply no_longer_relevant are_revoked are_hereby are_superseded have_been_replaced have_been_updated were_a_test was_a_test are_null are_now_void gelten_nicht ya_no_aplican ne_s'appliquent_plus"),
    (Stop, "forget_that_you_are_an forget_you_are_an forget_that_you_were_made stop_being_a stop_being_an stop_being_helpful stop_acting_like_an_ai stop_acting_as_an you_are_no_longer you're_no_longer you_are_not_an_ai you_are_not_chatgpt no_longer_an_ai no_longer_chatgpt no_longer_an_assistant no_longer_a_language \
        you_are_not_a_language du_bist_kein ya_no_eres tu_n'es_plus non_sei_piu voce_nao_e_mais ты_больше_не 你不再是"),
    (Every, "everything anything alles todo tout tutto tudo allt alt koik kaikki wszystko vsechno vse все всё 一切 すべて 모두 كل"),
    (Write, "write say print tell schreibe schreib sag sage sagen antworte antworten nenne gib_mir erzahle escribe di dis ecris scrivi diga escreva напиши скажи reply respond answer_with output"),
    (Delimiter, "<|im_start|> <|im_end|> <|system|> <|user|> <|assistant|> [inst] [/inst] <<sys>> <</sys>> <|endoftext|> <|eot_id|> <|start_header_id|> <|begin_of_text|> <start_of_turn> <|prompt|> <|endofprompt|> ###_system ###_instruction: ###_new_instruction* ###system \
        [system_message] [end_of_prompt] </s><s>"),
    (Tag, "<system> </system> [system] [/system] {system} <admin> </admin> [admin] </user> <system-reminder> </system-reminder> <system_prompt> </system_prompt> </instructions> <override> <sys> </prompt> [developer] <developer>"),
    (Speaker, "system: system_message: admin: developer: root: assistant: [system]: #system: sysadmin: system>"),
    (EndOf, "end_of_conversation end_of_prompt end_of_context end_of_user end_of_document end_of_instructions end_of_input end_of_text end_of_message end_of_system end_of_the_conversation end_of_session end_of_chat end_system end_user begin_new begin_system new_session"),
    (Allowed, "i_am_authorized i'm_authorized i_have_authorization you_are_authorized authorization_code authorization_granted authorized_by permission_granted i_have_permission access_granted clearance for_a_security_audit for_security_audit for_quality_assurance for_debugging for_troubleshooting for_audit_purposes security_audit verified_by \
        with_my_permission has_been_approved has_authorized security_clearance"),
    (Frame, "translate translation mean means meaning proofread explain example regex regular_expression phrase sentence article paper documentation quote says said wrote variable called what_does what_is why how_do_i how_can_i how_to how_would \
        stand_for stands_for difference describe what's_the_difference attack attacks detect filter_for mitigate prevent protect exam story spell grammar correct word title song movie book essay is_it how_does how_should class lecture presentation research uebersetze ubersetze bedeutet significa signifie"),
    (Mine, "my our muj moje moji mou moja moj minun minu benim il_mio la_mia 私の 내_이전 제_이전 मेरा मेरे मेरी আমার mine meine meiner meinen mi mis mon ma mes mio mia meu minha mijn min minu мои мое мою 我的"),
];
