//! How connections are doing.

use super::*;

#[tokio::test]
async fn secret_that_never_expires_is_ready() {
    let home = Home::new().await;
    home.add("key", key("secret")).await;
    let (status, credential) = home.status().await;
    assert_eq!(status, ConnectionStatus::Ready);
    assert_eq!(
        (credential.kind.as_str(), credential.refreshable),
        ("key", None)
    );
}

#[tokio::test]
async fn person_signs_in_and_is_told_when_it_ends() {
    let home = Home::new().await;
    home.add(
        "oauth",
        signed_in(oauth(GrantDefinition::AuthorizationCode)),
    )
    .await;
    let (status, credential) = home.status().await;
    assert_eq!(status, ConnectionStatus::NeedsSignIn);
    assert_eq!(credential.kind, "oauth2 authorization_code");
    assert_eq!(credential.notice.unwrap(), "nobody has signed in yet");

    home.put("oauth", tokens("a", Some("r"), 3600)).await;
    let (status, credential) = home.status().await;
    assert_eq!(status, ConnectionStatus::Ready);
    assert_eq!(
        (credential.refreshable, credential.notice),
        (Some(true), None)
    );

    home.put("oauth", tokens("a", None, 3600)).await;
    let (status, credential) = home.status().await;
    assert_eq!(
        (status, credential.refreshable),
        (ConnectionStatus::Ready, Some(false))
    );
    let notice = credential.notice.unwrap();
    assert!(
        notice.starts_with("no refresh token: signed in until"),
        "{notice}"
    );

    home.put("oauth", tokens("a", None, -1)).await;
    let (status, credential) = home.status().await;
    assert_eq!(status, ConnectionStatus::NeedsSignIn);
    let notice = credential.notice.unwrap();
    assert!(notice.contains("has expired"), "{notice}");
}

#[tokio::test]
async fn refresh_token_that_ends_unless_it_is_used_is_told() {
    let home = Home::new().await;
    home.add("oauth", signed_in(oauth(GrantDefinition::DeviceCode)))
        .await;
    let mut ending = tokens("a", Some("r"), 60);
    ending.refresh_expires_at = ending.expires_at;
    home.put("oauth", ending).await;
    let notice = home.status().await.1.notice.unwrap();
    assert!(
        notice.starts_with("the refresh token expires at"),
        "{notice}"
    );
}

/// The status after a call whose token request got this answer.
async fn after(answer: Reply) -> (Home, CredentialStatus) {
    let home = Home::new().await;
    home.add(
        "oauth",
        signed_in(oauth(GrantDefinition::AuthorizationCode)),
    )
    .await;
    home.put("oauth", tokens("a", Some("r"), -1)).await;
    let transport = MockTransport::new();
    transport.handler(move |_| answer.clone());
    let client = home.client(&transport).await.unwrap();
    client.check_credentials().await.unwrap_err();
    let status = home.status().await.1;
    (home, status)
}

#[tokio::test]
async fn grant_that_is_gone_needs_a_person_and_another_sign_in_mends_it() {
    let gone = Reply::bytes(400, "application/json", r#"{"error":"invalid_grant"}"#);
    let (home, status) = after(gone).await;
    assert_eq!(status.status, ConnectionStatus::NeedsSignIn);
    assert!(status.notice.unwrap().contains("invalid_grant"));
    home.put("oauth", tokens("a2", Some("r2"), 3600)).await;
    assert_eq!(home.status().await.0, ConnectionStatus::Ready);
}

#[tokio::test]
async fn server_in_trouble_is_failing_and_needs_nobody() {
    let (_home, status) = after(Reply::status(503).header("retry-after", "3600")).await;
    assert_eq!(status.status, ConnectionStatus::Failing);
    assert!(status.notice.is_some());
}

#[tokio::test]
async fn tokens_that_cannot_be_read_stop_neither_the_list_nor_a_sign_in() {
    let home = Home::new().await;
    home.add(
        "oauth",
        signed_in(oauth(GrantDefinition::AuthorizationCode)),
    )
    .await;
    home.put("oauth", tokens("a", Some("r"), 3600)).await;
    home.sql("UPDATE tokens SET value = randomblob(100)");
    let list = home.environment.list().await.unwrap();
    assert_eq!(list[0].status, ConnectionStatus::Unreadable);
    let notice = home.status().await.1.notice.unwrap();
    assert!(notice.contains("Signing in again"), "{notice}");
    home.put("oauth", tokens("a", Some("r"), 3600)).await;
    assert_eq!(home.status().await.0, ConnectionStatus::Ready);
}
