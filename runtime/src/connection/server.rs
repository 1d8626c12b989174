//! From the servers of a document to the base URL of a connection.

use url::{Host, Url};

use super::Connection;
use crate::descriptor::{Api, Server};
use crate::error::{Error, Result};

/// The base URL for calls to `operation_servers`, or to the API's servers where an operation has none of its own.
///
/// An explicit base URL stands for all of them: whoever points a connection at a test server means every call.
pub(crate) fn base_url(
    connection: &Connection,
    api: &Api,
    operation_servers: &[Server],
) -> Result<Url> {
    if let Some(url) = &connection.base_url {
        return absolute(url)?
            .ok_or_else(|| Error::configuration(format!("the base URL `{url}` is not absolute")));
    }
    let api_server = || {
        let Some(server) = api.server_list().get(connection.server) else {
            return Err(no_server(connection, api));
        };
        filled(server, connection)
    };
    let Some(server) = operation_servers.first() else {
        let url = api_server()?;
        return absolute(&url)?.ok_or_else(|| relative(&url, api));
    };
    let url = filled(server, connection)?;
    if let Some(url) = absolute(&url)? {
        return Ok(url);
    }
    let parent = api_server()?;
    let parent = absolute(&parent)?.ok_or_else(|| relative(&parent, api))?;
    parent.join(&url).map_err(|error| {
        Error::configuration(format!("the server URL `{url}` is not valid: {error}"))
    })
}

fn no_server(connection: &Connection, api: &Api) -> Error {
    let servers = api.server_list().len();
    Error::configuration(if servers == 0 {
        format!(
            "the document of `{}` names no server: set the base URL",
            api.name()
        )
    } else {
        format!(
            "there is no server {}: the document of `{}` names {servers}, counted from 0",
            connection.server,
            api.name()
        )
    })
}

fn relative(url: &str, api: &Api) -> Error {
    Error::configuration(format!(
        "the document of `{}` gives only the path `{url}`, not the host: set the base URL to something like `https://HOST{url}`",
        api.name()
    ))
}

/// Fills in the variables in one pass, so that a value cannot bring in another variable.
fn filled(server: &Server, connection: &Connection) -> Result<String> {
    let mut url = String::new();
    let mut rest = server.url;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        url.push_str(before);
        let value = variable(server, connection, name)?;
        if connection.server_variables.contains_key(name) && leaves_its_place(value, &url, after) {
            return Err(Error::configuration(format!(
                "the server variable `{name}` is `{value}`, which would change the rest of the server URL `{}`",
                server.url
            )));
        }
        url.push_str(value);
        rest = after;
    }
    url.push_str(rest);
    Ok(url)
}

/// Whether a value would be more than the part of the URL that it stands for, between what is `before` and `after` it: who calls may
/// not be who wrote down a tenant's name.
fn leaves_its_place(value: &str, before: &str, after: &str) -> bool {
    if value.contains(['?', '#']) {
        return true;
    }
    if after.starts_with("://") {
        return !value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    }
    let is_in_path = before
        .split_once("://")
        .is_none_or(|(_, behind)| behind.contains(['/', '\\']));
    if is_in_path {
        return false;
    }
    let host = after
        .split(['/', '\\', '?', '#', ':'])
        .next()
        .unwrap_or_default();
    let is_fixed = host
        .split('{')
        .enumerate()
        .any(|(index, part)| match index {
            0 => !part.is_empty(),
            _ => part
                .split_once('}')
                .is_some_and(|(_, text)| !text.is_empty()),
        });
    // Where nothing of the host is fixed, a value may bring the beginning of the path along.
    is_fixed && value.contains(['/', '\\', '@', ':'])
}

fn variable<'a>(server: &'a Server, connection: &'a Connection, name: &str) -> Result<&'a str> {
    let declared = server
        .variables
        .iter()
        .find(|variable| variable.name == name);
    let given = connection.server_variables.get(name).map(String::as_str);
    let Some(value) = given
        .or(declared.map(|variable| variable.default))
        .filter(|value| !value.is_empty())
    else {
        return Err(Error::configuration(format!(
            "the server URL `{}` needs the variable `{name}`",
            server.url
        )));
    };
    let allowed = declared.map_or(&[][..], |variable| variable.values);
    if given.is_some() && !allowed.is_empty() && !allowed.contains(&value) {
        let allowed = allowed.join("`, `");
        return Err(Error::configuration(format!(
            "the server variable `{name}` is `{value}`, but must be one of `{allowed}`"
        )));
    }
    Ok(value)
}

