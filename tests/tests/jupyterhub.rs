//! A real service: the generated client manages users, groups and tokens of a JupyterHub.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use connector_tests::{HUB_TOKEN, JupyterHub};
use jupyterhub::models::{
    Error, GroupCreate, Kind, TokenCreate, UserNames, UserUpdate, UsersCreate,
};
use jupyterhub::{Client, ClientBuilder};

fn builder(hub: &JupyterHub) -> ClientBuilder {
    Client::builder().with(|client| client.server_variable("hub", hub.url()))
}

#[tokio::test]
async fn users_groups_and_tokens_are_managed() {
    let hub = JupyterHub::start().unwrap();
    let client = builder(&hub).bearer(HUB_TOKEN).build().unwrap();

    let version = client.hub().get_version().send().await.unwrap().version;
    let info = client.hub().get_info().send().await.unwrap();
    assert_eq!(info.version, version);
    assert!(info.authenticator.class.contains("Dummy"), "{info:?}");
    let me = client.users().get_self().send().await.unwrap();
    assert_eq!((me.name.as_str(), me.kind), ("tests", Kind::Service));

    users(&client).await;
    tokens(&client, &hub).await;
    groups(&client).await;
    services(&client).await;
    errors(&client, &hub).await;
}

async fn users(client: &Client) {
    let users = client.users();
    let ada = users.create_user("ada").send().await.unwrap();
    assert_eq!((ada.name.as_str(), ada.admin), ("ada", Some(false)));
    assert!(ada.created.is_some());
    let made = users
        .create_users(&UsersCreate::new(["bob", "eve", "joe", "zoe"]))
        .send()
        .await
        .unwrap();
    assert_eq!(made.len(), 4);

    let (mut names, mut offset, mut pages) = (Vec::new(), Some(0), 0);
    while let Some(at) = offset {
        let page = users.list().offset(at).limit(2).send().await.unwrap();
        assert_eq!(page.pagination.total, 5);
        names.extend(page.items.into_iter().map(|user| user.name));
        offset = page.pagination.next.map(|next| next.offset);
        pages += 1;
    }
    assert_eq!(
        (pages, names),
        (
            3,
            vec![
                "ada".into(),
                "bob".into(),
                "eve".into(),
                "joe".into(),
                "zoe".into()
            ]
        )
    );

    let renamed = users
        .update("bob", &UserUpdate::new().name("bobby"))
        .send()
        .await
        .unwrap();
    assert_eq!(renamed.name, "bobby");
    assert_eq!(users.get("bobby").send().await.unwrap().name, "bobby");
    users.delete("zoe").send().await.unwrap();
    assert_eq!(
        users.get("zoe").send().await.unwrap_err().status(),
        Some(404)
    );
}

async fn tokens(client: &Client, hub: &JupyterHub) {
    let tokens = client.tokens();
    let wanted = TokenCreate::new().note("for a test").expires_in(3600);
    let made = tokens.create("ada").body(&wanted).send().await.unwrap();
    assert_eq!(made.note.as_deref(), Some("for a test"));
    let expiry = made.expires_at.unwrap().timestamp();
    assert!(expiry > made.created.unwrap().timestamp());

    // Whoever holds it is the user.
    let ada = builder(hub).bearer(made.token.unwrap()).build().unwrap();
    assert_eq!(ada.users().get_self().send().await.unwrap().name, "ada");

    let listed = tokens.list("ada").send().await.unwrap().api_tokens;
    assert!(
        listed
            .iter()
            .any(|token| token.id == made.id && token.token.is_none())
    );
    assert_eq!(
        tokens.get("ada", &made.id).send().await.unwrap().id,
        made.id
    );
    tokens.revoke("ada", &made.id).send().await.unwrap();
    assert_eq!(
        ada.users().get_self().send().await.unwrap_err().status(),
        Some(403)
    );
}

async fn groups(client: &Client) {
    let groups = client.groups();
    let made = groups
        .create("readers")
        .body(&GroupCreate::new().users(["ada"]))
        .send()
        .await
        .unwrap();
    assert_eq!(made.users.as_deref(), Some(&["ada".to_owned()][..]));
    let joined = groups
        .add_group_users("readers", &UserNames::new(["eve"]))
        .send()
        .await
        .unwrap();
    assert_eq!(joined.users.map(|users| users.len()), Some(2));
    let left = groups
        .remove_group_users("readers", &UserNames::new(["ada"]))
        .send()
        .await
        .unwrap();
    assert_eq!(left.users.as_deref(), Some(&["eve".to_owned()][..]));
    let properties = [("floor".to_owned(), 3.into())].into();
    let changed = groups
        .set_group_properties("readers", &properties)
        .send()
        .await
        .unwrap();
    assert_eq!(changed.properties.unwrap()["floor"], 3);

    groups.create("empty").send().await.unwrap();
    let page = groups.list().limit(1).send().await.unwrap();
    assert_eq!((page.items.len(), page.pagination.total), (1, 2));
    assert!(page.pagination.next.is_some());
    groups.delete("readers").send().await.unwrap();
    assert_eq!(groups.get("empty").send().await.unwrap().name, "empty");
}

async fn services(client: &Client) {
    let listed = client.services().list().send().await.unwrap();
    assert_eq!(listed["tests"].name, "tests");
    assert_eq!(
        client.services().get("tests").send().await.unwrap().admin,
        Some(false)
    );
}

async fn errors(client: &Client, hub: &JupyterHub) {
    let unknown = client.users().get("nobody").send().await.unwrap_err();
    assert_eq!(unknown.status(), Some(404));
    assert_eq!(unknown.body_as::<Error>().unwrap().unwrap().status, 404);

    let twice = client.users().create_user("ada").send().await.unwrap_err();
    let body = twice.body_as::<Error>().unwrap().unwrap();
    assert_eq!(
        (body.status, body.message.as_deref()),
        (409, Some("User ada already exists"))
    );

    let stranger = builder(hub).bearer("wrong").build().unwrap();
    let refused = stranger.users().list().send().await.unwrap_err();
    assert_eq!(refused.status(), Some(403));
    assert!(
        refused
            .body_as::<Error>()
            .unwrap()
            .unwrap()
            .message
            .is_some()
    );
    assert!(
        !format!("{refused:?}").contains("wrong"),
        "secrets stay out of errors"
    );

    let nobody = builder(hub).build().unwrap();
    assert!(
        nobody
            .users()
            .list()
            .send()
            .await
            .unwrap_err()
            .is_credential()
    );
}

/// The other way to write the same token, which the hub's own tools use.
#[tokio::test]
async fn the_hub_takes_its_own_scheme_as_well() {
    let hub = JupyterHub::start().unwrap();
    let client = builder(&hub)
        .token(format!("token {HUB_TOKEN}"))
        .build()
        .unwrap();
    assert_eq!(
        client.users().get_self().send().await.unwrap().name,
        "tests"
    );
}
