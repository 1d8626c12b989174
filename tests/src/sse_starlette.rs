//! sse-starlette, which sends server-sent events.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::Result;

use crate::peers::Peers;
use crate::server::{Server, free_address};

/// A server of events on a port of its own: it plays the feeds of `specs/streams.yaml`.
#[derive(Debug)]
pub struct SseStarlette {
    _server: Server,
    address: SocketAddr,
}

impl SseStarlette {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// When it isn't installed or doesn't start.
    pub fn start() -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(Peers::installed()?.python_program());
        command
            .arg(crate::root().join("tests/peers/sse-starlette.py"))
            .arg(address.port().to_string());
        let server = Server::start("sse-starlette", &mut command, address, "/", |status| {
            status == 200
        })?;
        Ok(Self {
            _server: server,
            address,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
