//! A server's inside without its edge: actors over a log, a model that plays a script, and people who talk.

use std::{collections::BTreeMap, pin::Pin, sync::Arc, task::Poll, time::Duration};

use aggregates::{
    CommandId, Decide, MessageId, ThreadId, TurnId, UserId,
    case::Decision,
    thread::{
        Dialect, Grounding, Opening, ReplyEnd, Ruling, SendMessage, StopReason, Thread,
        ThreadCommand, ThreadEvent, TurnOptions, TurnPolicy,
    },
};
use colloquy::{
    actors::{
        CommandError, Directory, DocumentModels, Done, Feeds, Ingests, Origin, Retrieve, Retrieved,
        Services, Settings,
    },
    config::{Networks, WebSettings},
    ingestion::Ingestion,
    moderation::{self, Moderation},
    providers::{self, Kind, ProviderConfig, Providers, Retries},
    shutdown::Shutdown,
    store::{Bell, Commit, Committer, Drafts, NewEvent, Store, StoreConfig},
    tools::Tools,
};
use cqrs_es::Aggregate;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{follower::Reader, stage::Stage};
pub(crate) use crate::support::look_again;
use crate::support::scripted::{Reply, Scripted};

/// What the world is made of; the rest is as everywhere.
pub(crate) struct Plan {
    /// What the model answers, call by call.
    pub(crate) script: Vec<Reply>,
    pub(crate) passivate_after: Duration,
    pub(crate) context_budget: u64,
    /// The model sees images.
    pub(crate) vision: bool,
    /// Another way to the database.
    pub(crate) config: Option<StoreConfig>,
    /// Who judges; nobody, where it is not about that: every piece of a text leaves as it comes then.
    pub(crate) moderation: Moderation,
    /// What the model may have called; nothing, where it is not about that.
    pub(crate) tools: Tools,
    /// The node, when it is to be the same again.
    pub(crate) node: Uuid,
}

impl Plan {
    /// A model that answers so.
    pub(crate) fn of(script: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            script: script.into_iter().collect(),
            passivate_after: Duration::from_secs(600),
            context_budget: 10_000,
            vision: false,
            config: None,
            moderation: nobody(),
            tools: nothing(),
            node: Uuid::now_v7(),
        }
    }
}

/// Here nobody asks about documents.
struct NoDocuments;

impl Retrieve for NoDocuments {
    fn retrieve(
        &self,
        _grounding: Grounding,
        _question: String,
    ) -> BoxFuture<'static, Result<Retrieved, String>> {
        Box::pin(std::future::ready(Ok(Retrieved::default())))
    }
}

/// See the module.
pub(crate) struct World {
    pub(crate) directory: Directory,
    pub(crate) services: Services,
    pub(crate) store: Store,
    pub(crate) upstream: Scripted,
    pub(crate) owner: UserId,
}

impl World {
    /// A model that answers so, on this stage.
    pub(crate) async fn on(stage: &Stage, script: impl IntoIterator<Item = Reply>) -> Self {
        Self::of(stage, Plan::of(script)).await
    }

    pub(crate) async fn of(stage: &Stage, plan: Plan) -> Self {
        let config = plan.config.unwrap_or_else(|| stage.database.config());
        let store = Store::open(&config).await.unwrap();
        let shutdown = Shutdown::default();
        let upstream = Scripted::start(plan.script).await;
        let boot = Uuid::now_v7();
        store.register_node(plan.node, boot).await.unwrap();
        let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
        let services = Services {
            store: store.clone(),
            committer: committer.clone(),
            drafts: Drafts::start(store.clone(), &shutdown),
            providers: Arc::new(providers_before(&upstream, plan.vision)),
            moderation: plan.moderation,
            ingests: Ingests::new(
                store.clone(),
                committer,
                Ingestion::new().unwrap(),
                DocumentModels::default(),
                boot,
                shutdown.clone(),
            ),
            retriever: Arc::new(NoDocuments),
            tools: plan.tools,
            shutdown,
            feeds: Feeds::default(),
            node: plan.node,
            boot,
            interrupt: CancellationToken::new(),
            settings: Settings {
                passivate_after: plan.passivate_after,
                context_budget: Some(plan.context_budget),
            },
        };
        Self {
            directory: Directory::start(services.clone(), stage.arbiters.clone()),
            services,
            store,
            upstream,
            owner: UserId(Uuid::now_v7()),
        }
    }

    /// Looks after nothing any more: no turn without an owner, no idle actor.
    pub(crate) fn leaves(&self) {
        self.services.shutdown.begin();
    }

