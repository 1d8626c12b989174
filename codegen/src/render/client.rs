//! The client and its builder.

use std::collections::{BTreeMap, HashMap};

use proc_macro2::TokenStream;
use quote::quote;

use super::models::Home;
use super::ty::ident;
use super::{connection, docs, has_features, literal, models, policy};
use crate::model::{
    Api, ModelId, OAuthFlow, OAuthGrant, Operation, Requirement, SchemeKind, SecurityScheme, Tag,
};
use crate::settings::Mode;

/// The schemes that no connection parameter gives a credential.
pub(super) fn own_schemes(api: &Api) -> impl Iterator<Item = &SecurityScheme> {
    let schemes = api.security_schemes.iter();
    schemes.filter(|scheme| !connection::feeds(api, &scheme.name))
}

/// The operation that tests a connection, if a call needs no arguments.
pub(super) fn tested(api: &Api) -> Option<(&Tag, &Operation)> {
    let id = api.connector.as_ref()?.test_connection.as_deref()?;
    let mut all = api.tags.iter().flat_map(|tag| {
        let operations = tag.operations.iter();
        operations.map(move |operation| (tag, operation))
    });
    all.find(|(_, operation)| operation.id == id && needs_no_arguments(operation))
}

fn needs_no_arguments(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter();
    !operation.body_required
        && parameters.all(|parameter| !parameter.required || parameter.fixed.is_some())
}

