//! Connection parameters of Power Platform connectors: which set counts, what is missing, and where values go.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

#[path = "parameters/oauth.rs"]
mod oauth;
#[path = "parameters/values.rs"]
mod values;

use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use connector_runtime::{
    Api, Binding, Client, ClientBuilder, ConnectionParameter, ConnectionParameterKind,
    ParameterSet, SecurityScheme, Server, Text,
};

use ConnectionParameterKind::{Gateway, OAuth, Secret, Text as Plain};

const fn parameter(
    name: &'static str,
    kind: ConnectionParameterKind,
    bindings: &'static [Binding],
) -> ConnectionParameter {
    ConnectionParameter::new(name, kind).bindings(bindings)
}

/// A client that sends nothing.
fn builder(api: &'static Api) -> (ClientBuilder, MockTransport) {
    let transport = MockTransport::new();
    let builder = Client::builder(api)
        .base_url("https://api.acme.example")
        .transport(transport.clone());
    (builder, transport)
}

/// The request that a call of such a client makes.
fn call(builder: ClientBuilder, transport: &MockTransport) -> CapturedRequest {
    transport.reply(Reply::text(200, "ok"));
    let client = builder.build().unwrap();
    block_on(client.request("GET", "/shops").send::<Text>()).unwrap();
    transport.last_request().unwrap()
}

fn error(builder: ClientBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(future)
}
