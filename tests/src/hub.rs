//! JupyterHub, a real service with a REST API.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::peers::Peers;
use crate::server::{Server, free_address};

/// The token of a service that may manage users, groups, servers and tokens.
pub const HUB_TOKEN: &str = "connector-tests-3f9a1c";

/// The application that may sign people in, by its client id.
pub const HUB_APPLICATION: &str = "service-application";

/// Its secret.
pub const HUB_APPLICATION_SECRET: &str = "connector-tests-77b0e4";

/// A JupyterHub with a database and ports of its own, and nobody in it.
#[derive(Debug)]
pub struct JupyterHub {
    server: Server,
    address: SocketAddr,
    _folder: TempDir,
}

impl JupyterHub {
    /// Starts JupyterHub and its proxy.
    ///
    /// # Errors
    ///
    /// When they aren't installed or don't start.
    pub fn start() -> Result<Self> {
        Self::start_for("http://127.0.0.1/callback")
    }

    /// Starts JupyterHub and its proxy. It signs people in for [`HUB_APPLICATION`] and sends them back to `redirect_uri`,
    /// whose port it takes literally.
    ///
    /// # Errors
    ///
    /// When they aren't installed or don't start.
    pub fn start_for(redirect_uri: &str) -> Result<Self> {
        let peers = Peers::installed()?;
        let folder = TempDir::new()?;
        let address = free_address()?;
        let config = folder.path().join("jupyterhub_config.py");
        fs::write(&config, config_text(&peers, address, redirect_uri)?)?;

        let mut command = Command::new(peers.jupyterhub());
        command.current_dir(folder.path()).arg("-f").arg(&config);
        // Until the hub itself is up, its proxy answers with 404.
        let server = Server::start("jupyterhub", &mut command, address, "/hub/api/", |status| {
            status == 200
        })?;
        Ok(Self {
            server,
            address,
            _folder: folder,
        })
    }

    /// Where it listens; its API is below `/hub/api`.
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

fn config_text(peers: &Peers, address: SocketAddr, redirect_uri: &str) -> Result<String> {
    let (hub, proxy) = (free_address()?, free_address()?);
    let http_proxy = peers.http_proxy();
    Ok(format!(
        r#"
c = get_config()
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.bind_url = "http://{address}"
c.JupyterHub.hub_bind_url = "http://{hub}"
c.ConfigurableHTTPProxy.api_url = "http://{proxy}"
c.ConfigurableHTTPProxy.command = [{http_proxy:?}]
c.Authenticator.allow_all = True
c.JupyterHub.services = [{{"name": "tests", "api_token": "{HUB_TOKEN}"}}, {{
    "name": "application",
    "api_token": "{HUB_APPLICATION_SECRET}",
    "oauth_client_id": "{HUB_APPLICATION}",
    "oauth_redirect_uri": "{redirect_uri}",
    "oauth_client_allowed_scopes": ["inherit"],
    "display": False,
}}]
c.JupyterHub.load_roles = [{{
    "name": "tests",
    "services": ["tests"],
    "scopes": ["admin:users", "admin:groups", "admin:servers", "tokens", "list:services", "read:services", "read:hub"],
}}, {{
    "name": "user",
    "scopes": ["self", "access:services!service=application"],
}}]
"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jupyterhub_starts_and_stops() {
        let hub = JupyterHub::start().unwrap();
        assert!(
            hub.output().contains("Running JupyterHub version"),
            "{}",
            hub.output()
        );
    }
}