    /// Carries out a command under an id of its own.
    pub(crate) async fn execute(
        &self,
        thread: ThreadId,
        command: ThreadCommand,
    ) -> Result<Done, CommandError> {
        let origin = Origin::user(self.owner);
        self.directory.execute(thread, command, origin).await
    }

    /// A message with ids of its own; it waits for a running reply.
    pub(crate) fn message(&self, text: &str) -> SendMessage {
        let route = self.directory.route("default").unwrap();
        SendMessage {
            opening: Some(Opening {
                owner: self.owner,
                dialect: Dialect::Assistant,
                reference: None,
                channel: None,
                name: None,
            }),
            message: MessageId(Uuid::now_v7()),
            turn: TurnId(Uuid::now_v7()),
            text: text.to_owned(),
            judged: None,
            attachments: vec![],
            context: self.directory.context_rule(&route, &TurnOptions::default()),
            route,
            options: TurnOptions::default(),
            policy: TurnPolicy::Queue,
            archived_is_readonly: false,
        }
    }

    /// Says something; the turn that answers it.
    pub(crate) async fn say(&self, thread: ThreadId, text: &str) -> TurnId {
        let message = self.message(text);
        let turn = message.turn;
        self.execute(thread, ThreadCommand::Send(message))
            .await
            .unwrap();
        turn
    }

    /// Wishes for another answer, and says this with the wish; the turn that makes it.
    pub(crate) async fn say_again(&self, thread: ThreadId, said: Option<&str>) -> TurnId {
        let SendMessage {
            turn,
            route,
            options,
            context,
            ..
        } = self.message("");
        let said = said.map(str::to_owned);
        let reload = ThreadCommand::Reload {
            turn,
            route,
            options,
            context,
            said,
            judged: None,
        };
        self.execute(thread, reload).await.unwrap();
        turn
    }

    /// A moderator redacts what was said under this id.
    pub(crate) async fn redact(&self, thread: ThreadId, message: MessageId) {
        let ruling = Ruling::Decided {
            decision: Decision::Redact,
            instead_of: None,
            reason: "It quotes somebody.".to_owned(),
            policy: None,
        };
        let command = CommandId(Uuid::now_v7());
        self.directory
            .review(thread, message, self.owner, ruling, command)
            .await
            .unwrap();
    }

    /// Says something, and reads the answer to its end.
    pub(crate) async fn converse(&self, thread: ThreadId, text: &str) -> ReplyEnd {
        let turn = self.say(thread, text).await;
        self.end_of(thread, turn).await
    }

    pub(crate) async fn stop(&self, thread: ThreadId) -> Done {
        let stop = ThreadCommand::RequestStop {
            turn: None,
            reason: StopReason::Asked,
        };
        self.execute(thread, stop).await.unwrap()
    }

    /// Gives the thread a name; a command that costs no turn.
    pub(crate) async fn rename(&self, thread: ThreadId, name: &str) -> Result<Done, CommandError> {
        self.execute(thread, rename(name)).await
    }

    /// Another node changes the thread, and this one's actor has not heard of it.
    pub(crate) async fn somebody_else_does(
        &self,
        thread: ThreadId,
        commands: impl IntoIterator<Item = ThreadCommand>,
    ) {
        let id = thread.to_string();
        let (mut state, sequence) = self.store.load::<Thread>(&id).await.unwrap();
        let (epoch, mut events) = (state.erasures(), vec![]);
        for command in commands {
            for event in state.decide(command).unwrap() {
                events.push(NewEvent::of(&event).unwrap());
                state.apply(event);
            }
        }
        let commit = Commit {
            command_id: Uuid::now_v7(),
            fingerprint: None,
            aggregate_type: "thread",
            aggregate_id: id,
            expected: sequence,
            epoch,
            events,
            metadata: "{}".to_owned(),
            reserve: vec![],
            release: vec![],
            turns: vec![],
        };
        self.services.committer.commit(commit).await.unwrap();
    }

    /// The command that opens a thread.
    pub(crate) fn opening(&self) -> ThreadCommand {
        ThreadCommand::Open(self.message("").opening.unwrap())
    }

    /// An open thread without messages.
    pub(crate) async fn thread(&self) -> ThreadId {
        let thread = ThreadId(Uuid::now_v7());
        self.execute(thread, self.opening()).await.unwrap();
        thread
    }

    /// A follower of a turn that waits or runs here, from its beginning.
    pub(crate) fn follow(&self, turn: TurnId) -> Reader {
        Reader::new(self.directory.feed(turn).expect("nothing to follow"), 0, 0)
    }

