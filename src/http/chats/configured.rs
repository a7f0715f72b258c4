//! What is done with everything that is configured in the same way: found, shown, made once, used, deleted.

use std::{fmt::Display, str::FromStr};

use aggregates::{
    AiProviderId, ChatId, CommandId, Configured, DocumentId, PolicyId, ProjectId, SecretId,
    ai_provider::AiProvider, chat::Chat, document::Document, policy::Policy, project::Project,
    secret::Secret,
};
use cqrs_es::Aggregate;
use http::StatusCode;
use uuid::Uuid;
use warp::reply::Response;

use super::{
    call::Admitted,
    error::Error,
    reply::{self, Printed},
    request::Fields,
};
use crate::{
    actors::{CommandError, ConfigurationError, Origin},
    http::{READ_YOUR_WRITES, access::Target, idempotency},
    views::{
        AiProviderRow, ChatRow, ConfiguredRow, DocumentRow, Freshness, PolicyRow, ProjectRow,
        SecretRow,
    },
};

/// How often it is looked again whether something is used, after somebody else was faster.
const TRIES: u32 = 5;

/// A row of this dialect.
pub(super) trait Thing: ConfiguredRow + Printed + Sync {
    /// What people call it.
    const NAME: &'static str;
    /// What policies call what is done with it, but for the verb and the name: `chats`, `Chat`, `Chats`.
    const MODULE: &'static str;
    /// See [`Self::MODULE`].
    const ONE: &'static str;
    /// See [`Self::MODULE`].
    const MANY: &'static str;
    /// Nobody but an admin has to do with it.
    const FOR_ADMINS: bool = false;
    /// Its id.
    type Id: FromStr + Display + Send;
    /// What is recorded of it.
    type Aggregate: Configured;

    /// The id that these bits make.
    fn drawn(bits: Uuid) -> Self::Id;

    /// As `chats:GetChat`.
    fn action(verb: &str) -> String {
        let what = if verb == "List" {
            Self::MANY
        } else {
            Self::ONE
        };
        format!("{}:{verb}{what}", Self::MODULE)
    }
}

macro_rules! thing {
    ($row:ident: $aggregate:ident $id:ident $name:literal $module:literal $one:literal $many:literal $($for:ident = $admins:literal)?) => {
        impl Thing for $row {
            const NAME: &'static str = $name;
            const MODULE: &'static str = $module;
            const ONE: &'static str = $one;
            const MANY: &'static str = $many;
            $(const $for: bool = $admins;)?
            type Id = $id;
            type Aggregate = $aggregate;

            fn drawn(bits: Uuid) -> $id {
                $id::from_random(bits.as_u128())
            }
        }
    };
}

thing!(ProjectRow: Project ProjectId "Project" "projects" "Project" "Projects");
thing!(SecretRow: Secret SecretId "Secret" "secrets" "Secret" "Secrets");
thing!(AiProviderRow: AiProvider AiProviderId "AI provider" "ai-providers" "AiProvider" "AiProviders");
thing!(PolicyRow: Policy PolicyId "Policy" "policies" "Policy" "Policies" FOR_ADMINS = true);
thing!(ChatRow: Chat ChatId "Chat" "chats" "Chat" "Chats");
thing!(DocumentRow: Document DocumentId "Document" "documents" "Document" "Documents");

/// What others use, which is not deleted then.
pub(super) trait Usable: Thing {
    /// Whether it is deleted all the same: what it is used by lives without it.
    fn is_forced(_call: &Admitted) -> bool {
        false
    }

    /// Refuses when the views show something that uses it.
    fn unused(&self, call: &Admitted) -> impl Future<Output = Result<(), Error>> + Send;

    /// Has what the views show live without it, where that [is forced](Self::is_forced).
    fn let_go(&self, _call: &Admitted) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }
}

/// What something new uses.
pub(super) struct Use {
    /// The id.
    pub(super) id: String,
    /// What is said when there is none.
    pub(super) missing: Error,
}

impl Use {
    /// Of the project that it is made in.
    pub(super) fn project(id: &ProjectId) -> Self {
        Self {
            id: id.to_string(),
            missing: Error::forbidden(),
        }
    }
}

impl Admitted {
    /// Whether `verb` may be done to `target`.
    pub(super) fn may<T: Thing>(&self, verb: &str, target: &Target) -> bool {
        let action = T::action(verb);
        match T::FOR_ADMINS {
            true => self.rights.allow_admin(&action, target),
            false => self.rights.allow(&action, target),
        }
    }

    /// The thing with this id, if `verb` may be done to it.
    pub(super) async fn find<T: Thing>(&self, verb: &str, id: &str) -> Result<T, Error> {
        // Nobody learns here which ids there are.
        if T::FOR_ADMINS && !self.may::<T>(verb, &Target::new(T::TYPE, None, id)) {
            return Err(Error::forbidden());
        }
        let row = self.look_up::<T>(id).await?;
        let row = row.ok_or_else(|| Error::not_found(T::NAME, id))?;
        match self.may::<T>(verb, &Target::of(&row)) {
            true => Ok(row),
            false => Err(Error::forbidden()),
        }
    }

