//! Personal data in the forms in which people and programs write it, exactly where it stands, and what only has the form.
//! The numbers were made for these tests.

use moderation::{Category, Policy, Scanner};

use Category::*;

/// What is found in a text, as it stands there.
fn found(text: &str) -> Vec<(Category, &str)> {
    let verdict = Scanner::new(Policy::default()).output(text);
    let as_written = |finding: &moderation::Finding| (finding.category, finding.span.clone());
    let findings = verdict.findings.iter().map(as_written);
    findings
        .map(|(category, span)| (category, &text[span]))
        .collect()
}

fn is_found(category: Category, cases: &[(&str, &str)]) {
    for (text, there) in cases {
        assert_eq!(found(text), [(category, *there)], "{text}");
    }
}

fn nothing_is_found(texts: &[&str]) {
    for text in texts {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn cards_of_every_scheme_are_found() {
    is_found(
        CreditCard,
        &[
            ("I lost my card 503866392338 on the bus", "503866392338"),
            ("Maestro 6761 2146 8810, valid until June", "6761 2146 8810"),
            ("card: 060497369938", "060497369938"),
            (
                "the shop took 213156327295187 without asking",
                "213156327295187",
            ),
            (
                "the shop took 3507-5817-8397-0529 without asking",
                "3507-5817-8397-0529",
            ),
            (
                "the shop took 3676 161249 0651 without asking",
                "3676 161249 0651",
            ),
            (
                "the shop took 30128630374869 without asking",
                "30128630374869",
            ),
            (
                "my debit card is 4917611124226238574",
                "4917611124226238574",
            ),
            (
                "the bank sent a new card, 5080905366566653",
                "5080905366566653",
            ),
            ("{\"pan\":\"5741812056734347\"}", "5741812056734347"),
        ],
    );
}

#[test]
fn cards_are_found_among_words_of_many_languages() {
    for text in [
        "bill it to cc {}",
        "Meine Kreditkarte {} wurde gesperrt",
        "Min kreditkort {} virker ikke",
        "Luottokorttini on {}",
        "Moja karta {} wygasła",
        "Minu krediitkaart {} ei tööta",
        "Mijn creditcard is {}",
        "O meu cartão {} foi recusado",
        "Моя карта {} заблокирована",
        "A kártyám száma: {}",
        "Card #{} was declined",
        "{\"cardNumber\": \"{}\"}",
        "Minu kaardi number on {}",
    ] {
        let text = text.replace("{}", "4539257029291");
        assert_eq!(found(&text), [(CreditCard, "4539257029291")], "{text}");
    }
}

#[test]
fn what_only_has_the_length_of_a_card_is_none() {
    nothing_is_found(&[
        "my card is 503866392339",
        "my card is 213156327295188",
        "the shop took 503866392339 without asking",
        "order 503866392338 is late",
        "my card is 1234 5038 6639 2338",
        "Inventory 5038 6639 2338 4711 0815",
        "the parcel 8600153364717649 is late",
    ]);
}

#[test]
fn telephones_are_found_with_their_extension() {
    is_found(
        PhoneE164,
        &[
            ("ring 415-328-0175x4410 first", "415-328-0175x4410"),
            ("ring (415) 328-0175 x12 first", "(415) 328-0175 x12"),
            ("ring 415.328.0175 ext. 12, please", "415.328.0175 ext. 12"),
            (
                "ring +1-415-328-0175, ext 12 first",
                "+1-415-328-0175, ext 12",
            ),
            ("ring 415-328-0175 extension 7.", "415-328-0175 extension 7"),
            ("phone: 0341 8387176x036", "0341 8387176x036"),
            // What only begins like one.
            ("ring 415-328-0175 external people", "415-328-0175"),
            ("ring 415-328-0175 x times", "415-328-0175"),
        ],
    );
}

#[test]
fn telephones_are_found_as_they_are_dialled_from_abroad() {
    is_found(
        PhoneE164,
        &[
            (
                "the fax of the firm is +41 (0)85 806 98 67",
                "+41 (0)85 806 98 67",
            ),
            ("it was +46 (0)179 459 33 before", "+46 (0)179 459 33"),
            ("it was +359 2 164 696 before", "+359 2 164 696"),
            ("it was 0049 30 4483 1927 before", "0049 30 4483 1927"),
            ("it was 001-518-640-0854 before", "001-518-640-0854"),
        ],
    );
}

#[test]
fn telephones_are_found_as_they_are_dialled_at_home() {
    is_found(
        PhoneE164,
        &[
            ("it was 06 12 83 19 46 before", "06 12 83 19 46"),
            ("it was 06.12.83.19.46 before", "06.12.83.19.46"),
            ("it was 0121 706 8774 before", "0121 706 8774"),
            ("it was 07402 940619 before", "07402 940619"),
            ("it was 0171/3928174 before", "0171/3928174"),
            ("it was 090-1816-8311 before", "090-1816-8311"),
            ("it was 070-193 36 94 before", "070-193 36 94"),
            ("it was 02 164 69 37 before", "02 164 69 37"),
            ("it was (02) 1804 2395 before", "(02) 1804 2395"),
            ("it was (11) 96377-4696 before", "(11) 96377-4696"),
            ("it was 8 (912) 538-72-54 before", "8 (912) 538-72-54"),
            ("it was 415 328-0175 before", "415 328-0175"),
            ("it was 555-123-4567 before", "555-123-4567"),
            ("it was 050 177 1094 before", "050 177 1094"),
            ("it was 01518 1896239 before", "01518 1896239"),
            ("Anna (0712 945 440) knows", "0712 945 440"),
            ("Anna (415-328-0175) knows", "415-328-0175"),
            ("Anna (8 (912) 538-72-54) knows", "8 (912) 538-72-54"),
            ("call (06 1) 235 0194 first", "(06 1) 235 0194"),
        ],
    );
}

#[test]
fn telephones_of_any_length_are_found_among_words_of_many_languages() {
    for text in [
        "Text me on {} if the train is late",
        "They are not answering at {}",
        "Stop sending messages to {}",
        "Name: Anna\nDesk: {}\nRoom: 12",
        "{} office\nTallinn",
        "Sie erreichen mich unter {}",
        "Vous pouvez me joindre au {}",
        "Llámame al {}",
        "Il mio cellulare è {}",
        "Mijn telefoonnummer is {}",
        "Ring meg på tlf {}",
        "Puhelinnumeroni on {}",
        "Mój numer to {}",
        "Zavolejte mi na {}",
        "Mans tālrunis ir {}",
        "Meu celular é {}",
        "Cep telefonum {}",
        "Позвоните мне: {}",
        "Το κινητό μου είναι {}",
        "phone={}&name=Anna",
    ] {
        let text = text.replace("{}", "5128 2639");
        assert_eq!(found(&text), [(PhoneE164, "5128 2639")], "{text}");
    }
}

#[test]
fn an_order_far_before_a_telephone_does_not_hide_it() {
    is_found(
        PhoneE164,
        &[(
            "I made an order online and nobody told me anything on my registered 905-674-3793.",
            "905-674-3793",
        )],
    );
    nothing_is_found(&["The order is 905-674-3793.", "serial number 0121 706 8774"]);
}

#[test]
fn an_address_of_a_machine_is_no_telephone() {
    for text in [
        "185.44.12.9 extension 4410 of the phone",
        "phone server 185.44.12.9",
    ] {
        assert_eq!(found(text), [(IpAddress, "185.44.12.9")], "{text}");
    }
}

#[test]
fn numbers_that_are_no_telephone_are_left_alone() {
    nothing_is_found(&[
        "The winning numbers are 01 02 03 04 05 this week",
        "call the function with 1010 1101 1001",
        "The phone of test user 9 is 9999999999",
        "Contact algorithm 1.2.840.113549.1.1.11",
        "Our shop is at 17031 2202 Rissik Street",
        "Account NL91 ABNA 0417 1643 01 is wrong",
        "the sum 043 097 257 was booked",
        "from 2019 2020 on it rained",
        "call room 123-45-6789",
        "A text file must have at most 33554432 bytes",
    ]);
}

#[test]
fn hardware_is_found_however_its_address_is_written() {
    is_found(
        MacAddress,
        &[
            ("lease of CA-3C-33-E8-67-84 ends", "CA-3C-33-E8-67-84"),
            ("its MAC is DE-AD-BE-EF-CA-FE.", "DE-AD-BE-EF-CA-FE"),
            ("its MAC is abcd.efab.cdef.", "abcd.efab.cdef"),
            ("its MAC is 8ab1.b121.9d42.", "8ab1.b121.9d42"),
            ("its MAC is ce:fa:ed:be:ad:de.", "ce:fa:ed:be:ad:de"),
            (
                "port GUID e4:1d:2d:03:00:7a:3c:50",
                "e4:1d:2d:03:00:7a:3c:50",
            ),
            (
                "link/ether 8e:17:4f:f9:87:e4 brd ff:ff:ff:ff:ff:ff",
                "8e:17:4f:f9:87:e4",
            ),
        ],
    );
    nothing_is_found(&[
        "sent to FF-FF-FF-FF-FF-FF",
        "its MAC is 00:00:00:00:00:00",
        "be-ad-ed and de-ca-de-ad are words",
        "see face.cafe.example",
    ]);
}

#[test]
fn tokens_are_found_by_what_their_issuers_begin_them_with() {
    for (category, token) in [
        (GenericApiKey, "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"),
        (GenericApiKey, "SKf676226e236a23e238e3b1c77fc4c011"),
        (GitlabPat, "glft-FOcVwWBhqG5KSFdPE0SP"),
        (
            SlackToken,
            "xoxc-124810756900-f40072e3cf347862554017cdf83fd989e60f2104",
        ),
        (GenericApiKey, "dckr_pat_afQ4gGnRfXBkg8QysD4FIS0Xzm4"),
        (
            GenericApiKey,
            "figd_1PB2qs353f2Huu6mXrxWUREVXXPHzGIz3qyV4J1T",
        ),
        (GenericApiKey, "sq0atp-Qt7frRgjix7YSdn60LNJMR"),
        (
            GenericApiKey,
            "glsa_LdHb2U9LhOS0irYkPvdRHUNL9yf4Stfx_e01e4fc2",
        ),
        (GenericApiKey, "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"),
        (
            GenericApiKey,
            "dop_v1_ad6b68b75b48e99f73f289509dddc3ebffc5ccd8099ee02cab83bb43e451f9ab",
        ),
        (
            GenericApiKey,
            "rubygems_2845ad0f3d761f3d0201bfe8c26b715568b9126bef73fecd",
        ),
        (GenericApiKey, "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"),
        (
            GenericApiKey,
            "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",
        ),
        (GenericApiKey, "aio_x9ZFqJDGf1rB853IgN95Dci7xD93"),
        (GcpApiKey, "AIzaSylgWk7J6rWs77hSx91HqaksrCoAqUvlPa-"),
        (
            GenericApiKey,
            "hvb.JQ5WE2RlTZQcYTbYTTBPynZzih6tZg1v6tnOLD5pIrRzgiQXbhGLbitAhCrNipR0HjXFZfTvMUHoXTBzyTzbmncNnz",
        ),
        (
            GenericApiKey,
            "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",
        ),
        (
            GenericApiKey,
            "7382930670:AAB9Q88zxNWtfcbIU3oyG3s6apzxDR91GvV",
        ),
    ] {
        for (before, after) in [
            ("I pasted ", " into the chat"),
            ("KEY='", "' # rotate me"),
            ("{\"key\": \"", "\"}"),
        ] {
            let text = format!("{before}{token}{after}");
            assert_eq!(found(&text), [(category, token)], "{text}");
        }
    }
}

#[test]
fn secrets_are_found_behind_the_words_that_announce_them() {
    is_found(
        GenericApiKey,
        &[
            (
                "GITHUB_SECRET=37d0c23e9d849e18704c3",
                "37d0c23e9d849e18704c3",
            ),
            (
                "\"token\": \"b7Xk29QmZr41LwPs8vTn\"",
                "b7Xk29QmZr41LwPs8vTn",
            ),
            (
                "webhook secret: b7Xk29QmZr41LwPs8vTn",
                "b7Xk29QmZr41LwPs8vTn",
            ),
        ],
    );
    is_found(
        PasswordContext,
        &[
            ("DB_PASS=Tuvi4kse7Maja", "Tuvi4kse7Maja"),
            ("\"current_password\": \"Tuvi4kse7Maja\"", "Tuvi4kse7Maja"),
            ("ssh_passphrase: Tuvi4kse7Maja", "Tuvi4kse7Maja"),
            ("moje heslo: Tuvi4kse7Maja", "Tuvi4kse7Maja"),
            ("비밀번호: Tuvi4kse7Maja", "Tuvi4kse7Maja"),
        ],
    );
}

#[test]
fn names_and_kinds_of_secrets_are_none() {
    nothing_is_found(&[
        "DB_PASS=$NEW_PASSWORD",
        "password=$new_password1",
        "password=%DB_PASSWORD_1%",
        "Password=#{password1}",
        "let token: TokenStream2 = quote::quote!();",
        "hf_transformersandtokenizersandmore",
        "The secret: nobody reads the manual",
        "SKILLSANDMORESKILLSANDMORESKILLS00",
        "at 12:AA in the morning",
    ]);
}

#[test]
fn national_numbers_are_found_in_every_form_they_are_given_in() {
    for (category, text, there) in [
        // The rest by 11 is 10, which was written as 0.
        (CzechBirthNumber, "rodné číslo 670418/2090", "670418/2090"),
        // Before 1954 there was no digit for a check.
        (CzechBirthNumber, "rodné číslo 455717/654", "455717/654"),
        (GermanyIdCard, "Personalausweis: VRCNK1K57", "VRCNK1K57"),
        (GermanyIdCard, "Ausweisnummer: L4K7R0T9X2", "L4K7R0T9X2"),
        (GermanyIdCard, "Mein Ausweis: T22000129", "T22000129"),
        (Passport, "Reisepass C01X00T4K", "C01X00T4K"),
        (AustraliaAcn, "A.C.N. 609 235 681", "609 235 681"),
        (ItalyVat, "P.I. 04831860095", "04831860095"),
        (
            SwedenPersonnummer,
            "Personnumret är 3308241623",
            "3308241623",
        ),
        (KoreaBrn, "사업자번호: 152-10-91591", "152-10-91591"),
        (KoreaBrn, "사업자번호: 152 10 91591", "152 10 91591"),
        (SouthAfricaId, "SA ID 880317 4931088", "880317 4931088"),
        (ItalyVat, "codice fiscale: 04831860095", "04831860095"),
        (EuVat, "VAT no. BE 0417.497.106", "BE 0417.497.106"),
        (EuVat, "VAT no. IE6388047V", "IE6388047V"),
        (
            IbanGeneral,
            "IBAN MA85011519000001205000534931",
            "MA85011519000001205000534931",
        ),
    ] {
        assert_eq!(found(text), [(category, there)], "{text}");
    }
}

/// What hardly any other number passes.
#[test]
fn national_numbers_with_strong_checks_need_no_words() {
    for (category, number) in [
        (PolandPesel, "94012438614"),
        (TurkeyId, "44512584542"),
        (AustraliaAbn, "25878329626"),
        (GermanySteuerId, "61280957542"),
        (GermanySteuerId, "43 462 418 973"),
        (IndiaPan, "ASSCS0703Z"),
        (IndiaAadhaar, "2684 4969 6994"),
    ] {
        let text = format!("the form wants {number}, I think");
        assert_eq!(found(&text), [(category, number)], "{text}");
        let order = format!("order number {number}, I think");
        assert_eq!(found(&order), [], "{order}");
    }
}

/// One number in ten passes their checks.
#[test]
fn national_numbers_with_weak_checks_need_words_or_nothing_else_around() {
    for number in [
        "609 235 681",
        "886676626",
        "14778870296",
        "388282848",
        "796 912 277",
        "407-989-791",
        "8568543472",
        "3308241623",
    ] {
        let text = format!("the sum is {number}, I think");
        assert_eq!(found(&text), [], "{text}");
        let there: Vec<_> = found(number).into_iter().map(|(_, there)| there).collect();
        assert_eq!(there, [number]);
    }
}

#[test]
fn a_number_in_place_of_ones_own_counts_only_where_one_is_asked_for() {
    for there in ["123-45-6789", "123 45 6789", "123.45.6789", "123456789"] {
        let text = format!("SSN {there}, phone see below");
        assert_eq!(found(&text), [(UsSsn, there)], "{text}");
    }
    nothing_is_found(&[
        "part 123-45-6789 is out of stock",
        "SSN 078-05-1120",
        "SSN 987-65-4321",
    ]);
}

#[test]
fn numbers_that_only_pass_a_check_are_left_alone() {
    nothing_is_found(&[
        "Los Angeles, CA 91170-1234",
        "the limit is 10000000000 bytes",
        "in 2018 2019 2025 it rained",
        "the grades are 2020 2021 1998",
        "rodné číslo 670418/2091",
        "rodné číslo 555717/654",
        "Ausweisnummer: L4K7R0T9X3",
        "Ausweisnummer: LEIGHTONS",
    ]);
}

#[test]
fn wallets_of_several_chains_are_found() {
    is_found(
        CryptoWallet,
        &[
            (
                "pay LXJkxBKjDBXmrbqwuGqg9UTV9SUpZ9sjq5 now",
                "LXJkxBKjDBXmrbqwuGqg9UTV9SUpZ9sjq5",
            ),
            (
                "pay DDmC5nCKS8fqWNP5dcAkN9jRgHn56z96Jv now",
                "DDmC5nCKS8fqWNP5dcAkN9jRgHn56z96Jv",
            ),
            (
                "pay TWHox5ooJUFkB4XiDg3ZkNHAdGxA5dSiUS now",
                "TWHox5ooJUFkB4XiDg3ZkNHAdGxA5dSiUS",
            ),
            (
                "pay ltc1qcw4zgqalgcm83eftccwqalvncd90myry5psdm4 now",
                "ltc1qcw4zgqalgcm83eftccwqalvncd90myry5psdm4",
            ),
            (
                "pay tb1p5utq7f93hgg67gaqzv96j0upy0am538n7cvuj8xg4ypcjwrx2uasu50vms now",
                "tb1p5utq7f93hgg67gaqzv96j0upy0am538n7cvuj8xg4ypcjwrx2uasu50vms",
            ),
            (
                "pay 4TEe682rySNDENSQfGEoETejc44vCP9EAvsR26paxVitEEsUoQDNiuFX3HNKNdSXiivMEp7srLzCcgbvkK6CD2sfQm7jSKL now",
                "4TEe682rySNDENSQfGEoETejc44vCP9EAvsR26paxVitEEsUoQDNiuFX3HNKNdSXiivMEp7srLzCcgbvkK6CD2sfQm7jSKL",
            ),
        ],
    );
    nothing_is_found(&[
        "pay LXJkxBKjDBXmrbqwuGqg9UTV9SUpZ9sjq6 now",
        "pay ltc1qcw4zgqalgcm83eftccwqalvncd90myry5psdm5 now",
        "pay bc1qcw4zgqalgcm83eftccwqalvncd90myry5psdm4 now",
    ]);
}

#[test]
fn addresses_that_nobody_reads_are_nobodys() {
    nothing_is_found(&[
        "From: Shop <no-reply@shop.firma.ee>",
        "From: alerts@info6.bank.ee",
        "for instance example@gmail.com",
        "set it to your.name@company.com",
        "set it to you@gmail.com",
        "set it to admin@yourdomain.com",
    ]);
    is_found(
        Email,
        &[
            ("write to youri.k@firma.ee", "youri.k@firma.ee"),
            ("write to yourstruly@firma.ee", "yourstruly@firma.ee"),
            ("write to anna@myexample.com", "anna@myexample.com"),
            ("write to anna@mail.example.com", "anna@mail.example.com"),
        ],
    );
}

/// Scripts that do not part their words run into addresses.
#[test]
fn an_address_in_a_text_without_spaces_is_found_as_far_as_it_goes() {
    is_found(
        Email,
        &[
            ("请写信给anna.berg@firma.ee谢谢", "anna.berg@firma.ee"),
            ("メールはanna@firma.eeです。", "anna@firma.ee"),
            ("메일은anna@firma.ee입니다", "anna@firma.ee"),
            (
                "Schreib an jörg.groß@müller.de bitte",
                "jörg.groß@müller.de",
            ),
        ],
    );
}

#[test]
fn who_asks_in_a_link_is_no_address_of_a_person() {
    for (text, there) in [
        (
            "clone https://glpat-VTKmuJqFyjiTgXrwUXiQ@gitlab.com/acme/app.git",
            (GitlabPat, "glpat-VTKmuJqFyjiTgXrwUXiQ"),
        ),
        (
            "clone https://sk_live_9fK3xQ7vTz2LmN5cRb8wY4dF@host.ee/app.git",
            (StripeKey, "sk_live_9fK3xQ7vTz2LmN5cRb8wY4dF"),
        ),
    ] {
        assert_eq!(found(text), [there], "{text}");
    }
    nothing_is_found(&["clone https://anna.berg@host.ee/app.git"]);
    is_found(
        Email,
        &[("see https://host.ee/mail?to=anna@firma.ee", "anna@firma.ee")],
    );
}
