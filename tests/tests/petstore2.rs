//! Swagger 2.0: its collection formats, forms, files and security.

#![allow(clippy::unwrap_used, reason = "this is a test")]

mod coverage;

use connector_tests::Prism;
use coverage::Ledger;
use petstore2::Client;
use petstore2::models::*;
use petstore2::runtime::mock::{MockTransport, Reply};
use petstore2::runtime::{Credential, FilePart};

#[tokio::test]
async fn arrays_are_joined_as_their_collection_format_says() {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::bytes(200, "application/json", "[]"));
    let client = Client::builder()
        .transport(mock.clone())
        .key("k")
        .build()
        .unwrap();
    let list = ["a", "b c"];
    let call = client
        .animals()
        .list()
        .kinds(list)
        .colors(list)
        .marks(list)
        .names(list)
        .ids([1, 2])
        .plain(list);
    call.send().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(sent.path(), "/shelter/v2/animals");
    assert_eq!(
        sent.raw_query(),
        "kinds=a,b%20c&colors=a%20b%20c&marks=a%09b%20c&names=a%7Cb%20c&ids=1&ids=2&plain=a,b%20c"
    );
    assert_eq!(sent.header("x-shelter-key"), Some("k"));
}

#[tokio::test]
async fn prism_accepts_every_operation() {
    let prism = Prism::serve("petstore2.json").unwrap();
    let ledger = Ledger::of("petstore2.json");
    let client = Client::builder()
        // Prism serves paths without the base path of the document.
        .base_url(prism.url())
        .transport(ledger.judged())
        .keeper("ada", "secret")
        .key("k")
        .query_key("q")
        .people(Credential::bearer("a token of a person"))
        .build()
        .unwrap();
    let animals = client.animals();
    let list = animals.list().kinds(["dog"]).colors(["red"]).marks(["paw"]);
    let list = list.names(["Rex"]).ids([1, 2]).plain(["a"]).limit(5);
    let list = list.status(ListAnimalsStatus::Here);
    let listed = list.send().await.unwrap();
    assert_eq!(listed[0].name, "Rex");
    let new = NewAnimal::new("Rex", NewAnimalKind::Dog).born("2024-05-01".parse().unwrap());
    assert_eq!(animals.add(&new).send().await.unwrap().id, 7);
    assert_eq!(
        animals
            .get(7)
            .x_languages(["en", "it"])
            .send()
            .await
            .unwrap()
            .kind,
        AnimalKind::Dog
    );
    let change = ChangeAnimalRequest::new("Max")
        .age(3)
        .marks(["paw"])
        .words(["good"]);
    animals.change(7, &change).send().await.unwrap();
    animals
        .set_picture(7, SetPictureForm::new(FilePart::new("rex.png", "PNG")))
        .send()
        .await
        .unwrap();
    assert!(
        !animals
            .get_picture(7)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap()
            .is_empty()
    );
    animals.remove(7).send().await.unwrap();

    let adoption = Adoption::new(7, Keeper::new("Ada"));
    let adoptions = client.adoptions();
    let adopted = adoptions.adopt(&adoption).send().await.unwrap();
    assert_eq!(adopted.keeper.name, "Ada");

    let script = MockTransport::new();
    let reply = r#"{"animal":7,"keeper":{"name":"Ada"}}"#;
    script.reply(Reply::bytes(200, "application/json", reply));
    let scripted = Client::builder()
        .transport(ledger.unjudged(script.clone()))
        .people(Credential::bearer("a token of a person"))
        .build()
        .unwrap();
    let call = scripted.adoptions().adopt_as_form(&adoption);
    assert_eq!(call.send().await.unwrap().animal, 7);
    let sent = script.last_request().unwrap();
    assert_eq!(sent.text(), "animal=7&keeper%5Bname%5D=Ada");
    ledger.assert_complete(&[(
        "POST /adoptions body application/x-www-form-urlencoded",
        "Prism takes a parameter in the body for no form",
    )]);
}
