//! People who sign in at nanoidp, at oauth2-mock-server, and at JupyterHub.

use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector_runtime::oauth::{AuthorizationServer, SignedIn};
use connector_tests::{
    Browser, HUB_APPLICATION, HUB_APPLICATION_SECRET, JupyterHub, NanoIdp, OAuthMock,
};
use secrecy::ExposeSecret as _;
use security::runtime::oauth::{ClientAuthentication, OAuthClient, OAuthCredential};
use security::runtime::token::Tokens;
use serde_json::{Value, json};

use super::people::{SCOPES, native, says, server, sign_in, type_in};
use super::setup::{client, lifetime, provider, read, stage};

#[tokio::test]
async fn person_signs_in_at_nanoidp_whose_refresh_tokens_rotate() {
    let idp = NanoIdp::start().unwrap();
    let server = native(&idp.url()).await;
    let mut tokens = sign_in(&server).await.unwrap().tokens;
    assert_eq!(lifetime(&tokens), Some(3600));
    let hour = security::runtime::jiff::SignedDuration::from_hours(1);
    let past = tokens.granted_at - hour;
    (tokens.granted_at, tokens.expires_at) = (past - hour, Some(past));
    let stage = stage();
    let caller = |tokens: &Tokens| {
        let credential = OAuthCredential::signed_in(server.client().clone(), tokens.clone());
        client(&stage.at(""), credential)
    };
    assert!(read(&caller(&tokens)).await.unwrap().starts_with("Bearer "));
    says(&read(&caller(&tokens)).await.unwrap_err(), "sign in again");
}

#[tokio::test]
async fn confidential_applications_sign_people_in_at_nanoidp() {
    let idp = NanoIdp::start().unwrap();
    for (id, method) in [
        ("basic", ClientAuthentication::Basic),
        ("body", ClientAuthentication::Body),
    ] {
        let app = OAuthClient::new(id, format!("{id}-secret")).authentication(method);
        let signed_in = sign_in(&server(&idp.url(), app).await).await.unwrap();
        assert_eq!(signed_in.identity.unwrap().subject(), "ada", "{id}");
    }
}

#[tokio::test]
async fn device_signs_in_at_nanoidp() {
    let idp = NanoIdp::start().unwrap();
    let server = native(&idp.url()).await;
    let ada = Browser::of("ada", "secret");
    let device = server.device_sign_in().scopes(SCOPES);
    let signed_in = device
        .run(|prompt| type_in(&prompt.user_code, &prompt.verification_url, ada))
        .await;
    assert!(signed_in.unwrap().tokens.refresh_token.is_some());
}

#[tokio::test]
async fn device_that_is_denied_at_nanoidp_stops_asking() {
    let idp = NanoIdp::start().unwrap();
    let server = native(&idp.url()).await;
    let no = Browser::of("ada", "secret").fill("action", "deny");
    let device = server.device_sign_in().scopes(SCOPES);
    let error = device
        .run(|prompt| type_in(&prompt.user_code, &prompt.verification_url, no))
        .await
        .unwrap_err();
    says(&error, "the sign-in was refused");
}

#[tokio::test]
async fn tokens_are_given_back_to_nanoidp() {
    let idp = NanoIdp::start().unwrap();
    let server = native(&idp.url()).await;
    let mut tokens = sign_in(&server).await.unwrap().tokens;
    assert!(server.revoke(&tokens).await.unwrap());
    tokens.expires_at = Some(tokens.granted_at);
    let stage = stage();
    let credential = OAuthCredential::signed_in(server.client().clone(), tokens);
    says(
        &read(&client(&stage.at(""), credential)).await.unwrap_err(),
        "sign in again",
    );
}

fn says_notice(signed_in: &SignedIn, text: &str) {
    let notice = signed_in.notice().unwrap();
    assert!(notice.contains(text), "{notice}");
}

#[tokio::test]
async fn refresh_token_that_oauth2_mock_server_leaves_out_is_missed() {
    let mock = OAuthMock::start(&[json!({"remove": ["refresh_token"]})]).unwrap();
    let signed_in = sign_in(&native(&mock.url()).await).await.unwrap();
    says_notice(&signed_in, "no refresh token");
}

#[tokio::test]
async fn id_token_without_a_signature_is_not_trusted() {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims =
        json!({"iss": "http://127.0.0.1", "sub": "eve", "aud": "native", "exp": 4_000_000_000_u32});
    let unsigned = format!("{}.{}.", part(json!({"alg": "none"})), part(claims));
    let mock = OAuthMock::start(&[json!({"set": {"id_token": unsigned}})]).unwrap();
    let error = sign_in(&native(&mock.url()).await).await.unwrap_err();
    says(&error, "ID token");
}

#[tokio::test]
async fn id_token_that_another_server_signed_is_not_trusted() {
    let evil = OAuthMock::start(&[json!({})]).unwrap();
    let theirs = sign_in(&native(&evil.url()).await)
        .await
        .unwrap()
        .tokens
        .id_token
        .unwrap();
    let swapped = json!({"set": {"id_token": theirs.expose_secret()}});
    let mock = OAuthMock::start(&[swapped]).unwrap();
    let error = sign_in(&native(&mock.url()).await).await.unwrap_err();
    says(&error, "ID token");
}

/// A port at which nobody listens now.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn person_signs_in_at_jupyterhub_and_manages_it_with_the_generated_client() {
    let redirect = format!("http://127.0.0.1:{}/callback", free_port());
    let hub = JupyterHub::start_for(&redirect).unwrap();
    let app = OAuthClient::new(HUB_APPLICATION, HUB_APPLICATION_SECRET)
        .authentication(ClientAuthentication::Body)
        .provider(provider(json!({
            "authorization_url": format!("{}/hub/api/oauth2/authorize", hub.url()),
            "token_url": format!("{}/hub/api/oauth2/token", hub.url()),
        })));
    let server = AuthorizationServer::builder(app).build().await.unwrap();
    let open = |url: &str| {
        let url = url.to_owned();
        thread::spawn(move || Browser::of("ada", "").sign_in(&url).unwrap());
        Ok(())
    };
    let signed_in = server
        .sign_in()
        .redirect_uri(&redirect)
        .open_with(open)
        .run()
        .await
        .unwrap();
    let credential = OAuthCredential::signed_in(server.client().clone(), signed_in.tokens);
    let client = jupyterhub::Client::builder()
        .with(|client| {
            let client = client.server_variable("hub", hub.url());
            client.credential("bearer", credential.into())
        })
        .build()
        .unwrap();
    let ada = client.users().get_self().send().await.unwrap();
    assert_eq!(ada.name, "ada");
}
