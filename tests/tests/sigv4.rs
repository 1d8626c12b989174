//! AWS Signature Version 4, compared with what AWS' own library makes of the same requests.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use connector_tests::botocore;
use security::Client;
use security::runtime::mock::{CapturedRequest, MockTransport, Reply};
use security::runtime::{AwsAccessKey, Empty, Request};
use serde_json::json;

const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Where a request goes, and what the host says about that.
struct Place {
    base_url: &'static str,
    region: &'static str,
    service: &'static str,
    token: Option<&'static str>,
}

/// Places whose signatures differ: API Gateway, S3 with paths of its own, a port, a temporary key.
const PLACES: [Place; 4] = [
    Place {
        base_url: "https://abc123.execute-api.eu-central-1.amazonaws.com/prod",
        region: "eu-central-1",
        service: "execute-api",
        token: None,
    },
    Place {
        base_url: "https://bucket.s3.us-east-2.amazonaws.com",
        region: "us-east-2",
        service: "s3",
        token: None,
    },
    Place {
        base_url: "https://localhost:8443",
        region: "us-west-2",
        service: "custom",
        token: None,
    },
    Place {
        base_url: "https://iam.amazonaws.com",
        region: "us-east-1",
        service: "iam",
        token: Some("a/session+token=="),
    },
];

const PATHS: [&str; 9] = [
    "/",
    "/plain/path",
    "/a%20b/%C3%BC%E2%82%AC/c",
    "/twice//empty/",
    "/reserved/!$&'()*+,;=:@",
    "/query?b=2&a=1&c=",
    "/query?same=2&same=1&same=10&Same=0",
    "/query?text=a%20b%2Bc%2Fd~&%C3%BC=%E2%82%AC",
    "/query?flag&a=b%3Dc",
];

fn call(client: &Client, method: &str, path: &str, body: &'static str) -> Request {
    let mut request = client.runtime().request(method, path);
    if !body.is_empty() {
        request = request.body("application/json; charset=utf-8", body);
    }
    request
}

fn client_of(place: &Place, mock: &MockTransport) -> Client {
    let mut key = AwsAccessKey::new(ID, SECRET);
    if let Some(token) = place.token {
        key = key.session_token(token);
    }
    if place.service == "custom" {
        key = key.region(place.region).service(place.service);
    }
    Client::builder()
        .base_url(place.base_url)
        .transport(mock.clone())
        .sigv4(key)
        .build()
        .unwrap()
}

/// The request as botocore is asked to sign it: with the headers that we sign, save those that it adds.
fn question(place: &Place, sent: &CapturedRequest, body: &str) -> String {
    let mut headers = serde_json::Map::new();
    for name in ["content-type", "x-amz-meta-note"] {
        if let Some(value) = sent.header(name) {
            headers.insert(name.to_owned(), json!(value));
        }
    }
    let question = json!({
        "method": sent.method(),
        "url": sent.url(),
        "headers": headers,
        "body": body,
        "date": sent.header("x-amz-date").unwrap(),
        "id": ID,
        "secret": SECRET,
        "token": place.token,
        "region": place.region,
        "service": place.service,
    });
    format!("{question}\n")
}

#[tokio::test]
async fn signatures_are_those_of_botocore() {
    let (mut questions, mut ours) = (String::new(), Vec::new());
    for place in &PLACES {
        let mock = MockTransport::new();
        mock.handler(|_| Reply::status(204));
        let client = client_of(place, &mock);
        // botocore escapes S3's paths itself before it signs them, and so does not escape them here.
        let is_taken = |path: &&str| place.service != "s3" || !path.starts_with("/reserved");
        for path in PATHS.into_iter().filter(is_taken) {
            for (method, body) in [("GET", ""), ("POST", r#"{"name":"Ünal"}"#)] {
                let mut request = call(&client, method, path, body);
                let note = "  two   words ";
                let options = security::RequestOptions::new().header("x-amz-meta-note", note);
                request.options(options);
                request.send::<Empty>().await.unwrap();
                let sent = mock.last_request().unwrap();
                questions.push_str(&question(place, &sent, body));
                let header = sent.header("authorization").unwrap().to_owned();
                ours.push((format!("{method} {}", sent.url()), header));
            }
        }
    }
    let theirs = botocore::authorizations(&questions).unwrap();
    assert_eq!((theirs.len(), ours.len()), (70, 70));
    for ((request, ours), theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs, "{request}");
    }
}
