//! `connector add`.

use std::fs;
use std::path::Path;

use connector_runtime::Client;
use connector_runtime::environment::{
    ConnectionDefinition, ConnectorDescription, CredentialDefinition, Environment,
    ParameterSetDescription, Secret, ServerDescription, VariableDescription,
};
use connector_runtime::oauth::Provider;
use url::{Host, Url};

use super::arguments::{self, Add};
use super::exit::{Failure, Outcome};
use super::prompt::Prompt;
use super::{credential, oauth, parameters, sign_in, test};

/// Adds a connection.
pub async fn run(environment: &Environment, add: Add, json: bool) -> Outcome {
    let prompt = Prompt::new(json);
    let which = &add.which;
    Environment::check_names(&which.connector, &which.name)?;
    if environment
        .definition(&which.connector, &which.name)
        .await?
        .is_some()
    {
        return Err(Failure::usage(format!(
            "there is a connection `{1}` of `{0}` already: remove it first with `connector remove {0} {1}`",
            which.connector, which.name
        )));
    }
    let definition = definition(&add, &prompt)?;
    check(environment, &add, &definition)?;
    environment
        .add(&which.connector, &which.name, &definition)
        .await?;
    let needs_person = definition.credentials.values().any(|credential| {
        matches!(credential, CredentialDefinition::OAuth(oauth) if oauth.grant.needs_sign_in())
    });
    if json {
        say!(
            "{}",
            serde_json::json!({ "added": { "connector": which.connector, "name": which.name }, "needs_sign_in": needs_person })
        );
        return Ok(());
    }
    say!("added {} {}", which.connector, which.name);
    if needs_person && add.no_sign_in {
        say!(
            "sign in with: connector sign-in {} {}",
            which.connector,
            which.name
        );
    } else if needs_person {
        let arguments = arguments::SignIn {
            which: which.clone(),
            scheme: None,
            way: add.way,
        };
        let signed_in = sign_in::run(environment, &arguments, json).await;
        // The connection stays when the sign-in fails: it can be tried again.
        return signed_in.map_err(|failure| {
            failure.with_hint(&format!(
                "the connection is kept; try again with: connector sign-in {} {}",
                which.connector, which.name
            ))
        });
    }
    Ok(())
}

/// The connection that arguments and answers make.
fn definition(add: &Add, prompt: &Prompt) -> Result<ConnectionDefinition, Failure> {
    let description = match &add.from {
        Some(path) => Some(read_description(path)?),
        None => None,
    };
    let provider = match &add.oauth.provider {
        Some(name) => Some(oauth::named_provider(name)?),
        None => None,
    };
    let mut definition = address(add, description.as_ref(), provider.as_ref(), prompt)?;
    let set = parameters::set(add, description.as_ref(), prompt)?;
    parameters::check_secrets(add, set)?;
    let scheme = match (set, &description) {
        (Some(set), Some(description)) => with_parameters(
            add,
            set,
            description,
            provider.as_ref(),
            &mut definition,
            prompt,
        )?,
        _ => credential::scheme(add, description.as_ref(), prompt)?,
    };
    let named = credential::credential(add, scheme, provider, &mut definition, prompt)?;
    if let Some((scheme, credential)) = named {
        definition.credentials.insert(scheme, credential);
    }
    definition.description = description;
    Ok(definition)
}

/// Gives the definition the connection parameters of a set; what is left to ask for is the credential for the scheme.
fn with_parameters(
    add: &Add,
    set: &ParameterSetDescription,
    description: &ConnectorDescription,
    provider: Option<&Provider>,
    definition: &mut ConnectionDefinition,
    prompt: &Prompt,
) -> Result<Option<credential::Scheme>, Failure> {
    let oauth = set.oauth_scheme();
    let scheme = oauth.and_then(|name| description.scheme(name));
    let own = scheme.and_then(|scheme| scheme.provider.as_deref());
    parameters::check_names(add, set, &[provider, own])?;
    if description.parameter_sets.len() > 1 {
        definition.parameter_set = Some(set.name.clone());
    }
    let application = parameters::fill(add, set, definition, prompt)?;
    match (oauth, &add.scheme) {
        // The parameters are the credential.
        (None, None) if add.kind.is_none() => Ok(None),
        (Some(_), None) if application.has_token => Ok(None),
        (Some(name), None) => credential::named(add, description, name)
            .map(|scheme| scheme.map(|scheme| scheme.of(application))),
        (oauth, _) => {
            let scheme = credential::scheme(add, Some(description), prompt)?;
            Ok(scheme.map(|scheme| match oauth == Some(scheme.name()) {
                true => scheme.of(application),
                false => scheme,
            }))
        }
    }
}

