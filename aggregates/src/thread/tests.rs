//! given/when/then, one sentence a rule; and what no sequence of commands may break.

mod cuts;
mod edit;
mod erasure;
mod expiry;
mod hold;
mod import;
mod name;
mod open;
mod phrases;
mod properties;
mod reload;
mod reply;
mod review;
mod send;
mod stored;
mod tools;
mod verdict;
