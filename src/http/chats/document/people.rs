//! Who may do what, and how to get in.

use utoipa::openapi::HttpMethod;

use super::{
    DENIED, after_position, done, error, lists, once, one, pages, reads,
    shapes::{body, chosen_password},
    shows, signed_in, unhurried,
};
use crate::{
    auth::policy::ACTIONS,
    http::openapi::{JSON, Route, Shape},
};

pub(super) fn routes() -> Vec<Route> {
    [users(), policies(), keys(), server()].concat()
}

fn put(path: &str) -> Route {
    Route::new(HttpMethod::Put, path)
}

fn delete(path: &str) -> Route {
    Route::new(HttpMethod::Delete, path)
}

fn users() -> Vec<Route> {
    let (all, each, attached) = (
        "/api/v1/users",
        "/api/v1/users/{id}",
        "/api/v1/users/{id}/policies",
    );
    let named = |route: Route, id, summary| signed_in(route.named("users", id, summary));
    let user = || Shape::named("User");
    let list = named(Route::get(all), "list_users", "Lists users; for admins");
    let create = named(
        Route::post(all),
        "create_user",
        "Makes an account; for admins",
    );
    let create = once(reads(create, body("User", true))).json(409, "The name is taken.", error());
    let get = named(Route::get(each), "get_user", "Shows a user; for admins");
    let end = named(
        delete(each),
        "delete_user",
        "Ends an account for ever; for admins",
    );
    let end = end.json(409, "It is the last admin who can log in.", error());
    let show = named(
        Route::get(attached),
        "list_user_policies",
        "Lists a user's policies; for admins",
    );
    let attach = named(
        put(attached),
        "attach_user_policies",
        "Replaces a user's policies; for admins",
    );
    let ids = Shape::open().has("policy_ids", Shape::list(Shape::text()));
    vec![
        lists(pages(list), "User"),
        shows(create, 201, "It is made.", user()),
        shows(after_position(one(get)), 200, "It.", user()),
        done(one(end)),
        lists(after_position(one(show)), "Policy"),
        done(reads(one(attach), ids)),
    ]
}

fn policies() -> Vec<Route> {
    let (all, each) = ("/api/v1/policies", "/api/v1/policies/{id}");
    let named = |route: Route, id, summary| signed_in(route.named("policies", id, summary));
    let policy = || Shape::named("Policy");
    let list = named(
        Route::get(all),
        "list_policies",
        "Lists policies; for admins",
    );
    let create = named(
        Route::post(all),
        "create_policy",
        "Makes a policy; for admins",
    )
    .says(&actions());
    let create = once(reads(create, body("Policy", true)));
    let faulty = |route: Route| route.content(400, JSON, Shape::named("PolicyFaults"));
    let get = named(Route::get(each), "get_policy", "Shows a policy; for admins");
    let change = named(put(each), "update_policy", "Changes a policy; for admins");
    let change = reads(one(change), body("Policy", false));
    let end = named(
        delete(each),
        "delete_policy",
        "Deletes a policy; for admins",
    );
    vec![
        lists(pages(list), "Policy"),
        shows(faulty(create), 201, "It is made.", policy()),
        shows(after_position(one(get)), 200, "It.", policy()),
        shows(faulty(change), 200, "As it is now.", policy()),
        done(one(end)),
    ]
}

/// What a statement may name and mean something by.
fn actions() -> String {
    let actions = ACTIONS.iter().flat_map(|(module, names)| {
        let named = names.iter();
        named.map(move |name| format!("`{module}:{name}`"))
    });
    let actions: Vec<_> = actions.collect();
    let actions = actions.join(", ");
    format!("Actions that are asked about (others may be named, and mean nothing): {actions}.")
}

fn keys() -> Vec<Route> {
    let (all, each) = ("/api/v1/api-keys", "/api/v1/api-keys/{id}");
    let named = |route: Route, id, summary| signed_in(route.named("api-keys", id, summary));
    let key = || Shape::named("ApiKey");
    let list = named(
        Route::get(all),
        "list_api_keys",
        "Lists one's keys; admins see all",
    );
    let create = named(
        Route::post(all),
        "create_api_key",
        "Makes a key, and shows it this once",
    );
    let create = create.says(
        "With an `Idempotency-Key` it is made once; who sends the request again is not shown the key itself.",
    );
    let get = named(Route::get(each), "get_api_key", "Shows a key");
    let change = named(put(each), "update_api_key", "Changes a key");
    let change = reads(one(change), body("ApiKey", false));
    let end = named(delete(each), "delete_api_key", "Ends a key");
    vec![
        lists(pages(list), "ApiKey"),
        shows(
            once(reads(create, body("ApiKey", true))),
            201,
            "It is made.",
            Shape::named("NewApiKey"),
        ),
        shows(after_position(one(get)), 200, "It.", key()),
        shows(change, 200, "As it is now.", key()),
        done(one(end)),
    ]
}

fn server() -> Vec<Route> {
    let credentials = |password: Shape| {
        Shape::open()
            .has("username", Shape::text())
            .has("password", password)
    };
    let bootstrap = Route::post("/api/v1/users/bootstrap").named(
        "users",
        "bootstrap_user",
        "Makes the first account, an admin's, while nobody uses one",
    );
    let bootstrap = reads(unhurried(bootstrap), credentials(chosen_password()))
        .json(
            403,
            "Not from there (`bootstrap` in the settings).",
            error(),
        )
        .json(409, "Somebody has an account already.", error());
    let login = Route::post("/api/v1/users/login").named(
        "users",
        "login_user",
        "Gives a token of seven days for a name and a password",
    );
    let login = reads(unhurried(login), credentials(Shape::text()))
        .header(
            "Key-Case",
            Shape::word(&["snake", "camel"]),
            "For this and all that is asked with the token.",
        )
        .json(
            401,
            "The name or the password is wrong.",
            Shape::named(DENIED),
        );
    let health = Route::get("/health")
        .named("operations", "health", "Tells whether the server lives")
        .json(
            200,
            "It does.",
            Shape::closed().has("status", Shape::word(&["ok"])),
        );
    vec![
        shows(bootstrap, 201, "It is made.", Shape::named("User")),
        shows(
            login,
            200,
            "The user, and the token.",
            Shape::named("LoggedIn"),
        ),
        health,
    ]
}
