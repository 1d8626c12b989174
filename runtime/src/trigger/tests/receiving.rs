use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request as Call;
use ring::hmac;

use super::super::receive::{Deliveries, Receiver, Signature};
use super::*;
use crate::codec::Decoding;

struct Hook;

impl Webhook for Hook {
    type Event = i64;
    const NAME: &'static str = "numbers";
}

/// A form with a number in it.
struct Counts;

impl Webhook for Counts {
    type Event = crate::Map<i64>;
    const NAME: &'static str = "form";
    const IS_FORM: bool = true;
    const DECODING: Decoding = Decoding::Strict;
}

#[tokio::test]
async fn bodies_are_read_as_forgivingly_as_answers_and_forms_have_numbers() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let lenient = Receiver::<Hook>::new(move |delivery| {
        let deviations = delivery.deviations().as_slice().iter();
        let all: Vec<_> = deviations.map(ToString::to_string).collect();
        heard.lock().unwrap().extend(all);
        async { Ok::<_, std::io::Error>(()) }
    });
    assert_eq!(call(&lenient, "/", "\"7\"", &[]).await, 200);
    assert_eq!(call(&lenient, "/", "7", &[]).await, 200);
    assert_eq!(
        *told.lock().unwrap(),
        ["expected a 64-bit integer at $, found a string"]
    );
    let strict = lenient.decoding(Decoding::Strict);
    assert_eq!(call(&strict, "/", "\"7\"", &[]).await, 400);

    let form = Receiver::<Counts>::new(|delivery| async move {
        assert!(delivery.deviations().is_empty());
        assert_eq!(delivery.event()["count"], 7);
        Ok::<_, std::io::Error>(())
    });
    let post = Call::post("/").header("content-type", "application/x-www-form-urlencoded");
    let post = post.body(Body::from("count=7")).unwrap();
    assert_eq!(form.answer(post).await.status(), 200);
}

type Log = Arc<Mutex<Vec<i64>>>;

/// Handles numbers, and fails at negative ones.
fn receiver(log: &Log) -> Receiver<Hook> {
    let log = Arc::clone(log);
    Receiver::new(move |delivery| {
        let log = Arc::clone(&log);
        async move {
            let event = delivery.into_event();
            if event < 0 {
                return Err("negative");
            }
            log.lock().unwrap().push(event);
            Ok(())
        }
    })
}

async fn call(receiver: &Receiver<Hook>, path: &str, body: &str, headers: &[(&str, &str)]) -> u16 {
    let mut call = Call::post(path).header("content-type", "application/json; charset=utf-8");
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    let call = call.body(Body::from(body.to_owned())).unwrap();
    receiver.answer(call).await.status().as_u16()
}

#[tokio::test]
async fn events_are_handed_over_and_failures_are_told() {
    let (log, told) = (Log::default(), Arc::new(Mutex::new(Vec::new())));
    let heard = Arc::clone(&told);
    let receiver = receiver(&log)
        .limit(10)
        .on_rejection(move |rejection| heard.lock().unwrap().push(rejection.to_string()));
    for (body, status) in [
        ("1", 200),
        ("-1", 500),
        ("\"x\"", 400),
        ("{", 400),
        ("12345678901", 413),
    ] {
        assert_eq!(call(&receiver, "/", body, &[]).await, status, "{body}");
    }
    assert_eq!(*log.lock().unwrap(), [1]);
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 4);
    assert_eq!(told[0], "the handler failed: negative");
    assert!(
        told[1].contains("expected a 64-bit integer at $"),
        "{}",
        told[1]
    );
}

