//! How sign-in pages want to be asked and how they answer, beside what RFC 6749 section 4.1 has.

use std::collections::BTreeMap;

use connector_runtime::oauth::{Authorization, AuthorizationServer, SignedIn};
use connector_tests::{Answer, FaultServer};
use secrecy::ExposeSecret as _;
use security::runtime::Result;
use security::runtime::oauth::OAuthClient;
use serde_json::{Value, json};
use url::Url;

use super::setup::{SECRET, grant, in_full, provider, stage};

const REDIRECT: &str = "http://127.0.0.1:7777/callback";

/// A server whose sign-in page is particular in some way.
struct Signing {
    stage: FaultServer,
    server: AuthorizationServer,
    authorization: Authorization,
}

impl Signing {
    async fn at(particular: Value) -> Self {
        let stage = stage();
        stage.on("/token", grant("t", json!({"refresh_token": "r"})));
        let mut data = json!({
            "authorization_url": stage.at("/authorize"),
            "token_url": stage.at("/token"),
        });
        for (name, value) in particular.as_object().unwrap() {
            data[name] = value.clone();
        }
        let app = OAuthClient::new("app", SECRET)
            .provider(provider(data))
            .value("tenant", "acme");
        let server = AuthorizationServer::builder(app).build().await.unwrap();
        let scopes = ["read", "write"].map(str::to_owned);
        let authorization = server.authorization(REDIRECT, &scopes).unwrap();
        Self {
            stage,
            server,
            authorization,
        }
    }

    /// The parameters with which the sign-in page is asked.
    fn asked(&self) -> BTreeMap<String, String> {
        Url::parse(self.authorization.url())
            .unwrap()
            .query_pairs()
            .into_owned()
            .collect()
    }

    /// The page sends the browser back with these parameters, and the state under this name.
    async fn back(&self, state: &str, with: &[(&str, &str)]) -> Result<SignedIn> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut parameters: Vec<_> = with.iter().map(own).collect();
        parameters.push((state.to_owned(), self.asked()["state"].clone()));
        self.server.complete(&self.authorization, &parameters).await
    }
}

async fn asked(particular: Value) -> BTreeMap<String, String> {
    Signing::at(particular).await.asked()
}

#[tokio::test]
async fn page_is_asked_as_the_standard_says() {
    let signing = Signing::at(json!({})).await;
    let asked = signing.asked();
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["client_id"], "app");
    assert_eq!(asked["redirect_uri"], REDIRECT);
    assert_eq!(asked["scope"], "read write");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["state"].len() >= 22, "128 bits or more");
    assert!(!signing.authorization.url().contains(SECRET));

    let signed_in = signing.back("state", &[("code", "c")]).await.unwrap();
    assert_eq!(signed_in.tokens.access_token.expose_secret(), "t");
    let form = signing.stage.requests("/token").remove(0).form();
    assert_eq!(
        (form["grant_type"].as_str(), form["code"].as_str()),
        ("authorization_code", "c")
    );
    assert_eq!(form["redirect_uri"], REDIRECT);
    assert!(form["code_verifier"].len() >= 43);
}

#[tokio::test]
async fn two_sign_ins_have_nothing_in_common() {
    let signing = Signing::at(json!({})).await;
    let other = signing.server.authorization(REDIRECT, &[]).unwrap();
    let other: BTreeMap<_, _> = Url::parse(other.url())
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    assert_ne!(signing.asked()["state"], other["state"]);
    assert_ne!(signing.asked()["code_challenge"], other["code_challenge"]);
}

#[tokio::test]
async fn pkce_may_have_to_be_left_out() {
    let signing = Signing::at(json!({"pkce": false})).await;
    assert!(!signing.asked().contains_key("code_challenge"));
    signing.back("state", &[("code", "c")]).await.unwrap();
    assert!(
        !signing.stage.requests("/token")[0]
            .form()
            .contains_key("code_verifier")
    );
}

#[tokio::test]
async fn parameters_may_be_needed_for_a_refresh_token() {
    let parameters = json!({"access_type": "offline", "prompt": "consent"});
    let asked =
        asked(json!({"scopes": ["offline"], "authorization": {"parameters": parameters}})).await;
    assert_eq!(
        (asked["access_type"].as_str(), asked["prompt"].as_str()),
        ("offline", "consent")
    );
    assert_eq!(asked["scope"], "read write offline");
}

