//! What policies do to URLs.

use url::Url;

use super::template::{Scope, push};
use crate::descriptor::policy::{Piece, Template};
use crate::encode::percent::{self, Escape};
use crate::encode::{Target, fits, path_text, refuse_dot_segments};
use crate::error::{Error, Result};

/// A URL in the parts that policies know: the base that they replace, and what the operation puts behind it.
pub(super) struct Address {
    pub(super) base: Url,
    pub(super) path: String,
    pub(super) query: String,
}

impl Address {
    /// Takes `url` apart; where it is not below `base`, its origin is the base.
    pub(super) fn new(mut base: Url, url: &Url) -> Self {
        let prefix = base.path().trim_end_matches('/').to_owned();
        let below = url.path().strip_prefix(&prefix);
        let path = match below.filter(|_| base.origin() == url.origin()) {
            Some(path) => path,
            None => {
                base.clone_from(url);
                base.set_path("");
                base.set_query(None);
                url.path()
            }
        };
        let query = url.query().unwrap_or_default();
        let own = match base.query().filter(|base| !base.is_empty()) {
            Some(base) => query.strip_prefix(base).unwrap_or(query),
            None => query,
        };
        Self {
            path: path.to_owned(),
            query: own.trim_start_matches('&').to_owned(),
            base,
        }
    }

    pub(super) fn url(&self) -> Result<Url> {
        refuse_dot_segments(&self.path)?;
        let mut url = self.base.clone();
        let slash = !self.path.is_empty() && !self.path.starts_with('/');
        let path = format!(
            "{}{}{}",
            url.path().trim_end_matches('/'),
            if slash { "/" } else { "" },
            self.path
        );
        url.set_path(&path);
        let base = url.query().unwrap_or_default().to_owned();
        let query = match (base.is_empty(), self.query.is_empty()) {
            (true, _) => self.query.clone(),
            (false, true) => base,
            (false, false) => format!("{base}&{}", self.query),
        };
        url.set_query((!query.is_empty()).then_some(&query));
        url.set_fragment(None);
        Ok(url)
    }

    /// Another URL below the same base.
    pub(super) fn other(&self, target: &Target) -> Result<Url> {
        let other = Self {
            base: self.base.clone(),
            path: target.path.clone(),
            query: target.query.clone(),
        };
        other.url()
    }

    /// Adds escaped pairs, before the others or behind them.
    pub(super) fn add_query(&mut self, pairs: &str, first: bool) {
        self.query = match (self.query.is_empty(), first) {
            (true, _) => pairs.to_owned(),
            (false, true) => format!("{pairs}&{}", self.query),
            (false, false) => format!("{}&{pairs}", self.query),
        };
    }

    pub(super) fn has_query(&self, name: &str) -> bool {
        self.query.split('&').any(|pair| is_named(pair, name))
    }

    pub(super) fn remove_query(&mut self, name: &str) {
        let pairs = self.query.split('&').filter(|pair| !is_named(pair, name));
        self.query = pairs.collect::<Vec<_>>().join("&");
    }
}

fn is_named(pair: &str, name: &str) -> bool {
    let each = pair.split('=').next().unwrap_or(pair);
    percent_encoding::percent_decode_str(each).decode_utf8_lossy() == name
}

/// A path with its query, relative to the base; and whether a secret is in it. Values are escaped: they stay within their segment.
/// One that is missing would lead to another resource.
pub(super) fn target(scope: &Scope<'_>, template: &Template) -> Result<(Target, bool)> {
    let mut target = Target::default();
    let (mut in_query, mut secret) = (false, false);
    for piece in template.0 {
        if let Piece::Text(text) = piece {
            let text = text.split('#').next().unwrap_or(text);
            let (path, query) = match text.split_once('?') {
                _ if in_query => ("", text),
                Some((path, query)) => {
                    in_query = true;
                    (path, query)
                }
                None => (text, ""),
            };
            percent::path_literal(&mut target.path, path);
            percent::query_literal(&mut target.query, query);
            continue;
        }
        let (text, is_secret) = segment(scope, piece, in_query)?;
        secret |= is_secret;
        let part = if in_query {
            &mut target.query
        } else {
            &mut target.path
        };
        part.push_str(&text);
    }
    if !target.path.starts_with('/') {
        target.path.insert(0, '/');
    }
    refuse_dot_segments(&target.path)?;
    Ok((target, secret))
}

/// The escaped value of an expression in a path or a query.
fn segment(scope: &Scope<'_>, piece: &Piece, in_query: bool) -> Result<(String, bool)> {
    if let Piece::PathParameter(name) = piece
        && let Some((parameter, value)) = scope.context.argument(name)
    {
        return Ok((path_text(parameter, Some(value))?, false));
    }
    match scope.find(piece) {
        Some(found) => {
            let mut text = String::new();
            push(&mut text, &found.value);
            Ok((Escape::Component.apply(&text), found.secret))
        }
        None if in_query => Ok((String::new(), false)),
        None => Err(missing(piece, "the path of the request")),
    }
}

