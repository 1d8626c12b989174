//! Where an identity provider has its endpoints.

use serde_json::{Map, Value, json};

use super::Settings;
use super::placeholder::{Names, is_dummy};
use super::requests::{PLATFORM, Step, query};

/// Identity providers whose endpoints the platform knows by itself, in lower case.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "bitbucket",
        "https://bitbucket.org/site/oauth2/authorize",
        "https://bitbucket.org/site/oauth2/access_token",
    ),
    (
        "box",
        "https://account.box.com/api/oauth2/authorize",
        "https://api.box.com/oauth2/token",
    ),
    (
        "dropbox",
        "https://www.dropbox.com/oauth2/authorize",
        "https://api.dropboxapi.com/oauth2/token",
    ),
    (
        "facebook",
        "https://www.facebook.com/dialog/oauth",
        "https://graph.facebook.com/oauth/access_token",
    ),
    (
        "github",
        "https://github.com/login/oauth/authorize",
        "https://github.com/login/oauth/access_token",
    ),
    (
        "google",
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
    ),
    (
        "linkedin",
        "https://www.linkedin.com/oauth/v2/authorization",
        "https://www.linkedin.com/oauth/v2/accessToken",
    ),
    (
        "salesforce",
        "https://login.salesforce.com/services/oauth2/authorize",
        "https://login.salesforce.com/services/oauth2/token",
    ),
    (
        "slack",
        "https://slack.com/oauth/v2/authorize",
        "https://slack.com/api/oauth.v2.access",
    ),
];

/// Identity providers that say where their endpoints are.
const GENERIC: &[&str] = &["oauth2", "oauth2generic", "oauth2pkce", "oauth"];

/// Whether an identity provider is Microsoft Entra ID.
pub(super) fn is_entra(identity_provider: &str) -> bool {
    matches!(identity_provider, "aad" | "aadcertificate")
}

/// Where an authorization server is.
pub(super) enum Endpoints {
    /// The settings say so.
    Named {
        authorization: Option<String>,
        token: Option<String>,
        refresh: Option<String>,
    },
    /// Microsoft Entra ID, whose older endpoints hand out tokens for a resource.
    Entra,
    /// The definition may say so.
    Nowhere,
}

impl Endpoints {
    pub(super) fn of(settings: &Settings) -> Self {
        let custom = |names: [&str; 2]| {
            let found = names.iter().filter_map(|name| settings.custom(name));
            // The platform's own page is no endpoint of the provider.
            let mut found = found.filter(|url| !url.starts_with(PLATFORM));
            found.next().map(str::to_owned)
        };
        let provider = settings.identity_provider.as_str();
        let authorization = custom(["authorizationurltemplate", "authorizationurl"]);
        let token = custom(["tokenurltemplate", "tokenurl"]);
        let refresh = custom(["refreshurltemplate", "refreshurl"]);
        if is_entra(provider) {
            return Self::Entra;
        }
        if authorization.is_some() || token.is_some() {
            return Self::Named {
                authorization,
                token,
                refresh,
            };
        }
        if let Some(login) = settings
            .custom("loginuri")
            .filter(|_| provider == "docusign")
        {
            let login = login.trim_end_matches('/');
            return Self::known(
                &format!("{login}/oauth/auth"),
                &format!("{login}/oauth/token"),
            );
        }
        match KNOWN.iter().find(|(name, ..)| *name == provider) {
            Some((_, authorization, token)) => Self::known(authorization, token),
            None => Self::Nowhere,
        }
    }

    fn known(authorization: &str, token: &str) -> Self {
        Self::Named {
            authorization: Some(authorization.to_owned()),
            token: Some(token.to_owned()),
            refresh: None,
        }
    }

    /// What there is to say about the identity provider.
    pub(super) fn remark(&self, settings: &Settings) -> Option<String> {
        let name = &settings.identity_provider;
        let is_known = GENERIC.contains(&name.as_str())
            || KNOWN.iter().any(|(known, ..)| known == name)
            || matches!(name.as_str(), "aad" | "docusign");
        match self {
            Self::Nowhere => Some(format!(
                "nothing says where the endpoints of the identity provider `{name}` are; those of the definition are taken"
            )),
            _ if name == "aadcertificate" => Some(
                "`aadcertificate` signs in with a certificate of the publisher; a client secret is taken".to_owned(),
            ),
            _ if !is_known => Some(format!(
                "the identity provider `{name}` is not known; it is taken for an OAuth 2.0 server like any other"
            )),
            _ => None,
        }
    }

