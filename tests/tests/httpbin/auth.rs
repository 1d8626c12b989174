//! Who is asking: each scheme in its header, and answers to those who are somebody else.

use connector_tests::Httpbin;
use httpbin::Client;
use httpbin::models::{DigestAuthAlgorithm, DigestAuthQop};

/// What passes through a URL and through Basic with no harm only if both are done right; no colon in the name (RFC 7617).
const USER: &str = "ada é@b/c";
const PASSWORD: &str = "p:w d%41€";

#[tokio::test]
async fn names_and_passwords_arrive() {
    let httpbin = Httpbin::start().unwrap();
    let client = |password: &str| {
        let client = Client::builder().base_url(httpbin.url());
        client.basic("ada", password).build().unwrap().auth()
    };
    let known = client("se:cret").basic("ada", "se:cret").send().await;
    let known = known.unwrap();
    assert_eq!(
        (known.authenticated, known.user.as_deref()),
        (true, Some("ada"))
    );
    let known = client("x").hidden_basic_auth("ada", "x").send().await;
    assert!(known.unwrap().authenticated);

    let unknown = client("wrong").basic("ada", "right").send().await;
    let unknown = unknown.unwrap_err();
    assert!(unknown.is_credential() && unknown.status() == Some(401));
    let hidden = client("wrong")
        .hidden_basic_auth("ada", "right")
        .send()
        .await;
    assert_eq!(hidden.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn names_and_passwords_are_utf_8() {
    let httpbin = Httpbin::start().unwrap();
    let client = Client::builder().base_url(httpbin.url());
    let client = client.basic(USER, PASSWORD).build().unwrap();
    // A slash ends the segment for httpbin, escaped or not.
    let name = USER.replace('/', "");
    let client_without = Client::builder().base_url(httpbin.url());
    let client_without = client_without.basic(&name, PASSWORD).build().unwrap();
    let known = client_without.auth().basic(&name, PASSWORD).send().await;
    assert_eq!(known.unwrap().user.as_deref(), Some(name.as_str()));
    let unknown = client.auth().basic(&name, PASSWORD).send().await;
    assert_eq!(unknown.unwrap_err().status(), Some(401));
}

#[tokio::test]
async fn tokens_arrive() {
    let httpbin = Httpbin::start().unwrap();
    let client = Client::builder()
        .base_url(httpbin.url())
        .bearer("a.b-c_d~+/==");
    let known = client
        .build()
        .unwrap()
        .auth()
        .bearer()
        .send()
        .await
        .unwrap();
    assert_eq!(known.token.as_deref(), Some("a.b-c_d~+/=="));
}

#[tokio::test]
async fn a_call_without_a_credential_is_not_made() {
    let httpbin = Httpbin::start().unwrap();
    let client = crate::client_of(&httpbin);
    let refused = client.auth().bearer().send().await.unwrap_err();
    assert!(refused.is_credential() && refused.status().is_none());
    assert!(!httpbin.output().contains("/bearer"));
}

#[tokio::test]
async fn challenges_of_digest_are_answered() {
    let httpbin = Httpbin::start().unwrap();
    let client = Client::builder().base_url(httpbin.url());
    let client = client.digest("ada", "secret").build().unwrap();
    for qop in DigestAuthQop::VALUES {
        for algorithm in ["MD5", "SHA-256"] {
            let (qop, algorithm) = (
                DigestAuthQop::from(*qop),
                DigestAuthAlgorithm::from(algorithm),
            );
            let call = client.auth().digest(qop, "ada", "secret", algorithm);
            assert!(call.send().await.unwrap().authenticated);
        }
    }
}
