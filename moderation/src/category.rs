//! What can be found in a text: the taxonomy, with the names that go over the wire.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::verdict::Action;

/// Which half of a verdict a category belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody tries to command the model.
    Injection,
    /// Personal data and credentials.
    PersonalData,
}

macro_rules! categories {
    (
        injection { $($injection:ident $injection_name:literal,)* }
        personal { $($personal:ident $personal_name:literal $display:literal $action:ident $rank:literal,)* }
    ) => {
        /// What a finding is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the names say it, and the tables below say the rest")]
        pub enum Category {
            $($injection,)*
            $($personal,)*
        }

        impl Category {
            /// All of them, in the order of the taxonomy.
            pub const ALL: &[Category] = &[$(Category::$injection,)* $(Category::$personal,)*];

            /// The name on the wire and in policies.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Category::$injection => $injection_name,)*
                    $(Category::$personal => $personal_name,)*
                }
            }

            /// The name for people, in warnings.
            #[must_use]
            pub const fn display(self) -> &'static str {
                match self {
                    $(Category::$injection => $injection_name,)*
                    $(Category::$personal => $display,)*
                }
            }

            /// Which half of a verdict this belongs to.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self {
                    $(Category::$injection => Kind::Injection,)*
                    $(Category::$personal => Kind::PersonalData,)*
                }
            }

            /// What is done about it when the policy says nothing. Injection goes by its score instead.
            #[must_use]
            pub const fn usual_action(self) -> Action {
                match self {
                    $(Category::$injection => Action::Flag,)*
                    $(Category::$personal => Action::$action,)*
                }
            }

            /// How exactly it names its subject: of two overlapping findings the higher one stays.
            pub(crate) const fn rank(self) -> u8 {
                match self {
                    $(Category::$injection => 0,)*
                    $(Category::$personal => $rank,)*
                }
            }
        }
    };
}

