//! `connector add`.

use std::fs;
use std::path::Path;

use connector_runtime::environment::{
    ConnectionDefinition, ConnectorDescription, CredentialDefinition, Environment, GrantDefinition,
    OAuthDefinition, ProviderReference, SchemeDescription, Secret,
};
use connector_runtime::oauth::Provider;

use super::arguments::{self, Add, Kind};
use super::exit::{Failure, Outcome};
use super::prompt::Prompt;
use super::sign_in;

/// Adds a connection.
pub async fn run(environment: &Environment, add: Add, json: bool) -> Outcome {
    let prompt = Prompt::new(json);
    let which = &add.which;
    if environment
        .definition(&which.connector, &which.name)
        .await?
        .is_some()
    {
        return Err(Failure::usage(format!(
            "there is a connection `{}` of `{}` already; remove it first",
            which.name, which.connector
        )));
    }
    let description = match &add.from {
        Some(path) => Some(read_description(path)?),
        None => None,
    };
    let mut definition = address(&add, description.as_ref(), &prompt)?;
    let credential = credential(&add, description.as_ref(), &definition, &prompt)?;
    let needs_person = matches!(&credential, Some((_, CredentialDefinition::OAuth(oauth))) if oauth.grant.needs_sign_in());
    if let Some((scheme, credential)) = credential {
        definition.credentials.insert(scheme, credential);
    }
    definition.description = description;
    environment
        .add(&which.connector, &which.name, &definition)
        .await?;
    if needs_person && !add.no_sign_in && !json {
        let arguments = arguments::SignIn {
            which: arguments::Which {
                connector: which.connector.clone(),
                name: which.name.clone(),
            },
            scheme: None,
            device: false,
            no_browser: false,
        };
        // The connection stays when the sign-in fails: it can be tried again.
        return sign_in::run(environment, &arguments, json).await;
    }
    if json {
        println!(
            "{}",
            serde_json::json!({ "added": { "connector": which.connector, "name": which.name }, "needs_sign_in": needs_person })
        );
    } else {
        println!("added {} {}", which.connector, which.name);
    }
    Ok(())
}

fn read_description(path: &Path) -> Result<ConnectorDescription, Failure> {
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

fn address(
    add: &Add,
    description: Option<&ConnectorDescription>,
    prompt: &Prompt,
) -> Result<ConnectionDefinition, Failure> {
    let mut definition = ConnectionDefinition::default();
    definition.server = add.server;
    definition.server_variables = add.variable.iter().cloned().collect();
    definition.parameters = add.parameter.iter().cloned().collect();
    definition.root_certificates = add
        .root_certificate
        .iter()
        .map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()))
        .collect();
    if let Some(path) = &add.client_identity {
        let path = std::path::absolute(path).map_err(|error| Failure::usage(error.to_string()))?;
        definition.client_identity = Some(Secret::File(path));
    }
    let servers = description.map_or(&[][..], |description| &description.servers);
    definition.base_url = match (&add.base_url, servers.get(add.server.unwrap_or_default())) {
        (Some(url), _) => Some(url.clone()),
        (None, Some(server)) if server.url.contains("://") || server.url.starts_with('{') => {
            for variable in &server.variables {
                if !variable.values.is_empty()
                    || definition.server_variables.contains_key(&variable.name)
                {
                    continue;
                }
                let flag = format!("--variable {}=…", variable.name);
                let default = Some(variable.default.as_str()).filter(|text| !text.is_empty());
                let value = prompt.text(
                    &format!("Server variable `{}`", variable.name),
                    &flag,
                    default,
                )?;
                definition
                    .server_variables
                    .insert(variable.name.clone(), value);
            }
            None
        }
        _ => Some(prompt.text("The API's address", "--base-url", None)?),
    };
    Ok(definition)
}

type Named = Option<(String, CredentialDefinition)>;