    /// What has happened to a thread.
    pub(crate) async fn events(&self, thread: ThreadId) -> Vec<ThreadEvent> {
        let id = thread.to_string();
        let mut events = vec![];
        loop {
            let after = events.len() as u64;
            let page = self.store.read_stream("thread", &id, after, 500).await;
            let page = page.unwrap();
            if page.is_empty() {
                return events;
            }
            let parsed = page
                .iter()
                .map(|recorded| serde_json::from_str(&recorded.payload).unwrap());
            events.extend(parsed);
        }
    }

    /// What has happened to a thread, once `enough` is true of it.
    pub(crate) async fn events_when(
        &self,
        thread: ThreadId,
        enough: impl Fn(&[ThreadEvent]) -> bool,
    ) -> Vec<ThreadEvent> {
        loop {
            let events = self.events(thread).await;
            if enough(&events) {
                return events;
            }
            look_again().await;
        }
    }

    /// How a turn ended, once it has.
    pub(crate) async fn end_of(&self, thread: ThreadId, turn: TurnId) -> ReplyEnd {
        let events = self
            .events_when(thread, |events| ending(events, turn).is_some())
            .await;
        ending(&events, turn).unwrap().1.clone()
    }

    /// Long enough for everything that could be done meanwhile, by many round trips to the database.
    pub(crate) async fn meanwhile(&self) {
        for _ in 0..100 {
            self.store.head().await.unwrap();
        }
    }

    /// The texts that the model was shown in its `nth` call, from 0; without the system's.
    pub(crate) async fn shown(&self, nth: usize) -> Vec<String> {
        self.upstream.wait_for_requests(nth + 1).await;
        let request = self.upstream.received()[nth].body.clone();
        let messages = request["messages"].as_array().unwrap();
        messages
            .iter()
            .filter(|message| message["role"] != "system")
            .map(|message| message["content"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Nobody judges anything.
fn nobody() -> Moderation {
    Moderation::new(moderation::Settings {
        off: true,
        ..moderation::Settings::default()
    })
    .unwrap()
}

/// Nothing can be called.
fn nothing() -> Tools {
    let settings = WebSettings {
        search: None,
        fetch: false,
        networks: Networks::Public,
    };
    Tools::new(&settings, &providers::client().unwrap()).unwrap()
}

/// The command that gives a thread a name.
pub(crate) fn rename(name: &str) -> ThreadCommand {
    ThreadCommand::Rename {
        name: name.to_owned(),
        generated: false,
    }
}

/// The names that a thread was given, in order.
pub(crate) fn given_names(events: &[ThreadEvent]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| match event {
            ThreadEvent::Renamed { name, .. } => Some(name.clone()),
            _ => None,
        })
        .collect()
}

/// The event that ended a turn, by its name, and what it says.
pub(crate) fn ending(events: &[ThreadEvent], turn: TurnId) -> Option<(&'static str, &ReplyEnd)> {
    events.iter().find_map(|event| match event {
        ThreadEvent::ReplyCompleted(end)
        | ThreadEvent::ReplyFailed(end)
        | ThreadEvent::ReplyStopped(end)
        | ThreadEvent::ReplyInterrupted(end)
            if end.turn == turn =>
        {
            Some((event.name(), end))
        }
        _ => None,
    })
}

/// The replies that have begun, in order.
pub(crate) fn begun(events: &[ThreadEvent]) -> Vec<&aggregates::thread::ReplyStarted> {
    events
        .iter()
        .filter_map(|event| match event {
            ThreadEvent::ReplyStarted(started) => Some(started),
            _ => None,
        })
        .collect()
}

/// Waits until `true`, looking often.
pub(crate) async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        look_again().await;
    }
}

/// Lets `work` go on as far as it can at once; whether it has ended.
pub(crate) async fn has_ended<F: Future>(work: &mut Pin<Box<F>>) -> bool {
    std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_ready())).await
}

fn providers_before(upstream: &Scripted, vision: bool) -> Providers {
    let model = ProviderConfig {
        base_url: Some(format!("{}/v1", upstream.url())),
        vision: Some(vision),
        ..ProviderConfig::new(Kind::Custom, "scripted")
    };
    let settings = providers::Settings {
        providers: BTreeMap::from([("model".to_owned(), model)]),
        default_provider: "model".to_owned(),
        fallback: vec![],
        retries: Retries {
            tries: 1,
            ..Retries::default()
        },
        ..providers::Settings::default()
    };
    Providers::new(&settings, &providers::client().unwrap()).unwrap()
}