categories! {
    injection {
        InstructionOverride "instruction_override",
        SystemOverride "system_override",
        SafetyBypass "safety_bypass",
        InstructionReset "instruction_reset",
        SafetyOverride "safety_override",
        PersonaHijack "persona_hijack",
        ModeSwitch "mode_switch",
        Jailbreak "jailbreak",
        SafetyDisable "safety_disable",
        Unrestricted "unrestricted",
        DelimiterInjection "delimiter_injection",
        TagInjection "tag_injection",
        FormatInjection "format_injection",
        ContextInjection "context_injection",
        PromptLeak "prompt_leak",
        AuthorityClaim "authority_claim",
        FakeAuthorization "fake_authorization",
        PrivilegeClaim "privilege_claim",
        EmergencyBypass "emergency_bypass",
        EncodingTrick "encoding_trick",
        Base64Payload "base64_payload",
        HexEncoding "hex_encoding",
        UnicodeTags "unicode_tags",
        InvisibleChars "invisible_chars",
        Leetspeak "leetspeak",
        CipherEncoding "cipher_encoding",
        ReverseEncoding "reverse_encoding",
        DecodeAndFollow "decode_and_follow",
        ContextManipulation "context_manipulation",
        // Not of the taxonomy: the learned model's word, which does not say what is tried. Verdicts name it alone.
        Suspicious "suspicious_wording",
    }
    personal {
        PrivateKey "pii_private_key" "Private Key" Block 99,
        AwsAccessKey "pii_aws_access_key" "AWS Access Key" Block 95,
        AwsSecretKey "pii_aws_secret_key" "AWS Secret Key" Block 94,
        GcpApiKey "pii_gcp_api_key" "GCP API Key" Block 95,
        AzureKey "pii_azure_key" "Azure Key" Block 95,
        GithubToken "pii_github_token" "GitHub Token" Block 95,
        GitlabPat "pii_gitlab_pat" "GitLab Token" Block 95,
        SlackToken "pii_slack_token" "Slack Token" Block 95,
        StripeKey "pii_stripe_key" "Stripe Key" Block 95,
        DatabaseUrl "pii_database_url" "Database URL" Block 96,
        PasswordContext "pii_password_context" "Password" Block 60,
        SendgridKey "pii_sendgrid_key" "SendGrid Key" Block 95,
        SlackWebhook "pii_slack_webhook" "Slack Webhook" Block 96,
        EstonianId "pii_estonian_id" "Estonian ID" Redact 50,
        IbanEstonian "pii_iban_estonian" "Estonian IBAN" Redact 81,
        IbanGeneral "pii_iban_general" "IBAN" Redact 80,
        CreditCard "pii_credit_card" "Credit Card" Redact 70,
        PhoneEstonian "pii_phone_estonian" "Estonian Phone" Redact 41,
        PhoneE164 "pii_phone_e164" "Phone Number" Redact 40,
        ItalyCodiceFiscale "pii_italy_codice_fiscale" "Italian Codice Fiscale" Redact 66,
        FranceNir "pii_france_nir" "French NIR" Redact 56,
        FinlandHetu "pii_finland_hetu" "Finnish HETU" Redact 66,
        SpainDni "pii_spain_dni" "Spanish DNI" Redact 60,
        SpainNie "pii_spain_nie" "Spanish NIE" Redact 61,
        PolandPesel "pii_poland_pesel" "Polish PESEL" Redact 49,
        GermanySteuerId "pii_germany_steuer_id" "German Tax ID" Redact 48,
        CzechBirthNumber "pii_czech_birth_number" "Czech Birth Number" Redact 52,
        NetherlandsBsn "pii_netherlands_bsn" "Dutch BSN" Redact 47,
        SwedenPersonnummer "pii_sweden_personnummer" "Swedish Personnummer" Redact 53,
        Email "pii_email" "Email" Warn 30,
        Jwt "pii_jwt" "JWT" Warn 62,
        BearerToken "pii_bearer_token" "Bearer Token" Warn 20,
        GenericApiKey "pii_generic_api_key" "API Key" Warn 61,
        EuVat "pii_eu_vat" "EU VAT Number" Warn 46,
        UsSsn "pii_us_ssn" "US SSN" Redact 54,
        UsItin "pii_us_itin" "US ITIN" Redact 54,
        UkNhs "pii_uk_nhs" "UK NHS Number" Redact 46,
        UkNino "pii_uk_nino" "UK National Insurance Number" Redact 60,
        CryptoWallet "pii_crypto_wallet" "Crypto Wallet" Warn 75,
        IpAddress "pii_ip_address" "IP Address" Flag 35,
        MacAddress "pii_mac_address" "MAC Address" Flag 36,
        Passport "pii_passport" "Passport Number" Redact 45,
        AustraliaAbn "pii_australia_abn" "Australian ABN" Warn 45,
        AustraliaAcn "pii_australia_acn" "Australian ACN" Warn 44,
        AustraliaTfn "pii_australia_tfn" "Australian TFN" Redact 45,
        AustraliaMedicare "pii_australia_medicare" "Australian Medicare Number" Redact 46,
        CanadaSin "pii_canada_sin" "Canadian SIN" Redact 46,
        GermanyIdCard "pii_germany_id_card" "German ID Card" Redact 46,
        GermanyHealthInsurance "pii_germany_health_insurance" "German Health Insurance Number" Redact 47,
        GermanySocialSecurity "pii_germany_social_security" "German Social Security Number" Redact 62,
        IndiaAadhaar "pii_india_aadhaar" "Indian Aadhaar" Redact 46,
        IndiaGstin "pii_india_gstin" "Indian GSTIN" Warn 62,
        IndiaPan "pii_india_pan" "Indian PAN" Redact 47,
        ItalyVat "pii_italy_vat" "Italian VAT Number" Warn 45,
        KoreaRrn "pii_korea_rrn" "Korean RRN" Redact 48,
        KoreaFrn "pii_korea_frn" "Korean FRN" Redact 47,
        KoreaBrn "pii_korea_brn" "Korean BRN" Warn 45,
        NigeriaNin "pii_nigeria_nin" "Nigerian NIN" Redact 44,
        PhilippinesTin "pii_philippines_tin" "Philippine TIN" Redact 44,
        SingaporeNric "pii_singapore_nric" "Singaporean NRIC" Redact 61,
        SouthAfricaId "pii_south_africa_id" "South African ID" Redact 47,
        SwedenOrganisation "pii_sweden_organisation" "Swedish Organisation Number" Warn 44,
        ThailandId "pii_thailand_id" "Thai National ID" Redact 48,
        TurkeyId "pii_turkey_id" "Turkish National ID" Redact 48,
        UsMbi "pii_us_mbi" "US Medicare Number" Redact 60,
        UsNpi "pii_us_npi" "US NPI" Warn 44,
    }
}

impl Category {
    /// The category of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|category| category.name() == name)
    }
}

impl Serialize for Category {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Category {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::custom(format!("there is no category {name:?}")))
    }
}
