//! A completion's turn: it asks what was asked, and its end is an event of the completion.

use std::{sync::Arc, time::Duration};

use aggregates::{
    BlobId, CompletionId,
    completion::{CompletionOutcome, Requested, Said, Speaker},
    thread::Route,
    verdict::Verdict,
};

use super::{Closing, Question, wait};
use crate::{
    actors::{
        Foreign, Services, completions,
        feed::{Ending, Feed},
        judging,
        messages::{CommandError, Origin},
    },
    providers::{Image, Message, ProviderError, Request, Run},
};

/// See the module.
pub(in crate::actors) struct Asked {
    pub(in crate::actors) requested: Requested,
    /// Who is asked, and nobody else, when it is no provider of the operator's.
    pub(in crate::actors) foreign: Option<Foreign>,
    /// What was said of the messages; none where nobody looks.
    pub(in crate::actors) verdicts: Vec<Verdict>,
    /// Of its last event.
    pub(in crate::actors) sequence: u64,
}

impl Asked {
    /// What is asked: the whole conversation, but for what moderation keeps from models.
    pub(super) async fn question(
        &self,
        services: &Services,
        feed: &Feed,
    ) -> Result<Question, Ending> {
        let (system, mut messages) = self.shown();
        let steps = match self.images(services, feed, &mut messages).await? {
            Err(error) => Run::failed(error),
            Ok(()) => self.run(
                services,
                Request {
                    system,
                    messages: messages.into_iter().map(|(_, message)| message).collect(),
                    // Whoever asks here is not shown any thoughts.
                    without_reasoning: true,
                    sampling: self.requested.sampling.clone(),
                    ..Request::default()
                },
            ),
        };
        Ok(Question {
            steps,
            shown: None,
            found: None,
            rounds: None,
        })
    }

    fn run(&self, services: &Services, request: Request) -> Run {
        if let Some(foreign) = &self.foreign {
            let sees = self.sees(services, &self.requested.route.provider);
            return foreign.run(&services.providers, seen(request, sees));
        }
        let providers = Arc::clone(&services.providers);
        let ask = move |route: &Route| {
            let provider = providers.get(&route.provider);
            let provider = provider.as_ref();
            match provider.and_then(|provider| provider.lacks(&request.sampling)) {
                Some(parameter) => Err(ProviderError::Lacks {
                    provider: route.provider.clone(),
                    parameter,
                }),
                None => Ok(seen(
                    request.clone(),
                    provider.is_some_and(|provider| provider.reads_images()),
                )),
            }
        };
        services.providers.run_each(&self.requested.route, ask)
    }

    /// How to behave, in one text, and the conversation, each message with its place in the question.
    fn shown(&self) -> (Option<String>, Vec<(usize, Message)>) {
        let said = &self.requested.messages;
        let (mut system, mut messages) = (vec![], vec![]);
        for (nth, said) in said.iter().enumerate() {
            match said.by {
                Speaker::System => system.push(said.text.as_str()),
                _ if self.is_kept_back(nth) => {}
                Speaker::User => messages.push((nth, Message::user(said.text.clone()))),
                Speaker::Assistant => messages.push((nth, Message::assistant(said.text.clone()))),
            }
        }
        let system = (!system.is_empty()).then(|| system.join("\n\n"));
        (system, messages)
    }

    /// Whether moderation keeps it from models; never what is to be answered.
    fn is_kept_back(&self, nth: usize) -> bool {
        let verdict = self.verdicts.get(nth);
        verdict.is_some_and(Verdict::keeps_from_models)
            && to_be_answered(&self.requested.messages) != Some(nth)
    }

    /// Puts the images beside their messages; an error is the answer's. While they cannot be read it waits, and still
    /// obeys.
    async fn images(
        &self,
        services: &Services,
        feed: &Feed,
        messages: &mut [(usize, Message)],
    ) -> Result<Result<(), ProviderError>, Ending> {
        let mut pause = Duration::from_millis(50);
        for (nth, message) in messages {
            for attachment in &self.requested.messages[*nth].attachments {
                let bytes = loop {
                    match services.store.blob(attachment).await {
                        Ok(bytes) => break bytes,
                        Err(error) => {
                            tracing::warn!(%error, "an image could not be read; trying again");
                        }
                    }
                    wait(services, feed, &mut pause).await?;
                };
                let Some(bytes) = bytes else {
                    return Ok(Err(ProviderError::LostImage));
                };
                message.images.push(Image(bytes.into()));
            }
        }
        Ok(Ok(()))
    }

    fn sees(&self, services: &Services, provider: &str) -> bool {
        match &self.foreign {
            Some(foreign) => foreign.provider().is_ok_and(|asked| asked.reads_images()),
            None => {
                let provider = services.providers.get(provider);
                provider.is_some_and(|asked| asked.reads_images())
            }
        }
    }

    /// The images that a provider was shown, oldest first.
    fn images_to(&self, services: &Services, provider: &str) -> Vec<BlobId> {
        if !self.sees(services, provider) {
            return vec![];
        }
        let said = self.requested.messages.iter().enumerate();
        let shown = said.filter(|(nth, _)| !self.is_kept_back(*nth));
        let attached = shown.flat_map(|(_, said)| &said.attachments);
        attached.map(|image| image.blob).collect()
    }

    /// The end with its errors judged, with what each provider was shown, and with a verdict.
    pub(super) async fn judged(&self, services: &Services, closing: Closing) -> Closing {
        let (mut end, verdict) =
            judging::answer(&services.moderation, closing.end, closing.verdict).await;
        for attempt in &mut end.attempts {
            attempt.images = self.images_to(services, &attempt.route.provider);
        }
        Closing {
            end,
            verdict,
            ..closing
        }
    }

    /// Records the end.
    pub(super) async fn record(
        &self,
        services: &Services,
        closing: &Closing,
        origin: Origin,
    ) -> Result<(), CommandError> {
        let outcome = match closing.ending {
            Ending::Completed => CompletionOutcome::Completed,
            Ending::Failed => CompletionOutcome::Failed,
            Ending::Interrupted => CompletionOutcome::Interrupted,
            Ending::Stopped | Ending::Dropped | Ending::Elsewhere => CompletionOutcome::Stopped,
        };
        let known = completions::open(&self.requested, self.sequence);
        let end = (closing.end.clone(), closing.verdict.clone());
        let id: CompletionId = self.requested.completion;
        completions::end(services, id, Some(known), outcome, end, origin).await
    }
}

/// What a provider is asked: to one that sees nothing, what was shown earlier is what was said of it.
fn seen(mut request: Request, sees: bool) -> Request {
    if !sees && !request.asks_to_see() {
        for message in &mut request.messages {
            message.images.clear();
        }
    }
    request
}

/// Which message is to be answered: the last one that a person wrote.
pub(in crate::actors) fn to_be_answered(said: &[Said]) -> Option<usize> {
    said.iter().rposition(|said| said.by == Speaker::User)
}
