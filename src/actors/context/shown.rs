//! The messages chosen for a turn, and how many of them each provider is shown.

use aggregates::thread::Route;

use crate::providers::{Message, ProviderError, Request, Role, Tokenizer};

/// See the module.
#[derive(Debug)]
pub(in crate::actors) struct Shown {
    /// With their places, the message to be answered first, then the newest.
    chosen: Vec<(u64, Message)>,
    limits: Vec<Limit>,
}

/// How much a provider is shown.
#[derive(Debug)]
pub(super) struct Limit {
    /// `None`: whoever it is.
    provider: Option<String>,
    tokenizer: Tokenizer,
    budget: u64,
    spent: u64,
    /// So many of the chosen.
    taken: usize,
    full: bool,
}

impl Limit {
    pub(super) fn new(provider: &str, tokenizer: Tokenizer, budget: u64) -> Self {
        Self {
            provider: Some(provider.to_owned()),
            tokenizer,
            budget,
            spent: 0,
            taken: 0,
            full: false,
        }
    }

    /// The same for all, as the rule `recent-1` had it.
    pub(super) fn of_old(budget: u64) -> Self {
        Self {
            provider: None,
            ..Self::new("", Tokenizer::Quarter, budget)
        }
    }

    fn is_of_old(&self) -> bool {
        self.provider.is_none()
    }

    /// Takes the next of the chosen, the first one in any case.
    fn take(&mut self, message: &Message) {
        if self.full {
            return;
        }
        let cost = self.tokenizer.cost(&message.text, message.images.len());
        let fits = self.spent + cost <= self.budget;
        if fits || self.taken == 0 {
            self.spent += cost;
            self.taken += 1;
        }
        self.full = !fits;
    }

    /// Whether the message alone is more than there is room for.
    fn is_exceeded(&self) -> bool {
        self.spent > self.budget && !self.is_of_old()
    }
}

impl Shown {
    pub(super) fn of(limits: Vec<Limit>) -> Self {
        Self {
            chosen: vec![],
            limits,
        }
    }

    /// Whether counting takes so long that others would feel it.
    pub(super) fn is_slow(&self) -> bool {
        self.limits.iter().any(|limit| limit.tokenizer.is_slow())
    }

    /// Offers the next older message to all; `false` when nobody has room for another.
    pub(super) fn add(&mut self, index: u64, message: Message) -> bool {
        let first = self.chosen.is_empty();
        let before = self.taken();
        for limit in &mut self.limits {
            limit.take(&message);
        }
        if first || self.taken() > before {
            self.chosen.push((index, message));
        }
        self.limits.iter().any(|limit| !limit.full)
    }

    fn taken(&self) -> usize {
        let taken = self.limits.iter().map(|limit| limit.taken);
        taken.max().unwrap_or_default()
    }

    fn limit(&self, provider: &str) -> Option<&Limit> {
        self.limits.iter().find(|limit| {
            let named = limit.provider.as_deref();
            named.is_none_or(|named| named == provider)
        })
    }

    /// What a provider is shown, oldest first.
    fn to(&self, provider: &str) -> Vec<&(u64, Message)> {
        let limit = self.limit(provider);
        let taken = limit.map_or(1, |limit| limit.taken).min(self.chosen.len());
        let mut shown: Vec<_> = self.chosen[..taken].iter().collect();
        shown.sort_by_key(|(index, _)| *index);
        if limit.is_some_and(|limit| limit.full && !limit.is_of_old()) {
            // An answer whose question is left out for want of room explains little.
            let answers = shown.iter();
            let answers = answers.take_while(|(_, message)| message.role == Role::Assistant);
            shown.drain(..answers.count());
        }
        shown
    }

    /// What a provider is asked.
    ///
    /// # Errors
    /// When the message alone is more than it reads.
    pub(in crate::actors) fn request(
        &self,
        route: &Route,
        system: Option<String>,
    ) -> Result<Request, ProviderError> {
        if let Some(limit) = self.limit(&route.provider)
            && limit.is_exceeded()
        {
            return Err(ProviderError::TooLong {
                provider: route.provider.clone(),
                tokens: limit.spent,
                limit: limit.budget,
            });
        }
        let messages = self.to(&route.provider).into_iter();
        Ok(Request {
            system,
            messages: messages.map(|(_, message)| message.clone()).collect(),
            ..Request::default()
        })
    }

    /// How many earlier messages a provider is shown, and the place of the oldest of all.
    pub(in crate::actors) fn extent(&self, provider: &str) -> (u32, Option<u64>) {
        if self.limit(provider).is_some_and(Limit::is_exceeded) {
            return (0, None);
        }
        let shown = self.to(provider);
        let earlier = shown.len().saturating_sub(1);
        (
            u32::try_from(earlier).unwrap_or(u32::MAX),
            shown.first().map(|(index, _)| *index),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(provider: &str) -> Route {
        Route {
            provider: provider.to_owned(),
            model: "m".to_owned(),
        }
    }

    fn texts(shown: &Shown, provider: &str) -> Vec<String> {
        let request = shown.request(&route(provider), None).unwrap_or_default();
        let messages = request.messages.into_iter();
        messages.map(|message| message.text).collect()
    }

    /// Messages of one token each, so five with the frame; the newest has the place 7.
    fn shown() -> Shown {
        let limit = |name, budget| Limit::new(name, Tokenizer::O200k, budget);
        let mut shown = Shown::of(vec![
            limit("wide", 30),
            limit("narrow", 17),
            limit("tiny", 4),
        ]);
        let mut more = true;
        for (index, text) in [
            (7, "g"),
            (6, "f"),
            (5, "e"),
            (4, "d"),
            (3, "c"),
            (2, "b"),
            (1, "a"),
        ] {
            assert!(more, "asked for more than anybody has room for");
            let message = match index % 2 {
                1 => Message::user(text),
                _ => Message::assistant(text),
            };
            more = shown.add(index, message);
        }
        assert!(!more);
        shown
    }

    #[test]
    fn each_provider_is_shown_as_much_as_it_reads_beginning_with_a_question() {
        let shown = shown();
        assert_eq!(texts(&shown, "wide"), ["c", "d", "e", "f", "g"]);
        assert_eq!(shown.extent("wide"), (4, Some(3)));
        assert_eq!(texts(&shown, "narrow"), ["e", "f", "g"]);
        assert_eq!(shown.extent("narrow"), (2, Some(5)));
    }

    #[test]
    fn a_provider_for_whom_the_message_alone_is_too_much_is_not_asked() {
        let shown = shown();
        let error = shown.request(&route("tiny"), None).err();
        let expected = ProviderError::TooLong {
            provider: "tiny".to_owned(),
            tokens: 5,
            limit: 4,
        };
        assert_eq!(error, Some(expected));
        assert_eq!(shown.extent("tiny"), (0, None));
    }

    #[test]
    fn a_provider_that_reads_no_history_is_shown_the_message_only() {
        assert_eq!(texts(&shown(), "echo"), ["g"]);
        let mut only = Shown::of(vec![]);
        assert!(!only.add(3, Message::user("only")));
        assert_eq!(texts(&only, "echo"), ["only"]);
        assert_eq!(only.extent("echo"), (0, Some(3)));
    }
}
