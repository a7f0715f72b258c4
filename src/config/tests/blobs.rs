//! The bucket of attachments.

use super::{file, nothing};

const WHOLE: &str = "[blobs]\nurl = \"s3://bucket/colloquy/\"\nendpoint = \"https://s3.example:9000\"\n\
                     access_key_id = \"id-hush\"\nsecret_access_key = \"hush\"";

#[test]
fn without_a_bucket_attachments_are_in_the_database_and_the_rest_is_of_no_use() {
    assert_eq!(nothing().config().blobs, None);
    assert_eq!(file("[blobs]\nurl = \"\"").config().blobs, None);
    let faults = file("[blobs]\nregion = \"eu-central-1\"\nallow_http = true")
        .variable("COLLOQUY_BLOBS__SECRET_ACCESS_KEY", "hush")
        .faults();
    assert_eq!(faults.lines().count(), 3, "{faults}");
    assert!(faults.contains("blobs.region (COLLOQUY_BLOBS__REGION): this is of no use"));
    assert!(!faults.contains("hush"), "{faults}");
}

#[test]
fn a_bucket_of_another_store_and_one_of_amazon() {
    let config = file(WHOLE).config();
    let bucket = config.blobs.as_ref().unwrap();
    assert_eq!(
        (bucket.bucket.as_str(), bucket.prefix.as_str()),
        ("bucket", "colloquy")
    );
    assert_eq!(
        (bucket.region.as_str(), bucket.shown().as_str()),
        ("us-east-1", "s3://bucket/colloquy")
    );
    assert_eq!(bucket.secret_access_key.expose(), "hush");
    assert!(!format!("{config:?}").contains("hush"));

    let amazon = nothing()
        .variable("COLLOQUY_BLOBS__URL", "s3://bucket")
        .variable("COLLOQUY_BLOBS__REGION", "eu-central-1")
        .variable("COLLOQUY_BLOBS__ACCESS_KEY_ID", "id")
        .variable("COLLOQUY_BLOBS__SECRET_ACCESS_KEY", "hush")
        .config();
    let bucket = amazon.blobs.unwrap();
    assert_eq!((bucket.prefix.as_str(), bucket.endpoint), ("", None));
    assert_eq!(bucket.region, "eu-central-1");
}

#[test]
fn everything_that_is_missing_or_wrong_is_told_at_once() {
    let faults = file("[blobs]\nurl = \"s3://bucket\"\nsecret_access_key = \"\"").faults();
    let lines: Vec<_> = faults.lines().collect();
    assert_eq!(lines.len(), 3, "{faults}");
    for (line, setting) in lines
        .iter()
        .zip(["region", "access_key_id", "secret_access_key"])
    {
        assert!(
            line.starts_with(&format!("blobs.{setting} (COLLOQUY_BLOBS__")),
            "{line}"
        );
    }
    let faults = file(
        "[blobs]\nurl = \"https://bucket\"\nendpoint = \"https://me:hush@s3.example\"\nregion = \"Frankfurt!\"\n\
         access_key_id = 7\nsecret_access_key = \"hush\"\nallow_http = \"perhaps\"",
    )
    .faults();
    assert_eq!(faults.lines().count(), 5, "{faults}");
    assert!(!faults.contains("hush"), "{faults}");
}

#[test]
fn plain_http_is_wanted_or_refused() {
    let http = WHOLE.replace("https://s3", "http://s3");
    let faults = file(&http).faults();
    assert!(faults.contains("blobs.allow_http = true"), "{faults}");
    assert_eq!(faults.lines().count(), 1, "{faults}");
    assert!(
        file(&format!("{http}\nallow_http = true"))
            .config()
            .blobs
            .is_some()
    );
    let faults = file(&format!("{WHOLE}\nallow_http = true")).faults();
    assert!(faults.contains("blobs.endpoint is not http"), "{faults}");
}

#[test]
fn a_place_is_a_bucket_and_plain_names() {
    let url = |url: &str| {
        file(&WHOLE.replace("s3://bucket/colloquy/", url))
            .load()
            .map(|config| config.blobs.unwrap().shown())
    };
    assert_eq!(
        url("s3://my.bucket-1/a/b_c.d").unwrap(),
        "s3://my.bucket-1/a/b_c.d"
    );
    for wrong in [
        "bucket",
        "s3://",
        "s3://ab",
        "s3://UPPER",
        "s3://bucket//a",
        "s3://bucket/../a",
        "s3://bucket/a b",
        "s3://bucket/a?b",
        "s3://id:hush@bucket/a",
    ] {
        let faults = url(wrong).unwrap_err().to_string();
        assert!(faults.starts_with("blobs.url "), "{wrong}: {faults}");
        assert!(!faults.contains("hush"), "{faults}");
    }
}