    /// The thing with this id, which may have been made a moment ago by another process.
    pub(super) async fn look_up<T: Thing>(&self, id: &str) -> Result<Option<T>, Error> {
        let Ok(id) = id.parse::<T::Id>() else {
            return Ok(None);
        };
        let id = id.to_string();
        if let Some(row) = self.api.views.configured(&id).await? {
            return Ok(Some(row));
        }
        let _ = self.api.views.catch_up(READ_YOUR_WRITES).await?;
        Ok(self.api.views.configured(&id).await?)
    }

    /// A thing that is known to be made, and not seen yet; or not any more, when the views show all that there is.
    async fn made<T: Thing>(&self, id: &str) -> Result<T, Error> {
        let seen = self.api.views.catch_up(READ_YOUR_WRITES).await?;
        let row = self.api.views.configured(id).await?;
        row.ok_or_else(|| Error::unseen(seen))
    }

    /// The things with the ids that a body names; otherwise which one there is not.
    pub(super) async fn all_of<T: Thing>(&self, ids: &[String]) -> Result<Vec<T>, Error> {
        let mut found = vec![];
        for id in ids {
            let row = self.look_up::<T>(id).await?;
            found.push(row.ok_or_else(|| missing::<T>(id))?);
        }
        Ok(found)
    }

