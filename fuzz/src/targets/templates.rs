//! URL templates of servers and paths: values must stay where they are put, whatever they are.
//!
//! The input is `{"server", "variables", "path", "values", "style", "explode", "reserved"}` in JSON.

use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use connector_runtime::{
    Api, Client, Empty, Error, Operation, Parameter, Request, Server, Style, Value,
};

use super::parameters::unescape;
use super::{block_on, leak};

pub(super) const PIECES: &[&str] = &[
    "https://{region}.acme.example/v{n}",
    "https://{host}/{base}",
    "{scheme}://api.acme.example:{port}",
    "/things/{id}/parts/{part}",
    "/things({id})",
    "/x?fixed=1&v={id}",
    "{id}",
    "{",
    "}",
    "region",
    "evil.example/",
    "evil.example#",
    "evil.example?",
    "evil.example\\\\",
    "u@evil.example",
    "x:443@evil.example",
    "..",
    "%2e%2e",
    "../../admin",
    "a/b",
    "?a=b",
    "#f",
    "\\t",
    "\\n",
    "é",
    "%00",
    ".",
    "label",
    "matrix",
];

pub(super) fn run(input: &[u8]) -> String {
    let Ok(template) = serde_json::from_slice::<Value>(input) else {
        return "no JSON".to_owned();
    };
    let text = |member: &str| template.get(member).and_then(Value::as_str);
    let template = Template {
        server: text("server").unwrap_or("https://api.acme.example/v1"),
        path: text("path").unwrap_or_default(),
        style: match text("style") {
            Some("label") => Style::Label,
            Some("matrix") => Style::Matrix,
            _ => Style::Simple,
        },
        explode: template.get("explode") == Some(&Value::Bool(true)),
        reserved: template.get("reserved") == Some(&Value::Bool(true)),
        variables: members(&template, "variables"),
        values: members(&template, "values"),
    };
    let harmless = |members: &Members| -> Members {
        let members = members.iter().map(|(name, _)| (name.clone(), "1".into()));
        members.collect()
    };
    let plain = Template {
        variables: harmless(&template.variables),
        values: harmless(&template.values),
        ..template.clone()
    };
    let expected = plain.send();
    // Variables are set by who owns the connection, and may have slashes in the path; values come from anywhere.
    let hosted = Template {
        values: harmless(&template.values),
        ..template.clone()
    };
    let hosted = hosted.send();
    if let (Ok(expected), Ok(found)) = (&expected, &hosted) {
        template.check_server(&Parts::of(expected), &Parts::of(found));
    }
    let found = template.send();
    if let (Ok(expected), Ok(found)) = (&hosted, &found) {
        template.check_path(&Parts::of(expected), &Parts::of(found));
    }
    let said = [expected, hosted, found].map(|outcome| match outcome {
        Ok(request) => Parts::of(&request).path.len().min(9).to_string(),
        Err(error) => {
            let text = error.to_string();
            text.split('`').step_by(2).map(|it| it.trim()).collect()
        }
    });
    said.join(" | ")
}

type Members = Vec<(String, Value)>;

fn members(template: &Value, name: &str) -> Members {
    let members = template.get(name).and_then(Value::as_object);
    let members = members.into_iter().flatten().take(8);
    members
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[derive(Clone)]
struct Template<'v> {
    server: &'v str,
    path: &'v str,
    style: Style,
    explode: bool,
    reserved: bool,
    variables: Members,
    values: Members,
}