#[tokio::test]
async fn wrong_content_type_secret_or_signature_is_turned_away() {
    let log = Log::default();
    let plain = receiver(&log);
    let text = Call::post("/").header("content-type", "text/plain");
    let text = text.body(Body::from("1")).unwrap();
    assert_eq!(plain.answer(text).await.status(), 415);

    let secret = receiver(&log).url_secret("s3cret");
    assert_eq!(call(&secret, "/hook/s3cret", "1", &[]).await, 200);
    for path in ["/hook/s3cre", "/hook/s3cret/", "/hook", "/"] {
        assert_eq!(call(&secret, path, "1", &[]).await, 404, "{path}");
    }

    let signed = receiver(&log).signature(Signature::hmac_sha256("key"));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"key"), b"2");
    let hex: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(call(&signed, "/", "2", &[("x-signature", &hex)]).await, 200);
    assert_eq!(call(&signed, "/", "3", &[("x-signature", &hex)]).await, 401);
    assert_eq!(call(&signed, "/", "2", &[]).await, 401);
    assert_eq!(*log.lock().unwrap(), [1, 2]);
}

#[tokio::test]
async fn delivery_is_handled_once_even_after_a_restart() {
    let log = Log::default();
    let deliveries = Deliveries::new(10);
    let first = receiver(&log).deduplicate("x-id", deliveries.clone());
    assert_eq!(call(&first, "/", "1", &[("x-id", "a")]).await, 200);
    assert_eq!(call(&first, "/", "1", &[("x-id", "a")]).await, 200);
    assert_eq!(call(&first, "/", "-1", &[("x-id", "b")]).await, 500);
    let restored = Deliveries::restore(&deliveries.save()).unwrap();
    let second = receiver(&log).deduplicate("x-id", restored);
    assert_eq!(call(&second, "/", "1", &[("x-id", "a")]).await, 200);
    assert_eq!(call(&second, "/", "2", &[("x-id", "b")]).await, 200);
    assert_eq!(call(&second, "/", "3", &[]).await, 200);
    assert_eq!(*log.lock().unwrap(), [1, 2, 3]);
}

#[tokio::test]
async fn same_delivery_at_the_same_time_is_put_off() {
    let gate = Arc::new(tokio::sync::Notify::new());
    let entered = Arc::new(tokio::sync::Notify::new());
    let (wait, enter) = (Arc::clone(&gate), Arc::clone(&entered));
    let receiver = Receiver::<Hook>::new(move |_| {
        let (wait, enter) = (Arc::clone(&wait), Arc::clone(&enter));
        async move {
            enter.notify_one();
            wait.notified().await;
            Ok::<_, std::io::Error>(())
        }
    });
    let receiver = Arc::new(receiver.deduplicate("x-id", Deliveries::new(1)));
    let slow = Arc::clone(&receiver);
    let first = tokio::spawn(async move { call(&slow, "/", "1", &[("x-id", "a")]).await });
    entered.notified().await;
    assert_eq!(call(&receiver, "/", "1", &[("x-id", "a")]).await, 503);
    // The one who called first hangs up; what it started goes on.
    first.abort();
    gate.notify_one();
    while call(&receiver, "/", "1", &[("x-id", "a")]).await != 200 {
        tokio::task::yield_now().await;
    }
}

/// What comes as a form, with another method than most.
struct Form;

impl Webhook for Form {
    type Event = crate::Map<Value>;
    const NAME: &'static str = "form";
    const METHOD: &'static str = "PUT";
    const IS_FORM: bool = true;
}

#[tokio::test]
async fn form_is_read_as_an_object_of_texts_and_lists() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&log);
    let receiver = Receiver::<Form>::new(move |delivery| {
        seen.lock().unwrap().push(delivery.into_event());
        async { Ok::<_, std::io::Error>(()) }
    });
    let send = async |media_type: &str| {
        let call = Call::put("/").header("content-type", media_type);
        let body = Body::from("From=%2B1+2&to=a&to=b&to=c");
        receiver.answer(call.body(body).unwrap()).await.status()
    };
    assert_eq!(send("application/x-www-form-urlencoded").await, 200);
    assert_eq!(send("application/json").await, 415);
    let log = log.lock().unwrap();
    let expected = [
        ("From".to_owned(), json!("+1 2")),
        ("to".to_owned(), json!(["a", "b", "c"])),
    ];
    assert_eq!(*log, [crate::Map::from(expected)]);
}
