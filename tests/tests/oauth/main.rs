//! OAuth 2.0 as programs meet it: through a generated client, against servers that others wrote and one that breaks the rules.
//!
//! - `peers`: the servers themselves
//! - `answers`, `requests`: what authorization servers do differently, each as data of a [`Provider`](setup::provider)
//! - `faults`: what goes wrong at the token endpoint
//! - `refresh`: the tokens of somebody who has signed in, and what may happen to them
//! - `applications`: programs that call on their own behalf, at servers that others wrote
//! - `people`, `others`: sign-ins by browser and by device code, at oidc-provider and at the others
//! - `dpop`: tokens that are bound to a key, at oidc-provider
//! - `redirects`: what sign-in pages do differently
//! - `environments`: people and applications whose connections are kept
//! - `storms`: many tasks and many processes at once; `crashes`: some of them are killed

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

mod answers;
mod applications;
mod crashes;
mod dpop;
mod environments;
mod faults;
mod intercepted;
mod others;
mod peers;
mod people;
mod redirects;
mod refresh;
mod requests;
mod setup;
mod storms;
