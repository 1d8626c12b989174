//! oauth2-mock-server, which lets its answers be spoilt.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::Result;
use serde_json::{Value, json};

use crate::peers::Peers;
use crate::server::{Server, free_address};

/// An authorization server that signs in everybody as `johndoe` without a page, and takes every client.
///
/// Its endpoints are `/authorize`, `/token`, `/revoke`, `/introspect`, `/userinfo`.
#[derive(Debug)]
pub struct OAuthMock {
    server: Server,
    address: SocketAddr,
}

impl OAuthMock {
    /// Starts it. Each of `answers` changes one answer of the token endpoint, the last one all further ones:
    /// `{"status": 400, "body": {…}, "set": {…}, "remove": […]}`, of which every part may be missing.
    ///
    /// # Errors
    ///
    /// When it isn't installed or doesn't start.
    pub fn start(answers: &[Value]) -> Result<Self> {
        let peers = Peers::installed()?;
        let address = free_address()?;
        let settings = json!({
            "module": peers.oauth_mock(),
            "port": address.port(),
            "answers": answers,
        });
        let mut command = Command::new("node");
        command
            .arg(crate::root().join("tests/peers/oauth2-mock-server.mjs"))
            .arg(settings.to_string());
        let server = Server::start(
            "oauth2-mock-server",
            &mut command,
            address,
            "/jwks",
            |status| status == 200,
        )?;
        Ok(Self { server, address })
    }

    /// Its address, which is its issuer as well.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The parameters of the token requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Value> {
        let output = self.server.output();
        output
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }
}
