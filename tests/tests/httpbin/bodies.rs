//! Bodies on their way to the server: forms, parts, files, streams.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use connector_tests::Httpbin;
use futures_core::Stream;
use httpbin::models::{Form, Part, Person, Point, SendPartsForm};
use httpbin::runtime::{Body, Bytes, FilePart, Value};
use serde_json::json;

use crate::{ODD, ada, client_of, household, household_value, words};

#[tokio::test]
async fn forms_arrive_in_their_encoding() {
    let httpbin = Httpbin::start().unwrap();
    let form = Form::new()
        .text(ODD)
        .integer(-1)
        .number(2.5)
        .flag(true)
        .day("2024-02-29".parse().unwrap())
        .repeated(words(&["a,b", "c"]))
        .joined(words(&["a", "b"]))
        .spaced(words(&["a", "b"]))
        .piped(words(&["a", "b"]))
        .household(household())
        .deep(ada())
        .spread(Point::new().x(1).y(2))
        .json(household())
        .open("https://a.b/c?d=e+f&g#h")
        .odd_name("odd");
    let sent = client_of(&httpbin)
        .bodies()
        .send_form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(
        sent.headers["Content-Type"],
        "application/x-www-form-urlencoded"
    );
    let mut form = sent.form.unwrap();
    let json: Value = serde_json::from_str(form.remove("json").unwrap().as_str().unwrap()).unwrap();
    assert_eq!(json, household_value());
    assert_eq!(
        Value::from_iter(form),
        json!({
            "text": ODD,
            "integer": "-1",
            "number": "2.5",
            "flag": "true",
            "day": "2024-02-29",
            "repeated": ["a,b", "c"],
            "joined": "a,b",
            "spaced": "a b",
            "piped": "a|b",
            "household[people][0][name]": "Ada, Countess",
            "household[people][0][age]": "36",
            "household[people][0][happy]": "true",
            "household[people][1][name]": "Bob & Co",
            "household[pets][0]": "cat",
            "household[pets][1]": "dog",
            "household[place][x]": "1",
            "deep[name]": "Ada, Countess", "deep[age]": "36", "deep[happy]": "true",
            "x": "1", "y": "2",
            "open": "https://a.b/c?d=e+f&g#h",
            "odd name&=+": "odd",
        })
    );
}

#[tokio::test]
async fn text_and_json_arrive_as_they_are() {
    let httpbin = Httpbin::start().unwrap();
    let bodies = client_of(&httpbin).bodies();
    let text = format!("{ODD}\r\n\0\n");
    let sent = bodies.send_text(text.clone()).send().await.unwrap();
    assert_eq!(sent.data.unwrap(), text);
    assert!(
        sent.headers["Content-Type"].starts_with("text/plain"),
        "{:?}",
        sent.headers
    );
    let sent = bodies.send_json(&household()).send().await.unwrap();
    assert_eq!(sent.json.unwrap(), household_value());
    assert_eq!(sent.headers["Content-Type"], "application/json");
}

fn part<'a>(parts: &'a [Part], name: &str) -> Vec<&'a Part> {
    parts.iter().filter(|part| part.name == name).collect()
}

fn content_type(part: &Part) -> Option<&str> {
    let headers = part.headers.as_ref()?;
    headers.get("Content-Type").map(String::as_str)
}

#[tokio::test]
async fn parts_arrive_with_their_names_types_and_headers() {
    let httpbin = Httpbin::start().unwrap();
    let files = vec![
        FilePart::new("größe 😀.txt", "one")
            .content_type("text/plain")
            .header("X-Note", "of the caller"),
        FilePart::new("say \"hi\"; x=1.txt", "two"),
        FilePart::new("line\r\nbreak", ""),
    ];
    let form = SendPartsForm::new(ODD)
        .count(3)
        .tags(words(&["x", "y, z"]))
        .about(household())
        .file(FilePart::new("a.bin", vec![0, 159, 146, 150]))
        .files(files)
        .picture(FilePart::new("a.png", "PNG"));
    let bodies = client_of(&httpbin).bodies();
    let sent = bodies.send_parts(form).send().await.unwrap();

    let texts = |name: &str| -> Vec<String> {
        let parts = part(&sent.values, name);
        parts.into_iter().map(|part| part.text.clone()).collect()
    };
    assert_eq!(texts("title"), [ODD]);
    assert_eq!(texts("count"), ["3"]);
    assert_eq!(texts("tags"), ["x", "y, z"]);
    let about: Value = serde_json::from_str(&texts("about")[0]).unwrap();
    assert_eq!(about, household_value());

    let files = part(&sent.files, "files");
    let names: Vec<_> = files
        .iter()
        .map(|file| file.filename.as_deref().unwrap())
        .collect();
    // What would end the name or its line is escaped as browsers do it; servers unescape the quotes.
    assert_eq!(
        names,
        ["größe 😀.txt", "say \"hi\"; x=1.txt", "line%0D%0Abreak"]
    );
    let contents: Vec<_> = files.iter().map(|file| file.text.as_str()).collect();
    assert_eq!(contents, ["one", "two", ""]);
    assert_eq!(content_type(files[0]), Some("text/plain"));
    assert_eq!(
        files[0].headers.as_ref().unwrap()["X-Note"],
        "of the caller"
    );
    assert_eq!(content_type(files[1]), Some("application/octet-stream"));

    let file = part(&sent.files, "file")[0];
    let hash = "b02a591131217cb579165aeccf0d94569acffb9934c84d6c813d77e3abedd233";
    assert_eq!((file.length, file.sha256.as_deref()), (Some(4), Some(hash)));
    let picture = part(&sent.files, "picture")[0];
    assert_eq!(content_type(picture), Some("image/png"));
    assert_eq!(picture.headers.as_ref().unwrap()["X-Kind"], "photo");
}

