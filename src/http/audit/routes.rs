//! What is where in the auditors' dialect. All of it is read only, but for holds, exports, webhooks, erasures that are
//! ordered, and how long projects keep their content.

mod webhooks;

use aggregates::{case::SaidIn, user::User};
use bytes::{Buf, Bytes};
use cqrs_es::Aggregate;
use futures_util::Stream;
use http::HeaderMap;
use warp::{Filter, filters::BoxedFilter, reply::Response};

use super::{
    context, erase,
    error::Error,
    events, exports, holds, ids, moments, proofs,
    request::{
        Access, LONGEST_BODY, READ_METADATA, Wish, all_completions, all_users, user_target,
        whole_record,
    },
    retention, schema, threads,
};
use crate::{
    actors::Origin,
    http::{
        Api, READ_YOUR_WRITES,
        access::Target,
        address::Address,
        answer_id, body, guard,
        idempotency::{self, Once},
        method,
        query::{Query, decode_segment},
    },
    views::{Freshness, ViewError},
};

/// The dialect's routes. All paths are exact.
#[must_use]
pub fn routes(api: &Api) -> BoxedFilter<(Response,)> {
    let get = || method::get().and(call(api));
    let post = || {
        let body = warp::body::stream();
        method::post().and(call(api)).and(body)
    };

    let feed = warp::path!("api" / "audit" / "events")
        .and(get())
        .then(|call: Call| async move {
            let access = call.reads_part().await?;
            events::feed(call, access).await
        })
        .boxed();
    let trail = warp::path!("api" / "audit" / "threads" / String / "events")
        .and(get())
        .then(|id: String, call: Call| async move {
            let id = decode_segment(&id);
            let access = call.reads_thread(&id).await?;
            events::of_thread(&call, &access, &id).await
        })
        .boxed();
    let completion = warp::path!("api" / "audit" / "completions" / String / "events")
        .and(get())
        .then(|id: String, call: Call| async move {
            let id = decode_segment(&id);
            let access = call.reads_completion(&id).await?;
            events::of_completion(&call, &access, &id).await
        })
        .boxed();
    let at = warp::path!("api" / "audit" / "threads" / String / "at")
        .and(get())
        .then(|id: String, call: Call| async move {
            let id = decode_segment(&id);
            let access = call.reads_thread(&id).await?;
            threads::at(&call, &access, &id).await
        })
        .boxed();
    let diff = warp::path!("api" / "audit" / "threads" / String / "diff")
        .and(get())
        .then(|id: String, call: Call| async move {
            let id = decode_segment(&id);
            let access = call.reads_thread(&id).await?;
            threads::diff(&call, &access, &id).await
        })
        .boxed();
    let list = warp::path!("api" / "audit" / "users" / String / "threads" / "at")
        .and(get())
        .then(|id: String, call: Call| async move {
            let id = decode_segment(&id);
            let access = call.access().await?;
            access.may_some(READ_METADATA)?;
            let user = ids::user(&call.api, &id).await?;
            access.may_read(&user.map_or_else(all_users, user_target))?;
            // Their threads are many, and one of them may be denied.
            access.may_read_all()?;
            moments::list(&call, &access, user).await
        })
        .boxed();
    let case = warp::path!("api" / "audit" / "cases" / String / "at")
        .and(get())
        .then(|id: String, call: Call| async move {
            let id = decode_segment(&id);
            // Who is let in nowhere learns nothing of which cases there are.
            let access = call.access().await?;
            let said_in = moments::place_of(&call, &id).await?;
            match said_in {
                Some(said_in) => access.may_read_in(&call.api, said_in).await?,
                None => access.may_read(&whole_record())?,
            }
            moments::case(&call, &access, &id, said_in).await
        })
        .boxed();
    let context =
        warp::path!("api" / "audit" / "threads" / String / "replies" / String / "context")
            .and(get())
            .then(|id: String, turn: String, call: Call| async move {
                let (id, turn) = (decode_segment(&id), decode_segment(&turn));
                let access = call.reads_thread(&id).await?;
                context::of_reply(&call, &access, &id, &turn).await
            })
            .boxed();
    let schema = warp::path!("api" / "audit" / "schema")
        .and(get())
        .then(|call: Call| async move {
            call.reads(&whole_record()).await?;
            Ok(schema::catalogue())
        })
        .boxed();
    let checkpoint = warp::path!("api" / "audit" / "checkpoint")
        .and(get())
        .then(|call: Call| async move {
            call.reads(&whole_record()).await?;
            proofs::checkpoint(&call).await
        })
        .boxed();
    let inclusion = warp::path!("api" / "audit" / "proofs" / "inclusion")
        .and(get())
        .then(|call: Call| async move {
            call.reads(&whole_record()).await?;
            proofs::inclusion(&call).await
        })
        .boxed();
    let consistency = warp::path!("api" / "audit" / "proofs" / "consistency")
        .and(get())
        .then(|call: Call| async move {
            call.reads(&whole_record()).await?;
            proofs::consistency(&call).await
        })
        .boxed();

    let hold = warp::path!("api" / "audit" / "threads" / String / "hold")
        .and(post())
        .then(|id: String, call: Call, body| async move {
            holds::on_thread(&call, &decode_segment(&id), body).await
        })
        .boxed();
    let hold_user = warp::path!("api" / "audit" / "users" / String / "hold")
        .and(post())
        .then(|id: String, call: Call, body| async move {
            holds::on_user(&call, &decode_segment(&id), body).await
        })
        .boxed();
    let release = warp::path!("api" / "audit" / "holds" / String / "release")
        .and(post())
        .then(|id: String, call: Call, body| async move {
            holds::release(&call, &decode_segment(&id), body).await
        })
        .boxed();
    let held = warp::path!("api" / "audit" / "holds")
        .and(get())
        .then(|call: Call| async move { holds::list(&call).await })
        .boxed();
    let erase = warp::path!("api" / "audit" / "threads" / String / "erase")
        .and(post())
        .then(|id: String, call: Call, body| async move {
            erase::thread(&call, &decode_segment(&id), body).await
        })
        .boxed();

    let export = warp::path!("api" / "audit" / "exports")
        .and(method::post())
        .and(call(api))
        .then(|call: Call| async move { exports::make(&call).await })
        .boxed();
    let kept = warp::path!("api" / "audit" / "retention")
        .and(get())
        .then(|call: Call| async move { retention::show(&call).await })
        .boxed();
    let keep = warp::path!("api" / "audit" / "retention" / "projects" / String)
        .and(method::put().and(call(api)).and(warp::body::stream()))
        .then(|id: String, call: Call, body| async move {
            retention::set(&call, &decode_segment(&id), body).await
        })
        .boxed();

    let of_threads = trail
        .or(completion)
        .unify()
        .or(at)
        .unify()
        .or(diff)
        .unify()
        .or(context)
        .unify();
    let of_moments = list.or(case).unify();
    let of_proofs = checkpoint.or(inclusion).unify().or(consistency).unify();
    let of_holds = hold
        .or(hold_user)
        .unify()
        .or(release)
        .unify()
        .or(held)
        .unify();
    feed.or(schema)
        .unify()
        .or(of_holds)
        .unify()
        .or(erase)
        .unify()
        .or(export)
        .unify()
        .or(kept)
        .unify()
        .or(keep)
        .unify()
        .or(of_threads)
        .unify()
        .or(of_proofs)
        .unify()
        .or(of_moments)
        .unify()
        .or(webhooks::routes(api))
        .unify()
        .map(|answer: Result<Response, Error>| answer.unwrap_or_else(Response::from))
        .boxed()
}

