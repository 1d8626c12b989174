//! Tokens that are given back (RFC 7009).

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::sleep;
use url::Url;

use super::AuthorizationServer;
use super::failure::plain;
use crate::error::{Error, Result, is_transient};
use crate::token::Tokens;

impl AuthorizationServer {
    /// Revokes tokens: the refresh token first, since that ends the sign-in, then the access token. Passing failures are retried.
    /// Says whether the server was told; it is not if the provider has no endpoint for it.
    ///
    /// Tokens that the server doesn't know any more count as revoked (section 2.2).
    ///
    /// # Errors
    /// When the server cannot be reached or refuses. Both tokens have been tried then.
    pub async fn revoke(&self, tokens: &Tokens) -> Result<bool> {
        let Some(endpoint) = &self.client().provider.revocation_url else {
            return Ok(false);
        };
        let url = self.endpoint(endpoint)?;
        let mut result = Ok(());
        if let Some(token) = &tokens.refresh_token {
            result = self.revoke_one(&url, token, "refresh_token").await;
        }
        let access = self.revoke_one(&url, &tokens.access_token, "access_token");
        result = result.and(access.await);
        result.map(|()| true)
    }

    async fn revoke_one(&self, url: &Url, token: &SecretString, hint: &str) -> Result<()> {
        let mut retries = 0;
        loop {
            match self.attempt_to_revoke(url, token, hint).await {
                Err(Attempt::Passing(_)) if retries < self.retry.max_retries => {
                    sleep(self.retry.pause(retries)).await;
                    retries += 1;
                }
                Err(Attempt::Passing(error) | Attempt::Final(error)) => return Err(error),
                Ok(()) => return Ok(()),
            }
        }
    }

    async fn attempt_to_revoke(
        &self,
        url: &Url,
        token: &SecretString,
        hint: &str,
    ) -> std::result::Result<(), Attempt> {
        let origin = url.origin().ascii_serialization();
        let failed = |reason: &str| {
            Error::credential(format!(
                "the authorization server at {origin} has not revoked the {}: {reason}",
                hint.replace('_', " ")
            ))
        };
        let pairs = vec![
            ("token", token.expose_secret().to_owned()),
            ("token_type_hint", hint.to_owned()),
        ];
        // A new one for each attempt: an assertion in it is good for one request.
        let request = self.form(url, pairs).map_err(Attempt::Final)?;
        let response = self
            .http
            .send(request)
            .await
            .map_err(|error| Attempt::Passing(failed(&error.to_string()).with_source(error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let code = answer.get("error").and_then(Value::as_str);
        // Section 2.2.1: such tokens end with their refresh token, or by themselves. `invalid_token` is not in the RFC, and means
        // that there is nothing left to revoke.
        if matches!(code, Some("unsupported_token_type" | "invalid_token")) {
            return Ok(());
        }
        let code = code.map(|code| plain(code, 60));
        let reason = code.unwrap_or_else(|| format!("the answer was {status}"));
        Err(match is_transient(status.as_u16()) {
            true => Attempt::Passing(failed(&reason)),
            false => Attempt::Final(failed(&reason)),
        })
    }
}

enum Attempt {
    Passing(Error),
    Final(Error),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mock::{MockTransport, Reply};
    use crate::oauth::{OAuthClient, Provider, SigningKey};

    fn tokens() -> Tokens {
        let mut tokens = Tokens::new("access");
        tokens.refresh_token = Some("refresh".into());
        tokens
    }

    async fn server(
        mock: &MockTransport,
        client: OAuthClient,
        url: Option<&str>,
    ) -> AuthorizationServer {
        let provider = Provider {
            token_url: Some("https://issuer.example/token".to_owned()),
            revocation_url: url.map(str::to_owned),
            ..Provider::default()
        };
        AuthorizationServer::builder(client.provider(provider))
            .transport(mock.clone())
            .build()
            .await
            .unwrap()
    }

    async fn revoked(replies: &[Reply]) -> (Result<bool>, MockTransport) {
        let mock = MockTransport::new();
        for reply in replies {
            mock.reply(reply.clone());
        }
        let client = OAuthClient::public("client");
        let server = server(&mock, client, Some("https://issuer.example/revoke")).await;
        (server.revoke(&tokens()).await, mock)
    }

    fn no(status: u16, code: &str) -> Reply {
        Reply::json(status, &json!({ "error": code }))
    }

    #[tokio::test]
    async fn refresh_token_goes_first() {
        let ok = Reply::status(200);
        let (result, mock) = revoked(&[ok.clone(), ok]).await;
        assert!(result.unwrap());
        let sent: Vec<Vec<String>> = mock
            .requests()
            .iter()
            .map(|request| request.form().into_iter().map(|(_, value)| value).collect())
            .collect();
        assert_eq!(sent[0], ["refresh", "refresh_token", "client"]);
        assert_eq!(sent[1], ["access", "access_token", "client"]);
    }

    #[tokio::test]
    async fn access_tokens_that_cannot_be_revoked_are_left_to_expire() {
        let (result, _) = revoked(&[Reply::status(200), no(400, "unsupported_token_type")]).await;
        assert!(result.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn passing_failures_are_retried() {
        let busy = Reply::status(503);
        let (result, mock) =
            revoked(&[busy.clone(), busy, Reply::status(200), Reply::status(200)]).await;
        assert!(result.unwrap());
        assert_eq!(mock.requests().len(), 4);
    }

    #[tokio::test]
    async fn refusal_is_told_and_both_tokens_are_tried() {
        let (result, mock) = revoked(&[no(401, "invalid_client"), Reply::status(200)]).await;
        let error = result.unwrap_err().to_string();
        assert!(error.contains("refresh token: invalid_client"), "{error}");
        assert_eq!(mock.requests().len(), 2);
    }

    #[tokio::test]
    async fn server_without_the_endpoint_is_not_told() {
        let mock = MockTransport::new();
        let server = server(&mock, OAuthClient::public("client"), None).await;
        assert!(!server.revoke(&tokens()).await.unwrap());
        assert!(mock.requests().is_empty());
    }

    #[tokio::test]
    async fn client_proves_who_it_is() {
        let mock = MockTransport::new();
        mock.handler(|_| Reply::status(200));
        let key = SigningKey::from_pem(include_str!("jwt/fixtures/p256.pkcs8.pem")).unwrap();
        let client = OAuthClient::with_key("client", key);
        let url = Some("https://issuer.example/revoke");
        server(&mock, client, url)
            .await
            .revoke(&tokens())
            .await
            .unwrap();
        let assertions: Vec<String> = mock
            .requests()
            .iter()
            .flat_map(|request| request.form())
            .filter(|(name, _)| name == "client_assertion")
            .map(|(_, value)| value)
            .collect();
        assert_eq!(assertions.len(), 2);
        assert_ne!(assertions[0], assertions[1]);

        let client = OAuthClient::new("cli:ent", "s&c");
        server(&mock, client, url)
            .await
            .revoke(&tokens())
            .await
            .unwrap();
        // `cli%3Aent:s%26c`: RFC 6749 section 2.3.1.
        assert_eq!(
            mock.last_request().unwrap().header("authorization"),
            Some("Basic Y2xpJTNBZW50OnMlMjZj")
        );
    }
}
