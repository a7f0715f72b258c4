//! An answer that is known before anybody is asked: the words of documents, where there is no model.

use aggregates::thread::{FinishReason, Route, Usage};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};

use super::{Delta, Provider, ProviderError, Request, Window, tokens};

/// The model that such an answer is said to be of.
const MODEL: &str = "quotes";

/// See the module.
#[derive(Clone, Debug)]
pub struct Quote {
    route: Route,
    text: String,
}

impl Quote {
    /// This text, in place of what the provider would say.
    #[must_use]
    pub fn new(provider: &str, text: String) -> Self {
        Self {
            route: Route {
                provider: provider.to_owned(),
                model: MODEL.to_owned(),
            },
            text,
        }
    }
}

impl Provider for Quote {
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

    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ProviderError>> {
        let usage = Usage {
            prompt_tokens: tokens::prompt_tokens(&request),
            completion_tokens: tokens::tokens(&self.text),
            estimated: true,
        };
        let deltas = [
            Ok(Delta::Text(self.text.clone())),
            Ok(Delta::Usage(usage)),
            Ok(Delta::Finish(FinishReason::Stop)),
        ];
        stream::iter(deltas).boxed()
    }
}
