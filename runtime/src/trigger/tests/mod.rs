mod polling;
#[cfg(feature = "webhook")]
mod receiving;
mod subscribing;

use super::*;
use crate::client::Client;
use crate::descriptor::policy::{Action, Path, Piece, Policy, Template};
use crate::descriptor::{
    Api, MediaType, Operation, Parameter, Requirement, SecurityScheme, Server,
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

const SECURITY: &[&[Requirement]] = &[&[Requirement::new("token", &[])]];

fn client(mock: &MockTransport) -> Client {
    Client::builder(&API)
        .transport(mock.clone())
        .credential("token", crate::Credential::bearer("secret"))
        .build()
        .unwrap()
}
