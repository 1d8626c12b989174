//! A connection from environment variables.

use std::env::{self, VarError};
use std::fs;

use secrecy::SecretString;

use super::Connection;
use super::parameters::variables;
#[cfg(feature = "sigv4")]
use crate::credential::AwsAccessKey;
use crate::credential::Credential;
use crate::descriptor::{Api, ParameterSet, SchemeKind, SecurityScheme};
use crate::error::{Error, Result};

/// Looks a variable up; an empty one counts as not set.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Result<Option<String>>;

/// Looks a variable up in the environment of the process.
pub(super) fn process(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Error::configuration(format!(
            "the environment variable {name} is not valid Unicode"
        ))),
    }
}

pub(super) fn read(api: &Api, lookup: Lookup<'_>) -> Result<Connection> {
    let prefix = upper(api.name());
    let mut connection = Connection::new();
    let base_url = format!("{prefix}_BASE_URL");
    let parameters = || {
        api.parameter_set_list()
            .iter()
            .flat_map(ParameterSet::parameters)
    };
    if !parameters().any(|each| variables::parameter_variable(api, each.name) == base_url) {
        connection.base_url = lookup(&base_url)?;
    }
    for variable in api.server_list().iter().flat_map(|server| server.variables) {
        if let Some(value) = lookup(&format!("{prefix}_SERVER_{}", upper(variable.name)))? {
            connection = connection.server_variable(variable.name, value);
        }
    }
    if let Some(path) = lookup(&identity_variable(api))? {
        connection = connection.client_identity(identity(api, &path)?);
    }
    for scheme in api.scheme_list() {
        for prefix in prefixes(api, scheme) {
            if let Some(credential) = credential(scheme, &prefix, lookup)? {
                connection = connection.credential(scheme.name(), credential);
                break;
            }
        }
    }
    variables::read(api, lookup, &mut connection)?;
    Ok(connection)
}

/// The variable with the file of the client identity. A connection has one identity, whatever the schemes are called, and some
/// APIs ask for one without saying so in their document.
fn identity_variable(api: &Api) -> String {
    format!("{}_CLIENT_IDENTITY_FILE", upper(api.name()))
}

/// The client certificate and its key, from a PEM file.
fn identity(api: &Api, path: &str) -> Result<SecretString> {
    let text = fs::read_to_string(path).map_err(|error| {
        Error::configuration(format!(
            "the file `{path}`, which {} names, cannot be read",
            identity_variable(api)
        ))
        .with_source(error)
    })?;
    Ok(text.into())
}

/// The prefixes of a scheme's variables, the preferred one first.
fn prefixes(api: &Api, scheme: &SecurityScheme) -> Vec<String> {
    let short = upper(api.name());
    let mut prefixes = vec![format!("{short}_{}", upper(scheme.name()))];
    let mut sign_ins = variables::sign_ins(api);
    let is_sign_in = sign_ins
        .next()
        .is_some_and(|first| first == scheme.name() && sign_ins.all(|other| other == first));
    // A connection parameter may have the variable of one half of a pair, and another the other half under another name.
    let is_pair = matches!(
        scheme.kind(),
        SchemeKind::AzureSharedKey | SchemeKind::AwsSigV4
    );
    let is_bound = is_pair && !variables::bound_variables(api, scheme).is_empty();
    if (api.scheme_list().len() == 1 && !is_bound) || is_sign_in {
        prefixes.push(short);
    }
    prefixes
}