/// `client.rs`.
pub(super) fn client(api: &Api, common_security: Option<&[Vec<Requirement>]>) -> TokenStream {
    let (name, version) = (api.package.as_str(), &api.version);
    let servers = (!api.servers.is_empty()).then(|| {
        let servers = literal::servers(&api.servers);
        quote!(.servers(#servers))
    });
    let schemes = (!api.security_schemes.is_empty()).then(|| {
        let schemes = literal::security_schemes(api);
        quote!(.security_schemes(#schemes))
    });
    let sets = connection::has_parameters(api)
        .then(|| quote!(.parameter_sets(crate::connection::PARAMETER_SETS)));
    let policies = policy::has_policies(api);
    let (policies, policy_module) = match policies {
        true => (
            Some(quote!(.policies(policies::POLICIES))),
            Some(quote!(
                mod policies;
            )),
        ),
        false => (None, None),
    };
    let decoding =
        (api.decoding == Mode::Strict).then(|| quote!(.decoding(runtime::Decoding::Strict)));
    let test = tested(api).map(|(tag, operation)| test_connection(api, tag, operation));
    let security = common_security.map(|common| {
        let common = literal::requirements(common);
        quote! {
            /// What most operations require.
            #[allow(dead_code, reason = "the groups that use it may be turned off")]
            pub(crate) const SECURITY: &[&[runtime::Requirement]] = #common;
        }
    });
    let accessors = api.tags.iter().map(|tag| {
        let (module, handle) = (ident(&tag.module), ident(&tag.handle));
        let doc = docs::lines([format!("Operations of {}.", docs::code(&tag.name)).as_str()]);
        let gate = gate(api, &tag.feature);
        quote! {
            #doc
            #gate
            #[inline]
            pub fn #module(&self) -> crate::#module::#handle {
                crate::#module::#handle(self.0.clone())
            }
        }
    });
    let builder = builder(api);
    quote! {
        #policy_module

        use connector_runtime as runtime;

        /// What the definition says about the API as a whole: its servers and its security schemes.
        pub static API: runtime::Api = runtime::Api::new(#name, #version) #servers #schemes #sets #policies #decoding;

        #security

        /// A client of the API. Cloning it is cheap; clones share connections and tokens.
        #[derive(Clone, Debug)]
        pub struct Client(runtime::Client);

        impl Client {
            /// Starts to build a client.
            pub fn builder() -> ClientBuilder {
                ClientBuilder(runtime::Client::builder(&API))
            }

            /// Builds a client from environment variables; see [`runtime::Connection::from_env`] for their names.
            ///
            /// # Errors
            /// When a variable has a value that can't be used, or the API's address is not known.
            pub fn from_env() -> runtime::Result<Self> {
                runtime::Client::from_env(&API).map(Self)
            }

            /// Builds a client over a connection that the program `connector` keeps: `connector add` gave the connector and the
            /// connection their names.
            ///
            /// # Errors
            /// When there is no such connection, it does not fit this API, or one of its secrets is missing.
            #[cfg(feature = "environment")]
            pub async fn connect(connector: &str, connection: &str) -> runtime::Result<Self> {
                runtime::Client::connect(&API, connector, connection).await.map(Self)
            }

            #test

            /// The client of the runtime, for calls that the definition does not have.
            pub fn runtime(&self) -> &runtime::Client {
                &self.0
            }

            #(#accessors)*
        }

        impl From<runtime::Client> for Client {
            fn from(client: runtime::Client) -> Self {
                Self(client)
            }
        }

        #builder
    }
}

fn builder(api: &Api) -> TokenStream {
    let variables = api.servers.iter().any(|server| !server.variables.is_empty()).then(|| {
        quote! {
            /// Sets a variable of the server's URL.
            #[must_use]
            pub fn server_variable(self, name: impl Into<String>, value: impl Into<String>) -> Self {
                Self(self.0.server_variable(name, value))
            }
        }
    });
    let schemes = own_schemes(api).map(scheme_setter);
    let parameters = connection::has_parameters(api).then(|| {
        quote! {
            /// Sets what a connection keeps: where the API is, and who is calling.
            #[must_use]
            pub fn parameters(self, parameters: impl Into<crate::connection::ConnectionParameters>) -> Self {
                Self(parameters.into().apply(self.0))
            }
        }
    });
    quote! {
        /// Builds a [`Client`].
        #[derive(Debug)]
        pub struct ClientBuilder(runtime::ClientBuilder);

        impl ClientBuilder {
            /// Sets where the API is, in place of the servers that the definition names.
            #[must_use]
            pub fn base_url(self, url: impl Into<String>) -> Self {
                Self(self.0.base_url(url))
            }

            #variables

            /// Takes address, credentials and options from a connection.
            #[must_use]
            pub fn connection(self, connection: runtime::Connection) -> Self {
                Self(self.0.connection(connection))
            }

            #parameters
            #(#schemes)*

            /// Sends requests through `transport`, such as a [`runtime::mock::MockTransport`].
            #[must_use]
            pub fn transport(self, transport: impl runtime::transport::Transport) -> Self {
                Self(self.0.transport(transport))
            }

            /// Sets anything else that the runtime's builder can: timeouts, retries, a proxy, headers.
            #[must_use]
            pub fn with(self, configure: impl FnOnce(runtime::ClientBuilder) -> runtime::ClientBuilder) -> Self {
                Self(configure(self.0))
            }

            /// Builds the client. Nothing is sent.
            ///
            /// # Errors
            /// When the address is missing or broken, or a credential does not fit its scheme.
            pub fn build(self) -> runtime::Result<Client> {
                self.0.build().map(Client)
            }
        }
    }
}

/// `Client::test_connection`. An answer that can't be decoded is an answer nevertheless.
fn test_connection(api: &Api, tag: &Tag, operation: &Operation) -> TokenStream {
    let (module, function) = (ident(&tag.module), ident(&operation.function));
    let gate = gate(api, &tag.feature);
    let doc = docs::lines([
        format!(
            "Tells whether the connection works, by a call of {}.",
            docs::code(&operation.id)
        )
        .as_str(),
        "",
        "# Errors",
        "When the call fails; an answer that is not as documented is no failure.",
    ]);
    let allow = operation
        .docs
        .deprecated
        .then(|| quote!(#[allow(deprecated, reason = "the connector says to call it")]));
    quote! {
        #doc
        #gate
        #allow
        pub async fn test_connection(&self) -> runtime::Result<()> {
            match self.#module().#function().send().await {
                Err(error) if !error.is_decode() => Err(error),
                _ => Ok(()),
            }
        }
    }
}

fn scheme_setter(scheme: &SecurityScheme) -> TokenStream {
    let (setter, name) = (ident(&scheme.setter), &scheme.name);
    let about = docs::prose(scheme.description.as_deref());
    let (doc, arguments, credential) = credential(&scheme.kind);
    let mut text = vec![format!("{doc} of the scheme {}.", docs::code(name))];
    if matches!(scheme.kind, SchemeKind::OpenIdConnect { .. }) {
        let hint = "That is a [`runtime::OAuthClient`] with its token URL, or a [`runtime::Credential`] such as an access token.";
        docs::append(&mut text, vec![hint.to_owned()]);
    }
    docs::append(&mut text, about);
    let docs = docs::lines(text.iter().map(String::as_str));
    // The identity is the connection's: TLS presents it before there is a request.
    let set = match scheme.kind {
        SchemeKind::MutualTls => quote!(client_identity(#credential)),
        _ => quote!(credential(#name, #credential)),
    };
    let deprecated = scheme.deprecated.then(|| quote!(#[deprecated]));
    quote! {
        #docs
        #deprecated
        #[must_use]
        pub fn #setter(self, #arguments) -> Self {
            Self(self.0.#set)
        }
    }
}

/// What a scheme's setter does, its arguments, and the credential that it makes of them.
fn credential(kind: &SchemeKind) -> (&'static str, TokenStream, TokenStream) {
    let secret = quote!(impl Into<runtime::SecretString>);
    let has_client_credentials = |flows: &[OAuthFlow]| {
        let mut grants = flows.iter().map(|flow| &flow.grant);
        grants.any(|grant| matches!(grant, OAuthGrant::ClientCredentials { .. }))
    };
    match kind {
        SchemeKind::Basic => (
            "Sets user name and password",
            quote!(username: impl Into<String>, password: #secret),
            quote!(runtime::Credential::basic(username, password)),
        ),
        SchemeKind::Bearer => (
            "Sets the bearer token",
            quote!(token: #secret),
            quote!(runtime::Credential::bearer(token)),
        ),
        SchemeKind::Digest => (
            "Sets user name and password",
            quote!(username: impl Into<String>, password: #secret),
            quote!(runtime::Credential::digest(username, password)),
        ),
        SchemeKind::ApiKey { .. } => (
            "Sets the API key",
            quote!(key: #secret),
            quote!(runtime::Credential::api_key(key)),
        ),
        SchemeKind::OAuth2(flows) if has_client_credentials(flows) => (
            "Sets the OAuth client that tokens are fetched for",
            quote!(client: runtime::OAuthClient),
            quote!(runtime::Credential::oauth2_client_credentials(client)),
        ),
        SchemeKind::AzureSharedKey => (
            "Sets the storage account and its access key",
            quote!(account: impl Into<String>, key: #secret),
            quote!(runtime::Credential::shared_key(account, key)),
        ),
        SchemeKind::AwsSigV4 => (
            "Sets the access key of AWS",
            quote!(key: runtime::AwsAccessKey),
            quote!(runtime::Credential::aws_sigv4(key)),
        ),
        SchemeKind::MutualTls => (
            "Sets the client certificate and its private key, both in one PEM text,",
            quote!(identity_pem: #secret),
            quote!(identity_pem),
        ),
        SchemeKind::OpenIdConnect { .. } => (
            "Sets the credential",
            quote!(credential: impl Into<runtime::Credential>),
            quote!(credential.into()),
        ),
        SchemeKind::OAuth2(_) | SchemeKind::Http(_) => (
            "Sets the credential",
            quote!(credential: runtime::Credential),
            quote!(credential),
        ),
    }
}

/// The requirements that more than one operation has and most have.
pub(super) fn common_security(api: &Api) -> Option<&[Vec<Requirement>]> {
    let mut count: HashMap<&[Vec<Requirement>], (usize, usize)> = HashMap::new();
    for (position, operation) in api.operations().enumerate() {
        if let Some(alternatives) = operation
            .security
            .as_deref()
            .filter(|alternatives| !alternatives.is_empty())
        {
            count.entry(alternatives).or_insert((0, position)).0 += 1;
        }
    }
    // Among equals, the first in the document.
    let (common, (times, _)) = count
        .into_iter()
        .max_by_key(|(_, (times, position))| (*times, std::cmp::Reverse(*position)))?;
    (times > 1).then_some(common)
}

pub(super) fn gate(api: &Api, feature: &str) -> Option<TokenStream> {
    has_features(api).then(|| quote!(#[cfg(feature = #feature)]))
}

/// Whether any homes are gated; kept beside [`gate`] so that manifest and code agree.
pub(super) fn has_unreferenced(homes: &BTreeMap<Home, Vec<ModelId>>) -> bool {
    homes.contains_key(&models::Home::Unreferenced)
}
