//! `{X}` in templates of OAuth settings: the platform's own words, parameters of the connection, and values of the settings.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Settings;
use super::secret::is_secret;

use crate::model::{AllowedValue, ConnectionParameterKind};
use crate::normalize::connector::ConnectionParameter;

/// The platform's words, in lower case, and the runtime's.
const STANDARD: &[(&str, &str)] = &[
    ("clientid", "client_id"),
    ("clientsecret", "client_secret"),
    ("redirecturl", "redirect_uri"),
    ("redirecturi", "redirect_uri"),
    ("state", "state"),
    ("scopes", "scope"),
    ("scope", "scope"),
    ("code", "code"),
    ("refreshtoken", "refresh_token"),
    ("codeverifier", "code_verifier"),
    ("codechallenge", "code_challenge"),
];

/// The longest name of a placeholder.
const MAX_NAME: usize = 256;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// A value that the runtime has by itself.
    Standard(&'static str),
    /// A parameter of the connection or of the provider.
    Parameter(String),
}

/// The parameters that placeholders may name.
pub(super) struct Names {
    /// Connection parameters for the exchange, by the name after `token:`.
    exchange: Vec<Exchange>,
    /// Parameters that stand for the client's id or secret, in lower case, and which of them.
    roles: Vec<(String, &'static str)>,
    /// Custom parameters that depend on another parameter, in lower case, and whether they hold by default.
    conditional: Vec<(String, bool)>,
    used: BTreeSet<String>,
    /// Parameters that stand where a secret belongs, in lower case.
    secrets: BTreeSet<String>,
    /// The custom parameter that is being read, in lower case.
    place: String,
    /// What was found in which custom parameter.
    findings: Vec<(String, String)>,
}

struct Exchange {
    /// Behind `token:`.
    name: String,
    /// For the runtime.
    written: String,
    default: Option<String>,
    values: Vec<AllowedValue>,
    description: Option<String>,
    is_secret: bool,
}

/// The runtime's own word for a name.
pub(super) fn standard_word(name: &str) -> Option<&'static str> {
    let name = name.replace(['_', '-'], "");
    let mut words = STANDARD.iter();
    words
        .find(|(known, _)| known.eq_ignore_ascii_case(&name))
        .map(|(_, own)| *own)
}

/// The name behind `token:`.
pub(crate) fn exchange_name(parameter: &str) -> Option<&str> {
    let start = parameter.get(.."token:".len())?;
    start
        .eq_ignore_ascii_case("token:")
        .then(|| &parameter["token:".len()..])
}

/// The name of a parameter in the runtime's templates: the whole one if the runtime knows something else by the short one.
fn written_name<'a>(parameter: &'a str, name: &'a str) -> &'a str {
    let mut own = STANDARD.iter().map(|(_, own)| own);
    match own.any(|own| own.eq_ignore_ascii_case(name)) {
        true => parameter,
        false => name,
    }
}

impl Names {
    pub(super) fn of(parameters: &[ConnectionParameter]) -> Self {
        let exchange = parameters.iter().filter_map(|parameter| {
            let name = exchange_name(&parameter.name)?;
            Some(Exchange {
                name: name.to_owned(),
                written: written_name(&parameter.name, name).to_owned(),
                default: parameter.default.clone(),
                values: parameter.values.clone(),
                description: parameter.docs.summary.clone(),
                is_secret: parameter.kind == ConnectionParameterKind::Secret,
            })
        });
        Self {
            exchange: exchange.collect(),
            roles: Vec::new(),
            conditional: Vec::new(),
            used: BTreeSet::new(),
            secrets: BTreeSet::new(),
            place: String::new(),
            findings: Vec::new(),
        }
    }

