use connector_runtime::mock::Reply;
use connector_runtime::{Empty, Request, RequestOptions};
use serde_json::json;

use super::acme::{GET, get, mocked};

#[tokio::test]
async fn arguments_go_where_they_belong() {
    let (client, mock) = mocked(|builder| builder);
    mock.reply(Reply::status(204));
    let mut request = Request::new(&client, &GET);
    request.set(0, "a/b c");
    request.set_list(1, ["x", "y,z"]);
    request.set(2, &json!({"color": ["red"], "size": {"min": 5.0}}));
    request.set(3, "trace me");
    request.set(4, "dark");
    request.options(
        RequestOptions::new()
            .query("extra", "1 2")
            .header("X-Own", "own"),
    );
    request.send::<Empty>().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(sent.operation(), Some("getThing"));
    assert_eq!(sent.path(), "/v1/things/a%2Fb%20c");
    assert_eq!(
        sent.raw_query(),
        "ids=x,y%2Cz&filter%5Bcolor%5D%5B0%5D=red&filter%5Bsize%5D%5Bmin%5D=5&extra=1%202"
    );
    assert_eq!(sent.header("x-trace"), Some("trace me"));
    assert_eq!(sent.header("cookie"), Some("theme=dark"));
    assert_eq!(sent.header("x-own"), Some("own"));
    assert_eq!(sent.header("accept"), Some("application/json"));
    assert!(sent.body().is_empty() && sent.header("content-type").is_none());
}

#[tokio::test]
async fn later_arguments_replace_earlier_ones_and_null_unsets() {
    let (client, mock) = mocked(|builder| builder);
    mock.handler(|_| Reply::status(204));
    let mut request = get(&client);
    request.set(1, "first");
    request.set(1, "second");
    request.clone().send::<Empty>().await.unwrap();
    assert_eq!(mock.last_request().unwrap().raw_query(), "ids=second");
    request.set(1, &None::<String>);
    request.send::<Empty>().await.unwrap();
    assert_eq!(mock.last_request().unwrap().raw_query(), "");
}

#[tokio::test]
async fn unusable_arguments_are_errors_before_anything_is_sent() {
    let (client, mock) = mocked(|builder| builder);
    for id in ["", "..", "."] {
        let mut request = Request::new(&client, &GET);
        request.set(0, id);
        let error = request.send::<Empty>().await.unwrap_err();
        assert!(error.to_string().starts_with("getThing: "), "{error}");
    }
    let mut request = get(&client);
    request.set(3, "a\r\nX-Evil: 1");
    request.send::<Empty>().await.unwrap_err();
    assert!(Request::new(&client, &GET).send::<Empty>().await.is_err());
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn undocumented_calls_share_the_connection() {
    let (client, mock) = mocked(|builder| builder);
    mock.reply(Reply::status(204));
    let request = client
        .request("PATCH", "/other/{x}?a=b c")
        .body("text/plain", "hi");
    request.send::<Empty>().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(
        sent.url(),
        "https://api.acme.example/v1/other/%7Bx%7D?a=b%20c"
    );
    assert_eq!(
        (
            sent.method(),
            sent.header("content-type"),
            sent.text().as_str()
        ),
        ("PATCH", Some("text/plain"), "hi")
    );
}
