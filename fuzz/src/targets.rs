//! What is fuzzed. A target takes any bytes, and says in a few words what became of them.

use std::fmt::Write as _;

use connector_gen::{Generator, RuntimeDependency};
use connector_runtime::mock::{MockTransport, Reply};
use connector_runtime::pages::{Items, Paging};
use connector_runtime::{
    Api, Base64, Client, Credential, Date, DateTime, Decode, DecodeError, Decoding, Encode, Json,
    Kinds, Map, OAuthClient, OAuthFlow, Object, Operation, OrEmpty, Request, Requirement,
    SecurityScheme, Server, Shape, Time, UnknownVariant, Value, decode_union,
};

/// A target: its name, and what it does with an input.
pub type Target = fn(&[u8]) -> String;

/// All targets.
pub const TARGETS: [(&str, Target); 3] = [
    ("generator", generator),
    ("decode", decode),
    ("answers", answers),
];

/// The target of a name.
#[must_use]
pub fn find(name: &str) -> Option<Target> {
    TARGETS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, target)| *target)
}

/// source, normalize, lower and render.
fn generator(input: &[u8]) -> String {
    let generator = Generator::from_bytes("document", input);
    let (outcome, codes) = match generator.generate(RuntimeDependency::Published) {
        Ok(generated) => ("crate", generated.diagnostics.counts_by_code()),
        Err(error) => ("error", error.diagnostics().counts_by_code()),
    };
    let mut said = outcome.to_owned();
    for code in codes.keys() {
        let _ = write!(said, " {code:?}");
    }
    said
}

/// One member of each kind that models have.
#[derive(Debug)]
struct Everything {
    integer: i64,
    number: f64,
    text: Option<String>,
    flag: Option<bool>,
    at: Option<DateTime>,
    on: Option<Date>,
    time: Option<Time>,
    bytes: Option<Base64>,
    list: Option<Vec<Self>>,
    either: Option<Either>,
    empty: Option<OrEmpty<Box<Self>>>,
    rest: Option<Map<Value>>,
}

#[derive(Debug)]
enum Either {
    Text(String),
    Object(Box<Everything>),
    Map(Map<i32>),
    Unknown(UnknownVariant),
}

impl Decode for Everything {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let mut object = Object::from_value(value, "Everything")?;
        let (integer, number, text, flag, at, on, time, bytes, list, either, empty) =
            object.read([
                "integer", "number", "text", "flag", "at", "on", "time", "bytes", "list", "either",
                "empty",
            ])?;
        let rest = Some(object.rest()?);
        Ok(Self {
            integer,
            number,
            text,
            flag,
            at,
            on,
            time,
            bytes,
            list,
            either,
            empty,
            rest,
        })
    }
}

impl Encode for Everything {
    fn encode(&self) -> Value {
        let rest = self.rest.clone().unwrap_or_default();
        Object::new()
            .with(&[("integer", &self.integer), ("number", &self.number)])
            .with_present(&[
                ("text", &self.text),
                ("flag", &self.flag),
                ("at", &self.at),
                ("on", &self.on),
                ("time", &self.time),
                ("bytes", &self.bytes),
                ("list", &self.list),
                ("either", &self.either),
                ("empty", &self.empty),
            ])
            .with_rest(&rest)
            .into_value()
    }
}

impl Decode for Either {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        static SHAPES: [Shape; 3] = [
            Shape::of(Kinds::STRING),
            Shape::of(Kinds::OBJECT)
                .required(&["integer"])
                .known(&["integer", "number", "text"])
                .tag("text", &["everything"]),
            Shape::of(Kinds::OBJECT),
        ];
        let variant = |index, value| match index {
            0 => String::decode(value).map(Self::Text),
            1 => Box::decode(value).map(Self::Object),
            _ => Map::decode(value).map(Self::Map),
        };
        decode_union(value, "Either", &SHAPES, variant, Self::Unknown)
    }
}

impl Encode for Either {
    fn encode(&self) -> Value {
        match self {
            Self::Text(text) => text.encode(),
            Self::Object(object) => object.encode(),
            Self::Map(map) => map.encode(),
            Self::Unknown(value) => value.encode(),
        }
    }
}

/// Models, unions, dates, times and base64, in both modes. What was read must be written so that it is read as the same.
fn decode(input: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(input) else {
        return "no JSON".to_owned();
    };
    let mut said = String::new();
    for decoding in [Decoding::Strict, Decoding::Lenient] {
        match decoding.decode::<Everything>(&value) {
            Ok((read, deviations)) => {
                let written = read.encode();
                // A number that JSON cannot say is written as `null`.
                if let Ok((again, _)) = decoding.decode::<Everything>(&written) {
                    assert_eq!(again.encode(), written, "written and read again");
                } else {
                    assert_ne!(
                        decoding,
                        Decoding::Strict,
                        "what was read is not read again"
                    );
                }
                let kinds: std::collections::BTreeSet<String> = deviations
                    .as_slice()
                    .iter()
                    .map(|one| format!("{}/{}", one.expected(), one.found()))
                    .collect();
                let _ = write!(said, "{decoding:?} {kinds:?} ");
            }
            Err(error) => {
                let _ = (error.excerpt(), error.path());
                let _ = write!(said, "{decoding:?} {:?} ", error.expected_type());
            }
        }
    }
    said
}

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

/// Whole answers, to calls with credentials and to pages: challenges, tokens, redirects, headers, bodies.
///
/// The input is the status in three digits, lines of headers, an empty line, and the body.
fn answers(input: &[u8]) -> String {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
    else {
        return "no runtime".to_owned();
    };
    let mut said = String::new();
    for operation in [&DIGEST, &OAUTH] {
        let Some(client) = client(input) else {
            continue;
        };
        let call = Request::new(&client, operation).send_with_response::<Json<Everything>>();
        match runtime.block_on(call) {
            Ok(response) => {
                for name in ["x-value", "link", "retry-after", "location"] {
                    let _ = response.header_as::<Vec<i64>>(name);
                    let _ = response.header_as::<DateTime>(name);
                    let _ = response.header_as::<Map<bool>>(name);
                }
                let _ = write!(said, "read {} ", response.deviations().count().min(3));
            }
            Err(error) => {
                let _ = (error.to_string(), error.body_as::<Everything>());
                let _ = write!(said, "{:?} {:?} ", error.kind(), error.status());
            }
        }
    }
    if let Some(client) = client(input) {
        let mut items = Items::<Value>::new(
            Request::new(&client, &DIGEST),
            Paging::next_link("next").items("list"),
        );
        let pages = async {
            for _ in 0..8 {
                match items.next().await {
                    Some(Ok(_)) => said.push('i'),
                    Some(Err(_)) => said.push('e'),
                    None => break,
                }
            }
        };
        runtime.block_on(pages);
    }
    said
}

fn client(input: &[u8]) -> Option<Client> {
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
            // The pause that a server asks for is not what is tested.
            if !name.trim().eq_ignore_ascii_case("retry-after") {
                reply = reply.header(name.trim(), value.trim());
            }
        }
    }
    let mock = MockTransport::new();
    mock.handler(move |_| reply.clone());
    let oauth = Credential::oauth2_client_credentials(OAuthClient::new("id", "secret"));
    Client::builder(&API)
        .transport(mock)
        .retry(connector_runtime::RetryPolicy::none())
        .credential("digest", Credential::digest("user", "password"))
        .credential("oauth", oauth)
        .build()
        .ok()
}