fn credential(
    scheme: &SecurityScheme,
    prefix: &str,
    lookup: Lookup<'_>,
) -> Result<Option<Credential>> {
    let get = |suffix: &str| lookup(&variable(prefix, suffix));
    match scheme.kind() {
        SchemeKind::Basic => {
            // An empty password is common: APIs that take a key as the user name.
            let password = get("PASSWORD")?.unwrap_or_default();
            Ok(get("USERNAME")?.map(|username| Credential::basic(username, password)))
        }
        SchemeKind::Bearer | SchemeKind::Http(_) => Ok(get("TOKEN")?.map(Credential::bearer)),
        SchemeKind::ApiKeyHeader(_) | SchemeKind::ApiKeyQuery(_) | SchemeKind::ApiKeyCookie(_) => {
            Ok(get("API_KEY")?.map(Credential::api_key))
        }
        SchemeKind::OAuth2 | SchemeKind::OpenIdConnect(_) => {
            if let Some(token) = get("TOKEN")? {
                return Ok(Some(Credential::bearer(token)));
            }
            let Some(id) = get("CLIENT_ID")? else {
                return Ok(None);
            };
            let secret = other_half(prefix, "CLIENT_ID", "CLIENT_SECRET", lookup)?;
            client_credentials(id, secret, get("TOKEN_URL")?, get("SCOPES")?).map(Some)
        }
        #[cfg(feature = "digest")]
        SchemeKind::Digest => {
            let password = get("PASSWORD")?.unwrap_or_default();
            Ok(get("USERNAME")?.map(|username| Credential::digest(username, password)))
        }
        #[cfg(feature = "shared-key")]
        SchemeKind::AzureSharedKey => {
            let Some(account) = get("ACCOUNT_NAME")? else {
                return Ok(None);
            };
            let key = other_half(prefix, "ACCOUNT_NAME", "ACCOUNT_KEY", lookup)?;
            Ok(Some(Credential::shared_key(account, key)))
        }
        #[cfg(feature = "sigv4")]
        SchemeKind::AwsSigV4 => {
            let Some(id) = get("ACCESS_KEY_ID")? else {
                return Ok(None);
            };
            let secret = other_half(prefix, "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", lookup)?;
            let mut key = AwsAccessKey::new(id, secret);
            if let Some(token) = get("SESSION_TOKEN")? {
                key = key.session_token(token);
            }
            if let Some(region) = get("REGION")? {
                key = key.region(region);
            }
            Ok(Some(Credential::aws_sigv4(key)))
        }
        // The identity is read above. Without their features, the others are set up in code.
        _ => Ok(None),
    }
}

#[cfg(feature = "oauth2")]
fn client_credentials(
    id: String,
    secret: String,
    token_url: Option<String>,
    scopes: Option<String>,
) -> Result<Credential> {
    let mut client = crate::oauth::OAuthClient::new(id, secret);
    if let Some(url) = token_url {
        client = client.token_url(url);
    }
    if let Some(scopes) = scopes {
        client = client.scopes(scopes.split_whitespace());
    }
    Ok(Credential::oauth2_client_credentials(client))
}

#[cfg(not(feature = "oauth2"))]
fn client_credentials(
    _: String,
    _: String,
    _: Option<String>,
    _: Option<String>,
) -> Result<Credential> {
    Err(Error::configuration(
        "OAuth 2.0 needs the feature `oauth2` of connector-runtime",
    ))
}

/// The secret that belongs to a name which is set.
fn other_half(prefix: &str, name: &str, secret: &str, lookup: Lookup<'_>) -> Result<String> {
    lookup(&variable(prefix, secret))?.ok_or_else(|| {
        Error::configuration(format!(
            "{} is set, but not {}",
            variable(prefix, name),
            variable(prefix, secret)
        ))
    })
}

