//! The provider that needs nothing: it gives back what was said, and says that it is an echo.

use std::time::Duration;

use aggregates::{
    completion::Sampling,
    thread::{FinishReason, Route, Usage},
};
use futures_util::{StreamExt, stream, stream::BoxStream};

use super::{Delta, Provider, ProviderError, Request, Role, Window, tokens};

/// What every echo begins with.
const PREFACE: &str = "This is an echo, not a model. You said: ";

/// The echo.
#[derive(Clone, Debug)]
pub struct Echo {
    route: Route,
    delay: Option<Duration>,
}

impl Echo {
    /// An echo that waits `delay` before each word, so that a person can watch; without one the
    /// whole answer is ready at once.
    #[must_use]
    pub fn new(name: impl Into<String>, delay: Option<Duration>) -> Self {
        Self {
            route: Route {
                provider: name.into(),
                model: "echo".to_owned(),
            },
            delay: delay.filter(|delay| !delay.is_zero()),
        }
    }
}

impl Provider for Echo {
    fn route(&self) -> &Route {
        &self.route
    }

    fn reads_history(&self) -> bool {
        false
    }

    fn window(&self) -> Option<Window> {
        None
    }

    fn reads_images(&self) -> bool {
        false
    }

    fn is_echo(&self) -> bool {
        true
    }

    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ProviderError>> {
        if request.asks_to_see() {
            return stream::iter([Err(ProviderError::NoImages)]).boxed();
        }
        let said = request
            .messages
            .iter()
            .rfind(|message| message.role == Role::User)
            .map_or("", |message| message.text.as_str());
        let text = format!("{PREFACE}{said}").replace('\0', "\u{FFFD}");
        let (text, finish) = cut(text, &request.sampling);
        let usage = Usage {
            prompt_tokens: tokens::prompt_tokens(&request),
            completion_tokens: tokens::tokens(&text),
            estimated: true,
        };
        let words: Vec<_> = text
            .split_inclusive(char::is_whitespace)
            .map(|word| Ok(Delta::Text(word.to_owned())))
            .collect();
        let end = stream::iter([Ok(Delta::Usage(usage)), Ok(Delta::Finish(finish))]);
        match self.delay {
            None => stream::iter(words).chain(end).boxed(),
            Some(delay) => stream::iter(words)
                .then(move |word| async move {
                    tokio::time::sleep(delay).await;
                    word
                })
                .chain(end)
                .boxed(),
        }
    }
}

/// As much of it as is wanted. Chance has no part in an echo: the other parameters change nothing.
fn cut(mut text: String, sampling: &Sampling) -> (String, FinishReason) {
    let stops = sampling.stop.iter().filter_map(|stop| text.find(stop));
    if let Some(end) = stops.min() {
        text.truncate(end);
    }
    let Some(most) = sampling.max_tokens else {
        return (text, FinishReason::Stop);
    };
    let (mut kept, mut used) = (0, 0);
    for word in text.split_inclusive(char::is_whitespace) {
        used += tokens::tokens(word);
        if used > most {
            text.truncate(kept);
            return (text, FinishReason::Length);
        }
        kept += word.len();
    }
    (text, FinishReason::Stop)
}
