//! Killing at random moments: the same ones again for the same seed.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{
    process::Child,
    time::{sleep, timeout},
};

/// What gives the seed, and tells it.
const SEED: &str = "COLLOQUY_TEST_SEED";
const SIGKILL: i32 = 9;

/// Draws moments. What is going on then is the machine's to say, so nothing that is tested may depend on it.
pub(crate) struct Kills(StdRng);

impl Kills {
    /// By the seed that is given, or else by another one each time; a test that fails shows which.
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
    #[expect(clippy::print_stdout, reason = "who looks for a fault needs it")]
    pub(crate) fn at_random() -> Self {
        let given = std::env::var(SEED).ok();
        let seed = given.map(|seed| seed.parse().expect("a seed is a number"));
        let seed = seed.unwrap_or_else(|| rand::rng().random());
        println!("{SEED}={seed}");
        Self(StdRng::seed_from_u64(seed))
    }

    /// One of these.
    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.0.random_range(0..all.len())]
    }

    /// Waits for a random part of this time: this is the fault, not a wait for something.
    pub(crate) async fn moment(&mut self, at_most: Duration) {
        sleep(at_most.mul_f64(self.0.random())).await;
    }

    /// Kills it after a random part of this time, whatever it is doing then; how it ended, if it was faster.
    pub(crate) async fn kill(&mut self, mut child: Child, at_most: Duration) -> Option<ExitStatus> {
        let _ = timeout(at_most.mul_f64(self.0.random()), child.wait()).await;
        let _ = child.kill().await;
        let status = child.wait().await.unwrap();
        (status.signal() != Some(SIGKILL)).then_some(status)
    }
}
