//! A completion's turn: it asks what was asked, and its end is an event of the completion.

use std::sync::Arc;

use aggregates::{
    CompletionId,
    completion::{CompletionOutcome, Requested, Said, Speaker},
    thread::Route,
    verdict::Verdict,
};

use super::{Closing, Question};
use crate::{
    actors::{
        Foreign, Services, completions,
        feed::Ending,
        judging,
        messages::{CommandError, Origin},
    },
    providers::{Message, ProviderError, Request},
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
    pub(super) fn question(&self, services: &Services) -> Question {
        let (system, messages) = self.shown();
        let request = Request {
            system,
            messages,
            // Whoever asks here is not shown any thoughts.
            without_reasoning: true,
            sampling: self.requested.sampling.clone(),
            ..Request::default()
        };
        let steps = match &self.foreign {
            Some(foreign) => foreign.run(&services.providers, request),
            None => {
                let providers = Arc::clone(&services.providers);
                let ask = move |route: &Route| {
                    let provider = providers.get(&route.provider);
                    match provider.and_then(|provider| provider.lacks(&request.sampling)) {
                        Some(parameter) => Err(ProviderError::Lacks {
                            provider: route.provider.clone(),
                            parameter,
                        }),
                        None => Ok(request.clone()),
                    }
                };
                services.providers.run_each(&self.requested.route, ask)
            }
        };
        Question {
            steps,
            shown: None,
            found: None,
            rounds: None,
        }
    }

    /// How to behave, in one text, and the conversation.
    fn shown(&self) -> (Option<String>, Vec<Message>) {
        let said = &self.requested.messages;
        let asked = to_be_answered(said);
        let verdict = |nth: usize| self.verdicts.get(nth);
        let (mut system, mut messages) = (vec![], vec![]);
        for (nth, said) in said.iter().enumerate() {
            let kept_back = verdict(nth).is_some_and(Verdict::keeps_from_models);
            match said.by {
                Speaker::System => system.push(said.text.as_str()),
                _ if kept_back && Some(nth) != asked => {}
                Speaker::User => messages.push(Message::user(said.text.clone())),
                Speaker::Assistant => messages.push(Message::assistant(said.text.clone())),
            }
        }
        let system = (!system.is_empty()).then(|| system.join("\n\n"));
        (system, messages)
    }

    /// The end with its errors judged, and with a verdict.
    pub(super) async fn judged(&self, services: &Services, closing: Closing) -> Closing {
        let (end, verdict) =
            judging::answer(&services.moderation, closing.end, closing.verdict).await;
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

/// Which message is to be answered: the last one that a person wrote.
pub(in crate::actors) fn to_be_answered(said: &[Said]) -> Option<usize> {
    said.iter().rposition(|said| said.by == Speaker::User)
}
