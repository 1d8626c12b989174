//! Secrets of the publisher that stand in templates and URLs. A crate is for everybody: whoever uses it brings them.

use serde_json::Value;

use super::placeholder::{Names, Piece, is_name, standard_word};
use super::requests::{Step, decoded};

/// What the value of a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    ClientId,
    ClientSecret,
    /// Something else that is nobody's business.
    Secret,
}

/// Names with these in them are secrets, whatever else they say.
const INSIDE: &[&str] = &[
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "privatekey",
    "accesskey",
    "accountkey",
    "subscriptionkey",
    "sharedkey",
    "functionkey",
    "credential",
];

/// Names that are about a secret and hold none, by their ends.
const ABOUT: &[&str] = &["type", "method", "format", "url", "uri"];

/// What a parameter of this name holds, however its words are joined.
fn holds(name: &str) -> Option<Holds> {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    if ABOUT.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    let is_secret = INSIDE.iter().any(|word| name.contains(word))
        || ["token", "assertion"].iter().any(|end| name.ends_with(end))
        || matches!(
            name.as_str(),
            "pwd" | "pass" | "sig" | "signature" | "authorization" | "code"
        );
    match name.as_str() {
        "clientid" => Some(Holds::ClientId),
        "clientsecret" | "clientassertion" => Some(Holds::ClientSecret),
        _ => is_secret.then_some(Holds::Secret),
    }
}

/// Whether a parameter of this name holds a secret.
pub(super) fn is_secret(name: &str) -> bool {
    matches!(holds(name), Some(Holds::ClientSecret | Holds::Secret))
}

/// `include_refresh_token=true` is a switch.
fn is_switch(text: &str) -> bool {
    matches!(text, "" | "0" | "1") || ["true", "false"].contains(&&*text.to_ascii_lowercase())
}

impl Names {
    /// What is sent instead of a literal that is the publisher's own; empty if nothing is. `None` if the value is none.
    pub(super) fn instead(&mut self, name: &str, pieces: &[Piece], step: Step) -> Option<String> {
        let holds = holds(name)?;
        let mut literal = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => literal.push_str(text),
                Piece::Parameter(name) if holds != Holds::ClientId => self.keep_secret(name),
                Piece::Parameter(_) | Piece::Standard(_) => {}
            }
        }
        // A page to sign in on has no code yet.
        if is_switch(literal.trim()) || (name == "code" && step == Step::Authorization) {
            return None;
        }
        let word = match holds {
            Holds::ClientId => Some("client_id"),
            Holds::ClientSecret => Some("client_secret"),
            Holds::Secret => standard_word(name),
        };
        let written = match word {
            Some(word) if step.knows(word) => format!("{{{word}}}"),
            None if is_name(name) => format!("{{{}}}", self.parameter(name)),
            Some(_) | None => String::new(),
        };
        let place = match written.as_str() {
            "" => "nothing is sent".to_owned(),
            written => format!("`{written}` is sent"),
        };
        self.find(format!(
            "`{}` has a value of the publisher's own, which is not carried over; {place} instead",
            name.escape_debug()
        ));
        Some(written)
    }

    /// The URL or query string without secrets, for the runtime.
    pub(super) fn url(&mut self, template: &str, step: Step) -> String {
        let mut url = String::new();
        let mut rest = template;
        loop {
            let end = rest.find(['?', '&', '#', ';']).unwrap_or(rest.len());
            let (pair, after) = rest.split_at(end);
            let clean = pair.split_once('=').and_then(|(name, value)| {
                let own = decoded(name.rsplit('/').next().unwrap_or(name));
                let pieces = self.pieces(value);
                let value = self.instead(&own, &pieces, step)?;
                Some((name, value))
            });
            match clean {
                Some((name, value)) => {
                    url.push_str(&self.translated(name));
                    url.push('=');
                    url.push_str(&value);
                }
                None => {
                    let pair = match pair.split_once('=') {
                        Some((name, value)) => format!("{name}={}", self.nested(value)),
                        None => pair.to_owned(),
                    };
                    url.push_str(&self.translated(&pair));
                }
            }
            let mut after = after.chars();
            let Some(separator) = after.next() else {
                return url;
            };
            url.push(separator);
            rest = after.as_str();
        }
    }

    /// Drops who signs in from a URL.
    pub(super) fn without_user(&mut self, url: &str) -> String {
        let is_slash = |c: char| matches!(c, '/' | '\\');
        let start = match url.split_once(':') {
            Some((_, after)) if after.starts_with(is_slash) => {
                url.len() - after.trim_start_matches(is_slash).len()
            }
            _ => url.len() - url.trim_start_matches(is_slash).len(),
        };
        let (scheme, rest) = url.split_at(start);
        let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        let Some(user) = rest[..end].rfind('@') else {
            return url.to_owned();
        };
        self.find(
            "the URL has a user or password before its host, which is not carried over".to_owned(),
        );
        format!("{scheme}{}", &rest[user + 1..])
    }

    /// A value, which may be a URL itself.
    pub(super) fn nested(&mut self, value: &str) -> String {
        match value.contains("://") {
            true => self.without_user(value),
            false => value.to_owned(),
        }
    }

    /// A JSON body without secrets, for the runtime; `None` if it is no JSON.
    pub(super) fn json(&mut self, template: &str, step: Step) -> Option<String> {
        let mut body = serde_json::from_str(template).ok()?;
        self.clean(&mut body, "", step);
        Some(body.to_string())
    }

    /// Everything below a member of a secret name is secret.
    fn clean(&mut self, value: &mut Value, name: &str, step: Step) {
        match value {
            Value::Object(members) => {
                for (key, mut value) in std::mem::take(members) {
                    let name = match holds(&key) {
                        None if holds(name).is_some() => name,
                        Some(_) | None => &key,
                    };
                    self.clean(&mut value, name, step);
                    members.insert(self.translated(&key), value);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.clean(item, name, step);
                }
            }
            Value::String(text) => {
                let pieces = self.pieces(text);
                let instead = self.instead(name, &pieces, step);
                let written = self.written(&pieces);
                *text = instead.unwrap_or_else(|| self.nested(&written));
            }
            Value::Number(number) => {
                let pieces = [Piece::Text(number.to_string())];
                if let Some(instead) = self.instead(name, &pieces, step) {
                    *value = instead.into();
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}
