//! What the server tells its operators: structured logs, metrics and traces. Never what people wrote, never a secret.

mod traces;

use std::{any::Any, io, panic};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Level;
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt, LevelFilter, filter_fn},
    fmt::MakeWriter,
    layer::SubscriberExt,
    registry,
};

pub use self::traces::Traces;
use crate::config::{Config, LogFormat};

/// Bounds of a histogram of seconds: every metric whose name ends in `_seconds`.
const SECONDS: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0, 60.0, 300.0,
];

/// Bounds of a histogram of counts: every metric whose name ends in `_size`.
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// What alarms are made of, and may never happen: see [`begin_at_zero`].
const FROM_ZERO: &[&str] = &[
    "colloquy_anchor_failures_total",
    "colloquy_blobs_damaged_total",
    "colloquy_bucket_failures_total",
    "colloquy_notary_refusals_total",
    "colloquy_projection_faults_total",
    "colloquy_sealed_fields_damaged_total",
    "colloquy_shadow_verdicts_left_out_total",
];

/// Who says more than anybody wants to know, unless a filter names them: PostgreSQL remarks that a table which is about to
/// be made does not exist, and rmcp that each call begins and ends.
const CHATTER: [&str; 2] = ["sqlx::postgres::notice", "rmcp"];

/// Why there are no logs or metrics.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is wrong, although the configuration was checked.
    #[error("the log filter is wrong: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Something else logs already.
    #[error("logging was set up twice")]
    LogsTwice,
    /// Something else measures already, or the bounds are wrong.
    #[error("metrics cannot be set up: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// The client cannot be made.
    #[error("traces cannot be sent: {0}")]
    Traces(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// Sends logs to stderr, panics into the logs, metrics to the handle, whose `render()` is the page `/metrics`,
/// and traces to their collector, if there is one. Once per process, and not on a runtime. The handle wants
/// `run_upkeep()` every few seconds.
///
/// # Errors
/// When it was called before.
pub fn start(config: &Config) -> Result<(PrometheusHandle, Option<Traces>), TelemetryError> {
    let traces = Traces::start(&config.traces)?;
    logs(config, traces.as_ref())?;
    log_panics();
    let metrics = recorder()?.install_recorder()?;
    begin_at_zero();
    Ok((metrics, traces))
}

/// Sends logs to stderr and panics into the logs, without metrics: for commands that are over soon.
///
/// # Errors
/// When it was called before.
pub fn start_logs(config: &Config) -> Result<(), TelemetryError> {
    logs(config, None)?;
    log_panics();
    Ok(())
}

fn logs(config: &Config, traces: Option<&Traces>) -> Result<(), TelemetryError> {
    let lines = lines(&config.log, config.log_format, io::stderr)?;
    let subscriber = registry().with(lines).with(traces.map(Traces::layer));
    tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::LogsTwice)
}

fn lines<W>(
    filter: &str,
    format: LogFormat,
    writer: W,
) -> Result<Box<dyn Layer<Registry> + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let mut chatter = CHATTER.to_vec();
    chatter.retain(|target| !filter.contains(*target));
    // Beside the filter and not a part of it: a directive for a target would be heard where the filter says `off`.
    let matters = filter_fn(move |said| {
        let chatters = || chatter.iter().any(|of| said.target().starts_with(of));
        *said.level() <= Level::WARN || !chatters()
    });
    // Else every line of every crate would be looked at, as if the filter allowed them all.
    let matters = matters.with_max_level_hint(LevelFilter::TRACE);
    let allowed = EnvFilter::builder().parse(filter)?.and(matters);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    Ok(match format {
        LogFormat::Text => lines.with_ansi(false).with_filter(allowed).boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_filter(allowed)
            .boxed(),
    })
}

fn recorder() -> Result<PrometheusBuilder, TelemetryError> {
    Ok(PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), SIZES)?)
}

/// Shows them before they count anything: Prometheus' `increase()` does not see a counter come.
fn begin_at_zero() {
    for name in FROM_ZERO {
        metrics::counter!(*name).increment(0);
    }
    for kind in ["thread", "completion", "embedding", "ingest"] {
        metrics::counter!("colloquy_expired_total", "kind" => kind).increment(0);
    }
    for result in ["waiting", "delivered", "failed"] {
        metrics::counter!("colloquy_webhook_deliveries_total", "result" => result).increment(0);
    }
    metrics::gauge!("colloquy_webhook_backlog").set(0.0);
}

