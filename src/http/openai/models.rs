//! Models: each configured provider and the one model it is asked for. Those of projects are shown to who asks for one.

use aggregates::thread::Route;
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use super::{error::Error, whom};
use crate::{
    auth::Principal,
    http::{Api, completion::Whom},
};

/// `GET /v1/models`
pub(super) fn list(api: &Api) -> Response {
    let names = api.directory.providers();
    let routes = names.iter().filter_map(|name| api.directory.route(name));
    let shown = |route: Route| model(&name(&route.provider, &route.model), &route);
    let data: Vec<_> = routes.map(shown).collect();
    warp::reply::json(&json!({ "object": "list", "data": data })).into_response()
}

/// `GET /v1/models/{model}`
pub(super) async fn one(api: &Api, who: &Principal, asked: &str) -> Result<Response, Error> {
    let named = whom::of(api, who, asked).await?.somebody()?;
    let route = named.whom.route();
    let id = match &named.whom {
        Whom::Configured(_) => name(&route.provider, &route.model),
        // What it is asked by is all that its clients know of it.
        Whom::Foreign(_) => asked.to_owned(),
    };
    Ok(warp::reply::json(&model(&id, route)).into_response())
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
fn model(id: &str, route: &Route) -> Value {
    json!({
        "id": id,
        "object": "model",
        "created": 0,
        "owned_by": route.provider,
    })
}
