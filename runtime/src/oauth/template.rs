//! `{name}` in URLs, parameters, headers and bodies of a [`Provider`](super::Provider).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::connection::is_local;
use crate::encode::fits;
use crate::error::{Error, Result};

/// Looks a name up.
pub(crate) type Values<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A piece of a template.
enum Piece<'a> {
    Text(&'a str),
    Expression(&'a str),
}

/// Fills a template in, in one pass: a value cannot bring in another name. Braces around anything else than an expression stay,
/// as in a JSON body.
///
/// # Errors
/// When no alternative of an expression has a value.
pub(crate) fn fill(template: &str, values: Values<'_>) -> Result<String> {
    fill_escaped(template, values, |value| value)
}

/// Fills a template in; what an expression comes to, encoded or not, is escaped for the text around it.
///
/// # Errors
/// As [`fill`].
pub(super) fn fill_escaped(
    template: &str,
    values: Values<'_>,
    escape: impl Fn(String) -> String,
) -> Result<String> {
    let mut result = String::with_capacity(template.len());
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => result.push_str(text),
            Piece::Expression(expression) => {
                result.push_str(&escape(evaluate(expression, values)?));
            }
        }
    }
    Ok(result)
}

/// Fills in a URL. A value may be a part of a host name or of a path, and never moves the request to another host: what ends the
/// host, or leaves the path, is refused. Only where the template begins with an expression does its value name the host.
///
/// # Errors
/// When a value is missing or not fit for its place, or the result is no https URL; `insecure` allows http.
pub(crate) fn fill_url(template: &str, values: Values<'_>, insecure: bool) -> Result<Url> {
    let mut text = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(literal) => text.push_str(literal),
            Piece::Expression(expression) => {
                let value = evaluate(expression, values)?;
                if !fits(&text, &value) {
                    return Err(Error::configuration(format!(
                        "the value for `{{{expression}}}` has a character that is not allowed in this part of the URL `{template}`"
                    )));
                }
                text.push_str(&value);
            }
        }
    }
    // The message has the template: a value may be secret.
    fit_for_secrets(&text, insecure).map_err(|reason| unfit(template, reason))
}

/// A URL of a document or provider, which may be relative to the API's address. One that begins with an expression is left as it
/// is: its value names the host.
///
/// # Errors
/// When it is only a path and there is no address, or it is not valid.
pub(crate) fn absolute(url: &str, base: Option<&Url>) -> Result<String> {
    let is_relative = Url::parse(url) == Err(url::ParseError::RelativeUrlWithoutBase);
    if !is_relative || url.starts_with('{') {
        return Ok(url.to_owned());
    }
    let base = base.ok_or_else(|| {
        Error::configuration(format!(
            "the URL `{url}` is only a path: set the base URL, or the whole URL"
        ))
    })?;
    base.join(url)
        // A path may hold expressions, whose braces are not to be escaped.
        .map(|joined| joined.as_str().replace("%7B", "{").replace("%7D", "}"))
        .map_err(|error| Error::configuration(format!("the URL `{url}` is not valid: {error}")))
}

/// A URL that secrets may be sent to.
///
/// # Errors
/// When it is no https URL; `insecure` allows http.
pub(crate) fn checked_url(text: &str, insecure: bool) -> Result<Url> {
    fit_for_secrets(text, insecure).map_err(|reason| unfit(text, reason))
}

fn fit_for_secrets(text: &str, insecure: bool) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is not valid")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if insecure || is_local(&url) => Ok(url),
        _ => Err("is not https, so no secret is sent there"),
    }
}

fn unfit(url: &str, reason: &str) -> Error {
    Error::configuration(format!("the URL `{}` {reason}", shown(url)))
}

/// A URL for messages, without the parts that may be secret: user name, password, query.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let host = rest.find('/').unwrap_or(rest.len());
    let after_user = rest[..host].rfind('@').map_or(0, |at| at + 1);
    scheme + &rest[after_user..]
}

/// Splits a template; what is no expression between braces counts as text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        match from[1..].split_once('}') {
            Some((inner, after)) if is_expression(inner) => {
                pieces.push(Piece::Text(before));
                pieces.push(Piece::Expression(inner));
                rest = after;
            }
            _ => {
                pieces.push(Piece::Text(&rest[..=start]));
                rest = &rest[start + 1..];
            }
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

fn is_expression(text: &str) -> bool {
    let is_term = |term: &str| is_name(term) || encoded(term).is_some();
    text.split("||").all(|term| is_term(term.trim()))
}

fn is_name(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ':');
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(inside)
}

