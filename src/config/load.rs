//! Makes the settings out of what the sources say, with the defaults and the limits of each.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use aggregates::{
    Decide, UserId,
    user::{Role, User, UserCommand},
};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};
use uuid::Uuid;

use super::{
    Admin, ArchivedThreads, Bootstrap, BucketSettings, Config, ConfigFaults, DatabaseUrl, Flags,
    Limits, LogFormat, ModerationFields, ModerationSettings, NotarySettings, Registration,
    ServerKey, ServerKeyError, StatelessAccess, Traces, TurnPolicy, WebSettings, WebhookSettings,
    edge, networks::NETWORKS, providers, reader::Reader, sources,
};

const DAY: f64 = 86_400.0;

impl Config {
    /// Reads and checks all settings. `environment` is what the process was started with, usually
    /// [`environment`]; nothing else of the outside is looked at but the file.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn load(
        flags: &Flags,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigFaults> {
        let environment: BTreeMap<_, _> = environment.into_iter().collect();
        let mut sources = sources::gather(flags, &environment);
        let mut warnings = std::mem::take(&mut sources.warnings);
        let mut faults = std::mem::take(&mut sources.faults);
        let mut read = Reader::new(&sources.table, String::new(), &mut faults);

        let listen = read
            .parsed("listen", address)
            .unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 8080).into());
        // Not through the table: a path need not be UTF-8.
        let data_dir = flags
            .data_dir
            .clone()
            .or_else(|| read.text("data_dir").map(PathBuf::from))
            .unwrap_or_else(|| PathBuf::from("colloquy-data"));
        let database = read
            .parsed("database_url", DatabaseUrl::parse)
            .unwrap_or_else(|| DatabaseUrl::Sqlite {
                dir: data_dir.clone(),
            });
        let given_server_key = read.parsed("server_key", |text| {
            ServerKey::parse(text)
                .ok_or_else(|| "this must be 64 hex digits or base64 of 32 bytes".to_owned())
        });
        if matches!(database, DatabaseUrl::Postgres { .. }) && !read.is_given("server_key") {
            let missing = match (flags.serves, flags.seals) {
                (true, _) => Some(ServerKeyError::not_given(&data_dir)),
                (false, true) => Some(ServerKeyError::NotShared),
                (false, false) => None,
            };
            if let Some(missing) = missing {
                read.fault("server_key", missing.to_string());
            }
        }
        let config = Self {
            listen,
            database,
            data_dir,
            blobs: BucketSettings::read(&mut read),
            admin: admin(&mut read),
            providers: providers::read(
                &mut read,
                &sources.table,
                &environment,
                &mut warnings,
                !sources.file_is_missing,
            ),
            log: read.parsed("log", filter).unwrap_or_else(|| "info".into()),
            log_format: read
                .choice(
                    "log_format",
                    &[("text", LogFormat::Text), ("json", LogFormat::Json)],
                )
                .unwrap_or_default(),
            titles: read
                .choice("titles", &[("on", true), ("off", false)])
                .unwrap_or(true),
            registration: read
                .choice(
                    "registration",
                    &[
                        ("open", Registration::Open),
                        ("closed", Registration::Closed),
                    ],
                )
                .unwrap_or_default(),
            bootstrap: read
                .choice(
                    "bootstrap",
                    &[
                        ("loopback", Bootstrap::Loopback),
                        ("open", Bootstrap::Open),
                        ("off", Bootstrap::Off),
                    ],
                )
                .unwrap_or_default(),
            ai_provider_networks: read
                .choice("ai_provider_networks", NETWORKS)
                .unwrap_or_default(),
            stateless_access: read
                .choice(
                    "stateless_access",
                    &[
                        ("authenticated", StatelessAccess::Authenticated),
                        ("project", StatelessAccess::Project),
                    ],
                )
                .unwrap_or_default(),
            turn_policy: read
                .choice(
                    "turn_policy",
                    &[
                        ("queue", TurnPolicy::Queue),
                        ("reject", TurnPolicy::Reject),
                        ("interrupt", TurnPolicy::Interrupt),
                    ],
                )
                .unwrap_or_default(),
            archived_threads: read
                .choice(
                    "archived_threads",
                    &[
                        ("open", ArchivedThreads::Open),
                        ("readonly", ArchivedThreads::Readonly),
                    ],
                )
                .unwrap_or_default(),
            given_server_key,
            passivate_after: read.seconds("passivate_after", 0.0..=30.0 * DAY, 300),
            shutdown_grace: read.seconds("shutdown_grace", 0.0..=3600.0, 10),
            write_timeout: read.seconds("write_timeout", 0.1..=3600.0, 30),
            max_body: narrow(read.number("max_body", 1024..=1 << 30, 1 << 20)),
            max_streams: narrow(read.number("max_streams", 1..=1_000_000, 16_384)),
            read_connections: u32::try_from(read.number("read_connections", 1..=512, 8))
                .unwrap_or(u32::MAX),
            context_budget: read.some_number("context_budget", 1..=100_000_000),
            trusted_proxies: edge::proxies(&mut read),
            cors_origins: edge::origins(&mut read),
            tls: edge::certificate(&mut read),
            limits: Limits::read(&mut read),
            moderation: ModerationSettings::read(&mut read, &sources.table, &environment),
            web: WebSettings::read(&mut read),
            retention_days: read
                .some_number("retention.content_days", 1..=MOST_DAYS)
                .and_then(|days| u32::try_from(days).ok()),
            webhooks: WebhookSettings::read(&mut read),
            notary: NotarySettings::read(&mut read),
            traces: Traces::read(&mut read),
            moderation_fields: read
                .choice(
                    "moderation_fields",
                    &[
                        ("everyone", ModerationFields::Everyone),
                        ("staff", ModerationFields::Staff),
                    ],
                )
                .unwrap_or_default(),
            daily_tokens: read.number("daily_tokens", 0..=MOST_TOKENS, 0),
            weekly_tokens: read.number("weekly_tokens", 0..=MOST_TOKENS, 0),
            monthly_tokens: read.number("monthly_tokens", 0..=MOST_TOKENS, 0),
            warnings: Vec::new(),
        };
        ConfigFaults::none_of(faults)?;
        Ok(Self { warnings, ..config })
    }

    /// What the process was started with, for [`Config::load`]. What is not Unicode is passed on with
    /// replacement characters, so that the checks see it.
    pub fn environment() -> impl Iterator<Item = (String, String)> {
        std::env::vars_os().map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text
        .strip_prefix("localhost:")
        .map(|port| format!("127.0.0.1:{port}"));
    numeric.as_deref().unwrap_or(text).parse().map_err(|_| {
        format!("\"{text}\" is not an address and a port, as in 127.0.0.1:8080 or [::]:8080")
    })
}

