//! OAuth 2.0 as programs meet it: through a generated client, against servers that others wrote and one that breaks the rules.
//!
//! - `peers`: the servers themselves
//! - `answers`, `requests`: what authorization servers do differently, each as data of a [`Provider`](setup::provider)
//! - `faults`: what goes wrong at the token endpoint
//! - `refresh`: the tokens of somebody who has signed in, and what may happen to them

#![allow(clippy::unwrap_used, reason = "this is a test")]

mod answers;
mod faults;
mod peers;
mod refresh;
mod requests;
mod setup;
