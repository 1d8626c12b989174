//! The Blob service: signatures with the key of an account, pages, streams, in the eyes of Azurite.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use std::fs;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use blobs::models::{GetBlockListBlocklisttype, PutBlobXMsBlobType};
use blobs::runtime::{Body, Bytes, Credential, RequestOptions, Text};
use blobs::{Client, Error};
use connector_tests::{AZURITE_ACCOUNT, AZURITE_KEY, Azurite};
use futures_core::Stream;

fn client_of(azurite: &Azurite) -> Client {
    Client::builder()
        .base_url(azurite.url())
        .shared_key(AZURITE_ACCOUNT, AZURITE_KEY)
        .build()
        .unwrap()
}

fn code(error: &Error) -> Option<&str> {
    error.headers()?.get("x-ms-error-code")?.to_str().ok()
}

/// The texts of all elements of this name. The answers are too simple for a parser to be worth it.
fn elements(xml: &str, name: &str) -> Vec<String> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&start)
        .skip(1)
        .filter_map(|after| Some(after.split_once(&end)?.0.replace("&amp;", "&")))
        .collect()
}

#[tokio::test]
async fn blobs_are_written_read_described_and_deleted() {
    let azurite = Azurite::blobs().unwrap();
    let client = client_of(&azurite);
    client.containers().create("box").send().await.unwrap();
    let blobs = client.blobs();
    // Names that a signature must write as the URL does.
    for name in ["plain.txt", "folder/a b+c.txt", "größe & (1)~.txt"] {
        let kind = PutBlobXMsBlobType::BlockBlob;
        blobs
            .put("box", name, kind, name)
            .x_ms_blob_content_type("text/plain")
            .with(RequestOptions::new().header("x-ms-meta-title", "two  words"))
            .send()
            .await
            .unwrap();
        let read = blobs.get("box", name).send().await.unwrap();
        assert_eq!(read.text().await.unwrap(), name);

        let described = blobs.get_blob_properties("box", name);
        let described = described.send_with_response().await.unwrap();
        let header = |name: &str| described.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-length"), name.len().to_string());
        assert_eq!(header("content-type"), "text/plain");
        assert_eq!(header("x-ms-blob-type"), "BlockBlob");
        let metadata = blobs.get_blob_metadata("box", name);
        let metadata = metadata.send_with_response().await.unwrap();
        assert!(metadata.headers().contains_key("x-ms-meta-title"));
    }
    let part = blobs
        .get("box", "plain.txt")
        .x_ms_range("bytes=0-4")
        .send()
        .await
        .unwrap();
    assert_eq!(part.text().await.unwrap(), "plain");

    blobs.delete("box", "plain.txt").send().await.unwrap();
    let gone = blobs.get("box", "plain.txt").send().await.unwrap_err();
    assert_eq!(
        (gone.status(), code(&gone)),
        (Some(404), Some("BlobNotFound"))
    );
    client.containers().delete("box").send().await.unwrap();
}

#[tokio::test]
async fn blobs_are_listed_page_by_page() {
    let azurite = Azurite::blobs().unwrap();
    let client = client_of(&azurite);
    client.containers().create("box").send().await.unwrap();
    let names: Vec<String> = (0..5).map(|n| format!("a&b/{n}")).collect();
    for name in names.iter().map(String::as_str).chain(["other"]) {
        let kind = PutBlobXMsBlobType::BlockBlob;
        client
            .blobs()
            .put("box", name, kind, "")
            .send()
            .await
            .unwrap();
    }
    let (mut listed, mut pages, mut marker) = (Vec::new(), 0, String::new());
    loop {
        let page = client.containers().list_blobs("box");
        let page = page.prefix("a&b/").maxresults(2).marker(&marker);
        let page = page.send().await.unwrap();
        listed.extend(elements(&page, "Name"));
        pages += 1;
        match elements(&page, "NextMarker").pop() {
            Some(next) if !next.is_empty() && pages < 10 => marker = next,
            _ => break,
        }
    }
    assert_eq!((listed, pages), (names, 3));
}

