//! The environment variables that a crate documents are those that its runtime reads.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use security::Client;
use security::runtime::mock::MockTransport;

/// The documentation that a user reads first.
const README: &str = include_str!("../../generated-samples/security/README.md");

#[tokio::test]
async fn errors_ask_for_the_variables_that_the_readme_names() {
    let client = Client::builder()
        .base_url("https://api.example")
        .transport(MockTransport::new())
        .build()
        .unwrap();
    let single = client.single();
    let failures = [
        single.basic().send().await.unwrap_err(),
        single.bearer().send().await.unwrap_err(),
        single.header_key().send().await.unwrap_err(),
        single.oauth_read().send().await.unwrap_err(),
        single.digest().send().await.unwrap_err(),
        single.shared_key().send().await.unwrap_err(),
        single.sigv4().send().await.unwrap_err(),
        single.mutual_tls().send().await.unwrap_err(),
    ];
    let mut names = 0;
    for failure in failures.map(|error| error.to_string()) {
        let words = failure.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for name in words.filter(|word| word.starts_with("SECURITY_")) {
            assert!(
                README.contains(&format!("`{name}`")),
                "{name} is not in the README"
            );
            names += 1;
        }
    }
    assert_eq!(
        names, 13,
        "bearer, key and the certificate need one variable, all others two"
    );
}
