//! Which source wins, and what holds without any.

use std::{path::PathBuf, time::Duration};

use super::{DatabaseUrl, TurnPolicy, file, nothing};

#[test]
fn without_any_setting_it_serves_an_echo_on_port_8080_from_a_directory_beside() {
    let config = nothing().config();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.data_dir, PathBuf::from("colloquy-data"));
    assert_eq!(
        config.database,
        DatabaseUrl::Sqlite {
            dir: PathBuf::from("colloquy-data")
        }
    );
    assert_eq!(config.providers.default, "echo");
    assert!(config.providers.discover_ollama);
    assert!(config.admin.is_none());
    assert_eq!(config.passivate_after, Duration::from_secs(300));
    assert_eq!(config.shutdown_grace, Duration::from_secs(10));
    assert_eq!(config.max_body, 1 << 20);
    assert_eq!(config.turn_policy, TurnPolicy::Queue);
    assert!(config.warnings.is_empty());
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let mut given = file("listen = \"127.0.0.1:1\"\nlog = \"warn\"\nmax_body = 2000")
        .variable("COLLOQUY_LISTEN", "127.0.0.1:2")
        .variable("COLLOQUY_LOG", "debug");
    given.flags.listen = Some("127.0.0.1:3".to_owned());
    let config = given.config();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.log, "debug");
    assert_eq!(config.max_body, 2000);
}

#[test]
fn every_setting_can_be_a_variable() {
    let config = nothing()
        .variable("COLLOQUY_DATA_DIR", "/var/lib/colloquy")
        .variable("COLLOQUY_DATABASE_URL", "postgresql://me:hush@db/colloquy")
        .variable("COLLOQUY_ADMIN_USERNAME", "root")
        .variable("COLLOQUY_ADMIN_PASSWORD", " spaces count ")
        .variable("COLLOQUY_PROVIDERS__MY_LLM__KIND", "openai")
        .variable("COLLOQUY_PROVIDERS__MY_LLM__BASE_URL", "http://llm:1234/v1")
        .variable("COLLOQUY_PROVIDERS__MY_LLM__MODEL", "m")
        .variable("COLLOQUY_FALLBACK", "slow, echo")
        .variable("COLLOQUY_PROVIDERS__SLOW__KIND", "echo")
        .variable("COLLOQUY_DEFAULT_PROVIDER", "my_llm")
        .variable("COLLOQUY_PASSIVATE_AFTER", "0.25")
        .variable("COLLOQUY_MAX_STREAMS", "10000")
        .config();
    assert_eq!(config.data_dir, PathBuf::from("/var/lib/colloquy"));
    assert_eq!(
        config.database.to_string(),
        "PostgreSQL at db/colloquy",
        "without the password"
    );
    let admin = config.admin.unwrap();
    assert_eq!(admin.username, "root");
    assert_eq!(admin.password.expose(), " spaces count ");
    assert_eq!(
        config.providers.by_name["my_llm"].base_url.as_deref(),
        Some("http://llm:1234/v1")
    );
    assert_eq!(config.providers.fallback, ["slow", "echo"]);
    assert_eq!(config.passivate_after, Duration::from_millis(250));
    assert_eq!(config.max_streams, 10_000);
}

#[test]
fn an_empty_variable_is_no_setting() {
    let config = file("listen = \"127.0.0.1:1\"")
        .variable("COLLOQUY_LISTEN", "")
        .variable("COLLOQUY_DATABASE_URL", "")
        .config();
    assert_eq!(config.listen.port(), 1);
}
