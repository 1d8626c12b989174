//! Connections in `connections.toml`.

use super::*;

const DECLARED: &str = r#"
[acme.work]
base_url = "https://declared.acme.example"
[acme.work.credentials.key]
type = "key"
key = "file:secret"
"#;

#[tokio::test]
async fn declaration_counts_before_what_is_kept() {
    let home = Home::new().await;
    home.add("key", key("kept")).await;
    fs::write(home.path().join("connections.toml"), DECLARED).unwrap();
    fs::write(home.path().join("secret"), "declared\n").unwrap();
    let environment = Environment::open_with(home.path(), home.ring.clone());
    let environment = environment.await.unwrap();
    let home = Home {
        environment,
        ..home
    };
    let request = home.request().await.unwrap();
    assert_eq!(request.header("x-key"), Some("declared"));
    assert_eq!(request.url(), "https://declared.acme.example/shops");
    let list = home.environment.list().await.unwrap();
    assert_eq!(list.len(), 1);
    assert!(list[0].declared);
}

#[tokio::test]
async fn declaration_is_changed_in_its_file_only() {
    let home = Home::declaring(DECLARED).await;
    let changed = definition("key", key("other"));
    let environment = &home.environment;
    for error in [
        environment.update("acme", "work", &changed).await.err(),
        environment.remove("acme", "work").await.err(),
    ] {
        let error = error.unwrap().to_string();
        assert!(
            error.contains("connections.toml: change it there"),
            "{error}"
        );
    }
    let error = environment.add("acme", "work", &changed).await;
    assert!(error.unwrap_err().to_string().contains("already"));
}

#[tokio::test]
async fn file_is_read_for_each_use() {
    let home = Home::declaring(DECLARED).await;
    let error = home.request().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let text = error.to_string();
    assert!(
        text.contains("secret with a secret of the connection cannot be read"),
        "{text}"
    );
    for secret in ["one", "two"] {
        fs::write(home.path().join("secret"), secret).unwrap();
        let request = home.request().await.unwrap();
        assert_eq!(request.header("x-key"), Some(secret));
    }
}

#[tokio::test]
async fn variable_is_read_or_named() {
    // Cargo sets this one.
    let text = DECLARED.replace("file:secret", "env:CARGO_PKG_NAME");
    let home = Home::declaring(&text).await;
    let request = home.request().await.unwrap();
    assert_eq!(request.header("x-key"), Some("connector-runtime"));

    let text = DECLARED.replace("file:secret", "env:ACME_NOT_SET");
    let home = Home::declaring(&text).await;
    let error = home.request().await.unwrap_err().to_string();
    assert!(error.contains("ACME_NOT_SET"), "{error}");
}

#[tokio::test]
async fn mistake_in_the_file_is_told_before_anything_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connections.toml");
    fs::write(&path, "[acme.work]\nbase_url = 1\n").unwrap();
    let ring = KeyRing::new([Key::generate().unwrap()]);
    let error = Environment::open_with(folder.path(), ring).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("connections.toml:2:"), "{error}");
}

#[tokio::test]
async fn declared_connection_keeps_its_tokens_in_the_store() {
    let text = format!(
        r#"
        [acme.work]
        base_url = "{ADDRESS}"
        [acme.work.credentials.oauth]
        type = "oauth2"
        grant = "client_credentials"
        client_id = "id"
        client_secret = "env:CARGO_PKG_NAME"
        [acme.work.credentials.oauth.provider]
        token_url = "{TOKEN_URL}"
        "#
    );
    let home = Home::declaring(&text).await;
    let transport = MockTransport::new();
    transport
        .reply(granted("a1", "r1"))
        .reply(Reply::text(200, "ok"));
    let client = home.client(&transport).await.unwrap();
    client
        .request("GET", "/shops")
        .send::<Text>()
        .await
        .unwrap();
    assert_eq!(transport.requests().len(), 2);
    // Another start of the program finds the token.
    let request = home.request().await.unwrap();
    assert_eq!(request.header("authorization"), Some("Bearer a1"));
}
