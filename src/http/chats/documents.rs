//! Documents: texts that messages may refer to.

use aggregates::{
    DocumentId,
    document::{DocumentChange, DocumentCommand, DocumentMade},
};
use http::StatusCode;
use warp::reply::Response;

use super::{
    call::Admitted,
    configured::{self, Begun, Use},
    error::Error,
    reply::{self, Printed},
};
use crate::{
    http::access::Target,
    views::{ConfiguredRow, DocumentRow},
};

const NAMES: [&str; 7] = [
    "project_id",
    "content",
    "path",
    "filename",
    "title",
    "metadata",
    "tags",
];

/// `POST /api/v1/documents`
pub(super) async fn create(call: &Admitted) -> Result<Response, Error> {
    let fields = call.fields(&NAMES)?;
    let content = match fields.text("content")? {
        Some(Some(content)) => content,
        _ => return Err(Error::invalid("content is required")),
    };
    let path = fields.name("path")?;
    let of_path = || end_of(path.as_deref()?);
    let filename = fields.name("filename")?.filter(|name| !name.is_empty());
    let filename = filename.or_else(of_path);
    let tags = fields.tags("tags")?.flatten();
    let named = |document: &DocumentId| {
        let filename = filename.clone();
        let filename = filename.unwrap_or_else(|| format!("{document}.txt"));
        let path = path.clone().unwrap_or_else(|| format!("/{filename}"));
        (filename, path)
    };
    // Its id is not drawn yet, and no policy could know it.
    let (_, asked) = named(&DocumentId::from_random(0));
    let project = call
        .project_where(fields.optional("project_id")?, |project| {
            let target = Target::all::<DocumentRow>(project).at(Some(&asked), tags.as_deref());
            call.may::<DocumentRow>("Create", &target)
        })
        .await?;
    let (origin, document) = match configured::begin::<DocumentRow>(call, "POST /api/v1/documents")
        .await?
    {
        Begun::Again(id) => return configured::created::<DocumentRow>(call, &fields, &id, 0).await,
        Begun::New(origin, document) => (origin, document),
    };
    let (filename, path) = named(&document);
    let uses = vec![Use::project(&project)];
    let made = DocumentMade {
        document: document.clone(),
        project,
        path: Some(path),
        filename,
        title: fields.name("title")?,
        metadata: fields.object("metadata")?.flatten(),
        tags,
        content,
    };
    configured::create::<DocumentRow>(call, &fields, &document, made, uses, origin).await
}

/// `GET /api/v1/documents/{id}`: with what it says.
pub(super) async fn get(call: &Admitted, id: &str) -> Result<Response, Error> {
    let fresh = call.caught_up().await?;
    let row: DocumentRow = call.find("Get", id).await?;
    let content = call.api.views.document_text(&row.document).await?;
    let object = row.print().and("content", content.unwrap_or_default());
    let value = object.print(call.casing(None));
    Ok(reply::json(&call.api, StatusCode::OK, &value, 0, fresh))
}

/// `PATCH /api/v1/documents/{id}`
pub(super) async fn change(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row: DocumentRow = call.find("Update", id).await?;
    let fields = call.fields(&NAMES)?;
    let content = match fields.text("content")? {
        Some(None) => return Err(Error::invalid("content must be a string")),
        content => content.flatten(),
    };
    let path = fields.changed_name("path")?;
    let filename = match fields.replaced_name("filename")? {
        None if is_of_nobody(&row) => path.as_ref().and_then(|path| end_of(path.as_deref()?)),
        filename => filename,
    };
    let change = DocumentChange {
        filename,
        path,
        title: fields.changed_name("title")?,
        metadata: fields.object("metadata")?,
        tags: fields.tags("tags")?,
        content,
    };
    // Nor may it become what one could not change.
    let path = match &change.path {
        Some(path) => path.as_deref(),
        None => row.path.as_deref(),
    };
    let tags = match &change.tags {
        Some(tags) => tags.as_deref(),
        None => row.tags.as_deref(),
    };
    let target = Target::new(DocumentRow::TYPE, Some(&row.project), &row.document);
    if !call.may::<DocumentRow>("Update", &target.at(path, tags)) {
        return Err(Error::forbidden());
    }
    configured::change(call, &fields, &row, DocumentCommand::Change(change)).await
}

/// The name of the file at a path.
fn end_of(path: &str) -> Option<String> {
    let last = path.rsplit('/').next()?;
    (!last.is_empty()).then(|| last.to_owned())
}

/// Whether nobody gave the file another name than that of its path: it goes on to follow from that.
fn is_of_nobody(row: &DocumentRow) -> bool {
    let end = row.path.as_deref().and_then(end_of);
    end.as_ref() == Some(&row.filename) || row.filename == format!("{}.txt", row.document)
}

/// `DELETE /api/v1/documents/{id}`
pub(super) async fn delete(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row: DocumentRow = call.find("Delete", id).await?;
    configured::delete(call, &row).await
}
