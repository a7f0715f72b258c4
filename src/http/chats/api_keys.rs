//! API keys: everybody's own, and all of them for admins. A key may do what its owner may, or less.

use aggregates::{KeyId, PolicyId, ids::is_short_id, key::KeyScope, user::Role};
use http::StatusCode;
use serde_json::Value;
use warp::reply::Response;

use super::{
    call::Admitted,
    configured::{self, Begun, Thing, Use, missing},
    error::Error,
    listing::{self, Window},
    reply::{self, Printed},
    request::Fields,
};
use crate::{
    actors::Origin,
    auth::key::NewKey,
    config::Secret,
    http::{READ_YOUR_WRITES, access::Target},
    views::{
        AiProviderRow, ChatRow, DocumentRow, Freshness, KeyRow, PolicyRow, ProjectRow, SecretRow,
    },
};

const NAMES: [&str; 4] = ["name", "project_id", "policy_ids", "key_case"];
const TYPE: &str = "api-key";

/// `POST /api/v1/api-keys`: the key itself is shown here and nowhere else, to the first request of its name alone.
pub(super) async fn create(call: &Admitted) -> Result<Response, Error> {
    unlimited(call, "api-keys:CreateApiKey", "*")?;
    let fields = call.fields(&NAMES)?;
    let name = fields.required_name("name")?;
    let (key, position, new) = match configured::recall(call, "POST /api/v1/api-keys").await? {
        Begun::Again(key) => (key.parse::<KeyId>().map_err(Error::broken)?, 0, None),
        Begun::New(origin, ()) => {
            // Asked after that: what a request has named that was carried out may be gone since.
            let scope = scope(call, &fields, KeyScope::default()).await?;
            let uses = of_project(&scope);
            let (key, position, new) = issue(call, &name, scope, origin).await?;
            if let Err(error) = call.keep_open(uses).await {
                let origin = Origin::user(call.who.user);
                let undone = call.api.accounts.revoke_key(key, origin).await?;
                let _ = call.written(undone).await;
                return Err(error);
            }
            (key, position, new)
        }
    };
    let fresh = call.written(position).await;
    let object = made(call, key).await?.print();
    let object = match &new {
        Some(new) => object.and("key", new.expose()),
        None => object,
    };
    let value = object.print(call.casing(Some(&fields)));
    Ok(reply::json(
        &call.api,
        StatusCode::CREATED,
        &value,
        position,
        fresh,
    ))
}

/// Makes one of one's own. The key itself is nobody's whose twin was faster.
async fn issue(
    call: &Admitted,
    name: &str,
    scope: KeyScope,
    origin: Origin,
) -> Result<(KeyId, u64, Option<Secret>), Error> {
    let new = NewKey::draw().map_err(Error::broken)?;
    let (owner, digest, prefix) = (call.who.user, new.digest, new.prefix);
    let accounts = &call.api.accounts;
    let issued = accounts.issue_key(owner, name, digest, prefix, scope, origin);
    let issued = issued.await?;
    let shown = (!issued.again).then_some(new.key);
    Ok((issued.key, issued.position, shown))
}

/// The key that a request made, if it works.
async fn made(call: &Admitted, key: KeyId) -> Result<KeyRow, Error> {
    let (views, id) = (&call.api.views, key.short());
    let works = |row: &KeyRow| row.revoked.is_none();
    if let Some(row) = views.key_by_short(&id).await?.filter(works) {
        return Ok(row);
    }
    let seen = views.catch_up(READ_YOUR_WRITES).await?;
    let row = views.key_by_short(&id).await?.filter(works);
    row.ok_or_else(|| Error::unseen(seen))
}

/// `GET /api/v1/api-keys`
pub(super) async fn list(call: &Admitted) -> Result<Response, Error> {
    allowed(call, "api-keys:ListApiKeys", "*")?;
    let fresh = call.caught_up().await?;
    let window = Window::of(call, 1_000)?;
    let me = call.who.user.to_string();
    let owner = (call.who.role != Role::Admin).then_some(me.as_str());
    let views = &call.api.views;
    let project = call
        .who
        .scope
        .project
        .as_ref()
        .map(|project| project.as_str());
    let (rows, total) = views
        .list_keys(owner, project, window.limit, window.offset)
        .await?;
    Ok(listing::bare(call, &rows, total, fresh))
}

/// `GET /api/v1/api-keys/{id}`
pub(super) async fn get(call: &Admitted, id: &str) -> Result<Response, Error> {
    let fresh = call.caught_up().await?;
    let row = find(call, "api-keys:GetApiKey", id).await?;
    Ok(call.show(StatusCode::OK, &row, call.casing(None), fresh))
}

/// `PUT /api/v1/api-keys/{id}`: what is not named stays.
pub(super) async fn change(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row = find(call, "api-keys:UpdateApiKey", id).await?;
    unlimited(call, "api-keys:UpdateApiKey", id)?;
    let fields = call.fields(&NAMES)?;
    let name = fields.replaced_name("name")?;
    let scope = scope(call, &fields, row.scope()).await?;
    let name = name.unwrap_or(row.name.clone());
    let origin = || Origin::user(call.who.user);
    let (key, uses, accounts) = (key_of(&row)?, of_project(&scope), &call.api.accounts);
    let position = accounts.change_key(key, name, scope, origin()).await?;
    if let Err(error) = call.keep_open(uses).await {
        let (name, scope) = (row.name.clone(), row.scope());
        let undone = accounts.change_key(key, name, scope, origin()).await?;
        let _ = call.written(undone).await;
        return Err(error);
    }
    let fresh = call.written(position).await;
    let row = find(call, "api-keys:GetApiKey", id).await?;
    Ok(call.show(StatusCode::OK, &row, call.casing(Some(&fields)), fresh))
}

