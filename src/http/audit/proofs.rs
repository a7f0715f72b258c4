//! What the notary has signed, and proofs out of its tree.

use serde_json::json;
use warp::{Reply, reply::Response};

use super::{error::Error, request, routes::Call};
use crate::audit::shown;

/// `GET /api/audit/checkpoint`
pub(super) async fn checkpoint(call: &Call) -> Result<Response, Error> {
    let last = call.api.trail.checkpoint().await?;
    let last = last.ok_or_else(|| Error::not_found("The notary has signed nothing yet"))?;
    let body = json!({
        "size": last.size.to_string(),
        "signed_at": shown::time(last.signed_at),
        "note": last.note,
    });
    Ok(warp::reply::json(&body).into_response())
}

/// `GET /api/audit/proofs/inclusion`
pub(super) async fn inclusion(call: &Call) -> Result<Response, Error> {
    let position = required(call, "position")?;
    let size = request::position(&call.query, "size")?;
    let proof = call.api.trail.inclusion(position, size).await?;
    let body = json!({
        "position": proof.position.to_string(),
        "size": proof.size.to_string(),
        "leaf": proof.leaf,
        "root": proof.root,
        "proof": proof.proof,
    });
    Ok(warp::reply::json(&body).into_response())
}

/// `GET /api/audit/proofs/consistency`
pub(super) async fn consistency(call: &Call) -> Result<Response, Error> {
    let from = required(call, "from")?;
    let to = request::position(&call.query, "to")?;
    let proof = call.api.trail.consistency(from, to).await?;
    let body = json!({
        "from": proof.from.to_string(),
        "to": proof.to.to_string(),
        "root_from": proof.root_from,
        "root_to": proof.root_to,
        "proof": proof.proof,
    });
    Ok(warp::reply::json(&body).into_response())
}

fn required(call: &Call, name: &str) -> Result<u64, Error> {
    let given = request::position(&call.query, name)?;
    given.ok_or_else(|| Error::bad(format!("{name} is missing")))
}
