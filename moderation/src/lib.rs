//! What a text may contain, and what is to be done about it: attempts to command the model, personal data,
//! credentials.
//!
//! [`Scanner::input`] judges what somebody wrote or what was fetched, [`Scanner::output`] what a model wrote, and a
//! [`Window`] an answer while it streams. A [`Policy`] is data. Nothing here knows a clock, a file or a network, and
//! everything takes time in proportion to the text.
//!
//! A text is brought into one clean form (`normalize`) and read in every other way that somebody may have hidden a
//! sentence in (`views`). Rules over a lexicon in many languages weigh what they find (`injection`), and words around
//! it take weight away: who quotes an injection or asks about one is not injecting. Personal data is what has the form,
//! passes the checksum, and stands among the right words (`personal_data`, `credentials`); it is looked for in the text as
//! it is written, and as it is seen: wide digits and letters are the usual ones, what cannot be seen is not there.
//!
//! The [`classifier`] flags what no rule foresees; alone it never blocks. `examples/train.rs` trains it from labelled
//! texts, always to the same bytes, and chooses its threshold on benign texts of sources it was not trained on, so that
//! it takes 0.4 % of them for injections. README.md of this crate has the figures.

mod category;
pub mod classifier;
mod credentials;
mod injection;
mod nearby;
mod normalize;
mod personal_data;
mod policy;
mod scanner;
mod verdict;
mod views;
mod window;

pub use category::{Category, Kind};
pub use normalize::clean;
pub use policy::{Detectors, Output, Policy, Thresholds};
pub use scanner::{DETECTOR_VERSION, Scanner};
pub use verdict::{Action, Detector, Finding, Severity, Verdict, token};
pub use window::{HELD, Released, Window};
