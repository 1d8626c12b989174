//! What a credential adds to a call: `cargo bench -p connector-runtime --bench credentials`.
//!
//! The calls go to a transport that answers at once. The difference between two lines is what the credential costs.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use std::cell::RefCell;

use connector_runtime::http::{self, Response};
use connector_runtime::transport::{BoxFuture, Transport, TransportError};
use connector_runtime::{
    Api, ByteStream, Bytes, Client, Credential, Empty, OAuthClient, OAuthFlow, Operation, Request,
    Requirement, SecurityScheme, Server,
};
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

/// Answers at once: tokens to those that ask for one, nothing to the others.
struct AtOnce;

impl Transport for AtOnce {
    fn send(
        &self,
        request: http::Request<ByteStream>,
    ) -> BoxFuture<'_, Result<Response<ByteStream>, TransportError>> {
        let body = match request.uri().path() {
            "/token" => r#"{"access_token": "t", "expires_in": 3600}"#,
            _ => "",
        };
        let answer = Response::new(Bytes::from_static(body.as_bytes()).into());
        Box::pin(std::future::ready(Ok(answer)))
    }
}

/// A client whose token is there already.
fn client() -> Client {
    Client::builder(&API)
        .transport(AtOnce)
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
