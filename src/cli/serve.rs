//! Runs the server until it is told to end: `colloquy serve`.

use std::sync::Arc;

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
        let app = app::start(config, arbiters, render).await?;
        if let Some(first) = &app.first_user {
            introduce(first, &app);
        }
        say(&format!("listening on {}", origin(&app)));
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
fn origin(app: &app::App) -> String {
    let scheme = if app.tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{}", app.address)
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
fn introduce(first: &app::FirstUser, app: &app::App) {
    let password = first.password.expose();
    say(&format!(
        "made the first account: {} with the password {password} (shown only now); log in with\n  \
         curl -s {}/api/auth/login -H 'content-type: application/json' \
         -d '{{\"username\":\"{}\",\"password\":\"{password}\"}}'",
        first.username,
        origin(app),
        first.username,
    ));
}
