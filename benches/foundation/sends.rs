//! Sends over HTTP with their echo reply: two durable commits, the drafts' bookkeeping and the views.

use crate::{
    Outcome,
    disk::Disk,
    figures::{Rate, times},
    ground::{Ground, Kind},
    load,
    pgbench::Rows,
    server::Server,
    table::Table,
};

/// Prints the table.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let mut table = Table::new([
        "clients",
        "disk",
        "database",
        "sends with reply/s",
        "p50",
        "p99",
        "pgbench single rows/s",
        "ratio",
    ]);
    for disk in Disk::BOTH {
        for kind in Kind::BOTH {
            for &clients in ground.extent.clients {
                let sends = ground.sends(kind, disk, clients)?;
                let rows = ground.pgbench(disk, Rows::One, clients)?;
                let mut row = vec![
                    clients.to_string(),
                    disk.label().into(),
                    kind.label().into(),
                ];
                row.extend(sends.cells());
                row.push(crate::figures::number(rows.per_second));
                row.push(times(sends.per_second, rows.per_second));
                table.row(row);
            }
        }
    }
    Ok(table.to_string())
}

/// Every client has a conversation of its own.
pub(crate) fn measure(
    ground: &mut Ground,
    kind: Kind,
    disk: Disk,
    clients: usize,
) -> Outcome<Rate> {
    eprintln!("  {clients} clients on {}, {}", kind.label(), disk.label());
    let server = Server::fresh(ground, kind, disk, &[])?;
    let user = server.user(ground)?;
    let requests = (0..clients)
        .map(|client| load::send("/api/chat", &user, &load::conversation(&user, client)))
        .collect();
    let rate = load::closed_loop(server.address, requests, ground.extent.cell)?;
    server.discard(ground)?;
    Ok(rate)
}