/// How much is sent in the tests of large bodies.
const LARGE: usize = 8 << 20;

/// The hash of so many bytes that count up.
const LARGE_HASH: &str = "7d212b9c884f5c77896de960ae17cc341cda43b14d6a971f34ca29ebd4badf7f";

fn counting(from: usize, length: usize) -> Vec<u8> {
    (from..from + length).map(|n| n as u8).collect()
}

fn large_file() -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&counting(0, LARGE)).unwrap();
    file
}

#[tokio::test]
async fn files_are_sent_with_their_length() {
    let httpbin = Httpbin::start().unwrap();
    let bodies = client_of(&httpbin).bodies();
    let file = large_file();
    let call = bodies.send_bytes(Body::file(file.path()));
    let arrived = call.send().await.unwrap();
    assert_eq!(
        (arrived.length, arrived.sha256.as_str()),
        (LARGE as i64, LARGE_HASH)
    );
    assert_eq!(arrived.content_length, Some(LARGE.to_string()));
    assert_eq!(arrived.transfer_encoding, None);

    let part = FilePart::new("large", Body::file(file.path()));
    let form = SendPartsForm::new("title").file(part);
    let parts = bodies.send_parts(form).send().await.unwrap();
    let part = part_of(&parts.files);
    assert_eq!(part.sha256.as_deref(), Some(LARGE_HASH));
}

fn part_of(files: &[Part]) -> &Part {
    part(files, "file")[0]
}

/// Chunks of a size that has nothing to do with anything.
struct Chunks(usize);

const CHUNK: usize = 10_007;

impl Stream for Chunks {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let length = CHUNK.min(LARGE - self.0);
        let chunk = counting(self.0, length);
        self.0 += length;
        Poll::Ready((length > 0).then(|| Ok(chunk.into())))
    }
}

#[tokio::test]
async fn streams_are_sent_in_chunks() {
    let httpbin = Httpbin::start().unwrap();
    let bodies = client_of(&httpbin).bodies();
    let call = bodies.send_bytes(Body::stream(Chunks(0)));
    let arrived = call.send().await.unwrap();
    assert_eq!(
        (arrived.length, arrived.sha256.as_str()),
        (LARGE as i64, LARGE_HASH)
    );
    assert_eq!(arrived.transfer_encoding.as_deref(), Some("chunked"));
    assert_eq!(arrived.content_length, None);

    let form = SendPartsForm::new("title").file(FilePart::new("large", Body::stream(Chunks(0))));
    let parts = bodies.send_parts(form).send().await.unwrap();
    assert_eq!(part_of(&parts.files).sha256.as_deref(), Some(LARGE_HASH));
}

#[tokio::test]
async fn every_method_takes_its_body_along() {
    let httpbin = Httpbin::start().unwrap();
    let methods = client_of(&httpbin).methods();
    let person = Person::new("Ada");
    for (sent, path) in [
        (methods.post().body(&person).send().await.unwrap(), "/post"),
        (methods.put().body(&person).send().await.unwrap(), "/put"),
        (
            methods.patch().body(&person).send().await.unwrap(),
            "/patch",
        ),
    ] {
        assert!(sent.url.ends_with(path), "{}", sent.url);
        assert_eq!(sent.json.unwrap(), json!({"name": "Ada"}));
    }
    for (sent, length) in [
        // Without a body, its length is said where one is usual (RFC 9110 section 8.6).
        (methods.post().send().await.unwrap(), Some("0")),
        (methods.delete().send().await.unwrap(), None),
    ] {
        assert_eq!(sent.data.as_deref(), Some(""));
        assert!(!sent.headers.contains_key("Content-Type"));
        let sent_length = sent.headers.get("Content-Length").map(String::as_str);
        assert_eq!(sent_length, length, "{}", sent.url);
    }
}
