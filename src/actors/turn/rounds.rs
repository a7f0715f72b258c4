//! What a model has looked up in the middle of its answer, round by round. Each call is an event before anything leaves
//! the server, and what came of it is one before the model is told.

use std::{sync::Arc, time::Duration};

use aggregates::thread::{
    ContextRule, Refusal, Route, ThreadCommand, ToolAnswered, ToolCalled, ToolName, Tools,
};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::wait;
use crate::{
    actors::{
        Directory, Services,
        feed::{Ending, Feed, Lookup},
        lookups::{self, Checked, NO_MORE, Told},
        messages::{CommandError, Origin},
    },
    providers::{ProviderError, Request, Round, Run, Tool, ToolCall, tokens},
    tools::Outcome,
};

/// Rounds of one turn: after these a model has to answer with what it has.
const MOST_ROUNDS: usize = 5;
/// Calls of one round; what is called beyond is not heard.
const MOST_AT_ONCE: usize = 8;
/// Tokens that the descriptions of the tools take.
const DESCRIPTIONS: u64 = 512;

/// What a provider is asked without tools.
pub(super) type Ask = Arc<dyn Fn(&Route) -> Result<Request, ProviderError> + Send + Sync>;

/// See the module.
pub(super) struct Rounds {
    tools: Vec<Tool>,
    ask: Ask,
    /// Tokens that are left for what is said, called and found.
    room: u64,
    made: Vec<Round>,
    calls: u32,
    /// It has called although it was told not to: nothing is offered any more.
    plainly: bool,
}

/// What a model said before it called, as it is kept, and what it called.
pub(super) struct Wanted {
    pub(super) route: Route,
    pub(super) text: String,
    pub(super) thoughts: String,
    pub(super) calls: Vec<ToolCall>,
}

/// Why a round does not lead to another one.
enum Broken {
    /// The turn is over.
    Ends(Ending),
    /// The answer has failed.
    Fails(ProviderError),
}

impl From<Ending> for Broken {
    fn from(ending: Ending) -> Self {
        Self::Ends(ending)
    }
}

impl Rounds {
    pub(super) fn new(tools: Vec<Tool>, rule: &ContextRule, ask: Ask) -> Self {
        let budgets = rule.limits.iter().map(|limit| limit.budget_tokens);
        let least = budgets.min().unwrap_or(rule.budget_tokens);
        Self {
            tools,
            ask,
            room: lookups::room_beside(least).saturating_sub(DESCRIPTIONS),
            made: vec![],
            calls: 0,
            plainly: false,
        }
    }

    /// What the record says that there was.
    pub(super) fn offered(&self) -> Tools {
        lookups::recorded(&self.tools, self.plainly)
    }

    /// Nothing more is looked up.
    pub(super) fn are_over(&self) -> bool {
        self.made.len() >= MOST_ROUNDS || self.room == 0
    }

    /// Asks this provider, and those after it, with all that was found up to now.
    pub(super) fn run(&self, services: &Services, route: &Route) -> Run {
        let (ask, tools, rounds) = (Arc::clone(&self.ask), self.tools.clone(), self.made.clone());
        let (providers, over) = (Arc::clone(&services.providers), self.are_over());
        let plainly = self.plainly;
        services.providers.run_each(route, move |route| {
            let request = ask(route)?;
            let provider = providers.get(&route.provider);
            if !provider.is_some_and(|provider| provider.calls_tools()) {
                return Ok(request);
            }
            if plainly {
                return Ok(lookups::with_found(request, &rounds));
            }
            Ok(Request {
                without_calls: over,
                tools: tools.clone(),
                rounds: rounds.clone(),
                ..lookups::with_rules(request)
            })
        })
    }

    /// Does what a model wants, and asks it again.
    pub(super) async fn next(
        &mut self,
        directory: &Directory,
        feed: &Feed,
        wanted: Wanted,
    ) -> Result<Run, Ending> {
        let route = wanted.route.clone();
        if self.are_over() {
            if self.plainly {
                let provider = route.provider;
                return Ok(Run::failed(ProviderError::TooManyRounds { provider }));
            }
            // Not everybody heeds that nothing is to be called; where nothing is offered, there is nothing to call.
            self.plainly = true;
            return Ok(self.run(directory.services(), &route));
        }
        match self.round(directory, feed, wanted).await {
            Ok(round) => self.made.push(round),
            Err(Broken::Ends(ending)) => return Err(ending),
            Err(Broken::Fails(error)) => return Ok(Run::failed(error)),
        }
        if self.are_over()
            && let Some((_, told)) = self.made.last_mut().and_then(|last| last.calls.last_mut())
        {
            told.push_str(NO_MORE);
        }
        Ok(self.run(directory.services(), &route))
    }

