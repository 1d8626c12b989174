use serde_json::json;

use super::*;
use crate::normalize::Dialect;

#[test]
fn the_version_decides_the_dialect() {
    for (header, dialect) in [
        ("openapi: 3.0.3", Dialect::OpenApi30),
        ("openapi: 3.0", Dialect::OpenApi30),
        ("openapi: 3.1.1", Dialect::OpenApi31),
        ("openapi: 3.2.0", Dialect::OpenApi32),
        ("swagger: '2.0'", Dialect::Swagger20),
        ("swagger: 2.0", Dialect::Swagger20),
    ] {
        let outcome = document(&format!(
            "{header}\ninfo: {{title: T, version: '1'}}\npaths: {{}}"
        ));
        assert_eq!(outcome.normalized.dialect, dialect);
        assert_eq!(outcome.findings(), [""; 0]);
    }
}

#[test]
fn an_unsupported_version_is_an_error_with_a_hint() {
    for header in ["swagger: '1.2'", "openapi: 4.0.0", "openapi: x"] {
        let error = try_document(&format!("{header}\npaths: {{}}"))
            .err()
            .unwrap();
        assert_eq!(error.diagnostic().code, Code::VersionUnsupported);
        assert!(error.diagnostic().hint.is_some());
        assert!(!error.diagnostic().pointer.is_root());
    }
}

#[test]
fn a_missing_version_is_guessed_when_the_document_is_clear() {
    let outcome = document("info: {title: T, version: '1'}\npaths: {}");
    assert_eq!(outcome.normalized.dialect, Dialect::OpenApi30);
    assert_eq!(outcome.findings(), ["version-missing "]);
    let outcome = document("info: {title: T, version: '1'}\npaths: {}\nbasePath: /v1");
    assert_eq!(outcome.normalized.dialect, Dialect::Swagger20);
    let error = try_document("info: {title: 'about openapi'}")
        .err()
        .unwrap();
    assert_eq!(error.diagnostic().code, Code::VersionMissing);
}

#[test]
fn a_document_that_is_no_mapping_is_an_error() {
    assert!(try_document("- openapi").is_err());
}

#[test]
fn missing_sections_are_completed() {
    let outcome = document("openapi: 3.0.3");
    assert_eq!(
        outcome.at("/info"),
        json!({"title": "API", "version": "0.0.0"})
    );
    assert_eq!(
        outcome.findings(),
        [
            "info-incomplete /info",
            "info-incomplete /info",
            "section-missing "
        ]
    );
}

#[test]
fn a_path_without_a_slash_gets_one() {
    let outcome = document(
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {a: {get: {responses: {200: {description: ok}}}}, /a: {}}",
    );
    assert!(outcome.at("/paths/~1a/get").is_object());
    assert_eq!(
        outcome.findings(),
        ["path-invalid /paths/a", "path-invalid /paths/~1a"]
    );
}

#[test]
fn unknown_methods_are_noted() {
    let outcome = document(
        "openapi: 3.2.0\ninfo: {title: T, version: '1'}\npaths: {/a: {link: {}, x-a: 1, GET: {responses: {200: {description: ok}}}}}",
    );
    assert_eq!(outcome.at("/paths/~1a/x-a"), 1);
    assert!(outcome.at("/paths/~1a/get").is_object());
    let at = |method: &str| format!("method-unknown /paths/~1a/{method}");
    assert_eq!(outcome.findings(), [at("link"), at("GET")]);
}

#[test]
fn webhooks_are_kept_as_an_extension() {
    let outcome =
        document("openapi: 3.1.0\ninfo: {title: T, version: '1'}\nwebhooks: {new: {post: {}}}");
    assert_eq!(
        outcome.at("/x-connector-webhooks"),
        json!({"new": {"post": {"responses": {}}}})
    );
    assert_eq!(outcome.findings(), [""; 0]);
}

#[test]
fn servers_are_read_leniently() {
    let outcome = document(
        "openapi: 3.0.3
info: {title: T, version: '1'}
paths: {}
servers:
  - {url: ' https://{r}.e.com ', variables: {r: {enum: [eu, 1]}}}
  - {description: none}
",
    );
    let expected = json!([{"url": "https://{r}.e.com", "variables": {"r": {"enum": ["eu", "1"], "default": "eu", "description": null}}}]);
    assert_eq!(outcome.at("/servers"), expected);
    assert_eq!(
        outcome.findings(),
        [
            "server-invalid /servers/0/variables/r",
            "server-invalid /servers/1"
        ]
    );
}

#[test]
fn security_schemes_are_read_leniently() {
    let outcome = document(
        "openapi: 3.1.0
info: {title: T, version: '1'}
paths: {}
components:
  securitySchemes:
    token: {type: http}
    tls: {type: mutualTLS}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://e.com'}
    key: {type: apiKey, in: body}
    device: {type: oauth2, flows: {deviceAuthorization: {tokenUrl: t}, implicit: {scopes: [a]}, odd: {}}}
    none: {type: strange}
",
    );
    let schemes = outcome.at("/components/securitySchemes");
    assert_eq!(
        schemes["token"],
        json!({"type": "http", "scheme": "bearer"})
    );
    assert_eq!(
        schemes["tls"],
        json!({"type": "http", "scheme": "mutualTLS"})
    );
    assert_eq!(
        schemes["key"],
        json!({"type": "apiKey", "in": "header", "name": "Authorization"})
    );
    assert_eq!(
        schemes["device"]["flows"]["x-connector-device-authorization"],
        json!({"deviceAuthorizationUrl": "", "tokenUrl": "t", "refreshUrl": null, "scopes": {}})
    );
    assert_eq!(
        schemes["device"]["flows"]["implicit"]["scopes"],
        json!({"a": ""})
    );
    assert!(schemes.get("none").is_none());
}

#[test]
fn nonsense_in_every_section_is_survived() {
    let sections = [
        "info",
        "servers",
        "paths",
        "components",
        "security",
        "tags",
        "externalDocs",
        "webhooks",
    ];
    let swagger = [
        "host",
        "basePath",
        "schemes",
        "consumes",
        "definitions",
        "parameters",
        "responses",
        "securityDefinitions",
    ];
    for section in sections.iter().chain(&swagger) {
        for value in [
            "null",
            "true",
            "1",
            "''",
            "[]",
            "{}",
            "[null, 1, [], {}]",
            "{a: null, schemas: [1], /x: {get: 1}}",
        ] {
            for header in ["openapi: 3.1.0", "swagger: '2.0'"] {
                document(&format!("{header}\n{section}: {value}\n"));
            }
        }
    }
}

#[test]
fn a_document_of_unreasonable_size_is_an_error() {
    let paths: serde_json::Map<String, Value> = (0..60_000)
        .map(|index| (format!("/p{index}"), json!(null)))
        .collect();
    let error = normalize(
        json!({"openapi": "3.0.0", "paths": paths}),
        &Options::default(),
        &mut Diagnostics::new(),
    );
    assert_eq!(
        error.err().unwrap().diagnostic().code,
        Code::DocumentTooLarge
    );
}
