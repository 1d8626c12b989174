//! The redirect to the sign-in page, as providers want it.

use super::*;

/// The page that a provider's client is sent to, for these scopes.
async fn page(
    provider: serde_json::Value,
    scopes: &[&str],
) -> (AuthorizationServer, Authorization) {
    let mut whole = serde_json::to_value(super::provider()).unwrap();
    for (name, value) in provider.as_object().unwrap() {
        whole[name] = value.clone();
    }
    let client = OAuthClient::public("client")
        .provider(serde_json::from_value(whole).unwrap())
        .value("tenant", "acme");
    let builder = AuthorizationServer::builder(client).transport(MockTransport::new());
    let server = builder.build().await.unwrap();
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let authorization = server
        .authorization("http://127.0.0.1:1/", &scopes)
        .unwrap();
    (server, authorization)
}

async fn query(provider: serde_json::Value, scopes: &[&str]) -> BTreeMap<String, String> {
    Page::of(page(provider, scopes).await.1.url()).query
}

#[tokio::test]
async fn standard_request_has_what_the_rfcs_ask_for() {
    let (_, authorization) = page(serde_json::json!({}), &["read", "write"]).await;
    let page = Page::of(authorization.url());
    assert_eq!(page.url.path(), "/authorize");
    assert_eq!(page.query["response_type"], "code");
    assert_eq!(page.query["client_id"], "client");
    assert_eq!(page.query["redirect_uri"], "http://127.0.0.1:1/");
    assert_eq!(page.query["scope"], "read write");
    assert_eq!(page.state().len(), 43);
    assert!(!page.query.contains_key("nonce"));
    let again = query(serde_json::json!({}), &[]).await;
    assert_ne!(again["state"], page.state());
    assert_ne!(again["code_challenge"], page.query["code_challenge"]);
    assert!(!again.contains_key("scope"));
}

#[tokio::test]
async fn openid_brings_a_nonce_and_the_provider_its_scopes() {
    let provider = serde_json::json!({"scopes": ["offline_access"], "scope_separator": ","});
    let query = query(provider, &["openid"]).await;
    assert_eq!(query["scope"], "openid,offline_access");
    assert!(query["nonce"].len() >= 20);
}

#[tokio::test]
async fn parameters_are_added_replaced_removed_and_renamed() {
    let provider = serde_json::json!({
        "pkce": false,
        "authorization_url": "https://{tenant}.example/oauth?v=2",
        "authorization": {
            "parameters": {"prompt": "consent", "response_type": "", "login": "{tenant}/{client_id}"},
            "rename": {"client_id": "client_key"},
        },
    });
    let (_, authorization) = page(provider, &[]).await;
    let page = Page::of(authorization.url());
    assert_eq!(page.url.host_str(), Some("acme.example"));
    assert_eq!(page.query["v"], "2");
    assert_eq!(page.query["prompt"], "consent");
    assert_eq!(page.query["login"], "acme/client");
    assert_eq!(page.query["client_key"], "client");
    for gone in ["response_type", "client_id", "code_challenge"] {
        assert!(!page.query.contains_key(gone), "{gone}");
    }
}

#[tokio::test]
async fn values_can_stay_as_they_are_and_a_fragment_can_follow() {
    let provider = serde_json::json!({
        "scope_separator": "+",
        "authorization": {"literal": ["scope"], "fragment": "#/login"},
    });
    let (_, authorization) = page(provider, &["a:b", "c/d"]).await;
    assert!(authorization.url().contains("scope=a:b+c/d&"));
    assert!(authorization.url().ends_with("#/login"));
}

#[tokio::test]
async fn answer_can_have_other_names_and_further_values() {
    let provider = serde_json::json!({
        "authorization": {"rename": {"state": "payload"}},
        "authorization_response": {
            "code": "spapi_oauth_code",
            "state": "payload",
            "values": {"seller": "selling_partner_id", "missing": "not_there"},
        },
    });
    let (server, authorization) = page(provider, &[]).await;
    let state = Page::of(authorization.url()).query["payload"].clone();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let answer = [
        pair("spapi_oauth_code", "c"),
        pair("payload", &state),
        pair("selling_partner_id", "S1"),
    ];
    let Answer::Code(code) = authorization.answer(&answer) else {
        panic!("the answer was not taken");
    };
    assert_eq!(
        code.values,
        BTreeMap::from([("seller".to_owned(), "S1".to_owned())])
    );
    drop(server);
}

#[tokio::test]
async fn unusable_requests_are_refused_with_a_reason() {
    let reason = async |change: fn(&mut Provider)| {
        let mut provider = provider();
        change(&mut provider);
        let server = server_of(&MockTransport::new(), provider).await;
        let result = server.authorization("http://127.0.0.1:1/", &[]);
        result.unwrap_err().to_string()
    };
    let stateless = reason(|provider| {
        let parameters = &mut provider.authorization.parameters;
        parameters.insert("state".to_owned(), String::new());
    });
    assert!(stateless.await.contains("`state`"));
    let fixed = reason(|provider| {
        let parameters = &mut provider.authorization.parameters;
        parameters.insert("code_challenge".to_owned(), "known".to_owned());
    });
    assert!(fixed.await.contains("`code_challenge`"));
    let pageless = reason(|provider| provider.authorization_url = None);
    assert!(pageless.await.contains("authorization_url"));
    let plain = reason(|provider| {
        provider.authorization_url = Some("http://issuer.example/authorize".to_owned());
    });
    assert!(plain.await.contains("not https"));
    let elsewhere = reason(|provider| {
        provider.authorization_url = Some("https://{tenant}/authorize".to_owned());
    });
    assert!(elsewhere.await.contains("tenant"));
}

#[tokio::test]
async fn program_cannot_choose_the_state() {
    let server = server_of(&MockTransport::new(), super::provider()).await;
    let sign_in = server
        .sign_in()
        .parameter("state", "mine")
        .open_with(|_| Ok(()));
    let error = sign_in.run().await.unwrap_err().to_string();
    assert!(error.contains("`state`"), "{error}");
}

#[tokio::test]
async fn sign_in_can_run_on_another_thread() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let mock = MockTransport::new();
    let client = OAuthClient::public("client").provider(super::provider());
    let builder = AuthorizationServer::builder(client).transport(mock);
    let server = is_send(builder.build()).await.unwrap();
    drop(is_send(server.sign_in().run()));
    drop(is_send(server.device_sign_in().run(|_| ())));
    drop(is_send(server.revoke(&crate::token::Tokens::new("a"))));
}
