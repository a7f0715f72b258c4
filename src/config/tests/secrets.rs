//! What nobody may see, and the server's key.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt};

use super::{file, nothing};

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
