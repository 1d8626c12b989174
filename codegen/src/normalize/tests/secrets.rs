//! Secrets of a connector's publisher, which are for nobody else.

use serde_json::{Value, json};

use super::Outcome;
use super::connectors::properties;
use crate::diagnostics::{Code, Diagnostics};
use crate::model::ConnectionParameterKind as Kind;
use crate::{Generator, RuntimeDependency};

/// What must not come out anywhere.
const MARK: &str = "hunter2";

/// A connection that signs in with these custom parameters.
fn signing_in(custom: &[(&str, &str)]) -> Value {
    let custom = custom
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!({"value": value})));
    json!({"connectionParameters": {"token": {
        "type": "oauthSetting",
        "oAuthSettings": {
            "identityProvider": "oauth2generic",
            "clientId": "hunter2-id",
            "clientSecret": "hunter2",
            "customParameters": custom.collect::<serde_json::Map<_, _>>(),
        },
    }}})
}

/// The authorization server of these custom parameters, with the URLs that every one has.
fn provider(custom: &[(&str, &str)]) -> (Value, Outcome) {
    let urls = [
        ("AuthorizationUrlTemplate", "https://acme.com/authorize"),
        ("TokenUrlTemplate", "https://acme.com/token"),
        ("RefreshUrlTemplate", "https://acme.com/refresh"),
    ];
    let more = urls
        .into_iter()
        .filter(|(name, _)| custom.iter().all(|(known, _)| known != name));
    let custom: Vec<_> = custom.iter().copied().chain(more).collect();
    let outcome = properties(signing_in(&custom));
    let Kind::OAuth(provider) = &outcome.parameters()[0].kind else {
        panic!("no OAuth setting");
    };
    (provider.clone(), outcome)
}

/// Where secrets were found, by the last part of the place.
fn places(outcome: &Outcome) -> Vec<String> {
    assert!(!told(&outcome.diagnostics), "a message quotes the secret");
    let found = outcome.findings().into_iter();
    found
        .filter_map(|finding| {
            let place = finding.strip_prefix("secret-not-taken ")?;
            Some(place.rsplit('/').next()?.to_owned())
        })
        .collect()
}

fn told(diagnostics: &Diagnostics) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| format!("{diagnostic:?}").contains(MARK))
}

#[test]
fn a_client_of_the_publisher_in_a_form_becomes_that_of_the_user() {
    let body = "grant_type=authorization_code&code={Code}&redirect_uri={RedirectUrl}&client_id=hunter2id&client_secret=hunter2";
    let (provider, outcome) = provider(&[("TokenBodyTemplate", body)]);
    assert_eq!(
        provider["token"],
        Value::Null,
        "nothing differs from the standard"
    );
    assert_eq!(places(&outcome), ["TokenBodyTemplate", "TokenBodyTemplate"]);
}

#[test]
fn a_password_and_a_token_of_the_publisher_are_asked_for() {
    let token = "grant_type=password&username=robot&password=hunter2&include_refresh_token=true&client_secret=x{ClientSecret}hunter2";
    let refresh = "grant_type=refresh_token&refresh_token=hunter2&client_id={ClientId}&client_assertion=hunter2";
    let (provider, outcome) = provider(&[
        ("tokenBodyTemplate", token),
        ("refreshBodyTemplate", refresh),
    ]);
    let sent = &provider["token"]["parameters"];
    assert_eq!(sent["password"], "{password}");
    assert_eq!(sent["include_refresh_token"], "true");
    assert_eq!(sent["username"], "robot");
    assert_eq!(provider["parameters"], json!({"password": {}}));
    assert_eq!(
        provider["refresh"],
        json!({"rename": {"client_secret": "client_assertion"}})
    );
    assert_eq!(places(&outcome).len(), 4);
}

