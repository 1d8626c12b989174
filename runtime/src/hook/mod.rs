//! Code of one's own on the way of every request and answer: what a C# script does for a Power Platform connector.
//!
//! A [`Hook`] sees the request after the arguments, credentials, and [policies](crate::policy) made it, and before credentials
//! that sign it; and the answer before the policies for responses. Add it with
//! [`ClientBuilder::hook`](crate::ClientBuilder::hook). Generated crates reach that through `ClientBuilder::with`.
//!
//! ```
//! use connector_runtime as runtime;
//! use runtime::hook::{Hook, HookRequest};
//! use runtime::mock::{MockTransport, Reply};
//! use runtime::transport::BoxFuture;
//!
//! /// The API wants the body in an envelope.
//! struct Envelope;
//!
//! impl Hook for Envelope {
//!     fn request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, runtime::Result<()>> {
//!         Box::pin(async move {
//!             if request.operation_id() == Some("createThing")
//!                 && let Some(body) = request.json()
//!             {
//!                 request.set_json(&runtime::Value::from_iter([("data", body)]));
//!             }
//!             Ok(())
//!         })
//!     }
//! }
//!
//! # static API: runtime::Api = runtime::Api::new("acme", "1").servers(&[runtime::Server::new("https://acme.example")]);
//! static CREATE: runtime::Operation = runtime::Operation::new("createThing", "POST", "/things")
//!     .bodies(&[runtime::MediaType::new("application/json")]);
//!
//! # async fn example() -> runtime::Result<()> {
//! # let mock = MockTransport::new();
//! # mock.reply(Reply::status(204));
//! let client = runtime::Client::builder(&API).transport(mock.clone()).hook(Envelope).build()?;
//! let mut request = runtime::Request::new(&client, &CREATE);
//! request.json(0, &runtime::Map::from([("name".to_owned(), "x".to_owned())]));
//! request.send::<runtime::Empty>().await?;
//! assert_eq!(mock.requests()[0].text(), r#"{"data":{"name":"x"}}"#);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
//! ```
//!
//! [`TokenExchange`] and `HmacSha256` (feature `shared-key`) are hooks that are ready to use, and examples of how to write others.
//!
//! On a redirect within the origin, hooks are not asked again: the headers that they set are sent once more.

#[cfg(feature = "shared-key")]
mod hmac;
mod request;
mod response;
mod token;

#[cfg(feature = "shared-key")]
pub use self::hmac::HmacSha256;
pub use self::request::HookRequest;
pub use self::response::HookResponse;
pub use self::token::{Input, TokenExchange};
use crate::error::Result;
use crate::transport::BoxFuture;

/// Changes requests before they leave, and answers before they are read.
pub trait Hook: Send + Sync {
    /// Changes a request. It is called for every attempt anew.
    ///
    /// # Errors
    /// Whatever keeps the call from being sent; it fails with that error.
    fn request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, Result<()>> {
        let _ = request;
        Box::pin(std::future::ready(Ok(())))
    }

    /// Changes an answer, whatever its status. It is called for every attempt that has an answer.
    ///
    /// # Errors
    /// Whatever makes the answer useless; the call fails with that error.
    fn response<'a>(&'a self, response: &'a mut HookResponse<'_>) -> BoxFuture<'a, Result<()>> {
        let _ = response;
        Box::pin(std::future::ready(Ok(())))
    }
}
