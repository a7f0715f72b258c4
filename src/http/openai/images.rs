//! The images of a question: made what models are shown, and kept for the messages that they come with.

use aggregates::thread::{Attachment, Route};

use super::{error::Error, models, request::Image};
use crate::{http::Api, images};

/// There is something to look at, and a model that sees nothing.
pub(super) fn unseen(route: &Route) -> Error {
    let name = models::name(&route.provider, &route.model);
    let message =
        format!("`{name}` reads no images: leave them out, or name a model that sees them.");
    Error::param("messages", "unsupported_image", message)
}

/// What is kept, each with the place of its message. Where one of them is no image, nothing is kept.
pub(super) async fn keep(api: &Api, images: Vec<Image>) -> Result<Vec<(usize, Attachment)>, Error> {
    let mut shrunk = Vec::with_capacity(images.len());
    for image in images {
        let jpeg = api.images.shrink(image.bytes).await;
        let jpeg = jpeg.map_err(|error| Error::image(&image.place, error))?;
        shrunk.push((image.message, jpeg));
    }
    let mut kept: Vec<(usize, Attachment)> = Vec::with_capacity(shrunk.len());
    for (message, jpeg) in shrunk {
        match api.directory.attach(images::MIME, &jpeg).await {
            Ok(attachment) => kept.push((message, attachment)),
            Err(error) => {
                for (_, attachment) in &kept {
                    api.directory.detach(attachment).await;
                }
                return Err(error.into());
            }
        }
    }
    Ok(kept)
}
