//! Tokens that the store could not take.

use super::*;

/// Makes every commit of tokens fail.
const REFUSE: &str = "CREATE TRIGGER refuse BEFORE UPDATE OF value ON tokens
    BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";

/// A connection whose tokens are refreshed while the store takes none.
async fn refreshed_without_store() -> Home {
    let home = Home::new().await;
    home.add(
        "oauth",
        signed_in(oauth(GrantDefinition::AuthorizationCode)),
    )
    .await;
    home.put("oauth", tokens("a1", Some("r1"), -1)).await;
    let transport = MockTransport::new();
    let path = home.path().join("connections.db");
    transport.handler(move |request| match request.url() {
        TOKEN_URL => {
            // The lease is taken; the commit is next.
            let sql = rusqlite::Connection::open(&path).unwrap();
            sql.execute_batch(REFUSE).unwrap();
            granted("a2", "r2")
        }
        _ => Reply::text(200, "ok"),
    });
    let client = home.client(&transport).await.unwrap();
    client
        .request("GET", "/shops")
        .send::<Text>()
        .await
        .unwrap();
    let last = transport.last_request().unwrap();
    assert_eq!(last.header("authorization"), Some("Bearer a2"));
    let waiting = home.environment.journal().pending().await.unwrap();
    assert_eq!(waiting.len(), 1);
    home
}

#[tokio::test]
async fn tokens_that_the_store_does_not_take_are_stored_by_the_next_lease() {
    let home = refreshed_without_store().await;
    home.sql("DROP TRIGGER refuse; UPDATE tokens SET leased_until = NULL, leased_at = NULL");
    // Another client, which knows the spent refresh token only.
    let request = home.request().await.unwrap();
    assert_eq!(request.url(), format!("{ADDRESS}/shops"));
    assert_eq!(request.header("authorization"), Some("Bearer a2"));
    assert!(
        home.environment
            .journal()
            .pending()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn tokens_in_the_journal_are_stored_by_the_next_start() {
    let home = refreshed_without_store().await;
    home.sql("DROP TRIGGER refuse");
    let again = Environment::open_with(home.path(), home.ring.clone());
    let environment = again.await.unwrap();
    assert!(environment.journal().pending().await.unwrap().is_empty());
    let home = Home {
        environment,
        ..home
    };
    let request = home.request().await.unwrap();
    assert_eq!(request.header("authorization"), Some("Bearer a2"));
}

#[tokio::test]
async fn tokens_of_a_removed_connection_do_not_come_back() {
    let home = refreshed_without_store().await;
    home.sql("DROP TRIGGER refuse");
    home.environment.remove("acme", "work").await.unwrap();
    let again = Environment::open_with(home.path(), home.ring.clone());
    let again = again.await.unwrap();
    assert!(again.journal().pending().await.unwrap().is_empty());
    assert!(again.list().await.unwrap().is_empty());
    assert!(
        home.environment
            .journal()
            .pending()
            .await
            .unwrap()
            .is_empty()
    );
}
