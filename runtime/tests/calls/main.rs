//! Calls over the mock transport, and over TCP to a server of the tests' own.
#![allow(
    clippy::unwrap_used,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

mod acme;
mod bodies;
mod decoding;
#[cfg(feature = "digest")]
mod digest;
mod encoding;
mod errors;
mod redirects;
#[cfg(feature = "oauth2")]
mod refresh;
mod retries;
mod security;
mod server;
mod streaming;
mod timeouts;
#[cfg(feature = "rustls")]
mod tls;
#[cfg(feature = "oauth2")]
mod tokens;