/// The variables that give a scheme its credential, for messages; empty for schemes that are set up in code.
pub(crate) fn variable_names(api: &Api, scheme: &SecurityScheme) -> Vec<String> {
    let bound = variables::bound_variables(api, scheme);
    if !bound.is_empty() {
        return bound;
    }
    let suffixes: &[&str] = match scheme.kind() {
        SchemeKind::Basic => &["USERNAME", "PASSWORD"],
        SchemeKind::Bearer | SchemeKind::Http(_) => &["TOKEN"],
        SchemeKind::ApiKeyHeader(_) | SchemeKind::ApiKeyQuery(_) | SchemeKind::ApiKeyCookie(_) => {
            &["API_KEY"]
        }
        SchemeKind::OAuth2 | SchemeKind::OpenIdConnect(_) => &["CLIENT_ID", "CLIENT_SECRET"],
        SchemeKind::Digest if cfg!(feature = "digest") => &["USERNAME", "PASSWORD"],
        SchemeKind::AzureSharedKey if cfg!(feature = "shared-key") => {
            &["ACCOUNT_NAME", "ACCOUNT_KEY"]
        }
        SchemeKind::AwsSigV4 if cfg!(feature = "sigv4") => &["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"],
        SchemeKind::MutualTls => return vec![identity_variable(api)],
        SchemeKind::Digest | SchemeKind::AzureSharedKey | SchemeKind::AwsSigV4 => &[],
    };
    // The shortest prefix that works is the one that people set.
    let prefix = prefixes(api, scheme).pop().unwrap_or_default();
    suffixes
        .iter()
        .map(|suffix| variable(&prefix, suffix))
        .collect()
}

/// A scheme called `token` has its token in `ACME_TOKEN`, not in `ACME_TOKEN_TOKEN`.
fn variable(prefix: &str, suffix: &str) -> String {
    match prefix.strip_suffix(suffix) {
        Some(rest) if rest.ends_with('_') => prefix.to_owned(),
        _ => format!("{prefix}_{suffix}"),
    }
}

