//! `colloquy audit views`: everything that people could read, as it was at a moment.

use std::path::Path;

use aggregates::export::Exported;
use uuid::Uuid;

use super::bar;
use crate::{
    audit::{Moment, Trail},
    cli::{Failure, say, workbench::Workbench},
    config::{is_private, make_private, make_private_file},
    projector,
    store::{DatabaseUrl, StoreConfig},
    views::Views,
};

pub(super) async fn run(
    bench: &Workbench,
    dir: &Path,
    at: Moment,
    by: &str,
    reason: String,
) -> Result<(), Failure> {
    if dir.join("log.db").exists() {
        return Err("this directory holds a record; give an empty one, or a new one".into());
    }
    let by = bench.accounts.find(by).await?;
    let until = Trail::new(bench.store.clone()).position_at(at).await?;
    if until == 0 {
        return Err("nothing had happened at this moment".into());
    }
    make_private(dir)?;
    if !is_private(dir)? {
        return Err(
            "others may read this directory; close it to them (chmod 700), or give a new one"
                .into(),
        );
    }
    // What SQLite writes beside it is as closed as the file itself.
    make_private_file(&dir.join("views.db"))?;
    let config = StoreConfig {
        url: DatabaseUrl::Sqlite {
            dir: dir.to_owned(),
        },
        ..bench.store_config.clone()
    };
    let views = Views::open(&config, &bench.store).await?;
    if views.position() > until {
        return Err("this directory holds a later moment; give an empty one, or a new one".into());
    }
    // First the note, then what it is about: what people wrote will lie there in clear.
    let exported = Exported {
        reader: by,
        thread: None,
        user: None,
        flagged: false,
        from: None,
        to: None,
        up_to: until,
        reason: Some(reason),
        with_keys: false,
    };
    bench.records.note_export(Uuid::now_v7(), exported).await?;
    let bar = bar("replaying")?;
    projector::replay_to(&bench.store, &views, until, |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    })
    .await?;
    bar.finish_and_clear();
    views.close().await;
    say(&format!(
        "all views as they were at position {until} are in {}",
        dir.join("views.db").display()
    ))?;
    Ok(())
}
