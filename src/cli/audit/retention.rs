//! `colloquy audit retention`: what is too old, without touching it.

use crate::{
    audit::{Trail, shown::time},
    cli::{Failure, say, workbench::Workbench},
};

pub(super) async fn tell(bench: &Workbench, days: Option<u32>) -> Result<(), Failure> {
    let Some(days) = days.or(bench.config.retention_days) else {
        say("content is kept for ever; --days N shows what N days would take")?;
        return Ok(());
    };
    say(&format!("content is kept for {days} days"))?;
    let trail = Trail::new(bench.store.clone());
    for of in trail.too_old(days).await? {
        let oldest = time(of.oldest).unwrap_or_default();
        let what = match of.held {
            true => "waits for legal holds",
            false => "goes",
        };
        say(&format!(
            "{} {}: {what}, from {oldest} on",
            of.count, of.kind
        ))?;
    }
    Ok(())
}
