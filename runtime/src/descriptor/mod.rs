//! What a generated crate knows about its API, as `static` data.
//!
//! One operation is one `static` [`Operation`], not one function that builds a request: the send path of the runtime reads the
//! descriptor and is compiled once. All constructors are `const`, fields are private, so that later versions can add more.

mod api;
mod body;
mod connection_parameter;
mod operation;
mod parameter;
pub mod policy;
mod security;

pub use self::api::{Api, Server, ServerVariable};
pub(crate) use self::body::essence;
pub use self::body::{Encoding, MediaType};
pub use self::connection_parameter::{
    Binding, ConnectionParameter, ConnectionParameterKind, ParameterSet,
};
pub use self::operation::Operation;
pub use self::parameter::{Location, Parameter, Style};
pub use self::security::{OAuthFlow, OAuthFlowKind, Requirement, SchemeKind, SecurityScheme};
