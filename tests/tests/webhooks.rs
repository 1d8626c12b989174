//! Webhooks and callbacks as a server receives them, with the types of the sample `webhooks`.
#![allow(
    clippy::unwrap_used,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use webhooks::models::ParcelEvent;
use webhooks::runtime::trigger::Webhook;
use webhooks::runtime::trigger::receive::Receiver;
use webhooks::webhooks::{
    Maintenance, ParcelEvent as ParcelEvents, SendParcelMoved, SendParcelTexted,
};

/// Sends one body and gives back the status and what was handed over.
async fn deliver<T>(media_type: &str, body: &'static str) -> (u16, Vec<T::Event>)
where
    T: Webhook + 'static,
    T::Event: Debug,
{
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let receiver = Receiver::<T>::new(move |delivery| {
        heard.lock().unwrap().push(delivery.into_event());
        async { Ok::<_, std::io::Error>(()) }
    });
    let request = Request::builder()
        .method(T::METHOD)
        .uri("/")
        .header("content-type", media_type)
        .body(Body::from(body))
        .unwrap();
    let status = receiver.answer(request).await.status().as_u16();
    let events = events.lock().unwrap().drain(..).collect();
    (status, events)
}

#[tokio::test]
async fn event_is_told_apart_by_its_discriminator() {
    let delivered =
        r#"{"type":"delivered","parcel":{"id":"1","to":"Ada"},"at":"2026-01-02T03:04:05Z"}"#;
    let (status, events) = deliver::<ParcelEvents>("application/json", delivered).await;
    assert_eq!(status, 200);
    assert!(matches!(&events[..], [ParcelEvent::Delivery(event)] if event.parcel.to == "Ada"));
    // An event that the document does not know yet is kept, not refused.
    let lost = r#"{"type":"lost","parcel":{"id":"1","to":"Ada"}}"#;
    let (status, events) = deliver::<ParcelEvents>("application/json", lost).await;
    assert_eq!((status, events.len()), (200, 1));
}

#[tokio::test]
async fn body_that_is_not_the_event_is_refused() {
    let (status, events) = deliver::<Maintenance>("application/json", r#"{"from":1}"#).await;
    assert_eq!((status, events.len()), (400, 0));
}

#[tokio::test]
async fn callbacks_are_received_with_their_own_method_and_media_type() {
    let moved = r#"{"type":"moved","parcel":{"id":"1","to":"Ada"},"place":"Ghent"}"#;
    let (status, events) = deliver::<SendParcelMoved>("application/json", moved).await;
    assert_eq!((status, events[0].place.as_str()), (200, "Ghent"));
    let form = "application/x-www-form-urlencoded";
    let (status, events) = deliver::<SendParcelTexted>(form, "From=%2B32&Body=yes+please").await;
    assert_eq!(SendParcelTexted::METHOD, "PUT");
    assert_eq!(
        (status, events[0].from.as_str(), events[0].body.as_str()),
        (200, "+32", "yes please")
    );
}
