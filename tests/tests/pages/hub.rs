//! JupyterHub, whose lists name the URL of the next page.

use connector_tests::{HUB_TOKEN, JupyterHub};
use jupyterhub::models::UsersCreate;

#[tokio::test]
async fn all_users_of_a_hub_come_page_by_page() {
    let hub = JupyterHub::start().unwrap();
    let client = jupyterhub::Client::builder()
        .with(|client| client.server_variable("hub", hub.url()))
        .bearer(HUB_TOKEN)
        .build()
        .unwrap();
    let names = ["ada", "bob", "eve", "joe", "zoe"];
    let users = client.users();
    users
        .create_users(&UsersCreate::new(names))
        .send()
        .await
        .unwrap();

    let mut pages = users.list().limit(2).pages();
    let (mut found, mut count) = (Vec::new(), 0);
    while let Some(page) = pages.next().await {
        found.extend(page.unwrap().items.into_iter().map(|user| user.name));
        count += 1;
    }
    assert_eq!(
        (found.as_slice(), count),
        (names.map(String::from).as_slice(), 3)
    );

    let mut first = users.list().limit(2).pages();
    first.next().await.unwrap().unwrap();
    let position = first.position().unwrap();
    let rest = users.list().limit(2).items().resume(&position).unwrap();
    let rest = rest.collect().await.unwrap();
    let rest: Vec<&str> = rest.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(rest, names[2..]);
}
