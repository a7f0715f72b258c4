//! Who answers, and which tables are wrong.

use std::time::Duration;

use super::file;

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
        [providers.i]
        kind = "bedrock"
        model = "m"
        [providers.j]
        kind = "azure"
        model = "m"
        [providers.k]
        kind = "claude"
        model = "m"
        [providers.l]
        kind = "gemini"
        model = "m"
        api_key = "hush"
        vision = "perhaps"
        context_tokens = 4000
        output_tokens = 3000
        [providers.n]
        kind = "ollama"
        model = "m"
        thinking_tokens = 2048
        [providers.o]
        kind = "anthropic"
        api_key = "hush"
        model = "m"
        context_tokens = 4000
        thinking_tokens = 2048
        [providers.f]
        kind = "openai"
        model = "m"
        api_key = "hush"
        api_key_env = "OTHER"
        "#,
    )
    .faults();
    for expected in [
        "providers.a.kind (COLLOQUY_PROVIDERS__A__KIND): \"telepathy\" is not one of: echo, openai, anthropic, claude, google, gemini, azure, bedrock, openrouter",
        "providers.b.base_url (COLLOQUY_PROVIDERS__B__BASE_URL): this must begin with http:// or https://",
        "providers.b.model (COLLOQUY_PROVIDERS__B__MODEL): this is missing",
        "providers.c.api_key_env (COLLOQUY_PROVIDERS__C__API_KEY_ENV): the environment has no variable NOT_SET",
        "providers.d.kind (COLLOQUY_PROVIDERS__D__KIND): this is missing",
        "providers.e.delay_ms (COLLOQUY_PROVIDERS__E__DELAY_MS): only an echo can be slowed down",
        "providers.default (COLLOQUY_PROVIDERS__DEFAULT): a provider's name has",
        "providers.g.base_url (COLLOQUY_PROVIDERS__G__BASE_URL): this is missing",
        "providers.h.api_key (COLLOQUY_PROVIDERS__H__API_KEY): this is missing",
        "providers.i.base_url (COLLOQUY_PROVIDERS__I__BASE_URL): this is missing: your region",
        "providers.j.base_url (COLLOQUY_PROVIDERS__J__BASE_URL): this is missing: your resource",
        "providers.k.api_key (COLLOQUY_PROVIDERS__K__API_KEY): this is missing",
        "providers.l.vision (COLLOQUY_PROVIDERS__L__VISION): perhaps is neither true nor false",
        "providers.l.output_tokens (COLLOQUY_PROVIDERS__L__OUTPUT_TOKENS): this is more than half of context_tokens",
        "providers.n.thinking_tokens (COLLOQUY_PROVIDERS__N__THINKING_TOKENS): only an anthropic or google",
        "providers.o.thinking_tokens (COLLOQUY_PROVIDERS__O__THINKING_TOKENS): this is more than half",
        "providers.f.api_key_env (COLLOQUY_PROVIDERS__F__API_KEY_ENV): api_key is there too",
    ] {
        assert!(
            faults.lines().any(|line| line.starts_with(expected)),
            "{expected}\nis not among\n{faults}"
        );
    }
    assert_eq!(faults.lines().count(), 17, "one cause, one fault: {faults}");
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
    assert!(
        faults.contains("\"echo\" is there twice: the chain would go round in a circle"),
        "{faults}"
    );
    assert!(faults.contains("round in a circle"), "{faults}");
    assert!(
        faults.contains("there is no provider \"nobody\"; there are: echo, groq"),
        "{faults}"
    );
}

#[test]
fn who_is_asked_about_documents_is_a_provider() {
    let names = ["embedding_provider", "rerank_provider", "vision_provider"];
    let settings = |provider: &str| -> String {
        let all = names.map(|name| format!("{name} = \"{provider}\"\n"));
        format!("{}[providers.local]\nkind = \"echo\"", all.concat())
    };
    let providers = file(&settings("local")).config().providers;
    let named = [providers.embeddings, providers.order, providers.pictures];
    assert_eq!(named, ["local"; 3].map(|name| Some(name.to_owned())));
    let faults = file(&settings("locale")).faults();
    for name in names {
        let fault = format!("{name} (COLLOQUY_{}): ", name.to_uppercase());
        let line = faults.lines().find(|line| line.starts_with(&fault));
        assert!(
            line.unwrap().contains("did you mean \"local\"?"),
            "{faults}"
        );
    }
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
fn a_chain_that_leads_back_to_its_beginning_is_a_fault() {
    let faults = file(
        "default_provider = \"a\"\nfallback = [\"echo\", \"a\"]\n[providers.a]\nkind = \"echo\"",
    )
    .faults();
    assert!(
        faults
            .contains("\"a\" is the default_provider: when it has failed, it would be asked again"),
        "{faults}"
    );
}

#[test]
fn what_a_model_reads_writes_and_sees_can_be_said() {
    let config = file(
        "[providers.a]\nkind = \"ollama\"\nmodel = \"m\"\ncontext_tokens = 16384\noutput_tokens = 512\n[providers.t]\nkind = \"claude\"\napi_key = \"k\"\nmodel = \"m\"\nthinking_tokens = 2048",
    )
    .variable("COLLOQUY_PROVIDERS__A__VISION", "true")
    .config();
    let provider = &config.providers.by_name["a"];
    assert_eq!(provider.context_tokens, Some(16_384));
    assert_eq!(provider.output_tokens, Some(512));
    assert_eq!(provider.vision, Some(true));
    assert_eq!(config.providers.by_name["t"].thinking_tokens, Some(2048));
    let unsaid = file("[providers.a]\nkind = \"ollama\"\nmodel = \"m\"").config();
    assert_eq!(unsaid.providers.by_name["a"].vision, None);
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
