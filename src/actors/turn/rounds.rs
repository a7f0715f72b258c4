//! What a model has looked up in the middle of its answer, round by round. Each call is an event before anything leaves
//! the server, and what came of it is one before the model is told.

use std::{sync::Arc, time::Duration};

use aggregates::thread::{
    ContextRule, Refusal, Route, ThreadCommand, ToolAnswered, ToolCalled, ToolName,
};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::wait;
use crate::{
    actors::{
        Directory, Services,
        feed::{Ending, Feed, Lookup},
        lookups::{self, Asked, Told},
        messages::{CommandError, Origin},
    },
    providers::{ProviderError, Request, Round, Run, Tool, ToolCall},
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
    /// Tokens that are left for what is found.
    room: u64,
    made: Vec<Round>,
    calls: u32,
}

/// What a model said before it called, and what it called.
pub(super) struct Wanted {
    pub(super) route: Route,
    pub(super) said: String,
    pub(super) calls: Vec<ToolCall>,
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
        }
    }

    /// What the record says that there was.
    pub(super) fn offered(&self) -> aggregates::thread::Tools {
        lookups::recorded(&self.tools)
    }

    /// Asks this provider, and those after it, with all that was found up to now.
    pub(super) fn run(&self, services: &Services, route: &Route) -> Run {
        let (ask, tools, rounds) = (Arc::clone(&self.ask), self.tools.clone(), self.made.clone());
        services.providers.run_each(route, move |route| {
            Ok(Request {
                without_calls: rounds.len() >= MOST_ROUNDS,
                tools: tools.clone(),
                rounds: rounds.clone(),
                ..lookups::with_rules(ask(route)?)
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
        let services = directory.services();
        if self.made.len() >= MOST_ROUNDS {
            let provider = wanted.route.provider;
            return Ok(Run::failed(ProviderError::TooManyRounds { provider }));
        }
        let begun = self.calls;
        let done = self.round(directory, feed, &wanted).await;
        // Whatever has become of them, followers are told that nothing is looked up any more.
        feed.looked_up(begun..self.calls);
        match done? {
            Ok(round) => self.made.push(round),
            Err(error) => return Ok(Run::failed(error)),
        }
        Ok(self.run(services, &wanted.route))
    }

    async fn round(
        &mut self,
        directory: &Directory,
        feed: &Feed,
        wanted: &Wanted,
    ) -> Result<Result<Round, ProviderError>, Ending> {
        let services = directory.services();
        let recorder = Recorder { directory, feed };
        let round = u32::try_from(self.made.len() + 1).unwrap_or(u32::MAX);
        let mut asked = vec![];
        for call in wanted.calls.iter().take(MOST_AT_ONCE) {
            let one = Asked::of(&services.moderation, &call.name, &call.arguments);
            let called = ToolCalled {
                turn: feed.turn,
                call: self.calls + 1,
                round,
                tool: one.tool,
                route: wanted.route.clone(),
                arguments: one.arguments.clone(),
                label: one.label.clone(),
                verdict: one.verdict.clone(),
            };
            if let Err(error) = recorder.record(ThreadCommand::CallTool(called)).await? {
                return Ok(Err(error));
            }
            self.calls += 1;
            feed.looks_up(Lookup {
                call: self.calls,
                tool: one.tool,
                label: one.label.clone(),
            });
            asked.push((self.calls, one));
        }
        let granting = join_all(asked.iter().map(|(_, one)| grant(services, one)));
        let outcomes = tokio::select! {
            biased;
            () = feed.stop.cancelled() => return Err(Ending::Stopped),
            () = services.interrupt.cancelled() => return Err(Ending::Interrupted),
            outcomes = granting => outcomes,
        };
        let mut calls = vec![];
        for (((number, one), outcome), call) in asked.iter().zip(outcomes).zip(&wanted.calls) {
            let (outcome, duration) = outcome;
            let told = Told::of(&services.moderation, outcome, &mut self.room).await;
            let answered = ToolAnswered {
                turn: feed.turn,
                call: *number,
                done: told.done,
                result: told.text.clone(),
                duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
                verdict: told.verdict,
                kept_back: told.kept_back,
            };
            count(one.tool, told.done);
            if let Err(error) = recorder.record(ThreadCommand::AnswerTool(answered)).await? {
                return Ok(Err(error));
            }
            feed.looked_up(number - 1..*number);
            let call = ToolCall {
                id: match call.id.is_empty() {
                    true => format!("call_{number}"),
                    false => call.id.clone(),
                },
                arguments: one.arguments.clone(),
                ..call.clone()
            };
            calls.push((call, told.text));
        }
        Ok(Ok(Round {
            text: wanted.said.clone(),
            calls,
        }))
    }
}

async fn grant(services: &Services, asked: &Asked) -> (Outcome, Duration) {
    let began = Instant::now();
    let outcome = match &asked.wish {
        Ok(wish) => services.tools.grant(wish).await,
        Err(why) => Outcome {
            done: false,
            text: why.clone(),
        },
    };
    (outcome, began.elapsed())
}

fn count(tool: ToolName, done: bool) {
    let outcome = if done { "done" } else { "failed" };
    metrics::counter!("colloquy_tool_calls_total", "tool" => tool.as_str(), "outcome" => outcome)
        .increment(1);
}

/// Has something of a turn recorded while it goes on.
struct Recorder<'t> {
    directory: &'t Directory,
    feed: &'t Feed,
}

impl Recorder<'_> {
    /// Until the log has taken it; an error is the answer's.
    async fn record(&self, command: ThreadCommand) -> Result<Result<(), ProviderError>, Ending> {
        let (origin, mut pause) = (Origin::server(), Duration::from_millis(50));
        loop {
            let executed =
                self.directory
                    .execute(self.feed.thread, command.clone(), origin.clone());
            match executed.await {
                Ok(_) => return Ok(Ok(())),
                Err(CommandError::Refused(Refusal::NoMoreCalls)) => return Err(Ending::Stopped),
                // Somebody believed us dead and closed the turn, or the conversation was erased.
                Err(CommandError::Refused(_)) => return Err(Ending::Elsewhere),
                Err(
                    error @ (CommandError::Fault(_)
                    | CommandError::TooLarge
                    | CommandError::LongAgo),
                ) => {
                    tracing::error!(%error, "what a model looks up could not be recorded");
                    return Ok(Err(ProviderError::Unrecorded));
                }
                Err(CommandError::Overloaded | CommandError::Unavailable) => {}
            }
            wait(self.directory.services(), self.feed, &mut pause).await?;
        }
    }
}
