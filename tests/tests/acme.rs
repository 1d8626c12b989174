//! An ordinary API, used as its README would show.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

use std::time::Duration;

mod coverage;

use acme::models::*;
use acme::orders::CreateOrderOutput;
use acme::runtime::mock::{MockTransport, Reply};
use acme::runtime::{FilePart, Patch};
use acme::{Client, RequestOptions};
use connector_tests::Prism;
use coverage::Ledger;

fn prefer(status: u16) -> RequestOptions {
    RequestOptions::new()
        .header("Prefer", format!("code={status}"))
        .timeout(Duration::from_secs(20))
}

#[tokio::test]
async fn prism_accepts_every_operation() {
    let prism = Prism::serve("acme.yaml").unwrap();
    let ledger = Ledger::of("acme.yaml");
    let client = Client::builder()
        .base_url(prism.url())
        .token("secret")
        .transport(ledger.judged())
        .build()
        .unwrap();
    customers_are_listed_made_changed_and_deleted(&client).await;
    orders_are_placed_read_and_cancelled(&client).await;
    files_are_sent_and_received(&client).await;
    assert!(client.status().get().send().await.unwrap().open);
    ledger.assert_complete(&[]);
}

async fn customers_are_listed_made_changed_and_deleted(client: &Client) {
    let customers = client.customers();
    let span = TimeSpan::new().from_value("2024-01-01T00:00:00Z".parse().unwrap());
    let list = customers.list().tier(Tier::Gold).limit(100).cursor("c1");
    let list = list.created(&span).tags(["a", "b"]);
    let page = list.send().await.unwrap();
    assert_eq!(
        (page.items[0].id.as_str(), page.items[0].tier.as_str()),
        ("cus_1", "gold")
    );

    let ada = CustomerCreate::new("Ada", "ada@example.com").tier(Tier::Gold);
    let create = customers.create(&ada).idempotency_key("k-1");
    let made = create.send_with_response().await.unwrap();
    assert_eq!(made.status(), 201);
    assert_eq!(made.body().email, "ada@example.com");
    let change = CustomerUpdate::new()
        .phone(Patch::Null)
        .address(Address::new("Rome", "IT"));
    let changed = customers.update("cus_1", &change).send().await.unwrap();
    assert_eq!(changed.id, "cus_1");
    assert_eq!(customers.get("cus/1").send().await.unwrap().name, "Ada");
    customers.delete("cus_1").send().await.unwrap();
}

#[tokio::test]
async fn a_conflict_has_its_problem() {
    let prism = Prism::serve("acme.yaml").unwrap();
    let ada = CustomerCreate::new("Ada", "ada@example.com");
    let client = Client::builder().base_url(prism.url()).token("secret");
    let customers = client.build().unwrap().customers();
    let call = customers.create(&ada).with(prefer(409));
    let error = call.send().await.unwrap_err();
    assert_eq!(error.status(), Some(409));
    assert_eq!(
        error.body_as::<Problem>().unwrap().unwrap().title,
        "Duplicate customer"
    );
}

async fn orders_are_placed_read_and_cancelled(client: &Client) {
    let orders = client.orders();
    let order = OrderCreate::new("cus_1", vec![OrderLine::new("A-1", 2)])
        .payment(Payment::from(CardPayment::new("4242")));
    match orders.create(&order).send().await.unwrap() {
        CreateOrderOutput::Created(order) => assert_eq!(order.total.amount, "19.90"),
        other => panic!("{other:?}"),
    }
    let queued = orders.create(&order).with(prefer(202));
    match queued.send().await.unwrap() {
        CreateOrderOutput::Accepted(ticket) => assert_eq!(ticket.retry_after, Some(5)),
        other => panic!("{other:?}"),
    }
    let refused = orders.create(&order).with(prefer(422));
    let error = refused.send().await.unwrap_err();
    let problem = error.body_as::<ValidationProblem>().unwrap().unwrap();
    assert_eq!(problem.fields["lines"], ["is empty"]);

    let list = orders.list_customer_orders("cus_1").limit(1).cursor("c1");
    let list = list.status([OrderStatus::Paid, OrderStatus::Cancelled]);
    let page = list.send().await.unwrap();
    assert_eq!(page.items[0].status, OrderStatus::Paid);
    assert_eq!(page.next_cursor.as_deref(), Some("c2"));

    let order = orders.get(1001).expand(["customer"]).send().await.unwrap();
    assert!(matches!(order.payment, Some(Payment::CardPayment(card)) if card.last4 == "4242"));
    let late = CancelOrderRequest::new().reason("too late");
    for cancel in [orders.cancel(1001), orders.cancel(1001).body(&late)] {
        assert_eq!(cancel.send().await.unwrap().id, 1001);
    }
}

async fn files_are_sent_and_received(client: &Client) {
    let files = client.files();
    let pdf = FilePart::new("invoice.pdf", "%PDF").content_type("application/pdf");
    let form = UploadFileForm::new(pdf).kind(FileKind::Invoice);
    let file = files.upload(1001, form).send().await.unwrap();
    assert_eq!((file.id, file.size), (7, 1024));
    assert_eq!(files.get(7).send().await.unwrap().name, "invoice.pdf");
    for status in [200, 206] {
        let download = files.download(7).range("bytes=0-9").with(prefer(status));
        let bytes = download.send().await.unwrap().bytes().await.unwrap();
        assert!(!bytes.is_empty());
    }
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
