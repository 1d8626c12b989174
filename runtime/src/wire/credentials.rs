//! Credentials and connection parameters that are made up, one for each that the document has.

use crate::connection::Connection;
use crate::credential::{Authorize, Credential, Outgoing};
use crate::descriptor::{Api, ConnectionParameterKind, SchemeKind};
use crate::error::Result;
use crate::transport::BoxFuture;

const SECRET: &str = "made-up";

/// A connection with everything that the API asks for, none of it real.
pub(super) fn made_up(api: &'static Api) -> Connection {
    let mut connection = Connection::new();
    for scheme in api.scheme_list() {
        connection = connection.credential(scheme.name(), credential(scheme.kind()));
    }
    if let Some(set) = api.parameter_set_list().first() {
        if !set.name().is_empty() {
            connection = connection.parameter_set(set.name());
        }
        for parameter in set.parameters() {
            let value = parameter.values.first().copied();
            let value = value.or(parameter.default).unwrap_or(SECRET);
            let typed = matches!(
                parameter.kind,
                ConnectionParameterKind::Text | ConnectionParameterKind::Secret
            );
            if typed {
                connection = connection.parameter(parameter.name, value);
            }
        }
    }
    connection
}

fn credential(kind: SchemeKind) -> Credential {
    match kind {
        SchemeKind::Basic => Credential::basic(SECRET, SECRET),
        SchemeKind::Bearer
        | SchemeKind::Http(_)
        | SchemeKind::OAuth2
        | SchemeKind::OpenIdConnect(_) => Credential::bearer(SECRET),
        SchemeKind::ApiKeyHeader(_) | SchemeKind::ApiKeyQuery(_) | SchemeKind::ApiKeyCookie(_) => {
            Credential::api_key(SECRET)
        }
        // No handshake, no certificate.
        SchemeKind::MutualTls => Credential::none(),
        // Nobody has challenged.
        SchemeKind::Digest => Credential::custom(Header(
            "Digest username=\"made-up\", realm=\"made-up\", nonce=\"made-up\", uri=\"/\", response=\"00000000000000000000000000000000\"",
        )),
        SchemeKind::AzureSharedKey => Credential::custom(Header("SharedKey made-up:bWFkZS11cA==")),
        SchemeKind::AwsSigV4 => Credential::custom(Header(
            "AWS4-HMAC-SHA256 Credential=made-up, SignedHeaders=host, Signature=made-up",
        )),
    }
}

/// The header `Authorization` as it is.
struct Header(&'static str);

impl Authorize for Header {
    fn authorize<'a>(&'a self, request: &'a mut Outgoing<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(std::future::ready(
            request.set_header("authorization", self.0),
        ))
    }
}
