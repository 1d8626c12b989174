//! Whether a test has called everything that a document describes.
//!
//! A [`Ledger`] reads the document by itself, so that an operation that the generator leaves out is missed as well as
//! one that the test forgets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Arc, Mutex};

use connector_runtime::http::{HeaderMap, Request, Response, Uri, header, request};
use connector_runtime::transport::{BoxFuture, ReqwestTransport, Transport, TransportError};
use connector_runtime::{ByteStream, Connection, Operation, Value};
use percent_encoding::percent_decode_str;

/// A part of an operation that has to be seen on the wire: `("POST /notes", "body text/plain")`.
type Item = (String, String);

/// What a document describes, and what of it was sent and answered with success.
pub struct Ledger {
    document: Arc<Document>,
    judged: Arc<Mutex<BTreeSet<Item>>>,
    unjudged: Arc<Mutex<BTreeSet<Item>>>,
}

impl Ledger {
    /// An empty ledger for `specs/<document>`.
    pub fn of(document: &str) -> Self {
        Self {
            document: Arc::new(Document::read(document)),
            judged: Arc::default(),
            unjudged: Arc::default(),
        }
    }

    /// The way to a server that knows the document, such as Prism.
    pub fn judged(&self) -> Recorder<ReqwestTransport> {
        Recorder {
            inner: ReqwestTransport::new(&Connection::new()).unwrap(),
            document: Arc::clone(&self.document),
            seen: Arc::clone(&self.judged),
            escapes_commas: false,
        }
    }

    /// The way to something else, for what the server can't judge: a script whose requests the test looks at, or a
    /// server of the test's own.
    #[allow(dead_code, reason = "few documents need it")]
    pub fn unjudged<T: Transport>(&self, transport: T) -> Recorder<T> {
        Recorder {
            inner: transport,
            document: Arc::clone(&self.document),
            seen: Arc::clone(&self.unjudged),
            escapes_commas: false,
        }
    }

    /// Fails unless each operation was called with each parameter and each media type, and has given each successful
    /// answer. `exceptions` are those that the server can't judge, whole (`POST /notes`) or in part
    /// (`POST /notes body text/plain`), each with the reason; they went elsewhere.
    pub fn assert_complete(&self, exceptions: &[(&str, &str)]) {
        let all = self.document.items();
        let (excepted, expected) = all.into_iter().partition(|item| {
            let is = |exception: &str| {
                *exception == item.0 || exception == format!("{} {}", item.0, item.1)
            };
            exceptions.iter().any(|(exception, _)| is(exception))
        });
        let missing = |items: BTreeSet<Item>, seen: &Mutex<BTreeSet<Item>>| -> Vec<Item> {
            items.difference(&seen.lock().unwrap()).cloned().collect()
        };
        let unjudged = missing(expected, &self.judged);
        assert!(
            unjudged.is_empty(),
            "the server has never accepted {unjudged:#?}"
        );
        let unscripted = missing(excepted, &self.unjudged);
        assert!(
            unscripted.is_empty(),
            "never called elsewhere: {unscripted:#?}"
        );
    }
}

/// A transport that notes what was answered with success.
pub struct Recorder<T> {
    inner: T,
    document: Arc<Document>,
    seen: Arc<Mutex<BTreeSet<Item>>>,
    escapes_commas: bool,
}

impl<T> Recorder<T> {
    /// Sends the commas of paths as `%2C`.
    ///
    /// Before Prism reads a path parameter in its style, uri-template-lite splits its text at commas, and the styles
    /// break down on the list that they get: the process ends with "value.split is not a function". An escaped comma
    /// gets through, and is unescaped in time for the style.
    #[allow(dead_code, reason = "few documents have lists in paths")]
    pub fn with_commas_escaped(mut self) -> Self {
        self.escapes_commas = true;
        self
    }
}

impl<T: Transport> Transport for Recorder<T> {
    fn send(
        &self,
        mut request: Request<ByteStream>,
    ) -> BoxFuture<'_, Result<Response<ByteStream>, TransportError>> {
        Box::pin(async move {
            if self.escapes_commas {
                escape_commas(request.uri_mut());
            }
            let (parts, body) = request.into_parts();
            let sent = parts.clone();
            let response = self.inner.send(Request::from_parts(parts, body)).await?;
            let seen = self.document.seen(&sent, response.status().as_u16());
            self.seen.lock().unwrap().extend(seen);
            Ok(response)
        })
    }
}

fn escape_commas(uri: &mut Uri) {
    let path = uri.path().replace(',', "%2C");
    let query = uri.query().map(|query| format!("?{query}"));
    let target = path + query.as_deref().unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.parse().unwrap());
    *uri = Uri::from_parts(parts).unwrap();
}

/// The operations of a document by their method and path.
struct Document(BTreeMap<String, Described>);

/// What is to be seen of one operation.
struct Described {
    parameters: Vec<Parameter>,
    /// Media types; `none` where the body may be left out.
    bodies: Vec<String>,
    /// The keys of the successful responses.
    answers: Vec<String>,
}

struct Parameter {
    place: String,
    name: String,
    /// What shows on the wire in its place: the members, if it is an object that is exploded.
    parts: Vec<String>,
}

