use connector_runtime::mock::Reply;
use connector_runtime::{
    Authorize, Client, Credential, Empty, Operation, Outgoing, Request, RequestOptions, Requirement,
};

use super::acme::{API, KEYED, mocked};

const fn op(security: &'static [&'static [Requirement]]) -> Operation {
    Operation::new("op", "GET", "/op").security(security)
}

#[tokio::test]
async fn missing_credential_names_what_would_do() {
    static EITHER: Operation = op(&[
        &[Requirement::new("oauth", &["read"])],
        &[
            Requirement::new("key", &[]),
            Requirement::new("basicAuth", &[]),
        ],
        &[Requirement::new("oauth", &["write"])],
    ]);
    let (client, mock) = mocked(|builder| builder.credential("key", Credential::api_key("k")));
    let error = Request::new(&client, &EITHER)
        .send::<Empty>()
        .await
        .unwrap_err();
    assert!(error.is_credential());
    assert_eq!(
        error.to_string(),
        "op: no credential: the connection needs `oauth` (ACME_OAUTH_CLIENT_ID and ACME_OAUTH_CLIENT_SECRET), or `key` \
         (ACME_KEY_API_KEY) and `basicAuth` (ACME_BASIC_AUTH_USERNAME and ACME_BASIC_AUTH_PASSWORD)"
    );
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn all_schemes_of_an_alternative_are_applied() {
    static ALL: Operation = op(&[&[
        Requirement::new("key", &[]),
        Requirement::new("queryKey", &[]),
        Requirement::new("cookieKey", &[]),
        Requirement::new("basicAuth", &[]),
    ]]);
    let (client, mock) = mocked(|builder| {
        builder
            .credential("key", Credential::api_key("k1"))
            .credential("queryKey", Credential::api_key("k 2"))
            .credential("cookieKey", Credential::api_key("k3"))
            .credential("basicAuth", Credential::basic("ada", "pw"))
    });
    mock.reply(Reply::status(204));
    Request::new(&client, &ALL).send::<Empty>().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(sent.header("x-api-key"), Some("k1"));
    assert_eq!(sent.raw_query(), "api_key=k%202");
    assert_eq!(sent.header("cookie"), Some("session=k3"));
    assert_eq!(sent.header("authorization"), Some("Basic YWRhOnB3"));
    assert!(
        ["x-api-key", "cookie", "authorization"]
            .iter()
            .all(|name| sent.headers()[*name].is_sensitive())
    );
}

#[tokio::test]
async fn optional_security_uses_a_credential_when_there_is_one() {
    static OPTIONAL: Operation = op(&[&[], &[Requirement::new("key", &[])]]);
    let (anonymous, mock) = mocked(|builder| builder);
    mock.reply(Reply::status(204));
    Request::new(&anonymous, &OPTIONAL)
        .send::<Empty>()
        .await
        .unwrap();
    assert_eq!(mock.last_request().unwrap().header("x-api-key"), None);
    let (keyed, mock) = mocked(|builder| builder.credential("key", Credential::api_key("k")));
    mock.reply(Reply::status(204));
    Request::new(&keyed, &OPTIONAL)
        .send::<Empty>()
        .await
        .unwrap();
    assert_eq!(mock.last_request().unwrap().header("x-api-key"), Some("k"));
}

#[tokio::test]
async fn mutual_tls_needs_an_identity() {
    static MTLS: Operation = op(&[&[Requirement::new("mtls", &[])]]);
    let (without, _) = mocked(|builder| builder);
    let error = Request::new(&without, &MTLS)
        .send::<Empty>()
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`mtls` (a client identity: ACME_CLIENT_IDENTITY_FILE)"),
        "{error}"
    );
    let (with, mock) = mocked(|builder| builder.client_identity("PEM"));
    mock.reply(Reply::status(204));
    Request::new(&with, &MTLS).send::<Empty>().await.unwrap();
}

#[tokio::test]
async fn credentials_are_not_sent_in_the_clear() {
    let key = || Credential::api_key("k");
    let (client, mock) = mocked(|builder| {
        builder
            .base_url("http://api.acme.example")
            .credential("key", key())
    });
    let error = Request::new(&client, &KEYED)
        .send::<Empty>()
        .await
        .unwrap_err();
    assert!(
        error.is_credential() && error.to_string().contains("not encrypted"),
        "{error}"
    );
    assert!(mock.requests().is_empty());
    for (url, allow) in [
        ("http://127.0.0.1:1", false),
        ("http://localhost", false),
        ("http://api.acme.example", true),
    ] {
        let (client, mock) = mocked(|builder| {
            let builder = builder.base_url(url).credential("key", key());
            if allow {
                builder.allow_insecure_credentials()
            } else {
                builder
            }
        });
        mock.reply(Reply::status(204));
        Request::new(&client, &KEYED).send::<Empty>().await.unwrap();
    }
}

#[tokio::test]
async fn credential_of_the_call_wins() {
    let (client, mock) = mocked(|builder| builder.credential("key", Credential::api_key("k")));
    mock.reply(Reply::status(204));
    let mut request = Request::new(&client, &KEYED);
    request.options(RequestOptions::new().credential("key", Credential::api_key("other")));
    request.send::<Empty>().await.unwrap();
    assert_eq!(
        mock.last_request().unwrap().header("x-api-key"),
        Some("other")
    );
}

#[tokio::test]
async fn custom_credential_edits_the_request() {
    struct Signature;
    impl Authorize for Signature {
        fn authorize<'a>(
            &'a self,
            request: &'a mut Outgoing<'_>,
        ) -> connector_runtime::transport::BoxFuture<'a, connector_runtime::Result<()>> {
            let text = format!("{} {}", request.method(), request.url());
            Box::pin(std::future::ready(request.set_header("x-signature", &text)))
        }
    }
    let (client, mock) = mocked(|builder| builder.credential("key", Credential::custom(Signature)));
    mock.reply(Reply::status(204));
    Request::new(&client, &KEYED).send::<Empty>().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(
        sent.header("x-signature"),
        Some("GET https://api.acme.example/v1/keys")
    );
}

#[test]
fn credentials_are_checked_when_the_client_is_built() {
    let build = |scheme: &str, credential| {
        let mock = connector_runtime::mock::MockTransport::new();
        Client::builder(&API)
            .transport(mock)
            .credential(scheme, credential)
            .build()
    };
    let error = build("nope", Credential::bearer("t"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("there is no security scheme `nope`; the document has `oauth`, `key`"),
        "{error}"
    );
    let error = build("key", Credential::basic("a", "hush"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("does not fit the security scheme `key`, which wants an API key"),
        "{error}"
    );
    assert!(build("oauth", Credential::bearer("token")).is_ok());
}

#[test]
fn secrets_stay_out_of_debug() {
    let (client, _) = mocked(|builder| {
        builder
            .credential("key", Credential::api_key("hush"))
            .header("X-Key", "hush")
            .proxy("http://u:hush@p")
    });
    let text = format!("{client:?} {:?}", Request::new(&client, &KEYED));
    assert!(!text.contains("hush"), "{text}");
}
