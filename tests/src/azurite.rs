//! Azurite, the emulator of Azure Storage.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::peers::Peers;
use crate::server::{Server, free_address};

/// The account that every Azurite has.
pub const AZURITE_ACCOUNT: &str = "devstoreaccount1";

/// The key of [`AZURITE_ACCOUNT`], which is no secret.
pub const AZURITE_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// One of Azurite's services with a folder and a port of its own, and nothing stored in it.
#[derive(Debug)]
pub struct Azurite {
    server: Server,
    address: SocketAddr,
    _folder: TempDir,
}

impl Azurite {
    /// Starts the Blob service.
    ///
    /// # Errors
    ///
    /// When Azurite isn't installed or doesn't start.
    pub fn blobs() -> Result<Self> {
        let mut command = Command::new(Peers::installed()?.azurite("blob"));
        let address = free_address()?;
        command
            .args(["--blobHost", "127.0.0.1"])
            .args(["--blobPort", &address.port().to_string()]);
        Self::start(command, address)
    }

    /// Starts the Table service.
    ///
    /// # Errors
    ///
    /// When Azurite isn't installed or doesn't start.
    pub fn tables() -> Result<Self> {
        let mut command = Command::new(Peers::installed()?.azurite("table"));
        let address = free_address()?;
        command
            .args(["--tableHost", "127.0.0.1"])
            .args(["--tablePort", &address.port().to_string()]);
        Self::start(command, address)
    }

    fn start(mut command: Command, address: SocketAddr) -> Result<Self> {
        let folder = TempDir::new()?;
        command
            .current_dir(folder.path())
            .arg("--location")
            .arg(folder.path())
            .arg("--disableTelemetry");
        // It answers with an error to whoever comes without an account, but whoever answers is up.
        let server = Server::start("azurite", &mut command, address, "/", |_| true)?;
        Ok(Self {
            server,
            address,
            _folder: folder,
        })
    }

    /// The address of the account.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/{AZURITE_ACCOUNT}", self.address)
    }

    /// What it has written so far: a line for every request.
    #[must_use]
    pub fn output(&self) -> String {
        self.server.output()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn azurite_starts() {
        let azurite = Azurite::blobs().unwrap();
        let output = azurite.output();
        assert!(output.contains("successfully listens"), "{output}");
    }
}
