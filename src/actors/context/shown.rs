//! The messages chosen for a turn, and how many of them each provider is shown.

use aggregates::{
    BlobId, MessageId, TurnId,
    thread::{Attachment, MessageSent, Route},
};

use crate::{
    providers::{Image, Message, ProviderError, Request, Role, Tokenizer},
    store::{Store, StoreError},
};

/// See the module.
#[derive(Debug)]
pub(in crate::actors) struct Shown {
    /// The message to be answered first, then the newest.
    chosen: Vec<Candidate>,
    limits: Vec<Limit>,
}

/// A message that may be shown.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Its place.
    pub(super) index: u64,
    /// Under which id it was said.
    pub(super) id: MessageId,
    pub(super) message: Message,
    attachments: Vec<Attachment>,
    /// Of the first attachments, as many as anybody is shown; `None` for one that cannot be read any more.
    images: Vec<Option<Image>>,
}

impl Candidate {
    pub(super) fn sent(sent: MessageSent) -> Self {
        Self {
            index: sent.index,
            id: sent.message,
            message: Message::user(sent.text),
            attachments: sent.attachments,
            images: vec![],
        }
    }

    pub(super) fn answered(turn: TurnId, index: u64, text: String) -> Self {
        Self {
            index,
            id: turn.answer(),
            message: Message::assistant(text),
            attachments: vec![],
            images: vec![],
        }
    }

    /// With as many of its images.
    fn with_images(&self, count: usize) -> Message {
        let images = self.images.iter().take(count).flatten();
        Message {
            images: images.cloned().collect(),
            ..self.message.clone()
        }
    }
}

/// How much a provider is shown.
#[derive(Debug)]
pub(super) struct Limit {
    /// `None`: whoever it is.
    provider: Option<String>,
    tokenizer: Tokenizer,
    budget: u64,
    /// Images that are shown at most; 0: it sees none.
    most_images: u32,
    spent: u64,
    /// Of each of the chosen that is shown, how many images are, too.
    taken: Vec<usize>,
    full: bool,
}

impl Limit {
    pub(super) fn new(provider: &str, tokenizer: Tokenizer, budget: u64) -> Self {
        Self {
            provider: Some(provider.to_owned()),
            tokenizer,
            budget,
            most_images: 0,
            spent: 0,
            taken: vec![],
            full: false,
        }
    }

