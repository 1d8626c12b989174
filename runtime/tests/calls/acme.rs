//! An API by hand, as generated crates describe theirs.

use connector_runtime::mock::MockTransport;
use connector_runtime::{
    Api, Client, ClientBuilder, MediaType, OAuthFlow, Operation, Parameter, Request, Requirement,
    SecurityScheme, Server, Style,
};

pub static API: Api = Api::new("acme", "1.0")
    .servers(&[Server::new("https://api.acme.example/v1")])
    .security_schemes(&[
        SecurityScheme::oauth2("oauth").flows(&[OAuthFlow::client_credentials(
            "https://login.acme.example/token",
        )
        .scopes(&["read", "write"])]),
        SecurityScheme::api_key_header("key", "X-Api-Key"),
        SecurityScheme::api_key_query("queryKey", "api_key"),
        SecurityScheme::api_key_cookie("cookieKey", "session"),
        SecurityScheme::basic("basicAuth"),
        SecurityScheme::mutual_tls("mtls"),
    ]);

pub static GET: Operation = Operation::new("getThing", "GET", "/things/{id}")
    .parameters(&[
        Parameter::path("id"),
        Parameter::query("ids").explode(false),
        Parameter::query("filter").style(Style::DeepObject),
        Parameter::header("X-Trace"),
        Parameter::cookie("theme"),
    ])
    .accept("application/json");

pub static CREATE: Operation = Operation::new("createThing", "POST", "/things").bodies(&[
    MediaType::new("application/json"),
    MediaType::new("application/x-www-form-urlencoded"),
    MediaType::new("multipart/form-data"),
    MediaType::new("*/*"),
]);

pub static REPLACE: Operation = Operation::new("replaceThing", "PUT", "/things")
    .bodies(&[MediaType::new("application/octet-stream")]);

#[cfg(feature = "oauth2")]
pub static SECURED: Operation = Operation::new("listThings", "GET", "/things")
    .security(&[&[Requirement::new("oauth", &["read"])]]);

pub static KEYED: Operation =
    Operation::new("listKeys", "GET", "/keys").security(&[&[Requirement::new("key", &[])]]);

pub fn get(client: &Client) -> Request {
    let mut request = Request::new(client, &GET);
    request.set(0, "t1");
    request
}

/// A client over a mock.
pub fn mocked(setup: impl FnOnce(ClientBuilder) -> ClientBuilder) -> (Client, MockTransport) {
    let mock = MockTransport::new();
    let client = setup(Client::builder(&API).transport(mock.clone()))
        .build()
        .unwrap();
    (client, mock)
}