/// `petStore-auth` becomes `PET_STORE_AUTH`.
pub(super) fn upper(name: &str) -> String {
    // `oAuth` is one word, as `OAuth` is.
    let name = name
        .strip_prefix("oAuth")
        .map_or_else(|| name.to_owned(), |rest| format!("OAuth{rest}"));
    let mut result = String::new();
    let mut after_lower = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            if !result.is_empty() && !result.ends_with('_') {
                result.push('_');
            }
            after_lower = false;
            continue;
        }
        if c.is_ascii_uppercase() && after_lower {
            result.push('_');
        }
        after_lower = !c.is_ascii_uppercase();
        result.push(c.to_ascii_uppercase());
    }
    result.truncate(result.trim_end_matches('_').len());
    result
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::descriptor::{Server, ServerVariable};

    static TWO: Api = Api::new("pet-store", "1")
        .servers(&[
            Server::new("https://{region}.x").variables(&[ServerVariable::new("region", "eu")])
        ])
        .security_schemes(&[
            SecurityScheme::basic("basicAuth"),
            SecurityScheme::oauth2("OAuth2"),
        ]);
    static ONE: Api =
        Api::new("acme", "1").security_schemes(&[SecurityScheme::api_key_header("key", "X-Key")]);

    pub(in crate::connection) fn read_from(api: &Api, set: &[(&str, &str)]) -> Result<Connection> {
        let set: Vec<(String, String)> = set
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        read(api, &|name| {
            Ok(set
                .iter()
                .find(|(set, _)| set == name)
                .map(|(_, value)| value.clone()))
        })
    }

    #[test]
    fn names_are_upper_snake_case() {
        for (name, expected) in [
            ("petStore", "PET_STORE"),
            ("OAuth2", "OAUTH2"),
            ("oAuth2Client", "OAUTH2_CLIENT"),
            ("a.b--c_", "A_B_C"),
            ("x1Y", "X1_Y"),
        ] {
            assert_eq!(upper(name), expected);
        }
    }

    #[test]
    fn address_and_credentials_are_read() {
        let connection = read_from(
            &TWO,
            &[
                ("PET_STORE_SERVER_REGION", "us"),
                ("PET_STORE_BASIC_AUTH_USERNAME", "ada"),
                ("PET_STORE_OAUTH2_CLIENT_ID", "id"),
                ("PET_STORE_OAUTH2_CLIENT_SECRET", "hush"),
                ("PET_STORE_TOKEN", "ignored: the API has two schemes"),
            ],
        )
        .unwrap();
        assert_eq!(connection.server_variables["region"], "us");
        assert_eq!(
            connection.credentials.keys().collect::<Vec<_>>(),
            ["OAuth2", "basicAuth"]
        );
        assert!(!format!("{connection:?}").contains("hush"));
    }

    #[test]
    fn the_name_of_a_scheme_is_not_repeated() {
        assert_eq!(variable("ACME_TOKEN", "TOKEN"), "ACME_TOKEN");
        assert_eq!(variable("ACME_API_KEY", "API_KEY"), "ACME_API_KEY");
        assert_eq!(variable("ACME_MYTOKEN", "TOKEN"), "ACME_MYTOKEN_TOKEN");
    }

    #[test]
    fn single_scheme_needs_no_name() {
        let short = read_from(
            &ONE,
            &[("ACME_API_KEY", "k"), ("ACME_BASE_URL", "http://localhost")],
        )
        .unwrap();
        assert!(short.credentials.contains_key("key"));
        assert_eq!(short.base_url.as_deref(), Some("http://localhost"));
        assert!(
            read_from(&ONE, &[("ACME_KEY_API_KEY", "k")])
                .unwrap()
                .credentials
                .contains_key("key")
        );
    }

    #[test]
    fn client_id_without_secret_is_an_error() {
        let error = read_from(&TWO, &[("PET_STORE_OAUTH2_CLIENT_ID", "id")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("PET_STORE_OAUTH2_CLIENT_SECRET"), "{error}");
    }

    #[test]
    #[cfg(all(feature = "digest", feature = "shared-key", feature = "sigv4"))]
    fn signatures_and_digest_have_variables_of_their_own() {
        static API: Api = Api::new("acme", "1").security_schemes(&[
            SecurityScheme::digest("digest"),
            SecurityScheme::azure_shared_key("storage"),
            SecurityScheme::aws_sigv4("sigv4"),
        ]);
        let set = [
            ("ACME_DIGEST_USERNAME", "ada"),
            ("ACME_DIGEST_PASSWORD", "hush"),
            ("ACME_STORAGE_ACCOUNT_NAME", "store"),
            ("ACME_STORAGE_ACCOUNT_KEY", "aHVzaA=="),
            ("ACME_SIGV4_ACCESS_KEY_ID", "AKID"),
            ("ACME_SIGV4_SECRET_ACCESS_KEY", "hush"),
            ("ACME_SIGV4_SESSION_TOKEN", "hush"),
            ("ACME_SIGV4_REGION", "eu-west-1"),
        ];
        let connection = read_from(&API, &set).unwrap();
        let debug = format!("{:?}", connection.credentials);
        assert_eq!(connection.credentials.len(), 3);
        assert!(
            debug.contains("AWS access key") && !debug.contains("hush"),
            "{debug}"
        );
        // What an error asks for is what is read.
        for scheme in API.scheme_list() {
            let names = variable_names(&API, scheme);
            let is_set = |name: &String| set.iter().any(|(set, _)| set == name);
            assert!(names.len() == 2 && names.iter().all(is_set), "{names:?}");
        }
        let half = read_from(&API, &set[4..5]).unwrap_err().to_string();
        assert!(half.contains("ACME_SIGV4_SECRET_ACCESS_KEY"), "{half}");
        // Those of AWS' own tools belong to other programs.
        let foreign = [
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
        ];
        assert!(read_from(&API, &foreign).unwrap().credentials.is_empty());
    }

    #[test]
    fn client_identity_is_read_from_its_file() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let connection = read_from(&ONE, &[("ACME_CLIENT_IDENTITY_FILE", here)]).unwrap();
        assert!(connection.client_identity.is_some());
        let missing = [("ACME_CLIENT_IDENTITY_FILE", "/no/such/file.pem")];
        let error = read_from(&ONE, &missing).unwrap_err().to_string();
        assert!(
            error.contains("ACME_CLIENT_IDENTITY_FILE") && error.contains("/no/such/file.pem"),
            "{error}"
        );
    }
}
