//! Requests to an authorization server over the connection's transport: one HTTP stack, proxy, and set of certificates for all.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Request, Response};
use tokio::time::timeout;

use crate::body::ByteStream;
use crate::connection::Connection;
use crate::transport::{Transport, TransportError, TransportErrorKind};

/// The time limit of one request.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// More than any answer; what is longer is none.
const MAX_RESPONSE: usize = 1024 * 1024;

/// The way to an authorization server.
#[derive(Clone)]
pub(crate) struct Http {
    transport: Arc<dyn Transport>,
    user_agent: Option<HeaderValue>,
    /// Plain http is allowed beyond this machine.
    pub(crate) insecure: bool,
}

impl Http {
    pub(crate) fn new(transport: Arc<dyn Transport>, connection: &Connection) -> Self {
        let agent = connection.user_agent.as_deref();
        Self {
            transport,
            user_agent: agent.and_then(|agent| HeaderValue::from_str(agent).ok()),
            insecure: connection.insecure_credentials,
        }
    }

    /// Sends a request and reads the answer. Redirects are not followed: they would carry secrets away (RFC 9700 section 4.12).
    pub(crate) async fn send(
        &self,
        mut request: Request<Vec<u8>>,
    ) -> Result<Response<Bytes>, TransportError> {
        let headers = request.headers_mut();
        if let Some(agent) = &self.user_agent {
            headers.entry(USER_AGENT).or_insert(agent.clone());
        }
        if let Some(authorization) = headers.get_mut(AUTHORIZATION) {
            authorization.set_sensitive(true);
        }
        let request = request.map(|body| ByteStream::from(Bytes::from(body)));
        let exchange = async {
            let (head, body) = self.transport.send(request).await?.into_parts();
            let broken = |error| TransportError::new(TransportErrorKind::Broken, error);
            let body = body.bytes_up_to(MAX_RESPONSE).await.map_err(broken)?;
            Ok(Response::from_parts(head, body))
        };
        timeout(TIMEOUT, exchange)
            .await
            .map_err(|elapsed| TransportError::new(TransportErrorKind::Timeout, elapsed))?
    }
}
