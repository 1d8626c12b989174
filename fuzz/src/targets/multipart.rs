//! Forms of parts, read back by a server's reader.
//!
//! The input is a list in JSON: `{"name", "value"}` is a value, `{"name", "file", "type", "headers", "content"}` a file; strings stand
//! for their bytes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use connector_runtime::{
    Api, Bytes, Client, Empty, Encoding, ErrorKind, FilePart, MediaType, Multipart, Operation,
    Request, Server, Value,
};
use futures_core::Stream;

use super::block_on;

pub(super) const PIECES: &[&str] = &[
    "name",
    "value",
    "file",
    "type",
    "headers",
    "content",
    "text/plain; charset=utf-8",
    "\\r\\nX-Evil: 1",
    "\\r\\n--",
    "\\\"",
    "\\\\",
    "%22",
    "é",
    "\\u0000",
    "\\u007f",
    "\\u00ff",
    "../../etc/passwd",
    "a\\\"; filename=\\\"b",
    "Content-Disposition",
    "Content-Type",
    "Content-Transfer-Encoding",
    "tags",
    "meta",
    "photo",
];

static API: Api = Api::new("fuzz", "1").servers(&[Server::new("https://api.acme.example")]);
static ENCODINGS: [Encoding; 3] = [
    Encoding::new("tags").content_type("application/json"),
    Encoding::new("photo").content_type("image/*, image/png"),
    Encoding::new("meta").headers(&[("X-Kind", "meta")]),
];
static UPLOAD: Operation = Operation::new("upload", "POST", "/forms")
    .bodies(&[MediaType::new("multipart/form-data").encoding(&ENCODINGS)]);

/// What a part says.
#[derive(Debug, PartialEq)]
struct Part {
    name: String,
    filename: Option<String>,
    content_type: Option<String>,
    headers: BTreeMap<String, String>,
    content: Vec<u8>,
}

pub(super) fn run(input: &[u8]) -> String {
    let Ok(Value::Array(parts)) = serde_json::from_slice(input) else {
        return "no list".to_owned();
    };
    let (mut form, mut expected) = (Multipart::new(), Vec::new());
    for part in &parts {
        form = add(form, part, &mut expected);
    }
    let mock = MockTransport::new();
    mock.reply(Reply::status(204));
    let client = Client::builder(&API).transport(mock.clone()).build();
    let mut request = Request::new(&client.expect("a client"), &UPLOAD);
    request.multipart(0, form);
    if let Err(error) = block_on(request.send::<Empty>()) {
        assert_eq!(error.kind(), ErrorKind::Request, "{error}");
        return format!(
            "refused {}",
            error.to_string().replace(char::is_numeric, "")
        );
    }
    let sent = mock.last_request().expect("a request");
    let found = block_on(read(&sent)).expect("a form that a server can read");
    assert_eq!(found, expected, "what was sent and what was read");
    let mut said = format!("{} parts ", found.len().min(5));
    for part in found.iter().take(4) {
        let (file, kind) = (part.filename.is_some(), part.content_type.is_some());
        let _ = write!(said, "{file} {kind} {} ", part.headers.len());
    }
    said
}

fn add(form: Multipart, part: &Value, expected: &mut Vec<Part>) -> Multipart {
    let text = |member: &str| part.get(member).and_then(Value::as_str);
    // The reader looks for `filename=` in names as well.
    let is_told = |name: &&str| !name.contains("name");
    let Some(name) = text("name").filter(is_told) else {
        return form;
    };
    let mut one = Part {
        name: as_browsers_write(name),
        filename: None,
        content_type: None,
        headers: BTreeMap::new(),
        content: Vec::new(),
    };
    if name == "meta" {
        one.headers.insert("x-kind".to_owned(), "meta".to_owned());
    }
    let Some(filename) = text("file") else {
        let value = part.get("value").unwrap_or(&Value::Null);
        expected.extend(values(one, value));
        return form.value(name, value);
    };
    let content = text("content").unwrap_or_default();
    let mut file = FilePart::new(filename, content.to_owned());
    one.filename = Some(as_browsers_write(filename));
    one.content = content.into();
    let documented = match name {
        "tags" => "application/json",
        "photo" => "image/png",
        _ => "application/octet-stream",
    };
    one.content_type = Some(documented.to_owned());
    if let Some(kind) = text("type") {
        file = file.content_type(kind);
        one.content_type = Some(kind.trim_matches([' ', '\t']).to_owned());
    }
    let headers = part.get("headers").and_then(Value::as_object);
    for (name, value) in headers.into_iter().flatten() {
        let value = value.as_str().unwrap_or("x");
        let read = value.trim_matches([' ', '\t']).to_owned();
        match name.to_ascii_lowercase().as_str() {
            // Whoever sets it names the part.
            "content-disposition" => continue,
            "content-type" => one.content_type = Some(read),
            name if one.headers.contains_key(name) && name != "x-kind" => continue,
            name => drop(one.headers.insert(name.to_owned(), read)),
        }
        file = file.header(name, value);
    }
    expected.push(one);
    form.file(name, file)
}

/// Whole numbers have no fraction, as long as all integers of their size are numbers.
fn number_text(number: &serde_json::Number) -> String {
    let whole = number.as_f64().filter(|float| {
        number.is_f64() && float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0
    });
    whole.map_or_else(|| number.to_string(), |float| (float as i64).to_string())
}

/// The parts that a value becomes.
fn values(one: Part, value: &Value) -> Vec<Part> {
    let part = |value: &Value| {
        let is_json = one.name == "tags" || value.is_array() || value.is_object();
        let text = match value {
            Value::String(text) if !is_json => text.clone(),
            Value::Null => String::new(),
            Value::Number(number) if !is_json => number_text(number),
            other => other.to_string(),
        };
        Part {
            name: one.name.clone(),
            filename: None,
            content_type: match one.name.as_str() {
                "photo" => Some("image/png".to_owned()),
                _ => is_json.then(|| "application/json".to_owned()),
            },
            headers: one.headers.clone(),
            content: text.into_bytes(),
        }
    };
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) if one.name != "tags" => items.iter().map(part).collect(),
        value => vec![part(value)],
    }
}

/// The escapes of names, which a server sees (WHATWG HTML, "multipart form data"); a backslash must not touch the quote.
fn as_browsers_write(name: &str) -> String {
    let kept = name.trim_end_matches('\\');
    let escaped = kept.replace('"', "%22").replace('\r', "%0D");
    escaped.replace('\n', "%0A") + &"%5C".repeat(name.len() - kept.len())
}

/// A body in one chunk.
struct Once(Option<Bytes>);

impl Stream for Once {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

async fn read(request: &CapturedRequest) -> Result<Vec<Part>, multer::Error> {
    let boundary = multer::parse_boundary(request.header("content-type").unwrap_or_default())?;
    let mut form = multer::Multipart::new(Once(Some(request.body().clone())), boundary);
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await? {
        let mut headers = BTreeMap::new();
        for (name, value) in field.headers() {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            headers.insert(name.as_str().to_owned(), value);
        }
        headers.remove("content-disposition");
        parts.push(Part {
            name: field.name().unwrap_or_default().to_owned(),
            filename: field.file_name().map(str::to_owned),
            content_type: headers.remove("content-type"),
            headers,
            content: field.bytes().await?.to_vec(),
        });
    }
    Ok(parts)
}