fn filter(text: &str) -> Result<String, String> {
    let fault = |why: String| {
        format!("\"{text}\" is not a filter, as in info or warn,colloquy=debug ({why})")
    };
    // The filter takes a blank for a part of a name.
    let parts: Vec<_> = text.split(',').map(str::trim).collect();
    let filter = parts.join(",");
    EnvFilter::builder()
        .parse(&filter)
        .map_err(|error| fault(error.to_string()))?;
    // A misspelt level would be the name of a part of which all is shown, and of all others nothing.
    let stray = parts.iter().find(|part| {
        let word = !part.is_empty() && !part.contains(['=', '[']);
        part.ends_with('=') || (word && part.parse::<LevelFilter>().is_err())
    });
    match stray {
        Some(part) => Err(fault(format!(
            "{part} is no level: error, warn, info, debug, trace or off"
        ))),
        None => Ok(filter),
    }
}

fn admin(read: &mut Reader<'_>) -> Option<Admin> {
    let username = read.text("admin_username");
    let password = read.secret("admin_password");
    if let Some(username) = &username {
        // The rule for names is the aggregate's.
        let asked = User::default().decide(UserCommand::Register {
            user: UserId(Uuid::nil()),
            username: username.clone(),
            role: Role::Admin,
            credential: Uuid::nil(),
            generated: false,
        });
        if let Err(refusal) = asked {
            read.fault("admin_username", refusal.to_string());
        }
    }
    match (username, password) {
        (username, Some(password)) => Some(Admin {
            username: username.unwrap_or_else(|| "admin".to_owned()),
            password,
        }),
        (Some(_), None) => {
            read.fault(
                "admin_password",
                "this is missing, although admin_username is set",
            );
            None
        }
        (None, None) => None,
    }
}

/// A century: who wants to keep content for longer sets nothing.
const MOST_DAYS: u64 = 36_500;
/// Beyond every quota.
const MOST_TOKENS: u64 = 1_000_000_000_000;

fn narrow(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
