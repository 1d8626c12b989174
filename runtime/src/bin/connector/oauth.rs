//! What `connector add` has to know for OAuth 2.0: the grant, the client, the authorization server.

use std::fs;
use std::path::Path;

use clap::ValueEnum as _;
use connector_runtime::environment::{
    ConnectionDefinition, GrantDefinition, OAuthDefinition, ProviderReference, SchemeDescription,
    Secret,
};
use connector_runtime::oauth::{ClientAuthentication, Provider};
use url::Url;

use super::add::absolute;
use super::arguments::{Add, Grant};
use super::exit::Failure;
use super::parameters::Application;
use super::prompt::Prompt;

/// The OAuth client that arguments and answers make.
pub fn oauth(
    add: &Add,
    scheme: Option<&SchemeDescription>,
    application: Application,
    named: Option<Provider>,
    definition: &mut ConnectionDefinition,
    prompt: &Prompt,
) -> Result<OAuthDefinition, Failure> {
    let options = &add.oauth;
    let grant = match options.grant.or(application.grant) {
        Some(grant) => grant,
        None => grant_of(scheme, prompt)?,
    };
    let server = match scheme.and_then(|scheme| scheme.provider.as_deref()) {
        Some(own) => of_connector(add, own, &application, named, definition, prompt)?,
        None => Some(provider(
            add,
            grant.into(),
            scheme,
            named,
            definition,
            prompt,
        )?),
    };
    let id = match options.client_id.clone().or(application.id) {
        Some(id) => id,
        None => prompt.text("Client id", "--client-id", None)?,
    };
    let mut oauth = OAuthDefinition::new(grant.into(), id);
    oauth.provider = server;
    oauth.client_secret = application.secret;
    oauth.authentication = options.authentication.map(Into::into);
    oauth.key_id.clone_from(&options.key_id);
    oauth.redirect_port = options.redirect_port;
    if let Some(path) = &options.private_key {
        oauth.private_key = Some(Secret::File(absolute(path)?));
    }
    secrets(add, grant, &mut oauth, prompt)?;
    if oauth.authentication == Some(ClientAuthentication::Tls)
        && definition.client_identity.is_none()
    {
        return Err(Failure::usage(
            "--authentication tls: give the certificate with its key with --client-identity",
        ));
    }
    oauth.scopes = scopes(add, grant, scheme, prompt)?;
    Ok(oauth)
}

/// The client's secret or key, and the person's password.
fn secrets(
    add: &Add,
    grant: Grant,
    oauth: &mut OAuthDefinition,
    prompt: &Prompt,
) -> Result<(), Failure> {
    let options = &add.oauth;
    if let Some(variable) = &options.client_secret_env {
        oauth.client_secret = Some(Secret::Env(variable.clone()));
    }
    // Programs on a person's machine keep no secret; if this one has one, the server wants it.
    let has_proof = options.public || oauth.private_key.is_some() || oauth.client_secret.is_some();
    match grant {
        Grant::Password => {
            oauth.username = match &add.username {
                Some(name) => Some(name.clone()),
                None => Some(prompt.text("User name", "--username", None)?),
            };
            oauth.password = Some(prompt.secret("Password", &add.secret)?);
        }
        Grant::JwtBearer => {
            oauth.username.clone_from(&add.username);
            if oauth.private_key.is_none() {
                let path =
                    prompt.text("File with the private key, in PEM", "--private-key", None)?;
                oauth.private_key = Some(Secret::File(absolute(Path::new(&path))?));
            }
        }
        _ if has_proof => {}
        Grant::ClientCredentials => {
            oauth.client_secret = Some(prompt.secret("Client secret", &add.secret)?);
        }
        _ => {
            let question = match prompt.suggestion("") {
                Some(_) => "Client secret (empty if there is none)",
                None => "Client secret (--public if there is none)",
            };
            oauth.client_secret = prompt.secret_if_any(question, &add.secret)?;
        }
    }
    Ok(())
}

