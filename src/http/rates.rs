//! How often somebody may ask: limits a user, an address, and stricter ones for logins.
//!
//! Each is a leaky bucket (GCRA) for every key. What has been idle long enough to be full again is forgotten
//! by the housekeeping, so memory is bounded by what asked in the last minute.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use aggregates::UserId;
use dashmap::DashMap;
use governor::{
    DefaultKeyedRateLimiter, Quota,
    clock::{Clock, DefaultClock},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::address::Address;
use crate::{config, shutdown::Shutdown};

/// How many seconds' requests may come at once.
const BURST: u32 = 10;
/// What one address may use up of the logins to a name: others must get to theirs.
const SHARE: u32 = 3;
/// Passwords of one address that are checked, or wait to be, at the same time.
const PASSWORDS_AT_ONCE: usize = 4;
/// How often what is idle is forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// It was too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooOften {
    /// Seconds until the next one is taken.
    pub(crate) retry_after: u64,
}

/// All limits. Clones share them.
#[derive(Clone)]
pub struct Rates(Arc<Inner>);

struct Inner {
    users: Rate<UserId>,
    addresses: Rate<IpAddr>,
    login_addresses: Rate<IpAddr>,
    /// Names as hashes: what is tried may be long.
    login_names: Rate<u64>,
    /// One name from one address.
    guesses: Rate<u64>,
    passwords: DashMap<IpAddr, Arc<Semaphore>>,
    hasher: RandomState,
}

/// A place among those of one address whose passwords are checked; given back when dropped.
pub(crate) struct Turn {
    _place: Option<OwnedSemaphorePermit>,
}

impl Rates {
    /// As the operator chose them.
    #[must_use]
    pub fn new(limits: &config::Limits) -> Self {
        let name = limits.logins_per_user;
        Self(Arc::new(Inner {
            users: Rate::a_second(limits.requests_per_user),
            addresses: Rate::a_second(limits.requests_per_address),
            login_addresses: Rate::a_minute(limits.logins_per_address),
            login_names: Rate::a_minute(name),
            guesses: Rate::a_minute(name.div_ceil(SHARE)),
            passwords: DashMap::new(),
            hasher: RandomState::new(),
        }))
    }

    /// Somebody at this address asks for something.
    pub(crate) fn by_address(&self, address: Option<Address>) -> Result<(), TooOften> {
        address.map_or(Ok(()), |address| self.0.addresses.take(&address.network()))
    }

    /// This user asks for something.
    pub(crate) fn by_user(&self, user: UserId) -> Result<(), TooOften> {
        self.0.users.take(&user)
    }

    /// Somebody at this address says to be `username`, and has a password to be checked: waits until it is
    /// the address' turn.
    pub(crate) async fn login(
        &self,
        address: Option<Address>,
        username: &str,
    ) -> Result<Turn, TooOften> {
        let name = username.to_lowercase();
        let Some(address) = address.map(Address::network) else {
            self.0.login_names.take(&self.0.hasher.hash_one(&name))?;
            return Ok(Turn { _place: None });
        };
        self.0.login_addresses.take(&address)?;
        let guess = self.0.hasher.hash_one((address, &name));
        self.0.guesses.take(&guess)?;
        self.0.login_names.take(&self.0.hasher.hash_one(&name))?;
        let places = Arc::clone(
            &self
                .0
                .passwords
                .entry(address)
                .or_insert_with(|| Arc::new(Semaphore::new(PASSWORDS_AT_ONCE))),
        );
        // The semaphore is never closed.
        Ok(Turn {
            _place: places.acquire_owned().await.ok(),
        })
    }

    /// Forgets who has been quiet, until shutdown.
    pub async fn tidy(self, shutdown: Shutdown) {
        let mut ticks = tokio::time::interval(TIDY_EVERY);
        loop {
            tokio::select! {
                () = shutdown.token().cancelled() => return,
                _ = ticks.tick() => self.forget_the_quiet(),
            }
        }
    }

    fn forget_the_quiet(&self) {
        self.0.users.tidy();
        self.0.addresses.tidy();
        self.0.login_addresses.tidy();
        self.0.login_names.tidy();
        self.0.guesses.tidy();
        self.0
            .passwords
            .retain(|_, places| Arc::strong_count(places) > 1);
    }
}

/// A limit for each key; `None` where there is none.
struct Rate<K: Clone + Eq + Hash>(Option<(DefaultKeyedRateLimiter<K>, DefaultClock)>);