impl Document {
    fn read(name: &str) -> Self {
        let path = connector_tests::root().join("specs").join(name);
        let document: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let mut operations = BTreeMap::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if METHODS.contains(&method.as_str()) {
                    let described = Described::read(&document, item, operation);
                    operations.insert(format!("{} {path}", method.to_uppercase()), described);
                }
            }
        }
        Self(operations)
    }

    fn items(&self) -> BTreeSet<Item> {
        let all = self.0.iter().flat_map(|(operation, described)| {
            let parameters = described.parameters.iter().map(Parameter::item);
            let bodies = described.bodies.iter().map(|media| format!("body {media}"));
            let answers = described.answers.iter().map(|key| format!("answer {key}"));
            let items = parameters.chain(bodies).chain(answers);
            items.map(|item| (operation.clone(), item))
        });
        all.collect()
    }

    /// What of a request that was answered with `status` is described.
    fn seen(&self, sent: &request::Parts, status: u16) -> Vec<Item> {
        let Some(operation) = sent.extensions.get::<&'static Operation>() else {
            return Vec::new();
        };
        let operation = format!("{} {}", operation.method(), operation.path());
        let Some(described) = self.0.get(&operation) else {
            return Vec::new();
        };
        let Some(key) = described.answer(status) else {
            return Vec::new();
        };
        let parameters = described.parameters.iter().filter(|one| one.is_in(sent));
        let mut items: Vec<_> = parameters.map(Parameter::item).collect();
        items.push(format!("answer {key}"));
        items.push(format!("body {}", media_type(&sent.headers)));
        items
            .into_iter()
            .map(|item| (operation.clone(), item))
            .collect()
    }
}

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

impl Described {
    fn read(document: &Value, item: &Value, operation: &Value) -> Self {
        let mut parameters = BTreeMap::new();
        // Those of the operation come last and replace those of the path.
        for listed in [&item["parameters"], &operation["parameters"]] {
            for parameter in listed.as_array().into_iter().flatten() {
                let parameter = Parameter::read(document, resolve(document, parameter));
                parameters.insert((parameter.place.clone(), parameter.name.clone()), parameter);
            }
        }
        let (fields, parameters): (Vec<_>, Vec<_>) = parameters
            .into_values()
            .partition(|parameter| ["body", "formData"].contains(&parameter.place.as_str()));
        let bodies = if fields.is_empty() {
            bodies(resolve(document, &operation["requestBody"]))
        } else {
            // Swagger 2.0.
            let consumes = [&operation["consumes"], &document["consumes"]];
            let consumes = consumes.into_iter().find_map(Value::as_array);
            let media = consumes.into_iter().flatten();
            media
                .map(|media| media.as_str().unwrap().to_owned())
                .collect()
        };
        let responses = operation["responses"].as_object().unwrap();
        let mut answers: Vec<_> = responses
            .keys()
            .filter(|key| key.starts_with('2'))
            .cloned()
            .collect();
        if answers.is_empty() {
            answers.push("default".to_owned());
        }
        Self {
            parameters,
            bodies,
            answers,
        }
    }

    /// The response of the document that stands for a status, if it is a success.
    fn answer(&self, status: u16) -> Option<&str> {
        let keys = [status.to_string(), "2XX".to_owned(), "default".to_owned()];
        let found = keys
            .iter()
            .find_map(|key| self.answers.iter().find(|answer| *answer == key))?;
        (200..300).contains(&status).then_some(found)
    }
}

fn bodies(body: &Value) -> Vec<String> {
    let Some(content) = body["content"].as_object() else {
        return Vec::new();
    };
    let mut bodies: Vec<_> = content.keys().cloned().collect();
    if body["required"] != true {
        bodies.push("none".to_owned());
    }
    bodies
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value
        .and_then(|value| value.split(';').next())
        .unwrap_or("none")
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"]
        .as_str()
        .and_then(|path| document.pointer(path.strip_prefix('#')?));
    target.unwrap_or(value)
}

impl Parameter {
    fn read(document: &Value, parameter: &Value) -> Self {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        let (name, place, style) = (text("name"), text("in"), text("style"));
        let schema = resolve(document, &parameter["schema"]);
        let is_form =
            ["query", "cookie"].contains(&place.as_str()) && ["", "form"].contains(&style.as_str());
        let is_exploded = is_form && parameter["explode"] != false;
        let members = schema["properties"].as_object().filter(|_| is_exploded);
        let parts = match members {
            Some(members) => members.keys().cloned().collect(),
            None => vec![name.clone()],
        };
        Self { place, name, parts }
    }

    fn item(&self) -> String {
        format!("{} {}", self.place, self.name)
    }

    fn is_in(&self, sent: &request::Parts) -> bool {
        let names = match self.place.as_str() {
            // There is no path without them.
            "path" => return true,
            "query" => names(sent.uri.query().unwrap_or_default(), "&"),
            "header" => sent.headers.keys().map(|name| name.to_string()).collect(),
            _ => {
                let cookies = sent.headers.get_all(header::COOKIE).iter();
                cookies
                    .flat_map(|cookie| names(cookie.to_str().unwrap(), "; "))
                    .collect()
            }
        };
        let is_named = |part: &String, name: &String| {
            name.eq_ignore_ascii_case(part) && (self.place == "header" || name == part)
                || name
                    .strip_prefix(part.as_str())
                    .is_some_and(|rest| rest.starts_with('['))
        };
        self.parts
            .iter()
            .any(|part| names.iter().any(|name| is_named(part, name)))
    }
}

/// The names in `a=1&b=2`.
fn names(pairs: &str, separator: &str) -> Vec<String> {
    let names = pairs
        .split(separator)
        .filter_map(|pair| pair.split('=').next());
    names
        .map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned())
        .collect()
}
