//! Who is calling: the scheme, the kind of credential, its parts.

use clap::ValueEnum as _;
use connector_runtime::environment::{
    ConnectionDefinition, ConnectorDescription, CredentialDefinition, SchemeDescription,
};
use connector_runtime::oauth::Provider;

use super::arguments::{Add, Kind};
use super::exit::Failure;
use super::oauth;
use super::parameters::Application;
use super::prompt::Prompt;

/// What a credential is for.
pub struct Scheme {
    name: String,
    kind: Kind,
    /// As the connector describes it.
    pub described: Option<SchemeDescription>,
    /// What its connection parameters say.
    application: Application,
}

impl Scheme {
    /// Its name in the document.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// With what the connection parameters say about the application.
    pub fn of(self, application: Application) -> Self {
        Self {
            application,
            ..self
        }
    }
}

/// The scheme that a credential is for; `None` if none is needed.
pub fn scheme(
    add: &Add,
    description: Option<&ConnectorDescription>,
    prompt: &Prompt,
) -> Result<Option<Scheme>, Failure> {
    match description {
        Some(description) => described(add, description, prompt),
        None => invented(add, prompt).map(Some),
    }
}

fn described(
    add: &Add,
    description: &ConnectorDescription,
    prompt: &Prompt,
) -> Result<Option<Scheme>, Failure> {
    let schemes = &description.security_schemes;
    let names: Vec<String> = schemes.iter().map(|scheme| scheme.name.clone()).collect();
    let name = match &add.scheme {
        Some(name) => name.clone(),
        None if schemes.is_empty() && add.kind.is_none() => return Ok(None),
        None => {
            if schemes.len() > 1 {
                let width = names.iter().map(|name| name.chars().count()).max();
                let width = width.unwrap_or_default();
                prompt.say(&format!("Security schemes of {}:", description.name));
                for scheme in schemes {
                    prompt.say(&format!("  {:width$}  {}", scheme.name, scheme.kind));
                }
            }
            prompt.choice("Security scheme", "--scheme", &names, None)?
        }
    };
    named(add, description, &name)
}

/// A scheme of the description by its name.
pub fn named(
    add: &Add,
    description: &ConnectorDescription,
    name: &str,
) -> Result<Option<Scheme>, Failure> {
    let Some(scheme) = description.scheme(name) else {
        let schemes = description.security_schemes.iter();
        let names: Vec<&str> = schemes.map(|scheme| scheme.name.as_str()).collect();
        return Err(Failure::usage(format!(
            "`{}` has no security scheme `{name}`; it has {}",
            description.name,
            names.join(", ")
        )));
    };
    let kind = match (add.kind, scheme.kind.as_str()) {
        (Some(kind), _) => kind,
        (None, "basic" | "digest") => Kind::Password,
        (None, "oauth2" | "open_id_connect") => Kind::OAuth2,
        // A provider of the connector's tells that its tokens are those of OAuth, wherever they are sent.
        (None, _) if scheme.provider.is_some() => Kind::OAuth2,
        (None, "azure_shared_key") => Kind::SharedKey,
        (None, "aws_sigv4") => Kind::AwsSigv4,
        (None, "mutual_tls") if add.client_identity.is_none() => {
            return Err(Failure::usage(
                "the security scheme is mutual TLS: give the certificate with its key with --client-identity",
            ));
        }
        // The certificate is the connection's, not a credential.
        (None, "mutual_tls") => return Ok(None),
        (None, _) => Kind::Key,
    };
    Ok(Some(Scheme {
        name: name.to_owned(),
        kind,
        described: Some(scheme.clone()),
        application: Application::default(),
    }))
}

/// Without a description, somebody has to say all of it.
fn invented(add: &Add, prompt: &Prompt) -> Result<Scheme, Failure> {
    let kind = match add.kind {
        Some(kind) => kind,
        None if add.oauth.grant.is_some() || add.oauth.provider.is_some() => Kind::OAuth2,
        None => {
            let names: Vec<String> = Kind::value_variants().iter().map(Kind::name).collect();
            let name = prompt.choice(
                "Kind of credential",
                "--type",
                &names,
                prompt.suggestion("key"),
            )?;
            Kind::from_str(&name, false).map_err(Failure::usage)?
        }
    };
    let name = match &add.scheme {
        Some(name) => name.clone(),
        None => prompt.text(
            "Security scheme, as the API's document names it",
            "--scheme",
            prompt.suggestion(kind.usual_scheme()),
        )?,
    };
    Ok(Scheme {
        name,
        kind,
        described: None,
        application: Application::default(),
    })
}

/// The credential for a scheme.
pub fn credential(
    add: &Add,
    scheme: Option<Scheme>,
    provider: Option<Provider>,
    definition: &mut ConnectionDefinition,
    prompt: &Prompt,
) -> Result<Option<(String, CredentialDefinition)>, Failure> {
    let Some(scheme) = scheme else {
        return Ok(None);
    };
    let account = |question: &str| match &add.username {
        Some(name) => Ok(name.clone()),
        None => prompt.text(question, "--username", None),
    };
    let secret = |question: &str| prompt.secret(question, &add.secret);
    let credential = match scheme.kind {
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
            region: add.region.clone(),
            service: add.service.clone(),
        },
        Kind::OAuth2 => {
            let described = scheme.described.as_ref();
            let application = scheme.application;
            let oauth = oauth::oauth(add, described, application, provider, definition, prompt)?;
            CredentialDefinition::OAuth(Box::new(oauth))
        }
    };
    Ok(Some((scheme.name, credential)))
}

impl Kind {
    fn name(&self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What documents often call such a scheme.
    const fn usual_scheme(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Password => "basic",
            Self::Key => "bearer",
            Self::OAuth2 => "oauth",
            Self::SharedKey => "sharedKey",
            Self::AwsSigv4 => "sigv4",
        }
    }
}
