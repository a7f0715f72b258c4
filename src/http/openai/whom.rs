//! Who answers to a model's name: a provider of the operator's, a project's AI provider, or a chat.

use aggregates::{AiProviderId, ChatId};

use super::{error::Error, models};
use crate::{
    auth::Principal,
    http::{
        Api,
        completion::Whom,
        endpoint::{self, Asked, Unresolved},
        guard::Denied,
    },
};

/// The longest name of a project's model, in characters.
const LONGEST_MODEL: usize = 255;

/// Who is asked.
pub(super) struct Named {
    pub(super) whom: Whom,
    /// How a chat wants its model to behave.
    pub(super) behaviour: Option<String>,
}

/// What came of a model's name.
pub(super) enum Meant {
    Somebody(Named),
    /// There is nobody to ask, or nobody any more; and why.
    Nobody(Error),
}

impl Meant {
    /// Who is asked now.
    pub(super) fn somebody(self) -> Result<Named, Error> {
        match self {
            Self::Somebody(named) => Ok(named),
            Self::Nobody(why) => Err(why),
        }
    }
}

/// Finds out who is meant. Of the operator's providers only what is configured: somebody pays for it. What belongs to a
/// project is asked by whom its policies let, with the secret of its own.
///
/// That there is nobody to ask is not refused here: what was asked before is answered again all the same.
pub(super) async fn of(api: &Api, who: &Principal, model: &str) -> Result<Meant, Error> {
    let Some((asked, other)) = of_project(model) else {
        if who.is_limited() {
            return Err(Denied::Limited.into());
        }
        return Ok(match models::find(api, model) {
            Some(route) => Meant::Somebody(Named {
                whom: Whom::Configured(route),
                behaviour: None,
            }),
            None => Meant::Nobody(Error::no_model(model)),
        });
    };
    let resolved = match endpoint::resolve(api, who, asked, other).await {
        Err(Unresolved::NoProvider(_)) if matches!(asked, Asked::Provider(_)) => {
            return Ok(Meant::Nobody(Error::no_model(model)));
        }
        Err(
            error @ (Unresolved::NoChat(_) | Unresolved::NoProvider(_) | Unresolved::Locked(_)),
        ) => {
            return Ok(Meant::Nobody(error.into()));
        }
        resolved => resolved?,
    };
    let endpoint = resolved.endpoint;
    let foreign = api.directory.foreign(&endpoint.provider, &endpoint.config);
    Ok(Meant::Somebody(Named {
        whom: Whom::Foreign(foreign),
        behaviour: resolved.chat.and_then(|chat| chat.system_message),
    }))
}

/// A chat's id, a provider's, or a provider's and a model of its.
fn of_project(model: &str) -> Option<(Asked<'_>, Option<&str>)> {
    if model.parse::<ChatId>().is_ok() {
        return Some((Asked::Chat(model), None));
    }
    let (provider, other) = match model.split_once('/') {
        None => (model, None),
        Some((provider, other)) => (provider, Some(other)),
    };
    let fits = |other: &str| {
        !other.is_empty() && !other.contains('\0') && other.chars().count() <= LONGEST_MODEL
    };
    provider.parse::<AiProviderId>().ok()?;
    other
        .is_none_or(fits)
        .then_some((Asked::Provider(provider), other))
}
