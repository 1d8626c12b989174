//! The client and its builder.

use super::document;

#[test]
fn each_scheme_has_a_method_that_takes_its_credential() {
    let of = document(
        "openapi: 3.1.0
info: {title: T, version: '1'}
paths: {}
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
    digest: {type: http, scheme: digest}
    storage: {type: http, scheme: SharedKey}
    aws: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}
    mtls: {type: mutualTLS}
    token: {type: http, scheme: bearer}
    key: {type: apiKey, in: query, name: api_key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://acme.com/token', scopes: {}}}}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://acme.com/.well-known/openid-configuration'}
",
    );
    let readme = of.file("README.md");
    for variable in [
        "T_DIGEST_USERNAME",
        "T_STORAGE_ACCOUNT_KEY",
        "T_AWS_SECRET_ACCESS_KEY",
        "T_CLIENT_IDENTITY_FILE",
    ] {
        assert!(readme.contains(variable), "{variable} in\n{readme}");
    }
    let text = of.file("src/client.rs");
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        "runtime::Credential::basic(username, password)",
        "runtime::Credential::bearer(token)",
        "runtime::Credential::api_key(key)",
        "runtime::Credential::oauth2_client_credentials(client)",
        "pub fn oidc(self, credential: impl Into<runtime::Credential>)",
        "pub fn digest(",
        "runtime::Credential::digest(username, password)",
        "runtime::Credential::shared_key(account, key)",
        "pub fn aws(self, key: runtime::AwsAccessKey)",
        "pub fn mtls(self, identity_pem: impl Into<runtime::SecretString>)",
        "Self(self.0.client_identity(identity_pem))",
        "runtime::SecurityScheme::digest(\"digest\")",
        "runtime::SecurityScheme::azure_shared_key(\"storage\")",
        "runtime::SecurityScheme::aws_sigv4(\"aws\")",
        "runtime::SecurityScheme::mutual_tls(\"mtls\")",
    ] {
        assert!(joined.contains(expected), "{expected} in\n{text}");
    }
}

#[test]
fn requirements_that_operations_share_are_written_once() {
    let of = document(
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\nsecurity: [{key: []}]\npaths:\n  /a: {get: {operationId: a, responses: {'204': {description: d}}}, put: {operationId: b, responses: {'204': {description: d}}}}\n  /b: {get: {operationId: c, security: [], responses: {'204': {description: d}}}}\ncomponents: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}",
    );
    assert!(
        of.file("src/client.rs")
            .contains("pub(crate) const SECURITY")
    );
    assert_eq!(
        of.file("src/a.rs")
            .matches("crate::client::SECURITY")
            .count(),
        2
    );
    assert_eq!(of.file("src/b.rs").matches("SECURITY").count(), 0);
}

#[test]
fn only_servers_with_variables_have_a_setter_for_them() {
    let has_setter = |server: &str| {
        let of = document(&format!(
            "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\nservers: [{server}]\npaths: {{}}"
        ));
        of.file("src/client.rs").contains("pub fn server_variable")
    };
    assert!(has_setter(
        "{url: 'https://{region}.acme.com', variables: {region: {default: eu}}}"
    ));
    assert!(!has_setter("{url: 'https://acme.com'}"));
}

#[test]
fn strict_decoding_is_said_in_the_descriptor() {
    let mut api = super::api("openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\n");
    let lenient = super::crate_of(&api);
    assert!(!lenient.file("src/client.rs").contains("Decoding"));
    api.decoding = crate::settings::Mode::Strict;
    let strict = super::crate_of(&api);
    let text = strict.file("src/client.rs");
    assert!(
        text.contains(".decoding(runtime::Decoding::Strict)"),
        "{text}"
    );
}