    /// The same for one that is shown so many images.
    pub(super) fn seeing(self, most_images: u32) -> Self {
        Self {
            most_images,
            ..self
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
    fn take(&mut self, candidate: &Candidate) {
        if self.full {
            return;
        }
        let seen: usize = self.taken.iter().sum();
        let images = (self.most_images as usize).saturating_sub(seen);
        let images = images.min(candidate.attachments.len());
        let cost = self.tokenizer.cost(&candidate.message.text, images);
        let fits = self.spent + cost <= self.budget;
        if fits || self.taken.is_empty() {
            self.spent += cost;
            self.taken.push(images);
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

    /// The message to be answered.
    pub(in crate::actors) fn asked(&self) -> &str {
        self.chosen
            .first()
            .map_or("", |asked| asked.message.text.as_str())
    }

    /// Whether counting takes so long that others would feel it.
    pub(super) fn is_slow(&self) -> bool {
        self.limits.iter().any(|limit| limit.tokenizer.is_slow())
    }

    /// Offers the next older message to all; `false` when nobody has room for another.
    pub(super) fn add(&mut self, candidate: Candidate) -> bool {
        let first = self.chosen.is_empty();
        let before = self.taken();
        for limit in &mut self.limits {
            limit.take(&candidate);
        }
        if first || self.taken() > before {
            self.chosen.push(candidate);
        }
        self.limits.iter().any(|limit| !limit.full)
    }

    fn taken(&self) -> usize {
        let taken = self.limits.iter().map(|limit| limit.taken.len());
        taken.max().unwrap_or_default()
    }

    /// Reads the images that somebody is shown.
    pub(super) async fn open_images(&mut self, store: &Store) -> Result<(), StoreError> {
        for (nth, chosen) in self.chosen.iter_mut().enumerate() {
            let limits = self.limits.iter();
            let wanted = limits.filter_map(|limit| limit.taken.get(nth)).max();
            let wanted = wanted.copied().unwrap_or_default();
            for attachment in &chosen.attachments[chosen.images.len()..wanted] {
                let bytes = store.blob(attachment).await?;
                chosen.images.push(bytes.map(|bytes| Image(bytes.into())));
            }
        }
        Ok(())
    }

    fn limit(&self, provider: &str) -> Option<&Limit> {
        self.limits.iter().find(|limit| {
            let named = limit.provider.as_deref();
            named.is_none_or(|named| named == provider)
        })
    }

    /// What a provider is shown, oldest first, each with how many of its images.
    pub(super) fn to(&self, provider: &str) -> Vec<(&Candidate, usize)> {
        let limit = self.limit(provider);
        let taken = limit.map_or(&[0][..], |limit| &limit.taken);
        let mut shown: Vec<_> = self.chosen.iter().zip(taken.iter().copied()).collect();
        shown.sort_by_key(|(candidate, _)| candidate.index);
        if limit.is_some_and(|limit| limit.full && !limit.is_of_old()) {
            // An answer whose question is left out for want of room explains little.
            let answers = shown.iter();
            let answers = answers.take_while(|(said, _)| said.message.role == Role::Assistant);
            shown.drain(..answers.count());
        }
        shown
    }

    /// Why a provider cannot be asked, as a sentence.
    pub(super) fn obstacle_of(&self, provider: &str) -> Option<String> {
        self.obstacle(provider).map(|obstacle| obstacle.to_string())
    }

    /// Why a provider cannot be asked.
    fn obstacle(&self, provider: &str) -> Option<ProviderError> {
        let limit = self.limit(provider);
        if let Some(limit) = limit
            && limit.is_exceeded()
        {
            return Some(ProviderError::TooLong {
                provider: provider.to_owned(),
                tokens: limit.spent,
                limit: limit.budget,
            });
        }
        let asked = self.chosen.first()?;
        if asked.attachments.is_empty() {
            return None;
        }
        match limit.and_then(|limit| limit.taken.first()) {
            None | Some(0) => Some(ProviderError::NoImages),
            Some(images) => {
                let mut images = asked.images.iter().take(*images);
                // Whoever is asked of an image answers nothing true without it.
                images
                    .any(Option::is_none)
                    .then_some(ProviderError::LostImage)
            }
        }
    }

    /// What a provider is asked.
    ///
    /// # Errors
    /// When the message alone is more than it reads, or it cannot see what it is asked of.
    pub(in crate::actors) fn request(
        &self,
        route: &Route,
        system: Option<String>,
    ) -> Result<Request, ProviderError> {
        if let Some(obstacle) = self.obstacle(&route.provider) {
            return Err(obstacle);
        }
        let messages = self.to(&route.provider).into_iter();
        Ok(Request {
            system,
            messages: messages
                .map(|(candidate, images)| candidate.with_images(images))
                .collect(),
            ..Request::default()
        })
    }

    /// How many earlier messages a provider is shown, and the place of the oldest of all.
    pub(in crate::actors) fn extent(&self, provider: &str) -> (u32, Option<u64>) {
        if self.obstacle(provider).is_some() {
            return (0, None);
        }
        let shown = self.to(provider);
        let earlier = shown.len().saturating_sub(1);
        (
            u32::try_from(earlier).unwrap_or(u32::MAX),
            shown.first().map(|(candidate, _)| candidate.index),
        )
    }

    /// The images that a provider is shown, oldest first.
    pub(in crate::actors) fn images(&self, provider: &str) -> Vec<BlobId> {
        if self.obstacle(provider).is_some() {
            return vec![];
        }
        let shown = self.to(provider).into_iter();
        let images = shown.flat_map(|(candidate, images)| {
            let attached = candidate.attachments.iter().zip(&candidate.images);
            attached.take(images)
        });
        images
            .filter(|(_, image)| image.is_some())
            .map(|(attachment, _)| attachment.blob)
            .collect()
    }
}

#[cfg(test)]
mod tests;
