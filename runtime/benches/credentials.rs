//! What a credential adds to a call: `cargo bench -p connector-runtime --bench credentials`.
//!
//! The calls go to a transport that answers at once. The difference between two lines is what the credential costs.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use std::cell::RefCell;

use connector_runtime::mock::{MockTransport, Reply};
use connector_runtime::{
    Api, Client, Credential, Empty, OAuthClient, OAuthFlow, Operation, Request, Requirement,
    SecurityScheme, Server,
};
use serde_json::json;
use tokio::runtime::Runtime;

static API: Api = Api::new("acme", "1")
    .servers(&[Server::new("https://api.acme.example")])
    .security_schemes(&[
        SecurityScheme::bearer("bearer"),
        SecurityScheme::oauth2("oauth").flows(&[OAuthFlow::client_credentials(
            "https://login.acme.example/token",
        )]),
    ]);
static ANONYMOUS: Operation = Operation::new("anonymous", "GET", "/things");
static BEARER: Operation =
    Operation::new("bearer", "GET", "/things").security(&[&[Requirement::new("bearer", &[])]]);
static OAUTH: Operation = Operation::new("oauth", "GET", "/things")
    .security(&[&[Requirement::new("oauth", &["read", "write"])]]);

fn main() {
    divan::main();
}

/// A client whose token is there already.
fn client() -> Client {
    let mock = MockTransport::new();
    mock.handler(|request| match request.operation() {
        Some(_) => Reply::status(204),
        None => Reply::json(200, &json!({"access_token": "t", "expires_in": 3600})),
    });
    Client::builder(&API)
        .transport(mock)
        .credential("bearer", Credential::bearer("t"))
        .credential(
            "oauth",
            Credential::oauth2_client_credentials(OAuthClient::new("id", "secret")),
        )
        .build()
        .expect("the client is valid")
}

fn calls(bencher: divan::Bencher<'_, '_>, operation: &'static Operation) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let state: RefCell<(Runtime, Client)> = RefCell::new((runtime, client()));
    bencher.bench_local(|| {
        let (runtime, client) = &*state.borrow();
        runtime
            .block_on(Request::new(client, operation).send::<Empty>())
            .expect("the call succeeds");
    });
}

#[divan::bench]
fn no_credential(bencher: divan::Bencher<'_, '_>) {
    calls(bencher, &ANONYMOUS);
}

#[divan::bench]
fn bearer(bencher: divan::Bencher<'_, '_>) {
    calls(bencher, &BEARER);
}

#[divan::bench]
fn cached_oauth_token(bencher: divan::Bencher<'_, '_>) {
    calls(bencher, &OAUTH);
}
