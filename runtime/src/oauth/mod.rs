//! OAuth 2.0: the way to tokens.
//!
//! The `oauth2` crate knows the protocol; the connection's transport carries its requests. What authorization servers do
//! differently is data, in a [`Provider`].

mod answer;
mod client;
mod credential;
pub(crate) mod endpoint;
mod failure;
mod grant;
pub(crate) mod http;
#[cfg(feature = "jwt")]
mod jwt;
mod provider;
mod shape;
pub(crate) mod template;

pub use self::client::{OAuthClient, SignAssertion};
pub use self::credential::OAuthCredential;
pub use self::failure::TokenFailure;
pub use self::grant::Grant;
#[cfg(feature = "jwt")]
pub use self::jwt::{Algorithm, Assertion, AssertionSigner, SigningKey};
pub use self::provider::{
    AccessTokenPlacement, AuthorizationRequest, AuthorizationResponse, BasicEncoding,
    ClientAuthentication, ExpiryUnit, Parameter, Provider, RequestFormat, TokenRequest,
    TokenResponse,
};
pub use crate::token::SignGrant;
