//! What a Power Platform connector adds: typed connection parameters, policies, and what the crate says about both.

use super::Rendered;
use crate::lower::names::Scope;
use crate::model::{
    Action, AllowedValue, Api, Binding, ConnectionParameter, ConnectionParameterKind, Connector,
    Docs, Exists, ParameterSet, Path, Piece, Policy, Root, Script, Section, Template, Tier,
};

const SCHEMES: &str = "
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
    signIn: {type: oauth2, flows: {authorizationCode: {authorizationUrl: 'https://acme.com/a', tokenUrl: 'https://acme.com/t', scopes: {}}}}
    other: {type: apiKey, in: query, name: other}
";

/// A crate with a call `ping` and one that takes an argument.
fn rendered(connector: Connector) -> Rendered {
    let mut api = super::api(&format!(
        "openapi: 3.0.3
info: {{title: Acme, version: '1'}}
servers: [{{url: 'https://acme.com'}}]
paths:
  /ping: {{get: {{operationId: ping, responses: {{'204': {{description: d}}}}}}}}
  /users/{{id}}: {{get: {{operationId: getUser, parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}], responses: {{'204': {{description: d}}}}}}}}
components: {{securitySchemes: {{{}}}}}",
        SCHEMES.trim().replace("\n    ", ", ")
    ));
    api.connector = Some(connector);
    super::crate_of(&api)
}

fn parameter(wire: &str, kind: ConnectionParameterKind) -> ConnectionParameter {
    ConnectionParameter {
        wire: wire.to_owned(),
        name: Scope::fields().claim_value(wire.rsplit(':').next().unwrap()),
        kind,
        required: true,
        default: None,
        values: Vec::new(),
        bindings: Vec::new(),
        docs: Docs::default(),
    }
}

fn text(wire: &str) -> ConnectionParameter {
    parameter(wire, ConnectionParameterKind::Text)
}

fn secret(wire: &str, binding: Binding) -> ConnectionParameter {
    ConnectionParameter {
        bindings: vec![binding],
        ..parameter(wire, ConnectionParameterKind::Secret)
    }
}

fn token(provider: serde_json::Value) -> ConnectionParameter {
    ConnectionParameter {
        bindings: vec![Binding::OAuth("signIn".to_owned())],
        ..parameter("token", ConnectionParameterKind::OAuth(provider))
    }
}

fn region() -> ConnectionParameter {
    let value = |wire: &str, title: Option<&str>| AllowedValue {
        wire: wire.to_owned(),
        title: title.map(str::to_owned),
    };
    ConnectionParameter {
        required: false,
        default: Some("eu-1".to_owned()),
        values: vec![value("eu-1", Some("Europe (west)")), value("us", None)],
        ..text("region")
    }
}

fn set(wire: &str, parameters: Vec<ConnectionParameter>) -> ParameterSet {
    ParameterSet {
        wire: wire.to_owned(),
        name: Scope::types().claim_type(wire),
        variant: Scope::variants().claim_type(wire),
        docs: Docs::default(),
        parameters,
    }
}

fn connector(parameter_sets: Vec<ParameterSet>) -> Connector {
    Connector {
        parameter_sets,
        ..Connector::default()
    }
}

fn host(pieces: Vec<Piece>) -> Policy {
    Policy {
        operations: Vec::new(),
        section: Section::Request,
        action: Action::SetHost {
            url: Template(pieces),
        },
    }
}

/// Code without line breaks and repeated spaces.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_contains(text: &str, expected: &[&str]) {
    let joined = joined(text);
    for expected in expected {
        assert!(joined.contains(expected), "no `{expected}` in\n{text}");
    }
}

#[test]
fn required_parameters_are_arguments_and_the_rest_are_setters() {
    let of = rendered(connector(vec![set(
        "",
        vec![secret("api_key", Binding::Key("key".to_owned())), region()],
    )]));
    let text = of.file("src/connection.rs");
    assert_contains(
        &text,
        &[
            "#[non_exhaustive] pub struct ConnectionParameters {",
            "pub api_key: runtime::SecretString,",
            "pub region: Option<Region>,",
            "pub fn new(api_key: impl Into<runtime::SecretString>) -> Self {",
            "pub fn region(mut self, region: Region) -> Self {",
            "builder = builder.parameter(\"api_key\", self.api_key);",
            "/// Sent as the header `X-Key`.",
            "/// `eu-1` by default.",
            "/// Environment: `ACME_REGION`. `connections.toml`: `parameters.region`.",
            "ConnectionParameterKind::Secret, ) .required() .bindings(&[runtime::Binding::Key(\"key\")])",
            ".default(\"eu-1\") .values(&[\"eu-1\", \"us\"])",
        ],
    );
    assert!(!text.contains("parameter_set("), "{text}");
    let client = of.file("src/client.rs");
    assert_contains(
        &client,
        &[
            ".parameter_sets(crate::connection::PARAMETER_SETS)",
            "parameters: impl Into<crate::connection::ConnectionParameters>",
        ],
    );
}

