//! `GET /api/moderation/stats`: how much there is to do, and how it is done.

use serde_json::{Map, Value, json};
use warp::reply::Response;

use super::{
    access::{LIST, Reviewer},
    query::STATES,
    reply::person,
};
use crate::{
    auth::Principal,
    clock,
    http::{
        Api,
        threads::{
            access::caught_up,
            error::Error,
            params::Params,
            reply::{ok, time},
        },
    },
    views::ShadowStats,
};

pub(super) async fn stats(api: Api, who: Principal, params: &Params) -> Result<Response, Error> {
    Reviewer::of(&api, who).await?.may_all(LIST)?;
    let fresh = caught_up(&api, params).await?;
    let stats = api.views.case_stats(clock::now_micros()).await?;
    let mut states = Map::new();
    for state in STATES {
        states.insert(state.as_str().to_owned(), json!({}));
    }
    let (mut severities, mut backlog) = (Map::new(), 0);
    for (state, severity, count) in &stats.counts {
        if state != "decided" {
            backlog += count;
        }
        let known = severities.get(severity).and_then(Value::as_i64);
        severities.insert(severity.clone(), json!(known.unwrap_or(0) + count));
        states[state][severity] = json!(count);
    }
    let deciders = stats
        .deciders
        .iter()
        .map(|(moderator, _)| moderator.clone());
    let people = api.views.users_by_id(deciders).await?;
    let moderators: Vec<Value> = stats
        .deciders
        .iter()
        .map(|(moderator, count)| {
            json!({ "moderator": person(Some(moderator), &people), "decisions": count })
        })
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "a rate of counts")]
    let rate = match stats.decisions {
        0 => Value::Null,
        decisions => json!(stats.overturned as f64 / decisions as f64),
    };
    #[expect(clippy::cast_precision_loss, reason = "seconds of people's work")]
    let median = stats.median.map(|median| median as f64 / 1e6);
    let shadows: Vec<Value> = api.views.shadow_stats().await?.iter().map(shadow).collect();
    let value = json!({
        "backlog": backlog,
        "oldest": stats.oldest.map_or(Value::Null, time),
        "states": states,
        "severities": severities,
        "median_seconds_to_decision": median,
        "moderators": moderators,
        "decisions": stats.decisions,
        "overturned": stats.overturned,
        "overturn_rate": rate,
        "automated": stats.automated,
        "manual": stats.manual,
        "unscanned": api.views.count_unscanned().await?,
        "shadows": shadows,
    });
    Ok(ok(&value, api.views.position(), fresh))
}

/// Two policies that have judged the same texts.
fn shadow(stats: &ShadowStats) -> Value {
    let moves = stats.moves.iter();
    let moves: Vec<Value> = moves
        .map(|(from, to, texts)| json!({ "from": from, "to": to, "texts": texts }))
        .collect();
    json!({
        "policy": stats.policy,
        "shadow": stats.shadow,
        "texts": stats.texts,
        "newly_flagged": stats.newly_flagged,
        "newly_cleared": stats.newly_cleared,
        "severity_moves": moves,
    })
}
