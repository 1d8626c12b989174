//! Prism, the server that knows a document.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::peers::Peers;
use crate::server::{Server, free_address};

/// It reads a large document for many minutes when the machine is busy.
const PATIENCE: Duration = Duration::from_secs(900);

/// A Prism that serves one document of `specs/` on a port of this machine.
///
/// It answers with the document's examples, and with an error to a request that breaks the document: what is sent is
/// checked by a program that we did not write.
#[derive(Debug)]
pub struct Prism {
    server: Server,
    address: SocketAddr,
}

impl Prism {
    /// Serves `specs/<document>`.
    ///
    /// # Errors
    ///
    /// When Prism isn't installed or doesn't start.
    pub fn serve(document: &str) -> Result<Self> {
        Self::run(&crate::root().join("specs").join(document), false)
    }

    /// Serves any document, and goes on when a request breaks Prism, which is answered with an error then.
    ///
    /// # Errors
    ///
    /// When Prism isn't installed, or doesn't start with this document; with its reason.
    pub fn standing(document: &Path) -> Result<Self> {
        Self::run(document, true)
    }

    fn run(document: &Path, standing: bool) -> Result<Self> {
        let peers = Peers::installed()?;
        let address = free_address()?;
        let mut command = Command::new(peers.prism());
        command
            // `--cors false`: otherwise it answers OPTIONS by itself.
            .args(["mock", "--errors", "--cors", "false", "--host", "127.0.0.1"])
            .args(["--port", &address.port().to_string()])
            .arg(document);
        if standing {
            let script = crate::root().join("tests/peers/prism-standing.cjs");
            command.env("NODE_OPTIONS", format!("--require {}", script.display()));
        }
        // Most documents have nothing at `/`, but whoever says so is up.
        let server = Server::start_within(PATIENCE, "prism", &mut command, address, "/", |_| true)?;
        Ok(Self { server, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has written so far: every request, and what was wrong with it.
    #[must_use]
    pub fn output(&self) -> String {
        self.server.output()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prism_starts() {
        let prism = Prism::serve("acme.yaml").unwrap();
        assert!(
            prism.output().contains("Prism is listening"),
            "{}",
            prism.output()
        );
    }
}
