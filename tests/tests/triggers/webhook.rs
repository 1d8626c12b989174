//! A subscription, and the calls that it brings, over the life of two processes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use connector_tests::{Answer, FaultServer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use triggers::hooks::{WhenCommented, WhenTicketOpened};
use triggers::models::{
    WhenCommentedRequest, WhenTicketOpenedRequest, WhenTicketOpenedRequestTarget,
};
use triggers::runtime::trigger::Subscription;
use triggers::runtime::trigger::receive::{Deliveries, Receiver};

use super::client;

const SECRET: &str = "8c4a7e0d2b";

/// What the program has done: it survives the process, as a database would.
type Ledger = Arc<Mutex<Vec<i64>>>;

/// A process that receives: it fails the first time that it sees ticket 3.
struct Process {
    deliveries: Deliveries,
    file: PathBuf,
    server: JoinHandle<()>,
}

impl Process {
    async fn start(
        address: Option<SocketAddr>,
        folder: &Path,
        ledger: &Ledger,
    ) -> (Self, SocketAddr) {
        let file = folder.join("deliveries.json");
        let deliveries = match std::fs::read_to_string(&file) {
            Ok(saved) => Deliveries::restore(&saved).unwrap(),
            Err(_) => Deliveries::new(100),
        };
        let (ledger, failed) = (Arc::clone(ledger), Arc::new(Mutex::new(false)));
        let receiver = Receiver::<WhenTicketOpened>::new(move |delivery| {
            let (ledger, failed) = (Arc::clone(&ledger), Arc::clone(&failed));
            async move {
                let id = delivery.event().ticket.id;
                if id == 3 && !std::mem::replace(&mut *failed.lock().unwrap(), true) {
                    return Err("not now");
                }
                ledger.lock().unwrap().push(id);
                Ok(())
            }
        });
        let router = receiver
            .url_secret(SECRET)
            .deduplicate("x-delivery", deliveries.clone())
            .into_router("/hooks/tickets");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(address.unwrap_or(any)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let process = Self {
            deliveries,
            file,
            server,
        };
        (process, address)
    }

    async fn end(self) {
        std::fs::write(&self.file, self.deliveries.save()).unwrap();
        self.server.abort();
        let _ = self.server.await;
    }
}

/// Calls the callback as the API does: until it is told that the delivery arrived.
async fn deliver(url: &str, id: i64) -> u16 {
    let (url, event) = (url.to_owned(), json!({"ticket": {"id": id}}).to_string());
    let call = move || {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let call = agent
            .post(&url)
            .header("content-type", "application/json")
            .header("x-delivery", format!("d{id}"));
        call.send(&event).unwrap().status().as_u16()
    };
    tokio::task::spawn_blocking(call).await.unwrap()
}

#[tokio::test]
async fn subscription_outlives_the_process_and_deliveries_count_once() {
    let folder = tempfile::tempdir().unwrap();
    let api = FaultServer::start().unwrap();
    api.on(
        "/v1/boards/7/hooks",
        Answer::json(201, &json!({"id": "h1", "board": 7})),
    );
    api.on("/v1/boards/7/hooks/h1", Answer::text(204, "text/plain", ""));
    let ledger = Ledger::default();
    let (process, address) = Process::start(None, folder.path(), &ledger).await;
    let target = WhenTicketOpenedRequestTarget::new().label("mine");
    let body = WhenTicketOpenedRequest::new(vec!["bug"], target);
    let url = format!("http://{address}/hooks/tickets/{SECRET}");
    let call = client(&api).hooks().when_ticket_opened(7, &body);
    let subscription = call.subscribe(&url).await.unwrap();
    std::fs::write(folder.path().join("subscription.json"), subscription.save()).unwrap();
    let sent = &api.requests("/v1/boards/7/hooks")[0];
    let expected = json!({"kinds": ["bug"], "target": {"label": "mine", "url": url}});
    assert_eq!(sent.json(), expected);

    let told = sent.json()["target"]["url"].as_str().unwrap().to_owned();
    assert_eq!(deliver(&told, 1).await, 200);
    assert_eq!(deliver(&told, 2).await, 200);
    assert_eq!(deliver(&told, 3).await, 500);
    assert_eq!(deliver(&told.replace(SECRET, "guess"), 9).await, 404);
    process.end().await;
    drop(subscription);

    // Another process: what it knows is on the disk.
    let (process, _) = Process::start(Some(address), folder.path(), &ledger).await;
    for (id, status) in [(2, 200), (3, 500), (3, 200), (4, 200), (4, 200)] {
        assert_eq!(deliver(&told, id).await, status, "{id}");
    }
    assert_eq!(*ledger.lock().unwrap(), [1, 2, 3, 4]);
    let saved = std::fs::read_to_string(folder.path().join("subscription.json")).unwrap();
    let restored = Subscription::<WhenTicketOpened>::restore(&saved).unwrap();
    restored.unsubscribe(client(&api).runtime()).await.unwrap();
    let ended = &api.requests("/v1/boards/7/hooks/h1")[0];
    assert_eq!(ended.method, "DELETE");
    assert_eq!(ended.header("x-api-key"), Some("k3y"));
    process.end().await;
}

#[tokio::test]
async fn location_ends_a_subscription_with_the_key_only_at_the_api() {
    let (api, other) = (FaultServer::start().unwrap(), FaultServer::start().unwrap());
    for server in [&api, &other] {
        server.on(
            "/v1/subscriptions/5",
            Answer::text(410, "text/plain", "gone"),
        );
    }
    for (location, server, key) in [
        ("/v1/subscriptions/5".to_owned(), &api, Some("k3y")),
        (other.at("/v1/subscriptions/5"), &other, None),
    ] {
        let created = Answer::text(201, "text/plain", "").header("Location", &location);
        api.on("/v1/subscriptions", created);
        let body = WhenCommentedRequest::new();
        let call = client(&api).hooks().when_commented(&body);
        let subscription = call.subscribe("https://me.example/x").await.unwrap();
        let saved: Value = serde_json::from_str(&subscription.save()).unwrap();
        assert!(!saved.to_string().contains("k3y"));
        let restored = Subscription::<WhenCommented>::restore(&saved.to_string()).unwrap();
        restored.unsubscribe(client(&api).runtime()).await.unwrap();
        let ended = &server.requests("/v1/subscriptions/5")[0];
        assert_eq!(
            (ended.method.as_str(), ended.header("x-api-key")),
            ("DELETE", key)
        );
    }
    let sent = &api.requests("/v1/subscriptions")[0];
    assert_eq!(
        sent.json(),
        json!({"endpoints": [{"address": "https://me.example/x"}]})
    );
}