impl<K: Clone + Eq + Hash> Rate<K> {
    fn a_second(count: u32) -> Self {
        let burst = NonZeroU32::new(count.saturating_mul(BURST));
        Self::of(
            NonZeroU32::new(count)
                .zip(burst)
                .map(|(count, burst)| Quota::per_second(count).allow_burst(burst)),
        )
    }

    fn a_minute(count: u32) -> Self {
        Self::of(NonZeroU32::new(count).map(Quota::per_minute))
    }

    fn of(quota: Option<Quota>) -> Self {
        Self(quota.map(|quota| {
            (
                DefaultKeyedRateLimiter::keyed(quota),
                DefaultClock::default(),
            )
        }))
    }

    fn take(&self, key: &K) -> Result<(), TooOften> {
        let Some((limiter, clock)) = &self.0 else {
            return Ok(());
        };
        limiter.check_key(key).map_err(|until| TooOften {
            retry_after: until.wait_time_from(clock.now()).as_secs() + 1,
        })
    }

    fn tidy(&self) {
        if let Some((limiter, _)) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |(limiter, _)| limiter.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::net::Ipv4Addr;

    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;

    fn rates(per_second: u32, logins: u32) -> Rates {
        Rates::new(&config::Limits {
            requests_per_user: per_second,
            requests_per_address: per_second,
            logins_per_user: logins,
            logins_per_address: 2 * logins,
        })
    }

    fn at(last: u8) -> Option<Address> {
        Some(Address(Ipv4Addr::new(192, 0, 2, last).into()))
    }

    /// How many logins pass before one does not.
    async fn logins(rates: &Rates, address: Option<Address>, name: impl Fn(u32) -> String) -> u32 {
        let mut passed = 0;
        while rates.login(address, &name(passed)).await.is_ok() {
            passed += 1;
            assert!(passed < 1000, "there is no limit");
        }
        passed
    }

    #[test]
    fn whoever_asks_too_often_is_told_when_to_come_again_and_nobody_else() {
        let rates = rates(1, 0);
        let (one, other) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        for _ in 0..BURST {
            assert_eq!(rates.by_user(one), Ok(()));
            assert_eq!(rates.by_address(at(1)), Ok(()));
        }
        assert_eq!(rates.by_user(one), Err(TooOften { retry_after: 1 }));
        assert_eq!(rates.by_address(at(1)), Err(TooOften { retry_after: 1 }));
        assert_eq!(rates.by_user(other), Ok(()));
        assert_eq!(rates.by_address(at(2)), Ok(()));
    }

    #[test]
    fn a_limit_of_0_is_none() {
        let rates = rates(0, 0);
        for _ in 0..10_000 {
            assert_eq!(rates.by_user(UserId(Uuid::nil())), Ok(()));
            assert_eq!(rates.by_address(at(1)), Ok(()));
        }
    }

    #[tokio::test]
    async fn one_address_cannot_lock_somebody_out_everywhere() {
        let rates = rates(0, 30);
        assert_eq!(logins(&rates, at(1), |_| "Alice".to_owned()).await, 10);
        assert!(rates.login(at(2), "alice").await.is_ok());
        let many = |last| rates.login(at(last), "alice").now_or_never().unwrap();
        assert!((3..=50).any(|last| many(last).is_err()), "many can guess");
    }

    #[tokio::test]
    async fn one_address_cannot_try_name_after_name() {
        let rates = rates(0, 30);
        assert_eq!(logins(&rates, at(1), |nth| format!("user {nth}")).await, 60);
        assert!(rates.login(at(2), "user 0").await.is_ok());
    }

    #[tokio::test]
    async fn the_passwords_of_one_address_wait_for_each_other_and_for_nobody_else() {
        let rates = rates(0, 0);
        let mut held = vec![];
        for _ in 0..PASSWORDS_AT_ONCE {
            held.push(rates.login(at(1), "alice").await.unwrap());
        }
        assert!(rates.login(at(1), "alice").now_or_never().is_none());
        assert!(rates.login(at(2), "alice").now_or_never().is_some());
        held.pop();
        assert!(rates.login(at(1), "alice").now_or_never().is_some());
    }

    #[tokio::test]
    async fn who_is_quiet_again_is_forgotten() {
        // So many a second that a bucket is full again at once.
        let rates = rates(1_000_000, 0);
        for last in 0..=255 {
            rates.by_address(at(last)).unwrap();
            drop(rates.login(at(last), "alice").await.unwrap());
        }
        while rates.0.addresses.len() > 0 {
            rates.forget_the_quiet();
        }
        assert_eq!(rates.0.passwords.len(), 0);
    }
}
