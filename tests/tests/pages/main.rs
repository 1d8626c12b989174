//! Lists in pages and long-running operations: what restarts, bad answers and bad links lose and double.

#![allow(clippy::unwrap_used, reason = "this is a test")]

mod faults;
mod hub;
mod jobs;
mod prism;

use connector_tests::FaultServer;
use pages::Client;
use pages::runtime::RetryPolicy;

/// A client as a process that has just started makes it. It retries nothing by itself.
fn client(server: &FaultServer) -> Client {
    Client::builder()
        .base_url(server.at("/v1"))
        .token("t0ken")
        .with(|builder| builder.retry(RetryPolicy::none()))
        .build()
        .unwrap()
}
