//! What all tests ask of a request.

use std::fmt::Debug;

use connector_runtime::Sending;
use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use serde_json::json;

/// Headers that no documentation asks for and that any client may send.
const FREE: [&str; 2] = ["accept", "user-agent"];

/// A server that says "fine" to everything that no reply is queued for.
pub fn server() -> MockTransport {
    let server = MockTransport::new();
    server.handler(|_| Reply::json(200, &json!({})));
    server
}

/// The only request that a call makes. How its answer is read is another matter.
#[track_caller]
pub fn only<T: Debug>(server: &MockTransport, outcome: &T) -> CapturedRequest {
    match server.requests().as_slice() {
        [request] => request.clone(),
        requests => panic!("{} requests: {outcome:?}", requests.len()),
    }
}

/// Sends a call and returns the only request that it makes.
pub async fn sent<T: Debug>(server: &MockTransport, call: Sending<T>) -> CapturedRequest {
    let outcome = call.await;
    only(server, &outcome)
}

/// Compares method, URL and all headers: nothing is sent that isn't listed, and no credential twice.
#[track_caller]
pub fn assert_sent(request: &CapturedRequest, method: &str, url: &str, headers: &[(&str, &str)]) {
    assert_eq!(
        format!("{} {}", request.method(), request.url()),
        format!("{method} {url}")
    );
    let mut sent: Vec<_> = request
        .headers()
        .iter()
        .filter(|(name, _)| !FREE.contains(&name.as_str()))
        .map(|(name, value)| {
            (
                name.as_str(),
                std::str::from_utf8(value.as_bytes()).unwrap(),
            )
        })
        .collect();
    sent.sort_unstable();
    let mut headers = headers.to_vec();
    headers.sort_unstable();
    assert_eq!(sent, headers);
}
