//! OAuth 2.0: the way to tokens.
//!
//! The `oauth2` crate knows the protocol; the connection's transport carries its requests. What authorization servers do
//! differently is data, in a [`Provider`].

mod provider;

pub use self::provider::{
    AccessTokenPlacement, AuthorizationRequest, AuthorizationResponse, BasicEncoding,
    ClientAuthentication, ExpiryUnit, Parameter, Provider, RequestFormat, TokenRequest,
    TokenResponse,
};