#[test]
fn values_to_choose_from_are_an_enum() {
    let of = rendered(connector(vec![set("", vec![region()])]));
    let region = of.item("src/connection.rs", "pub enum Region");
    assert_contains(
        &region,
        &["/// Europe (west): `eu-1` EuropeWest,", "/// `us` Us,"],
    );
    // Nothing must be said, so there is a default.
    let parameters = of.item("src/connection.rs", "pub struct ConnectionParameters");
    assert_contains(&parameters, &["#[derive(Clone, Debug, Default)]"]);
}

#[test]
fn values_that_are_the_same_are_text() {
    let mut parameter = region();
    parameter.values[1].wire = "eu-1".to_owned();
    let of = rendered(connector(vec![set("", vec![parameter])]));
    assert_contains(
        &of.file("src/connection.rs"),
        &["pub region: Option<String>,"],
    );
}

#[test]
fn each_way_to_authenticate_is_a_variant_and_they_share_enums() {
    let mut other = region();
    other.values.pop();
    let of = rendered(connector(vec![
        set(
            "basic-auth",
            vec![
                secret("username", Binding::Username("basic".to_owned())),
                region(),
            ],
        ),
        set("oauth", vec![token(serde_json::json!({})), region()]),
        set("key", vec![other]),
    ]));
    let text = of.file("src/connection.rs");
    assert_contains(
        &text,
        &[
            "pub enum ConnectionParameters {",
            "BasicAuth(BasicAuth),",
            "impl From<Oauth> for ConnectionParameters {",
            "builder = builder.parameter_set(\"basic-auth\");",
            "builder = builder.credential(\"signIn\", self.token);",
            "pub fn new(token: impl Into<runtime::Credential>) -> Self {",
            "pub enum BasicAuthRegion {",
            "pub enum KeyRegion {",
        ],
    );
    assert_eq!(text.matches("pub enum ").count(), 3, "{text}");
}

#[test]
fn schemes_that_a_parameter_feeds_have_no_other_setter() {
    let of = rendered(connector(vec![set(
        "",
        vec![secret("api_key", Binding::Key("key".to_owned()))],
    )]));
    let client = of.file("src/client.rs");
    assert!(!client.contains("pub fn key("), "{client}");
    assert!(client.contains("pub fn other("), "{client}");
}

#[test]
fn where_a_value_goes_is_said_by_the_policies_that_use_it() {
    let mut connector = connector(vec![set("", vec![text("Site"), text("unused")])]);
    let site = || Piece::ConnectionParameter("site".to_owned(), None);
    connector.policies = vec![
        host(vec![
            Piece::Text("https://".to_owned()),
            site(),
            Piece::Text(".acme.com".to_owned()),
        ]),
        Policy {
            operations: vec!["ping".to_owned()],
            section: Section::Request,
            action: Action::SetHeader {
                name: "X-Site".to_owned(),
                value: Template(vec![site()]),
                exists: Exists::Skip,
            },
        },
    ];
    let of = rendered(connector);
    assert_contains(
        &of.file("src/connection.rs"),
        &[
            "/// Part of the API's address: `https://{site}.acme.com`.",
            "/// Sent in the header `X-Site`: `{site}`.",
            "/// Nothing in the connector uses it.",
        ],
    );
}

