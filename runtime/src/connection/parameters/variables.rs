//! The environment variables of connection parameters.

use super::{GRANT_TYPE, means, retain_set};
use crate::connection::Connection;
use crate::connection::environment::{Lookup, upper};
use crate::descriptor::{
    Api, Binding, ConnectionParameter, ConnectionParameterKind, ParameterSet, SecurityScheme,
};
use crate::error::Result;

/// The connection parameters of a connector.
pub(in crate::connection) fn read(
    api: &Api,
    lookup: Lookup<'_>,
    connection: &mut Connection,
) -> Result<()> {
    let sets = api.parameter_set_list();
    if sets.is_empty() {
        return Ok(());
    }
    connection.parameter_set = lookup(&format!("{}_PARAMETER_SET", upper(api.name())))?;
    let chosen = |set: &&ParameterSet| match &connection.parameter_set {
        Some(name) => set.name().eq_ignore_ascii_case(name),
        None => true,
    };
    let mut given = Vec::new();
    for parameter in sets
        .iter()
        .filter(chosen)
        .flat_map(ParameterSet::parameters)
    {
        if let Some(value) = lookup(&parameter_variable(api, parameter.name))? {
            given.push((parameter, value));
        }
    }
    for (parameter, value) in given {
        if is_grant_type(parameter) && !value.eq_ignore_ascii_case("client_credentials") {
            // Id and secret are those of an application to which a person signs in.
            let is_oauth = |name: &str| is_sign_in(api, name);
            connection
                .credentials
                .retain(|name, credential| !(is_oauth(name) && credential.fetches_tokens()));
        }
        connection
            .parameters
            .insert(parameter.name.to_ascii_lowercase(), value.into());
    }
    retain_set(api, connection);
    Ok(())
}

fn is_grant_type(parameter: &ConnectionParameter) -> bool {
    let is_grant =
        |binding: &Binding| matches!(binding, Binding::Exchange(name) if means(name, GRANT_TYPE));
    parameter.bindings.iter().any(is_grant)
}

/// Whether people sign in to a connector by this scheme.
fn is_sign_in(api: &Api, scheme: &str) -> bool {
    sign_ins(api).any(|name| name == scheme)
}

pub(in crate::connection) fn sign_ins(api: &Api) -> impl Iterator<Item = &'static str> {
    let parameters = api
        .parameter_set_list()
        .iter()
        .flat_map(ParameterSet::parameters);
    parameters
        .flat_map(|each| each.bindings)
        .filter_map(|binding| match binding {
            Binding::OAuth(scheme) => Some(*scheme),
            _ => None,
        })
}

/// The variable of a connection parameter: that of `token:TenantId` is `ACME_TENANT_ID`.
pub(in crate::connection) fn parameter_variable(api: &Api, name: &str) -> String {
    let own = name.rsplit(':').next().unwrap_or(name);
    format!("{}_{}", upper(api.name()), upper(own))
}

/// The variables of the connection parameters that make the credential of a scheme.
pub(in crate::connection) fn bound_variables(api: &Api, scheme: &SecurityScheme) -> Vec<String> {
    let parameters = api
        .parameter_set_list()
        .iter()
        .flat_map(ParameterSet::parameters);
    let is_bound = |parameter: &&ConnectionParameter| {
        parameter.kind != ConnectionParameterKind::OAuth
            && parameter
                .bindings
                .iter()
                .any(|binding| binding.scheme() == Some(scheme.name()))
    };
    let bound = parameters.filter(is_bound);
    let mut variables: Vec<String> = Vec::new();
    for variable in bound.map(|parameter| parameter_variable(api, parameter.name)) {
        if !variables.contains(&variable) {
            variables.push(variable);
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::environment::tests::read_from;
    use crate::connection::variable_names;

    const fn parameter(
        name: &'static str,
        kind: ConnectionParameterKind,
        bindings: &'static [Binding],
    ) -> ConnectionParameter {
        ConnectionParameter::new(name, kind).bindings(bindings)
    }

    /// A connector that people sign in to, or have a key for.
    static SHOP: Api = Api::new("shop", "1")
        .security_schemes(&[
            SecurityScheme::oauth2("oauth"),
            SecurityScheme::api_key_header("key", "X-Key"),
        ])
        .parameter_sets(&[
            ParameterSet::new(
                "oauth",
                &[
                    parameter(
                        "token",
                        ConnectionParameterKind::OAuth,
                        &[Binding::OAuth("oauth")],
                    ),
                    parameter(
                        "token:TenantId",
                        ConnectionParameterKind::Text,
                        &[Binding::Exchange("TenantId")],
                    ),
                    parameter(
                        "token:grantType",
                        ConnectionParameterKind::Text,
                        &[Binding::Exchange("grantType")],
                    ),
                    parameter("baseUrl", ConnectionParameterKind::Text, &[]).required(),
                ],
            ),
            ParameterSet::new(
                "key",
                &[parameter(
                    "api_key",
                    ConnectionParameterKind::Secret,
                    &[Binding::Key("key")],
                )
                .required()],
            ),
        ]);

    #[test]
    fn connection_parameters_have_variables_of_their_own() {
        let set = [
            ("SHOP_BASE_URL", "shop.example"),
            ("SHOP_TENANT_ID", "contoso"),
            ("SHOP_TOKEN", "t"),
        ];
        let connection = read_from(&SHOP, &set).unwrap();
        let names: Vec<&String> = connection.parameters.keys().collect();
        assert_eq!(names, ["baseurl", "token", "token:tenantid"]);
        // The connector's own parameter of that name counts.
        assert_eq!(connection.base_url, None);
        // The scheme of the sign-in needs no name, though there are two schemes.
        assert_eq!(connection.credentials.keys().collect::<Vec<_>>(), ["oauth"]);
    }

    #[test]
    fn named_set_has_its_variables_read_and_no_others() {
        let set = [
            ("SHOP_PARAMETER_SET", "KEY"),
            ("SHOP_API_KEY", "k"),
            ("SHOP_TENANT_ID", "contoso"),
        ];
        let connection = read_from(&SHOP, &set).unwrap();
        assert_eq!(connection.parameter_set.as_deref(), Some("KEY"));
        assert_eq!(
            connection.parameters.keys().collect::<Vec<_>>(),
            ["api_key"]
        );
        // Without a name, the first complete set counts, and the rest is for others.
        let connection = read_from(&SHOP, &set[1..]).unwrap();
        assert_eq!(connection.parameter_set, None);
        assert_eq!(
            connection.parameters.keys().collect::<Vec<_>>(),
            ["api_key"]
        );
    }

    #[test]
    #[cfg(feature = "oauth2")]
    fn id_and_secret_are_an_application_unless_the_grant_is_another() {
        let set = [
            ("SHOP_CLIENT_ID", "id"),
            ("SHOP_CLIENT_SECRET", "hush"),
            ("SHOP_GRANT_TYPE", "code"),
        ];
        let credentials = |set| read_from(&SHOP, set).unwrap().credentials.len();
        assert_eq!(credentials(&set[..2]), 1);
        assert_eq!(credentials(&set), 0);
    }

    #[test]
    fn message_about_a_scheme_names_the_variables_of_its_parameters() {
        let [oauth, key] = SHOP.scheme_list() else {
            panic!("two schemes");
        };
        assert_eq!(variable_names(&SHOP, key), ["SHOP_API_KEY"]);
        let names = ["SHOP_CLIENT_ID", "SHOP_CLIENT_SECRET"];
        assert_eq!(variable_names(&SHOP, oauth), names);
    }
}
