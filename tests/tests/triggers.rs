//! Triggers, pages and options against a small API on this machine: what restarts and bad answers lose and double.

#![allow(clippy::unwrap_used, reason = "this is a test")]

#[path = "triggers/lists.rs"]
mod lists;
#[path = "triggers/polling.rs"]
mod polling;
#[path = "triggers/webhook.rs"]
mod webhook;

use connector_tests::FaultServer;
use triggers::Client;
use triggers::runtime::RetryPolicy;

/// A client as a process that has just started makes it.
fn client(server: &FaultServer) -> Client {
    Client::builder()
        .base_url(server.at("/v1"))
        .with(|builder| {
            builder
                .retry(RetryPolicy::none())
                .parameter("api_key", "k3y")
        })
        .build()
        .unwrap()
}
