//! Policies of Power Platform connectors and hooks, over the mock transport: a table of what goes in and what leaves.
#![allow(
    clippy::unwrap_used,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

mod answers;
mod bodies;
mod fetching;
mod headers;
mod hooks;
mod hosts;
mod planner;
mod routes;
mod travel;

use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use connector_runtime::policy::{Path, Piece, Policy, Template};
use connector_runtime::{
    Api, Client, ClientBuilder, ConnectionParameter, ConnectionParameterKind, Json, Map, MediaType,
    Operation, Parameter, ParameterSet, Request, Requirement, Result, SecurityScheme, Server,
    Value,
};

/// The parameters of the connections of these tests.
static PARAMETERS: [ParameterSet; 1] = [ParameterSet::new(
    "",
    &[
        ConnectionParameter::new("host", ConnectionParameterKind::Text),
        ConnectionParameter::new("user", ConnectionParameterKind::Text),
        ConnectionParameter::new("api_key", ConnectionParameterKind::Secret),
    ],
)];

/// An operation with a parameter in each place, which takes a credential if there is one.
static OPERATION: Operation = Operation::new("doThing", "POST", "/things/{id}")
    .parameters(&[
        Parameter::path("id"),
        Parameter::query("q"),
        Parameter::header("X-Own"),
    ])
    .bodies(&[MediaType::new("application/json")])
    .security(&[
        &[Requirement::new("key", &[])],
        &[Requirement::new("query_key", &[])],
        &[],
    ]);

/// A template of these pieces.
const fn text(pieces: &'static [Piece]) -> Template {
    Template::new(pieces)
}

static SERVERS: [Server; 1] = [Server::new("https://api.acme.example/v1")];

static SCHEMES: [SecurityScheme; 2] = [
    SecurityScheme::api_key_header("key", "Authorization"),
    SecurityScheme::api_key_query("query_key", "api_key"),
];

/// The value at a path.
fn at(path: Path) -> Template {
    Template::new(Vec::leak(vec![Piece::Path(path)]))
}

/// An API with these policies.
fn api(policies: Vec<Policy>) -> &'static Api {
    let api = Api::new("acme", "1")
        .servers(&SERVERS)
        .security_schemes(&SCHEMES)
        .parameter_sets(&PARAMETERS)
        .policies(Vec::leak(policies));
    Box::leak(Box::new(api))
}

/// A call through these policies.
struct Case {
    mock: MockTransport,
    builder: Option<ClientBuilder>,
    id: Value,
    query: Option<Value>,
    header: Option<Value>,
    body: Option<Value>,
}

fn case(policies: Vec<Policy>) -> Case {
    let mock = MockTransport::new();
    Case {
        builder: Some(Client::builder(api(policies)).transport(mock.clone())),
        mock,
        id: Value::from("7"),
        query: None,
        header: None,
        body: None,
    }
}

impl Case {
    fn with(mut self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        self.builder = self.builder.map(change);
        self
    }

    fn parameter(self, name: &str, value: &str) -> Self {
        self.with(|builder| builder.parameter(name, value))
    }

    fn id(mut self, value: &str) -> Self {
        self.id = value.into();
        self
    }

    fn query(mut self, value: &str) -> Self {
        self.query = Some(value.into());
        self
    }

    fn header(mut self, value: &str) -> Self {
        self.header = Some(value.into());
        self
    }

    fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    fn reply(self, reply: Reply) -> Self {
        self.mock.reply(reply);
        self
    }

    fn request(mut self) -> Result<Request> {
        let client = self.builder.take().unwrap().build()?;
        let mut request = Request::new(&client, &OPERATION);
        request.set(0, &self.id);
        if let Some(query) = &self.query {
            request.set(1, query);
        }
        if let Some(header) = &self.header {
            request.set(2, header);
        }
        if let Some(body) = &self.body {
            request.json(0, body);
        }
        Ok(request)
    }

    /// The answer to the call.
    async fn answer(self) -> Result<Value> {
        self.request()?.send::<Json<Value>>().await
    }

    /// The only request that leaves.
    async fn sent(self) -> Result<CapturedRequest> {
        let mock = self.mock.clone();
        mock.reply(Reply::json(200, &Map::<Value>::new()));
        self.answer().await?;
        let requests = mock.requests();
        assert_eq!(requests.len(), 1);
        Ok(requests[0].clone())
    }

    /// The error of a call for which nothing leaves.
    async fn refused(self) -> String {
        let mock = self.mock.clone();
        let error = self.answer().await.unwrap_err();
        assert!(mock.requests().is_empty());
        error.to_string()
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
