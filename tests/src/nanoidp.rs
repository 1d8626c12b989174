//! nanoidp, an authorization server in Python that shares no code with the others.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::peers::Peers;
use crate::server::{Server, free_address};

/// A nanoidp as strict as OAuth 2.1: PKCE, refresh tokens that rotate, redirect URIs as they are registered.
///
/// Its user is `ada` with the password `secret`. Its clients are `basic`, `body` and `native`, a public one; their secret is their
/// name and `-secret`. Endpoints: `/authorize`, `/token`, `/device_authorization`, `/revoke`, `/introspect`, `/userinfo`.
#[derive(Debug)]
pub struct NanoIdp {
    server: Server,
    address: SocketAddr,
    _folder: TempDir,
}

impl NanoIdp {
    /// Starts it with the issuer that is its address.
    ///
    /// # Errors
    ///
    /// When it isn't installed or doesn't start.
    pub fn start() -> Result<Self> {
        let address = free_address()?;
        Self::start_as(address, &format!("http://{address}"))
    }

    /// Starts it with an issuer that is somebody else.
    ///
    /// # Errors
    ///
    /// When it isn't installed or doesn't start.
    pub fn start_with_issuer(issuer: &str) -> Result<Self> {
        Self::start_as(free_address()?, issuer)
    }

    fn start_as(address: SocketAddr, issuer: &str) -> Result<Self> {
        let peers = Peers::installed()?;
        let folder = TempDir::new()?;
        fs::write(folder.path().join("settings.yaml"), settings(issuer))?;
        fs::write(folder.path().join("users.yaml"), USERS)?;
        let mut command = Command::new(peers.python_program());
        command
            .current_dir(folder.path())
            .args(["-m", "nanoidp", "--strict-config", "--profile", "oauth21"])
            .args(["--host", "127.0.0.1", "--port", &address.port().to_string()])
            .arg("--config")
            .arg(folder.path());
        let server = Server::start("nanoidp", &mut command, address, "/api/health", |status| {
            status == 200
        })?;
        Ok(Self {
            server,
            address,
            _folder: folder,
        })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has written so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.server.output()
    }
}

const USERS: &str = r#"
config_version: 1
users:
  ada:
    password: "secret"
    email: "ada@example.org"
    roles: ["USER"]
"#;

/// The port of a redirect URI on this machine is free to choose (RFC 8252 section 7.3).
const REDIRECTS: &str =
    r#"["http://127.0.0.1/", "http://127.0.0.1/callback", "http://127.0.0.1/oauth/callback"]"#;

fn settings(issuer: &str) -> String {
    let client = |id: &str, method: &str| {
        let secret = match method {
            "none" => String::new(),
            _ => format!("\n      client_secret: \"{id}-secret\""),
        };
        format!(
            r#"
    - client_id: "{id}"{secret}
      token_endpoint_auth_method: "{method}"
      redirect_uris: {REDIRECTS}"#
        )
    };
    format!(
        r#"
config_version: 1
security_profile: oauth21
oauth:
  issuer: "{issuer}"
  audience: "tests"
  scopes_supported: ["openid", "profile", "email", "offline_access", "read", "write"]
  refresh_token_rotation: true
  clients:{}{}{}
session:
  enforce_password_check: true
device_flow:
  polling_interval: 1
"#,
        client("basic", "client_secret_basic"),
        client("body", "client_secret_post"),
        client("native", "none"),
    )
}
