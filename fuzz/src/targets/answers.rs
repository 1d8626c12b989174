//! Whole answers, to calls with credentials and to pages: challenges, tokens, redirects, headers, bodies.
//!
//! The input is the status in three digits, lines of headers, an empty line, and the body.

use std::fmt::Write as _;

use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use connector_runtime::pages::{Items, Paging};
use connector_runtime::{
    Api, Client, Credential, DateTime, Json, Map, OAuthClient, OAuthFlow, Operation, Request,
    Requirement, SecurityScheme, Server, Value,
};

use super::block_on;
use super::decode::Everything;

pub(super) const PIECES: &[&str] = &[
    "www-authenticate: ",
    "Digest realm=\"",
    "qop=\"auth,auth-int\"",
    "algorithm=SHA-256-sess",
    "algorithm=MD5",
    "stale=true",
    "nonce=\"",
    "Bearer error=\"invalid_token\"",
    "location: //evil.example/",
    "location: /things?a=b#c",
    "retry-after: 1e300",
    "retry-after: Wed, 21 Oct 2099 07:28:00 GMT",
    "link: <?page=2>; rel=next",
    "x-value: 1,2,3",
    "access_token",
    "expires_in",
    "refresh_token",
    "token_type",
    "next",
    "list",
    "\r\n",
    "\n\n",
];

static API: Api = Api::new("fuzz", "1")
    .servers(&[Server::new("https://api.acme.example")])
    .security_schemes(&[
        SecurityScheme::digest("digest"),
        SecurityScheme::oauth2("oauth").flows(&[OAuthFlow::client_credentials(
            "https://login.acme.example/token",
        )]),
    ]);
static DIGEST: Operation = Operation::new("digest", "GET", "/things")
    .accept("application/json")
    .security(&[&[Requirement::new("digest", &[])]]);
static OAUTH: Operation = Operation::new("oauth", "GET", "/things")
    .accept("application/json")
    .security(&[&[Requirement::new("oauth", &[])]]);

const PASSWORD: &str = "pass-word-of-fuzz";

pub(super) fn run(input: &[u8]) -> String {
    let Some(reply) = reply(input) else {
        return "no answer".to_owned();
    };
    let mut said = String::new();
    for operation in [&DIGEST, &OAUTH] {
        let (client, mock) = client(&reply);
        let call = Request::new(&client, operation).send_with_response::<Json<Everything>>();
        match block_on(call) {
            Ok(response) => {
                for name in ["x-value", "link", "retry-after", "location"] {
                    let _ = response.header_as::<Vec<i64>>(name);
                    let _ = response.header_as::<DateTime>(name);
                    let _ = response.header_as::<Map<bool>>(name);
                }
                let _ = write!(said, "read {} ", response.deviations().count().min(3));
            }
            Err(error) => {
                let text = format!("{error} {error:?}");
                assert!(!text.contains(PASSWORD), "a secret in an error");
                let _ = error.body_as::<Everything>();
                let _ = write!(said, "{:?} {:?} ", error.kind(), error.status());
            }
        }
        mock.requests().iter().for_each(keeps_secrets);
        let _ = write!(said, "{} ", mock.requests().len());
    }
    let (client, mock) = client(&reply);
    let mut items = Items::<Value>::new(
        Request::new(&client, &DIGEST),
        Paging::next_link("next").items("list"),
    );
    block_on(async {
        for _ in 0..8 {
            match items.next().await {
                Some(Ok(_)) => said.push('i'),
                Some(Err(_)) => said.push('e'),
                None => break,
            }
        }
    });
    mock.requests().iter().for_each(keeps_secrets);
    said
}

/// Elsewhere than at the origins of the connection, nobody learns anything.
fn keeps_secrets(request: &CapturedRequest) {
    let url = request.url();
    let is_ours = ["https://api.acme.example/", "https://login.acme.example/"]
        .iter()
        .any(|origin| url.starts_with(origin));
    if !is_ours {
        assert!(!request.headers().contains_key("authorization"), "{url}");
        assert!(!request.text().contains(PASSWORD), "{url}");
    }
}

/// The answer that an input is.
pub(super) fn reply(input: &[u8]) -> Option<Reply> {
    let split = input.windows(2).position(|two| two == b"\n\n");
    let (head, body) = match split {
        Some(at) => (&input[..at], input[at + 2..].to_vec()),
        None => (input, Vec::new()),
    };
    let head = String::from_utf8_lossy(head).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.trim().parse().ok());
    let status = status.filter(|status| (200..600).contains(status))?;
    let mut reply = Reply::bytes(status, "application/json", body);
    for line in lines {
        if let Some((name, value)) = line.split_once(':') {
            reply = reply.header(name.trim(), value.trim());
        }
    }
    Some(reply)
}

fn client(reply: &Reply) -> (Client, MockTransport) {
    let mock = MockTransport::new();
    let reply = reply.clone();
    mock.handler(move |_| reply.clone());
    let oauth = Credential::oauth2_client_credentials(OAuthClient::new("id", PASSWORD));
    let client = Client::builder(&API)
        .transport(mock.clone())
        .credential("digest", Credential::digest("user", PASSWORD))
        .credential("oauth", oauth)
        .build()
        .expect("a client");
    (client, mock)
}