/// A panic is logged with its place. Its message is not: it may quote what somebody wrote. A message that is
/// fixed in the code, as in `panic!("no such thing")`, quotes nobody.
fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        tracing::error!(
            place,
            thread = thread.name().unwrap_or_default(),
            "a panic: {}",
            fixed_message(info.payload())
        );
    }));
}

fn fixed_message(payload: &(dyn Any + Send)) -> &'static str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("(its message is not logged)")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(filter: &str, format: LogFormat, work: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let lines_of_it = super::lines(filter, format, move || writer.clone()).unwrap();
        let subscriber = registry().with(lines_of_it);
        tracing::subscriber::with_default(subscriber, work);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_filter_decides_what_is_logged() {
        let log = logged("warn", LogFormat::Text, || {
            tracing::info!("quiet");
            tracing::warn!("loud");
        });
        assert!(log.contains("loud") && !log.contains("quiet"), "{log}");
    }

    #[test]
    fn who_chatters_is_heard_from_warnings_on_or_where_the_filter_names_them() {
        let work = || {
            tracing::info!(target: "rmcp::service", "it begins");
            tracing::warn!(target: "rmcp::service", "it broke");
        };
        let log = logged("info", LogFormat::Text, work);
        assert!(
            log.contains("it broke") && !log.contains("it begins"),
            "{log}"
        );
        let log = logged("warn,rmcp=info", LogFormat::Text, work);
        assert!(log.contains("it begins"), "{log}");
    }

    #[test]
    fn who_chatters_says_no_more_than_the_filter_allows() {
        let work = || {
            tracing::warn!(target: "rmcp::service", "it stumbled");
            tracing::error!(target: "rmcp::service", "it broke");
        };
        assert_eq!(logged("off", LogFormat::Text, work), "");
        assert_eq!(logged("colloquy=info", LogFormat::Text, work), "");
        let log = logged("error", LogFormat::Text, work);
        assert!(
            log.contains("it broke") && !log.contains("it stumbled"),
            "{log}"
        );
    }

    #[test]
    fn a_json_line_is_one_object_with_its_fields() {
        let log = logged("info", LogFormat::Json, || {
            tracing::info!(position = 7, "committed");
        });
        let line: serde_json::Value = serde_json::from_str(log.trim()).unwrap();
        assert_eq!(line["position"], 7);
        assert_eq!(line["message"], "committed");
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn a_panic_is_logged_with_its_place_and_without_what_it_quotes() {
        let log = logged("info", LogFormat::Text, || {
            log_panics();
            let said = "my diary".to_owned();
            let _ = panic::catch_unwind(move || panic!("cannot parse {said}"));
            let _ = panic::catch_unwind(|| panic!("fixed words"));
            let _ = panic::take_hook();
        });
        assert!(log.contains("src/telemetry.rs:"), "{log}");
        assert!(!log.contains("diary"), "{log}");
        assert!(log.contains("fixed words"), "{log}");
    }

    #[test]
    fn what_has_not_happened_yet_is_counted_as_none() {
        let recorder = recorder().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, begin_at_zero);
        let page = recorder.handle().render();
        for line in [
            "colloquy_bucket_failures_total 0",
            "colloquy_expired_total{kind=\"thread\"} 0",
            "colloquy_webhook_deliveries_total{result=\"failed\"} 0",
            "colloquy_webhook_backlog 0",
        ] {
            assert!(page.contains(line), "{line} is missing in\n{page}");
        }
    }

    #[test]
    fn metrics_are_histograms_with_fixed_bounds() {
        let recorder = recorder().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("colloquy_commits_total").increment(2);
            metrics::histogram!("colloquy_turn_seconds").record(0.002);
            metrics::histogram!("colloquy_batch_size").record(64.0);
        });
        let page = recorder.handle().render();
        assert!(page.contains("colloquy_commits_total 2"), "{page}");
        assert!(
            page.contains("colloquy_turn_seconds_bucket{le=\"0.0025\"} 1"),
            "{page}"
        );
        assert!(
            page.contains("colloquy_batch_size_bucket{le=\"64\"} 1"),
            "{page}"
        );
    }
}
