//! What a `tracing` subscriber sees. A process of its own: whether a span is wanted is remembered for all threads, so calls
//! that other tests make without a subscriber would hide it.

#![allow(
    clippy::unwrap_used,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_runtime::mock::{MockTransport, Reply};
use connector_runtime::{Api, Client, Empty, Operation, Parameter, Request, RetryPolicy, Server};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static API: Api = Api::new("acme", "1.0").servers(&[Server::new("https://api.acme.example/v1")]);

static GET: Operation = Operation::new("getThing", "GET", "/things/{id}").parameters(&[
    Parameter::path("id"),
    Parameter::query("ids"),
    Parameter::header("X-Trace"),
]);

/// Writes spans and what is recorded on them into one text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().unwrap(), " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        write!(self.0.lock().unwrap(), "\n{}", span.metadata().name()).unwrap();
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn spans_have_opentelemetry_names_and_no_secrets() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let policy = RetryPolicy::new()
        .max_retries(1)
        .pauses(Duration::ZERO, Duration::ZERO);
    let mock = MockTransport::new();
    let client = Client::builder(&API)
        .transport(mock.clone())
        .retry(policy)
        .build()
        .unwrap();
    mock.reply(Reply::status(503)).reply(Reply::status(404));
    let mut request = Request::new(&client, &GET);
    request.set(0, "t1");
    request.set(1, "hush");
    request.set(2, "hush");
    request.send::<Empty>().await.unwrap_err();
    drop(guard);

    let text = log.0.lock().unwrap().clone();
    for expected in [
        "\ncall otel.name=\"getThing\" otel.kind=\"internal\" connector.api=\"acme\" connector.operation=\"getThing\"",
        "\nattempt otel.name=GET /things/{id} otel.kind=\"client\" http.request.method=\"GET\" url.scheme=\"https\" \
         url.template=\"/things/{id}\" server.address=\"api.acme.example\" server.port=443 \
         http.response.status_code=503 error.type=\"503\"",
        "http.request.resend_count=1 http.response.status_code=404 error.type=\"404\"",
    ] {
        assert!(text.contains(expected), "{expected}\nis not in{text}");
    }
    assert!(!text.contains("hush"), "{text}");
}
