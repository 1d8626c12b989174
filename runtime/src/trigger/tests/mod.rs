mod polling;
#[cfg(feature = "webhook")]
mod receiving;
mod subscribing;

use super::*;
use crate::client::Client;
use crate::descriptor::policy::{Action, Path, Piece, Policy, Template};
use crate::descriptor::{
    Api, ConnectionParameter, ConnectionParameterKind, MediaType, Operation, Parameter,
    ParameterSet, Requirement, SecurityScheme, Server,
};
use crate::mock::{MockTransport, Reply};
use crate::request::Request;
use serde_json::{Value, json};

static API: Api = Api::new("acme", "1")
    .servers(&[Server::new("https://api.acme.example/v1")])
    .security_schemes(&[SecurityScheme::bearer("token")])
    .policies(&[Policy::request(Action::Poll {
        config: &[
            (
                "since",
                Template::new(&[
                    Piece::Text("t"),
                    Piece::Path(Path::trigger_body(&["documents", "0", "mtime"])),
                ]),
            ),
            ("per_page", Template::new(&[Piece::Text("1")])),
        ],
        data: Path::trigger_body(&["documents"]),
    })
    .operations(&["polledByTime"])]);

/// The same with a host that the connection decides.
static HOSTED: Api = Api::new("hosted", "1")
    .servers(&[Server::new("https://placeholder.example/v1")])
    .parameter_sets(&[ParameterSet::new(
        "",
        &[ConnectionParameter::new(
            "tenant",
            ConnectionParameterKind::Text,
        )],
    )])
    .policies(&[Policy::request(Action::SetHost {
        url: Template::new(&[
            Piece::Text("https://"),
            Piece::ConnectionParameter("tenant", None),
            Piece::Text(".acme.example/v2"),
        ]),
    })]);

const SECURITY: &[&[Requirement]] = &[&[Requirement::new("token", &[])]];

fn client(mock: &MockTransport) -> Client {
    Client::builder(&API)
        .transport(mock.clone())
        .credential("token", crate::Credential::bearer("secret"))
        .build()
        .unwrap()
}
