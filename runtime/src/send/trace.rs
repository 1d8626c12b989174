//! Spans, with the names of OpenTelemetry's semantic conventions for HTTP clients. Neither queries nor header values are recorded.

use tracing::Span;
use tracing::field::Empty;

use super::{Answer, Call};
use crate::descriptor::Api;
use crate::error::{Error, ErrorKind, Result};
use crate::response::Received;

/// The span of a call, from its arguments to its result.
pub(super) fn call(api: &Api, operation: Option<&'static str>) -> Span {
    let name = operation.unwrap_or("request");
    tracing::info_span!(
        "call",
        otel.name = name,
        otel.kind = "internal",
        connector.api = api.name(),
        connector.operation = operation,
        "error.type" = Empty,
    )
}

/// The span of one attempt.
pub(super) fn attempt(call: &Call, attempts: u32) -> Span {
    let prepared = &call.prepared;
    tracing::info_span!(
        "attempt",
        otel.name = %format_args!("{} {}", prepared.method, prepared.template),
        otel.kind = "client",
        http.request.method = prepared.method.as_str(),
        url.scheme = prepared.url.scheme(),
        url.template = prepared.template.as_str(),
        server.address = prepared.url.host_str(),
        server.port = prepared.url.port_or_known_default(),
        http.request.resend_count = (attempts > 1).then(|| attempts - 1),
        http.response.status_code = Empty,
        "error.type" = Empty,
    )
}

pub(super) fn finish_attempt(span: &Span, outcome: &Result<Answer>) {
    match outcome {
        Ok(answer) => {
            let status = answer.attempt.received.status();
            span.record("http.response.status_code", status);
            if status >= 400 {
                span.record("error.type", status.to_string());
            }
        }
        Err(error) => {
            span.record("error.type", error_type(error));
        }
    }
}

pub(super) fn finish(result: &Result<Received>) {
    if let Err(error) = result {
        Span::current().record("error.type", error_type(error));
    }
}

fn error_type(error: &Error) -> String {
    if let (ErrorKind::Status, Some(status)) = (error.kind(), error.status()) {
        return status.to_string();
    }
    let name = match error.kind() {
        ErrorKind::Configuration => "configuration",
        ErrorKind::Request => "request",
        ErrorKind::Credential => "credential",
        ErrorKind::Connect => "connect",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Transport => "transport",
        ErrorKind::Status => "status",
        ErrorKind::Decode => "decode",
        ErrorKind::Store => "store",
        ErrorKind::Body => "body",
        ErrorKind::Operation => "operation",
    };
    name.to_owned()
}