    /// The template of a custom parameter, which is read from now on.
    pub(super) fn read<'a>(&mut self, settings: &'a Settings, name: &str) -> Option<&'a str> {
        name.clone_into(&mut self.place);
        settings.custom(name)
    }

    /// Notes something about the custom parameter that is being read.
    pub(super) fn find(&mut self, message: String) {
        self.findings.push((self.place.clone(), message));
    }

    /// What was found, and in which custom parameter.
    pub(super) fn take_findings(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.findings)
    }

    /// Says that a parameter stands where a secret belongs.
    pub(super) fn keep_secret(&mut self, name: &str) {
        self.secrets.insert(name.to_ascii_lowercase());
    }

    /// Notes a custom parameter that holds only for certain values of another.
    pub(super) fn condition(&mut self, name: &str, value: Option<&str>, default: bool) {
        self.conditional
            .push((name.to_owned(), default && value.is_some()));
    }

    /// Whether some parameters depend on others.
    pub(super) fn is_conditional(&self) -> bool {
        !self.conditional.is_empty()
    }

    /// Whether there is a connection parameter of this name, whatever its letter case.
    pub(super) fn declared(&self, name: &str) -> Option<&str> {
        let same = |exchange: &&Exchange| exchange.name.eq_ignore_ascii_case(name);
        self.exchange
            .iter()
            .find(same)
            .map(|exchange| exchange.written.as_str())
    }

    /// The name for the runtime, and a note that the provider needs it.
    pub(super) fn parameter(&mut self, name: &str) -> String {
        let name = self.declared(name).unwrap_or(name).to_owned();
        self.used.insert(name.clone());
        name
    }

    /// Takes a template apart.
    pub(super) fn pieces(&mut self, template: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = template;
        while let Some((before, from)) = rest.split_once('{') {
            // Names are short; looking further would take long where many braces stand.
            let end = from.bytes().take(MAX_NAME).position(|byte| byte == b'}');
            match end.map(|end| (from[..end].trim(), &from[end + 1..])) {
                Some((name, after)) if is_name(name) => {
                    text(&mut pieces, before);
                    pieces.extend(self.piece(name));
                    rest = after;
                }
                _ => {
                    text(&mut pieces, before);
                    text(&mut pieces, "{");
                    rest = from;
                }
            }
        }
        text(&mut pieces, rest);
        pieces
    }

    fn piece(&mut self, name: &str) -> Option<Piece> {
        let lower = name.to_ascii_lowercase();
        if let Some((_, applies)) = self.conditional.iter().find(|(known, _)| *known == lower)
            && !applies
        {
            return None;
        }
        let standard = STANDARD.iter().find(|(known, _)| *known == lower);
        // The id and secret of the client are the runtime's business, wherever they come from.
        let is_client = matches!(lower.as_str(), "clientid" | "clientsecret");
        match standard {
            Some((_, standard)) if is_client || self.declared(name).is_none() => {
                Some(Piece::Standard(standard))
            }
            _ => Some(Piece::Parameter(name.to_owned())),
        }
    }

    /// The template as the runtime writes it.
    pub(super) fn written(&mut self, pieces: &[Piece]) -> String {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Standard(name) => text.push_str(&format!("{{{name}}}")),
                Piece::Parameter(name) => {
                    let name = self.parameter(name);
                    text.push_str(&format!("{{{name}}}"));
                }
            }
        }
        text
    }

    /// A template with its placeholders translated.
    pub(super) fn translated(&mut self, template: &str) -> String {
        let pieces = self.pieces(template);
        self.written(&pieces)
    }

    /// Says that a parameter is the client's id or secret.
    pub(super) fn set_role(&mut self, name: &str, role: &'static str) {
        self.roles.push((name.to_ascii_lowercase(), role));
    }

    /// Writes to the parameters what they are in the exchange.
    pub(super) fn tell_roles(&self, parameters: &mut [ConnectionParameter]) {
        for parameter in parameters {
            let Some(name) = exchange_name(&parameter.name) else {
                continue;
            };
            let role = self
                .roles
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            let name = match role {
                Some((_, role)) => role,
                None => written_name(&parameter.name, name),
            };
            parameter.exchange = Some(name.to_owned());
        }
    }

    /// The `parameters` of the provider: those that its templates use. Custom parameters have the value of the settings.
    pub(super) fn take_used(&mut self, custom: &[(String, String)]) -> Map<String, Value> {
        let mut parameters = Map::new();
        for name in std::mem::take(&mut self.used) {
            let mut members = Map::new();
            let declared = self
                .exchange
                .iter()
                .find(|exchange| exchange.written == name);
            let own = custom
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(&name))
                .map(|(_, value)| value.clone());
            let own = own.filter(|value| {
                let is_own = !value.contains('{')
                    && (is_secret(&name) || self.secrets.contains(&name.to_ascii_lowercase()));
                if is_own {
                    let message = "a secret of the publisher's own, which is not carried over";
                    let place = name.to_ascii_lowercase();
                    self.findings.push((place, message.to_owned()));
                }
                !is_own
            });
            let default = match declared {
                Some(exchange) if exchange.is_secret => None,
                Some(exchange) => exchange.default.clone().or(own),
                None => own,
            };
            if let Some(default) = default.filter(|value| !value.contains('{')) {
                members.insert("default".to_owned(), default.into());
            }
            if let Some(exchange) = declared {
                if let Some(description) = &exchange.description {
                    members.insert("description".to_owned(), json!(description));
                }
                if !exchange.values.is_empty() {
                    let values: Vec<&str> = exchange
                        .values
                        .iter()
                        .map(|value| value.wire.as_str())
                        .collect();
                    members.insert("values".to_owned(), json!(values));
                }
            }
            parameters.insert(name, Value::Object(members));
        }
        parameters
    }
}

/// What publishers write where a value was removed: `<resource-id>`, `[[DUMMY]]`, `{{ resourceUri }}`, `@@id@@`.
pub(super) fn is_dummy(value: &str) -> bool {
    let value = value.trim();
    let pairs = [("<", ">"), ("[[", "]]"), ("{{", "}}"), ("@@", "@@")];
    value.is_empty()
        || pairs
            .iter()
            .any(|(start, end)| value.contains(start) && value.contains(end))
        || ["your_", "your-", "dummy", "placeholder", "changeme"]
            .iter()
            .any(|word| value.to_ascii_lowercase().starts_with(word))
}

fn text(pieces: &mut Vec<Piece>, more: &str) {
    if more.is_empty() {
        return;
    }
    if let Some(Piece::Text(before)) = pieces.last_mut() {
        before.push_str(more);
    } else {
        pieces.push(Piece::Text(more.to_owned()));
    }
}

/// Names that the runtime's templates may have.
pub(super) fn is_name(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ':');
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(inside)
}
