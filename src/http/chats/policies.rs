//! Policies: for admins only.

use aggregates::policy::{PolicyChange, PolicyCommand, PolicyMade};
use serde_json::Value;
use warp::reply::Response;

use super::{
    call::Admitted,
    configured::{self, Begun},
    error::Error,
    request::Fields,
};
use crate::{
    auth::policy::Policy,
    http::access::Target,
    views::{ConfiguredRow, PolicyRow},
};

const NAMES: [&str; 3] = ["document", "name", "description"];

/// `POST /api/v1/policies`
pub(super) async fn create(call: &Admitted) -> Result<Response, Error> {
    if !call.may::<PolicyRow>("Create", &Target::new(PolicyRow::TYPE, None, "*")) {
        return Err(Error::forbidden());
    }
    let fields = call.fields(&NAMES)?;
    let document = document(&fields)?.ok_or_else(|| Error::invalid("document is required"))?;
    let (name, description) = (fields.name("name")?, fields.name("description")?);
    let (origin, policy) = match configured::begin::<PolicyRow>(call, "POST /api/v1/policies")
        .await?
    {
        Begun::Again(id) => return configured::created::<PolicyRow>(call, &fields, &id, 0).await,
        Begun::New(origin, policy) => (origin, policy),
    };
    let made = PolicyMade {
        policy: policy.clone(),
        name,
        description,
        document,
    };
    configured::create::<PolicyRow>(call, &fields, &policy, made, vec![], origin).await
}

/// `PUT /api/v1/policies/{id}`: what is not named stays.
pub(super) async fn change(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row: PolicyRow = call.find("Update", id).await?;
    let fields = call.fields(&NAMES)?;
    let change = PolicyChange {
        name: fields.changed_name("name")?,
        description: fields.changed_name("description")?,
        document: document(&fields)?,
    };
    configured::change(call, &fields, &row, PolicyCommand::Change(change)).await
}

/// `DELETE /api/v1/policies/{id}`: whoever had it has it no more.
pub(super) async fn delete(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row: PolicyRow = call.find("Delete", id).await?;
    configured::delete(call, &row).await
}

/// A document that is one, as text. A command line gives it as text.
fn document(fields: &Fields) -> Result<Option<String>, Error> {
    let document = match fields.value("document") {
        None => return Ok(None),
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(document) => document.clone(),
    };
    match Policy::parse(&document) {
        Ok(_) => Ok(Some(document.to_string())),
        Err(faults) => Err(Error::BadPolicy(
            faults.iter().map(ToString::to_string).collect(),
        )),
    }
}