/// The scopes to ask for: without them, a person would sign in for whatever the server thinks.
fn scopes(
    add: &Add,
    grant: Grant,
    scheme: Option<&SchemeDescription>,
    prompt: &Prompt,
) -> Result<Option<Vec<String>>, Failure> {
    if !add.oauth.scope.is_empty() {
        return Ok(Some(add.oauth.scope.clone()));
    }
    if !GrantDefinition::from(grant).needs_sign_in() {
        return Ok(None);
    }
    let mut known: Vec<&str> = Vec::new();
    for flow in scheme.iter().flat_map(|scheme| &scheme.flows) {
        known.extend(flow.scopes.iter().map(String::as_str));
    }
    known.sort_unstable();
    known.dedup();
    // A connector asks for its own.
    if scheme.is_some_and(|scheme| scheme.provider.is_some()) {
        return Ok(None);
    }
    if !known.is_empty() {
        prompt.say(&format!("Scopes in the document: {}", known.join(" ")));
    }
    let answer =
        prompt.text_if_any("Scopes, with spaces between them (none: as the server likes)")?;
    let scopes: Vec<String> = answer.split_whitespace().map(str::to_owned).collect();
    Ok((!scopes.is_empty()).then_some(scopes))
}

/// The grant that the document offers; asks if there are several.
fn grant_of(scheme: Option<&SchemeDescription>, prompt: &Prompt) -> Result<Grant, Failure> {
    let has =
        |kind: &str| scheme.is_some_and(|scheme| scheme.flows.iter().any(|flow| flow.kind == kind));
    let mut grants = Vec::new();
    if scheme.is_some_and(|scheme| scheme.provider.is_some()) {
        return Ok(Grant::AuthorizationCode);
    }
    if has("authorization_code") || scheme.is_some_and(|scheme| scheme.kind == "open_id_connect") {
        grants.push(Grant::AuthorizationCode);
    }
    for (flow, grant) in [
        ("device_authorization", Grant::DeviceCode),
        ("client_credentials", Grant::ClientCredentials),
        ("password", Grant::Password),
    ] {
        if has(flow) {
            grants.push(grant);
        }
    }
    if grants.is_empty() && has("implicit") {
        return Err(Failure::usage(
            "the document only has the implicit flow, which gives tokens away in URLs (RFC 9700 section 2.1.2): use --grant authorization-code with --authorization-url and --token-url of the server",
        ));
    }
    if let [only] = grants.as_slice() {
        return Ok(*only);
    }
    let default = grants.first().copied();
    if grants.is_empty() {
        grants = Grant::value_variants().to_vec();
    }
    let name = |grant: &Grant| {
        let value = grant.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    };
    let names: Vec<String> = grants.iter().map(name).collect();
    let default = default.as_ref().map(name);
    let question = "How tokens come into being";
    let chosen = prompt.choice(question, "--grant", &names, default.as_deref())?;
    Grant::from_str(&chosen, false).map_err(Failure::usage)
}

/// A known provider by its name, or one that a file describes.
pub fn named_provider(name: &str) -> Result<Provider, Failure> {
    let unknown = match Provider::known(name) {
        Ok(provider) => return Ok(provider),
        Err(error) => error,
    };
    let text = fs::read_to_string(name).map_err(|error| {
        Failure::usage(format!(
            "{unknown}; and there is no file `{name}` that describes one: {error}"
        ))
    })?;
    let read = match Path::new(name).extension() {
        Some(extension) if extension == "toml" => {
            toml::from_str(&text).map_err(|error| error.to_string())
        }
        _ => serde_json::from_str(&text).map_err(|error| error.to_string()),
    };
    read.map_err(|error| Failure::usage(format!("{name} does not describe a provider: {error}")))
}

