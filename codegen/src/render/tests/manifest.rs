//! `Cargo.toml`, `README.md` and the crate's root.

use super::{Rendered, document};

fn tagged(count: usize) -> Rendered {
    let operation = |n: usize| {
        format!(
            "  /t{n}: {{get: {{tags: [t{n}], operationId: x, responses: {{'204': {{description: d}}}}}}}}\n"
        )
    };
    let paths: String = (0..count).map(operation).collect();
    document(&format!(
        "openapi: 3.0.3\ninfo: {{title: Acme API, version: '1'}}\npaths:\n{paths}"
    ))
}

fn features(of: &Rendered) -> Vec<String> {
    let manifest: toml::Table = of.file("Cargo.toml").parse().unwrap();
    manifest["features"]
        .as_table()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

#[test]
fn each_tag_is_a_feature() {
    let of = tagged(2);
    assert_eq!(
        features(&of),
        [
            "compression",
            "default",
            "environment",
            "native-tls",
            "rustls",
            "serde",
            "stream",
            "t0",
            "t1"
        ]
    );
    assert!(
        of.file("src/lib.rs")
            .contains("#[cfg(feature = \"t0\")]\npub mod t0;")
    );
}

#[test]
fn a_crate_of_one_tag_has_no_features_for_it() {
    assert_eq!(
        features(&tagged(1)),
        [
            "compression",
            "default",
            "environment",
            "native-tls",
            "rustls",
            "serde",
            "stream"
        ]
    );
}

#[test]
fn more_tags_than_a_registry_allows_are_no_features() {
    assert_eq!(
        features(&tagged(251)),
        [
            "compression",
            "default",
            "environment",
            "native-tls",
            "rustls",
            "serde",
            "stream"
        ]
    );
}

#[test]
fn the_package_is_named_after_the_title() {
    let manifest: toml::Table = tagged(1).file("Cargo.toml").parse().unwrap();
    assert_eq!(manifest["package"]["name"].as_str(), Some("acme-api"));
}

#[test]
fn oauth_is_a_feature_of_the_runtime_that_documents_turn_on() {
    let scheme = |scheme: &str| {
        let of = document(&format!(
            "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents: {{securitySchemes: {{s: {scheme}}}}}"
        ));
        of.file("Cargo.toml").contains("oauth2")
    };
    assert!(scheme(
        "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://acme.com/token', scopes: {}}}}"
    ));
    assert!(!scheme("{type: http, scheme: bearer}"));
}

#[test]
fn schemes_turn_on_what_they_need_of_the_runtime() {
    let of = document(
        "openapi: 3.1.0
info: {title: T, version: '1'}
paths: {}
components:
  securitySchemes:
    a: {type: http, scheme: digest}
    b: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}
    c: {type: apiKey, in: header, name: Authorization, x-connector-scheme: azureSharedKey}
    d: {type: openIdConnect, openIdConnectUrl: 'https://acme.com/.well-known/openid-configuration'}
    e: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://acme.com/token', scopes: {}}}}
    f: {type: mutualTLS}
",
    );
    let manifest: toml::Table = of.file("Cargo.toml").parse().unwrap();
    let features = &manifest["dependencies"]["connector-runtime"]["features"];
    let features: Vec<_> = features.as_array().unwrap().iter().collect();
    let features: Vec<_> = features.iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(features, ["digest", "oauth2", "shared-key", "sigv4"]);
}

#[test]
fn models_nested_deeply_raise_the_compilers_limit() {
    let level = |n: usize| {
        format!(
            "    L{n}: {{type: object, properties: {{a: {{$ref: '#/components/schemas/L{}'}}}}}}\n",
            n + 1
        )
    };
    let nested = |depth: usize| {
        let levels: String = (0..depth).map(level).collect();
        let of = document(&format!(
            "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{levels}    L{depth}: {{type: object, properties: {{a: {{type: string}}}}}}\n"
        ));
        of.file("src/lib.rs").contains("#![recursion_limit = ")
    };
    assert!(!nested(10));
    assert!(nested(60));
}
