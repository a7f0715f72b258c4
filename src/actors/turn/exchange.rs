//! A thread's turn: what of the conversation is shown, and the command that ends it.

use std::{sync::Arc, time::Duration};

use aggregates::{
    ThreadId,
    thread::{Cut, Grounding, MessageSent, ReplyStarted, Route, ThreadCommand},
};

use super::{Closing, Found, Question, Wants, rounds::Rounds, wait};
use crate::{
    actors::{
        Services,
        context::{self, shown::Shown},
        feed::{Ending, Feed},
        grounding::Notes,
    },
    providers::{ProviderError, Quote, Request, Run},
};

/// The events before the first reply.
const OPENED_SENT_AND_JUDGED: u64 = 3;
/// Tries to find passages, before that is the answer's failure.
const LOOKS: u32 = 5;

/// See the module.
pub(in crate::actors) struct Exchange {
    pub(in crate::actors) thread: ThreadId,
    pub(in crate::actors) started: ReplyStarted,
    /// Of `reply.started`.
    pub(in crate::actors) sequence: u64,
    pub(in crate::actors) cuts: Vec<Cut>,
    /// The message to be answered, when it came in the same commit.
    pub(in crate::actors) prompt: Option<MessageSent>,
}

impl Exchange {
    /// What is asked, if anything is.
    pub(super) async fn question(&self, services: &Services, feed: &Feed) -> Result<Wants, Ending> {
        let Some(shown) = self.shown(services, feed).await? else {
            return Ok(Wants::Refusal);
        };
        let shown = Arc::new(shown);
        let asked = Arc::clone(&shown);
        let system = context::system_prompt(self.started.options.mood);
        let without_reasoning = self.started.options.without_reasoning;
        let ask = move |route: &Route| {
            let request = asked.request(route, system.clone())?;
            Ok(Request {
                without_reasoning,
                ..request
            })
        };
        let tools = match self.started.options.web {
            true => services.tools.offered(),
            false => vec![],
        };
        let (mut found, mut rounds) = (None, None);
        let steps = match &self.started.options.grounding {
            None if tools.is_empty() => services.providers.run_each(&self.started.route, ask),
            None => {
                let looking = Rounds::new(tools, &self.started.context, Arc::new(ask));
                let steps = looking.run(services, &self.started.route);
                rounds = Some(looking);
                steps
            }
            Some(grounding) => {
                let question = shown.asked().to_owned();
                match notes(services, feed, grounding, &question).await? {
                    Err(error) => Run::failed(error),
                    Ok(mut notes) => {
                        let these = Found {
                            sources: notes.sources.clone(),
                            attempts: std::mem::take(&mut notes.attempts),
                        };
                        if notes.is_empty() {
                            return Ok(Wants::Nothing(these));
                        }
                        found = Some(these);
                        self.grounded(services, notes, &question, ask)
                    }
                }
            }
        };
        Ok(Wants::Answer(Box::new(Question {
            steps,
            shown: Some(shown),
            found,
            rounds,
        })))
    }

    /// Asks with the notes; where there is nobody but an echo, they speak for themselves.
    fn grounded(
        &self,
        services: &Services,
        notes: Notes,
        question: &str,
        ask: impl Fn(&Route) -> Result<Request, ProviderError> + Send + 'static,
    ) -> Run {
        let (providers, route) = (&services.providers, &self.started.route);
        match providers.get(&route.provider) {
            Some(provider) if provider.is_echo() => {
                let quote = Quote::new(&route.provider, notes.quoted(question));
                providers.run_alone(Arc::new(quote), Request::of(question))
            }
            _ => providers.run_each(route, move |route| Ok(notes.put_to(ask(route)?))),
        }
    }

    /// The context; while the database is away it waits, and still obeys.
    async fn shown(&self, services: &Services, feed: &Feed) -> Result<Option<Shown>, Ending> {
        let rule = &self.started.context;
        // Nothing else is to be shown, or there is nothing else: it was opened for this message.
        let alone = rule.rule == context::NONE || self.sequence <= OPENED_SENT_AND_JUDGED + 1;
        let prompt = self.prompt.as_ref().filter(|_| alone);
        let mut pause = Duration::from_millis(50);
        loop {
            let read = match prompt {
                Some(sent) => context::alone(&services.store, rule, sent.clone())
                    .await
                    .map(Some),
                None => {
                    let start = context::Start {
                        thread: self.thread,
                        turn: self.started.turn,
                        sequence: self.sequence,
                        answers: self.started.answers,
                        rule: rule.clone(),
                        cuts: self.cuts.clone(),
                        grounding: self.started.options.grounding.clone(),
                    };
                    context::read(&services.store, start).await
                }
            };
            match read {
                Ok(shown) => return Ok(shown),
                Err(error) => {
                    tracing::warn!(%error, "the context of a reply could not be read; trying again");
                }
            }
            wait(services, feed, &mut pause).await?;
        }
    }

    /// The command that ends it.
    pub(super) fn end(&self, closing: Closing) -> ThreadCommand {
        let Closing {
            ending,
            end,
            verdict,
            ..
        } = closing;
        // The actor knows whose turn is next, and how its context is chosen.
        let next = self.started.context.clone();
        match ending {
            Ending::Completed => ThreadCommand::CompleteReply(end, verdict, next),
            Ending::Failed => ThreadCommand::FailReply(end, verdict, next),
            Ending::Interrupted => ThreadCommand::InterruptReply(end, verdict, next),
            Ending::Stopped | Ending::Dropped | Ending::Elsewhere => {
                ThreadCommand::StopReply(end, verdict, next)
            }
        }
    }
}

/// The passages that fit the question; an error is the answer's.
async fn notes(
    services: &Services,
    feed: &Feed,
    grounding: &Grounding,
    question: &str,
) -> Result<Result<Notes, ProviderError>, Ending> {
    let mut pause = Duration::from_millis(50);
    for _ in 0..LOOKS {
        let retrieved = services
            .retriever
            .retrieve(grounding.clone(), question.to_owned());
        match retrieved.await {
            Ok(found) => return Ok(Ok(Notes::of(&services.moderation, found).await)),
            Err(error) => {
                tracing::warn!(error, "no passages could be looked for; trying again");
            }
        }
        wait(services, feed, &mut pause).await?;
    }
    Ok(Err(ProviderError::Misconfigured {
        provider: "documents".to_owned(),
        what: "they cannot be looked through at the moment".to_owned(),
    }))
}