fn provider(
    add: &Add,
    grant: GrantDefinition,
    scheme: Option<&SchemeDescription>,
    named: Option<Provider>,
    definition: &mut ConnectionDefinition,
    prompt: &Prompt,
) -> Result<ProviderReference, Failure> {
    let mut provider = match named {
        Some(named) => named,
        None => {
            let base = document_address(add, definition);
            scheme
                .map(|scheme| scheme.provider(grant, base.as_ref()))
                .unwrap_or_default()
        }
    };
    override_endpoints(&mut provider, add);
    let has_endpoint = |provider: &Provider| {
        provider.token_url.is_some()
            || provider.issuer.is_some()
            || provider.configuration_url.is_some()
    };
    if !has_endpoint(&provider) {
        let question = "Authorization server: its issuer's URL, or a known one such as `github`";
        let flag = "--issuer, --token-url, or --provider";
        let answer = prompt.text(question, flag, None)?;
        match Url::parse(&answer) {
            Ok(_) => provider.issuer = Some(answer),
            Err(_) => provider = named_provider(&answer)?,
        }
    }
    ask_values(&provider, &[], definition, prompt)?;
    Ok(referred_to(provider))
}

/// The authorization server where the connector describes it: only what is different is kept, so that the rest can grow with the
/// connector.
fn of_connector(
    add: &Add,
    own: &Provider,
    application: &Application,
    named: Option<Provider>,
    definition: &mut ConnectionDefinition,
    prompt: &Prompt,
) -> Result<Option<ProviderReference>, Failure> {
    let mut provider = named.unwrap_or_default();
    override_endpoints(&mut provider, add);
    // What the connector knows by itself is not kept: it may change with the connector.
    let known = own.parameters.iter();
    let known = known.filter(|(_, parameter)| parameter.default.is_some());
    let mut asked = application.asked.clone();
    asked.extend(known.map(|(name, _)| name.clone()));
    ask_values(own, &asked, definition, prompt)?;
    ask_values(&provider, &asked, definition, prompt)?;
    Ok((provider != Provider::default()).then(|| referred_to(provider)))
}

/// The endpoints that arguments name.
fn override_endpoints(provider: &mut Provider, add: &Add) {
    let options = &add.oauth;
    for (place, given) in [
        (&mut provider.issuer, &options.issuer),
        (&mut provider.token_url, &options.token_url),
        (&mut provider.authorization_url, &options.authorization_url),
    ] {
        if given.is_some() {
            place.clone_from(given);
        }
    }
}

/// Asks for the values that the provider's templates need, but for those that were asked for.
fn ask_values(
    provider: &Provider,
    asked: &[String],
    definition: &mut ConnectionDefinition,
    prompt: &Prompt,
) -> Result<(), Failure> {
    for (name, parameter) in &provider.parameters {
        let same = |known: &String| known.eq_ignore_ascii_case(name);
        if definition.parameters.keys().any(same) || asked.iter().any(same) {
            continue;
        }
        let question = match &parameter.description {
            Some(description) => format!("{name} ({description})"),
            None => name.clone(),
        };
        let flag = format!("--parameter {name}=…");
        let default = parameter.default.as_deref();
        let value = match parameter.values.is_empty() {
            true => prompt.text(&question, &flag, default)?,
            false => prompt.choice(&question, &flag, &parameter.values, default)?,
        };
        definition.parameters.insert(name.clone(), value);
    }
    Ok(())
}

fn referred_to(provider: Provider) -> ProviderReference {
    // By its name, so that what is known about it can grow.
    match Provider::known(&provider.name) {
        Ok(known) if known == provider => ProviderReference::Known(provider.name),
        _ => ProviderReference::Described(Box::new(provider)),
    }
}

/// What relative URLs in the document are relative to.
fn document_address(add: &Add, definition: &ConnectionDefinition) -> Option<Url> {
    let described = || {
        let description = super::add::read_description(add.from.as_deref()?).ok()?;
        let index = add.server.unwrap_or_default();
        Some(description.servers.get(index)?.url.clone())
    };
    let url = definition.base_url.clone().or_else(described)?;
    Url::parse(&url).ok()
}
