//! The environment variables that a generated crate reads, for its docs.
//!
//! The runtime decides (`connector_runtime::Connection::from_env`); a test of the samples holds both to the same names.

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
    let mut prefix = upper(api.package.as_str());
    if api.security_schemes.len() > 1 {
        prefix = format!("{prefix}_{}", upper(&scheme.name));
    }
    suffixes
        .iter()
        .map(|suffix| variable(&prefix, suffix))
        .collect()
}

/// The variable of the base URL.
pub(super) fn base_url(api: &Api) -> String {
    format!("{}_BASE_URL", upper(api.package.as_str()))
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
