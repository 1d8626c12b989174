//! Which set of parameters a connection means.

use super::{lacking, oauth_schemes, remedy, unknown_parameter, value};
use crate::connection::Connection;
use crate::descriptor::{Api, Binding, ConnectionParameter, ConnectionParameterKind, ParameterSet};
use crate::error::{Error, Result};

/// The set that counts: the one that is named, or the first that fits what is given. `None` if the API has none.
///
/// # Errors
/// When there is no such set, or none fits.
pub(super) fn choose(api: &Api, connection: &Connection) -> Result<Option<&'static ParameterSet>> {
    let sets = api.parameter_set_list();
    if let Some(name) = &connection.parameter_set {
        let named = sets
            .iter()
            .find(|set| set.name().eq_ignore_ascii_case(name));
        return named.map(Some).ok_or_else(|| unknown_set(api, name));
    }
    let all = || sets.iter().flat_map(ParameterSet::parameters);
    let is_known = |name: &String| all().any(|known| known.name.eq_ignore_ascii_case(name));
    if let Some(unknown) = connection.parameters.keys().find(|name| !is_known(name)) {
        let owner = format!("`{}`", api.name());
        return Err(unknown_parameter(&owner, unknown, all()));
    }
    match sets {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        sets => fitting(sets, connection)
            .map(Some)
            .ok_or_else(|| incomplete(api, connection)),
    }
}

/// Drops the parameters that the first complete set does not have: the environment may hold variables of several.
pub(in crate::connection) fn retain_set(api: &Api, connection: &mut Connection) {
    let sets = api.parameter_set_list();
    if connection.parameter_set.is_some() || fitting(sets, connection).is_some() {
        return;
    }
    let complete = sets.iter().find(|set| is_complete(set, connection));
    if let Some(set) = complete {
        connection
            .parameters
            .retain(|name, _| set.parameter(name).is_some());
    }
}

/// The first set that has all it requires, and takes all that is given. Sets for which somebody still has to sign in come last.
fn fitting(
    sets: &'static [ParameterSet],
    connection: &Connection,
) -> Option<&'static ParameterSet> {
    let fits = |set: &&'static ParameterSet| {
        is_complete(set, connection)
            && takes_parameters(set, connection)
            && takes_credentials(sets, set, connection)
    };
    let ready = |set: &&'static ParameterSet| fits(set) && has_tokens(set, connection);
    sets.iter().find(ready).or_else(|| sets.iter().find(fits))
}

fn is_complete(set: &'static ParameterSet, connection: &Connection) -> bool {
    missing(set, connection).is_empty()
}

fn takes_parameters(set: &ParameterSet, connection: &Connection) -> bool {
    let mut given = connection.parameters.keys();
    given.all(|name| set.parameter(name).is_some())
}

/// Whether the explicit credentials for schemes of some set are for schemes of this one.
fn takes_credentials(sets: &[ParameterSet], set: &ParameterSet, connection: &Connection) -> bool {
    let mut given = connection.credentials.keys();
    given.all(|scheme| uses(set, scheme) || !sets.iter().any(|other| uses(other, scheme)))
}

fn uses(set: &ParameterSet, scheme: &str) -> bool {
    let mut bindings = set.parameters().iter().flat_map(|each| each.bindings);
    bindings.any(|binding| binding.scheme() == Some(scheme))
}

/// Whether there is something to make tokens of: an access token, a credential, or an application of the connection's own.
fn has_tokens(set: &'static ParameterSet, connection: &Connection) -> bool {
    let is_ready = |parameter: &ConnectionParameter| {
        let mut schemes = oauth_schemes(set, &format!("{}:", parameter.name));
        value(parameter, connection).is_some()
            || schemes.any(|scheme| connection.credentials.contains_key(scheme))
            || has_application(set, connection)
    };
    let parameters = set.parameters().iter();
    let mut sign_ins = parameters.filter(|each| each.kind == ConnectionParameterKind::OAuth);
    sign_ins.all(is_ready)
}

fn has_application(set: &ParameterSet, connection: &Connection) -> bool {
    let is_id = |binding: &Binding| matches!(binding, Binding::Exchange(name) if super::means(name, super::CLIENT_ID));
    let mut ids = set
        .parameters()
        .iter()
        .filter(|each| each.bindings.iter().any(is_id));
    ids.any(|id| value(id, connection).is_some())
}

/// The parameters that the set requires and that nothing stands in for. Tokens and gateways are for the call to miss.
pub(super) fn missing(
    set: &'static ParameterSet,
    connection: &Connection,
) -> Vec<&'static ConnectionParameter> {
    let is_missing = |parameter: &&ConnectionParameter| {
        let is_value = !matches!(
            parameter.kind,
            ConnectionParameterKind::OAuth | ConnectionParameterKind::Gateway
        );
        is_value
            && parameter.required
            && parameter.default.is_none()
            && value(parameter, connection).is_none()
            && !is_supplied(set, parameter, connection)
    };
    set.parameters().iter().filter(is_missing).collect()
}

/// Whether an explicit credential does what the parameter is for.
fn is_supplied(
    set: &'static ParameterSet,
    parameter: &ConnectionParameter,
    connection: &Connection,
) -> bool {
    let credential = |scheme: &str| connection.credentials.get(scheme);
    parameter.bindings.iter().any(|binding| match binding {
        Binding::Key(scheme)
        | Binding::Username(scheme)
        | Binding::Password(scheme)
        | Binding::OAuth(scheme) => credential(scheme).is_some(),
        Binding::Exchange(name) => {
            let mut schemes = oauth_schemes(set, parameter.name);
            schemes.any(|scheme| credential(scheme).is_some_and(|given| given.exchanges(name)))
        }
    })
}

fn unknown_set(api: &Api, name: &str) -> Error {
    let sets: Vec<&str> = api
        .parameter_set_list()
        .iter()
        .map(ParameterSet::name)
        .collect();
    let known = match sets.as_slice() {
        [] | [""] => "it has none".to_owned(),
        sets => format!("it has `{}`", sets.join("`, `")),
    };
    Error::configuration(format!(
        "`{}` has no set of connection parameters `{name}`; {known}",
        api.name()
    ))
}

/// Says of each set what it still needs.
fn incomplete(api: &Api, connection: &Connection) -> Error {
    let sets = api.parameter_set_list();
    let taking = |set: &&ParameterSet| takes_parameters(set, connection);
    // Whoever has given something has made a choice.
    let chosen: Vec<&ParameterSet> = match connection.parameters.is_empty() {
        true => sets.iter().collect(),
        false => sets.iter().filter(taking).collect(),
    };
    if let [only] = chosen.as_slice() {
        let missing = missing(only, connection);
        if !missing.is_empty() {
            return lacking(api, &missing);
        }
    }
    let listed = if chosen.is_empty() {
        sets.iter().collect()
    } else {
        chosen
    };
    let needs: Vec<String> = listed
        .into_iter()
        .map(|set| {
            let missing = missing(set, connection);
            let names: Vec<String> = missing.iter().map(|each| remedy(api, each)).collect();
            match names.is_empty() {
                true => format!("`{}` takes not all that is given", set.name()),
                false => format!("`{}` needs {}", set.name(), names.join(", and ")),
            }
        })
        .collect();
    Error::configuration(format!(
        "none of the sets of connection parameters of `{}` fits what is given; choose one with `parameter_set(…)`: {}",
        api.name(),
        needs.join("; ")
    ))
}
