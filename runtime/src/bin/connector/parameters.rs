//! Connection parameters of Power Platform connectors: which set, and with which values.

use connector_runtime::environment::{
    BindingDescription, ConnectionDefinition, ConnectorDescription, ParameterDescription,
    ParameterSetDescription, Secret,
};
use connector_runtime::oauth::Provider;

use super::add::absolute;
use super::arguments::{Add, Grant, SecretSource};
use super::exit::Failure;
use super::prompt::Prompt;

/// What the parameters say about the application that asks for tokens.
#[derive(Default)]
pub struct Application {
    pub id: Option<String>,
    pub secret: Option<Secret>,
    pub grant: Option<Grant>,
    /// Whether the arguments say where an access token is.
    pub has_token: bool,
    /// The values of the exchange of tokens that are parameters, given or not.
    pub asked: Vec<String>,
}

/// The set that the connection is to have; `None` if the connector has no parameters.
pub fn set<'a>(
    add: &Add,
    description: Option<&'a ConnectorDescription>,
    prompt: &Prompt,
) -> Result<Option<&'a ParameterSetDescription>, Failure> {
    let sets = description.map_or(&[][..], |description| &description.parameter_sets);
    let names: Vec<String> = sets.iter().map(|set| set.name.clone()).collect();
    let name = match (&add.parameter_set, sets) {
        (None, []) => return Ok(None),
        (None, [only]) => return Ok(Some(only)),
        (Some(name), _) => name.clone(),
        (None, _) => prompt.choice("Way to authenticate", "--parameter-set", &names, None)?,
    };
    let set = description.and_then(|description| description.parameter_set(&name));
    set.map(Some).ok_or_else(|| {
        Failure::usage(match names.is_empty() {
            true => "--parameter-set: the connector has no connection parameters".to_owned(),
            false => format!(
                "--parameter-set {name}: the connector has {}",
                names.join(", ")
            ),
        })
    })
}

/// Gives the definition the values of a set, and takes what is about the application out of them.
pub fn fill(
    add: &Add,
    set: &ParameterSetDescription,
    definition: &mut ConnectionDefinition,
    prompt: &Prompt,
) -> Result<Application, Failure> {
    let mut application = Application::default();
    let signs_in = set.oauth_scheme().is_some();
    if !signs_in {
        check_only_secret(add, set)?;
    }
    for parameter in &set.parameters {
        let given = take(parameter, add, definition)?;
        let secret = secret_reference(parameter, add)?;
        application.asked.extend(exchange_name(parameter));
        let (value, secret) = match parameter.kind.as_str() {
            "oauth" => {
                application.has_token |= secret.is_some();
                (None, secret)
            }
            "gateway" => (given, None),
            _ if signs_in && parameter.is_client_id() => {
                application.id = given;
                continue;
            }
            _ if signs_in && parameter.is_client_secret() => {
                application.secret = secret;
                continue;
            }
            _ if is_secret(parameter) => {
                // With a sign-in, the one secret of the arguments is the client's.
                let source = (!signs_in).then_some(&add.secret);
                (None, secret_value(parameter, secret, source, add, prompt)?)
            }
            _ => (plain_value(parameter, given, add, prompt)?, None),
        };
        if let Some(value) = &value
            && parameter.is_grant_type()
        {
            application.grant = Some(grant(value));
        }
        let name = &parameter.name;
        let (values, secrets) = (&mut definition.parameters, &mut definition.secrets);
        values.extend(value.map(|value| (name.clone(), value)));
        secrets.extend(secret.map(|secret| (name.clone(), secret)));
    }
    if signs_in && application.grant.is_none() && set.is_for_applications() {
        application.grant = Some(Grant::ClientCredentials);
    }
    Ok(application)
}

/// Refuses one secret for several parameters.
fn check_only_secret(add: &Add, set: &ParameterSetDescription) -> Result<(), Failure> {
    let open = open_secrets(add, set);
    if open.len() > 1 && add.secret.is_given() {
        return Err(Failure::usage(format!(
            "{} are all secrets: give each with --secret NAME=env:VARIABLE, or NAME=file:PATH",
            open.join(", ")
        )));
    }
    Ok(())
}

