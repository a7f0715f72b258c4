//! One try: a message, signed, to where its receiver is, if that is where this server sends anything.

use std::time::Duration;

use aggregates::webhook::Webhook;
use cqrs_es::Aggregate;
use reqwest::{Response, header};
use serde_json::json;

use super::{Receivers, retry::Patience};
use crate::{
    audit::shown,
    auth::webhook::signature,
    clock,
    config::Secret,
    store::{DueDelivery, Sign},
    views::WebhookRow,
};

/// What is read of an answer, so that its connection can be used again.
const READ: usize = 4 << 10;

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    pub(super) status: Option<u16>,
    pub(super) retry_after: Option<Duration>,
}

/// See [`Answer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its receiver has it.
    Taken,
    /// There is no receiver any more, and there will be none.
    Gone,
    /// Not this time. A sentence of ours.
    Refused(&'static str),
}

impl Answer {
    fn none(why: &'static str) -> Self {
        Self {
            outcome: Outcome::Refused(why),
            status: None,
            retry_after: None,
        }
    }

    /// What went wrong. Nothing of what the receiver says stands in it.
    pub(super) fn sentence(&self) -> Option<String> {
        match (self.outcome, self.status) {
            (Outcome::Taken, _) => None,
            (Outcome::Gone, _) => Some("The receiver says that it is gone (410).".to_owned()),
            (Outcome::Refused(_), Some(status)) => Some(format!("The receiver answered {status}.")),
            (Outcome::Refused(why), None) => Some(why.to_owned()),
        }
    }
}

/// What is sent: which event it is, and nothing of what is in it.
pub(super) fn body(sign: &Sign) -> String {
    json!({
        "type": sign.event_type,
        "timestamp": shown::time(sign.recorded_at),
        "data": {
            "position": sign.position.to_string(),
            "aggregate_type": sign.aggregate_type,
            "aggregate_id": sign.aggregate_id,
            "sequence": sign.sequence,
            "version": sign.event_version,
            "by": sign.by,
        },
    })
    .to_string()
}

/// Sends it to where the webhook is now.
pub(super) async fn send(
    client: &reqwest::Client,
    receivers: &Receivers,
    row: &WebhookRow,
    due: &DueDelivery,
) -> Answer {
    // An address that is no name is looked up nowhere, so that it has to be judged here.
    if receivers.networks.admit_url(&row.url).is_err() {
        return Answer::none("Its address is one that this server keeps webhooks away from.");
    }
    let (id, now) = (shown::message_id(due.id), clock::now_micros());
    let (timestamp, body) = (now / 1_000_000, body(&due.sign));
    let Some(signatures) = signatures(receivers, row, now, |secret| {
        signature(secret, &id, timestamp, &body)
    }) else {
        return Answer::none("Its secret cannot be opened: rotate it.");
    };
    let Patience { timeout, .. } = receivers.patience;
    let sent = client
        .post(&row.url)
        .timeout(timeout)
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signatures)
        .body(body)
        .send()
        .await;
    match sent {
        Ok(response) => answered(response).await,
        Err(error) if error.is_timeout() => Answer::none("It does not answer in time."),
        Err(error) if error.is_connect() => {
            Answer::none("It cannot be reached, or is where this server sends nothing.")
        }
        Err(_) => Answer::none("The connection broke off."),
    }
}

/// Those of its secret, and for a day of those that were replaced.
fn signatures(
    receivers: &Receivers,
    row: &WebhookRow,
    now: i64,
    sign: impl Fn(&Secret) -> Option<String>,
) -> Option<String> {
    let open = |locked: &str| {
        let opened = receivers.vault.open(&row.webhook, locked);
        let opened = opened.inspect_err(|error| {
            tracing::warn!(id = row.webhook, of = Webhook::TYPE, %error, "a secret cannot be opened");
        });
        sign(&opened.ok()?)
    };
    let mut signatures = vec![open(&row.secret)?];
    let replaced = row.replaced(now);
    signatures.extend(replaced.iter().rev().filter_map(|one| open(&one.secret)));
    Some(signatures.join(" "))
}

async fn answered(mut response: Response) -> Answer {
    let status = response.status();
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
    let mut read = 0;
    while read < READ
        && let Ok(Some(chunk)) = response.chunk().await
    {
        read += chunk.len();
    }
    Answer {
        outcome: match status.as_u16() {
            200..=299 => Outcome::Taken,
            410 => Outcome::Gone,
            _ => Outcome::Refused("It was not taken."),
        },
        status: Some(status.as_u16()),
        retry_after: retry_after.map(Duration::from_secs),
    }
}
