//! The settings of the edge.

use super::{file, nothing};

#[test]
fn tables_and_their_variables_name_the_same_settings() {
    let config =
        file("[limits]\nlogins_per_user = 7\n[cors]\norigins = [\"https://chat.example\"]\n")
            .config();
    assert_eq!(config.limits.logins_per_user, 7);
    assert_eq!(config.cors_origins, ["https://chat.example"]);
    let config = nothing()
        .variable("COLLOQUY_LIMITS__LOGINS_PER_USER", "0")
        .variable("COLLOQUY_CORS__ORIGINS", "*")
        .variable("COLLOQUY_TRUSTED_PROXIES", "10.0.0.0/8,::1")
        .config();
    assert_eq!(config.limits.logins_per_user, 0);
    assert_eq!(config.cors_origins, ["*"]);
    let networks: Vec<_> = config
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(networks, ["10.0.0.0/8", "::1/128"]);
}

#[test]
fn moderation_is_on_unless_it_is_turned_off() {
    assert!(nothing().config().moderation.enabled);
    let config =
        file("[moderation]\nenabled = false\npolicy = \"p.toml\"\nshadow = \"s.toml\"\n").config();
    assert!(!config.moderation.enabled);
    assert_eq!(config.moderation.policy.as_deref(), Some("p.toml".as_ref()));
    assert_eq!(config.moderation.shadow.as_deref(), Some("s.toml".as_ref()));
    let config = nothing()
        .variable("COLLOQUY_MODERATION__REFUSAL", "Not here.")
        .variable("COLLOQUY_MODERATION__ENABLED", "false")
        .config();
    assert_eq!(config.moderation.refusal.as_deref(), Some("Not here."));
    assert!(!config.moderation.enabled);
}

#[test]
fn a_detector_elsewhere_has_a_table_or_variables_and_its_key_is_shown_to_nobody() {
    let config =
        file("[moderation.external.acme]\nurl = \"https://acme.example/v1/moderations\"\n")
            .variable("COLLOQUY_MODERATION__EXTERNAL__ACME__API_KEY", "sesame")
            .variable("COLLOQUY_MODERATION__EXTERNAL__ACME__ON_FAILURE", "flag")
            .config();
    let acme = &config.moderation.external["acme"];
    assert_eq!(acme.on_failure, crate::config::OnFailure::Flag);
    assert_eq!(acme.timeout, std::time::Duration::from_secs(2));
    assert!(acme.api_key.is_some() && !format!("{config:?}").contains("sesame"));
    for (line, name) in [
        (
            "[moderation.external.acme]\nmodel = \"m\"",
            "moderation.external.acme.url",
        ),
        (
            "[moderation.external.acme]\nurl = \"acme\"",
            "moderation.external.acme.url",
        ),
        (
            "[moderation.external.acme]\nulr = \"x\"",
            "moderation.external.acme.ulr",
        ),
        (
            "[moderation.external.\"A b\"]\nurl = \"x\"",
            "moderation.external.A b",
        ),
        ("[moderation]\nexternal = 3", "moderation.external"),
        (
            "[moderation.external.acme]\nurl = \"http://a\"\non_failure = \"hope\"",
            "moderation.external.acme.on_failure",
        ),
    ] {
        let faults = file(line).faults();
        assert!(faults.contains(name), "{faults}");
    }
}

#[test]
fn what_is_no_network_no_origin_no_limit_or_no_collector_is_told_by_name() {
    for (line, name) in [
        ("trusted_proxies = [\"10.0.0.0/33\"]", "trusted_proxies"),
        (
            "[cors]\norigins = [\"https://chat.example/\"]",
            "cors.origins",
        ),
        ("[cors]\norigins = [\"chat.example\"]", "cors.origins"),
        (
            "[limits]\nrequests_per_user = -1",
            "limits.requests_per_user",
        ),
        ("[tls]\nkey = \"key.pem\"", "tls.certificate"),
        ("[moderation]\nenabled = \"perhaps\"", "moderation.enabled"),
        ("[moderation]\npolcy = \"x\"", "moderation.polcy"),
        ("[limits]\nlogins_per_usr = 1", "limits.logins_per_usr"),
        ("[traces]\nendpoint = \"collector:4318\"", "traces.endpoint"),
        ("[traces]\npercent = 101", "traces.percent"),
    ] {
        let faults = file(line).faults();
        assert!(faults.contains(name), "{faults}");
    }
}