#[test]
fn a_json_body_keeps_all_but_its_secrets() {
    let body = r#"{"code": "{Code}", "client": {"client\u005fsecret": "hunter2", "id": 7}, "passwords": ["hunter2"], "clientId": "hunter2"}"#;
    let (provider, outcome) = provider(&[("TokenBodyTemplate", body)]);
    let body: Value = serde_json::from_str(provider["token"]["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        body,
        json!({
            "code": "{code}",
            "client": {"client_secret": "{client_secret}", "id": 7},
            "passwords": ["{passwords}"],
            "clientId": "{client_id}",
        })
    );
    assert_eq!(places(&outcome).len(), 3);
}

#[test]
fn a_body_that_is_neither_form_nor_json_is_not_taken() {
    for body in [
        r#"{"client_secret": "hunter2", "code": {Code}}"#,
        r#"[{"client_secret": "hunter2=="}]"#,
    ] {
        let (provider, outcome) = provider(&[("TokenBodyTemplate", body)]);
        assert!(!provider.to_string().contains(MARK), "{provider}");
        assert_eq!(places(&outcome), ["TokenBodyTemplate"], "{body}");
    }
}

#[test]
fn urls_lose_who_signs_in_and_secrets_of_their_queries() {
    let (provider, outcome) = provider(&[
        (
            "AuthorizationUrlTemplate",
            "https://me:hunter2@acme.com/authorize?sig=hunter2&ui=a",
        ),
        (
            "TokenUrlTemplate",
            "https://hunter2@acme.com/{Region}/token",
        ),
        (
            "RefreshUrlTemplate",
            "https://acme.com/refresh?to=https://u:hunter2@a.com",
        ),
        ("TokenUrlQueryStringTemplate", "?client_secret=hunter2&v=2"),
        (
            "RefreshUrlQueryStringTemplate",
            "?Client%5FId=hunter2&client_secret={ClientSecret}",
        ),
    ]);
    assert_eq!(
        provider["authorization_url"],
        "https://acme.com/authorize?sig={sig}&ui=a"
    );
    assert_eq!(
        provider["token_url"],
        "https://acme.com/{Region}/token?client_secret={client_secret}&v=2"
    );
    assert_eq!(
        provider["refresh_url"],
        "https://acme.com/refresh?to=https://a.com&Client%5FId={client_id}&client_secret={client_secret}"
    );
    assert_eq!(
        places(&outcome),
        [
            "AuthorizationUrlTemplate",
            "AuthorizationUrlTemplate",
            "TokenUrlTemplate",
            "TokenUrlQueryStringTemplate",
            "RefreshUrlTemplate",
            "RefreshUrlQueryStringTemplate",
        ]
    );
}

#[test]
fn a_custom_parameter_that_holds_a_secret_has_no_default() {
    let (provider, outcome) = provider(&[
        (
            "TokenBodyTemplate",
            "code={Code}&key={ApiKey}&pass={Own}&v={Version}",
        ),
        ("ApiKey", "hunter2"),
        ("Own", "hunter2"),
        ("Version", "3"),
    ]);
    assert_eq!(
        provider["parameters"],
        json!({"ApiKey": {}, "Own": {}, "Version": {"default": "3"}})
    );
    assert_eq!(places(&outcome), ["ApiKey", "Own"]);
}

/// A masked parameter of this type, with these members and constraints.
fn masked(kind: &str, default: &str, values: &Value) -> Outcome {
    properties(json!({"connectionParameters": {"p": {
        "type": kind,
        "defaultValue": default,
        "uiDefinition": {
            "constraints": {"clearText": false, "required": "true", "allowedValues": values},
        },
    }}}))
}

#[test]
fn a_secret_parameter_has_no_default_but_a_choice() {
    let one = json!([{"text": "Default", "value": "hunter2"}]);
    let none = json!([]);
    let many = json!([{"text": "A", "value": "a"}, {"text": "B", "value": "b"}]);
    for (kind, default, values, left) in [
        ("securestring", "hunter2", &none, (0, None)),
        ("securestring", "hunter2", &one, (0, None)),
        ("securestring", "", &one, (0, None)),
        ("securestring", "b", &many, (2, Some("b"))),
        ("securestring", "hunter2", &many, (2, None)),
        ("string", "hunter2", &none, (0, None)),
        // IBM's connectors name their one user so.
        (
            "string",
            "",
            &json!([{"text": "Default", "value": "apikey"}]),
            (1, Some("apikey")),
        ),
    ] {
        let outcome = masked(kind, default, values);
        let parameter = &outcome.parameters()[0];
        assert_eq!(parameter.kind, Kind::Secret);
        let found = (parameter.values.len(), parameter.default.as_deref());
        assert_eq!(found, left, "{kind} {default} {values}");
        assert_eq!(parameter.required, left.1.is_none());
        let is_whole = left.0 > 0 && default != MARK;
        assert_eq!(places(&outcome).is_empty(), is_whole, "{kind} {default}");
    }
}

#[test]
fn no_file_of_a_crate_has_a_secret_of_the_connectors() {
    let mut properties = signing_in(&[
        ("AuthorizationUrlTemplate", "https://u:hunter2@acme.com/a"),
        (
            "AuthorizationUrlQueryStringTemplate",
            "//u:hunter2@acme.com/b?client_secret=hunter2&client_id=hunter2",
        ),
        ("TokenUrlTemplate", "https://u:hunter2@acme.com/t"),
        ("TokenUrlQueryStringTemplate", "?api-key=hunter2"),
        (
            "TokenBodyTemplate",
            "code={Code}&client_id=hunter2&client_secret=hunter2&pwd={Own}",
        ),
        (
            "RefreshUrlTemplate",
            "https:/u:hunter2@acme.com/t#client_secret=hunter2",
        ),
        (
            "RefreshBodyTemplate",
            r#"{"refresh_token": "{RefreshToken}", "client_secret": "hunter2"}"#,
        ),
        ("Own", "hunter2"),
    ]);
    properties["connectionParameters"]["key"] = json!({
        "type": "securestring",
        "defaultValue": "hunter2",
        "allowedValues": [{"value": "hunter2"}],
        "uiDefinition": {"displayName": "Key", "schema": {"default": "hunter2"}, "constraints": {
            "required": "true", "default": "hunter2", "allowedValues": [{"text": "hunter2", "value": "hunter2"}],
        }},
    });
    let document = json!({
        "swagger": "2.0",
        "info": {"title": "T", "version": "1"},
        "host": "acme.com",
        "paths": {"/a": {"get": {"operationId": "A", "responses": {"200": {"description": "d"}}}}},
        "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "x-connector-properties": properties,
    });
    let generated = Generator::from_bytes("acme.json", document.to_string())
        .name("acme")
        .generate(RuntimeDependency::default())
        .unwrap();
    let files = generated.files.iter();
    let with_secret: Vec<&str> = files
        .filter(|(_, text)| text.contains(MARK))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(with_secret, Vec::<&str>::new());
    assert!(
        generated
            .files
            .get("src/client.rs")
            .unwrap()
            .contains("{client_secret}")
    );
    let of_secrets = generated.diagnostics.iter();
    let of_secrets = of_secrets.filter(|diagnostic| diagnostic.code == Code::SecretNotTaken);
    assert!(of_secrets.count() > 10);
    assert!(!told(&generated.diagnostics));
}
