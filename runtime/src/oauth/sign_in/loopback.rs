//! The listener on this machine that takes the redirect back (RFC 8252 section 7.3).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use url::{Host, Url};

use super::authorization::{Answer, Authorization, Code};
use super::page::Page;
use super::request::{self, Method, Request, Unreadable};
use crate::error::{Error, Result};

/// More connections than any browser opens; those beyond wait.
const MAX_CONNECTIONS: usize = 64;

/// How long a browser may take for a page of a few hundred bytes.
const WRITE_PATIENCE: Duration = Duration::from_secs(2);

/// How long a browser waits while the code is exchanged for tokens, retries included.
const EXCHANGE_PATIENCE: Duration = Duration::from_secs(5 * 60);

/// A place on this machine where the redirect back arrives.
pub(super) struct Loopback {
    listeners: Vec<TcpListener>,
    /// As it goes to the server, to the letter.
    pub(super) redirect_uri: String,
    path: String,
}

impl Loopback {
    /// Listens at a redirect URI. Without a port, it takes a free one.
    pub(super) async fn bind(wanted: &str) -> Result<Self> {
        let invalid = || {
            Error::configuration(format!(
                "`{wanted}` is no redirect URI on this machine: it has to be `http://127.0.0.1`, `http://[::1]` or `http://localhost`, with a port or without, and a path"
            ))
        };
        let url = Url::parse(wanted).map_err(|_| invalid())?;
        let is_plain =
            url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if url.scheme() != "http" || !is_plain {
            return Err(invalid());
        }
        const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
        const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
        let addresses: &[IpAddr] = match url.host() {
            Some(Host::Ipv4(Ipv4Addr::LOCALHOST)) => &[V4],
            Some(Host::Ipv6(Ipv6Addr::LOCALHOST)) => &[V6],
            // Which of them a browser tries first is its own affair.
            Some(Host::Domain("localhost")) => &[V4, V6],
            _ => return Err(invalid()),
        };
        let listeners = listen(addresses, url.port()).await?;
        let redirect_uri = match (url.port(), listeners.first()) {
            (None, Some(first)) => {
                let address = first.local_addr().map_err(|error| unusable(None, error))?;
                with_port(wanted, address.port()).ok_or_else(invalid)?
            }
            _ => wanted.to_owned(),
        };
        Ok(Self {
            listeners,
            redirect_uri,
            path: url.path().to_owned(),
        })
    }

    /// Serves browsers until the result is dropped.
    pub(super) fn serve(self, authorization: Arc<Authorization>) -> Serving {
        let (answers, arrivals) = mpsc::channel(1);
        let foreign = Arc::new(AtomicBool::new(false));
        let gate = Arc::new(Gate {
            authorization,
            path: self.path,
            answers,
            foreign: Arc::clone(&foreign),
        });
        let mut tasks = JoinSet::new();
        for listener in self.listeners {
            tasks.spawn(accept(listener, Arc::clone(&gate)));
        }
        Serving {
            arrivals,
            foreign,
            _tasks: tasks,
        }
    }
}

/// Listens at one port of all addresses. A free port at the first may be taken at the second, so it is tried again.
async fn listen(addresses: &[IpAddr], port: Option<u16>) -> Result<Vec<TcpListener>> {
    const ATTEMPTS: u32 = 10;
    let mut attempt = 1;
    loop {
        match listen_once(addresses, port.unwrap_or(0)).await {
            Ok(listeners) => return Ok(listeners),
            Err(error)
                if port.is_none()
                    && attempt < ATTEMPTS
                    && error.kind() == io::ErrorKind::AddrInUse =>
            {
                attempt += 1;
            }
            Err(error) => return Err(unusable(port, error)),
        }
    }
}

async fn listen_once(addresses: &[IpAddr], port: u16) -> io::Result<Vec<TcpListener>> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    for address in addresses {
        let port = match listeners.first() {
            Some(first) => first.local_addr()?.port(),
            None => port,
        };
        match TcpListener::bind((*address, port)).await {
            Ok(listener) => listeners.push(listener),
            // A machine without IPv6.
            Err(error) if !listeners.is_empty() && error.kind() != io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
    Ok(listeners)
}

fn unusable(port: Option<u16>, error: io::Error) -> Error {
    let place = match port {
        Some(port) => format!("at port {port}, which the redirect URI names,"),
        None => "on this machine".to_owned(),
    };
    Error::configuration(format!(
        "the sign-in cannot listen {place} for its answer: {error}"
    ))
    .with_source(error)
}

/// The URI with a port behind its host.
fn with_port(uri: &str, port: u16) -> Option<String> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    Some(format!("http://{host}:{port}{path}"))
}

/// A listener at work.
pub(super) struct Serving {
    arrivals: mpsc::Receiver<Arrival>,
    foreign: Arc<AtomicBool>,
    // Dropping them closes the port.
    _tasks: JoinSet<()>,
}

