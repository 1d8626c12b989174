//! Triggers: operations that start something when the API has news.
//!
//! A webhook trigger is a subscription: the API is told a URL, and calls it. [`Subscription`] keeps what is needed to end it; with
//! the feature `webhook`, `receive::Receiver` is the other end of that URL. A polling trigger is asked again and again:
//! [`Poller`] keeps what to ask next.
//!
//! # What a restart loses and doubles
//!
//! Both can be saved and restored. Events come *at least once*: none is lost, but one that was worked on just before a crash comes
//! again if the progress had not been saved. No sender can do better by itself. Whoever must not do something twice stores the id
//! of the event together with the result, in one transaction, or saves the state in that transaction.

mod poller;
#[cfg(feature = "webhook")]
pub mod receive;
mod state;
mod subscription;
#[cfg(test)]
mod tests;

pub use self::poller::{Events, Poller};
pub use self::state::PollState;
pub use self::subscription::{Step, Subscribing, Subscription, Unsubscribe, subscribe};

use crate::codec::{Decode, Decoding};
use crate::descriptor::Operation;

/// A request that an API sends: a webhook (OpenAPI 3.1, section 4.8.1), a callback of an operation, or what a subscription brings.
/// Implemented by generated crates.
pub trait Webhook {
    /// What the body says.
    type Event: Decode + Send + 'static;

    /// What it is called: its name in the document, or the id of the operation that subscribes.
    const NAME: &'static str;

    /// The method that the API calls with.
    const METHOD: &'static str = "POST";

    /// Whether the body is `application/x-www-form-urlencoded` rather than JSON.
    const IS_FORM: bool = false;

    /// How forgiving the body is read, if it is JSON.
    const DECODING: Decoding = Decoding::Lenient;
}

/// A call that tells the API where to send the events of a [`Webhook`].
pub trait Subscribe: Webhook {
    /// The operation that subscribes.
    const SUBSCRIBE: &'static Operation;

    /// Where the URL stands in its body.
    const URL: &'static [Step];

    /// The operation that ends a subscription, if there is no doubt which one it is.
    const UNSUBSCRIBE: Option<Unsubscribe> = None;
}