/// `None` for a relative URL.
fn absolute(url: &str) -> Result<Option<Url>> {
    let parsed = match Url::parse(url.trim()) {
        Ok(parsed) => parsed,
        Err(url::ParseError::RelativeUrlWithoutBase) => return Ok(None),
        Err(error) => {
            return Err(Error::configuration(format!(
                "the base URL `{url}` is not valid: {error}"
            )));
        }
    };
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(Error::configuration(format!(
            "the base URL `{url}` is neither http nor https"
        )));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(Error::configuration(
            "the base URL holds a user name or password: use a credential instead",
        ));
    }
    Ok(Some(parsed))
}

/// Whether the URL stays on this machine, where nobody listens in on plain http.
pub(crate) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::ServerVariable;

    static API: Api = Api::new("acme", "1").servers(&[
        Server::new("https://{region}.acme.com/v{n}").variables(&[
            ServerVariable::new("region", "eu").values(&["eu", "us"]),
            ServerVariable::new("n", "1"),
        ]),
        Server::new("/api/v3"),
    ]);

    fn resolve(connection: Connection) -> Result<String> {
        base_url(&connection, &API, &[]).map(String::from)
    }

    #[test]
    fn variables_have_defaults_and_allowed_values() {
        assert_eq!(
            resolve(Connection::new()).unwrap(),
            "https://eu.acme.com/v1"
        );
        let us = Connection::new()
            .server_variable("region", "us")
            .server_variable("n", "2");
        assert_eq!(resolve(us).unwrap(), "https://us.acme.com/v2");
        let error = resolve(Connection::new().server_variable("region", "mars")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the server variable `region` is `mars`, but must be one of `eu`, `us`"
        );
    }

    #[test]
    fn variables_stay_where_they_are() {
        static TENANT: Api = Api::new("acme", "1").servers(&[
            Server::new("https://{tenant}.acme.com:{port}/v{n}"),
            Server::new("{scheme}://{host}/{base}"),
        ]);
        let resolve = |server, variables: &[(&str, &str)]| {
            let connection = Connection::new().server(server);
            let connection = variables
                .iter()
                .fold(connection, |connection, (name, value)| {
                    connection.server_variable(*name, *value)
                });
            base_url(&connection, &TENANT, &[]).map(String::from)
        };
        for tenant in [
            "evil.com/",
            "evil.com\\",
            "evil.com?",
            "evil.com#",
            "u@evil.com/",
            "x:1",
        ] {
            let variables = [("tenant", tenant), ("port", "443"), ("n", "1")];
            let error = resolve(0, &variables).unwrap_err().to_string();
            assert!(error.contains("the server variable `tenant`"), "{error}");
        }
        for n in ["1?x=", "1#"] {
            assert!(
                resolve(0, &[("tenant", "eu"), ("port", "80"), ("n", n)]).is_err(),
                "{n}"
            );
        }
        let at = |scheme, host| resolve(1, &[("scheme", scheme), ("host", host), ("base", "a/b")]);
        assert!(at("https://evil.com/x", "acme.com").is_err());
        assert_eq!(
            at("http", "acme.com:8080/x").unwrap(),
            "http://acme.com:8080/x/a/b"
        );
    }

    #[test]
    fn relative_server_needs_a_base_url() {
        let error = resolve(Connection::new().server(1))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("set the base URL to something like `https://HOST/api/v3`"),
            "{error}"
        );
        let set = Connection::new()
            .server(1)
            .base_url("http://localhost:8080/api/v3");
        assert_eq!(resolve(set).unwrap(), "http://localhost:8080/api/v3");
    }

    #[test]
    fn unusable_base_urls_are_refused() {
        for url in [
            "localhost",
            "/api",
            "ftp://x",
            "https://user:pw@x",
            "http://",
        ] {
            assert!(resolve(Connection::new().base_url(url)).is_err(), "{url}");
        }
        assert!(
            resolve(Connection::new().server(7))
                .unwrap_err()
                .to_string()
                .contains("no server 7")
        );
    }

    #[test]
    fn operation_servers_replace_those_of_the_api() {
        let absolute = [Server::new("https://files.acme.com/v1")];
        assert_eq!(
            base_url(&Connection::new(), &API, &absolute)
                .unwrap()
                .as_str(),
            "https://files.acme.com/v1"
        );
        let relative = [Server::new("/files")];
        assert_eq!(
            base_url(&Connection::new(), &API, &relative)
                .unwrap()
                .as_str(),
            "https://eu.acme.com/files"
        );
    }
}
