//! A request on its way: within its time, as a part of a trace, and turned away in words.

use opentelemetry::global;
use opentelemetry_http::HeaderInjector;
use reqwest::Response;
use serde_json::Value;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{
    HttpProvider,
    bounds::{self, Patience},
};
use crate::providers::ProviderError;

/// What comes back with a status of success, its body not read yet.
pub(super) async fn post(
    provider: &HttpProvider,
    address: &str,
    body: &Value,
    patience: Patience,
) -> Result<Response, ProviderError> {
    let inner = &provider.0;
    let mut headers = inner.headers.clone();
    // `traceparent`, where this is a part of a trace.
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(
            &Span::current().context(),
            &mut HeaderInjector(&mut headers),
        );
    });
    let sending = inner
        .client
        .post(address)
        .headers(headers)
        .json(body)
        .send();
    let response = tokio::time::timeout_at(patience.first, sending)
        .await
        .map_err(|_| inner.failures.silence(false, patience.first_byte))?
        .map_err(|error| inner.failures.of_http(&error))?;
    if !response.status().is_success() {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = bounds::beginning(response, patience).await;
        return Err(inner.failures.status(status, &body, &headers));
    }
    Ok(response)
}
