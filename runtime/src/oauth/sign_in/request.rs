//! Just enough of HTTP/1.1 (RFC 9112) to take one redirect from a browser on this machine.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::timeout;
use url::form_urlencoded;

/// Longer than any redirect with its headers: cookies of other programs on this machine come along.
const MAX_HEAD: usize = 64 * 1024;

/// Longer than any form with a code.
const MAX_BODY: usize = 64 * 1024;

/// Browsers open connections in advance and send nothing; others send a byte now and then.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    /// With `response_mode=form_post`.
    Post,
}

/// A request of a browser.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    /// Of the query, or of the form.
    pub(super) parameters: Vec<(String, String)>,
}

/// What is not a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Nobody is there to read an answer.
    Silent,
    /// Not HTTP, too long, or not for this machine.
    Bad,
}

/// Reads a request.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Request, Unreadable> {
    match timeout(PATIENCE, read_all(stream)).await {
        Ok(result) => result,
        Err(_) => Err(Unreadable::Silent),
    }
}

async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> Result<Request, Unreadable> {
    let mut bytes = Vec::with_capacity(4096);
    let end = loop {
        if let Some(end) = end_of_head(&bytes) {
            break end;
        }
        if bytes.len() > MAX_HEAD {
            return Err(Unreadable::Bad);
        }
        if fill(stream, &mut bytes).await? == 0 {
            return Err(Unreadable::Silent);
        }
    };
    let mut body = bytes.split_off(end);
    let head = Head::parse(&bytes).ok_or(Unreadable::Bad)?;
    if head.length > MAX_BODY {
        return Err(Unreadable::Bad);
    }
    while body.len() < head.length {
        if fill(stream, &mut body).await? == 0 {
            return Err(Unreadable::Silent);
        }
    }
    body.truncate(head.length);
    Ok(head.into_request(&body))
}

async fn fill(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
) -> Result<usize, Unreadable> {
    let mut chunk = [0; 4096];
    let count = stream.read(&mut chunk).await;
    let count = count.map_err(|_| Unreadable::Silent)?;
    bytes.extend_from_slice(&chunk[..count]);
    Ok(count)
}

/// Behind the empty line. RFC 9112 section 2.2 lets a line end with LF alone.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let after = |separator: &[u8]| {
        let at = bytes
            .windows(separator.len())
            .position(|window| window == separator)?;
        Some(at + separator.len())
    };
    [after(b"\r\n\r\n"), after(b"\n\n")]
        .into_iter()
        .flatten()
        .min()
}

struct Head {
    method: Method,
    path: String,
    query: String,
    /// Of a body that is a form.
    length: usize,
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.lines();
        let mut words = lines.next()?.split(' ');
        let method = match words.next()? {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            _ => return None,
        };
        let target = words.next()?;
        if !words.next()?.starts_with("HTTP/1.") || words.next().is_some() {
            return None;
        }
        let headers: Vec<(&str, &str)> = lines
            .take_while(|line| !line.is_empty())
            .map(|line| {
                line.split_once(':')
                    .map(|(name, value)| (name, value.trim()))
            })
            .collect::<Option<_>>()?;
        let header = |wanted: &str| {
            let mut all = headers.iter();
            let found = all.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| *value)
        };
        // A page elsewhere that lets its own name point here (DNS rebinding) is told nothing.
        if !header("host").is_some_and(is_this_machine) {
            return None;
        }
        let length = match method {
            Method::Get | Method::Head => 0,
            Method::Post => {
                let form = header("content-type")?.to_ascii_lowercase();
                if !form.starts_with("application/x-www-form-urlencoded") {
                    return None;
                }
                header("content-length")?.parse().ok()?
            }
        };
        let target = target.split('#').next()?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        path.starts_with('/').then(|| Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            length,
        })
    }

    fn into_request(self, body: &[u8]) -> Request {
        let form = match self.method {
            Method::Post => body,
            Method::Get | Method::Head => self.query.as_bytes(),
        };
        Request {
            parameters: form_urlencoded::parse(form).into_owned().collect(),
            method: self.method,
            path: self.path,
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "[::1]") || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt as _, duplex};

    use super::*;

    async fn parsed(text: &str) -> Result<Request, Unreadable> {
        read(&mut text.as_bytes()).await
    }

    #[tokio::test]
    async fn redirect_of_a_browser_is_read() {
        let request = parsed(
            "GET /callback?code=a%2Bb+c&state=s HTTP/1.1\r\nHost: 127.0.0.1:4711\r\nAccept: */*\r\n\r\n",
        )
        .await
        .unwrap();
        assert_eq!(request.method, Method::Get);
        assert_eq!(request.path, "/callback");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            request.parameters,
            [pair("code", "a+b c"), pair("state", "s")]
        );
    }

    #[tokio::test]
    async fn form_that_comes_in_pieces_is_read() {
        let (mut browser, mut server) = duplex(8);
        let sending = async {
            let request = "POST / HTTP/1.1\r\nhost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\ncode=xIGNORED";
            browser.write_all(request.as_bytes()).await
        };
        let (request, _) = tokio::join!(read(&mut server), async {
            let _ = sending.await;
        });
        assert_eq!(
            request.unwrap().parameters,
            [("code".to_owned(), "x".to_owned())]
        );
    }

    #[tokio::test]
    async fn what_is_no_request_to_this_machine_is_refused() {
        for text in [
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            "DELETE / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            "GET / HTTP/2.0\r\nHost: 127.0.0.1\r\n\r\n",
            "GET / x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            "GET / HTTP/1.1\r\nno header\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999999\r\n\r\n",
            "\u{16}\u{3}\u{1}\r\n\r\n",
        ] {
            assert_eq!(parsed(text).await, Err(Unreadable::Bad), "{text:?}");
        }
    }

    #[tokio::test]
    async fn head_without_end_is_cut_off() {
        let text = format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(2 * MAX_HEAD));
        assert_eq!(parsed(&text).await, Err(Unreadable::Bad));
    }

    #[tokio::test(start_paused = true)]
    async fn silent_and_slow_connections_are_given_up() {
        let (_browser, mut server) = duplex(64);
        assert_eq!(read(&mut server).await, Err(Unreadable::Silent));
        let (mut browser, mut server) = duplex(64);
        let drip = tokio::spawn(async move {
            while browser.write_all(b"G").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        assert_eq!(read(&mut server).await, Err(Unreadable::Silent));
        drop(server);
        drip.await.unwrap();
    }
}
