//! An ordinary API, used as its README would show.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

use std::time::Duration;

use acme::models::*;
use acme::orders::CreateOrderOutput;
use acme::runtime::mock::{MockTransport, Reply};
use acme::runtime::{FilePart, Patch};
use acme::{Client, RequestOptions};
use connector_tests::Prism;

fn client_of(prism: &Prism) -> Client {
    Client::builder()
        .base_url(prism.url())
        .token("secret")
        .build()
        .unwrap()
}

fn prefer(status: u16) -> RequestOptions {
    RequestOptions::new()
        .header("Prefer", format!("code={status}"))
        .timeout(Duration::from_secs(20))
}

#[tokio::test]
async fn customers_are_listed_made_changed_and_deleted() {
    let prism = Prism::serve("acme.yaml").unwrap();
    let customers = client_of(&prism).customers();
    let span = TimeSpan::new().from_value("2024-01-01T00:00:00Z".parse().unwrap());
    let page = customers
        .list()
        .tier(Tier::Gold)
        .limit(100)
        .created(&span)
        .tags(["a", "b"])
        .send()
        .await
        .unwrap();
    assert_eq!(
        (page.items[0].id.as_str(), page.items[0].tier.as_str()),
        ("cus_1", "gold")
    );

    let ada = CustomerCreate::new("Ada", "ada@example.com").tier(Tier::Gold);
    let made = customers
        .create(&ada)
        .idempotency_key("k-1")
        .send_with_response()
        .await
        .unwrap();
    assert_eq!(made.status(), 201);
    assert_eq!(made.body().email, "ada@example.com");
    let change = CustomerUpdate::new()
        .phone(Patch::Null)
        .address(Address::new("Rome", "IT"));
    assert_eq!(
        customers.update("cus_1", &change).send().await.unwrap().id,
        "cus_1"
    );
    assert_eq!(customers.get("cus/1").send().await.unwrap().name, "Ada");
    customers.delete("cus_1").send().await.unwrap();
}

#[tokio::test]
async fn a_conflict_has_its_problem() {
    let prism = Prism::serve("acme.yaml").unwrap();
    let ada = CustomerCreate::new("Ada", "ada@example.com");
    let error = client_of(&prism)
        .customers()
        .create(&ada)
        .with(prefer(409))
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(409));
    assert_eq!(
        error.body_as::<Problem>().unwrap().unwrap().title,
        "Duplicate customer"
    );
}

#[tokio::test]
async fn orders_are_placed_read_and_cancelled() {
    let prism = Prism::serve("acme.yaml").unwrap();
    let orders = client_of(&prism).orders();
    let order = OrderCreate::new("cus_1", vec![OrderLine::new("A-1", 2)])
        .payment(Payment::from(CardPayment::new("4242")));
    match orders.create(&order).send().await.unwrap() {
        CreateOrderOutput::Created(order) => assert_eq!(order.total.amount, "19.90"),
        other => panic!("{other:?}"),
    }
    match orders
        .create(&order)
        .with(prefer(202))
        .send()
        .await
        .unwrap()
    {
        CreateOrderOutput::Accepted(ticket) => assert_eq!(ticket.retry_after, Some(5)),
        other => panic!("{other:?}"),
    }
    let error = orders
        .create(&order)
        .with(prefer(422))
        .send()
        .await
        .unwrap_err();
    let problem = error.body_as::<ValidationProblem>().unwrap().unwrap();
    assert_eq!(problem.fields["lines"], ["is empty"]);

    let order = orders.get(1001).send().await.unwrap();
    assert!(matches!(order.payment, Some(Payment::CardPayment(card)) if card.last4 == "4242"));
    orders.cancel(1001).send().await.unwrap();
    orders
        .cancel(1001)
        .body(&CancelOrderRequest::new().reason("too late"))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn files_are_sent_and_received() {
    let prism = Prism::serve("acme.yaml").unwrap();
    let client = client_of(&prism);
    let pdf = FilePart::new("invoice.pdf", "%PDF").content_type("application/pdf");
    let file = client
        .files()
        .upload(1001, UploadFileForm::new(pdf).kind(FileKind::Invoice))
        .send()
        .await
        .unwrap();
    assert_eq!((file.id, file.size), (7, 1024));
    assert_eq!(
        client.files().get(7).send().await.unwrap().name,
        "invoice.pdf"
    );
    assert!(client.status().get().send().await.unwrap().open);
}

#[tokio::test]
async fn the_address_follows_the_server_variables() {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::bytes(200, "application/json", r#"{"open":true}"#));
    let builder = || Client::builder().transport(mock.clone());
    builder()
        .build()
        .unwrap()
        .status()
        .get()
        .send()
        .await
        .unwrap();
    let us = builder()
        .with(|client| client.server_variable("region", "us"))
        .build()
        .unwrap();
    us.status().get().send().await.unwrap();
    let urls: Vec<_> = mock
        .requests()
        .iter()
        .map(|sent| sent.url().to_owned())
        .collect();
    assert_eq!(
        urls,
        [
            "https://eu.acme.example/v1/status",
            "https://us.acme.example/v1/status"
        ]
    );
}