#[tokio::test]
async fn audience_may_be_named_at_the_page() {
    let parameters = json!({"audience": "https://{tenant}.api.example", "resource": "urn:x"});
    let asked = asked(json!({"authorization": {"parameters": parameters}})).await;
    assert_eq!(asked["audience"], "https://acme.api.example");
    assert_eq!(asked["resource"], "urn:x");
}

#[tokio::test]
async fn parameters_may_be_removed_and_renamed() {
    let authorization = json!({
        "parameters": {"response_type": ""},
        "rename": {"client_id": "client_key", "scope": "permissions"},
    });
    let asked = asked(json!({"authorization": authorization})).await;
    assert_eq!(
        (asked["client_key"].as_str(), asked["permissions"].as_str()),
        ("app", "read write")
    );
    for name in ["response_type", "client_id", "scope"] {
        assert!(!asked.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn scopes_may_have_commas_between_them() {
    assert_eq!(
        asked(json!({"scope_separator": ","})).await["scope"],
        "read,write"
    );
}

#[tokio::test]
async fn values_may_have_to_stay_as_they_are() {
    let signing =
        Signing::at(json!({"scope_separator": ":", "authorization": {"literal": ["scope"]}})).await;
    let url = signing.authorization.url();
    assert!(url.contains("scope=read:write"), "{url}");
}

#[tokio::test]
async fn page_may_be_behind_a_fragment() {
    let signing = Signing::at(json!({"authorization": {"fragment": "#/login"}})).await;
    let url = signing.authorization.url();
    assert!(url.ends_with("#/login"), "{url}");
}

#[tokio::test]
async fn page_may_be_at_the_tenants_address() {
    let signing =
        Signing::at(json!({"authorization_url": "https://{tenant}.login.example/go?v=2"})).await;
    let url = signing.authorization.url();
    assert!(
        url.starts_with("https://acme.login.example/go?v=2&"),
        "{url}"
    );
}

#[tokio::test]
async fn code_may_come_under_another_name() {
    let signing =
        Signing::at(json!({"authorization_response": {"code": "spapi_oauth_code"}})).await;
    signing
        .back("state", &[("spapi_oauth_code", "c")])
        .await
        .unwrap();
    assert_eq!(signing.stage.requests("/token")[0].form()["code"], "c");
}

#[tokio::test]
async fn state_may_come_under_another_name() {
    let signing = Signing::at(json!({"authorization_response": {"state": "payload"}})).await;
    signing.back("payload", &[("code", "c")]).await.unwrap();
}

#[tokio::test]
async fn values_of_the_redirect_back_are_kept() {
    let signing =
        Signing::at(json!({"authorization_response": {"values": {"company": "realmId"}}})).await;
    let signed_in = signing
        .back("state", &[("code", "c"), ("realmId", "4711")])
        .await
        .unwrap();
    assert_eq!(signed_in.tokens.values["company"], "4711");
}

#[tokio::test]
async fn refusal_by_the_page_is_explained() {
    let signing = Signing::at(json!({})).await;
    let refused = [
        ("error", "access_denied"),
        ("error_description", "not\ntoday"),
    ];
    let error = signing
        .back("state", &refused)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("access_denied (not today)"), "{error}");
    assert_eq!(signing.stage.requests("/token").len(), 0);
}

#[tokio::test]
async fn answer_without_code_and_without_error_is_explained() {
    let signing = Signing::at(json!({})).await;
    let error = signing.back("state", &[]).await.unwrap_err().to_string();
    assert!(error.contains("neither `code` nor `error`"), "{error}");
}

#[tokio::test]
async fn answer_that_says_a_thing_twice_is_not_used() {
    let signing = Signing::at(json!({})).await;
    let twice = [("code", "c"), ("code", "d")];
    signing.back("state", &twice).await.unwrap_err();
    assert_eq!(signing.stage.requests("/token").len(), 0);
}

#[tokio::test]
async fn code_is_handed_in_once_even_if_the_answer_is_lost() {
    for answer in [Answer::nothing(), Answer::text(503, "text/html", "busy")] {
        let signing = Signing::at(json!({})).await;
        signing.stage.on("/token", answer);
        let error = signing
            .back("state", &[("code", "canary-code")])
            .await
            .unwrap_err();
        assert!(!in_full(&error).contains("canary-code"));
        assert_eq!(signing.stage.requests("/token").len(), 1);
    }
}