/// A request.
pub(super) struct Call {
    pub(super) api: Api,
    pub(super) headers: HeaderMap,
    pub(super) query: Query,
    address: Option<Address>,
}

impl Call {
    /// Who asks, and what they may do.
    pub(super) async fn access(&self) -> Result<Access, Error> {
        let query = Some(&self.query);
        let who = guard::principal_with_policies(&self.api, &self.headers, query, self.address);
        Access::of(&self.api, who.await?, &self.headers).await
    }

    /// The same of who may read this. Nobody else gets an answer about it.
    pub(super) async fn reads(&self, target: &Target) -> Result<Access, Error> {
        let access = self.access().await?;
        access.may_read(target)?;
        Ok(access)
    }

    /// The same of a conversation. What is no id is not there for those only who may read all of them.
    async fn reads_thread(&self, id: &str) -> Result<Access, Error> {
        let access = self.access().await?;
        match id.parse().map(SaidIn::Thread) {
            Ok(said_in) => access.may_read_in(&self.api, said_in).await?,
            Err(_) => access.may_read(&whole_record())?,
        }
        Ok(access)
    }

    /// The same of a question with its answer that belong to none.
    async fn reads_completion(&self, id: &str) -> Result<Access, Error> {
        let access = self.access().await?;
        match answer_id::read(id).map(SaidIn::Completion) {
            Some(said_in) => access.may_read_in(&self.api, said_in).await?,
            None => access.may_read(&all_completions())?,
        }
        Ok(access)
    }