    /// Writes URLs and requests; gives back what there is to say.
    pub(super) fn write(
        &self,
        settings: &Settings,
        names: &mut Names,
        provider: &mut Map<String, Value>,
    ) -> Vec<String> {
        let mut remarks = Vec::new();
        match self {
            Self::Nowhere => {}
            Self::Entra => entra(settings, names, provider),
            Self::Named {
                authorization,
                token,
                refresh,
            } => {
                let mut put =
                    |name: &str, url: String| provider.insert(name.to_owned(), url.into());
                let mut authorization = authorization.as_ref().map(|url| {
                    self::url(
                        names,
                        settings,
                        "authorizationurl",
                        url,
                        Step::Authorization,
                    )
                });
                let token = token
                    .as_ref()
                    .map(|url| with_query(names, settings, "tokenurl", url, Step::Token));
                let refresh = refresh
                    .as_ref()
                    .map(|url| with_query(names, settings, "refreshurl", url, Step::Refresh));
                let mut request = Map::new();
                if let Some(template) = names.read(settings, "authorizationurlquerystringtemplate")
                {
                    let query = query(template, Step::Authorization, names);
                    if let Some(url) = &mut authorization {
                        *url = names.without_user(&format!("{url}{}", query.path));
                    }
                    request = query.request;
                }
                // A page that finds its way by the fragment.
                if let Some(url) = &mut authorization
                    && let Some(at) = url.find('#')
                {
                    request.insert("fragment".to_owned(), url.split_off(at).into());
                }
                if let Some(url) = authorization {
                    put("authorization_url", url);
                }
                if let Some(refresh) = refresh.filter(|url| token.as_ref() != Some(url)) {
                    put("refresh_url", refresh);
                }
                if let Some(url) = token {
                    put("token_url", url);
                }
                if !request.is_empty() {
                    provider.insert("authorization".to_owned(), request.into());
                }
                bodies(settings, names, provider, &mut remarks);
            }
        }
        if names.is_conditional() {
            remarks.push(
                "some values of the OAuth setting depend on another parameter; those that hold without it are the defaults"
                    .to_owned(),
            );
        }
        remarks
    }
}

/// A URL without secrets. `keyword` is the custom parameter it comes from, without `template` at its end.
fn url(names: &mut Names, settings: &Settings, keyword: &str, url: &str, step: Step) -> String {
    let template = format!("{keyword}template");
    if names.read(settings, &template).is_none() {
        names.read(settings, keyword);
    }
    let url = names.url(url, step);
    names.without_user(&url)
}

fn with_query(
    names: &mut Names,
    settings: &Settings,
    keyword: &str,
    url: &str,
    step: Step,
) -> String {
    let mut url = self::url(names, settings, keyword, url, step);
    if let Some(query) = names.read(settings, &format!("{keyword}querystringtemplate")) {
        let query = names.url(query, step);
        match (url.contains('?'), query.strip_prefix('?')) {
            (true, Some(more)) => url.push_str(&format!("&{more}")),
            (false, None) if !query.starts_with('/') => url.push_str(&format!("?{query}")),
            _ => url.push_str(&query),
        }
        url = names.without_user(&url);
    }
    url
}

/// `tokenBodyTemplate` and `refreshBodyTemplate`.
fn bodies(
    settings: &Settings,
    names: &mut Names,
    provider: &mut Map<String, Value>,
    remarks: &mut Vec<String>,
) {
    if let Some(template) = names.read(settings, "tokenbodytemplate") {
        let request = query(template, Step::Token, names).request;
        if !request.is_empty() {
            provider.insert("token".to_owned(), request.into());
        }
    }
    let Some(template) = names.read(settings, "refreshbodytemplate") else {
        return;
    };
    let query = query(template, Step::Refresh, names);
    if !query.has_refresh_token {
        remarks.push(
            "`refreshBodyTemplate` has no `{RefreshToken}`; tokens are refreshed as the standard says".to_owned(),
        );
        return;
    }
    if !query.request.is_empty() || provider.contains_key("token") {
        provider.insert("refresh".to_owned(), query.request.into());
    }
}

/// The endpoints of version 1, which know a resource and no scopes of their own.
fn entra(settings: &Settings, names: &mut Names, provider: &mut Map<String, Value>) {
    let login = names
        .read(settings, "loginuri")
        .filter(|login| login.starts_with("https://") && !is_dummy(login))
        .unwrap_or("https://login.microsoftonline.com")
        .trim_end_matches('/');
    let login = names.without_user(login);
    let tenant = value(settings, names, "tenantId");
    for (name, end) in [("authorization_url", "authorize"), ("token_url", "token")] {
        provider.insert(
            name.to_owned(),
            format!("{login}/{tenant}/oauth2/{end}").into(),
        );
    }
    // A connection parameter may have the name that the protocol has for it.
    let resource =
        match names.declared("resourceUri").is_none() && names.declared("resource").is_some() {
            true => "resource",
            false => "resourceUri",
        };
    let resource = value(settings, names, resource);
    let parameters = json!({"parameters": {"resource": resource}});
    provider.insert("authorization".to_owned(), parameters.clone());
    provider.insert("token".to_owned(), parameters);
}

/// What stands for a parameter of the settings: a template if that is its value, otherwise the parameter of this name.
fn value(settings: &Settings, names: &mut Names, name: &str) -> String {
    match settings.custom(&name.to_ascii_lowercase()) {
        Some(template) if template.contains('{') => names.translated(template),
        _ => format!("{{{}}}", names.parameter(name)),
    }
}
