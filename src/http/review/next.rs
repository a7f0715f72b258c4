//! `POST /api/moderation/cases/next`: whoever asks gets a case of their own.

use std::collections::BTreeSet;

use aggregates::{MessageId, case::Claiming};
use http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::{
    access::{CLAIM, GET, LIST, Reviewer, case, no_case},
    cases,
    decisions::{change, claim, named, not_ones_own},
    visible::{MOST_PAGES, too_far},
};
use crate::{
    actors::Alone,
    auth::Principal,
    clock,
    http::{
        Api, READ_YOUR_WRITES,
        idempotency::{self, Named},
        threads::{error::Error, reply::nothing, request::BodyFields},
    },
    views::{CaseCursor, CaseRow, Freshness},
};

const ROUTE: &str = "POST /api/moderation/cases/next";
/// How often the next case is looked for, while others take it.
const TRIES: usize = 16;
/// Candidates of the first page, where nearly always one is found, …
const FEW: usize = 20;
/// … and of those after it.
const MANY: usize = 200;
/// Candidates that cannot be changed at the moment, before it is believed that none can.
const MOST_UNAVAILABLE: usize = 3;

/// Claims the worst, oldest case that nobody works on. 204: there is none.
pub(super) async fn next(
    api: Api,
    who: Principal,
    headers: &HeaderMap,
    body: &BodyFields,
) -> Result<Response, Error> {
    let reviewer = Reviewer::of(&api, who).await?;
    reviewer.may_some(CLAIM)?;
    let who = &reviewer.who;
    let mut search = Search {
        api: &api,
        reviewer: &reviewer,
        named: named(&api, headers, who, ROUTE, body)?,
        passed_over: BTreeSet::new(),
        unavailable: 0,
        pages: 0,
    };
    for _ in 0..TRIES {
        let found = match search.taken_before().await? {
            Some(before) => Found::TakenBefore(before),
            None => search.look().await?,
        };
        match found {
            Found::Taken(taken) => {
                let case = taken.row.case.clone();
                match there(taken.shown(&api, who).await)? {
                    Some(shown) => return Ok(shown),
                    None => search.passes_over(case),
                }
            }
            Found::TakenBefore(before) => match there(before.shown(&api, &reviewer).await)? {
                Some(shown) => return Ok(shown),
                None => search.passes_over(before.case),
            },
            Found::Nothing if search.unavailable > 0 => return Err(unavailable()),
            Found::Nothing => return Ok(nothing(api.views.position(), Freshness::Fresh)),
            Found::OthersWereFaster(busy) => {
                if let Some(case) = busy {
                    api.cases.is_left(case, READ_YOUR_WRITES).await;
                }
                // What the others took is in the log already, and not yet in the view.
                let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
            }
        }
    }
    Err(contended())
}

enum Found {
    /// This one.
    Taken(Box<Taken>),
    /// The first request of this name has taken this one.
    TakenBefore(Before),
    /// Others have taken what there was, or are about to take this one.
    OthersWereFaster(Option<MessageId>),
    Nothing,
}

/// A case that was claimed a moment ago.
struct Taken {
    id: MessageId,
    /// As it was before.
    row: CaseRow,
    position: u64,
    alone: Alone,
}

impl Taken {
    async fn shown(self, api: &Api, who: &Principal) -> Result<Response, Error> {
        let Self {
            id,
            row,
            position,
            alone,
        } = self;
        let seen = async {
            let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
            // As long as the view shows it as free, nobody here shall try.
            drop(alone);
            Ok::<_, Error>(fresh)
        };
        cases::changed(api, who, id, &row, seen).await
    }
}

/// What the first request of a name has taken.
struct Before {
    case: String,
    position: u64,
}

impl Before {
    async fn shown(&self, api: &Api, reviewer: &Reviewer) -> Result<Response, Error> {
        let fresh = api.views.wait_for(self.position, READ_YOUR_WRITES).await;
        let id = self.case.parse().map_err(|_| no_case())?;
        let (id, row) = match case(api, Some(id)).await {
            // It may be there, and shall be nobody's twice.
            Err(_) if fresh == Freshness::Stale => return Err(unavailable()),
            found => found?,
        };
        reviewer.may(api, &[GET], &row).await?;
        not_ones_own(api, &row, &reviewer.who).await?;
        cases::answered(api, &reviewer.who, id, &row, fresh).await
    }
}

/// What became of one candidate.
enum Tried {
    /// From that position on.
    Taken(u64),
    /// The first request of this name has taken this one.
    TakenBefore(Before),
    /// It is for somebody else.
    PassedOver,
    OthersWereFaster,
}

