//! Words that say nothing about what a passage is about: of English, and the commonest of German, French and Spanish.
//!
//! They are written as terms are, without accents. What is a word of its own in English stays (`die`, `war`, `car`,
//! `son`): it weighs little where everybody uses it.

use std::{collections::HashSet, sync::LazyLock};

/// Whether this word says nothing.
pub(super) fn contains(term: &str) -> bool {
    static ALL: LazyLock<HashSet<&'static str>> = LazyLock::new(|| WORDS.split(' ').collect());
    ALL.contains(term)
}

const WORDS: &str = "\
    a aber about above after again against al algo algunos all alors als also although am an and another antes any \
    anybody anyone anything aquel are as at au auch aucun auf aus aussi autre aux avec avez avoir be became because \
    become been before bei beim being below between bis both but by can cannot ce ceci cela celle celui ces cet \
    cette chez comme comment could cual cuando cuanto da damit dann dans das dass dazu de dein del dem denn der \
    deren des desde dessen dich did dir do doch does doing donc donde done dont down du durch during each ein eine \
    einem einen einer eines either el ella ellas elle elles ellos else en entre er eran es esa ese eso est esta \
    estaba estan este esto estos et etaient etait ete etre euch euer eux ever every everybody everyone everything \
    few for from fue fueron furent further get gets getting give gives got ha haben had has hasta hatte have having \
    he hence her here hers herself hier him himself hinter his how however i ich ici if ihm ihn ihnen ihr ihre il \
    ils im in ins into is ist it its itself ja je jede jeder jedes jedoch just kann kein keine koennen konnen la las \
    le les let leur leurs lo los lui mais many me mein meine mes mich might mir mit moi mon more most much muss must \
    muy my myself nach ne nein neither ni nicht no nobody noch none nor nos nosotros not nothing notre nous now nur \
    ob oder of off often ohne on once one only onto or other others otherwise otra otro ou ought our ours ourselves \
    out over own par para parce pendant per perhaps pero please plus por porque pour pourquoi qu quand que quel \
    quelle quelles quels qui quien quienes quite quoi rather really same sans se segun sehr sein seine seinen ser \
    ses shall she should si sich sie since sind so sobre soll some somebody someone something sondern sont sous \
    sowie still su such sur sus tambien te tell tes than that the their theirs them themselves then there therefore \
    these they this those though through thus tiene tienen to todo todos toi too tous toute toutes toward towards \
    tres tu uber um un una unas und under une uno unos uns unser unter until unto up upon very vom von vor vos votre \
    vous wann warum was we weil welche welcher welches wenn wer werden were what whatever when whenever where \
    wherever whether which whichever while who whoever whom whose why wie wieder wieso will wird with within without \
    wo would wurde wurden y ya yes yet you your yours yourself yourselves zu zum zur zwischen";