/// The value of a parameter that is no secret.
fn plain_value(
    parameter: &ParameterDescription,
    given: Option<String>,
    add: &Add,
    prompt: &Prompt,
) -> Result<Option<String>, Failure> {
    match given {
        Some(value) => checked(parameter, value).map(Some),
        None if is_replaced(parameter, add) => Ok(None),
        None => ask(parameter, prompt),
    }
}

/// Where the value of a secret parameter is.
fn secret_value(
    parameter: &ParameterDescription,
    given: Option<Secret>,
    source: Option<&SecretSource>,
    add: &Add,
    prompt: &Prompt,
) -> Result<Option<Secret>, Failure> {
    match given {
        Some(secret) => Ok(Some(secret)),
        None if is_replaced(parameter, add) => Ok(None),
        None => ask_secret(parameter, source, prompt),
    }
}

/// Refuses secrets that are written down, or that nothing asks for.
pub fn check_secrets(add: &Add, set: Option<&ParameterSetDescription>) -> Result<(), Failure> {
    let mut given = add.parameter_secret.iter();
    if given.any(|given| given.name.is_empty() || given.secret.is_none()) {
        return Err(Failure::usage(
            "--secret: write it as NAME=env:VARIABLE, NAME=file:PATH, or NAME=keyring:SERVICE/ACCOUNT",
        ));
    }
    match set {
        None if !add.parameter_secret.is_empty() => Err(Failure::usage(
            "--secret: the connector has no connection parameters",
        )),
        _ => Ok(()),
    }
}

/// Refuses values that nothing asks for.
pub fn check_names(
    add: &Add,
    set: &ParameterSetDescription,
    providers: &[Option<&Provider>],
) -> Result<(), Failure> {
    let is_of_provider = |name: &str| {
        let mut all = providers
            .iter()
            .flatten()
            .flat_map(|each| each.parameters.keys());
        all.any(|known| known.eq_ignore_ascii_case(name))
    };
    let plain = add.parameter.iter().map(|(name, _)| name);
    let secret = add.parameter_secret.iter().map(|given| &given.name);
    let mut given = plain.chain(secret);
    let unknown = given.find(|name| set.parameter(name).is_none() && !is_of_provider(name));
    let Some(unknown) = unknown else {
        return Ok(());
    };
    let known: Vec<&str> = set
        .parameters
        .iter()
        .map(|known| known.name.as_str())
        .collect();
    Err(Failure::usage(format!(
        "--parameter {unknown}: the connector has {}",
        known.join(", ")
    )))
}

/// The value that the arguments have for a parameter, which is not under another spelling in the definition any more.
fn take(
    parameter: &ParameterDescription,
    add: &Add,
    definition: &mut ConnectionDefinition,
) -> Result<Option<String>, Failure> {
    let name = &parameter.name;
    let same = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
    definition
        .parameters
        .retain(|known, _| !known.eq_ignore_ascii_case(name));
    let given = add.parameter.iter().find(same).map(|(_, value)| value);
    if given.is_some() && (is_secret(parameter) || parameter.kind == "oauth") {
        return Err(Failure::usage(format!(
            "--parameter {name}: it is a secret, which is no argument: use --secret {name}=env:VARIABLE, or {name}=file:PATH"
        )));
    }
    let username = add.username.as_ref().filter(|_| is_username(parameter));
    Ok(given.or(username).cloned())
}

fn secret_reference(
    parameter: &ParameterDescription,
    add: &Add,
) -> Result<Option<Secret>, Failure> {
    let mut given = add.parameter_secret.iter();
    let given = given.find(|given| given.name.eq_ignore_ascii_case(&parameter.name));
    Ok(match given.and_then(|given| given.secret.clone()) {
        Some(Secret::File(path)) => Some(Secret::File(absolute(&path)?)),
        other => other,
    })
}

