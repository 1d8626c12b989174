//! The connection parameters of a Power Platform connector: which set of them counts, what is missing, and where values go.
//!
//! A parameter that is bound to a security scheme becomes its credential, unless the connection has one for it. `token:X` of
//! the connector is `X` in the exchange of OAuth tokens. The application that signs in is usually the user's own and comes with
//! an explicit credential. `token:clientId` and `token:clientSecret` make one by themselves only where the connector says that
//! the application calls for itself, rather than for a person: see `application.rs`.

#[cfg(feature = "oauth2")]
mod application;
mod choice;
mod supply;
pub(super) mod variables;

use secrecy::{ExposeSecret as _, SecretString};

#[cfg(feature = "environment")]
pub(crate) use self::application::is_for_applications;
use self::choice::{choose, retain_set};
use self::variables::parameter_variable;
use super::Connection;
use crate::descriptor::{
    Api, Binding, ConnectionParameter, ConnectionParameterKind, ParameterSet, SecurityScheme,
};
use crate::error::{Error, Result};

/// What the parameters come to, beside the values and credentials of the connection.
#[derive(Default)]
pub(crate) struct Resolved {
    /// The values for the exchange of OAuth tokens.
    pub(crate) exchange: ExchangeValues,
    /// Whether the API is reached through an on-premises gateway.
    pub(crate) needs_gateway: bool,
}

/// Values for the exchange of OAuth tokens, by scheme and name.
#[derive(Clone, Default)]
#[cfg_attr(
    not(feature = "oauth2"),
    expect(dead_code, reason = "only token requests need them")
)]
pub(crate) struct ExchangeValues(Vec<(&'static str, &'static str, SecretString)>);

impl ExchangeValues {
    /// The values for a scheme.
    #[cfg(feature = "oauth2")]
    pub(crate) fn of<'a>(
        &'a self,
        scheme: &'a str,
    ) -> impl Iterator<Item = (&'static str, &'a SecretString)> + 'a {
        let of_scheme = self
            .0
            .iter()
            .filter(move |(for_scheme, ..)| *for_scheme == scheme);
        of_scheme.map(|(_, name, value)| (*name, value))
    }

    /// A value, by its name without regard to case.
    #[cfg(feature = "oauth2")]
    fn get<'a>(&'a self, scheme: &'a str, wanted: &str) -> Option<&'a SecretString> {
        let mut values = self.of(scheme);
        values.find_map(|(name, value)| means(name, wanted).then_some(value))
    }
}

/// The name that an application has in the exchange of tokens.
pub(crate) const CLIENT_ID: &str = "clientId";
/// The secret of an application.
#[cfg(feature = "oauth2")]
pub(crate) const CLIENT_SECRET: &str = "clientSecret";
/// How the connector says which grant it wants.
pub(crate) const GRANT_TYPE: &str = "grantType";

/// Whether a name in the exchange of tokens is this one: some write `client_id`, others `clientId` or `ClientId`.
pub(crate) fn means(name: &str, wanted: &str) -> bool {
    let letters = |text: &'_ str| -> Vec<u8> {
        let letters = text.bytes().filter(|letter| *letter != b'_');
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    letters(name) == letters(wanted)
}

/// Chooses the set, applies defaults, checks everything, and makes credentials of the values that are bound to schemes.
///
/// # Errors
/// When a value is missing, unknown, or not allowed.
pub(crate) fn resolve(api: &'static Api, connection: &mut Connection) -> Result<Resolved> {
    let Some(set) = choose(api, connection)? else {
        return Ok(Resolved::default());
    };
    check_names(api, set, connection)?;
    check_values(set, connection)?;
    let missing = choice::missing(set, connection);
    if !missing.is_empty() {
        return Err(lacking(api, &missing));
    }
    apply_defaults(set, connection);
    let exchange = exchange_values(set, connection);
    for scheme in schemes(api, set) {
        if connection.credentials.contains_key(scheme.name()) {
            continue;
        }
        let credential = supply::bound(set, scheme, connection);
        #[cfg(feature = "oauth2")]
        let credential = match credential {
            None => application::application(set, scheme, &exchange)?,
            bound => bound,
        };
        if let Some(credential) = credential {
            connection
                .credentials
                .insert(scheme.name().to_owned(), credential);
        }
    }
    let needs_gateway = |parameter: &ConnectionParameter| {
        parameter.kind == ConnectionParameterKind::Gateway && parameter.required
    };
    Ok(Resolved {
        exchange,
        needs_gateway: set.parameters().iter().any(needs_gateway),
    })
}

/// The values for the exchange of OAuth tokens alone, with defaults: to sign in, before there is a client.
///
/// # Errors
/// When the set cannot be chosen.
#[cfg(feature = "sign-in")]
pub(crate) fn exchange(
    api: &'static Api,
    connection: &Connection,
    scheme: &str,
) -> Result<ExchangeValues> {
    let mut connection = connection.clone();
    if connection.parameter_set.is_none() {
        // Somebody is about to sign in for this scheme, so it is the set's that has it.
        let sets = api.parameter_set_list().iter();
        let mut signing_in = sets.filter(|set| oauth_schemes(set, "").any(|name| name == scheme));
        connection.parameter_set = signing_in.next().map(|set| set.name().to_owned());
    }
    let Some(set) = choose(api, &connection)? else {
        return Ok(ExchangeValues::default());
    };
    check_values(set, &connection)?;
    apply_defaults(set, &mut connection);
    Ok(exchange_values(set, &connection))
}