/// The names in `base64(a:b)`.
fn encoded(term: &str) -> Option<Vec<&str>> {
    let inner = term.strip_prefix("base64(")?.strip_suffix(')')?;
    let names: Vec<&str> = inner.split(':').map(str::trim).collect();
    names.iter().all(|name| is_name(name)).then_some(names)
}

fn evaluate(expression: &str, values: Values<'_>) -> Result<String> {
    let term = |term: &str| match encoded(term) {
        Some(names) => {
            let parts: Option<Vec<String>> = names.into_iter().map(values).collect();
            Some(STANDARD.encode(parts?.join(":")))
        }
        None => values(term),
    };
    let mut found = expression.split("||").filter_map(|each| term(each.trim()));
    found.next().ok_or_else(|| {
        Error::configuration(format!(
            "the connection has no value for `{{{expression}}}`"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        let value = match name {
            "tenant" => "contoso",
            "host" => "https://eu.example",
            "evil" => "evil.example/",
            "at" => "a@evil.example",
            "up" => "../admin",
            "escaped_up" => "%2E./.%2e/admin",
            "query" => "a?b",
            "client_id" => "id",
            "client_secret" => "s:{tenant}",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn filled(template: &str) -> String {
        fill(template, &lookup).unwrap()
    }

    #[test]
    fn first_alternative_with_a_value_counts() {
        assert_eq!(filled("a{ missing || tenant }b"), "acontosob");
        let error = fill("{missing}", &lookup).unwrap_err().to_string();
        assert!(error.contains("no value for `{missing}`"), "{error}");
    }

    #[test]
    fn values_are_not_templates_and_json_stays() {
        assert_eq!(filled("{client_secret}"), "s:{tenant}");
        assert_eq!(
            filled(r#"{"id": "{client_id}", "a": {}}"#),
            r#"{"id": "id", "a": {}}"#
        );
        assert_eq!(filled("{unclosed"), "{unclosed");
    }

    #[test]
    fn values_can_be_encoded_for_basic() {
        assert_eq!(
            filled("Basic {base64(client_id:tenant)}"),
            "Basic aWQ6Y29udG9zbw=="
        );
    }

    #[test]
    fn value_cannot_move_a_url_to_another_host() {
        let url = |template| fill_url(template, &lookup, false);
        assert_eq!(
            url("https://{tenant}.example/{tenant}/token")
                .unwrap()
                .as_str(),
            "https://contoso.example/contoso/token"
        );
        assert_eq!(
            url("{host}/token").unwrap().as_str(),
            "https://eu.example/token"
        );
        assert!(url("https://{evil}.example/token").is_err());
        assert!(url("https://{at}.example/token").is_err());
        assert!(url("https://api.example/{up}/token").is_err());
        assert!(url("https://api.example/{escaped_up}/token").is_err());
        assert!(url("https://api.example/{query}/token").is_err());
        assert!(url("https://api.example/{missing}").is_err());
    }

    #[test]
    fn path_is_joined_to_the_address_and_an_expression_is_not() {
        let base = Url::parse("https://api.example/v1/").unwrap();
        let joined = |url| absolute(url, Some(&base)).unwrap();
        assert_eq!(
            joined("/oauth/{tenant}"),
            "https://api.example/oauth/{tenant}"
        );
        for whole in ["https://{tenant}.example/token", "{host}/token"] {
            assert_eq!(joined(whole), whole);
        }
        let error = absolute("/token", None).unwrap_err().to_string();
        assert!(error.contains("only a path"), "{error}");
    }

    #[test]
    fn secrets_are_not_sent_in_the_clear() {
        assert!(checked_url("http://idp.example/token", false).is_err());
        assert!(checked_url("http://idp.example/token", true).is_ok());
        assert!(checked_url("http://127.0.0.1:1/token", false).is_ok());
        assert!(checked_url("https://u:p@idp.example/token", false).is_err());
        assert!(checked_url("file:///etc/passwd", true).is_err());
    }

    #[test]
    fn messages_leave_out_what_may_be_secret() {
        for (url, message) in [
            (
                "https://ada:hush@idp.example/token?key=hush",
                "`https://idp.example/token` holds a user",
            ),
            (
                "ftp://hush@idp.example/token#hush",
                "`ftp://idp.example/token` holds a user",
            ),
            (
                "http://idp.example?key=hush",
                "`http://idp.example` is not https",
            ),
            ("hush:hush@", "`` is not https"),
            ("https://hush@[/token", "`https://[/token` is not valid"),
        ] {
            let error = checked_url(url, false).unwrap_err().to_string();
            assert!(
                error.contains(message) && !error.contains("hush"),
                "{error}"
            );
        }
        let secret = |_: &str| Some("hush".to_owned());
        let error = fill_url("http://idp.example/{client_secret}", &secret, false).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("`http://idp.example/{client_secret}` is not https"));
    }
}
