//! A server that runs for as long as a test needs it.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::NamedTempFile;

/// How long a server may take to answer, on a machine that is busy with compiling as well.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a server may take to put its own house in order before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// A server and the processes that it starts; all of them end when this is dropped.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    child: Child,
    output: NamedTempFile,
}

impl Server {
    /// Starts a server and waits until it answers `GET path` with a status that `is_ready` accepts.
    ///
    /// # Errors
    ///
    /// When it ends before that, or takes too long; with what it has written.
    pub fn start(
        name: &'static str,
        command: &mut Command,
        address: SocketAddr,
        path: &str,
        is_ready: fn(u16) -> bool,
    ) -> Result<Self> {
        Self::start_within(PATIENCE, name, command, address, path, is_ready)
    }

    /// The same for a server that takes long.
    ///
    /// # Errors
    ///
    /// When it ends before it answers, or takes longer than `patience`; with what it has written.
    pub fn start_within(
        patience: Duration,
        name: &'static str,
        command: &mut Command,
        address: SocketAddr,
        path: &str,
        is_ready: fn(u16) -> bool,
    ) -> Result<Self> {
        let output = NamedTempFile::new()?;
        // Both streams append, so that neither writes over the other.
        let log = OpenOptions::new().append(true).open(output.path())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A group of its own, so that its children end with it.
            .process_group(0)
            .spawn()
            .with_context(|| format!("can't start {name}"))?;
        let mut server = Self {
            name,
            child,
            output,
        };
        server.wait_until(patience, || status(address, path).is_ok_and(is_ready))?;
        Ok(server)
    }

    /// What the server has written so far.
    pub fn output(&self) -> String {
        let mut bytes = Vec::new();
        let read = File::open(self.output.path()).and_then(|mut file| file.read_to_end(&mut bytes));
        match read {
            Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => format!("(can't read the output of {}: {error})", self.name),
        }
    }

    fn wait_until(&mut self, patience: Duration, ready: impl Fn() -> bool) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < patience {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}:\n{}", self.name, self.output());
            }
            if ready() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("{} doesn't answer:\n{}", self.name, self.output())
    }

    fn stop(&mut self) -> io::Result<()> {
        let group = Pid::from_child(&self.child);
        kill_process_group(group, Signal::TERM)?;
        let start = Instant::now();
        while start.elapsed() < GRACE && self.child.try_wait()?.is_none() {
            thread::sleep(Duration::from_millis(20));
        }
        // Whoever is left of the group; usually nobody.
        let _ = kill_process_group(group, Signal::KILL);
        self.child.wait().map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("---- {} wrote:\n{}", self.name, self.output());
        }
        if let Err(error) = self.stop() {
            eprintln!("can't stop {}: {error}", self.name);
        }
    }
}

/// An address of this machine where nobody listens at this moment, and that was not given before: the one who got it may still be
/// starting.
///
/// # Errors
///
/// When there is none.
pub fn free_address() -> io::Result<SocketAddr> {
    static GIVEN: Mutex<BTreeSet<SocketAddr>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        if given.insert(address) {
            return Ok(address);
        }
    }
}

/// The status with which a server answers `GET path`.
fn status(address: SocketAddr, path: &str) -> io::Result<u16> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut start = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut start)?;
    let status = str::from_utf8(&start[9..]).ok();
    status
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::other("this is not HTTP"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ends_is_reported_with_its_words() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such file; exit 1"]);
        let address = free_address().unwrap();
        let error = Server::start("sh", &mut command, address, "/", |_| true).unwrap_err();
        assert!(error.to_string().contains("no such file"), "{error}");
    }
}
