//! OAuth 2.0: the way to tokens.
//!
//! The `oauth2` crate knows the protocol; the connection's transport carries its requests. What authorization servers do
//! differently is data, in a [`Provider`].
#![cfg_attr(
    feature = "sign-in",
    doc = "\nA person signs in at an [`AuthorizationServer`], which also finds its endpoints: [`SignIn`], [`DeviceSignIn`]."
)]

mod answer;
mod client;
mod credential;
#[cfg(feature = "sign-in")]
mod device;
#[cfg(feature = "sign-in")]
mod discovery;
pub(crate) mod dpop;
pub(crate) mod endpoint;
mod exchange;
mod failure;
mod grant;
pub(crate) mod http;
#[cfg(feature = "sign-in")]
mod id_token;
#[cfg(feature = "jwt")]
mod jwt;
#[cfg(feature = "sign-in")]
mod key_set;
mod protocol;
mod provider;
#[cfg(feature = "sign-in")]
mod revocation;
#[cfg(feature = "sign-in")]
mod server;
mod shape;
#[cfg(feature = "sign-in")]
mod sign_in;
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
#[cfg(feature = "sign-in")]
pub use self::{
    device::{DevicePrompt, DeviceSignIn},
    discovery::Metadata,
    id_token::IdToken,
    server::{AuthorizationServer, AuthorizationServerBuilder},
    sign_in::{Authorization, SignIn, SignedIn, open_browser},
};
pub use crate::token::SignGrant;
