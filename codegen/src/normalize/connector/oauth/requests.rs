//! Templates of query strings and form bodies: `grant_type=authorization_code&code={Code}&client_id={ClientId}`.
//!
//! The runtime makes the standard request itself, with what the platform's templates have no word for, such as PKCE. So a template
//! is not taken as it stands: what differs from the standard request is.

use serde_json::{Map, Value};

use super::placeholder::{Names, Piece};

/// Which request a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Authorization,
    Token,
    Refresh,
}

impl Step {
    /// The parameters of the standard request, and their values: `{x}` is what the runtime puts there.
    fn standard(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Authorization => &[
                ("response_type", "code"),
                ("client_id", "{client_id}"),
                ("redirect_uri", "{redirect_uri}"),
                ("scope", "{scope}"),
                ("state", "{state}"),
            ],
            Self::Token => &[
                ("grant_type", "authorization_code"),
                ("code", "{code}"),
                ("redirect_uri", "{redirect_uri}"),
                ("client_id", "{client_id}"),
                ("client_secret", "{client_secret}"),
                ("code_verifier", "{code_verifier}"),
            ],
            Self::Refresh => &[
                ("grant_type", "refresh_token"),
                ("refresh_token", "{refresh_token}"),
                ("client_id", "{client_id}"),
                ("client_secret", "{client_secret}"),
            ],
        }
    }

    /// Whether the runtime has a value for a name at this step. Templates were copied from step to step.
    pub(super) fn knows(self, name: &str) -> bool {
        match self {
            Self::Authorization => !matches!(name, "code" | "refresh_token" | "client_secret"),
            Self::Token => !matches!(name, "refresh_token" | "state"),
            Self::Refresh => matches!(
                name,
                "client_id" | "client_secret" | "refresh_token" | "scope"
            ),
        }
    }

    /// Standard parameters that are sent whether or not the template has them.
    fn always(self, name: &str) -> bool {
        matches!(
            name,
            "state" | "redirect_uri" | "code_verifier" | "response_type" | "grant_type"
        )
    }
}

/// What a template says.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// What stands before the `?`.
    pub(super) path: String,
    /// The members of the runtime's request that make the standard one what the template wants.
    pub(super) request: Map<String, Value>,
    /// Whether the refresh token is in it.
    pub(super) has_refresh_token: bool,
}

/// The platform's own sign-in server; with a crate, answers go to the registered redirect.
pub(super) const PLATFORM: &str = "https://global.consent.azure-apim.net/";

/// Reads a template. A JSON body is taken as it stands, but for secrets.
pub(super) fn query(template: &str, step: Step, names: &mut Names) -> Query {
    let mut query = Query::default();
    if template.starts_with('{') && template.contains('"') {
        let Some(body) = names.json(template, step) else {
            names.find("the template is no JSON; the standard request is sent".to_owned());
            return query;
        };
        query.has_refresh_token = body.contains("{refresh_token}");
        query.request.insert("body".to_owned(), body.into());
        query
            .request
            .insert("content_type".to_owned(), "application/json".into());
        return query;
    }
    let pairs = match template.split_once('?') {
        Some((path, pairs)) if step == Step::Authorization => {
            query.path = names.url(path, step);
            if query.path.starts_with("//") {
                query.path = names.without_user(&query.path);
            }
            pairs
        }
        _ => template.trim_start_matches('?'),
    };
    let standard = step.standard();
    let mut missing: Vec<&str> = standard.iter().map(|(name, _)| *name).collect();
    let mut parameters = Map::new();
    let mut rename = Map::new();
    for pair in pairs.split('&').filter(|pair| !pair.trim().is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), decoded(value));
        if name.contains(['"', '<', '\n']) {
            names
                .find("a part of the template is no parameter of a form; it is ignored".to_owned());
            continue;
        }
        let Some(value) = value_of(&name, &value, step, names) else {
            continue;
        };
        query.has_refresh_token |= value.contains("{refresh_token}");
        let is_standard = |(known, usual): &&(&str, &str)| *known == name && *usual == value;
        let elsewhere = |(known, usual): &&(&str, &str)| {
            *usual == value && usual.starts_with('{') && missing.contains(known)
        };
        if standard.iter().any(|pair| is_standard(&pair)) {
            missing.retain(|known| *known != name);
        } else if !standard.iter().any(|(known, _)| *known == name)
            && let Some((known, _)) = standard.iter().find(elsewhere)
            && !has_pair(pairs, known)
        {
            rename.insert((*known).to_owned(), name.into());
            missing.retain(|other| other != known);
        } else if !value.is_empty() {
            missing.retain(|known| *known != name);
            parameters.insert(name, value.into());
        }
    }
    for name in missing {
        if !step.always(name) {
            parameters.insert(name.to_owned(), "".into());
        }
    }
    for (name, members) in [("parameters", parameters), ("rename", rename)] {
        if !members.is_empty() {
            query.request.insert(name.to_owned(), members.into());
        }
    }
    query
}

/// Whether a template has a parameter of this name.
fn has_pair(pairs: &str, name: &str) -> bool {
    let mut names = pairs
        .split('&')
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    names.any(|known| known == name)
}

/// The value as the runtime writes it; `None` if there is no value at this step.
fn value_of(name: &str, value: &str, step: Step, names: &mut Names) -> Option<String> {
    if name == "redirect_uri" && value.starts_with(PLATFORM) {
        return step
            .knows("redirect_uri")
            .then(|| "{redirect_uri}".to_owned());
    }
    let pieces = names.pieces(value);
    if let Some(instead) = names.instead(name, &pieces, step) {
        return Some(instead).filter(|value| !value.is_empty());
    }
    let unknown = |piece: &Piece| matches!(piece, Piece::Standard(name) if !step.knows(name));
    if pieces.iter().any(unknown) {
        return None;
    }
    let role = match name {
        "client_id" => Some(("clientId", "{client_id}")),
        "client_secret" => Some(("clientSecret", "{client_secret}")),
        _ => None,
    };
    // A client of its own name is still the client, even one whose placeholders do not apply.
    if let Some((role, standard)) = role
        && !value.is_empty()
        && pieces
            .iter()
            .all(|piece| matches!(piece, Piece::Parameter(_)))
    {
        for piece in &pieces {
            if let Piece::Parameter(name) = piece {
                names.set_role(name, role);
            }
        }
        return Some(standard.to_owned());
    }
    let written = names.written(&pieces);
    Some(names.nested(&written))
}

/// Templates are percent-encoded where their authors thought of it; the runtime encodes values itself.
pub(super) fn decoded(text: &str) -> String {
    let text = text.trim();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let pair = after
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        let escaped = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (first, escaped) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = after;
            }
            (other, _) => {
                bytes.push(*other);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
