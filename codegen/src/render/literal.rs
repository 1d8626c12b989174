//! Literals of descriptors: lists of strings, servers, security requirements.

use proc_macro2::TokenStream;
use quote::quote;

use super::connection;
use crate::model::{
    Api, ApiKeyLocation, Encoding, OAuthFlow, OAuthGrant, Requirement, SchemeKind, Server, Style,
};

pub(super) fn servers(servers: &[Server]) -> TokenStream {
    let servers = servers.iter().map(|server| {
        let url = &server.url;
        let variables = server.variables.iter().map(|variable| {
            let (name, default) = (&variable.name, &variable.default);
            let values = (!variable.values.is_empty()).then(|| {
                let values = &variable.values;
                quote!(.values(&[#(#values),*]))
            });
            quote!(runtime::ServerVariable::new(#name, #default) #values)
        });
        let variables =
            (!server.variables.is_empty()).then(|| quote!(.variables(&[#(#variables),*])));
        quote!(runtime::Server::new(#url) #variables)
    });
    quote!(&[#(#servers),*])
}

pub(super) fn security_schemes(api: &Api) -> TokenStream {
    let schemes = api.security_schemes.iter().map(|scheme| {
        let name = &scheme.name;
        let provider = connection::provider(api, name).map(|provider| {
            let json = provider.to_string();
            quote!(.provider(#json))
        });
        let scheme_metadata = scheme.metadata_url.as_ref();
        let scheme = match &scheme.kind {
            SchemeKind::Basic => quote!(runtime::SecurityScheme::basic(#name)),
            SchemeKind::Bearer => quote!(runtime::SecurityScheme::bearer(#name)),
            SchemeKind::Digest => quote!(runtime::SecurityScheme::digest(#name)),
            SchemeKind::Http(scheme) => quote!(runtime::SecurityScheme::http(#name, #scheme)),
            SchemeKind::ApiKey {
                location,
                name: key,
            } => match location {
                ApiKeyLocation::Header => {
                    quote!(runtime::SecurityScheme::api_key_header(#name, #key))
                }
                ApiKeyLocation::Query => {
                    quote!(runtime::SecurityScheme::api_key_query(#name, #key))
                }
                ApiKeyLocation::Cookie => {
                    quote!(runtime::SecurityScheme::api_key_cookie(#name, #key))
                }
            },
            SchemeKind::OAuth2(flows) => {
                let flows = flows.iter().map(flow);
                quote!(runtime::SecurityScheme::oauth2(#name).flows(&[#(#flows),*]))
            }
            SchemeKind::OpenIdConnect { url } => {
                quote!(runtime::SecurityScheme::open_id_connect(#name, #url))
            }
            SchemeKind::MutualTls => quote!(runtime::SecurityScheme::mutual_tls(#name)),
            SchemeKind::AzureSharedKey => {
                quote!(runtime::SecurityScheme::azure_shared_key(#name))
            }
            SchemeKind::AwsSigV4 => quote!(runtime::SecurityScheme::aws_sigv4(#name)),
        };
        let metadata = scheme_metadata.map(|url| quote!(.metadata(#url)));
        quote!(#scheme #metadata #provider)
    });
    quote!(&[#(#schemes),*])
}

fn flow(flow: &OAuthFlow) -> TokenStream {
    let grant = match &flow.grant {
        OAuthGrant::AuthorizationCode {
            authorization_url,
            token_url,
        } => {
            quote!(runtime::OAuthFlow::authorization_code(#authorization_url, #token_url))
        }
        OAuthGrant::ClientCredentials { token_url } => {
            quote!(runtime::OAuthFlow::client_credentials(#token_url))
        }
        OAuthGrant::Password { token_url } => quote!(runtime::OAuthFlow::password(#token_url)),
        OAuthGrant::Implicit { authorization_url } => {
            quote!(runtime::OAuthFlow::implicit(#authorization_url))
        }
        OAuthGrant::DeviceAuthorization {
            device_authorization_url,
            token_url,
        } => {
            quote!(runtime::OAuthFlow::device_authorization(#device_authorization_url, #token_url))
        }
    };
    let refresh = flow
        .refresh_url
        .as_ref()
        .map(|url| quote!(.refresh_url(#url)));
    let scopes = flow.scopes.iter().map(|(scope, _)| scope);
    let scopes = (!flow.scopes.is_empty()).then(|| quote!(.scopes(&[#(#scopes),*])));
    quote!(#grant #refresh #scopes)
}

pub(super) fn requirements(alternatives: &[Vec<Requirement>]) -> TokenStream {
    let alternatives = alternatives.iter().map(|schemes| {
        let schemes = schemes.iter().map(|requirement| {
            let Requirement { scheme, scopes } = requirement;
            quote!(runtime::Requirement::new(#scheme, &[#(#scopes),*]))
        });
        quote!(&[#(#schemes),*])
    });
    quote!(&[#(#alternatives),*])
}

pub(super) fn style(style: Style) -> TokenStream {
    match style {
        Style::Simple => quote!(runtime::Style::Simple),
        Style::Label => quote!(runtime::Style::Label),
        Style::Matrix => quote!(runtime::Style::Matrix),
        Style::Form => quote!(runtime::Style::Form),
        Style::SpaceDelimited => quote!(runtime::Style::SpaceDelimited),
        Style::PipeDelimited => quote!(runtime::Style::PipeDelimited),
        Style::TabDelimited => quote!(runtime::Style::TabDelimited),
        Style::DeepObject => quote!(runtime::Style::DeepObject),
        Style::Cookie => quote!(runtime::Style::Cookie),
    }
}

pub(super) fn encodings(encodings: &[Encoding]) -> Option<TokenStream> {
    let encodings: Vec<_> = encodings
        .iter()
        .map(|encoding| {
            let property = encoding.property.as_str();
            let style = encoding
                .style
                .map(style)
                .map(|style| quote!(.style(#style)));
            let explode = encoding.explode.map(|explode| quote!(.explode(#explode)));
            let content_type = encoding
                .content_type
                .as_ref()
                .map(|text| quote!(.content_type(#text)));
            let reserved = encoding.allow_reserved.then(|| quote!(.allow_reserved()));
            let headers = encoding.headers.iter().map(|(name, value)| {
                let name = name.as_str();
                quote!((#name, #value))
            });
            let headers =
                (!encoding.headers.is_empty()).then(|| quote!(.headers(&[#(#headers),*])));
            quote!(runtime::Encoding::new(#property) #style #explode #reserved #content_type #headers)
        })
        .collect();
    (!encodings.is_empty()).then(|| quote!(.encoding(&[#(#encodings),*])))
}
