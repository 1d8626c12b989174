//! Whether and when to try again.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::header::RETRY_AFTER;
use http::{HeaderMap, Method};
use tokio::time::timeout;

use super::Call;
use crate::body::ByteStream;
use crate::codec::http_date;
use crate::error::Error;
use crate::response::Received;

/// How much of an error's body is kept.
const ERROR_BODY: usize = 1024 * 1024;

/// The error for an answer that is not a success; its body is waited for as long as `limit`.
pub(super) async fn status_error(received: Received, limit: Duration) -> Error {
    let Received { head, body, .. } = received;
    let retry_after = retry_after(&head.headers, SystemTime::now());
    let body = error_body(body, limit).await;
    Error::status_error(head, body, retry_after)
}

/// The beginning of an error's body, as far as it comes in time: one that breaks off, or never ends, does not change what the
/// status says.
pub(super) async fn error_body(mut body: ByteStream, limit: Duration) -> Bytes {
    let mut kept = BytesMut::new();
    let read = async {
        while kept.len() < ERROR_BODY
            && let Some(Ok(chunk)) = body.chunk().await
        {
            kept.extend_from_slice(&chunk[..chunk.len().min(ERROR_BODY - kept.len())]);
        }
    };
    // What has come by then is kept.
    let _ = timeout(limit, read).await;
    kept.freeze()
}

/// The pause before the next attempt; `None` if there should be none.
pub(super) fn pause(call: &Call, error: &Error, retries: u32) -> Option<Duration> {
    let policy = call
        .request
        .options
        .retry
        .as_ref()
        .unwrap_or(&call.request.client.connection().retry);
    if retries >= policy.max_retries || !error.is_retryable() || !is_repeatable(call) {
        return None;
    }
    let asked = error.retry_after();
    if asked.is_some_and(|pause| pause > policy.retry_after_limit) {
        return None;
    }
    let own = policy.pause(retries);
    // The jitter stays on top, or all clients that were turned away come back at the same moment.
    let pause = asked.map_or(own, |asked| asked.saturating_add(own / 4));
    call.request.client.0.budget.draw().then_some(pause)
}

fn is_repeatable(call: &Call) -> bool {
    let idempotent =
        is_idempotent(&call.prepared.method) && !call.is_unsafe.load(Ordering::Relaxed);
    let safe = idempotent || call.request.options.idempotency_key.is_some();
    safe && call.prepared.body.is_replayable()
}

/// RFC 9110 section 9.2.2; `QUERY` is safe and idempotent as well (draft-ietf-httpbis-safe-method-w-body).
pub(super) fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::PUT | Method::DELETE | Method::OPTIONS | Method::TRACE
    ) || method.as_str() == "QUERY"
}

/// RFC 9110 section 10.2.3: seconds, or a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = http_date(text)?;
    let now = jiff::Timestamp::try_from(now).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn methods_that_only_ask_are_repeated() {
        let repeats = |name: &str| is_idempotent(&Method::from_bytes(name.as_bytes()).unwrap());
        assert!(repeats("QUERY") && repeats("DELETE"));
        assert!(!repeats("POST") && !repeats("COPY"));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let parse = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            retry_after(&headers, now)
        };
        assert_eq!(parse("120"), Some(Duration::from_secs(120)));
        assert_eq!(parse("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(
            parse("Sun, 06 Nov 1994 08:50:07 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(parse("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(parse("soon"), None);
        assert_eq!(parse("-1"), None);
    }
}
