//! oidc-provider, an OpenID provider whose conformance is certified.

use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::peers::Peers;
use crate::server::{Server, free_address};

/// How long an event may take from the provider to its output.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is particular about a provider.
#[derive(Clone, Debug)]
pub struct OidcOptions {
    /// The life of an access token.
    pub access_token_seconds: u32,
    /// The life of a refresh token.
    pub refresh_token_seconds: u32,
    /// The life of a device code.
    pub device_code_seconds: u32,
    /// Whether a refresh token is good for one use. A second use revokes the grant.
    pub rotate: bool,
    /// Whether refresh tokens are given only to those who ask for `offline_access`.
    pub offline_scope_needed: bool,
    /// How long the answers of the token endpoint are held back after the work is done.
    pub answer_delay: Duration,
    /// Whether proofs of possession (DPoP) need a nonce, at the token endpoint and at the API.
    pub dpop_nonces: bool,
    /// The public keys of the client `signed`, which authenticates with `private_key_jwt`.
    pub jwks: Option<Value>,
    /// The certificates of the client `tls` and of the provider.
    pub tls: Option<OidcTls>,
}

impl Default for OidcOptions {
    fn default() -> Self {
        Self {
            access_token_seconds: 3600,
            refresh_token_seconds: 86_400,
            device_code_seconds: 600,
            rotate: true,
            offline_scope_needed: false,
            answer_delay: Duration::ZERO,
            dpop_nonces: false,
            jwks: None,
            tls: None,
        }
    }
}

/// What a provider needs for mutual TLS, in PEM.
#[derive(Clone, Debug)]
pub struct OidcTls {
    /// The private key of the provider.
    pub key: String,
    /// The certificate of the provider, for 127.0.0.1.
    pub certificate: String,
    /// The certificate whose key signed that of the client.
    pub authority: String,
    /// The common name in the client's certificate.
    pub client: String,
}

/// An OpenID provider, and an API below `/oauth/` that takes its tokens and answers as `specs/security.yaml` says.
///
/// It knows these clients, whose secret is their name and `-secret`: `native`, a public one; `basic` and `body`; `strange:+&%`,
/// whose secret is `a b:c+d%e&f`; `signed` and `tls` if the options say so. Whoever signs in gets what name they want. All
/// clients may use the path `/`, `/callback` or `/oauth/callback` at any port of this machine.
#[derive(Debug)]
pub struct OidcProvider {
    server: Server,
    address: SocketAddr,
    issuer: String,
}

impl OidcProvider {
    /// Starts a provider without any data.
    ///
    /// # Errors
    ///
    /// When it isn't installed or doesn't start.
    pub fn start(options: &OidcOptions) -> Result<Self> {
        let peers = Peers::installed()?;
        let address = free_address()?;
        let mut settings = json!({
            "module": peers.oidc_provider(),
            "port": address.port(),
            "accessTokenSeconds": options.access_token_seconds,
            "refreshTokenSeconds": options.refresh_token_seconds,
            "deviceCodeSeconds": options.device_code_seconds,
            "rotate": options.rotate,
            "offlineScopeNeeded": options.offline_scope_needed,
            "answerDelayMilliseconds": u64::try_from(options.answer_delay.as_millis())?,
            "dpopNonces": options.dpop_nonces,
            "jwks": options.jwks,
        });
        let mut issuer = format!("http://{address}");
        if let Some(tls) = &options.tls {
            let port = free_address()?.port();
            issuer = format!("https://127.0.0.1:{port}");
            settings["tls"] = json!({
                "port": port,
                "key": tls.key,
                "cert": tls.certificate,
                "ca": tls.authority,
                "subject": format!("CN={}", tls.client),
            });
        }
        let mut command = Command::new("node");
        command
            .arg(crate::root().join("tests/peers/oidc-provider.mjs"))
            .arg(settings.to_string());
        let path = "/.well-known/openid-configuration";
        let server = Server::start("oidc-provider", &mut command, address, path, |status| {
            status == 200
        })?;
        Ok(Self {
            server,
            address,
            issuer,
        })
    }

    /// Where its API listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its name, below which its endpoints are: `/auth`, `/token`, `/device/auth`, `/token/revocation`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Revokes all access tokens behind the backs of those who have them. Refresh tokens stay good.
    ///
    /// # Errors
    ///
    /// When the provider doesn't answer.
    pub fn revoke_access_tokens(&self) -> Result<()> {
        ureq::post(format!("{}/revoke-all", self.url())).send_empty()?;
        Ok(())
    }

    /// Makes the API ask for another nonce in proofs of possession.
    ///
    /// # Errors
    ///
    /// When the provider doesn't answer.
    pub fn renew_nonce(&self) -> Result<()> {
        ureq::post(format!("{}/renew-nonce", self.url())).send_empty()?;
        Ok(())
    }

    /// What has happened so far.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        let output = self.server.output();
        output
            .lines()
            .filter(|line| line.starts_with('{'))
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// How often `event` has happened.
    #[must_use]
    pub fn count(&self, event: &str) -> usize {
        let is_it = |found: &&Value| found["event"] == event;
        self.events().iter().filter(is_it).count()
    }

    /// How many tokens were given for this grant type.
    #[must_use]
    pub fn grants(&self, grant_type: &str) -> usize {
        let is_it =
            |found: &&Value| found["event"] == "grant.success" && found["grant"] == grant_type;
        self.events().iter().filter(is_it).count()
    }

    /// Waits until `event` has happened `times` times.
    ///
    /// # Errors
    ///
    /// When it doesn't, with what has.
    pub fn wait_for(&self, event: &str, times: usize) -> Result<()> {
        let start = Instant::now();
        while self.count(event) < times {
            if start.elapsed() > PATIENCE {
                bail!(
                    "`{event}` has not happened {times} times:\n{}",
                    self.server.output()
                );
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}
