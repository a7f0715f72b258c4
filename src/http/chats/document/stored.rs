//! What belongs to projects.

use utoipa::openapi::HttpMethod;

use super::{
    after_position, done, error, lists, once, one, pages, reads, shapes::body, shows, signed_in,
};
use crate::http::openapi::{Route, Shape};

/// The words of one sort of thing.
struct Sort {
    path: &'static str,
    tag: &'static str,
    shape: &'static str,
    ids: [&'static str; 5],
    summaries: [&'static str; 5],
    /// It can be changed.
    changes: bool,
    /// It may be kept from being deleted.
    conflicts: bool,
}

const SORTS: [Sort; 4] = [
    Sort {
        path: "/api/v1/projects",
        tag: "projects",
        shape: "Project",
        ids: [
            "list_projects",
            "create_project",
            "get_project",
            "",
            "delete_project",
        ],
        summaries: [
            "Lists projects",
            "Makes a project; for admins",
            "Shows a project",
            "",
            "Deletes an empty project; for admins",
        ],
        changes: false,
        conflicts: true,
    },
    Sort {
        path: "/api/v1/secrets",
        tag: "secrets",
        shape: "Secret",
        ids: [
            "list_secrets",
            "create_secret",
            "get_secret",
            "update_secret",
            "delete_secret",
        ],
        summaries: [
            "Lists secrets, without their values",
            "Puts a value in",
            "Shows a secret, without its value",
            "Calls it something else, or puts another value in",
            "Deletes a secret that no AI provider uses",
        ],
        changes: true,
        conflicts: true,
    },
    Sort {
        path: "/api/v1/ai-providers",
        tag: "ai-providers",
        shape: "AiProvider",
        ids: [
            "list_ai_providers",
            "create_ai_provider",
            "get_ai_provider",
            "update_ai_provider",
            "delete_ai_provider",
        ],
        summaries: [
            "Lists AI providers",
            "Sets an AI provider up",
            "Shows an AI provider",
            "Changes an AI provider; null takes away",
            "Deletes an AI provider that no chat asks",
        ],
        changes: true,
        conflicts: true,
    },
    Sort {
        path: "/api/v1/chats",
        tag: "chats",
        shape: "Chat",
        ids: ["list_chats", "create_chat", "get_chat", "", "delete_chat"],
        summaries: [
            "Lists chats",
            "Makes a chat",
            "Shows a chat",
            "",
            "Deletes a chat",
        ],
        changes: false,
        conflicts: false,
    },
];

pub(super) fn routes() -> Vec<Route> {
    let mut routes: Vec<Route> = SORTS.iter().flat_map(of).collect();
    routes.extend(documents());
    routes
}

fn of(sort: &Sort) -> Vec<Route> {
    let one_path = format!("{}/{{id}}", sort.path);
    let named = |route: Route, nth: usize| {
        signed_in(route.named(sort.tag, sort.ids[nth], sort.summaries[nth]))
    };
    let thing = || Shape::named(sort.shape);
    let list = lists(pages(named(Route::get(sort.path), 0)), sort.shape);
    let list = match sort.tag {
        "projects" => list,
        _ => of_project(list),
    };
    let create = once(reads(
        named(Route::post(sort.path), 1),
        body(sort.shape, true),
    ));
    let create = shows(create, 201, "It is made.", thing());
    let get = after_position(one(named(Route::get(&one_path), 2)));
    let get = shows(get, 200, "It.", thing());
    let delete = done(one(named(Route::new(HttpMethod::Delete, &one_path), 4)));
    let delete = match sort.conflicts {
        true => delete.json(409, "Something still depends on it.", error()),
        false => delete,
    };
    let delete = match sort.tag {
        "secrets" => delete.query("force", Shape::boolean(), "Although AI providers use it."),
        _ => delete,
    };
    let mut routes = vec![list, create, get, delete];
    if sort.changes {
        let change = one(named(Route::new(HttpMethod::Patch, &one_path), 3));
        let change = reads(change, body(sort.shape, false));
        routes.push(shows(change, 200, "As it is now.", thing()));
    }
    routes
}

fn of_project(route: Route) -> Route {
    route.query("project_id", Shape::text(), "Of this project only.")
}

fn documents() -> Vec<Route> {
    let (all, each) = ("/api/v1/documents", "/api/v1/documents/{id}");
    let named = |route: Route, id, summary| signed_in(route.named("documents", id, summary));
    let document = || Shape::named("Document");
    let list = named(
        Route::get(all),
        "list_documents",
        "Lists documents, without what they say",
    );
    let page = Shape::closed()
        .has("data", Shape::list(document()))
        .has("total", Shape::integer())
        .has("limit", Shape::integer())
        .has("offset", Shape::integer());
    let create = named(Route::post(all), "create_document", "Makes a document");
    let create = once(reads(create, body("Document", true)));
    let get = named(
        Route::get(each),
        "get_document",
        "Shows a document, with what it says",
    );
    let change = Route::new(HttpMethod::Patch, each);
    let change = named(
        change,
        "update_document",
        "Changes a document; null takes away",
    )
    .says("A file that has the name at the end of its path has that of a new one, unless another one is given.");
    let delete = Route::new(HttpMethod::Delete, each);
    let delete = named(delete, "delete_document", "Deletes a document");
    vec![
        shows(
            of_project(pages(list)),
            200,
            "What the caller may see.",
            page,
        )
        .with(200, &["X-Total-Count"]),
        shows(create, 201, "It is made.", document()),
        shows(
            after_position(one(get)),
            200,
            "It.",
            Shape::named("WholeDocument"),
        ),
        shows(
            reads(one(change), body("Document", false)),
            200,
            "As it is now.",
            document(),
        ),
        done(one(delete)),
    ]
}