    /// The same of the part of the record that the query asks for.
    pub(super) async fn reads_part(&self) -> Result<Access, Error> {
        let access = self.access().await?;
        self.may_read_part(&access).await?;
        Ok(access)
    }

    /// The same as they are now, of an answer that goes on.
    pub(super) async fn still_reads_part(&self) -> Result<Access, Error> {
        let who = guard::still_with_policies(&self.api, &self.headers, &self.query).await?;
        let access = Access::of(&self.api, who, &self.headers).await?;
        self.may_read_part(&access).await?;
        Ok(access)
    }

    /// Whether they may read it, as far as is known of them and of whose it is.
    pub(super) async fn may_read_part(&self, access: &Access) -> Result<(), Error> {
        let given = |name| self.query.get(name).filter(|value| !value.is_empty());
        let said_in = match (given("thread"), given("completion")) {
            (Some(thread), _) => thread.parse().ok().map(SaidIn::Thread),
            (None, Some(completion)) => answer_id::read(completion).map(SaidIn::Completion),
            (None, None) => return access.may_read_whole(),
        };
        match said_in {
            Some(said_in) => access.may_read_in(&self.api, said_in).await,
            None => access.may_read(&whole_record()),
        }
    }

    /// What the body says, of these fields.
    pub(super) async fn wish<S, B>(&self, body: S, names: &[&str]) -> Result<Wish, Error>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        Wish::read(self.body(body).await?, names)
    }

    /// The body as it came.
    pub(super) async fn body<S, B>(&self, body: S) -> Result<Bytes, Error>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        Ok(body::read(&self.headers, body, LONGEST_BODY).await?)
    }

    /// Carries out what a body wishes, once under the request's own name if it has one. That there was nothing to do is
    /// remembered with whoever asked: what they asked for may be erased and begun anew.
    pub(super) async fn once<F, Doing>(
        &self,
        access: &Access,
        route: &str,
        body: &[u8],
        carry_out: F,
    ) -> Result<Once, Error>
    where
        F: FnOnce(Origin) -> Doing,
        Doing: Future<Output = Result<u64, Error>>,
    {
        let (api, user) = (&self.api, access.user());
        let named = idempotency::named(api, &self.headers, user, route, body)?;
        let id = user.to_string();
        idempotency::once(api, named.as_ref(), user, (User::TYPE, &id), carry_out).await
    }
}

/// Waits until the views show everything that is committed now: before that, what is not in them may be there all the same.
pub(super) async fn caught_up(api: &Api) -> Result<(), Error> {
    match api.views.catch_up(READ_YOUR_WRITES).await? {
        Freshness::Fresh => Ok(()),
        Freshness::Stale => Err(Error::behind(
            "The server is behind with reading its record, and what you ask for may be in the rest of it; try again",
        )),
    }
}

/// What there is of something that may have been made a moment ago, and is perhaps in no view yet.
pub(super) async fn recent<T, Looking>(
    api: &Api,
    look: impl Fn() -> Looking,
) -> Result<Option<T>, Error>
where
    Looking: Future<Output = Result<Option<T>, ViewError>>,
{
    if let Some(found) = look().await? {
        return Ok(Some(found));
    }
    caught_up(api).await?;
    Ok(look().await?)
}

fn call(
    api: &Api,
) -> impl Filter<Extract = (Call,), Error = std::convert::Infallible> + Clone + use<> {
    let api = api.clone();
    let raw_query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::header::headers_cloned()
        .and(raw_query)
        .and(warp::ext::optional::<Address>())
        .map(move |headers, raw: String, address| Call {
            api: api.clone(),
            headers,
            query: Query::parse(&raw),
            address,
        })
}