    async fn round(
        &mut self,
        directory: &Directory,
        feed: &Feed,
        wanted: Wanted,
    ) -> Result<Round, Broken> {
        let services = directory.services();
        let round = u32::try_from(self.made.len() + 1).unwrap_or(u32::MAX);
        self.take(&wanted.text);
        self.take(&wanted.thoughts);
        let mut checked = vec![];
        for call in wanted.calls.into_iter().take(MOST_AT_ONCE) {
            let one = Checked::of(&services.moderation, &call, &self.tools).await;
            let number = self.calls + 1;
            let called = ToolCalled {
                turn: feed.turn,
                call: number,
                round,
                tool: one.tool,
                route: wanted.route.clone(),
                arguments: one.arguments.clone(),
                label: one.label.clone(),
                verdict: one.verdict.clone(),
            };
            record(directory, feed, ThreadCommand::CallTool(called)).await?;
            self.calls = number;
            self.take(&one.arguments);
            feed.looks_up(Lookup {
                call: number,
                tool: one.tool,
                label: one.label.clone(),
            });
            checked.push((number, call, one));
        }
        let granting = join_all(checked.iter().map(|(_, _, one)| grant(services, one)));
        let outcomes = tokio::select! {
            biased;
            ending = feed.told_to_end() => return Err(ending.into()),
            () = services.interrupt.cancelled() => return Err(Ending::Interrupted.into()),
            outcomes = granting => outcomes,
        };
        let mut calls = vec![];
        for ((number, call, one), (outcome, duration)) in checked.into_iter().zip(outcomes) {
            let told = Told::of(&services.moderation, outcome, &mut self.room).await;
            count(one.tool, told.done);
            let answered = ToolAnswered {
                turn: feed.turn,
                call: number,
                done: told.done,
                result: told.text.clone(),
                duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
                verdict: told.verdict,
                kept_back: told.kept_back,
            };
            record(directory, feed, ThreadCommand::AnswerTool(answered)).await?;
            feed.looked_up(number);
            calls.push((call.named(number, one.arguments), told.text));
        }
        Ok(Round {
            route: wanted.route,
            text: wanted.text,
            thoughts: wanted.thoughts,
            calls,
        })
    }

    /// There is less room.
    fn take(&mut self, text: &str) {
        self.room = self.room.saturating_sub(tokens(text));
    }
}

async fn grant(services: &Services, checked: &Checked) -> (Outcome, Duration) {
    let began = Instant::now();
    let outcome = match &checked.wish {
        Ok(wish) => services.tools.grant(wish).await,
        Err(why) => Outcome {
            done: false,
            found: vec![why.clone()],
        },
    };
    (outcome, began.elapsed())
}

fn count(tool: ToolName, done: bool) {
    let outcome = if done { "done" } else { "failed" };
    metrics::counter!("colloquy_tool_calls_total", "tool" => tool.as_str(), "outcome" => outcome)
        .increment(1);
}

/// Has something of a turn recorded while it goes on: says it until the log has taken it.
async fn record(directory: &Directory, feed: &Feed, command: ThreadCommand) -> Result<(), Broken> {
    let (origin, mut pause) = (Origin::server(), Duration::from_millis(50));
    loop {
        let executed = directory.execute(feed.thread, command.clone(), origin.clone());
        match executed.await {
            Ok(_) => return Ok(()),
            Err(CommandError::Refused(Refusal::NoMoreCalls)) => return Err(Ending::Stopped.into()),
            // Somebody believed us dead and closed the turn, or the conversation was erased.
            Err(CommandError::Refused(_)) => return Err(Ending::Elsewhere.into()),
            Err(
                error @ (CommandError::Fault(_) | CommandError::TooLarge | CommandError::LongAgo),
            ) => {
                tracing::error!(%error, "what a model looks up could not be recorded");
                return Err(Broken::Fails(ProviderError::Unrecorded));
            }
            Err(CommandError::Overloaded | CommandError::Unavailable) => {}
        }
        wait(directory.services(), feed, &mut pause).await?;
    }
}
