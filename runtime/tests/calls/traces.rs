//! What a `tracing` subscriber sees.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_runtime::mock::Reply;
use connector_runtime::{Empty, RetryPolicy};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::acme::{get, mocked};

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
    let (client, mock) = mocked(|builder| builder.retry(policy));
    mock.reply(Reply::status(503)).reply(Reply::status(404));
    let mut request = get(&client);
    request.set(1, "hush");
    request.set(3, "hush");
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