/// The base URL that a template comes to, and whether a secret is in it. A value may be the host, or a part of it, and never
/// moves the request past what the template says: where text of the template is in the host too, it can't bring in a user name,
/// a path, a query, or a fragment.
///
/// # Errors
/// When a value is missing or not fit for its place; when the result is no http URL, or no https URL although the request itself
/// names the host.
pub(super) fn base_url(scope: &Scope<'_>, template: &Template) -> Result<(Url, bool)> {
    let mut text = String::new();
    let (mut secret, mut named_by_request) = (false, false);
    for (index, piece) in template.0.iter().enumerate() {
        if let Piece::Text(literal) = piece {
            if text.is_empty() && !literal.contains("://") {
                text.push_str("https://");
            }
            text.push_str(literal);
            continue;
        }
        let found = scope
            .find(piece)
            .ok_or_else(|| missing(piece, "the address of the API"))?;
        secret |= found.secret;
        let mut value = String::new();
        push(&mut value, &found.value);
        let next = template.0.get(index + 1);
        if is_in_host(&text) {
            named_by_request |= !matches!(piece, Piece::ConnectionParameter(..));
        }
        place(&mut text, value.trim(), next, template.0.len() == 1).ok_or_else(|| unfit(piece))?;
    }
    let url = Url::parse(&text).map_err(|_| invalid("is not valid"))?;
    if !url.has_host() || !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("has no host, or a user name or password"));
    }
    match url.scheme() {
        "https" => Ok((url, secret)),
        "http" if !named_by_request => Ok((url, secret)),
        _ => Err(invalid("is not https")),
    }
}

fn is_in_host(before: &str) -> bool {
    match before.split_once("://") {
        None => true,
        Some((_, rest)) => !rest.contains(['/', '?']),
    }
}

/// Puts a value behind `before`; `None` if it is not fit to stand there.
fn place(before: &mut String, value: &str, next: Option<&Piece>, alone: bool) -> Option<()> {
    let ends_host = match next {
        None | Some(Piece::Text("")) => true,
        Some(Piece::Text(text)) => text.starts_with(['/', '?']),
        // What follows a whole address is held to its place in turn.
        Some(_) => before.is_empty(),
    };
    let begins_host = before.is_empty() || before.ends_with("://") && !before.contains('?');
    if !(begins_host && ends_host && is_in_host(before)) {
        if before.is_empty() {
            before.push_str("https://");
        }
        // `https://host/{x}` with a default of nothing is the host.
        let empty_path = value.is_empty() && !is_in_host(before);
        if !empty_path && !fits(before, value) {
            return None;
        }
        before.push_str(value);
        return Some(());
    }
    // The value is the whole host, or the whole address.
    let own_scheme = value.split_once("://");
    let address = match own_scheme {
        // In `https://{x}`, people put addresses for hosts.
        Some((scheme, rest)) if !before.is_empty() => before
            .starts_with(&format!("{scheme}://"))
            .then_some(rest)?,
        _ => value,
    };
    if before.is_empty() && own_scheme.is_none() {
        before.push_str("https://");
    }
    let (plain, query) = address.split_once('?').unwrap_or((address, ""));
    let has_space = |text: &str| text.chars().any(|c| c.is_control() || c.is_whitespace());
    // A query would swallow what the template has behind it.
    if plain.contains(['@', '#', '\\']) || has_space(address) || query.contains('#') {
        return None;
    }
    if address.contains('?') && !alone {
        return None;
    }
    let plain = match next {
        Some(Piece::Text(text)) if text.starts_with('/') => plain.trim_end_matches('/'),
        _ => plain,
    };
    if plain.is_empty() || plain.ends_with("://") {
        return None;
    }
    before.push_str(plain);
    if address.contains('?') {
        before.push('?');
        before.push_str(query);
    }
    Some(())
}

fn missing(piece: &Piece, needed_by: &str) -> Error {
    match piece {
        Piece::ConnectionParameter(name, _) => Error::configuration(format!(
            "the connection has no value for the parameter `{name}`, which {needed_by} needs"
        )),
        piece => Error::request(format!(
            "there is no value for {}, which {needed_by} needs",
            shown(piece)
        )),
    }
}

fn unfit(piece: &Piece) -> Error {
    let message = format!(
        "the value for {} cannot stand where the address of the API has it",
        shown(piece)
    );
    match piece {
        Piece::ConnectionParameter(..) => Error::configuration(message),
        _ => Error::request(message),
    }
}

/// Without the address: it may hold a secret.
fn invalid(reason: &str) -> Error {
    Error::configuration(format!(
        "the address of the API, made from parameters, {reason}"
    ))
}

fn shown(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => format!("`{text}`"),
        Piece::ConnectionParameter(name, _) => format!("the connection parameter `{name}`"),
        Piece::Header(name) => format!("the header `{name}`"),
        Piece::Query(name) => format!("the query parameter `{name}`"),
        Piece::PathParameter(name) => format!("the path parameter `{name}`"),
        Piece::Path(path) => format!("`{}` in the body", path.steps.join(".")),
        Piece::Method => "the method".to_owned(),
    }
}
