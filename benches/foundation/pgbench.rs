//! pgbench: what PostgreSQL itself does when nobody is in the way.
//!
//! Its table has the columns and indexes of the log, and keys that grow as ours do.

use std::{fs, path::Path, process::Command, time::Duration};

use crate::{
    Outcome,
    cluster::Cluster,
    figures::{Latencies, Rate},
    process,
};

const TABLE: &str = "
    CREATE SEQUENCE ids;
    CREATE TABLE rows (
        aggregate_type  text   NOT NULL,
        aggregate_id    text   NOT NULL,
        sequence        bigint NOT NULL,
        event_type      text   NOT NULL,
        event_version   text   NOT NULL,
        payload         json   NOT NULL,
        metadata        json   NOT NULL,
        global_position bigserial UNIQUE,
        recorded_at     bigint NOT NULL,
        PRIMARY KEY (aggregate_type, aggregate_id, sequence)
    )";

/// What one transaction writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// A row.
    One,
    /// 64 rows in one statement.
    Batch,
}

impl Rows {
    fn count(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Batch => 64,
        }
    }

    fn script(self) -> String {
        format!(
            "INSERT INTO rows (aggregate_type, aggregate_id, sequence, event_type, event_version, \
             payload, metadata, recorded_at) SELECT 'user', lpad(nextval('ids')::text, 36, '0'), 1, \
             'user.registered', '1', '{}', '{{}}', 1700000000000000 FROM generate_series(1, {});\n",
            // pgbench takes :false for a variable.
            crate::commits::payload(0).replace(":false", ": false"),
            self.count()
        )
    }
}

/// Rows per second, and how long a transaction takes.
pub(crate) fn run(
    cluster: &mut Cluster,
    dir: &Path,
    rows: Rows,
    clients: usize,
    length: Duration,
) -> Outcome<Rate> {
    let url = cluster.create("pgbench")?;
    let database = url.rsplit('/').next().unwrap_or_default().to_owned();
    cluster.sql(&database, TABLE)?;
    let (script, logs) = (dir.join("pgbench.sql"), dir.join("pgbench-log"));
    fs::write(&script, rows.script())?;
    let _ = fs::remove_dir_all(&logs);
    fs::create_dir(&logs)?;

    let seconds = length.as_secs().max(1).to_string();
    let threads = clients
        .min(std::thread::available_parallelism()?.get())
        .to_string();
    let mut pgbench: Command = cluster.program("pgbench");
    pgbench.args([
        "-n",
        "-M",
        "prepared",
        "-c",
        &clients.to_string(),
        "-j",
        &threads,
        "-T",
        &seconds,
    ]);
    // A tenth of the transactions is enough for quantiles and costs little.
    pgbench
        .args(["--log", "--sampling-rate=0.1"])
        .arg("--log-prefix")
        .arg(logs.join("log"));
    let said = process::output(pgbench.arg("-f").arg(&script).arg(&database))?;
    cluster.remove(&url)?;

    let per_second: f64 = said
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
        .ok_or("pgbench did not print its rate")?;
    let latencies = latencies(&logs)?;
    Ok(Rate {
        per_second: per_second * f64::from(rows.count()),
        p50: latencies.quantile(0.5),
        p99: latencies.quantile(0.99),
    })
}

/// The third field of every line is the transaction's microseconds.
fn latencies(logs: &Path) -> Outcome<Latencies> {
    let mut latencies = Latencies::new()?;
    for file in fs::read_dir(logs)? {
        for line in fs::read_to_string(file?.path())?.lines() {
            let micros = line.split(' ').nth(2).and_then(|field| field.parse().ok());
            latencies.record(Duration::from_micros(
                micros.ok_or("pgbench's log has changed")?,
            ));
        }
    }
    Ok(latencies)
}
