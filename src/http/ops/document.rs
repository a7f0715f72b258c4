//! What operators ask, and what readers of the API do, in `/openapi.json`.

use crate::http::{
    docs,
    openapi::{DETAIL, Route, Shape, Shapes},
};

/// The group of operations.
pub(in crate::http) const TAGS: [(&str, &str); 1] = [("operations", "How the server is doing.")];

/// Every operation. Anybody may ask.
pub(in crate::http) fn routes() -> Vec<Route> {
    let route = |path, id, summary| Route::get(path).named("operations", id, summary);
    let readiness = || Shape::named("Readiness");
    vec![
        route("/livez", "livez", "Tells whether the server lives").json(
            200,
            "It does.",
            Shape::closed().has("status", Shape::word(&["ok"])),
        ),
        route(
            "/readyz",
            "readyz",
            "Tells whether the server reaches its database, and its views move",
        )
        .json(200, "It does.", readiness())
        .json(503, "It does not.", readiness())
        .with(503, &["Retry-After"]),
        route("/metrics", "metrics", "Counts, for Prometheus")
            .status(200, "Prometheus' text format.")
            .content(200, "text/plain", Shape::text()),
        route("/openapi.json", "openapi", "This document").json(
            200,
            "OpenAPI 3.1.",
            Shape::open().has("openapi", Shape::text()),
        ),
        route("/docs", "docs", "This document, to be read and tried out")
            .status(200, "A page.")
            .content(200, "text/html", Shape::text()),
        file(),
    ]
}

fn file() -> Route {
    let names = docs::FILES.map(|(name, _)| name);
    let route = Route::get("/docs/{file}")
        .named("operations", "docs_file", "What that page is made of")
        .segment("file", Shape::word(&names), "Its name.")
        .status(200, "It.")
        .json(404, "There is no such file.", Shape::named(DETAIL));
    docs::FILES.iter().fold(route, |route, (_, kind)| {
        let essence = kind.split(';').next().unwrap_or(kind);
        route.content(200, essence, Shape::text())
    })
}

/// By their names.
pub(in crate::http) fn shapes() -> Shapes {
    let projector = Shape::closed()
        .has("lag_events", Shape::integer().or_null())
        .has("faults", Shape::integer().or_null())
        .may(
            "standstill",
            Shape::text().says(
                "Which view keeps all of them where they are, since when, and what to do; where one does for long.",
            ),
        );
    let readiness = Shape::closed()
        .has("status", Shape::word(&["ready", "not ready"]))
        .has("database", Shape::text().says("`ok`, or what is wrong."))
        .has("projector", projector);
    vec![("Readiness", readiness)]
}