/// The schemes that parameters of the set are bound to.
fn schemes(api: &'static Api, set: &'static ParameterSet) -> Vec<&'static SecurityScheme> {
    let is_bound = |scheme: &&SecurityScheme| {
        let mut bindings = set
            .parameters()
            .iter()
            .flat_map(|parameter| parameter.bindings);
        bindings.any(|binding| binding.scheme() == Some(scheme.name()))
    };
    api.scheme_list().iter().filter(is_bound).collect()
}

fn apply_defaults(set: &'static ParameterSet, connection: &mut Connection) {
    for parameter in set.parameters() {
        if let Some(default) = parameter.default {
            let name = parameter.name.to_ascii_lowercase();
            let parameters = &mut connection.parameters;
            parameters.entry(name).or_insert_with(|| default.into());
        }
    }
}

fn exchange_values(set: &'static ParameterSet, connection: &Connection) -> ExchangeValues {
    let mut values = Vec::new();
    for parameter in set.parameters() {
        let Some(value) = value(parameter, connection) else {
            continue;
        };
        for binding in parameter.bindings {
            if let Binding::Exchange(name) = binding {
                for scheme in oauth_schemes(set, parameter.name) {
                    values.push((scheme, *name, value.clone()));
                }
            }
        }
    }
    ExchangeValues(values)
}

fn value<'a>(
    parameter: &ConnectionParameter,
    connection: &'a Connection,
) -> Option<&'a SecretString> {
    connection
        .parameters
        .get(&parameter.name.to_ascii_lowercase())
}

/// The schemes whose exchange of tokens a parameter is for: `token:X` is for that of `token`, others for all of the set.
fn oauth_schemes(
    set: &'static ParameterSet,
    parameter: &str,
) -> impl Iterator<Item = &'static str> + use<> {
    let owner = parameter.split_once(':').map(|(owner, _)| owner);
    let owner = owner.and_then(|owner| set.parameter(owner));
    let owner = owner.filter(|owner| owner.kind == ConnectionParameterKind::OAuth);
    let all = set.parameters().iter();
    let owners = all.filter(move |each| owner.is_none_or(|owner| owner.name == each.name));
    let bindings = owners.flat_map(|owner| owner.bindings);
    bindings.filter_map(|binding| match binding {
        Binding::OAuth(scheme) => Some(*scheme),
        _ => None,
    })
}

fn check_names(api: &Api, set: &ParameterSet, connection: &Connection) -> Result<()> {
    let mut given = connection.parameters.keys();
    let Some(unknown) = given.find(|name| set.parameter(name).is_none()) else {
        return Ok(());
    };
    let owner = match set.name() {
        "" => format!("`{}`", api.name()),
        name => format!("the set `{name}` of `{}`", api.name()),
    };
    Err(unknown_parameter(&owner, unknown, set.parameters().iter()))
}

fn unknown_parameter<'a>(
    owner: &str,
    unknown: &str,
    known: impl Iterator<Item = &'a ConnectionParameter>,
) -> Error {
    let mut known: Vec<&str> = known.map(|parameter| parameter.name).collect();
    known.sort_unstable();
    known.dedup();
    let known = match known.is_empty() {
        true => "none".to_owned(),
        false => format!("`{}`", known.join("`, `")),
    };
    Error::configuration(format!(
        "{owner} has no connection parameter `{unknown}`; it has {known}"
    ))
}

fn check_values(set: &ParameterSet, connection: &Connection) -> Result<()> {
    for parameter in set.parameters() {
        let Some(value) = value(parameter, connection) else {
            continue;
        };
        let value = value.expose_secret();
        if parameter.values.is_empty() || parameter.values.contains(&value) {
            continue;
        }
        let (name, allowed) = (parameter.name, parameter.values.join("`, `"));
        return Err(Error::configuration(match parameter.kind {
            ConnectionParameterKind::Text => format!(
                "the connection parameter `{name}` is `{value}`, but must be one of `{allowed}`"
            ),
            _ => format!("the connection parameter `{name}` must be one of `{allowed}`"),
        }));
    }
    Ok(())
}

fn lacking(api: &Api, missing: &[&ConnectionParameter]) -> Error {
    let missing: Vec<String> = missing.iter().map(|each| remedy(api, each)).collect();
    Error::configuration(format!(
        "the connection to `{}` needs {}",
        api.name(),
        missing.join(", and ")
    ))
}

/// "the parameter `api_key` (ACME_API_KEY), or a credential for the scheme `key`".
fn remedy(api: &Api, parameter: &ConnectionParameter) -> String {
    let name = parameter.name;
    let mut text = format!(
        "the parameter `{name}`, set with `parameter(\"{name}\", …)` or {}",
        parameter_variable(api, name)
    );
    if !parameter.values.is_empty() {
        text += &format!(", which is one of `{}`", parameter.values.join("`, `"));
    }
    let mut schemes = parameter.bindings.iter().filter_map(Binding::scheme);
    if let Some(scheme) = schemes.next() {
        text += &format!(", or else a credential for the scheme `{scheme}`");
    }
    text
}
