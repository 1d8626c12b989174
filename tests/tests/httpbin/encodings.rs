//! Answers in another encoding than they have.

use connector_tests::Httpbin;

use crate::{client_of, header};

#[tokio::test]
async fn compressed_answers_are_unpacked() {
    let httpbin = Httpbin::start().unwrap();
    let formats = client_of(&httpbin).formats();
    let gzip = formats.get_gzip().send_with_response().await.unwrap();
    assert_eq!(gzip.body().gzipped, Some(true));
    // What was unpacked has neither the encoding nor the length any more that the server named.
    assert_eq!(header(&gzip, "content-encoding"), "");
    assert_eq!(header(&gzip, "content-length"), "");
    let deflate = formats.get_deflate().send().await.unwrap();
    assert_eq!(deflate.deflated, Some(true));
    for sent in [&gzip.body().headers, &deflate.headers] {
        assert_eq!(sent["Accept-Encoding"], "gzip,deflate");
    }
}

#[tokio::test]
async fn an_encoding_that_nobody_asked_for_is_an_error() {
    let httpbin = Httpbin::start().unwrap();
    let formats = client_of(&httpbin).formats();
    let brotli = formats.get_brotli().send().await.unwrap_err();
    assert!(brotli.is_decode(), "{brotli}");
    assert_eq!(brotli.headers().unwrap()["content-encoding"], "br");
}

#[tokio::test]
async fn parts_of_an_answer_are_asked_for_as_they_are() {
    let httpbin = Httpbin::start().unwrap();
    let call = client_of(&httpbin).dynamic().get_range(26);
    let part = call.range("bytes=0-3").send_with_response().await.unwrap();
    assert_eq!(header(&part, "content-encoding"), "");
    assert_eq!(part.body().length(), Some(4));
}

#[tokio::test]
async fn text_in_many_scripts_arrives() {
    let httpbin = Httpbin::start().unwrap();
    let formats = client_of(&httpbin).formats();
    let text = formats.get_utf8().send().await.unwrap();
    assert!(
        text.contains("STARGΛ̊TE SG-1") && text.contains("⡌⠁⠧⠑"),
        "{text}"
    );
    let xml = formats.get_xml().send().await.unwrap();
    assert!(xml.contains("<slideshow"), "{xml}");
    let image = formats.get_png().send().await.unwrap();
    let image = image.bytes().await.unwrap();
    assert!(image.starts_with(b"\x89PNG\r\n"));
}
