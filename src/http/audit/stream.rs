//! The feed: page after page of the log, as lines that end, or as server-sent events that go on.

use aggregates::{case::SaidIn, completion::Completion};
use bytes::{BufMut, Bytes, BytesMut};
use cqrs_es::Aggregate;
use futures_util::stream::unfold;
use serde_json::json;
use tokio::time::Instant;
use warp::reply::Response;

use super::{error::Error, request::Access, routes::Call};
use crate::{
    audit::{self, EventFilter, Recorded, shown},
    http::{guard::RENEW, ndjson, sse},
};

/// Events of one read.
const PAGE: u32 = 500;

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// JSON objects, one a line; the last one says where to go on.
    Lines,
    /// Server-sent events; their ids are where to go on.
    Events,
}

/// Where it is.
pub(super) struct Feed {
    call: Call,
    access: Access,
    renewed: Instant,
    filter: EventFilter,
    after: u64,
    /// Where it ends, if it does, and after how many events.
    until: Option<(u64, u64)>,
    ended: bool,
}

impl Feed {
    pub(super) fn new(call: Call, access: Access, filter: EventFilter, after: u64) -> Self {
        Self {
            call,
            access,
            renewed: Instant::now(),
            filter,
            after,
            until: None,
            ended: false,
        }
    }

    /// Up to this position, and no more than so many.
    pub(super) fn until(self, position: u64, limit: u64) -> Self {
        Self {
            until: Some((position, limit)),
            ..self
        }
    }

    /// The next events; `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<Recorded>>, Error> {
        loop {
            self.look_again().await?;
            let trail = &self.call.api.trail;
            let page = match self.until {
                Some((last, left)) if left == 0 || self.after >= last => return Ok(None),
                Some((last, left)) => {
                    let limit = u32::try_from(left).unwrap_or(u32::MAX).min(PAGE);
                    trail.events(&self.filter, self.after, last, limit).await?
                }
                // Who follows goes on after the last one that was told, with another server or this one anew.
                None => tokio::select! {
                    biased;
                    () = self.call.api.ending.cancelled() => return Ok(None),
                    page = trail.follow(&self.filter, self.after, PAGE) => page?,
                },
            };
            self.after = page.reached;
            if page.events.is_empty() {
                continue;
            }
            if let Some((_, left)) = &mut self.until {
                *left = left.saturating_sub(page.events.len() as u64);
            }
            // Reading them may have taken a while, and whose it is now may be said by just these events.
            self.look_again().await?;
            self.call.may_read_part(&self.access).await?;
            return Ok(Some(self.opened(page.events).await?));
        }
    }

    /// Whether they may still read, and whether content: a key goes, a policy changes, while somebody follows.
    async fn look_again(&mut self) -> Result<(), Error> {
        if self.renewed.elapsed() > RENEW {
            let now = Instant::now();
            self.access = self.call.still_reads_part().await?;
            self.renewed = now;
        }
        Ok(())
    }

    /// With what was written, for those who may see it and have said why.
    async fn opened(&self, events: Vec<Recorded>) -> Result<Vec<Recorded>, Error> {
        if !self.access.content() {
            return Ok(events);
        }
        let shown = events.iter().filter(|event| self.shows(event));
        self.access.note_events(&self.call.api, shown).await?;
        Ok(self.call.api.trail.with_content(events).await?)
    }

    /// Whether a reader of content sees what was written in it.
    fn shows(&self, event: &Recorded) -> bool {
        let asked = matches!(self.filter.said_in, Some(SaidIn::Completion(_)));
        let is_other = event.aggregate_type == Completion::TYPE && !asked;
        audit::is_written(event) && (!is_other || self.access.may_read_completions())
    }

    fn page(&self, events: &[Recorded], wire: Wire) -> Bytes {
        let mut bytes = BytesMut::new();
        for event in events {
            let content = self.access.content() && self.shows(event);
            let value = match self.filter.said_in {
                Some(said_in) => shown::event_of(event, content, said_in),
                None => shown::event(event, content),
            };
            match wire {
                Wire::Lines => bytes.put(ndjson::line(&value)),
                Wire::Events => {
                    let id = event.position.to_string();
                    bytes.put(sse::frame("event", Some(&id), &value.to_string()));
                }
            }
        }
        bytes.freeze()
    }

    fn end(&self, wire: Wire) -> Option<Bytes> {
        let (last, _) = self.until?;
        let end = shown::end(self.after, self.after < last);
        (wire == Wire::Lines).then(|| ndjson::line(&end))
    }
}

/// The answer.
pub(super) fn open(feed: Feed, wire: Wire) -> Response {
    let pages = unfold(feed, move |mut feed| async move {
        if feed.ended {
            return None;
        }
        match feed.next().await {
            Ok(Some(events)) => Some((feed.page(&events, wire), feed)),
            Ok(None) => {
                feed.ended = true;
                feed.end(wire).map(|line| (line, feed))
            }
            Err(error) => {
                // It has begun: all that can be said now is why it does not go on.
                feed.ended = true;
                let detail = json!({ "detail": error.sentence() });
                let line = match wire {
                    Wire::Lines => ndjson::line(&detail),
                    Wire::Events => sse::frame("error", None, &detail.to_string()),
                };
                Some((line, feed))
            }
        }
    });
    match wire {
        Wire::Lines => ndjson::response(pages),
        Wire::Events => sse::response(pages),
    }
}
