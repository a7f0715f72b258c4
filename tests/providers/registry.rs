//! Who answers to which name, and what the settings may say.

use colloquy::providers::{Kind, ProviderConfig, Providers, Secret, Settings, client};

use super::{KEY, NAME, openai, provider, providers};

#[test]
fn without_settings_there_is_the_echo() {
    let providers = Providers::new(&Settings::default(), &client().unwrap()).unwrap();
    assert_eq!(providers.names(), ["echo"]);
    let route = providers.route("default").unwrap();
    assert_eq!(
        (route.provider.as_str(), route.model.as_str()),
        ("echo", "echo")
    );
}

#[test]
fn default_is_the_configured_one_and_an_unknown_name_is_nobody() {
    let providers = providers([(NAME, openai("http://localhost:1"))]);
    let route = providers.route("default").unwrap();
    assert_eq!(
        (route.provider.as_str(), route.model.as_str()),
        (NAME, "gpt-4o-mini")
    );
    assert_eq!(providers.route(NAME), Some(route));
    assert_eq!(providers.route("echo").unwrap().provider, "echo");
    assert_eq!(providers.route("nobody"), None);
    assert_eq!(providers.names(), ["echo", NAME]);
}

#[test]
fn every_fault_of_the_settings_is_told_at_once() {
    let mut settings = Settings::default();
    let mut add = |name: &str, config| settings.providers.insert(name.to_owned(), config);
    add("default", ProviderConfig::new(Kind::Echo, ""));
    add("echo", openai("http://localhost:1"));
    add("nameless", ProviderConfig::new(Kind::OpenAi, ""));
    add("nowhere", ProviderConfig::new(Kind::Custom, "m"));
    add("odd", openai("ftp://localhost"));
    let mut broken = openai("http://localhost:1");
    broken.api_key = Some(Secret::new("sk-broken\nkey"));
    add("broken", broken);
    settings.default_provider = "missing".to_owned();
    settings.fallback = ["lost", "echo", "echo", "missing"]
        .map(str::to_owned)
        .into();
    let error = Providers::new(&settings, &client().unwrap()).unwrap_err();
    assert_eq!(
        error.faults,
        [
            "providers.broken.api_key: it holds characters that no header can carry",
            "providers.default: this name stands for default_provider",
            "providers.echo.kind: this name is the echo's",
            "providers.nameless.model: it has to be given",
            "providers.nowhere.base_url: kind custom needs one",
            "providers.odd.base_url: it has to begin with http:// or https://",
            "fallback: `echo` would be asked twice: the chain goes round in a circle",
            "fallback: `missing` would be asked twice: the chain goes round in a circle",
            "default_provider: there is no provider named `missing`",
            "fallback: there is no provider named `lost`",
            "fallback: there is no provider named `missing`",
        ]
    );
    assert!(!format!("{error} {error:?}").contains("sk-broken"));
}

#[test]
fn debug_output_shows_no_key() {
    let mut config = openai("http://me:sk-password@localhost:1");
    config.base_url = config.base_url.map(|url| url + "?key=sk-query");
    let settings = Settings {
        providers: [(NAME.to_owned(), config.clone())].into(),
        ..Settings::default()
    };
    let providers = Providers::new(&settings, &client().unwrap()).unwrap();
    let shown = format!("{config:?} {settings:?} {providers:?} {:?}", config.api_key);
    assert!(!shown.contains(KEY) && !shown.contains("sk-"), "{shown}");
    assert!(shown.contains("http://localhost:1/v1"), "{shown}");
    assert_eq!(provider(config).route().provider, NAME);
}
