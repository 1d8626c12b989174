//! The library that every generated client crate links.

mod body;
mod client;
mod codec;
mod connection;
mod credential;
mod descriptor;
mod encode;
mod error;
pub mod mock;
mod request;
mod response;
mod send;
pub mod transport;

pub use body::{Body, ByteStream, FilePart, Multipart};
pub use client::{Client, ClientBuilder};
pub use codec::*;
pub use connection::{Connection, RetryPolicy};
pub use credential::{AuthStyle, Authorize, Credential, OAuthClient, Outgoing};
pub use descriptor::*;
pub use error::{Error, ErrorKind, Result};
pub use request::{Request, RequestOptions, Sending};
pub use response::{Empty, Json, Output, Received, Response, Stream, Text};
pub use transport::Transport;

pub use bytes::Bytes;
pub use http;
pub use jiff;
pub use secrecy::SecretString;

#[doc(hidden)]
pub mod __private {
    pub use serde;
}
