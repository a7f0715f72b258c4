//! A whole export of another server becomes the record of this one, which has none yet.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    app::{self, Lock, LockError},
    audit::export::take_in,
    cli::{Failure, say},
    config::Config,
    store::{Store, StoreConfig},
};

pub(super) async fn run(config: &Config, dir: &Path, keys: &[String]) -> Result<(), Failure> {
    app::check_restored(config)?;
    if app::is_taken(&config.data_dir)? {
        return Err(LockError::Taken(config.data_dir.clone()).into());
    }
    let _lock = Lock::take(&config.data_dir).await?;
    let store = Store::open(&StoreConfig {
        read_connections: 1,
        ..StoreConfig::of(config)
    })
    .await?;
    store.check_bucket().await?;
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{msg} {wide_bar} {pos}/{len} events, {per_sec}, {eta} left",
    )?);
    let taken = take_in(&store, dir, keys, |doing, progress| {
        bar.set_message(doing);
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    })
    .await;
    store.close().await;
    let taken = taken?;
    bar.finish_and_clear();
    say(&format!(
        "{} events are the record here, as they were signed over there. API keys work; passwords stayed behind, so set new \
         ones (colloquy user passwd NAME); secrets of providers and webhooks open if the server_key is the same",
        taken.events
    ));
    if taken.own_key {
        say(
            "The key that says so came with the export: compare it with one you know by --key (`colloquy audit key` shows a server's).",
        );
    }
    Ok(())
}