    /// Keeps open what something in the log uses now; otherwise that has to be taken back, because what it uses was
    /// deleted before it came.
    pub(super) async fn keep_open(&self, uses: Vec<Use>) -> Result<(), Error> {
        for Use { id, missing } in uses {
            let origin = Origin::user(self.who.user);
            match self.api.configuration.keep_open(&id, origin).await {
                Ok(()) => {}
                Err(ConfigurationError::Unknown) => return Err(missing),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Of something that a body names.
pub(super) fn missing<T: Thing>(id: &str) -> Error {
    let id: String = id.chars().take(100).collect();
    Error::invalid(format!("{} '{id}' not found.", T::NAME))
}

/// `GET …/{id}`
pub(super) async fn get<T: Thing>(call: &Admitted, id: &str) -> Result<Response, Error> {
    let fresh = call.caught_up().await?;
    let row: T = call.find("Get", id).await?;
    Ok(call.show(StatusCode::OK, &row, call.casing(None), fresh))
}

/// A request that makes something: for the first time, or once more.
pub(super) enum Begun<I> {
    /// Whose doing it is, and the id of what it makes.
    New(Origin, I),
    /// It was made already; its id.
    Again(String),
}

/// Looks whether the request was carried out before, by its `Idempotency-Key`; otherwise, the id of what it makes.
pub(super) async fn begin<T: Thing>(call: &Admitted, route: &str) -> Result<Begun<T::Id>, Error> {
    let origin = match recall(call, route).await? {
        Begun::New(origin, ()) => origin,
        Begun::Again(id) => return Ok(Begun::Again(id)),
    };
    let bits = match origin.fingerprint {
        // The id follows from the request's name: whoever is faster, both make the same.
        Some(_) => {
            let id = |name| T::drawn(name).to_string();
            let configuration = &call.api.configuration;
            configuration
                .name_of_new::<T::Aggregate>(origin.command.0, id)
                .await?
        }
        None => Uuid::new_v4(),
    };
    Ok(Begun::New(origin, T::drawn(bits)))
}

/// Looks whether the request was carried out before, by its `Idempotency-Key`.
pub(super) async fn recall(call: &Admitted, route: &str) -> Result<Begun<()>, Error> {
    let (api, user) = (&call.api, call.who.user);
    // A key that is bound to a project makes its things there: the same name means another thing elsewhere.
    let project = call.who.scope.project.as_ref();
    let route = match project {
        Some(project) => format!("{route} in {project}"),
        None => route.to_owned(),
    };
    let named = idempotency::named(api, &call.headers, user, &route, &call.body)?;
    let Some(named) = named else {
        let command = CommandId(Uuid::now_v7());
        let origin = Origin {
            command,
            ..Origin::user(user)
        };
        return Ok(Begun::New(origin, ()));
    };
    let origin = named.origin(user);
    match api.configuration.recall(named.command.0).await? {
        Some(record) if record.fingerprint != origin.fingerprint => {
            Err(idempotency::KeyError::OtherBody.into())
        }
        Some(record) => Ok(Begun::Again(record.aggregate_id)),
        None => Ok(Begun::New(origin, ())),
    }
}

/// Makes a thing and shows it; unless what it uses was deleted before.
pub(super) async fn create<T: Thing>(
    call: &Admitted,
    fields: &Fields,
    id: &T::Id,
    made: <T::Aggregate as Configured>::Made,
    uses: Vec<Use>,
    origin: Origin,
) -> Result<Response, Error> {
    let id = id.to_string();
    let (command, fingerprint) = (origin.command.0, origin.fingerprint);
    let configuration = &call.api.configuration;
    let position = match configuration
        .create::<T::Aggregate>(&id, made, origin)
        .await
    {
        // Its twin was faster, or another one of the same name; or it was done before, and is remembered no more.
        Err(ConfigurationError::Exists) => match configuration.recall(command).await? {
            Some(first) if first.fingerprint == fingerprint => first.position(),
            Some(_) => return Err(ConfigurationError::OtherRequest.into()),
            None => {
                let row: Option<T> = call.look_up(&id).await?;
                return Err(match row {
                    Some(_) => CommandError::LongAgo.into(),
                    None => Error::gone(),
                });
            }
        },
        made => made?,
    };
    if let Err(error) = call.keep_open(uses).await {
        let origin = Origin::user(call.who.user);
        let undone = configuration.delete::<T::Aggregate>(&id, origin).await?;
        let _ = call.written(undone).await;
        return Err(error);
    }
    created::<T>(call, fields, &id, position).await
}

/// Shows what was made.
pub(super) async fn created<T: Thing>(
    call: &Admitted,
    fields: &Fields,
    id: &str,
    position: u64,
) -> Result<Response, Error> {
    let fresh = call.written(position).await;
    let row: T = match call.look_up(id).await? {
        Some(row) => row,
        None => call.made(id).await?,
    };
    let casing = call.casing(Some(fields));
    Ok(call.show(StatusCode::CREATED, &row, casing, fresh))
}

/// Changes a thing that was found, and shows it.
pub(super) async fn change<T: Thing>(
    call: &Admitted,
    fields: &Fields,
    row: &T,
    command: <T::Aggregate as Aggregate>::Command,
) -> Result<Response, Error> {
    let (id, origin) = (row.id(), Origin::user(call.who.user));
    let changed = call
        .api
        .configuration
        .execute::<T::Aggregate>(id, command, origin);
    let position = changed.await.map_err(|error| gone::<T>(error, id))?;
    let fresh = call.written(position).await;
    let row: Option<T> = call.look_up(id).await?;
    let row = row.ok_or_else(|| Error::not_found(T::NAME, id))?;
    Ok(call.show(StatusCode::OK, &row, call.casing(Some(fields)), fresh))
}

/// Deletes a thing unless it is used, also by what somebody makes at the same moment, on whatever node.
pub(super) async fn delete_unused<T: Usable>(call: &Admitted, row: &T) -> Result<Response, Error> {
    let configuration = &call.api.configuration;
    let origin = || Origin::user(call.who.user);
    for _ in 0..TRIES {
        let closing = configuration.begin_closing(row.id(), origin()).await?;
        // What has not met the closing is in the log before it, and now in the views.
        let seen = call.api.views.catch_up(READ_YOUR_WRITES).await?;
        match T::is_forced(call) {
            true => row.let_go(call).await?,
            false if seen == Freshness::Stale => return Err(Error::Busy),
            false => row.unused(call).await?,
        }
        if configuration.close(row.id(), closing, origin()).await? {
            return delete(call, row).await;
        }
    }
    Err(Error::Busy)
}

/// Deletes a thing that nothing uses.
pub(super) async fn delete<T: Thing>(call: &Admitted, row: &T) -> Result<Response, Error> {
    let (id, origin) = (row.id(), Origin::user(call.who.user));
    let deleted = call.api.configuration.delete::<T::Aggregate>(id, origin);
    let position = deleted.await.map_err(|error| gone::<T>(error, id))?;
    let fresh: Freshness = call.written(position).await;
    Ok(reply::empty(&call.api, position, fresh))
}

/// Somebody was faster with deleting it.
fn gone<T: Thing>(error: ConfigurationError, id: &str) -> Error {
    match error {
        ConfigurationError::Unknown => Error::not_found(T::NAME, id),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::policy::ACTIONS;

    fn known<T: Thing>() -> Vec<&'static str> {
        let (_, names) = ACTIONS
            .iter()
            .find(|(module, _)| *module == T::MODULE)
            .unwrap();
        names.to_vec()
    }

    fn asked<T: Thing>(verbs: &[&str]) -> Vec<String> {
        let actions = verbs.iter().map(|verb| T::action(verb));
        let prefix = format!("{}:", T::MODULE);
        actions
            .map(|action| action.replacen(&prefix, "", 1))
            .collect()
    }

    #[test]
    fn what_is_asked_about_things_is_what_is_listed_of_them() {
        let all = ["Create", "List", "Get", "Update", "Delete"];
        let but_change = ["Create", "List", "Get", "Delete"];
        assert_eq!(asked::<ProjectRow>(&but_change), known::<ProjectRow>());
        assert_eq!(asked::<SecretRow>(&all), known::<SecretRow>());
        assert_eq!(asked::<AiProviderRow>(&all), known::<AiProviderRow>());
        assert_eq!(asked::<DocumentRow>(&all), known::<DocumentRow>());
        assert_eq!(asked::<PolicyRow>(&all), known::<PolicyRow>());
        let mut chats = asked::<ChatRow>(&but_change);
        chats.push("CreateChatCompletion".to_owned());
        assert_eq!(chats, known::<ChatRow>());
    }
}
