use super::*;

static SUBSCRIBE: Operation = Operation::new("subscribe", "POST", "/teams/{team}/hooks")
    .parameters(&[Parameter::path("team")])
    .bodies(&[MediaType::new("application/json")])
    .security(SECURITY);
static DELETE: Operation = Operation::new("delete", "DELETE", "/teams/{team}/hooks/{hook_id}")
    .parameters(&[Parameter::path("team"), Parameter::path("hook_id")])
    .security(SECURITY);

#[derive(Debug)]
struct Named;

impl Webhook for Named {
    type Event = Value;
    const NAME: &'static str = SUBSCRIBE.id();
}

impl Subscribe for Named {
    const SUBSCRIBE: &'static Operation = &SUBSCRIBE;
    const URL: &'static [Step] = &[
        Step::Property("hooks"),
        Step::Element,
        Step::Property("url"),
    ];
    const UNSUBSCRIBE: Option<Unsubscribe> = Some(Unsubscribe::new(&DELETE, 1));
}

#[derive(Debug)]
struct Unnamed;

impl Webhook for Unnamed {
    type Event = Value;
    const NAME: &'static str = SUBSCRIBE.id();
}

impl Subscribe for Unnamed {
    const SUBSCRIBE: &'static Operation = &SUBSCRIBE;
    const URL: &'static [Step] = &[Step::Property("url")];
}

async fn subscribed<T: Subscribe + 'static>(
    mock: &MockTransport,
    body: Value,
    reply: Reply,
) -> Subscription<T> {
    mock.reply(reply);
    let mut request = Request::new(&client(mock), &SUBSCRIBE);
    request.set(0, "a b");
    if !body.is_null() {
        request.json(0, &body);
    }
    let subscription = subscribe::<T>(request, "https://me.example/hook").await;
    Subscription::restore(&subscription.unwrap().save()).unwrap()
}

fn body(mock: &MockTransport) -> Value {
    mock.last_request().unwrap().json()
}

#[tokio::test]
async fn url_goes_to_its_place_and_the_rest_stays() {
    let mock = MockTransport::new();
    let given = json!({"events": ["x"], "hooks": [{"kind": "a"}, {"kind": "b", "url": "?"}]});
    subscribed::<Named>(&mock, given, Reply::status(201)).await;
    let url = "https://me.example/hook";
    let expected =
        json!({"events": ["x"], "hooks": [{"kind": "a", "url": url}, {"kind": "b", "url": url}]});
    assert_eq!(body(&mock), expected);
    subscribed::<Named>(&mock, Value::Null, Reply::status(201)).await;
    assert_eq!(body(&mock), json!({"hooks": [{"url": url}]}));
}

#[tokio::test]
async fn location_is_deleted_with_credentials_at_its_origin_only() {
    for (location, url, authorization) in [
        (
            "/v1/subs/7",
            "https://api.acme.example/v1/subs/7",
            Some("Bearer secret"),
        ),
        (
            "hooks/7/",
            "https://api.acme.example/v1/teams/a%20b/hooks/7/",
            Some("Bearer secret"),
        ),
        ("https://hooks.example/7", "https://hooks.example/7", None),
    ] {
        let mock = MockTransport::new();
        let reply = Reply::status(201).header("location", location);
        let subscription = subscribed::<Unnamed>(&mock, json!({}), reply).await;
        assert_eq!(subscription.location(), Some(url));
        mock.reply(Reply::status(204));
        subscription.unsubscribe(&client(&mock)).await.unwrap();
        let sent = mock.last_request().unwrap();
        assert_eq!((sent.method(), sent.url()), ("DELETE", url));
        assert_eq!(sent.header("authorization"), authorization);
    }
}

#[tokio::test]
async fn named_operation_is_called_with_the_id_of_the_answer() {
    for answer in [
        json!({"id": 7}),
        json!({"id": "wrong", "hookId": "7"}),
        json!({"data": [{"id": 7}]}),
        json!(7),
    ] {
        let mock = MockTransport::new();
        let subscription = subscribed::<Named>(&mock, json!({}), Reply::json(200, &answer)).await;
        mock.reply_to("delete", Reply::status(204));
        subscription.unsubscribe(&client(&mock)).await.unwrap();
        let sent = mock.last_request().unwrap();
        assert_eq!(
            sent.url(),
            "https://api.acme.example/v1/teams/a%20b/hooks/7"
        );
    }
    let mock = MockTransport::new();
    let subscription =
        subscribed::<Named>(&mock, json!({}), Reply::json(200, &json!([7, 8]))).await;
    let error = subscription.unsubscribe(&client(&mock)).await.unwrap_err();
    assert!(
        error.to_string().contains("call `delete` yourself"),
        "{error}"
    );
}

#[tokio::test]
async fn subscription_that_is_gone_counts_as_ended() {
    for (status, ended) in [(404, true), (410, true), (403, false)] {
        let mock = MockTransport::new();
        let reply = Reply::status(201).header("location", "/s/1");
        let subscription = subscribed::<Unnamed>(&mock, json!({}), reply).await;
        mock.reply(Reply::status(status));
        let result = subscription.unsubscribe(&client(&mock)).await;
        assert_eq!(result.is_ok(), ended, "{status}");
    }
}

#[tokio::test]
async fn nothing_to_go_by_is_an_error_that_says_what_to_do() {
    let mock = MockTransport::new();
    let subscription = subscribed::<Unnamed>(&mock, json!({}), Reply::json(200, &json!({"id": 1})));
    let error = subscription.await.unsubscribe(&client(&mock)).await;
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("call the operation that deletes it")
    );
    assert!(Subscription::<Unnamed>::restore(r#"{"operation": "other"}"#).is_err());
}