/// The answer to the sign-in, and a browser that waits to be told what came of it.
pub(super) struct Arrival {
    pub(super) answer: Result<Code>,
    pub(super) browser: Browser,
}

pub(super) struct Browser(oneshot::Sender<(Page, oneshot::Sender<()>)>);

impl Browser {
    /// Shows a page and waits until it is on its way.
    pub(super) async fn show(self, page: Page) {
        let (written, done) = oneshot::channel();
        if self.0.send((page, written)).is_ok() {
            let _ = timeout(WRITE_PATIENCE, done).await;
        }
    }
}

impl Serving {
    /// Waits for the answer.
    pub(super) async fn arrival(&mut self) -> Option<Arrival> {
        self.arrivals.recv().await
    }

    /// Whether there were answers to other sign-ins.
    pub(super) fn saw_foreign(&self) -> bool {
        self.foreign.load(Ordering::Relaxed)
    }
}

/// Decides what a browser is shown.
struct Gate {
    authorization: Arc<Authorization>,
    path: String,
    answers: mpsc::Sender<Arrival>,
    foreign: Arc<AtomicBool>,
}

async fn accept(listener: TcpListener, gate: Arc<Gate>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= MAX_CONNECTIONS {
            connections.join_next().await;
        }
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve(stream, Arc::clone(&gate)));
            }
            // Out of file descriptors, for example: it may pass.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn serve(mut stream: TcpStream, gate: Arc<Gate>) {
    let (response, written) = match request::read(&mut stream).await {
        Ok(request) => {
            let with_body = request.method != Method::Head;
            let (page, written) = gate.receive(&request).await;
            (page.response(with_body), written)
        }
        Err(Unreadable::Bad) => (Page::BAD_REQUEST.response(true), None),
        Err(Unreadable::Silent) => return,
    };
    let write = async {
        stream.write_all(&response).await?;
        stream.shutdown().await?;
        drop(written);
        // Closing with something unread would make the system take the page back.
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    // A browser that has gone does not need the page.
    let _ = timeout(WRITE_PATIENCE, write).await;
}

impl Gate {
    /// The page for a request. Who waits for its delivery is told by the second value's end.
    async fn receive(&self, request: &Request) -> (Page, Option<oneshot::Sender<()>>) {
        if request.path != self.path {
            return (Page::NOT_FOUND, None);
        }
        // A look at the address, as virus scanners take one, is no answer.
        if request.method == Method::Head {
            return (Page::BAD_REQUEST, None);
        }
        let answer = match self.authorization.answer(&request.parameters) {
            Answer::Foreign => {
                self.foreign.store(true, Ordering::Relaxed);
                return (Page::FOREIGN, None);
            }
            Answer::Repeated => return (Page::REPEATED, None),
            Answer::Code(code) => Ok(code),
            Answer::Refused(error) => Err(error),
        };
        let (sender, page) = oneshot::channel();
        let browser = Browser(sender);
        if self
            .answers
            .send(Arrival { answer, browser })
            .await
            .is_err()
        {
            return (Page::FAILED, None);
        }
        match timeout(EXCHANGE_PATIENCE, page).await {
            Ok(Ok((page, written))) => (page, Some(written)),
            _ => (Page::FAILED, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn free_port_is_put_behind_the_host() {
        for (wanted, before, after) in [
            ("http://127.0.0.1/", "http://127.0.0.1:", "/"),
            ("http://127.0.0.1", "http://127.0.0.1:", ""),
            (
                "http://localhost/callback",
                "http://localhost:",
                "/callback",
            ),
        ] {
            let loopback = Loopback::bind(wanted).await.unwrap();
            let port = loopback.redirect_uri.strip_prefix(before);
            let port = port.and_then(|rest| rest.strip_suffix(after));
            assert_ne!(port.unwrap().parse::<u16>().unwrap(), 0, "{wanted}");
        }
    }

    #[tokio::test]
    async fn registered_uri_stays_to_the_letter() {
        let free = Loopback::bind("http://127.0.0.1")
            .await
            .unwrap()
            .redirect_uri;
        // The listener above is gone, so its port is free.
        assert_eq!(Loopback::bind(&free).await.unwrap().redirect_uri, free);
        let _taken = Loopback::bind(&free).await.unwrap();
        let error = Loopback::bind(&free).await.err().unwrap().to_string();
        assert!(error.contains("at port"), "{error}");
    }

    #[tokio::test]
    async fn only_this_machine_is_listened_at() {
        for uri in [
            "http://0.0.0.0/",
            "http://192.168.0.1/",
            "http://acme.example/",
            "https://127.0.0.1/",
            "http://127.0.0.1/?a=b",
            "http://user@127.0.0.1/",
            "urn:ietf:wg:oauth:2.0:oob",
        ] {
            assert!(Loopback::bind(uri).await.is_err(), "{uri}");
        }
    }
}
