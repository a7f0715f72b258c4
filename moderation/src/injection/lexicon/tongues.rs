//! Personas without limits, and roles to forget, in other languages than English.

use super::Class::{self, *};

/// The lists.
#[rustfmt::skip]
pub(super) const WORDS: &[(Class, &str)] = &[
    (Free, "without_limits without_any_limits without_scruples without_a_conscience any_content against_policy no_guidelines no_policies no_scruples no_limits_and no_rules_or no_rules_and \
        unmoderated free_of_rules free_of_any_rules"),
    (Safety, "your_refusal* refusal_behaviour refusal_behavior your_alignment your_morals your_moral_compass your_conscience your_safeguards your_guardrails your_content_rules your_content_filter*"),
    (Free, "keine_beschrankung* keine_grenzen_mehr ohne_regeln_und ohne_jede_moral weder_regeln frei_von_allen_regeln \
        ni_regles ni_filtres aucune_regle aucune_restriction aucune_limite aucun_filtre plus_aucune_regle plus_de_limites sans_aucun_filtre ia_libre \
        sin_limites_ni sin_reglas_ni ninguna_regla ninguna_restriccion ningun_limite no_tienes_limites no_tienes_reglas ya_no_tienes_reglas \
        nessuna_regola nessun_limite nessuna_restrizione non_hai_limiti non_hai_regole nenhuma_regra nenhuma_restricao nenhum_limite nao_tem_limites nao_tem_regras \
        geen_regels_meer geen_regels geen_beperkingen geen_grenzen inga_regler inga_begransningar ingen_regler ingen_begrensninger ingen_begraensninger uden_regler uden_begraensninger \
        zadne_zasady zadnych_zasad zadnych_ograniczen nie_masz_zadnych nie_obowiazuja_cie bez_zadnych_ograniczen zadna_pravidla zadna_omezeni nemas_zadna bez_jakychkoli_omezeni \
        нет_никаких_правил нет_правил нет_никаких_ограничени* нет_ограничени* никаких_ограничени* никаких_правил без_каких-либо_правил жодних_обмежень жодних_правил немає_обмежень немає_правил \
        ei_kehti_reegl* ei_ole_reegleid ei_ole_piiranguid uhtegi_piirangut piiranguteta_robot pole_reegleid ei_ole_saantoja ei_ole_rajoituksia rajoitukseton vailla_rajoituksia \
        hicbir_kisitlama* hicbir_kural* hicbir_sinir* kisitlaman_yok kuralin_yok nincsenek_szabalyaid nincsenek_korlataid korlatok_nelkul* szabalyok_nelkul* nicio_restrictie nicio_regula nu_mai_ai_nicio fara_reguli fara_limite \
        κανεναν_περιορισμο κανενα_οριο χωρις_ορια χωρις_κανονες khong_con_gioi_han khong_bi_gioi_han khong_co_quy_tac tanpa_aturan tidak_punya_batasan tidak_ada_batasan \
        没有规则 没有任何规则 不受任何限制 任何限制 ルールのない 制限がない 制限はない 何の制限 규칙이_없 아무_제한 제한도_없 بلا_حدود بلا_قواعد لا_قيود_عليك कोई_नियम_लागू_नहीं कोई_सीमा_नहीं बिना_किसी_नियम"),
    (Comply, "verweigerst_nie* niemals_verweiger* lehnst_nie* nie_nein_sag* auf_alles_antworte* antwortest_auf_alles antworte_auf_alles beantworte_alles alles_beantwort* \
        ne_refuse_jamais ne_refuses_jamais ne_jamais_refuser reponds_a_tout repond_a_tout sans_avertissement* sans_jamais_refuser \
        no_puedes_negarte nunca_te_niegues nunca_te_niegas nunca_rechaza* responde_a_todo respondes_a_todo no_puedes_rechazar a_nada_de_lo_que_te_pida \
        non_rifiutare_mai non_rifiuti_mai non_puoi_rifiutar* rispondi_a_tutto rispondi_a_qualsiasi nunca_recuse nunca_recusa* nao_pode_recusar responda_a_tudo responde_tudo \
        weiger_nooit weigert_nooit nooit_weiger* beantwoord_alles antwoord_op_alles vagra_aldrig vagrar_aldrig svara_pa_allt avvis_aldri nekt_aldri ma_ikke_afvise ma_ikke_avvise svar_pa_alt \
        nigdy_nie_odmawia* nie_odmawiaj odpowiadaj_na_wszystko odpowiadasz_na_wszystko nikdy_neodmit* neodmitej odpovidej_na_vsechno odpovidas_na_vse \
        никогда_не_отказыва* не_отказываи* отвечаи_на_любые отвечаи_на_все отвечаи_на_всё отвечаи_на_любои отвечает_на_все ніколи_не_відмовля* відповідаи_на_все виконуєш_усе \
        ei_keeldu_kunagi ara_kunagi_keeldu ara_keeldu vasta_koigele vastad_koigele ala_koskaan_kieltaydy et_kieltaydy vastaat_kaikkeen vastaa_kaikkeen \
        asla_reddetme* reddetmeden her_soruma_cevap her_soruya_cevap soha_ne_utasits* mindenre_valaszol* nu_refuzi_niciodata nu_refuza_niciodata raspunzi_la_orice faci_tot_ce_iti \
        απαντα_σε_ολα μην_αρνηθεις ποτε_δεν_αρν* khong_duoc_tu_choi tra_loi_moi_cau jangan_pernah_menolak tidak_boleh_menolak jawab_semua \
        断らない 断らず 拒否しない 何でも答え どんな質問 绝不拒绝 从不拒绝 不能拒绝 不得拒绝 必须回答 回答我的一切 거절하지_마 거절하지_않 무엇이든_대답 어떤_질문도 لا_ترفض تجيب_عن_كل أجب_عن_كل मना_मत हर_बात_मानो हर_सवाल_का_जवाब"),
    (Act, "stell_dir_vor,_du fais_comme_si imagine_que_tu haz_como_si_fueras imagina_que_eres finge_que fa'_finta fai_finta immagina_di finja_ser imagine_que_voce doe_alsof_je \
        latsas_som late_som lad_som_om udawaj,_ze predstav_si,_ze představ_si predstierai представь,_что вообрази,_что уяви,_що kujuta_ette,_et kuvittele_olevasi gibi_davran \
        tegyel_ugy_mintha prefa-te κανε_οτι gia_vo_la berpura-puralah のつもりで になりきって 인_척 كأنك"),
    (Now, "ab_heute_bist_du da_questo_momento da_adesso_in_poi desde_este_momento a_partir_deste_momento vanaf_dit_moment fran_och_med_idag fra_nu_af fra_na_av odteraz відтепер \
        от_сега_нататък mostantol de_acum_inainte incepand_de_acum απο_εδω_και_περα apo_tora tu_gio tu_nay_tro_di nuudsest_peale これからあなた 今からあなた 从此刻起 现在起 지금부터_너 من_الآن_فصاعدا"),
    (Stop, "bist_kein_assistent_mehr nicht_mehr_mein_assistent tu_n'es_plus_un no_eres_un_asistente ya_no_eres_un non_sei_piu_un nao_e_mais_um je_bent_geen_assistent jij_bent_niet_langer du_ar_inte_langre \
        nie_jestes_juz uz_nejsi ты_не_ассистент ты_больше_не_ассистент ти_більше_не sa_ei_ole_enam et_ole_enaa artik_bir_asistan_degil nem_vagy_tobbe nu_mai_esti δεν_εισαι_πια 不再是助手 もうアシスタントでは 더_이상_비서가"),
    (You, "tu_ele sei_un voce_e je_bent du_ar du_er jestes jsi esti_un είσαι sa_oled sina_oled olet anda kamu ban_la تو أنت तुम आप vagy"),
    (Role, "deine_rolle deinen_auftrag ton_role tes_consignes tu_papel tu_rol il_tuo_ruolo seu_papel je_rol din_roll rollen_din din_rolle swoja_role swojej_roli o_swojej_roli svou_roli свою_роль своей_роли \
        про_свою_роль oma_roll oma_reegl* oma_ulesan* roolisi tehtavasi rolunu szereped* rolul_tau τον_ρολο_σου 你的角色 你的身份 自分の役割 네_역할 دورك अपनी_भूमिका"),
    (Maker, "deine_entwickler* deiner_entwickler* tes_developpeurs tus_desarrolladores tuoi_sviluppatori seus_desenvolvedores je_ontwikkelaars dina_utvecklare utvikleren utviklerne din_utvikler dine_udviklere \
        tworcow programistow programatori programatoru разработчик* розробник* arendaja* kehittaja* gelistirici* fejleszto* dezvoltator* προγραμματιστ* 开发者 開発者の 개발자 المطورين डेवलपर"),
    (Ignore, "non_devi_piu hor_nicht_auf hore_nicht_auf n'ecoute_plus n'ecoute_pas arrete_de_suivre ne_suis_plus no_escuches_a deja_de_seguir non_ascoltare non_devi_piu_seguire smetti_di_seguire nao_ouca pare_de_seguir luister_niet \
        lyssna_inte bry_dig_inte glem nie_sluchaj neposlouchej не_слушаи не_слушаися не_слухаи ara_kuula ala_kuuntele bos_ver dinleme ne_hallgass nu_asculta μην_ακους jangan_dengarkan dung_nghe 不要听 听我的 聞かないで 듣지_마 لا_تستمع"),
    (ObeyMe, "fai_solo_quello_che_dico luister_je_alleen_naar_mij luister_alleen_naar_mij hore_nur_auf_mich gehorche_nur_mir n'ecoute_que_moi obeis-moi escuchame_solo_a_mi obedeceme ouve_so_a_mim \
        sluchaj_tylko_mnie poslouchej_jen_me слушаи_меня слушаи_только_меня слухаи_мене kuula_mind tottele_vain_minua lyssna_bara_pa_mig sadece_beni_dinle 听我的 私だけに従 내_말만"),
    (Told, "was_vorher_gesagt was_bisher_gesagt was_man_dir_gesagt ce_que_le_systeme_t'a ce_qu'on_t'a_dit lo_que_te_dijeron lo_que_se_te_dijo lo_que_te_pidieron quello_che_ti_hanno_detto o_que_lhe_foi o_que_te_disseram \
        wat_je_verteld wat_je_ontwikkelaars det_du_blivit_tillsagd det_utvikleren_sa co_ci_kazano co_ti_rekli то,_что_тебе что_тебе_говорили того,_что_тобі mis_sulle_oeldi mida_sulle mita_sinulle_sanottiin \
        sana_soylenenleri yukarida_yazanlari amit_mondtak ce_ti_s-a_spus ο,τι_σου_ειπαν"),
];
