//! Every security scheme, alone, together and as alternatives, in the eyes of Prism and of a token server.

#![allow(clippy::unwrap_used, reason = "this is a test")]

mod certificates;
mod coverage;

use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use certificates::Authority;
use connector_tests::Prism;
use coverage::Ledger;
use security::models::Denial;
use security::runtime::mock::{MockTransport, Reply};
use security::runtime::oauth::ClientAuthentication;
use security::runtime::transport::{BoxFuture, ReqwestTransport};
use security::runtime::{
    Authorize, AwsAccessKey, Connection, Credential, Empty, OAuthClient, Outgoing, Result,
};
use security::{Client, ClientBuilder};

fn builder(prism: &Prism) -> ClientBuilder {
    Client::builder().base_url(prism.url())
}

const UNJUDGED: [(&str, &str); 1] = [(
    "GET /mtls",
    "Prism asks for no certificate and lets everybody in",
)];

#[tokio::test]
async fn prism_accepts_every_operation() {
    let prism = Prism::serve("security.yaml").unwrap();
    let ledger = Ledger::of("security.yaml");
    let tokens = TokenServer::start();
    let oauth = OAuthClient::new("client", "secret")
        .token_url(tokens.url())
        .authentication(ClientAuthentication::Body);
    let client = builder(&prism)
        .transport(ledger.judged())
        .basic("ada", "secret")
        .bearer("token")
        .header_key("header key")
        .query_key("query key")
        .cookie_key("cookie-key")
        .oauth(oauth)
        .oidc(Credential::bearer("an access token"))
        .shared_key("store", "aHVzaA==")
        .sigv4(AwsAccessKey::new("AKID", "hush").region("eu-west-1"))
        .with(|client| {
            client
                .credential("digest", Credential::custom(DigestAnswer))
                .credential("mtls", Credential::none())
        })
        .build()
        .unwrap();
    let (single, combined) = (client.single(), client.combined());
    let identities = [
        single.anonymous().send().await,
        single.basic().send().await,
        single.bearer().send().await,
        single.digest().send().await,
        single.header_key().send().await,
        single.query_key().send().await,
        single.cookie_key().send().await,
        single.oauth_read().send().await,
        single.oauth_write().send().await,
        single.open_id_connect().send().await,
        single.mutual_tls().send().await,
        single.shared_key().send().await,
        single.sigv4().send().await,
        combined.both_keys().send().await,
        combined.bearer_or_basic().send().await,
        combined.key_or_both().send().await,
        combined.optional().send().await,
        client.inherited().inherited().send().await,
    ];
    for identity in identities {
        assert_eq!(identity.unwrap().subject, "ada");
    }

    let authority = Authority::new();
    let connection = Connection::new()
        .base_url(authority.serve(r#"{"subject":"ada"}"#))
        .root_certificate(authority.certificate())
        .client_identity(authority.identity());
    let transport = ReqwestTransport::new(&connection).unwrap();
    let client = Client::builder()
        .connection(connection)
        .transport(ledger.unjudged(transport))
        .build()
        .unwrap();
    let identity = client.single().mutual_tls().send().await.unwrap();
    assert_eq!(identity.subject, "ada");
    ledger.assert_complete(&UNJUDGED);
}

/// The answer to a challenge that somebody else has got: Prism sends none with the answer that the document has for 401.
struct DigestAnswer;

impl Authorize for DigestAnswer {
    fn authorize<'a>(&'a self, request: &'a mut Outgoing<'_>) -> BoxFuture<'a, Result<()>> {
        // Without spaces, because Prism wants each word of the header to hold a quoted value without signs.
        let answer = r#"Digest username="ada",realm="shop",nonce="n",uri="/digest",response="0""#;
        Box::pin(ready(request.set_header("authorization", answer)))
    }
}

