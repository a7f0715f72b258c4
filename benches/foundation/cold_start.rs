//! From the start of the process to `listening on`, with an empty log and with a big one.

use std::time::Duration;

use colloquy::{
    projector,
    store::{DatabaseUrl, Store},
    views::Views,
};

use crate::{
    Outcome,
    disk::Disk,
    figures::{number, time},
    ground::{Ground, Kind},
    runtime,
    server::{self, Site},
    table::Table,
};

const STARTS: usize = 7;

/// Prints the table.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let mut table = Table::new([
        "events in the log",
        "database",
        "median of 7 starts",
        "slowest",
    ]);
    for kind in Kind::BOTH {
        let empty = ground.database(kind, Disk::Native)?;
        let big = ground.big_log(kind)?;
        make_views(&big)?;
        for (events, database) in [(0, empty), (ground.big(), big)] {
            let mut site = Site::on(ground, database, Disk::Native, &[])?;
            // The first start makes an account and a key.
            site = site.start(ground)?.stop()?;
            let mut took: Vec<Duration> = vec![];
            for _ in 0..STARTS {
                let server = site.start(ground)?;
                took.push(server.took);
                site = server.stop()?;
            }
            took.sort();
            table.row([
                number(events as f64),
                kind.label().to_owned(),
                time(took[STARTS / 2]),
                time(took[STARTS - 1]),
            ]);
        }
    }
    Ok(table.to_string())
}

/// Views that are up to date, as a server leaves them.
fn make_views(database: &DatabaseUrl) -> Outcome {
    runtime::all_cores()?.block_on(async {
        let config = server::beside(database);
        let store = Store::open(&config).await?;
        let views = Views::open(&config, &store).await?;
        projector::catch_up(&store, &views).await?;
        views.close().await;
        store.close().await;
        Ok(())
    })
}