/// `DELETE /api/v1/api-keys/{id}`: the key works no more.
pub(super) async fn delete(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row = find(call, "api-keys:DeleteApiKey", id).await?;
    let (key, origin) = (key_of(&row)?, Origin::user(call.who.user));
    let position = call.api.accounts.revoke_key(key, origin).await?;
    let fresh: Freshness = call.written(position).await;
    Ok(reply::empty(&call.api, position, fresh))
}

/// One's own keys need no policy; but none may deny it, and the key that is shown must allow it.
fn allowed(call: &Admitted, action: &str, id: &str) -> Result<(), Error> {
    let project = call.who.scope.project.as_ref().map(ToString::to_string);
    let target = Target::new(TYPE, project.as_deref(), id);
    match call.rights.allow_own(action, &target) {
        true => Ok(()),
        false => Err(Error::forbidden()),
    }
}

/// A key that may do less than its owner makes none that may do more.
fn unlimited(call: &Admitted, action: &str, id: &str) -> Result<(), Error> {
    allowed(call, action, id)?;
    match call.who.is_limited() {
        true => Err(Error::forbidden()),
        false => Ok(()),
    }
}

/// A key that works, of one's own or for an admin. Of others' keys nobody learns that they are there.
async fn find(call: &Admitted, action: &str, id: &str) -> Result<KeyRow, Error> {
    allowed(call, action, id)?;
    if !is_short_id(id, "key_") {
        return Err(Error::not_found("API key", id));
    }
    let me = call.who.user.to_string();
    let row = call.api.views.key_by_short(id).await?.filter(|row| {
        let bound = call.who.scope.project.as_ref();
        let here = bound.is_none_or(|bound| row.project.as_deref() == Some(bound.as_str()));
        row.revoked.is_none() && here && (row.owner == me || call.who.role == Role::Admin)
    });
    row.ok_or_else(|| Error::not_found("API key", id))
}

fn key_of(row: &KeyRow) -> Result<KeyId, Error> {
    row.key.parse().map_err(Error::broken)
}

fn of_project(scope: &KeyScope) -> Vec<Use> {
    let uses = scope.project.iter().map(|project| Use {
        id: project.to_string(),
        missing: missing::<ProjectRow>(project.as_str()),
    });
    uses.collect()
}

/// Whether the caller may see this project, or do something in it.
fn is_open_to(call: &Admitted, row: &ProjectRow) -> bool {
    let project = row.project.as_str();
    let chats = Target::all::<ChatRow>(project);
    call.may::<ProjectRow>("Get", &Target::of(row))
        || call.rights.allow("chats:CreateChatCompletion", &chats)
        || may_make::<ChatRow>(call, project)
        || may_make::<DocumentRow>(call, project)
        || may_make::<AiProviderRow>(call, project)
        || may_make::<SecretRow>(call, project)
}

fn may_make<T: Thing>(call: &Admitted, project: &str) -> bool {
    call.may::<T>("Create", &Target::all::<T>(project))
}

/// What the key may do, beginning with what it might before.
async fn scope(call: &Admitted, fields: &Fields, before: KeyScope) -> Result<KeyScope, Error> {
    let project = match fields.text("project_id")? {
        None => before.project,
        Some(None) => None,
        Some(Some(id))
            if before
                .project
                .as_ref()
                .is_some_and(|known| known.as_str() == id) =>
        {
            before.project
        }
        Some(Some(id)) => {
            let row: Option<ProjectRow> = call.look_up(&id).await?;
            // Nobody learns here which ids there are, and a key keeps its project from being deleted.
            let row = row.filter(|row| is_open_to(call, row));
            let row = row.ok_or_else(|| missing::<ProjectRow>(&id))?;
            row.project.parse().ok()
        }
    };
    let policies = match fields.list("policy_ids")? {
        None if matches!(fields.value("policy_ids"), Some(Value::Null)) => vec![],
        None => before.policies,
        Some(ids) => policies(call, &ids).await?,
    };
    let camel = match fields.optional("key_case")?.as_deref() {
        None => before.camel,
        Some("camel") => true,
        Some("snake") => false,
        Some(_) => {
            let name = fields.written("key_case");
            return Err(Error::invalid(format!(
                "{name} must be one of: snake, camel"
            )));
        }
    };
    Ok(KeyScope {
        project,
        policies,
        camel,
    })
}

/// The policies of these ids, all of which there are, each once.
pub(super) async fn policies(call: &Admitted, ids: &[String]) -> Result<Vec<PolicyId>, Error> {
    let rows: Vec<PolicyRow> = call.all_of(ids).await?;
    let mut policies: Vec<PolicyId> = vec![];
    for id in rows.iter().filter_map(|row| row.policy.parse().ok()) {
        if !policies.contains(&id) {
            policies.push(id);
        }
    }
    Ok(policies)
}