/// Tries all that can be tried before anything is kept: addresses, files, keys, certificates.
fn check(environment: &Environment, add: &Add, definition: &ConnectionDefinition) -> Outcome {
    let variables = [&add.secret.secret_env, &add.oauth.client_secret_env];
    let named = add.parameter_secret.iter();
    let named = named.filter_map(|given| match &given.secret {
        Some(Secret::Env(name)) => Some(name),
        _ => None,
    });
    let mut unset = variables
        .into_iter()
        .flatten()
        .chain(named)
        .filter(|name| std::env::var_os(name).is_none_or(|value| value.is_empty()))
        .peekable();
    if unset.peek().is_some() {
        // It may be set where the connection is used.
        for name in unset {
            eprintln!("warning: the environment variable {name} is not set here");
        }
        return Ok(());
    }
    if let Some(url) = definition.base_url.as_deref()
        && is_legible(url)
        && !definition.allow_insecure_credentials
        && !(definition.credentials.is_empty() && definition.secrets.is_empty())
    {
        return Err(Failure::usage(format!(
            "{url} is not https: credentials are not sent there, unless you add --allow-insecure-credentials"
        )));
    }
    let api = test::described(definition, &add.which.connector).leak();
    let connection = environment.trial(api, definition)?;
    Client::builder(api).connection(connection).build()?;
    Ok(())
}

/// Whether others can read what is sent there.
fn is_legible(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !is_loopback
}

/// What a connector says about itself.
pub fn read_description(path: &Path) -> Result<ConnectorDescription, Failure> {
    let file = match path.is_dir() {
        true => path.join("connector.json"),
        false => path.to_owned(),
    };
    let text = fs::read_to_string(&file)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", file.display())))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!(
            "{} does not describe a connector: {error}",
            file.display()
        ))
    })
}

/// A path that stays right wherever the program is run.
pub fn absolute(path: &Path) -> Result<std::path::PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

fn address(
    add: &Add,
    description: Option<&ConnectorDescription>,
    provider: Option<&Provider>,
    prompt: &Prompt,
) -> Result<ConnectionDefinition, Failure> {
    let mut definition = ConnectionDefinition::default();
    definition.server = add.server;
    definition.server_variables = add.variable.iter().cloned().collect();
    definition.parameters = add.parameter.iter().cloned().collect();
    definition.allow_insecure_credentials = add.allow_insecure_credentials;
    for path in &add.root_certificate {
        definition.root_certificates.push(absolute(path)?);
    }
    if let Some(path) = &add.client_identity {
        definition.client_identity = Some(Secret::File(absolute(path)?));
    }
    let servers = description.map_or(&[][..], |description| &description.servers);
    if let Some(index) = add.server
        && index >= servers.len()
    {
        return Err(Failure::usage(format!(
            "--server {index}: the document has {} servers, counted from 0",
            servers.len()
        )));
    }
    let server = server(add, servers);
    let known = |name: &str| {
        let variables = server.iter().flat_map(|server| &server.variables);
        variables.into_iter().any(|variable| variable.name == name)
    };
    if let Some((name, _)) = add.variable.iter().find(|(name, _)| !known(name)) {
        return Err(Failure::usage(format!(
            "--variable {name}: the server's URL has no such variable"
        )));
    }
    definition.base_url = match (&add.base_url, server) {
        (Some(url), _) => Some(url.clone()),
        (None, _) if provider.is_some_and(|provider| provider.base_url.is_some()) => None,
        (None, Some(server)) => {
            for variable in &server.variables {
                if !definition.server_variables.contains_key(&variable.name) {
                    let value = server_variable(variable, prompt)?;
                    definition
                        .server_variables
                        .insert(variable.name.clone(), value);
                }
            }
            None
        }
        _ => Some(prompt.text("The API's address", "--base-url", None)?),
    };
    Ok(definition)
}

/// The server of the document, if its address is complete.
fn server<'a>(add: &Add, servers: &'a [ServerDescription]) -> Option<&'a ServerDescription> {
    let server = servers.get(add.server.unwrap_or_default())?;
    (server.url.contains("://") || server.url.starts_with('{')).then_some(server)
}

fn server_variable(variable: &VariableDescription, prompt: &Prompt) -> Result<String, Failure> {
    let question = format!("Server variable `{}`", variable.name);
    let flag = format!("--variable {}=…", variable.name);
    let default = Some(variable.default.as_str()).filter(|text| !text.is_empty());
    match variable.values.is_empty() {
        true => prompt.text(&question, &flag, default),
        false => prompt.choice(&question, &flag, &variable.values, default),
    }
}
