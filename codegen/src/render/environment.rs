//! The environment variables that a generated crate reads, for its docs.
//!
//! The runtime decides (`connector_runtime::Connection::from_env`); a test of the samples holds both to the same names.

use super::connection;
use crate::model::{Api, SchemeKind, SecurityScheme};

/// The variables of a scheme's credential, the shortest that work.
pub(super) fn variables(api: &Api, scheme: &SecurityScheme) -> Vec<String> {
    let suffixes: &[&str] = match &scheme.kind {
        SchemeKind::Basic => &["USERNAME", "PASSWORD"],
        SchemeKind::Bearer | SchemeKind::Http(_) => &["TOKEN"],
        SchemeKind::ApiKey { .. } => &["API_KEY"],
        SchemeKind::OAuth2(_) | SchemeKind::OpenIdConnect { .. } => &["CLIENT_ID", "CLIENT_SECRET"],
        SchemeKind::Digest => &["USERNAME", "PASSWORD"],
        SchemeKind::AzureSharedKey => &["ACCOUNT_NAME", "ACCOUNT_KEY"],
        SchemeKind::AwsSigV4 => &["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"],
        // A connection has one identity, whatever the scheme is called.
        SchemeKind::MutualTls => {
            let prefix = upper(api.package.as_str());
            return vec![format!("{prefix}_CLIENT_IDENTITY_FILE")];
        }
    };
    let prefix = prefix(api, scheme);
    suffixes
        .iter()
        .map(|suffix| variable(&prefix, suffix))
        .collect()
}

/// The variable of a connection parameter. What stands before a colon is not part of its name.
pub(super) fn parameter(api: &Api, name: &str) -> String {
    let own = name.rsplit(':').next().unwrap_or(name);
    format!("{}_{}", upper(api.package.as_str()), upper(own))
}

/// The variable that chooses a set of connection parameters.
pub(super) fn parameter_set(api: &Api) -> String {
    format!("{}_PARAMETER_SET", upper(api.package.as_str()))
}

/// The variables of a scheme that somebody signs in to.
pub(super) fn sign_in(api: &Api, scheme: &SecurityScheme) -> Vec<String> {
    let token = match scheme.kind {
        SchemeKind::OAuth2(_) | SchemeKind::OpenIdConnect { .. } => "TOKEN",
        _ => return variables(api, scheme),
    };
    let prefix = prefix(api, scheme);
    [token, "CLIENT_ID", "CLIENT_SECRET"]
        .map(|suffix| variable(&prefix, suffix))
        .into()
}

/// What `from_env` reads the address from, a sentence. A parameter of the same name takes the variable.
pub(super) fn base_url_sentence(api: &Api) -> String {
    let connectors = api.connector.iter();
    let mut parameters = connectors
        .flat_map(|of| &of.parameter_sets)
        .flat_map(|set| &set.parameters);
    let base_url = base_url(api);
    match parameters.any(|it| parameter(api, &it.wire) == base_url) {
        true => String::new(),
        false => format!("An address from `{base_url}` stands in for the connector's."),
    }
}

/// The variable of the base URL.
pub(super) fn base_url(api: &Api) -> String {
    format!("{}_BASE_URL", upper(api.package.as_str()))
}

/// The shortest prefix that works: without the scheme's name where it is the only one, or the only one to sign in to.
fn prefix(api: &Api, scheme: &SecurityScheme) -> String {
    let prefix = upper(api.package.as_str());
    let mut sign_ins = connection::sign_ins(api);
    let is_sign_in = sign_ins
        .next()
        .is_some_and(|first| first == scheme.name && sign_ins.all(|other| other == first));
    match api.security_schemes.len() > 1 && !is_sign_in {
        true => format!("{prefix}_{}", upper(&scheme.name)),
        false => prefix,
    }
}

fn variable(prefix: &str, suffix: &str) -> String {
    match prefix.strip_suffix(suffix) {
        Some(rest) if rest.ends_with('_') => prefix.to_owned(),
        _ => format!("{prefix}_{suffix}"),
    }
}

/// `petStore-auth` becomes `PET_STORE_AUTH`.
fn upper(name: &str) -> String {
    // `oAuth` is one word, as `OAuth` is.
    let name = name
        .strip_prefix("oAuth")
        .map_or_else(|| name.to_owned(), |rest| format!("OAuth{rest}"));
    let mut result = String::new();
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && after_lower {
                result.push('_');
            }
            after_lower = !c.is_ascii_uppercase();
            result.push(c.to_ascii_uppercase());
        } else {
            if !result.is_empty() && !result.ends_with('_') {
                result.push('_');
            }
            after_lower = false;
        }
    }
    result.truncate(result.trim_end_matches('_').len());
    result
}