/// Otherwise it proves nothing that Prism accepts a request.
#[tokio::test]
async fn prism_refuses_whoever_has_no_credential() {
    let prism = Prism::serve("security.yaml").unwrap();
    let client = builder(&prism).build().unwrap();
    for path in [
        "/basic",
        "/bearer",
        "/digest",
        "/key/header",
        "/key/query",
        "/key/cookie",
        "/oauth/read",
        "/oidc",
        "/shared-key",
        "/sigv4",
        "/and",
        "/or",
        "/or-and",
        "/inherited",
    ] {
        let call = client.runtime().request("GET", path).send::<Empty>();
        let refused = call.await.unwrap_err();
        assert_eq!(refused.status(), Some(401), "{path}");
        let denial = refused.body_as::<Denial>().unwrap().unwrap();
        assert_eq!(denial.reason, "unknown");
    }
}

#[tokio::test]
async fn all_schemes_of_a_set_are_sent() {
    let prism = Prism::serve("security.yaml").unwrap();
    let client = builder(&prism)
        .header_key("one")
        .query_key("two")
        .build()
        .unwrap();
    assert_eq!(
        client.combined().both_keys().send().await.unwrap().subject,
        "ada"
    );

    let half = builder(&prism).header_key("one").build().unwrap();
    let error = half.combined().both_keys().send().await.unwrap_err();
    assert!(error.is_credential(), "{error}");
    assert!(error.to_string().contains("queryKey"), "{error}");
    let asked = prism.output().matches("get /and").count();
    assert_eq!(asked, 1, "nothing is sent without the credential");
}

#[tokio::test]
async fn any_alternative_will_do() {
    let prism = Prism::serve("security.yaml").unwrap();
    for client in [
        builder(&prism).bearer("token").build().unwrap(),
        builder(&prism).basic("ada", "secret").build().unwrap(),
    ] {
        assert_eq!(
            client
                .combined()
                .bearer_or_basic()
                .send()
                .await
                .unwrap()
                .subject,
            "ada"
        );
    }
    for client in [
        builder(&prism).cookie_key("key").build().unwrap(),
        builder(&prism)
            .bearer("token")
            .header_key("key")
            .build()
            .unwrap(),
    ] {
        assert_eq!(
            client
                .combined()
                .key_or_both()
                .send()
                .await
                .unwrap()
                .subject,
            "ada"
        );
    }
    for client in [
        builder(&prism).build().unwrap(),
        builder(&prism).bearer("token").build().unwrap(),
    ] {
        assert_eq!(
            client.combined().optional().send().await.unwrap().subject,
            "ada"
        );
    }
}

#[tokio::test]
async fn credentials_of_other_schemes_are_not_sent() {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::bytes(200, "application/json", r#"{"subject":"ada"}"#));
    let client = Client::builder()
        .transport(mock.clone())
        .bearer("token")
        .header_key("header")
        .query_key("query")
        .build()
        .unwrap();
    client.single().anonymous().send().await.unwrap();
    client.single().header_key().send().await.unwrap();
    let sent = mock.requests();
    assert_eq!(sent[0].header("authorization"), None);
    assert_eq!(sent[0].header("x-api-key"), None);
    assert_eq!(sent[0].raw_query(), "");
    assert_eq!(sent[1].header("x-api-key"), Some("header"));
    assert_eq!(sent[1].header("authorization"), None);
    assert_eq!(sent[1].raw_query(), "");
}

#[tokio::test]
async fn a_refusal_has_its_typed_body() {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::bytes(401, "application/json", r#"{"reason":"expired"}"#));
    let client = Client::builder()
        .transport(mock)
        .bearer("token")
        .build()
        .unwrap();
    let error = client.single().bearer().send().await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(
        error.body_as::<Denial>().unwrap().unwrap().reason,
        "expired"
    );
}

#[tokio::test]
async fn one_token_serves_many_callers_at_once() {
    let prism = Prism::serve("security.yaml").unwrap();
    let tokens = TokenServer::start();
    let oauth = OAuthClient::new("client", "secret")
        .token_url(tokens.url())
        .authentication(ClientAuthentication::Body);
    let client = builder(&prism).oauth(oauth).build().unwrap();

    let calls: Vec<_> = (0..20)
        .map(|_| tokio::spawn(client.single().oauth_read().send()))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().subject, "ada");
    }
    assert_eq!(tokens.served(), 1);
    client.single().oauth_read().send().await.unwrap();
    assert_eq!(tokens.served(), 1, "the token is kept");
    assert_eq!(
        client.single().oauth_write().send().await.unwrap().subject,
        "ada"
    );
}

