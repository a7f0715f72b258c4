//! How often and how soon a provider is asked again.

use std::time::Duration;

use super::ProviderError;

/// How often and how soon a provider is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Calls to one provider, the first included.
    pub tries: u32,
    /// The first pause; each later one is twice as long. A random half of it is taken off.
    pub base: Duration,
    /// A provider that asks for a longer pause than this is not asked again.
    pub longest: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            tries: 3,
            base: Duration::from_millis(200),
            longest: Duration::from_secs(30),
        }
    }
}

impl Retries {
    /// How long to wait after the `tried`-th call failed with `error`; `None`: do not ask this
    /// provider again. `chance` spreads the pauses, so that many clients do not come back at once.
    #[must_use]
    pub fn pause(&self, tried: u32, error: &ProviderError, chance: u32) -> Option<Duration> {
        if tried >= self.tries || !error.is_transient() {
            return None;
        }
        if let Some(wanted) = error.retry_after() {
            return (wanted <= self.longest).then_some(wanted);
        }
        let doubled = self.base * 2_u32.saturating_pow(tried.saturating_sub(1));
        let spread = f64::from(chance) / f64::from(u32::MAX);
        Some(doubled.min(self.longest).mul_f64(1.0 - spread / 2.0))
    }
}
