//! Connections of Power Platform connectors are added with their parameters.

use super::*;

/// A connector with two ways to authenticate, as generated crates describe theirs.
fn describe_connector(home: &Home, provider: &OidcProvider) {
    let text = |name: &str, bindings: Value| json!({ "name": name, "kind": "text", "required": true, "bindings": bindings });
    let secret = |name: &str, bindings: Value| json!({ "name": name, "kind": "secret", "required": true, "bindings": bindings });
    let oauth = |name: &str, more: &[Value]| {
        let token = json!({ "name": "token", "kind": "oauth", "required": true, "bindings": [{ "oauth": "oauth" }] });
        let host = text("token:Host", json!([{ "exchange": "Host" }]));
        let parameters = [&[token, host], more].concat();
        json!({ "name": name, "parameters": parameters })
    };
    let description = json!({
        "name": "shop",
        "version": "1",
        "servers": [{ "url": provider.url() }],
        "security_schemes": [
            { "name": "basic", "kind": "basic" },
            {
                "name": "oauth",
                "kind": "oauth2",
                "provider": {
                    "authorization_url": "{HOST}/auth",
                    "token_url": "{host}/token",
                    "parameters": { "host": {} },
                    "scopes": ["read"],
                },
            },
        ],
        "parameter_sets": [
            {
                "name": "basic-auth",
                "parameters": [
                    secret("username", json!([{ "username": "basic" }])),
                    secret("password", json!([{ "password": "basic" }])),
                    { "name": "region", "kind": "text", "default": "eu", "values": ["eu", "us"], "description": "Where it is" },
                ],
            },
            oauth("sign-in", &[]),
            oauth("ClientCredentials", &[
                text("token:clientId", json!([{ "exchange": "clientId" }])),
                secret("token:clientSecret", json!([{ "exchange": "clientSecret" }])),
            ]),
        ],
    });
    home.file("connector.json", &description.to_string());
}

fn shop() -> (OidcProvider, Home) {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = Home::new();
    describe_connector(&home, &provider);
    (provider, home)
}

#[test]
fn parameters_are_given_checked_and_shown_without_secrets() {
    let (_provider, home) = shop();
    let words = "add shop work --from . --parameter-set BASIC-AUTH --parameter UserName=ada --parameter region=us --secret-stdin";
    home.run_with(words, "canary-4711\n").succeeds();
    assert!(!home.holds("canary-4711"));
    let shown = home.run("show shop work").succeeds().stdout;
    for part in [
        "parameter set: basic-auth",
        "parameter region: us",
        "parameter username: ada",
        "parameter password: a secret",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let shown = home.run("show shop work --json").json();
    assert_eq!(
        shown["parameters"],
        json!({ "region": "us", "username": "ada" })
    );
    assert_eq!(shown["secrets"], json!({ "password": null }));
    home.run("test shop work").succeeds();
}

#[test]
fn secret_parameter_is_read_from_its_place_each_time_anew() {
    let (_provider, home) = shop();
    home.file("password", "canary-4711");
    let words = "add shop work --from . --parameter-set basic-auth --username ada --secret password=file:password";
    home.run(words).succeeds();
    home.run("test shop work").succeeds();
    let shown = home.run("show shop work").succeeds().stdout;
    assert!(shown.contains("parameter password: file:/"), "{shown}");
    fs::remove_file(home.path().join("password")).unwrap();
    home.run("test shop work").fails(2, "password");
}

#[test]
fn what_is_missing_unknown_or_not_allowed_is_told() {
    let (_provider, home) = shop();
    let basic = "add shop work --from . --parameter-set basic-auth";
    for (words, reason) in [
        ("add shop work --from .".to_owned(), "--parameter-set"),
        (
            "add shop work --from . --parameter-set x".to_owned(),
            "basic-auth, sign-in, ClientCredentials",
        ),
        (basic.to_owned(), "--parameter username="),
        (
            format!("{basic} --username ada"),
            "--secret password=env:VARIABLE",
        ),
        (
            format!("{basic} --username ada --parameter password=pw"),
            "which is no argument",
        ),
        (
            format!("{basic} --username ada --secret password=hunter2"),
            "NAME=env:VARIABLE, NAME=file:PATH",
        ),
        (
            format!("{basic} --username ada --parameter region=mars --secret-stdin"),
            "none of eu, us",
        ),
        (
            format!("{basic} --username ada --parameter regoin=eu --secret-stdin"),
            "username, password, region",
        ),
        (
            "add shop work --from . --parameter-set sign-in --client-id native --public".to_owned(),
            "--parameter token:Host=",
        ),
    ] {
        let said = home.run_with(&words, "pw").fails(2, reason);
        assert!(!said.stderr.contains("hunter2"), "{said:?}");
    }
    assert!(home.is_empty());
}

#[test]
fn application_of_a_connector_is_named_by_its_parameters() {
    let (provider, home) = shop();
    let words = format!(
        "add shop work --from . --parameter-set ClientCredentials --parameter token:Host={} --parameter token:clientId=basic --secret-stdin",
        provider.issuer()
    );
    home.run_with(&words, SECRET).succeeds();
    let shown = home.run("show shop work --json").json();
    assert_eq!(
        shown["credentials"]["oauth"]["kind"],
        "oauth2 client_credentials"
    );
    home.run("test shop work /oauth/read").succeeds();
    assert!(!home.holds(SECRET));
}

#[test]
fn person_signs_in_at_the_server_that_the_parameters_name() {
    let (provider, home) = shop();
    let words = format!(
        "add shop work --from . --parameter-set sign-in --parameter token:host={} --client-id native --public --no-sign-in",
        provider.issuer()
    );
    home.run(&words).succeeds();
    home.run("test shop work")
        .fails(4, "connector sign-in shop work");
    let mut waiting = Waiting::start(&home, "sign-in shop work --no-browser");
    let url = waiting.address("");
    let page = Browser::of("ada", "secret").sign_in(&url).unwrap();
    assert_eq!(page.status, 200, "{page:?}");
    waiting.end().succeeds();
    home.run("test shop work /oauth/read").succeeds();
}
