//! What stands in for the key where there is nothing to sign with.

use http::Method;
use secrecy::SecretString;
use url::Url;

use crate::error::{Error, Result};

/// There is none.
pub(crate) enum DpopKey {}

impl DpopKey {
    pub(crate) fn generate() -> Result<Self> {
        Err(Error::configuration(
            "DPoP needs the feature `jwt` of connector-runtime",
        ))
    }

    pub(crate) fn read(_: &SecretString) -> Result<Self> {
        Err(Error::configuration(
            "the tokens are bound to a key (DPoP), which needs the feature `jwt` of connector-runtime",
        ))
    }

    pub(crate) fn secret(&self) -> &SecretString {
        match *self {}
    }

    pub(crate) fn proof(
        &self,
        _: &Method,
        _: &Url,
        _: Option<&str>,
        _: Option<&str>,
    ) -> Result<String> {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use crate::oauth::{OAuthClient, Provider};

    #[test]
    fn bound_tokens_need_the_feature() {
        let provider = Provider {
            dpop: true,
            ..Provider::default()
        };
        let client = OAuthClient::public("app").provider(provider);
        let error = client.dpop_key().err().unwrap().to_string();
        assert!(error.contains("the feature `jwt`"), "{error}");
    }
}
