//! The names of all settings, once: the file, the environment, the flags, the checks and the example follow it.

/// A setting by its name in the file, and its flag.
pub(super) struct Setting {
    pub(super) key: &'static str,
    flag: Option<&'static str>,
}

const fn setting(key: &'static str) -> Setting {
    Setting { key, flag: None }
}

const fn with_flag(key: &'static str, flag: &'static str) -> Setting {
    Setting {
        key,
        flag: Some(flag),
    }
}

/// Every setting outside `[providers.NAME]`; one of a table with its path, as in `limits.logins_per_user`.
pub(super) const SETTINGS: &[Setting] = &[
    with_flag("listen", "--listen"),
    with_flag("data_dir", "--data-dir"),
    with_flag("database_url", "--database"),
    setting("admin_username"),
    setting("admin_password"),
    setting("registration"),
    setting("bootstrap"),
    setting("ai_provider_networks"),
    setting("stateless_access"),
    setting("titles"),
    setting("default_provider"),
    setting("fallback"),
    setting("embedding_provider"),
    setting("least_similarity"),
    setting("rerank_provider"),
    setting("vision_provider"),
    setting("log"),
    setting("log_format"),
    setting("turn_policy"),
    setting("archived_threads"),
    setting("server_key"),
    setting("passivate_after"),
    setting("shutdown_grace"),
    setting("write_timeout"),
    setting("max_body"),
    setting("max_streams"),
    setting("read_connections"),
    setting("context_budget"),
    setting("trusted_proxies"),
    setting("cors.origins"),
    setting("tls.certificate"),
    setting("tls.key"),
    setting("limits.requests_per_user"),
    setting("limits.requests_per_address"),
    setting("limits.logins_per_user"),
    setting("limits.logins_per_address"),
    setting("moderation.enabled"),
    setting("moderation.policy"),
    setting("moderation.shadow"),
    setting("moderation.refusal"),
    setting("web.search"),
    setting("web.search_url"),
    setting("web.search_key"),
    setting("web.fetch"),
    setting("web.networks"),
    setting("retention.content_days"),
    setting("webhooks.networks"),
    setting("blobs.url"),
    setting("blobs.endpoint"),
    setting("blobs.region"),
    setting("blobs.access_key_id"),
    setting("blobs.secret_access_key"),
    setting("blobs.allow_http"),
    setting("notary.key"),
    setting("notary.former_keys"),
    setting("notary.anchor"),
    setting("notary.anchor_url"),
    setting("notary.anchor_key"),
    setting("traces.endpoint"),
    setting("traces.percent"),
    setting("moderation_fields"),
    setting("daily_tokens"),
    setting("weekly_tokens"),
    setting("monthly_tokens"),
];

/// Every setting of a `[providers.NAME]`.
pub(super) const PROVIDER_SETTINGS: &[&str] = &[
    "kind",
    "base_url",
    "api_key",
    "api_key_env",
    "model",
    "context_tokens",
    "output_tokens",
    "thinking_tokens",
    "vision",
    "tools",
    "delay_ms",
];

/// The table of the providers.
pub(super) const PROVIDERS: &str = "providers";

/// What the names in the environment begin with.
pub(super) const PREFIX: &str = "COLLOQUY_";

/// The setting by all its names, for a person to find it: `listen (--listen, COLLOQUY_LISTEN)`.
/// `key` may be a path, as in `providers.groq.model`.
pub(super) fn all_names(key: &str) -> String {
    let variable = variable(key);
    let flag = match key {
        "config" => Some("--config"),
        _ => SETTINGS
            .iter()
            .find(|setting| setting.key == key)
            .and_then(|setting| setting.flag),
    };
    match flag {
        Some(flag) => format!("{key} ({flag}, {variable})"),
        // A shell cannot set a variable of such a name.
        None if variable.contains('-') => key.to_owned(),
        None => format!("{key} ({variable})"),
    }
}

/// The setting's name in the environment.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}
