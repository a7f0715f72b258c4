//! What somebody prefers where a request says nothing: `/api/settings/…`, and whom there is to ask.

use std::str::FromStr;

use aggregates::{
    thread::Mood,
    user::{Preference, Preferences},
};
use bytes::Bytes;
use serde_json::{Value, json};
use warp::reply::Response;

use super::{error::Error, reply, request};
use crate::{
    actors::Origin,
    auth::Principal,
    http::{Api, READ_YOUR_WRITES},
    views::Freshness,
};

/// The name that stands for the user's choice, else the server's.
pub(super) const DEFAULT: &str = "default";

/// The last part of `/api/settings/…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    DefaultAi,
    Mood,
    Reasoning,
}

/// Their words.
pub(super) const SETTINGS: [(&str, Setting); 3] = [
    ("default-ai", Setting::DefaultAi),
    ("mood", Setting::Mood),
    ("reasoning", Setting::Reasoning),
];

impl FromStr for Setting {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let found = SETTINGS.iter().find(|(name, _)| *name == word);
        found.map(|(_, setting)| *setting).ok_or(())
    }
}

/// `GET /api/settings/{setting}`
pub(super) async fn show(api: Api, who: Principal, setting: Setting) -> Result<Response, Error> {
    let value = shown(setting, &who.preferences);
    Ok(reply::ok(&value, api.views.position(), Freshness::Fresh))
}

/// `PUT /api/settings/{setting}`
pub(super) async fn choose(
    api: Api,
    who: Principal,
    setting: Setting,
    body: Bytes,
) -> Result<Response, Error> {
    let fields = request::object(&body)?;
    let name = setting.field();
    let mut faults = vec![];
    let word =
        request::required(&fields, name, &mut faults).ok_or_else(|| Error::Invalid(faults))?;
    let preference = setting.read(&api, &word).map_err(|(kind, message)| {
        Error::field(kind, &["body", name], &message, request::shown(&word))
    })?;
    let mut preferences = who.preferences;
    preferences.take(preference.clone());
    let position = api
        .accounts
        .prefer(who.user, preference, Origin::user(who.user))
        .await?;
    let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
    Ok(reply::ok(&shown(setting, &preferences), position, fresh))
}

/// `GET /api/providers`
pub(super) async fn providers(api: Api) -> Result<Response, Error> {
    Ok(reply::ok(
        &json!({ "providers": api.directory.providers() }),
        api.views.position(),
        Freshness::Fresh,
    ))
}

impl Setting {
    /// The name of its field.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::DefaultAi => "provider",
            Self::Mood => "mood",
            Self::Reasoning => "reasoning_mode",
        }
    }

    fn read(self, api: &Api, word: &str) -> Result<Preference, (&'static str, String)> {
        match (self, word) {
            (Self::DefaultAi, DEFAULT | "") => Ok(Preference::Provider(None)),
            (Self::DefaultAi, name) if api.directory.route(name).is_some() => {
                Ok(Preference::Provider(Some(name.to_owned())))
            }
            (Self::DefaultAi, _) => {
                let names = api.directory.providers().join("', '");
                Err((
                    "enum",
                    format!("Input should be 'default' or one of '{names}'"),
                ))
            }
            (Self::Mood, "serious") => Ok(Preference::Mood(Mood::Serious)),
            (Self::Mood, "friendly") => Ok(Preference::Mood(Mood::Friendly)),
            (Self::Mood, "normal") => Ok(Preference::Mood(Mood::Normal)),
            (Self::Mood, _) => Err((
                "enum",
                "Input should be 'serious', 'friendly' or 'normal'".to_owned(),
            )),
            (Self::Reasoning, "on") => Ok(Preference::Reasoning(true)),
            (Self::Reasoning, "off") => Ok(Preference::Reasoning(false)),
            (Self::Reasoning, _) => Err(("enum", "Input should be 'on' or 'off'".to_owned())),
        }
    }
}

fn shown(setting: Setting, preferences: &Preferences) -> Value {
    match setting {
        Setting::DefaultAi => {
            json!({ "provider": preferences.provider.as_deref().unwrap_or(DEFAULT) })
        }
        Setting::Mood => json!({ "mood": preferences.mood.unwrap_or(Mood::Normal) }),
        Setting::Reasoning if preferences.without_reasoning => json!({ "reasoning_mode": "off" }),
        Setting::Reasoning => json!({ "reasoning_mode": "on" }),
    }
}
