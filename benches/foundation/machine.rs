//! What the figures were measured on.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
    time::Instant,
};

use crate::{
    Outcome,
    cluster::Cluster,
    figures::{Latencies, bytes, time},
    process,
};

/// Flushes that are timed.
const FLUSHES: usize = 500;

/// A line for each fact.
pub(crate) fn facts(dir: &Path, cluster: &Cluster) -> Outcome<Vec<String>> {
    let cores = std::thread::available_parallelism()?;
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.trim_end_matches(" kB").parse::<f64>().ok())
        .map_or_else(|| "unknown".to_owned(), |kib| bytes(kib * 1024.0));
    let kernel = process::output(Command::new("uname").arg("-sr"))?;
    let disk = process::output(Command::new("stat").args(["-f", "-c", "%T"]).arg(dir))?;
    let flush = flush(dir)?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    Ok(vec![
        format!(
            "{cores} cores ({model}), {memory} of memory, {}",
            kernel.trim()
        ),
        format!(
            "disk: {}, fdatasync of a page {} at p50, {} at p99",
            disk.trim(),
            time(flush.quantile(0.5)),
            time(flush.quantile(0.99))
        ),
        format!(
            "PostgreSQL {}, SQLite {} (built in)",
            cluster.sql("postgres", "SHOW server_version")?.trim(),
            sqlite_version()?
        ),
        format!("load average when the run began: {load}"),
    ])
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}

fn flush(dir: &Path) -> Outcome<Latencies> {
    let mut file = File::create(dir.join("flushes"))?;
    let mut latencies = Latencies::new()?;
    for _ in 0..FLUSHES {
        file.write_all(&[7; 4096])?;
        let began = Instant::now();
        file.sync_data()?;
        latencies.record(began.elapsed());
    }
    Ok(latencies)
}

fn sqlite_version() -> Outcome<String> {
    crate::runtime::one_thread()?.block_on(async {
        let mut connection: sqlx::SqliteConnection =
            sqlx::Connection::connect("sqlite::memory:").await?;
        Ok(sqlx::query_scalar("SELECT sqlite_version()")
            .fetch_one(&mut connection)
            .await?)
    })
}
