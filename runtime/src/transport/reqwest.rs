//! HTTP with reqwest, of which nothing shows outside.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use secrecy::ExposeSecret as _;

use super::{BoxFuture, Transport, TransportError, TransportErrorKind};
use crate::body::ByteStream;
use crate::connection::Connection;
use crate::error::{Error, Result};

type BoxError = Box<dyn StdError + Send + Sync>;

/// The transport for production.
pub struct ReqwestTransport(reqwest::Client);

impl ReqwestTransport {
    /// Sets up a pool of connections.
    ///
    /// # Errors
    /// When proxy, certificates, or identity of the connection are not valid.
    pub fn new(connection: &Connection) -> Result<Self> {
        #[cfg(feature = "rustls")]
        choose_cryptography();
        // Redirects and retries are the runtime's own, because credentials depend on them.
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(connection.connect_timeout);
        if let Some(proxy) = &connection.proxy {
            // The URL may hold a password, so the cause stays out of the message.
            let proxy = reqwest::Proxy::all(proxy.expose_secret())
                .map_err(|_| Error::configuration("the URL of the proxy is not valid"))?;
            builder = builder.proxy(proxy);
        }
        let builder = tls(builder, connection)?;
        let client = builder.build().map_err(|error| {
            Error::configuration("the HTTP client cannot be set up").with_source(error)
        })?;
        Ok(Self(client))
    }
}

/// rustls asks once per process for its cryptography. What the program has chosen stays.
#[cfg(feature = "rustls")]
fn choose_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error says that another thread was faster, which is fine too.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn tls(
    mut builder: reqwest::ClientBuilder,
    connection: &Connection,
) -> Result<reqwest::ClientBuilder> {
    for pem in &connection.root_certificates {
        // Text without a certificate would be taken for none at all.
        let begin = b"-----BEGIN CERTIFICATE-----";
        if !pem.windows(begin.len()).any(|at| at == begin) {
            return Err(Error::configuration(
                "a root certificate is not valid PEM: there is no certificate in it",
            ));
        }
        let certificate = reqwest::Certificate::from_pem(pem).map_err(|error| {
            Error::configuration("a root certificate is not valid PEM").with_source(error)
        })?;
        builder = builder.add_root_certificate(certificate);
    }
    // When both are compiled in, certificates must fit the one that is used.
    #[cfg(feature = "rustls")]
    {
        builder = builder.tls_backend_rustls();
    }
    match &connection.client_identity {
        Some(pem) => Ok(builder.identity(identity(pem.expose_secret())?)),
        None => Ok(builder),
    }
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn tls(builder: reqwest::ClientBuilder, connection: &Connection) -> Result<reqwest::ClientBuilder> {
    if connection.client_identity.is_some() || !connection.root_certificates.is_empty() {
        return Err(Error::configuration(
            "certificates need the feature `rustls` or `native-tls` of connector-runtime",
        ));
    }
    Ok(builder)
}

#[cfg(feature = "rustls")]
fn identity(pem: &str) -> Result<reqwest::Identity> {
    reqwest::Identity::from_pem(pem.as_bytes()).map_err(invalid_identity)
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn identity(pem: &str) -> Result<reqwest::Identity> {
    reqwest::Identity::from_pkcs8_pem(pem.as_bytes(), pem.as_bytes()).map_err(invalid_identity)
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn invalid_identity(error: reqwest::Error) -> Error {
    Error::configuration("the client identity is not a certificate with its key in PEM")
        .with_source(error)
}

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: Request<ByteStream>,
    ) -> BoxFuture<'_, Result<Response<ByteStream>, TransportError>> {
        Box::pin(async move {
            let request =
                reqwest::Request::try_from(request.map(outgoing)).map_err(transport_error)?;
            let response = self.0.execute(request).await.map_err(transport_error)?;
            let length = response.content_length();
            let response: Response<reqwest::Body> = response.into();
            Ok(response.map(|body| ByteStream::from_chunks(Incoming(body), length)))
        })
    }
}

fn outgoing(body: ByteStream) -> reqwest::Body {
    match body.full() {
        Some(bytes) => bytes.into(),
        None => reqwest::Body::wrap(Outgoing {
            length: body.length(),
            body: Mutex::new(body),
        }),
    }
}

fn transport_error(error: reqwest::Error) -> TransportError {
    let kind = if refuses_identity(&error) {
        TransportErrorKind::ClientIdentity
    } else if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if error.is_builder() {
        TransportErrorKind::Unsendable
    } else {
        TransportErrorKind::Broken
    };
    // The URL may hold an API key.
    TransportError::new(kind, error.without_url())
}

/// Whether the server ended the connection over the client's certificate. In TLS 1.3 that comes after the handshake, in place of an
/// answer, so it looks like a connection that broke.
#[cfg(feature = "rustls")]
fn refuses_identity(error: &reqwest::Error) -> bool {
    use rustls::AlertDescription as Alert;
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(cause) = next {
        // What an I/O error wraps is not its source.
        let wrapped = cause
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .and_then(|wrapped| wrapped.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::AlertReceived(alert)) = wrapped {
            return matches!(
                alert,
                Alert::CertificateRequired
                    | Alert::NoCertificate
                    | Alert::BadCertificate
                    | Alert::UnsupportedCertificate
                    | Alert::CertificateRevoked
                    | Alert::CertificateExpired
                    | Alert::CertificateUnknown
                    | Alert::UnknownCA
                    | Alert::DecryptError
                    | Alert::AccessDenied
            );
        }
        next = cause.source();
    }
    false
}

/// Other implementations of TLS do not say so in a way that a program can read.
#[cfg(not(feature = "rustls"))]
fn refuses_identity(_: &reqwest::Error) -> bool {
    false
}

/// A body on its way out. reqwest wants `Sync`, which a stream need not be; the lock is never contended.
struct Outgoing {
    body: Mutex<ByteStream>,
    length: Option<u64>,
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let body = self.body.get_mut().map_err(|_| "the body panicked");
        match body {
            Ok(body) => body
                .poll_chunk(cx)
                .map(|chunk| chunk.map(|chunk| chunk.map(Frame::data))),
            Err(error) => Poll::Ready(Some(Err(error.into()))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// A body on its way in.
struct Incoming(reqwest::Body);

impl Stream for Incoming {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return match Pin::new(&mut self.0).poll_frame(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.without_url().into()))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => Poll::Ready(Some(Ok(data))),
                    // Trailers.
                    Err(_) => continue,
                },
            };
        }
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport")
    }
}
