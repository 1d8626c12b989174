//! The library that every generated client crate links. It owns everything that is not specific to one API: the connection
//! environment (where the API is, who is calling, with which secret), credentials, retries, encoding, errors, traces.
//!
//! Programs use it through a generated crate. This is what such a crate holds for one operation, and what a call looks like; with
//! [`MockTransport`](mock::MockTransport) nothing is sent:
//!
//! ```
//! use connector_runtime as runtime;
//! use runtime::mock::{MockTransport, Reply};
//!
//! static API: runtime::Api = runtime::Api::new("acme", "1.0")
//!     .servers(&[runtime::Server::new("https://api.acme.example/v1")])
//!     .security_schemes(&[runtime::SecurityScheme::bearer("token")]);
//! static GET_CUSTOMER: runtime::Operation = runtime::Operation::new("getCustomer", "GET", "/customers/{id}")
//!     .parameters(&[runtime::Parameter::path("id")])
//!     .security(&[&[runtime::Requirement::new("token", &[])]]);
//!
//! # async fn example() -> runtime::Result<()> {
//! let mock = MockTransport::new();
//! mock.reply_to("getCustomer", Reply::json(200, &runtime::Map::from([("name".to_owned(), "Ada")])));
//! let client = runtime::Client::builder(&API)
//!     .transport(mock.clone())
//!     .credential("token", runtime::Credential::bearer("secret"))
//!     .build()?;
//!
//! let mut request = runtime::Request::new(&client, &GET_CUSTOMER);
//! request.set(0, "a/b");
//! let customer = request.send::<runtime::Json<runtime::Map<String>>>().await?;
//! assert_eq!(customer["name"], "Ada");
//!
//! let sent = &mock.requests()[0];
//! assert_eq!(sent.url(), "https://api.acme.example/v1/customers/a%2Fb");
//! assert_eq!(sent.header("authorization"), Some("Bearer secret"));
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
//! ```
//!
//! The modules, in the order in which a call passes through them (everything public is re-exported here):
//!
//! - `descriptor`: what a generated crate knows about its API, as `static` data: [`Api`], [`Operation`], [`SecurityScheme`]
//! - `connection`: one instance of the API: [`Connection`], its environment variables, servers, [`RetryPolicy`]
//! - `credential`: [`Credential`], and [`Authorize`] for those that are not built in; OAuth 2.0 tokens
//! - `client`, `request`: [`Client`], [`Request`], [`RequestOptions`]
//! - [`policy`]: what a Power Platform connector does to requests and responses; [`hook`]: what code of one's own does to them
//! - `encode`: paths, queries, headers, cookies, forms; `body`: [`Body`], [`Multipart`], [`ByteStream`]
//! - `send`: security, attempts, redirects, retries, traces; compiled once, whatever the operation
//! - [`transport`]: the way to the network; [`mock`]: the one that goes nowhere
//! - `response`, `error`: [`Response`], [`Output`], [`Error`]
//! - [`stream`]: server-sent events and JSON lines, as they come
//! - [`pages`], [`job`], [`trigger`], `options`: lists in pages, long-running operations, subscriptions and polling, values to choose from
//! - `codec`: JSON to Rust and back, and what of it is forgiven ([`Decoding`]): [`Decode`], [`Encode`], [`Object`], [`decode_union`]
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls with ring. A program that prefers another provider installs it first, with
//!   `CryptoProvider::install_default` of rustls.
//! - `native-tls`: TLS of the operating system; used when `rustls` is off.
//! - `oauth2` (default): OAuth 2.0 client credentials.
//! - `jwt`: assertions signed with a private key, in place of a client secret or of a person (RFC 7523); tokens that are bound to a
//!   key of the connection (DPoP, RFC 9449).
//! - `sign-in`: a person signs in, with a browser on this machine or a code on another; see `oauth::AuthorizationServer`.
//! - `environment`: connections and tokens, encrypted on this machine; see `store`. `keyring`: their key in the keyring of the
//!   operating system.
//! - `conformance`: checks for implementations of `token::TokenStore`.
//! - `digest`: HTTP Digest. `shared-key`: Azure Storage shared key. `sigv4`: AWS Signature Version 4. Generated crates turn on
//!   what their document asks for.
//! - `stream`: bodies as `futures_core::Stream`, both ways; pages, server-sent events, JSON lines, and polled events as well.
//! - `wire`: what the tests of generated crates run on; see `wire`. For `[dev-dependencies]`.
//! - `webhook`: calls of webhook triggers are received, with axum; see `trigger::receive`.
//!
//! # Traces
//!
//! Every call is a `tracing` span, and every attempt one inside it, with the names of OpenTelemetry's semantic conventions for
//! HTTP clients: `http.request.method`, `url.template`, `server.address`, `server.port`, `http.response.status_code`,
//! `error.type`, `http.request.resend_count`. Queries, bodies, and header values are not recorded.

mod body;
mod client;
mod codec;
mod connection;
mod credential;
mod descriptor;
mod encode;
#[cfg(feature = "environment")]
pub mod environment;
mod error;
pub mod hook;
pub mod job;
pub mod mock;
#[cfg(feature = "oauth2")]
pub mod oauth;
mod options;
pub mod pages;
pub mod policy;
mod polling;
mod request;
mod response;
mod saved;
mod send;
#[cfg(feature = "environment")]
pub mod store;
pub mod stream;
#[cfg(feature = "oauth2")]
pub mod token;
pub mod transport;
pub mod trigger;
#[cfg(feature = "wire")]
pub mod wire;

pub use body::{Body, ByteStream, FilePart, Multipart};
pub use client::{Client, ClientBuilder};
pub use codec::*;
pub use connection::{Connection, RetryPolicy};
#[cfg(feature = "sigv4")]
pub use credential::AwsAccessKey;
pub use credential::{Authorize, Credential, Outgoing};
pub use descriptor::*;
pub use error::{Error, ErrorKind, Result};
#[cfg(feature = "oauth2")]
pub use oauth::{OAuthClient, OAuthCredential};
pub use options::{Choice, DynamicSchema, Options};
pub use request::{Request, RequestOptions, Sending};
pub use response::{Empty, Json, Output, Received, Response, Stream, Text};
pub use transport::Transport;

pub use bytes::Bytes;
pub use http;
pub use jiff;
pub use secrecy;
pub use secrecy::SecretString;

#[doc(hidden)]
pub mod __private {
    pub use crate::codec::private::{
        debug, decode_integer, decode_string, deserialize, equal, serialize,
    };
    pub use serde;
}

/// Compiles the examples of the page on decoding.
#[cfg(doctest)]
#[doc = include_str!("../DECODING.md")]
mod decoding_page {}

/// Compiles the examples of the page on credentials.
#[cfg(all(doctest, feature = "environment"))]
#[doc = include_str!("../CREDENTIALS.md")]
mod credentials_page {}