fn credential(
    add: &Add,
    description: Option<&ConnectorDescription>,
    definition: &ConnectionDefinition,
    prompt: &Prompt,
) -> Result<Named, Failure> {
    let scheme = match (&add.scheme, description) {
        (Some(name), Some(description)) => {
            Some(description.scheme(name).cloned().ok_or_else(|| {
                Failure::usage(format!("the connector has no security scheme `{name}`"))
            })?)
        }
        (None, Some(description))
            if description.security_schemes.is_empty() && add.kind.is_none() =>
        {
            return Ok(None);
        }
        (None, Some(description)) => {
            let names: Vec<String> = description
                .security_schemes
                .iter()
                .map(|scheme| scheme.name.clone())
                .collect();
            let name = prompt.choice("Security scheme", "--scheme", &names)?;
            description.scheme(&name).cloned()
        }
        (Some(_), None) | (None, None) => None,
    };
    let kind = match (add.kind, scheme.as_ref().and_then(kind_of)) {
        (Some(kind), _) | (None, Some(kind)) => kind,
        (None, None)
            if scheme
                .as_ref()
                .is_some_and(|scheme| scheme.kind == "mutual_tls") =>
        {
            return Ok(None);
        }
        (None, None) => {
            return Err(Failure::usage(
                "say what kind of credential it is with --type, or describe the connector with --from",
            ));
        }
    };
    let name = match (&scheme, &add.scheme) {
        (Some(scheme), _) => scheme.name.clone(),
        (None, Some(name)) => name.clone(),
        (None, None) => return Err(Failure::usage("name the security scheme with --scheme")),
    };
    let account = |question: &str| match &add.username {
        Some(name) => Ok(name.clone()),
        None => prompt.text(question, "--username", None),
    };
    let secret = |question: &str| prompt.secret(question, &add.secret);
    let credential = match kind {
        Kind::None => CredentialDefinition::None,
        Kind::Password => CredentialDefinition::Password {
            username: account("User name")?,
            password: secret("Password")?,
        },
        Kind::Key => CredentialDefinition::Key {
            key: secret("Key or token")?,
        },
        Kind::SharedKey => CredentialDefinition::SharedKey {
            account: account("Storage account")?,
            key: secret("Access key")?,
        },
        Kind::AwsSigv4 => CredentialDefinition::AwsSigv4 {
            access_key_id: account("Access key id")?,
            secret_access_key: secret("Secret access key")?,
            session_token: None,
            region: definition.parameters.get("region").cloned(),
            service: definition.parameters.get("service").cloned(),
        },
        Kind::OAuth2 => {
            CredentialDefinition::OAuth(Box::new(oauth(add, scheme.as_ref(), definition, prompt)?))
        }
    };
    Ok(Some((name, credential)))
}

fn kind_of(scheme: &SchemeDescription) -> Option<Kind> {
    match scheme.kind.as_str() {
        "basic" | "digest" => Some(Kind::Password),
        "bearer" | "http" | "api_key" => Some(Kind::Key),
        "oauth2" | "open_id_connect" => Some(Kind::OAuth2),
        "azure_shared_key" => Some(Kind::SharedKey),
        "aws_sigv4" => Some(Kind::AwsSigv4),
        _ => None,
    }
}

