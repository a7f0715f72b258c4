//! Models: each configured provider and the one model it is asked for.

use aggregates::thread::Route;
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use super::error::Error;
use crate::http::Api;

/// `GET /v1/models`
pub(super) fn list(api: &Api) -> Response {
    let names = api.directory.providers();
    let routes = names.iter().filter_map(|name| api.directory.route(name));
    let data: Vec<_> = routes.map(|route| model(&route)).collect();
    warp::reply::json(&json!({ "object": "list", "data": data })).into_response()
}

/// `GET /v1/models/{model}`
pub(super) fn one(api: &Api, name: &str) -> Result<Response, Error> {
    let route = find(api, name).ok_or_else(|| Error::no_model(name))?;
    Ok(warp::reply::json(&model(&route)).into_response())
}

/// Who answers to `<provider>/<model>`, or to a provider's name. Only what is configured: somebody pays for it.
pub(super) fn find(api: &Api, name: &str) -> Option<Route> {
    if let Some(route) = api.directory.route(name) {
        return Some(route);
    }
    let (provider, model) = name.split_once('/')?;
    let route = api.directory.route(provider)?;
    (route.model == model).then_some(route)
}

/// As it is asked for.
pub(super) fn name(provider: &str, model: &str) -> String {
    format!("{provider}/{model}")
}

/// When a model was made is not known.
fn model(route: &Route) -> Value {
    json!({
        "id": name(&route.provider, &route.model),
        "object": "model",
        "created": 0,
        "owned_by": route.provider,
    })
}