#[tokio::test]
async fn blobs_are_made_of_blocks() {
    let azurite = Azurite::blobs().unwrap();
    let client = client_of(&azurite);
    client.containers().create("box").send().await.unwrap();
    let blobs = client.blobs();
    for (id, text) in [("MQ==", "one "), ("Mg==", "two")] {
        blobs
            .put_block("box", "made", id, text)
            .send()
            .await
            .unwrap();
    }
    let list = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><Latest>MQ==</Latest><Latest>Mg==</Latest></BlockList>";
    blobs
        .put_block_list("box", "made", list)
        .send()
        .await
        .unwrap();
    let made = blobs.get("box", "made").send().await.unwrap();
    assert_eq!(made.text().await.unwrap(), "one two");
    let listed = blobs
        .get_block_list("box", "made")
        .blocklisttype(GetBlockListBlocklisttype::All)
        .send()
        .await
        .unwrap();
    assert_eq!(elements(&listed, "Name"), ["MQ==", "Mg=="]);
}

#[tokio::test]
async fn a_wrong_key_is_refused_once() {
    let azurite = Azurite::blobs().unwrap();
    let client = Client::builder()
        .base_url(azurite.url())
        .shared_key(AZURITE_ACCOUNT, "d3Jvbmc=")
        .build()
        .unwrap();
    let error = client.containers().create("box").send().await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!(code(&error), Some("AuthorizationFailure"), "{error}");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("d3Jvbmc="), "{shown}");
    // What it says about a call may come after its answer, but not after the next one's.
    let other = client_of(&azurite).containers().create("other").send();
    other.await.unwrap();
    let asked = azurite
        .output()
        .matches("PUT /devstoreaccount1/box")
        .count();
    assert_eq!(asked, 1, "it was not tried again:\n{}", azurite.output());
}

#[tokio::test]
async fn tables_have_a_signature_of_their_own() {
    let azurite = Azurite::tables().unwrap();
    let tables = |credential| {
        blobs::runtime::Client::builder(&blobs::API)
            .base_url(azurite.url())
            .credential("sharedKey", credential)
            .build()
            .unwrap()
    };
    let client = tables(Credential::shared_key_for_table(
        AZURITE_ACCOUNT,
        AZURITE_KEY,
    ));
    let list = |client: blobs::runtime::Client| {
        let mut request = client.request("GET", "/Tables");
        let json = "application/json;odata=nometadata";
        request.options(RequestOptions::new().header("accept", json));
        request.send::<Text>()
    };
    assert!(list(client).await.unwrap().contains("value"));
    let other = tables(Credential::shared_key(AZURITE_ACCOUNT, AZURITE_KEY));
    assert_eq!(list(other).await.unwrap_err().status(), Some(403));
}

/// 256 MiB in blocks of which no two are the same.
const LENGTH: usize = 256 << 20;
const BLOCK: usize = 1 << 20;

/// More than buffers on the way need, and far less than a body held in memory.
const ALLOWED: usize = 64 << 20;

fn block(number: usize) -> Vec<u8> {
    let mut block = vec![b'x'; BLOCK];
    block[..8].copy_from_slice(&(number as u64).to_be_bytes());
    block
}

/// Makes one block after the other, and watches the memory of the process.
struct Blocks {
    next: usize,
    before: usize,
}

impl Stream for Blocks {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let number = self.next;
        self.next += 1;
        let resident = resident();
        assert!(
            resident < self.before + ALLOWED,
            "{resident} bytes are resident, {} were before",
            self.before
        );
        Poll::Ready((number < LENGTH / BLOCK).then(|| Ok(block(number).into())))
    }
}

/// The memory that the process has at present.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kibibytes.map_or(0, |kibibytes: usize| kibibytes * 1024)
}

#[tokio::test]
async fn large_blobs_pass_through_in_constant_memory() {
    let azurite = Azurite::blobs().unwrap();
    let client = client_of(&azurite);
    client.containers().create("box").send().await.unwrap();
    let before = resident();
    let body = Body::stream(Blocks { next: 0, before });
    client
        .blobs()
        .put("box", "large", PutBlobXMsBlobType::BlockBlob, body)
        .content_length(LENGTH as i64)
        .send()
        .await
        .unwrap();

    let mut read = client.blobs().get("box", "large").send().await.unwrap();
    assert_eq!(read.length(), Some(LENGTH as u64));
    let (mut number, mut expected) = (0, block(0));
    while let Some(chunk) = read.chunk().await {
        let mut chunk = chunk.unwrap();
        while !chunk.is_empty() {
            if expected.is_empty() {
                number += 1;
                expected = block(number);
            }
            let length = chunk.len().min(expected.len());
            assert!(
                chunk.split_to(length) == expected[..length],
                "block {number} differs"
            );
            expected.drain(..length);
        }
        assert!(
            resident() < before + ALLOWED,
            "the download is held in memory"
        );
    }
    assert_eq!((number + 1, expected.len()), (LENGTH / BLOCK, 0));
}
