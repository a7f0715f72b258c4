//! What is wrong, and how it is told.

use super::{file, nothing};

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
fn a_misspelt_level_of_the_log_is_a_fault_and_not_the_name_of_a_part() {
    for wrong in ["verbose", "loud=", "info,verbose", "colloquy"] {
        let faults = nothing().variable("COLLOQUY_LOG", wrong).faults();
        assert!(
            faults.starts_with(&format!("log (COLLOQUY_LOG): \"{wrong}\" is not a filter")),
            "{faults}"
        );
        assert!(faults.contains("is no level: error, warn"), "{faults}");
    }
    for right in [
        "INFO",
        "off",
        "warn,colloquy=debug",
        "colloquy::store=trace, info",
    ] {
        let config = nothing().variable("COLLOQUY_LOG", right).config();
        assert_eq!(config.log, right.replace(' ', ""));
    }
}

#[test]
fn an_empty_key_of_a_provider_is_none() {
    let faults = file("[providers.a]\nkind = \"openai\"\nmodel = \"m\"\napi_key = \"\"").faults();
    assert!(faults.contains("this is missing: set api_key"), "{faults}");
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
fn a_variable_below_a_table_that_has_no_such_setting_is_a_fault_as_in_the_file() {
    for name in ["RETENTION__DAYS", "LIMITS__NOSUCH", "TLS__CERT"] {
        let name = format!("COLLOQUY_{name}");
        let faults = nothing().variable(&name, "30").faults();
        assert!(
            faults.starts_with(&format!("{name}: there is no such setting")),
            "{faults}"
        );
    }
}

#[test]
fn a_strange_variable_of_our_prefix_is_mentioned_and_ignored() {
    let config = nothing()
        .variable("COLLOQUY_SERVICE_HOST", "10.0.0.1")
        .variable("COLLOQUY_PORT", "tcp://10.0.0.1:80")
        .variable("COLLOQUY_OTHERS__PORT", "80")
        .variable("COLLOQUY_TEST_POSTGRES", "postgres://x")
        .config();
    assert_eq!(config.warnings.len(), 3, "{:?}", config.warnings);
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
fn a_server_with_postgresql_is_given_its_key_and_told_where_an_old_one_lies() {
    const POSTGRES: &str = "postgres://me:hush@db/x";
    let given = |key: &str| {
        nothing()
            .variable("COLLOQUY_DATABASE_URL", POSTGRES)
            .variable("COLLOQUY_DATA_DIR", "/var/lib/colloquy")
            .variable("COLLOQUY_SERVER_KEY", key)
    };
    for none in ["", " "] {
        let faults = given(none).serving().faults();
        assert_eq!(faults.lines().count(), 1, "{faults}");
        assert!(
            faults.starts_with("server_key (COLLOQUY_SERVER_KEY): "),
            "{faults}"
        );
        for told in ["openssl rand -hex 32", "/var/lib/colloquy/keys/server.key"] {
            assert!(faults.contains(told), "{told} is not in {faults}");
        }
    }
    let faults = given("hush").serving().faults();
    assert_eq!(
        faults.lines().count(),
        1,
        "it is there, and wrong: {faults}"
    );
    given(&"07".repeat(32)).serving().config();

    // A command beside the server needs none, and makes none either.
    let beside = given("").config();
    assert!(beside.wrapping_key().is_none());
    let refused = beside.server_key().unwrap_err().to_string();
    assert!(refused.contains("PostgreSQL"), "{refused}");
    // SQLite is one server's.
    nothing().serving().config();
}
