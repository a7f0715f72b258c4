//! `colloquy audit hold`, `colloquy audit release` and `colloquy audit holds`.

use aggregates::{
    HoldId,
    hold::{Hold, Release},
};
use uuid::Uuid;

use super::On;
use crate::{
    actors::{Held, Origin},
    audit::shown::time,
    cli::{Failure, say, workbench::Workbench},
    views::HoldQuery,
};

/// Holds of one read.
const PAGE: u32 = 200;

pub(super) async fn lay(
    bench: &Workbench,
    on: &On,
    by: &str,
    reason: String,
    matter: Option<String>,
) -> Result<(), Failure> {
    let by = bench.accounts.find(by).await?;
    let on = match (on.thread, &on.user) {
        (Some(thread), _) => Held::Thread(thread),
        (None, Some(user)) => Held::User(user.find(bench).await?),
        (None, None) => return Err("name a thread or a user".into()),
    };
    let hold = Hold {
        hold: HoldId(Uuid::now_v7()),
        by,
        reason,
        matter,
    };
    let id = hold.hold;
    bench.holds.lay(on, hold, Origin::user(by)).await?;
    say(&id.to_string())?;
    Ok(())
}

pub(super) async fn release(
    bench: &Workbench,
    hold: HoldId,
    by: &str,
    reason: String,
) -> Result<(), Failure> {
    let by = bench.accounts.find(by).await?;
    let release = Release { hold, by, reason };
    bench.holds.release(release, Origin::user(by)).await?;
    say(&format!("{hold} is released"))?;
    Ok(())
}

pub(super) async fn list(bench: &Workbench, all: bool) -> Result<(), Failure> {
    let views = bench.views().await?;
    let mut query = HoldQuery {
        lasting: (!all).then_some(true),
        ..HoldQuery::default()
    };
    loop {
        let rows = views.holds(query, PAGE).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        query.after = last.number.unsigned_abs();
        for row in &rows {
            let (kind, subject, reason) = (row.kind.as_str(), &row.subject, &row.reason);
            let matter = row.matter.as_deref().unwrap_or("-");
            let since = time(row.held_at).unwrap_or_default();
            let end = match row.released_at {
                Some(at) => format!("released {}", time(at).unwrap_or_default()),
                None => {
                    let (_, waiting) = bench.store.erasures_held_by(subject, 1).await?;
                    format!("erasures waiting: {waiting}")
                }
            };
            let hold = &row.hold;
            say(&format!(
                "{hold} {kind} {subject} since {since}, {end}, matter {matter}: {reason}"
            ))?;
        }
    }
}