impl Template<'_> {
    fn send(&self) -> Result<CapturedRequest, Error> {
        let server: &str = leak(self.server);
        let servers: &[Server] = leak(vec![Server::new(server)]);
        let api: &Api = leak(Api::new("fuzz", "1").servers(servers));
        let parameters = self.values.iter().map(|(name, _)| {
            let name: &str = leak(name.as_str());
            let parameter = Parameter::path(name)
                .style(self.style)
                .explode(self.explode);
            match self.reserved {
                true => parameter.allow_reserved(),
                false => parameter,
            }
        });
        let parameters: &[Parameter] = leak(parameters.collect::<Vec<_>>());
        let path: &str = leak(self.path);
        let operation = Operation::new("fuzz", "GET", path).parameters(parameters);
        let mock = MockTransport::new();
        mock.reply(Reply::status(204));
        let mut client = Client::builder(api).transport(mock.clone());
        for (name, value) in &self.variables {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            client = client.server_variable(name, text);
        }
        let mut request = Request::new(&client.build()?, leak(operation));
        for (index, (_, value)) in self.values.iter().enumerate() {
            request.set(index, value);
        }
        block_on(request.send::<Empty>())?;
        Ok(mock.last_request().expect("a request"))
    }

    /// What the template says of scheme and host must hold, and nothing behind the server's URL may be lost.
    fn check_server(&self, expected: &Parts, found: &Parts) {
        let (scheme, rest) = self.server.trim().split_once("://").unwrap_or(("{}", ""));
        if !scheme.contains('{') {
            assert_eq!(found.scheme, expected.scheme, "another scheme");
        }
        // In `a:b://c`, what follows the slashes is no host.
        if matches!(scheme, "http" | "https") {
            self.check_host(rest, expected, found);
        }
        if !self.server.contains('?') {
            assert_eq!(found.query, expected.query, "another query");
        }
        let path = self.path.split(['?', '#']).next().unwrap_or_default();
        if path.rsplit('/').next().is_some_and(|last| !last.is_empty()) {
            assert_eq!(found.path.last(), expected.path.last(), "another path");
        }
    }

    fn check_host(&self, rest: &str, expected: &Parts, found: &Parts) {
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let Some((_, literal)) = authority.rsplit_once('}') else {
            if !authority.contains('{') {
                assert_eq!(found.authority, expected.authority, "another host");
            }
            return;
        };
        let literal = literal.split(':').next().unwrap_or_default();
        let literal = literal.to_ascii_lowercase();
        let name = found.authority.split(':').next().unwrap_or_default();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        // A last label of digits is an address, which is written in another way.
        let last = literal.rsplit('.').next().unwrap_or_default();
        let is_name = last.contains(|c: char| c.is_ascii_alphabetic()) && !last.contains("0x");
        // A label with letters from a value that are no ASCII is written in another way as a whole (RFC 5891).
        let fixed = match name.contains("xn--") {
            true => literal.find('.').map_or("", |dot| &literal[dot..]),
            false => literal.as_str(),
        };
        if is_name && literal.chars().all(is_plain) {
            assert!(name.ends_with(fixed), "{name} does not end with {fixed}");
        }
    }

    /// Values change their segment, and nothing else.
    fn check_path(&self, expected: &Parts, found: &Parts) {
        assert_eq!(found.scheme, expected.scheme, "another scheme");
        assert_eq!(found.authority, expected.authority, "another host");
        if self.reserved {
            return;
        }
        let (segments, others) = (&expected.path, &found.path);
        assert_eq!(segments.len(), others.len(), "{others:?}: other segments");
        for segment in others {
            assert!(
                !matches!(unescape(segment).as_str(), "." | ".."),
                "{others:?}"
            );
        }
        let pairs = |query: &str| query.split('&').count();
        assert_eq!(
            pairs(&expected.query),
            pairs(&found.query),
            "{}",
            found.query
        );
    }
}

struct Parts {
    scheme: String,
    authority: String,
    path: Vec<String>,
    query: String,
}

impl Parts {
    /// By the regular expression of RFC 3986, appendix B.
    fn of(request: &CapturedRequest) -> Self {
        let (scheme, rest) = request.url().split_once("://").expect("a URL");
        assert!(!rest.contains('#'), "a fragment");
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut segments = rest.split('/').map(str::to_owned);
        let authority = segments.next().unwrap_or_default();
        assert!(!authority.contains('@'), "a user");
        Self {
            scheme: scheme.to_owned(),
            authority,
            path: segments.collect(),
            query: query.to_owned(),
        }
    }
}
