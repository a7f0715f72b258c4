//! Traces: how long each part of a request took, sent to a collector over OTLP. Spans hold names, ids and statuses,
//! never what people wrote; events of the log are not sent.

use std::time::Duration;

use opentelemetry::{KeyValue, global, trace::TracerProvider};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use super::TelemetryError;
use crate::config;

/// How long the collector may take for one batch.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to the collector. What waits is sent by [`Traces::finish`].
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send, when the settings name a collector. Must not be called on a runtime: the client has one.
    pub(super) fn start(config: &config::Traces) -> Result<Option<Self>, TelemetryError> {
        let Some(endpoint) = &config.endpoint else {
            return Ok(None);
        };
        // Only the first call in a process can succeed; that one is there is all that matters.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_timeout(PATIENCE)
            .build()?;
        let share = f64::from(config.percent) / 100.0;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            // Who began the trace has decided; we do for those that begin here.
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
                share,
            ))))
            .with_resource(
                Resource::builder_empty()
                    .with_service_name("colloquy")
                    .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
                    .build(),
            )
            .build();
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Some(Self(provider)))
    }

    /// Notes our spans, whatever the log shows.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("colloquy"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|span| {
                span.is_span() && span.target().starts_with("colloquy")
            }))
    }

    /// Sends what waits, and ends.
    pub fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}
