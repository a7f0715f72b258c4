//! Projects: made and deleted by admins, seen by those whose policies say so.

use aggregates::{ProjectId, project::ProjectMade};
use serde_json::json;
use warp::reply::Response;

use super::{
    call::Admitted,
    configured::{self, Begun, Thing, Usable},
    error::Error,
};
use crate::{
    http::access::Target,
    views::{Belongings, ConfiguredRow, ProjectRow},
};

/// Projects that are looked through together.
const BATCH: u32 = 500;

/// `POST /api/v1/projects`
pub(super) async fn create(call: &Admitted) -> Result<Response, Error> {
    let target = Target::new(ProjectRow::TYPE, None, "*");
    if !call.rights.allow_admin("projects:CreateProject", &target) {
        return Err(Error::forbidden());
    }
    let fields = call.fields(&["name"])?;
    let name = fields.required_name("name")?;
    let (origin, project) =
        match configured::begin::<ProjectRow>(call, "POST /api/v1/projects").await? {
            Begun::Again(id) => {
                return configured::created::<ProjectRow>(call, &fields, &id, 0).await;
            }
            Begun::New(origin, project) => (origin, project),
        };
    let made = ProjectMade {
        project: project.clone(),
        name,
    };
    configured::create::<ProjectRow>(call, &fields, &project, made, vec![], origin).await
}

/// `DELETE /api/v1/projects/{id}`
pub(super) async fn delete(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row: Option<ProjectRow> = call.look_up(id).await?;
    let target = Target::new(
        ProjectRow::TYPE,
        row.as_ref().map(|row| row.project.as_str()),
        id,
    );
    if !call.rights.allow_admin("projects:DeleteProject", &target) {
        return Err(Error::forbidden());
    }
    let row = row.ok_or_else(|| Error::not_found(ProjectRow::NAME, id))?;
    configured::delete_unused(call, &row).await
}

impl Usable for ProjectRow {
    async fn unused(&self, call: &Admitted) -> Result<(), Error> {
        let has = call.api.views.belongings(&self.project).await?;
        if has == Belongings::default() {
            return Ok(());
        }
        let meta = json!({
            "secretCount": has.secrets,
            "aiProviderCount": has.ai_providers,
            "chatCount": has.chats,
            "documentCount": has.documents,
            "apiKeyCount": has.keys,
        });
        Err(Error::conflict(
            "PROJECT_HAS_DEPENDENTS",
            "The project still has something in it.",
            Some(meta),
        ))
    }
}

impl Admitted {
    /// The project that something is made in: the one that is named, else the key's, else the first that the caller may
    /// make it in. An admin has to name it.
    pub(super) async fn project_for<T: Thing>(
        &self,
        named: Option<String>,
    ) -> Result<ProjectId, Error> {
        self.project_where(named, |project| {
            self.may::<T>("Create", &Target::all::<T>(project))
        })
        .await
    }

    /// The same, where more than the project says whether it may be made.
    pub(super) async fn project_where(
        &self,
        named: Option<String>,
        may: impl Fn(&str) -> bool,
    ) -> Result<ProjectId, Error> {
        let missing = || Error::invalid("projectId is required");
        let key = self.who.scope.project.as_ref().map(ToString::to_string);
        if let Some(id) = named.or(key) {
            let row: Option<ProjectRow> = self.look_up(&id).await?;
            let row = row.ok_or_else(Error::forbidden)?;
            return match may(&row.project) {
                true => row.project.parse().map_err(|_| Error::forbidden()),
                false => Err(Error::forbidden()),
            };
        }
        if self.who.role == aggregates::user::Role::Admin {
            return Err(missing());
        }
        let mut first = None;
        let mut at = 0;
        loop {
            let views = &self.api.views;
            let rows: Vec<ProjectRow> = views.list_configured(None, BATCH, at).await?;
            let count = rows.len();
            // The newest come first: the last that fits is the first.
            let mut fitting = rows.into_iter();
            first = fitting.rfind(|row| may(&row.project)).or(first);
            at += count as u64;
            if count < BATCH as usize {
                break;
            }
        }
        let first = first.and_then(|row| row.project.parse().ok());
        first.ok_or_else(missing)
    }
}