/// One request's way through the queue.
struct Search<'r> {
    api: &'r Api,
    reviewer: &'r Reviewer,
    named: Option<Named>,
    /// Those that it shall not try again.
    passed_over: BTreeSet<String>,
    /// How many could not be changed at the moment.
    unavailable: usize,
    /// How many pages it has read.
    pages: usize,
}

impl Search<'_> {
    /// Goes through the queue from its beginning, past what others are about to take.
    async fn look(&mut self) -> Result<Found, Error> {
        let (api, moderator) = (self.api, self.reviewer.who.user.0);
        let mut after: Option<CaseCursor> = None;
        let (mut others, mut busy) = (false, None);
        loop {
            if self.pages == MOST_PAGES {
                return Err(match others || busy.is_some() {
                    true => contended(),
                    false => too_far(),
                });
            }
            self.pages += 1;
            let limit = after.as_ref().map_or(FEW, |_| MANY);
            let now = clock::now_micros();
            let page = api
                .views
                .next_cases(now, moderator, after.as_ref(), limit)
                .await?;
            let Some(last) = page.last().and_then(CaseCursor::after) else {
                return Ok(match others || busy.is_some() {
                    true => Found::OthersWereFaster(busy),
                    false => Found::Nothing,
                });
            };
            after = Some(last);
            for row in page {
                // Whoever gets a case is shown it.
                let rights = [LIST, GET, CLAIM];
                if self.passed_over.contains(&row.case)
                    || !self.reviewer.allows(api, &rights, &row).await?
                {
                    continue;
                }
                let Ok(id) = row.case.parse() else { continue };
                // Somebody else is at it on this node: the queue is long, and only one of them can get it.
                let Some(alone) = api.cases.alone(id) else {
                    busy.get_or_insert(id);
                    continue;
                };
                match self.take(id, &row).await? {
                    Tried::Taken(position) => {
                        let taken = Taken {
                            id,
                            row,
                            position,
                            alone,
                        };
                        return Ok(Found::Taken(Box::new(taken)));
                    }
                    Tried::TakenBefore(before) => return Ok(Found::TakenBefore(before)),
                    Tried::OthersWereFaster => others = true,
                    Tried::PassedOver => {}
                }
                self.passed_over.insert(row.case);
            }
        }
    }

    async fn take(&mut self, id: MessageId, row: &CaseRow) -> Result<Tried, Error> {
        let (api, free) = (self.api, claim(Claiming::Free));
        match change(api, &self.reviewer.who, id, row, free, self.named.as_ref()).await {
            // Its twin may have been faster, with another case.
            Ok(position) => Ok(match self.taken_before().await? {
                Some(before) if before.case != row.case => Tried::TakenBefore(before),
                _ => Tried::Taken(position),
            }),
            // Another one was faster; or the name was used meanwhile, and then its case or its refusal is the answer.
            Err(Error::Detail(StatusCode::CONFLICT, _)) => Ok(match self.taken_before().await? {
                Some(before) => Tried::TakenBefore(before),
                None => Tried::OthersWereFaster,
            }),
            // It is not for this one, or gone.
            Err(Error::Detail(StatusCode::FORBIDDEN | StatusCode::NOT_FOUND, _)) => {
                Ok(Tried::PassedOver)
            }
            Err(Error::Busy(_)) if self.unavailable < MOST_UNAVAILABLE => {
                self.unavailable += 1;
                Ok(Tried::PassedOver)
            }
            Err(error) => Err(error),
        }
    }

    /// What the first request of this name has taken.
    async fn taken_before(&self) -> Result<Option<Before>, Error> {
        let record = idempotency::known::<Error>(self.api, self.named.as_ref()).await?;
        Ok(record.map(|record| Before {
            position: record.position(),
            case: record.aggregate_id,
        }))
    }

    /// This case is erased since it was taken. The name still stands for it, so what is taken instead has another one:
    /// the same one each time.
    fn passes_over(&mut self, case: String) {
        self.named = self.named.as_ref().map(|named| named.part(case.as_bytes()));
        self.passed_over.insert(case);
    }
}

fn contended() -> Error {
    Error::Busy("Others keep taking the next case; try again.".into())
}

fn unavailable() -> Error {
    Error::Busy("Cases that wait cannot be changed at the moment; try again.".into())
}

/// A case that was taken, unless it is erased since.
fn there(shown: Result<Response, Error>) -> Result<Option<Response>, Error> {
    match shown {
        Err(Error::Detail(StatusCode::NOT_FOUND, _)) => Ok(None),
        shown => shown.map(Some),
    }
}
