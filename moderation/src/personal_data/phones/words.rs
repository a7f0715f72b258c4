//! Words that people write around telephone numbers.

#[rustfmt::skip]
pub(in crate::personal_data) const CONTEXT: &[&str] = &[
    "phone", "phones", "telephone", "tel", "tlf", "tfno", "mobile", "mob", "cell", "cellphone", "landline", "call", "calls",
    "called", "calling", "callback", "ring", "dial", "dialled", "dialed", "text me", "text us", "texted", "sms", "whatsapp", "viber",
    "voicemail", "fax", "hotline", "helpline", "helpdesk", "my number", "new number", "reach me",
    "reach us", "reach our", "reachable", "reached at", "contact", "contacts", "office\n", "office)", "office:", "office number", "-office", "desk", "answering", "answer at",
    "messages to", "message to", "cn number", "ph",
    "telefon", "handy", "rufen", "anruf", "rufnummer", "rückruf", "erreich", "mobil", "festnetz", "durchwahl", "kontakt",
    "téléphone", "tél", "appel", "joindre", "joignable", "portable", "gsm", "contacte",
    "teléfono", "telefono", "tfno", "llama", "llám", "móvil", "movil", "celular", "contáct",
    "chiama", "cellulare", "recapito", "contatt", "fisso",
    "telefone", "telemóvel", "telemovel", "ligue", "ligar", "contato", "contacto",
    "telefoon", "mobiel", "bellen", "bel me", "bereik", "bereikbaar", "toestel",
    "ringa", "ringe", "ringte", "nås på", "træffes", "puhelin", "puh", "soita", "soitta", "kännyk", "tavoit",
    "helista", "mobiil", "numeril", "numbril", "tālru", "tālr", "zvani", "skambin", "telefonas",
    "numer", "zadzwo", "dzwon", "komórk", "volejte", "zavolej", "zavolat", "volat", "hívj", "hívd", "telefonsz", "sunați",
    "sună-mă", "sunati", "pozovi", "nazovi", "mobitel", "cep no", "cep tel", "arayın", "ulaşabilir",
    "тел", "телефон", "звони", "позвон", "набер", "моб", "дзвон", "τηλέφων", "τηλ", "κινητό", "καλέστε",
    "電話", "電話", "携帯", "电话", "手机", "手機", "联系", "전화", "휴대폰", "연락처", "هاتف", "جوال", "اتصل", "טלפון", "נייד", "फ़ोन", "मोबाइल",
];