fn oauth(
    add: &Add,
    scheme: Option<&SchemeDescription>,
    definition: &ConnectionDefinition,
    prompt: &Prompt,
) -> Result<OAuthDefinition, Failure> {
    let options = &add.oauth;
    let grant = match options.grant {
        Some(grant) => grant.into(),
        None => documented_grant(scheme)?,
    };
    let id = match &options.client_id {
        Some(id) => id.clone(),
        None => prompt.text("Client id", "--client-id", None)?,
    };
    let mut oauth = OAuthDefinition::new(grant, id);
    oauth.provider = Some(provider(add, grant, scheme, definition)?);
    oauth.authentication = options.authentication.map(Into::into);
    oauth.key_id.clone_from(&options.key_id);
    oauth.redirect_port = options.redirect_port;
    oauth.scopes = (!options.scope.is_empty()).then(|| options.scope.clone());
    if let Some(path) = &options.private_key {
        let path = std::path::absolute(path).map_err(|error| Failure::usage(error.to_string()))?;
        oauth.private_key = Some(Secret::File(path));
    }
    match grant {
        GrantDefinition::Password => {
            oauth.username = match &add.username {
                Some(name) => Some(name.clone()),
                None => Some(prompt.text("User name", "--username", None)?),
            };
            oauth.password = Some(prompt.secret("Password", &add.secret)?);
        }
        GrantDefinition::JwtBearer => oauth.username.clone_from(&add.username),
        // Programs on a person's machine keep no secret; if this one has one, the server wants it.
        _ if options.public || oauth.private_key.is_some() => {}
        _ => {
            oauth.client_secret =
                Some(prompt.secret("Client secret (--public if there is none)", &add.secret)?)
        }
    }
    Ok(oauth)
}

fn documented_grant(scheme: Option<&SchemeDescription>) -> Result<GrantDefinition, Failure> {
    let Some(scheme) = scheme else {
        return Err(Failure::usage(
            "say how tokens come into being with --grant",
        ));
    };
    let has = |kind: &str| scheme.flows.iter().any(|flow| flow.kind == kind);
    match scheme.kind.as_str() {
        "open_id_connect" => Ok(GrantDefinition::AuthorizationCode),
        _ if has("authorization_code") => Ok(GrantDefinition::AuthorizationCode),
        _ if has("device_authorization") => Ok(GrantDefinition::DeviceCode),
        _ if has("client_credentials") => Ok(GrantDefinition::ClientCredentials),
        _ if has("password") => Ok(GrantDefinition::Password),
        _ if has("implicit") => Err(Failure::usage(
            "the document only has the implicit flow, which gives tokens away in URLs (RFC 9700 section 2.1.2): use --grant authorization-code with --authorization-url and --token-url of the server",
        )),
        _ => Err(Failure::usage(
            "the document has no flow: say how tokens come into being with --grant",
        )),
    }
}

fn provider(
    add: &Add,
    grant: GrantDefinition,
    scheme: Option<&SchemeDescription>,
    definition: &ConnectionDefinition,
) -> Result<ProviderReference, Failure> {
    let options = &add.oauth;
    let overridden = options.issuer.is_some()
        || options.token_url.is_some()
        || options.authorization_url.is_some();
    let mut provider = match &options.provider {
        Some(name) if !overridden && Provider::known(name).is_ok() => {
            return Ok(ProviderReference::Known(name.clone()));
        }
        Some(name) if Provider::known(name).is_ok() => Provider::known(name)?,
        Some(file) => {
            let text = fs::read_to_string(file).map_err(|error| {
                Failure::usage(format!(
                    "`{file}` is neither a known provider nor a file that can be read: {error}"
                ))
            })?;
            serde_json::from_str(&text).map_err(|error| {
                Failure::usage(format!("{file} does not describe a provider: {error}"))
            })?
        }
        None => {
            let base = definition
                .base_url
                .as_deref()
                .and_then(|url| url.parse().ok());
            scheme
                .map(|scheme| scheme.provider(grant, base.as_ref()))
                .unwrap_or_default()
        }
    };
    for (place, given) in [
        (&mut provider.issuer, &options.issuer),
        (&mut provider.token_url, &options.token_url),
        (&mut provider.authorization_url, &options.authorization_url),
    ] {
        if given.is_some() {
            place.clone_from(given);
        }
    }
    if provider.token_url.is_none()
        && provider.issuer.is_none()
        && provider.configuration_url.is_none()
    {
        return Err(Failure::usage(
            "where tokens are handed out is not known: give --provider, --issuer, or --token-url",
        ));
    }
    Ok(ProviderReference::Described(Box::new(provider)))
}
