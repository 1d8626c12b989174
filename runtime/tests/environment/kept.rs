//! Connections in the store.

use super::*;

#[tokio::test]
async fn connection_is_added_changed_and_removed() {
    let home = Home::new().await;
    let environment = &home.environment;
    home.add("key", key("first")).await;
    let kept = environment.definition("acme", "work").await.unwrap();
    assert_eq!(kept.unwrap().base_url.as_deref(), Some(ADDRESS));

    let changed = definition("key", key("second"));
    environment.update("acme", "work", &changed).await.unwrap();
    let request = home.request().await.unwrap();
    assert_eq!(request.header("x-key"), Some("second"));

    assert!(environment.remove("acme", "work").await.unwrap().is_empty());
    assert!(environment.list().await.unwrap().is_empty());
    let error = home.request().await.unwrap_err().to_string();
    assert!(error.contains("connector add acme work"), "{error}");
    for error in [
        environment.update("acme", "work", &changed).await.err(),
        environment.remove("acme", "work").await.err(),
        environment.info("acme", "work").await.err(),
    ] {
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    }
}

#[tokio::test]
async fn name_is_given_once() {
    let home = Home::new().await;
    home.add("key", key("first")).await;
    let again = definition("key", key("second"));
    let error = home.environment.add("acme", "work", &again).await;
    assert!(error.unwrap_err().to_string().contains("already"));
    // Of another connector it is another connection.
    let other = home.environment.add("other", "work", &again);
    other.await.unwrap();
    let request = home.request().await.unwrap();
    assert_eq!(request.header("x-key"), Some("first"));
}

#[tokio::test]
async fn names_that_shells_or_paths_would_take_apart_are_refused() {
    let home = Home::new().await;
    let definition = definition("key", key("secret"));
    let long = "a".repeat(101);
    for name in [
        "", "a b", "a/b", "../a", "a\nb", "$(a)", "-", "--yes", &long,
    ] {
        for (connector, name) in [("acme", name), (name, "work")] {
            let added = home.environment.add(connector, name, &definition).await;
            let error = added.expect_err(name).to_string();
            assert!(error.contains("is no name for a"), "{error}");
        }
    }
    for name in ["work", "ada@acme.example", "größe_1.2-b"] {
        let added = home.environment.add("acme", name, &definition).await;
        added.unwrap();
    }
}

#[tokio::test]
async fn two_environments_on_a_folder_see_what_the_other_does() {
    let home = Home::new().await;
    let other = Environment::open_with(home.path(), home.ring.clone());
    let other = other.await.unwrap();
    home.add("key", key("first")).await;
    assert_eq!(other.list().await.unwrap().len(), 1);
    let changed = definition("key", key("second"));
    other.update("acme", "work", &changed).await.unwrap();
    let request = home.request().await.unwrap();
    assert_eq!(request.header("x-key"), Some("second"));
    other.remove("acme", "work").await.unwrap();
    assert!(home.environment.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn wrong_key_opens_nothing_and_harms_nothing() {
    let home = Home::new().await;
    home.add("key", key("secret")).await;
    let wrong = KeyRing::new([Key::generate().unwrap()]);
    let error = Environment::open_with(home.path(), wrong).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.to_string().contains("key"), "{error}");
    let right = Environment::open_with(home.path(), home.ring.clone());
    assert_eq!(right.await.unwrap().list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn definition_is_not_legible_in_the_folder() {
    let home = Home::new().await;
    let canary = "c4n4ry-of-the-environment";
    home.add("key", key(canary)).await;
    home.environment.remove("acme", "work").await.unwrap();
    home.add("basic", key(canary)).await;
    for file in fs::read_dir(home.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let found = bytes
                .windows(canary.len())
                .any(|at| at == canary.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}

#[tokio::test]
async fn connection_that_cannot_be_read_is_listed_and_can_be_removed() {
    let home = Home::new().await;
    home.add(
        "oauth",
        signed_in(oauth(GrantDefinition::AuthorizationCode)),
    )
    .await;
    home.put("oauth", tokens("a", Some("r"), 3600)).await;
    home.sql("UPDATE connections SET value = randomblob(100)");
    let list = home.environment.list().await.unwrap();
    assert_eq!(list[0].status, ConnectionStatus::Unreadable);
    assert!(home.environment.definition("acme", "work").await.is_err());
    let notices = home.environment.remove("acme", "work").await.unwrap();
    assert!(notices[0].contains("not revoked"), "{notices:?}");
    assert!(home.environment.list().await.unwrap().is_empty());
    home.add("key", key("anew")).await;
}
