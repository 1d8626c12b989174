//! Whether and when to try again.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, Method};

use super::Call;
use crate::codec::http_date;
use crate::error::Error;
use crate::response::Received;

/// How much of an error's body is kept.
pub(super) const ERROR_BODY: usize = 1024 * 1024;

/// The error for an answer that is not a success.
pub(super) async fn status_error(received: Received) -> Error {
    let Received { head, body, .. } = received;
    let retry_after = retry_after(&head.headers, SystemTime::now());
    // A body that breaks off does not change what the status says.
    let body = body.bytes_up_to(ERROR_BODY).await.unwrap_or_default();
    Error::status_error(head, body, retry_after)
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
