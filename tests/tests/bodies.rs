//! Every kind of body, there and back, as bytes and in the eyes of Prism.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

mod coverage;

use bodies::Client;
use bodies::models::*;
use bodies::responses::StartJobOutput;
use bodies::runtime::mock::{CapturedRequest, MockTransport, Reply};
use bodies::runtime::{FilePart, RequestOptions, Value};
use connector_tests::Prism;
use coverage::Ledger;

fn mocked() -> (Client, MockTransport) {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::bytes(200, "application/json", r#"{"accepted":true}"#));
    let client = Client::builder().transport(mock.clone()).build().unwrap();
    (client, mock)
}

fn client_of(prism: &Prism) -> Client {
    Client::builder().base_url(prism.url()).build().unwrap()
}

/// Asks Prism for the answer with this status.
fn prefer(status: u16) -> RequestOptions {
    RequestOptions::new().header("Prefer", format!("code={status}"))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn nested_form() -> NestedForm {
    let address = Address::new().city("Rome & Milan");
    NestedForm::new(5)
        .currency("eur")
        .expand(words(&["customer", "items"]))
        .metadata([("key".to_owned(), "value".to_owned())].into())
        .shipping(NestedFormShipping::new().name("Ada").address(address))
}

/// The pairs of a form by their names; the order of members means nothing, that of items does.
fn pairs(sent: &CapturedRequest) -> Vec<String> {
    let mut form = sent.form();
    form.sort_by(|a, b| a.0.cmp(&b.0));
    form.into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

#[tokio::test]
async fn nested_forms_are_written_with_brackets() {
    let (client, mock) = mocked();
    let item = NestedFormItem::new("price_1").quantity(2);
    client
        .form()
        .nested()
        .body(&nested_form().items(vec![item]))
        .send()
        .await
        .unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(
        sent.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        pairs(&sent),
        [
            "amount=5",
            "currency=eur",
            "expand[0]=customer",
            "expand[1]=items",
            "items[0][price]=price_1",
            "items[0][quantity]=2",
            "metadata[key]=value",
            "shipping[address][city]=Rome & Milan",
            "shipping[name]=Ada",
        ]
    );
}

#[tokio::test]
async fn arrays_in_forms_follow_their_encoding() {
    let (client, mock) = mocked();
    let list = words(&["a", "b"]);
    let body = ArrayFormRequest::new()
        .repeated(list.clone())
        .joined(list.clone())
        .spaced(list.clone())
        .piped(list.clone())
        .unstyled(list);
    client.form().array(&body).send().await.unwrap();
    assert_eq!(
        pairs(&mock.last_request().unwrap()),
        [
            "joined=a,b",
            "piped=a|b",
            "repeated=a",
            "repeated=b",
            "spaced=a b",
            "unstyled=a",
            "unstyled=b",
        ]
    );
}

fn reserved_form() -> ReservedFormRequest {
    ReservedFormRequest::new()
        .open("https://a.b/c?d=e:f")
        .opens(words(&["x/y", "z"]))
        .closed("a/b")
}

#[tokio::test]
async fn reserved_characters_in_forms_follow_their_encoding() {
    let (client, mock) = mocked();
    let call = client.form().reserved(&reserved_form());
    call.send().await.unwrap();
    assert_eq!(
        mock.last_request().unwrap().text(),
        "open=https://a.b/c?d=e:f&opens=x/y,z&closed=a%2Fb"
    );
}

/// The parts of a multipart body: their headers and their text.
fn parts(body: &str) -> Vec<(Vec<String>, String)> {
    let boundary = body.lines().next().unwrap();
    let parts = body.split(boundary).skip(1);
    let parts = parts.filter(|part| !part.starts_with("--"));
    parts
        .map(|part| {
            let (head, text) = part.trim_start().split_once("\r\n\r\n").unwrap();
            let mut headers: Vec<_> = head.lines().map(str::to_lowercase).collect();
            headers.sort();
            (headers, text.trim_end().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn multipart_bodies_have_a_part_for_each_value_and_file() {
    let (client, mock) = mocked();
    let files = vec![
        FilePart::new("a.txt", "one").content_type("text/plain"),
        FilePart::new("b.bin", "two"),
    ];
    client
        .multipart()
        .upload_files(UploadFilesForm::new(files).labels(["x", "y"]))
        .send()
        .await
        .unwrap();
    let sent = mock.last_request().unwrap();
    assert!(
        sent.header("content-type")
            .unwrap()
            .starts_with("multipart/form-data; boundary=")
    );
    let sent = parts(&sent.text());
    let texts: Vec<_> = sent.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "x", "y"]);
    assert_eq!(
        sent[0].0,
        [
            r#"content-disposition: form-data; name="files"; filename="a.txt""#,
            "content-type: text/plain"
        ]
    );

    let picture = FilePart::new("a.png", vec![0x89, b'P']).content_type("image/png");
    let body = UploadPictureForm::new(picture).count(3).public(true);
    client
        .multipart()
        .upload_picture(body)
        .send()
        .await
        .unwrap();
    let sent = parts(&mock.last_request().unwrap().text());
    assert!(
        sent[0].0.contains(&"content-type: image/png".to_owned()),
        "{sent:?}"
    );
    assert_eq!((sent[1].1.as_str(), sent[2].1.as_str()), ("3", "true"));
}

const UNJUDGED: [(&str, &str); 1] = [(
    "POST /multipart/note",
    "Prism takes every part for text, so that an object has the wrong type",
)];

#[tokio::test]
async fn prism_accepts_every_operation() {
    let prism = Prism::serve("bodies.yaml").unwrap();
    let ledger = Ledger::of("bodies.yaml");
    let client = Client::builder()
        .base_url(prism.url())
        .transport(ledger.judged())
        .build()
        .unwrap();
    json(&client).await;
    forms(&client).await;
    parts_with_files(&client).await;
    text_and_bytes(&client).await;
    several_media_types(&client).await;
    several_successes_are_told_apart_by_status(&client).await;
    every_method(&client).await;

    let script = MockTransport::new();
    script.reply(Reply::bytes(
        201,
        "application/json",
        r#"{"accepted":true}"#,
    ));
    let scripted = Client::builder().transport(ledger.unjudged(script.clone()));
    objects_in_parts_are_json(&scripted.build().unwrap(), &script).await;
    ledger.assert_complete(&UNJUDGED);
}

async fn json(client: &Client) {
    let json = client.json();
    let note = NoteInput::new("hello").pinned(true).labels(["a"]);
    let made = json.create_note(&note).send().await.unwrap();
    assert!(!made.text.is_empty());
    let made = json.create_vendor_note(&note).send().await.unwrap();
    assert_eq!(made.id, 7);
    for call in [json.optional_body(), json.optional_body().body(&note)] {
        assert!(call.send().await.unwrap().accepted);
    }
    let options = InlineBodyRequestOptions::new().fuzzy(true).limit(3);
    let query = InlineBodyRequest::new("q").options(options);
    let found = json.inline_body(&query).send().await.unwrap();
    assert_eq!(
        (found.total, found.items[0].note.id, found.items[0].score),
        (1, 7, Some(0.5))
    );
    let counts = json.replace_tags(&words(&["red"])).send().await.unwrap();
    assert_eq!(counts["red"], 2);
    let title = json.replace_title("new \"title\"").send().await.unwrap();
    assert_eq!(title, "old title");
    let list = Value::from(vec![1, 2]);
    let any = json.any_body(&list).send().await.unwrap();
    assert_eq!(any["free"][1], "two");
}

async fn forms(client: &Client) {
    let form = client.form();
    let flat = FlatFormRequest::new("Ada & Bob")
        .age(3)
        .subscribed(true)
        .born("2024-05-01".parse().unwrap());
    assert!(form.flat(&flat).send().await.unwrap().accepted);
    let call = form.reserved(&reserved_form());
    assert!(call.send().await.unwrap().accepted);
    // Prism wants a list of objects to be JSON, so that it gets none; a test above shows how they are written.
    for call in [form.nested(), form.nested().body(&nested_form())] {
        assert!(call.send().await.unwrap().accepted);
    }
    // Prism knows no list without a style, and refuses the `+` of a form in a list.
    let arrays = ArrayFormRequest::new()
        .repeated(words(&["a", "b"]))
        .joined(words(&["a", "b"]))
        .spaced(words(&["a"]))
        .piped(words(&["a", "b"]));
    assert!(form.array(&arrays).send().await.unwrap().accepted);
}

async fn parts_with_files(client: &Client) {
    let multipart = client.multipart();
    let file = FilePart::new("a.txt", "hello").content_type("text/plain");
    let form = UploadFileForm::new(file).caption("A file");
    let call = multipart.upload_file(form);
    assert!(call.send().await.unwrap().accepted);
    let files = ["a.txt", "b.txt"].map(|name| FilePart::new(name, "text"));
    let form = UploadFilesForm::new(files.into()).labels(["x", "y"]);
    let call = multipart.upload_files(form);
    assert!(call.send().await.unwrap().accepted);
    let picture = FilePart::new("a.png", "PNG").content_type("image/png");
    let form = UploadPictureForm::new(picture).count(3).public(true);
    let call = multipart.upload_picture(form);
    assert!(call.send().await.unwrap().accepted);
}

async fn objects_in_parts_are_json(client: &Client, script: &MockTransport) {
    let note = NoteInput::new("hello");
    let form = UploadNoteForm::new(note.clone(), FilePart::new("a.txt", "one")).reply(note);
    let call = client.multipart().upload_note(form);
    assert!(call.send().await.unwrap().accepted);
    let sent = parts(&script.last_request().unwrap().text());
    for (part, content_type) in [(0, "application/vnd.acme+json"), (2, "application/json")] {
        let (headers, text) = &sent[part];
        let expected = format!("content-type: {content_type}");
        assert!(headers.contains(&expected), "{headers:?}");
        assert_eq!(text, r#"{"text":"hello"}"#);
    }
    let (headers, text) = &sent[1];
    let expected = r#"content-disposition: form-data; name="attachment"; filename="a.txt""#;
    assert!(headers.contains(&expected.to_owned()), "{headers:?}");
    assert_eq!(text, "one");
}

/// Once Prism reads parts in JSON, the exception has to go.
#[tokio::test]
async fn prism_takes_objects_in_parts_for_text() {
    let prism = Prism::serve("bodies.yaml").unwrap();
    let form = UploadNoteForm::new(NoteInput::new("hello"), FilePart::new("a.txt", "one"));
    let call = client_of(&prism).multipart().upload_note(form);
    let refused = call.send().await.unwrap_err();
    assert_eq!(refused.status(), Some(422));
    let words = "Request body property note must be object";
    assert!(prism.output().contains(words), "{}", prism.output());
}

async fn text_and_bytes(client: &Client) {
    let raw = client.raw();
    assert_eq!(raw.echo_text("hello").send().await.unwrap(), "hello");
    let upload = raw.upload_bytes(vec![0, 159, 146, 150]);
    upload.send().await.unwrap();
    let bytes = raw.download_bytes().send().await.unwrap();
    assert!(!bytes.bytes().await.unwrap().is_empty());
    let mut image = raw.download_image().send().await.unwrap();
    assert!(image.chunk().await.unwrap().is_ok());
    let table = raw.download_csv().send().await.unwrap();
    assert_eq!(table, "id,text\n7,hello\n");
}

async fn several_media_types(client: &Client) {
    let choice = client.choice();
    let note = NoteInput::new("hello");
    for call in [
        choice.choose_request(&note),
        choice.choose_request_as_form(&note),
        choice.choose_request_as_multipart(NoteInputForm::new("hello")),
        choice.choose_request_as_text("hello"),
        choice.choose_request_as_bytes("hello"),
    ] {
        assert!(call.send().await.unwrap().accepted);
    }
    let note = choice.choose_response().send().await.unwrap();
    assert_eq!(note.text, "hello");
}

async fn several_successes_are_told_apart_by_status(client: &Client) {
    let responses = client.responses();
    match responses.start_job().send().await.unwrap() {
        StartJobOutput::Ok(note) => assert_eq!(note.text, "done"),
        other => panic!("{other:?}"),
    }
    let queued = responses.start_job().with(prefer(202));
    match queued.send().await.unwrap() {
        StartJobOutput::Accepted(job) => {
            assert_eq!((job.job.as_str(), job.position), ("j-1", Some(3)))
        }
        other => panic!("{other:?}"),
    }
    let nothing = responses.start_job().with(prefer(204));
    let nothing = nothing.send().await.unwrap();
    assert!(matches!(nothing, StartJobOutput::NoContent));
    assert_eq!(responses.ranged().send().await.unwrap().id, 7);
    assert_eq!(responses.only_default().send().await.unwrap().id, 7);
    assert_eq!(responses.headed().send().await.unwrap()[0].id, 7);
    assert!(responses.typed_errors().send().await.unwrap().accepted);
    responses.empty().send().await.unwrap();
}

async fn every_method(client: &Client) {
    let methods = client.methods();
    methods.head().send().await.unwrap();
    let receipts = [
        methods.get().send().await,
        methods.put().send().await,
        methods.post().send().await,
        methods.delete().send().await,
        methods.options().send().await,
        methods.patch().send().await,
        methods.trace().send().await,
        methods
            .get_methods_by_id_parts_by_part(7, "a b")
            .send()
            .await,
    ];
    for receipt in receipts {
        assert!(receipt.unwrap().accepted);
    }
}

#[tokio::test]
async fn errors_keep_their_typed_bodies() {
    let prism = Prism::serve("bodies.yaml").unwrap();
    let responses = client_of(&prism).responses();
    let conflict = responses
        .start_job()
        .with(prefer(409))
        .send()
        .await
        .unwrap_err();
    assert_eq!(conflict.status(), Some(409));
    assert_eq!(conflict.body_as::<Job>().unwrap().unwrap().job, "j-0");

    let invalid = responses
        .typed_errors()
        .with(prefer(400))
        .send()
        .await
        .unwrap_err();
    let problem = invalid.body_as::<ValidationProblem>().unwrap().unwrap();
    assert_eq!(
        (problem.title.as_str(), problem.fields["name"][0].as_str()),
        ("Invalid", "is too long")
    );

    let missing = responses
        .ranged()
        .with(prefer(404))
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        missing.body_as::<Problem>().unwrap().unwrap().status,
        Some(404)
    );
    assert!(!missing.is_decode() && !missing.is_timeout());
}

#[tokio::test]
async fn responses_have_their_headers() {
    let prism = Prism::serve("bodies.yaml").unwrap();
    let response = client_of(&prism)
        .responses()
        .headed()
        .send_with_response()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert!(
        response
            .header_as::<i64>("X-Rate-Remaining")
            .unwrap()
            .is_ok()
    );
    assert_eq!(response.into_body()[0].id, 7);
}