#[test]
fn policies_are_a_table_that_says_what_each_does() {
    let mut connector = Connector::default();
    let path = |root, steps: &[&str]| Path {
        root,
        steps: steps.iter().map(|step| (*step).to_owned()).collect(),
    };
    connector.policies = vec![
        host(vec![Piece::ConnectionParameter(
            "url".to_owned(),
            Some("https://acme.com".to_owned()),
        )]),
        Policy {
            operations: vec!["ping".to_owned()],
            section: Section::Request,
            action: Action::Route {
                path: Template(vec![
                    Piece::Text("/v2/".to_owned()),
                    Piece::PathParameter("id".to_owned()),
                ]),
                method: Some(Template(vec![Piece::Method])),
            },
        },
        Policy {
            operations: Vec::new(),
            section: Section::Response,
            action: Action::NextLink {
                property: "next".to_owned(),
            },
        },
        Policy {
            operations: Vec::new(),
            section: Section::Response,
            action: Action::ArrayToObject {
                parent: path(Root::Body, &["a"]),
                name: path(Root::Here, &["b", "c"]),
                target: path(Root::Here, &["d"]),
                key: path(Root::Item, &["id"]),
                retain_key: true,
            },
        },
    ];
    let of = rendered(connector);
    let text = of.file("src/client/policies.rs");
    assert_contains(
        &text,
        &[
            "pub(crate) const POLICIES: &[Policy] = &[POLICY_1, POLICY_2, POLICY_3];",
            "/// `dynamichosturl`: the address of the API is `{url or 'https://acme.com'}`.",
            "Piece::ConnectionParameter(\"url\", Some(\"https://acme.com\"))",
            "path: Template::new(&[Piece::Text(\"/v2/\"), Piece::PathParameter(\"id\")]), method: Some(Template::new(&[Piece::Method])), }) .operations(&[\"ping\"]);",
            "Policy::response(Action::ArrayToObject { parent: Path::body(&[\"a\"]), name: Path::here(&[\"b\", \"c\"]), target: Path::here(&[\"d\"]), key: Path::item(&[\"id\"]), retain_key: true, });",
        ],
    );
    assert_contains(
        &of.file("src/client.rs"),
        &["mod policies;", ".policies(policies::POLICIES)"],
    );
}

#[test]
fn authorization_server_is_data_of_its_scheme() {
    let provider = serde_json::json!({ "token_url": "https://acme.com/{Tenant}/token" });
    let of = rendered(connector(vec![set("", vec![token(provider.clone())])]));
    assert_contains(
        &of.file("src/client.rs"),
        &[".provider(\"{\\\"token_url\\\":\\\"https://acme.com/{Tenant}/token\\\"}\")"],
    );
    let description: serde_json::Value = serde_json::from_str(&of.file("connector.json")).unwrap();
    let schemes = description["security_schemes"].as_array().unwrap();
    let scheme = schemes.iter().find(|it| it["name"] == "signIn").unwrap();
    assert_eq!(scheme["provider"], provider);
    let manifest: toml::Table = of.file("Cargo.toml").parse().unwrap();
    assert!(manifest["features"].get("sign-in").is_some());
}

#[test]
fn description_has_the_parameters_of_each_set() {
    let mut key = secret("api_key", Binding::Key("key".to_owned()));
    key.docs.description = Some("The key.".to_owned());
    let mut exchange = text("token:Tenant");
    exchange.bindings = vec![Binding::Exchange("Tenant".to_owned()), Binding::Policy];
    let of = rendered(connector(vec![
        set("a", vec![key, region()]),
        set("b", vec![exchange]),
    ]));
    let description: serde_json::Value = serde_json::from_str(&of.file("connector.json")).unwrap();
    assert_eq!(
        description["parameter_sets"],
        serde_json::json!([
            {"name": "a", "parameters": [
                {"name": "api_key", "kind": "secret", "required": true, "description": "The key.", "bindings": [{"key": "key"}]},
                {"name": "region", "kind": "text", "default": "eu-1", "values": ["eu-1", "us"]},
            ]},
            {"name": "b", "parameters": [
                {"name": "token:Tenant", "kind": "text", "required": true, "bindings": [{"exchange": "Tenant"}]},
            ]},
        ])
    );
}

#[test]
fn gateways_are_said_to_be_missing() {
    let gateway = parameter("gateway", ConnectionParameterKind::Gateway);
    let of = rendered(connector(vec![set("", vec![gateway, text("user")])]));
    let text = of.file("src/connection.rs");
    assert!(!text.contains("pub gateway"), "{text}");
    assert_contains(&text, &["`gateway` is not here: on-premises data gateways"]);
    assert_contains(
        &of.file("README.md"),
        &["## What is missing", "on-premises data gateway"],
    );
}

#[test]
fn script_is_said_to_be_missing() {
    let of = rendered(Connector {
        script: Some(Script {
            operations: vec!["ping".to_owned()],
            edits_requests: true,
            edits_responses: false,
        }),
        ..Connector::default()
    });
    assert_contains(
        &of.file("src/lib.rs"),
        &[
            "a script for one operation, which this crate does not run: without it, the API may refuse requests",
        ],
    );
}

