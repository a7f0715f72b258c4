//! Accounts, and what their owners prefer.

use utoipa::openapi::HttpMethod;

use super::{changes, detail, happens_once, ok, reads, shows, signed_in, unhurried};
use crate::{
    auth::password,
    http::{
        assistant::preferences::{SETTINGS, Setting},
        openapi::{Route, Shape},
    },
};

const ME: &str = "/api/auth/me";
const TAG: &str = "accounts";

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![
        login(),
        register(),
        change_password(),
        me(),
        leave(),
        let_in("disable", "Keeps somebody out; for staff").json(
            409,
            "It is the last admin who can log in.",
            detail(),
        ),
        let_in("enable", "Lets somebody in again; for staff"),
        providers(),
    ];
    for (name, setting) in SETTINGS {
        routes.push(show(name, setting));
        routes.push(choose(name, setting));
    }
    routes
}

fn user() -> Shape {
    Shape::named("User")
}

fn password() -> Shape {
    Shape::text().format("password")
}

/// A password that is chosen now.
fn new_password() -> Shape {
    password().length(password::SHORTEST, password::LONGEST)
}

fn login() -> Route {
    let route = Route::post("/api/auth/login").named(TAG, "login", "Gives a token for a password");
    let welcome = Shape::closed()
        .has(
            "access_token",
            Shape::text().says("A JSON Web Token for 30 days."),
        )
        .has("user", user());
    let route = shows(changes(unhurried(route)), "Welcome.", welcome)
        .json(401, "The name or the password is wrong.", detail())
        .json(403, "The account is disabled.", detail())
        .json(404, "The account was deleted in this moment.", detail());
    let sent = Shape::open()
        .has("username", Shape::text())
        .has("password", password());
    reads(route, sent)
}

fn register() -> Route {
    let route = Route::post("/api/auth/register").named(TAG, "register", "Makes an account");
    let made = Shape::closed().has("user", user());
    let route = shows(
        happens_once(unhurried(route)),
        "The account is there.",
        made,
    )
    .json(400, "The name or the password cannot be one.", detail())
    .json(403, "Registration is closed.", detail())
    .json(
        404,
        "The account that an earlier request of this `Idempotency-Key` made was deleted since.",
        detail(),
    )
    .json(
        409,
        "The name is taken; or the `Idempotency-Key` came with another password.",
        detail(),
    );
    let sent = Shape::open()
        .has("username", Shape::text().length(1, 150))
        .has("password", new_password());
    reads(route, sent)
}

fn change_password() -> Route {
    let route = Route::post("/api/auth/change-password").named(
        TAG,
        "change_password",
        "Changes one's password",
    );
    let sent = Shape::open()
        .has("current_password", password())
        .has("new_password", new_password());
    let route = shows(signed_in(route), "All older tokens have ended.", ok())
        .json(
            400,
            "The current password is wrong, or the new one cannot be one.",
            detail(),
        )
        .json(404, "The account was deleted in this moment.", detail());
    reads(changes(route), sent)
}

fn me() -> Route {
    let route = Route::get(ME).named(TAG, "me", "Tells who one is");
    shows(signed_in(route), "Who one is.", user())
}

fn leave() -> Route {
    let route =
        Route::new(HttpMethod::Delete, ME).named(TAG, "leave", "Ends one's account for ever");
    let sent = Shape::open().has("password", password());
    let route = shows(
        signed_in(route),
        "It is gone, and so is what was said.",
        ok(),
    )
    .json(400, "The password is wrong.", detail())
    .json(404, "The account was deleted in this moment.", detail())
    .json(409, "It is the last admin who can log in.", detail());
    reads(changes(route), sent)
}

fn let_in(name: &'static str, summary: &'static str) -> Route {
    let route = Route::post(format!("/api/auth/users/{{user_id}}/{name}"))
        .named(TAG, name, summary)
        .segment("user_id", Shape::uuid(), "Who.");
    shows(changes(signed_in(route)), "So it is from now on.", ok())
        .json(400, "It is one's own account.", detail())
        .json(
            403,
            "One may not do this, or not to this account.",
            detail(),
        )
        .json(404, "There is no such account.", detail())
}

fn providers() -> Route {
    let route = Route::get("/api/providers").named(TAG, "providers", "Lists whom there is to ask");
    let names = Shape::closed().has("providers", Shape::list(Shape::text()));
    shows(signed_in(route), "Their names.", names)
}

fn show(name: &str, setting: Setting) -> Route {
    let (id, _, summary, _) = words(setting);
    let route = Route::get(path(name)).named(TAG, id, summary);
    shows(
        signed_in(route),
        "What holds.",
        shape(setting, Shape::closed()),
    )
}

fn choose(name: &str, setting: Setting) -> Route {
    let (_, id, _, summary) = words(setting);
    let route = Route::new(HttpMethod::Put, path(name)).named(TAG, id, summary);
    let shown = shape(setting, Shape::closed());
    let route = shows(signed_in(route), "What holds from now on.", shown).json(
        404,
        "The account was deleted in this moment.",
        detail(),
    );
    reads(changes(route), shape(setting, Shape::open()))
}

fn path(name: &str) -> String {
    format!("/api/settings/{name}")
}

fn shape(setting: Setting, object: Shape) -> Shape {
    let value = match setting {
        Setting::DefaultAi => Shape::text().says("A provider's name, or `default`."),
        Setting::Mood => Shape::word(&["serious", "friendly", "normal"]),
        Setting::Reasoning => Shape::word(&["on", "off"]),
    };
    object.has(setting.field(), value)
}

/// Ids and summaries of reading and of choosing it.
fn words(setting: Setting) -> (&'static str, &'static str, &'static str, &'static str) {
    match setting {
        Setting::DefaultAi => (
            "default_ai",
            "choose_default_ai",
            "Tells who answers where a request names nobody",
            "Chooses who answers where a request names nobody",
        ),
        Setting::Mood => (
            "mood",
            "choose_mood",
            "Tells the tone of replies",
            "Chooses the tone of replies",
        ),
        Setting::Reasoning => (
            "reasoning",
            "choose_reasoning",
            "Tells whether a model's thoughts are shown",
            "Chooses whether a model's thoughts are shown",
        ),
    }
}
