//! A whole export of another server becomes the record of this one, which has none yet, and is signed here, too.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    app::{self, Lock, LockError},
    audit::{export::take_in, key::Trusted, origin},
    backup::Database,
    cli::{Failure, complain, say},
    config::Config,
    store::{Store, StoreConfig},
};

pub(super) async fn run(config: &Config, dir: &Path, keys: &[String]) -> Result<(), Failure> {
    app::check_restored(config)?;
    if app::is_taken(&config.data_dir)? {
        return Err(LockError::Taken(config.data_dir.clone()).into());
    }
    let lock = Lock::take(&config.data_dir).await?;
    let store = Store::open(&StoreConfig {
        read_connections: 1,
        ..StoreConfig::of(config)
    })
    .await?;
    store.check_bucket().await?;
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{msg} {wide_bar} {pos}/{len} events, {per_sec}, {eta} left",
    )?);
    let filled = async {
        let taken = take_in(&store, dir, keys, |doing, progress| {
            bar.set_message(doing);
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        })
        .await?;
        bar.set_message("signing");
        Ok::<_, Failure>((taken, sign(config, &store, &lock).await))
    }
    .await;
    store.close().await;
    let (taken, signed) = filled?;
    bar.finish_and_clear();
    say(&format!(
        "{} events are the record here, as they were signed over there. API keys work; passwords stayed behind, so set new \
         ones (colloquy user passwd NAME); secrets of providers and webhooks open if the server_key is the same",
        taken.events
    ))?;
    if taken.own_key {
        say(
            "The key that says so came with the export: compare it with one you know by --key (`colloquy audit key` shows a server's).",
        )?;
    }
    match (signed, Database::of(&config.database)) {
        (Ok(key), Database::Sqlite) => say(&format!("Here it is signed by {key}"))?,
        (Ok(key), Database::Postgres) => say(&format!(
            "Here it is signed by {key}: all servers of the database need that notary.key, which is in {} unless a setting gives it",
            config.data_dir.join("keys").display()
        ))?,
        (Err(error), _) => complain(&format!(
            "it is not signed here yet, which is left to the server's notary: {error}"
        )),
    }
    Ok(())
}

/// What is here is vouched for here from the beginning; by which key.
async fn sign(config: &Config, store: &Store, lock: &Lock) -> Result<String, Failure> {
    let (head, origin) = (store.head().await?, origin(store.log_id().await?));
    let key = app::notary_key(config, &origin)?;
    let public = key.public().to_owned();
    let notary = app::notary(config, store, lock.node(), key).await?;
    notary.sign().await?;
    // A server that has started by now may have that work, and a key of its own.
    let ours = Trusted::new(origin, [public.as_str()])?;
    let last = store.last_checkpoint().await?;
    let signed = last.and_then(|last| ours.check(&last.note).ok());
    match signed {
        Some((size, _)) if size >= head => Ok(public),
        _ => Err("a server that has started meanwhile does that".into()),
    }
}