#[test]
fn connection_is_tested_by_a_call_without_arguments() {
    let of_operation = |id: &str| {
        rendered(Connector {
            test_connection: Some(id.to_owned()),
            ..Connector::default()
        })
        .file("src/client.rs")
    };
    assert_contains(
        &of_operation("ping"),
        &[
            "#[cfg(feature = \"ping\")] pub async fn test_connection(&self)",
            "self.ping().ping().send().await",
        ],
    );
    assert!(!of_operation("getUser").contains("test_connection"));
}

#[test]
fn names_of_setters_keep_clear_of_those_of_every_struct() {
    let optional = |wire| ConnectionParameter {
        required: false,
        ..text(wire)
    };
    let of = rendered(connector(vec![set(
        "",
        vec![optional("new"), optional("apply"), optional("clone")],
    )]));
    assert_contains(
        &of.file("src/connection.rs"),
        &[
            "pub new: Option<String>",
            "pub fn new_value(",
            "pub fn apply2(",
            "pub fn clone_value(",
        ],
    );
}

#[test]
fn metadata_of_the_connector_is_in_the_manifest() {
    let manifest = |metadata: &[(&str, &str)]| -> toml::Table {
        let pairs = metadata.iter();
        let of = rendered(Connector {
            publisher: Some("Acme \"Inc\"".to_owned()),
            tier: Tier::Routing,
            metadata: pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Connector::default()
        });
        of.file("Cargo.toml").parse().unwrap()
    };
    let of = manifest(&[
        ("Website", "https://acme.com/api"),
        ("Privacy policy", "https://acme.com/privacy"),
        (
            "Categories",
            "Sales and CRM;3D;A category with a very long name;Sales and CRM;Data;IT;Web",
        ),
        ("Website", "again"),
    ]);
    let package = &of["package"];
    assert_eq!(package["homepage"].as_str(), Some("https://acme.com/api"));
    let keywords: Vec<_> = package["keywords"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    assert_eq!(keywords, ["api", "client", "sales-and-crm", "data", "it"]);
    let about = &package["metadata"]["connector-gen"]["connector"];
    assert_eq!(about["publisher"].as_str(), Some("Acme \"Inc\""));
    assert_eq!(about["tier"].as_str(), Some("2"));
    assert_eq!(
        about["metadata"]["Privacy policy"].as_str(),
        Some("https://acme.com/privacy")
    );
    for website in [
        "http://acme.com",
        "acme.com",
        "https://acme",
        "https://acme.com/a b",
        "https://user@acme.com",
        "https://",
    ] {
        let of = manifest(&[("Website", website)]);
        assert!(of["package"].get("homepage").is_none(), "{website}");
    }
}

#[test]
fn examples_give_what_a_connection_needs() {
    let of = rendered(connector(vec![
        set("oauth", vec![token(serde_json::json!({}))]),
        set(
            "key",
            vec![
                secret("api_key", Binding::Key("key".to_owned())),
                text("site"),
            ],
        ),
    ]));
    let readme = of.file("README.md");
    assert_contains(
        &readme,
        &[
            "use acme::connection::Key; use acme::Client;",
            "let parameters = Key::new(\"secret\", \"example\");",
            "[acme.work] parameter_set = \"oauth\" [acme.work.credentials.signIn] type = \"oauth2\"",
            "| `api_key` | | `ACME_API_KEY` |",
            "`ACME_PARAMETER_SET` chooses",
        ],
    );
    assert!(!readme.contains("\n# #[cfg"), "{readme}");
    assert_contains(
        &of.file("src/lib.rs"),
        &["AuthorizationServer::builder(application).api(&API, \"signIn\")"],
    );
}

/// Nothing but what the document says is in the crate.
#[test]
fn api_without_connector_has_none_of_it() {
    let api: Api = super::api("openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}");
    let of = super::crate_of(&api);
    for (path, text) in of.0.iter() {
        assert!(path != "src/connection.rs", "{path}");
        assert!(!text.contains("parameter_set"), "{path}: {text}");
    }
}

#[test]
fn parameter_may_be_called_like_the_builder_that_takes_it() {
    let builder = ConnectionParameter {
        required: false,
        ..text("builder")
    };
    let rendered = rendered(connector(vec![set("", vec![builder])]));
    let code = rendered.file("src/connection.rs");
    assert_contains(
        &code,
        &["if let Some(value) = self.builder { builder = builder.parameter(\"builder\", value); }"],
    );
}
