//! httpbin, which says what has arrived, and asks for every kind of HTTP authentication.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::Result;

use crate::peers::Peers;
use crate::server::{Server, free_address};

/// An httpbin on a port of its own.
#[derive(Debug)]
pub struct Httpbin {
    server: Server,
    address: SocketAddr,
}

impl Httpbin {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// When it isn't installed or doesn't start.
    pub fn start() -> Result<Self> {
        let address = free_address()?;
        let port = address.port();
        let mut command = Command::new(Peers::installed()?.python_program());
        command
            .arg(crate::root().join("tests/peers/httpbin-server.py"))
            .arg(port.to_string());
        let server = Server::start("httpbin", &mut command, address, "/status/200", |status| {
            status == 200
        })?;
        Ok(Self { server, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has written so far: a line for every request.
    #[must_use]
    pub fn output(&self) -> String {
        self.server.output()
    }
}
