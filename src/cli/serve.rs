//! Runs the server until it is told to end: `colloquy serve`.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, say};
use crate::{app, config::Config, http::Tls, telemetry};

pub(super) fn run(config: &Config) -> Result<(), Failure> {
    let (metrics, traces) = telemetry::start(config)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    // Every open stream is a file to the operating system; the usual soft limit is 1024 of them.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let runtime = Arc::new(
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?,
    );
    let ended = app::on_actors(&runtime, async |arbiters| {
        let render = {
            let metrics = metrics.clone();
            Arc::new(move || metrics.render())
        };
        let mut stop = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let app = app::start(config, arbiters, render, introduce).await?;
        say(&format!(
            "listening on {}",
            origin(app.address, app.tls.as_ref())
        ))?;
        let mut upkeep = tokio::time::interval(std::time::Duration::from_secs(5));
        loop {
            tokio::select! {
                _ = stop.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => read_again(&app),
                _ = upkeep.tick() => metrics.run_upkeep(),
            }
        }
        tracing::info!(
            "ending: running replies get {} s",
            config.shutdown_grace.as_secs()
        );
        tokio::select! {
            () = app.finish() => {}
            _ = interrupt.recv() => tracing::warn!("asked twice: ending at once"),
        }
        Ok(())
    });
    if let Some(traces) = traces {
        traces.finish();
    }
    ended
}

/// Where it is reached.
fn origin(address: SocketAddr, tls: Option<&Tls>) -> String {
    let scheme = if tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// What may change while it runs.
fn read_again(app: &app::App) {
    let certificate = app.tls.as_ref().map(Tls::read_again);
    match &certificate {
        None => {}
        Some(Ok(())) => tracing::info!("the certificate was read again"),
        Some(Err(error)) => tracing::error!(%error, "the certificate in use stays"),
    }
    match app.moderation.read_again() {
        Ok(false) if certificate.is_none() => tracing::info!("there is nothing to read again"),
        Ok(false) => {}
        Ok(true) => tracing::info!("what moderation goes by was read again"),
        Err(error) => tracing::error!(%error, "what moderation goes by stays as it was"),
    }
}

/// The random password is shown here and nowhere else.
fn introduce(first: &app::FirstUser, address: SocketAddr, tls: Option<&Tls>) -> io::Result<()> {
    let name = &first.username;
    let Some(password) = &first.password else {
        return say(&format!(
            "nobody has used the first account yet: {name}; if its password was not seen, set another one with\n  \
             colloquy user passwd {name}   (with this server's settings)"
        ));
    };
    let password = password.expose();
    say(&format!(
        "made the first account: {name} with the password {password} (shown only now); log in with\n  \
         curl -s {}/api/auth/login -H 'content-type: application/json' \
         -d '{{\"username\":\"{name}\",\"password\":\"{password}\"}}'",
        origin(address, tls),
    ))
}