/// The secrets that the set requires and no argument names.
fn open_secrets<'a>(add: &Add, set: &'a ParameterSetDescription) -> Vec<&'a str> {
    let named = |parameter: &ParameterDescription| {
        let mut given = add.parameter_secret.iter();
        given.any(|given| given.name.eq_ignore_ascii_case(&parameter.name))
    };
    let open = set
        .parameters
        .iter()
        .filter(|each| each.required && is_secret(each) && !named(each) && !is_replaced(each, add));
    open.map(|each| each.name.as_str()).collect()
}

/// User names are often declared as secrets, and are none.
fn is_secret(parameter: &ParameterDescription) -> bool {
    parameter.kind == "secret" && !is_username(parameter)
}

fn is_username(parameter: &ParameterDescription) -> bool {
    let mut bindings = parameter.bindings.iter();
    bindings.any(|binding| matches!(binding, BindingDescription::Username(_)))
}

/// Whether the arguments describe the credential that the parameter is for.
fn is_replaced(parameter: &ParameterDescription, add: &Add) -> bool {
    let Some(wanted) = &add.scheme else {
        return false;
    };
    parameter.bindings.iter().any(|binding| match binding {
        BindingDescription::Key(scheme)
        | BindingDescription::Username(scheme)
        | BindingDescription::Password(scheme) => scheme == wanted,
        _ => false,
    })
}

fn exchange_name(parameter: &ParameterDescription) -> Option<String> {
    let mut bindings = parameter.bindings.iter();
    bindings.find_map(|binding| match binding {
        BindingDescription::Exchange(name) => Some(name.clone()),
        _ => None,
    })
}

fn ask(parameter: &ParameterDescription, prompt: &Prompt) -> Result<Option<String>, Failure> {
    let is_open = parameter.required && parameter.default.is_none();
    if !is_open && !prompt.asks() {
        return Ok(None);
    }
    let flag = format!("--parameter {}=…", parameter.name);
    let question = question(parameter);
    let default = parameter.default.as_deref();
    let default = default.or((!parameter.required).then_some(""));
    let value = match parameter.values.is_empty() {
        true => prompt.text(&question, &flag, default)?,
        false => {
            let mut values = parameter.values.clone();
            values.extend((default == Some("")).then(String::new));
            prompt.choice(&question, &flag, &values, default)?
        }
    };
    // A default may change with the connector.
    let says_something = !value.is_empty() && parameter.default.as_ref() != Some(&value);
    Ok(says_something.then_some(value))
}

fn ask_secret(
    parameter: &ParameterDescription,
    source: Option<&SecretSource>,
    prompt: &Prompt,
) -> Result<Option<Secret>, Failure> {
    let none = SecretSource::default();
    let question = question(parameter);
    let source = source
        .filter(|source| parameter.required && source.is_given())
        .unwrap_or(&none);
    if prompt.asks() || source.is_given() {
        return match parameter.required && parameter.default.is_none() {
            true => prompt.secret(&question, source).map(Some),
            false => prompt.secret_if_any(&question, source),
        };
    }
    if !parameter.required || parameter.default.is_some() {
        return Ok(None);
    }
    Err(Failure::usage(format!(
        "{question}: give it with --secret {0}=env:VARIABLE or {0}=file:PATH, or, if it is the only secret, with --secret-env, --secret-file, or --secret-stdin",
        parameter.name
    )))
}

fn question(parameter: &ParameterDescription) -> String {
    match &parameter.description {
        Some(description) => format!("{} ({description})", parameter.name),
        None => parameter.name.clone(),
    }
}

fn checked(parameter: &ParameterDescription, value: String) -> Result<String, Failure> {
    if parameter.values.is_empty() || parameter.values.contains(&value) {
        return Ok(value);
    }
    Err(Failure::usage(format!(
        "--parameter {}: `{value}` is none of {}",
        parameter.name,
        parameter.values.join(", ")
    )))
}

fn grant(name: &str) -> Grant {
    match name.eq_ignore_ascii_case("client_credentials") {
        true => Grant::ClientCredentials,
        false => Grant::AuthorizationCode,
    }
}
