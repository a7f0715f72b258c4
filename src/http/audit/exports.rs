//! A part of the record as one file, with everything that proves it.

use aggregates::{ProjectId, case::SaidIn, reading::Looked};
use futures_util::StreamExt;
use http::{HeaderValue, header};
use tokio_util::io::ReaderStream;
use warp::{Reply, reply::Response};

use super::{
    error::Error,
    request::{self, EXPORT, READ_METADATA},
    routes::Call,
};
use crate::audit::export::{Kept, Selection};

/// How it is called in its answer.
pub(super) const ZIP: &str = "application/zip";

/// `POST /api/audit/exports`
pub(super) async fn make(call: &Call) -> Result<Response, Error> {
    let access = call.access().await?;
    let of_thread = call.query.get("thread").and_then(|id| id.parse().ok());
    match of_thread.map(SaidIn::Thread) {
        Some(said_in) => {
            access.may_in(&call.api, EXPORT, said_in).await?;
            access.may_read_in(&call.api, said_in).await?;
        }
        None => {
            access.may_whole(EXPORT)?;
            access.may_read_whole()?;
        }
    }
    let filter = request::filter(&call.api, &call.query).await?;
    if !filter.types.is_empty() {
        return Err(Error::bad(
            "an export is not of some types alone: nothing could be proved of what is between them"
                .to_owned(),
        ));
    }
    let flagged = match call.query.get("flagged").unwrap_or_default() {
        "true" => true,
        "" | "false" => false,
        _ => return Err(Error::bad("flagged must be true or false".to_owned())),
    };
    let project = call.query.get("project").filter(|id| !id.is_empty());
    let project = project.map(str::parse::<ProjectId>).transpose();
    let project = project.map_err(|_| Error::bad("project must be a project's id".to_owned()))?;
    let thread = match filter.said_in {
        Some(SaidIn::Completion(_)) => {
            return Err(Error::bad(
                "a completion is exported with its project (?project=) or its user (?user=)"
                    .to_owned(),
            ));
        }
        Some(SaidIn::Thread(thread)) => Some(thread.to_string()),
        None => None,
    };
    let selection = Selection {
        thread,
        user: filter.user,
        project: project.map(|project| project.to_string()),
        flagged,
        from: filter.from,
        to: filter.to,
    };
    let reason = access.reason().map(str::to_owned);
    let kept = Kept {
        others: access.may_whole(READ_METADATA).is_err(),
        completions: !access.may_read_completions(),
    };
    let by = (access.user(), reason);
    let planned = call.api.archives.plan(selection, kept, by);
    let planned = planned.await?;
    if planned.events == 0 {
        return Err(Error::not_found(
            "There is nothing in this part of the record that is signed yet",
        ));
    }
    let plan = &planned.plan;
    let exported = plan.noted();
    let export = plan.export;
    // First the notes, then what they are about.
    call.api.records.note_export(export, exported).await?;
    let threads: Vec<String> = planned.threads.iter().map(ToString::to_string).collect();
    let threads = threads.iter().map(String::as_str);
    access.note(&call.api, Looked::Messages, threads).await?;
    access
        .note_completions(&call.api, &planned.completions)
        .await?;
    let archive = call.api.archives.make(planned).await?;
    let (file, slot) = (tokio::fs::File::from_std(archive.file), archive.slot);
    // The slot is free when the last piece is sent, or nobody reads any more.
    let pieces = ReaderStream::new(file).inspect(move |_| _ = &slot);
    let mut response = warp::reply::stream(pieces).into_response();
    let name = format!("attachment; filename=\"colloquy-export-{export}.zip\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(ZIP));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(archive.bytes));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
