//! The settings, tested: which source wins, what is a fault, and what no message may show.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use super::{
    settings::{PROVIDER_SETTINGS, SETTINGS},
    *,
};

const EXAMPLE: &str = include_str!("../../colloquy.example.toml");

struct Given {
    dir: tempfile::TempDir,
    flags: Flags,
    environment: Vec<(String, String)>,
}

/// A file with this text.
fn file(text: &str) -> Given {
    let mut given = nothing();
    let path = given.dir.path().join("colloquy.toml");
    fs::write(&path, text).unwrap();
    given.flags.config = Some(path);
    given
}

fn nothing() -> Given {
    Given {
        dir: tempfile::tempdir().unwrap(),
        flags: Flags::default(),
        environment: Vec::new(),
    }
}

impl Given {
    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn load(&self) -> Result<Config, ConfigFaults> {
        Config::load(&self.flags, self.environment.clone())
    }

    fn config(&self) -> Config {
        self.load().unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn faults(&self) -> String {
        self.load().unwrap_err().to_string()
    }
}

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
        .variable("COLLOQUY_FALLBACK", "my_llm, echo")
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
    assert_eq!(config.providers.fallback, ["my_llm", "echo"]);
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

#[test]
fn all_faults_are_told_at_once_each_with_all_names_of_its_setting() {
    let faults = file(
        "listen = 8080\nlog_format = \"xml\"\nturn_policy = \"wait\"\nmax_body = -1\n\
         shutdown_grace = \"soon\"\nserver_key = \"hush\"\nadmin_username = \" \\u0007\"",
    )
    .variable("COLLOQUY_DATABASE_URL", "mysql://me:hush@db/x")
    .variable("COLLOQUY_LOG", "colloquy=loud")
    .faults();
    let lines: Vec<_> = faults.lines().collect();
    for expected in [
        "listen (--listen, COLLOQUY_LISTEN): this must be text in quotation marks",
        "log_format (COLLOQUY_LOG_FORMAT): \"xml\" is not one of: text, json",
        "turn_policy (COLLOQUY_TURN_POLICY): \"wait\" is not one of: queue, reject, interrupt",
        "max_body (COLLOQUY_MAX_BODY): -1 is not a whole number from 1024 to 1073741824",
        "shutdown_grace (COLLOQUY_SHUTDOWN_GRACE): soon is not a number of seconds from 0 to 3600",
        "server_key (COLLOQUY_SERVER_KEY): this must be 64 hex digits or base64 of 32 bytes",
        "database_url (--database, COLLOQUY_DATABASE_URL): mysql:",
        "log (COLLOQUY_LOG): \"colloquy=loud\" is not a filter",
        "admin_username (COLLOQUY_ADMIN_USERNAME): a user name has 1 to 150 characters",
        "admin_password (COLLOQUY_ADMIN_PASSWORD): this is missing",
    ] {
        assert!(
            lines.iter().any(|line| line.starts_with(expected)),
            "{expected}\nis not among\n{faults}"
        );
    }
    assert_eq!(lines.len(), 10, "{faults}");
    assert!(!faults.contains("hush"), "{faults}");
}

#[test]
fn a_misspelt_setting_is_a_fault_that_knows_better() {
    let faults =
        file("data-dir = \"x\"\nfrobnicate = 1\n[providers.a]\nkind = \"echo\"\nmodle = \"m\"")
            .variable("COLLOQUY_LISTN", "127.0.0.1:1")
            .faults();
    assert!(faults.contains("data-dir: there is no such setting; did you mean data_dir?"));
    assert!(faults.contains("frobnicate: there is no such setting"));
    assert!(
        faults.contains("providers.a.modle: there is no such setting; did you mean model?"),
        "{faults}"
    );
    assert!(
        faults.contains("COLLOQUY_LISTN: there is no such setting; did you mean COLLOQUY_LISTEN?")
    );
}

#[test]
fn a_strange_variable_of_our_prefix_is_mentioned_and_ignored() {
    let config = nothing()
        .variable("COLLOQUY_SERVICE_HOST", "10.0.0.1")
        .variable("COLLOQUY_PORT", "tcp://10.0.0.1:80")
        .variable("COLLOQUY_TEST_POSTGRES", "postgres://x")
        .config();
    assert_eq!(config.warnings.len(), 2, "{:?}", config.warnings);
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault_beside_the_others() {
    let mut given = nothing()
        .variable("COLLOQUY_LISTEN", "here")
        .variable("COLLOQUY_DEFAULT_PROVIDER", "perhaps-in-the-file");
    given.flags.config = Some(given.dir.path().join("absent.toml"));
    let faults = given.faults();
    assert!(
        faults.contains("config (--config, COLLOQUY_CONFIG): ") && faults.contains("absent.toml"),
        "{faults}"
    );
    assert_eq!(faults.lines().count(), 2, "{faults}");
}

#[test]
fn broken_toml_names_the_line_and_shows_nothing_of_it() {
    let faults = file("log = \"info\"\nadmin_password = \"hush hush").faults();
    assert!(faults.contains("line 2"), "{faults}");
    assert!(!faults.contains("hush"), "{faults}");
    assert_eq!(faults.lines().count(), 1, "{faults}");
}

#[test]
fn providers_are_checked_one_by_one() {
    let faults = file(
        r#"
        [providers.a]
        kind = "telepathy"
        [providers.b]
        kind = "openai"
        base_url = "ftp://example.org"
        [providers.c]
        kind = "openai"
        api_key_env = "NOT_SET"
        model = "m"
        [providers.d]
        base_url = "http://localhost"
        [providers.e]
        kind = "ollama"
        model = "m"
        delay_ms = 5
        [providers.default]
        kind = "echo"
        [providers.g]
        kind = "custom"
        model = "m"
        [providers.h]
        kind = "groq"
        model = "m"
        [providers.f]
        kind = "openai"
        model = "m"
        api_key = "hush"
        api_key_env = "OTHER"
        "#,
    )
    .faults();
    for expected in [
        "providers.a.kind (COLLOQUY_PROVIDERS__A__KIND): \"telepathy\" is not one of: echo, openai, openrouter",
        "providers.b.base_url (COLLOQUY_PROVIDERS__B__BASE_URL): this must begin with http:// or https://",
        "providers.b.model (COLLOQUY_PROVIDERS__B__MODEL): this is missing",
        "providers.c.api_key_env (COLLOQUY_PROVIDERS__C__API_KEY_ENV): the environment has no variable NOT_SET",
        "providers.d.kind (COLLOQUY_PROVIDERS__D__KIND): this is missing",
        "providers.e.delay_ms (COLLOQUY_PROVIDERS__E__DELAY_MS): only an echo can be slowed down",
        "providers.default (COLLOQUY_PROVIDERS__DEFAULT): a provider's name has",
        "providers.g.base_url (COLLOQUY_PROVIDERS__G__BASE_URL): this is missing",
        "providers.h.api_key (COLLOQUY_PROVIDERS__H__API_KEY): this is missing",
        "providers.f.api_key_env (COLLOQUY_PROVIDERS__F__API_KEY_ENV): api_key is there too",
    ] {
        assert!(
            faults.lines().any(|line| line.starts_with(expected)),
            "{expected}\nis not among\n{faults}"
        );
    }
    assert_eq!(faults.lines().count(), 10, "one cause, one fault: {faults}");
    assert!(!faults.contains("hush"));
}

#[test]
fn default_and_fallback_must_name_providers_once_each() {
    let faults = file(
        "default_provider = \"grok\"\nfallback = [\"echo\", \"echo\", \"default\", \"nobody\"]\n\
         [providers.groq]\nkind = \"echo\"",
    )
    .faults();
    assert!(faults.contains("did you mean \"groq\"?"), "{faults}");
    assert!(faults.contains("\"echo\" is there twice"), "{faults}");
    assert!(faults.contains("round in a circle"), "{faults}");
    assert!(
        faults.contains("there is no provider \"nobody\"; there are: echo, groq"),
        "{faults}"
    );
}

#[test]
fn the_only_configured_provider_is_the_default() {
    let config = file("[providers.slow]\nkind = \"echo\"\ndelay_ms = 20").config();
    assert_eq!(config.providers.default, "slow");
    assert!(!config.providers.discover_ollama);
    assert_eq!(
        config.providers.by_name["slow"].delay,
        Duration::from_millis(20)
    );
    assert!(config.providers.by_name.contains_key("echo"));
}

#[test]
fn of_several_providers_none_is_the_default_unless_one_is_named() {
    let config = file("[providers.a]\nkind = \"echo\"\n[providers.b]\nkind = \"echo\"").config();
    assert_eq!(config.providers.default, "echo");
    assert!(config.warnings[0].contains("a, b"), "{:?}", config.warnings);
}

#[test]
fn a_chain_asks_nobody_twice() {
    let config = file(
        "default_provider = \"a\"\nfallback = [\"a\", \"echo\"]\n[providers.a]\nkind = \"echo\"",
    )
    .config();
    let chain = |name| config.providers.chain(name).collect::<Vec<_>>();
    assert_eq!(chain("a"), ["a", "echo"]);
    assert_eq!(chain("echo"), ["echo", "a"]);
}

#[test]
fn a_provider_takes_its_key_from_the_variable_it_names() {
    let given =
        file("[providers.a]\nkind = \"openai\"\nmodel = \"m\"\napi_key_env = \"THEIR_KEY\"")
            .variable("THEIR_KEY", "hush\n");
    let config = given.config();
    let provider = &config.providers.by_name["a"];
    assert_eq!(provider.api_key.as_ref().unwrap().expose(), "hush");
    assert_eq!(provider.base_url, None, "at the usual place");
}

#[test]
fn nothing_secret_is_shown_by_debug() {
    let config = file(
        "admin_password = \"hush\"\ndatabase_url = \"postgres://me:hush@db/x\"\n\
         [providers.a]\nkind = \"openai\"\nmodel = \"m\"\napi_key = \"hush\"\n\
         base_url = \"https://hush:hush@llm/v1?key=hush\"",
    )
    .variable("COLLOQUY_SERVER_KEY", &"ab".repeat(32))
    .config();
    let shown = format!("{config:?}");
    assert!(!shown.contains("hush"), "{shown}");
    assert!(!shown.contains("171"), "the key's bytes: {shown}");
    assert!(shown.contains("[secret]"));
}

#[test]
fn a_server_key_is_64_hex_digits_or_base64() {
    for text in [
        "ff".repeat(32),
        "__________________________________________8".to_owned(),
        "//////////////////////////////////////////8=".to_owned(),
    ] {
        let config = nothing().variable("COLLOQUY_SERVER_KEY", &text).config();
        assert_eq!(config.server_key().unwrap().expose(), &[255; 32]);
    }
}

#[test]
fn without_a_setting_the_server_key_is_made_once_and_only_its_owner_reads_it() {
    let mut given = nothing();
    let data_dir = given.dir.path().join("data");
    given.flags.data_dir = Some(data_dir.clone());
    let config = given.config();
    assert!(!data_dir.exists(), "loading makes nothing");

    let keys: BTreeSet<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| config.server_key()))
            .collect();
        threads
            .into_iter()
            .map(|thread| *thread.join().unwrap().unwrap().expose())
            .collect()
    });
    assert_eq!(keys.len(), 1);
    assert_eq!(
        *config.server_key().unwrap().expose(),
        *keys.first().unwrap()
    );

    let mode = |path: &str| {
        let path = data_dir.join(path);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("keys"), 0o700);
    assert_eq!(mode("keys/server.key"), 0o600);
    assert_eq!(fs::read_dir(data_dir.join("keys")).unwrap().count(), 1);
}

#[test]
fn a_broken_key_file_is_never_replaced() {
    let mut given = nothing();
    given.flags.data_dir = Some(given.dir.path().to_owned());
    fs::create_dir(given.dir.path().join("keys")).unwrap();
    let path = given.dir.path().join("keys/server.key");
    fs::write(&path, "half a key").unwrap();
    let error = given.config().server_key().unwrap_err().to_string();
    assert!(error.contains("server.key does not hold a key"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "half a key");
}

#[test]
fn the_example_shows_the_defaults() {
    let example = file(EXAMPLE).config();
    assert_eq!(format!("{example:?}"), format!("{:?}", nothing().config()));
}

#[test]
fn the_example_names_every_setting_and_what_it_comments_out_is_right() {
    let everything: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting,
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let config = file(&everything).variable("GROQ_API_KEY", "x").config();
    assert_eq!(config.providers.chain("groq").count(), 2);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let names: BTreeSet<_> = everything
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .collect();
    for setting in SETTINGS {
        assert!(names.contains(setting.key), "{}", setting.key);
    }
    for key in PROVIDER_SETTINGS.iter().filter(|key| **key != "api_key") {
        assert!(names.contains(key), "{key}");
    }
}
