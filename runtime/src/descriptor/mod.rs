//! What a generated crate knows about its API, as `static` data.
//!
//! One operation is one `static` [`Operation`], not one function that builds a request: the send path of the runtime reads the
//! descriptor and is compiled once. All constructors are `const`, fields are private, so that later versions can add more.

mod api;
mod body;
mod operation;
mod parameter;
mod security;

pub use self::api::{Api, Server, ServerVariable};
pub use self::body::{Encoding, MediaType};
pub use self::operation::Operation;
pub use self::parameter::{Location, Parameter, Style};
pub use self::security::{OAuthFlow, OAuthFlowKind, Requirement, SchemeKind, SecurityScheme};