#[tokio::test]
async fn signatures_are_sent_where_the_document_asks_for_them() {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::bytes(200, "application/json", r#"{"subject":"ada"}"#));
    let client = Client::builder()
        .transport(mock.clone())
        .shared_key("store", "aHVzaA==")
        .sigv4(AwsAccessKey::new("AKID", "hush").region("eu-west-1"))
        .mtls("certificate and key")
        .build()
        .unwrap();
    client.single().shared_key().send().await.unwrap();
    client.single().sigv4().send().await.unwrap();
    client.single().mutual_tls().send().await.unwrap();
    let sent: Vec<_> = mock
        .requests()
        .iter()
        .map(|sent| sent.header("authorization").map(str::to_owned))
        .collect();
    assert!(sent[0].as_ref().unwrap().starts_with("SharedKey store:"));
    let sigv4 = sent[1].as_ref().unwrap();
    assert!(
        sigv4.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"),
        "{sigv4}"
    );
    assert!(
        sigv4.contains("/eu-west-1/execute-api/aws4_request"),
        "{sigv4}"
    );
    assert_eq!(sent[2], None, "TLS shows the certificate");
    assert!(!format!("{client:?} {sent:?}").contains("hush"));
}

#[tokio::test]
async fn the_client_certificate_is_shown_in_the_handshake() {
    let authority = Authority::new();
    let url = authority.serve(r#"{"subject":"ada"}"#);
    let builder = || {
        let root = authority.certificate();
        Client::builder()
            .base_url(&url)
            .with(|client| client.root_certificate(root))
    };
    let client = builder().mtls(authority.identity()).build().unwrap();
    let identity = client.single().mutual_tls().send().await.unwrap();
    assert_eq!(identity.subject, "ada");
    let without = builder().build().unwrap();
    let error = without.single().mutual_tls().send().await.unwrap_err();
    let variable = "SECURITY_CLIENT_IDENTITY_FILE";
    assert!(error.to_string().contains(variable), "{error}");
}

#[tokio::test]
async fn a_challenge_is_answered_with_user_name_and_password() {
    let mock = MockTransport::new();
    let challenge = r#"Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256"#;
    mock.reply(Reply::status(401).header("www-authenticate", challenge));
    mock.handler(|_| Reply::bytes(200, "application/json", r#"{"subject":"ada"}"#));
    let client = Client::builder()
        .transport(mock.clone())
        .digest("ada", "hush")
        .build()
        .unwrap();
    assert_eq!(
        client.single().digest().send().await.unwrap().subject,
        "ada"
    );
    let last = mock.last_request().unwrap();
    let header = last.header("authorization").unwrap();
    assert!(header.starts_with("Digest username=\"ada\""), "{header}");
}

/// A server that hands out tokens for client credentials and counts them.
struct TokenServer {
    address: SocketAddr,
    served: Arc<AtomicUsize>,
    server: Arc<tiny_http::Server>,
}

impl TokenServer {
    fn start() -> Self {
        let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").unwrap());
        let served = Arc::new(AtomicUsize::new(0));
        let (listening, count) = (Arc::clone(&server), Arc::clone(&served));
        thread::spawn(move || {
            for mut request in listening.incoming_requests() {
                let mut form = String::new();
                request.as_reader().read_to_string(&mut form).unwrap();
                assert!(form.contains("grant_type=client_credentials"), "{form}");
                assert!(form.contains("client_secret=secret"), "{form}");
                count.fetch_add(1, Ordering::SeqCst);
                let body = r#"{"access_token":"t-1","token_type":"Bearer","expires_in":3600}"#;
                let json =
                    tiny_http::Header::from_bytes("Content-Type", "application/json").unwrap();
                request
                    .respond(tiny_http::Response::from_string(body).with_header(json))
                    .unwrap();
            }
        });
        let address = server.server_addr().to_ip().unwrap();
        Self {
            address,
            served,
            server,
        }
    }

    fn url(&self) -> String {
        format!("http://{}/token", self.address)
    }

    fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.server.unblock();
    }
}
