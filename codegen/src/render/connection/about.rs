//! What docs and README say about connections.

use super::example;
use super::plan::{self, Holds, Plan, PlannedField, PlannedSet};
use crate::model::{
    Action, Api, ApiKeyLocation, Binding, ConnectionParameter, ConnectionParameterKind, Connector,
    Piece, Policy, SchemeKind, Section, Template,
};
use crate::render::{self, docs, environment};

/// The docs of a set's struct.
pub(super) fn set(api: &Api, set: &PlannedSet<'_>) -> Vec<String> {
    let mut text = docs::text(&set.of.docs, &[]);
    if text.is_empty() {
        text.push("What a connection keeps: where the API is, and who is calling.".to_owned());
    }
    if !set.of.wire.is_empty() {
        let name = &set.of.wire;
        let chosen = format!(
            "Elsewhere, it is chosen by its name {}: as `parameter_set` in `connections.toml`, and by the environment variable {}. Without it, the first set counts that has all that it needs.",
            docs::code(name),
            docs::code(&environment::parameter_set(api)),
        );
        docs::append(&mut text, vec![chosen]);
    }
    for parameter in &set.of.parameters {
        let name = docs::code(&parameter.wire);
        match parameter.kind {
            ConnectionParameterKind::Gateway => docs::append(
                &mut text,
                vec![format!(
                    "The connector's parameter {name} is not here: on-premises data gateways are not supported."
                )],
            ),
            ConnectionParameterKind::OAuth(_)
                if !parameter.bindings.iter().any(|it| it.scheme().is_some()) =>
            {
                docs::append(
                    &mut text,
                    vec![format!(
                        "The connector's parameter {name} is not here: nothing says what the API would do with its tokens."
                    )],
                )
            }
            _ => {}
        }
    }
    text
}

/// The docs of a parameter's field.
pub(super) fn field(api: &Api, field: &PlannedField<'_>) -> Vec<String> {
    let parameter = field.of;
    let mut text = docs::text(&parameter.docs, &[]);
    if text.is_empty() {
        text.push(format!("The parameter {}.", docs::code(&parameter.wire)));
    }
    if let Holds::Credential(_) = field.holds {
        let kinds = "Tokens of somebody who signed in ([`OAuthCredential`](runtime::OAuthCredential)), an application that calls for itself ([`OAuthClient`](runtime::OAuthClient)), or an access token ([`Credential::bearer`](runtime::Credential::bearer)). [`crate`] shows how to sign in.";
        docs::append(&mut text, vec![kinds.to_owned()]);
    }
    let places = places(api, parameter);
    if !places.is_empty() {
        docs::append(&mut text, places);
    }
    if let Some(default) = &parameter.default {
        docs::append(
            &mut text,
            vec![format!("{} by default.", docs::code(default))],
        );
    }
    docs::append(&mut text, vec![elsewhere(api, field)]);
    text
}

/// How a value is given without code.
fn elsewhere(api: &Api, field: &PlannedField<'_>) -> String {
    let variables = match variables(api, field).as_slice() {
        [token, id, secret] => format!("{token}, or {id} with {secret}"),
        names => names.join(" and "),
    };
    let entry = match &field.holds {
        Holds::Credential(scheme) => format!("`credentials.{}`", example::key(scheme)),
        _ if field.of.kind == ConnectionParameterKind::Secret => {
            format!("`secrets.{}`", example::key(&field.of.wire))
        }
        _ => format!("`parameters.{}`", example::key(&field.of.wire)),
    };
    format!("Environment: {variables}. `connections.toml`: {entry}.")
}

/// The environment variables of a parameter, as code.
fn variables(api: &Api, field: &PlannedField<'_>) -> Vec<String> {
    let names = match &field.holds {
        Holds::Credential(scheme) => {
            let mut schemes = api.security_schemes.iter();
            schemes
                .find(|known| known.name == *scheme)
                .map(|scheme| environment::sign_in(api, scheme))
                .unwrap_or_default()
        }
        _ => vec![environment::parameter(api, &field.of.wire)],
    };
    names.iter().map(|name| docs::code(name)).collect()
}

/// Where the value of a parameter goes, a sentence in each line.
fn places(api: &Api, parameter: &ConnectionParameter) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    let mut add = |place: Option<String>| {
        places.extend(
            place
                .filter(|place| !places.contains(place))
                .into_iter()
                .collect::<Vec<_>>(),
        );
    };
    for binding in &parameter.bindings {
        add(bound(api, binding));
    }
    if let Some(connector) = &api.connector {
        for policy in &connector.policies {
            add(used(policy, &parameter.wire));
        }
        let is_token = parameter.wire.contains(':');
        if places.is_empty() && !is_token && scheme_less(parameter) {
            places.push(unused(connector));
        }
    }
    places
}

/// Whether a value is given, as opposed to tokens.
fn scheme_less(parameter: &ConnectionParameter) -> bool {
    matches!(
        parameter.kind,
        ConnectionParameterKind::Text | ConnectionParameterKind::Secret
    )
}

fn unused(connector: &Connector) -> String {
    match connector.script {
        Some(_) => {
            "Only the connector's script can use it, which this crate does not run.".to_owned()
        }
        None => "Nothing in the connector uses it.".to_owned(),
    }
}

/// What a security scheme does with a value.
fn bound(api: &Api, binding: &Binding) -> Option<String> {
    let kind = |name: &str| {
        let mut schemes = api.security_schemes.iter();
        schemes
            .find(|scheme| scheme.name == name)
            .map(|scheme| &scheme.kind)
    };
    match binding {
        Binding::Key(scheme) => Some(match kind(scheme)? {
            SchemeKind::ApiKey { location, name } => {
                let place = match location {
                    ApiKeyLocation::Header => "header",
                    ApiKeyLocation::Query => "query parameter",
                    ApiKeyLocation::Cookie => "cookie",
                };
                format!("Sent as the {place} {}.", docs::code(name))
            }
            SchemeKind::Basic => "Sent as the user name of HTTP Basic.".to_owned(),
            _ => "Sent as a bearer token.".to_owned(),
        }),
        Binding::Username(scheme) => Some(
            match kind(scheme)? {
                SchemeKind::AzureSharedKey => "The account whose key signs requests.",
                SchemeKind::AwsSigV4 => "The id of the key that signs requests.",
                SchemeKind::Digest => "The user name of HTTP Digest.",
                _ => "The user name of HTTP Basic.",
            }
            .to_owned(),
        ),
        Binding::Password(scheme) => Some(
            match kind(scheme)? {
                SchemeKind::AzureSharedKey | SchemeKind::AwsSigV4 => {
                    "Signs requests, and is not sent itself."
                }
                SchemeKind::Digest => "The password of HTTP Digest.",
                _ => "The password of HTTP Basic.",
            }
            .to_owned(),
        ),
        Binding::OAuth(scheme) => match kind(scheme)? {
            SchemeKind::ApiKey {
                location: ApiKeyLocation::Header,
                name,
            } => Some(format!(
                "The access token is sent as the header {}.",
                docs::code(name)
            )),
            _ => None,
        },
        Binding::Exchange(name) => Some(format!(
            "Goes into the sign-in and the requests for tokens, as {}.",
            docs::code(&format!("{{{name}}}"))
        )),
        Binding::Policy => None,
    }
}

/// What a policy does with a value.
fn used(policy: &Policy, name: &str) -> Option<String> {
    let has = |template: &Template| {
        template.0.iter().any(|piece| {
            matches!(piece, Piece::ConnectionParameter(used, _) if used.eq_ignore_ascii_case(name))
        })
    };
    let shown = render::policy::shown;
    match &policy.action {
        Action::SetHeader { name, value, .. }
            if policy.section == Section::Response && has(value) =>
        {
            Some(format!(
                "Put into the header {} of answers: {}.",
                docs::code(name),
                shown(value)
            ))
        }
        Action::SetHost { url } if has(url) => {
            Some(format!("Part of the API's address: {}.", shown(url)))
        }
        Action::Route { path, .. } if has(path) => {
            Some(format!("Part of the path: {}.", shown(path)))
        }
        Action::SetHeader { name, value, .. } if has(value) => Some(format!(
            "Sent in the header {}: {}.",
            docs::code(name),
            shown(value)
        )),
        Action::SetQuery { name, value, .. } if has(value) => Some(format!(
            "Sent in the query parameter {}: {}.",
            docs::code(name),
            shown(value)
        )),
        Action::SetProperty { name, value, .. } if has(value) => Some(format!(
            "Sent in the body, as {}: {}.",
            docs::code(&name.steps.join(".")),
            shown(value)
        )),
        Action::SetFromUrl { url, .. } if has(url) => Some(format!(
            "Part of the address of a call that comes before: {}.",
            shown(url)
        )),
        _ => None,
    }
}

/// The section on connections of the crate's docs, or of the README, which has a whole program elsewhere.
pub(in crate::render) fn connecting(api: &Api, in_readme: bool) -> Vec<String> {
    if !plan::has_parameters(api) {
        return Vec::new();
    }
    let plan = Plan::new(api);
    let mut text = vec!["# Connecting".to_owned(), String::new()];
    let several = plan.sets.len() > 1;
    text.push(match several {
        true => format!("There are {} ways to authenticate; [`connection`] has a struct for each. [`ClientBuilder::parameters`] takes any of them.", plan.sets.len()),
        false => "[`connection::ConnectionParameters`] is what a connection keeps; [`ClientBuilder::parameters`] takes it.".to_owned(),
    });
    for set in &plan.sets {
        if several {
            let title = set.of.docs.summary.as_deref().map(docs::inline);
            let title = title.unwrap_or_else(|| docs::code(&set.of.wire));
            docs::append(
                &mut text,
                vec![format!("**{title}**, as [`connection::{}`]:", set.name)],
            );
        }
        docs::append(&mut text, table(api, set));
        if several || !in_readme {
            docs::append(&mut text, example::client(api, &plan, set));
        }
    }
    let set_variable = match several {
        true => format!(
            " {} chooses the way.",
            docs::code(&environment::parameter_set(api))
        ),
        false => String::new(),
    };
    docs::append(
        &mut text,
        vec![format!(
            "[`Client::from_env`] reads these variables.{set_variable} {}",
            environment::base_url_sentence(api)
        )],
    );
    docs::append(
        &mut text,
        vec![format!(
            "The program `connector` keeps connections, encrypted, for `Client::connect(\"{0}\", \"work\")` (feature `environment`): `connector add {0} work --from` the folder of this crate. A deployment declares them in `connections.toml`:",
            api.package.as_str()
        )],
    );
    docs::append(&mut text, example::declaration(api, &plan));
    docs::append(&mut text, sign_in(api, &plan, in_readme));
    if let Some(operation) = crate::render::client::tested(api) {
        docs::append(
            &mut text,
            vec![format!(
                "[`Client::test_connection`] tells whether a connection works, by calling {}.",
                docs::code(&operation.1.id)
            )],
        );
    }
    text
}

/// The parameters of a set.
fn table(api: &Api, set: &PlannedSet<'_>) -> Vec<String> {
    if set.fields.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![
        "| parameter | | environment |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    rows.extend(set.fields.iter().map(|field| {
        let title = field
            .of
            .docs
            .summary
            .as_deref()
            .or(field.of.docs.description.as_deref());
        let title = title
            .map(docs::inline)
            .unwrap_or_default()
            .replace('|', "\\|");
        let need = match (field.required, title.is_empty()) {
            (true, _) => "",
            (false, true) => "optional",
            (false, false) => ", optional",
        };
        format!(
            "| `{}` | {title}{need} | {} |",
            field.of.name,
            variables(api, field).join(", ")
        )
    }));
    rows
}

/// How somebody signs in.
fn sign_in(api: &Api, plan: &Plan<'_>, in_readme: bool) -> Vec<String> {
    let mut fields = plan
        .sets
        .iter()
        .flat_map(|set| set.fields.iter().map(move |field| (set, field)));
    let Some((set, field)) = fields.find(|(_, field)| matches!(field.holds, Holds::Credential(_)))
    else {
        return Vec::new();
    };
    let example = example::sign_in(api, plan, set, field);
    if example.is_empty() {
        return example;
    }
    let register = "Somebody signs in to an application that you register with the provider: it gives you an id and perhaps a secret, and lets you redirect to `http://127.0.0.1`.";
    if in_readme {
        return vec![format!(
            "{register} The crate's documentation has the code, for the feature `sign-in`."
        )];
    }
    let mut text = vec![format!("{register} With the feature `sign-in`:")];
    docs::append(&mut text, example);
    text
}

/// What the crate can't do that the connector does.
pub(in crate::render) fn limits(api: &Api) -> Vec<String> {
    let Some(connector) = &api.connector else {
        return Vec::new();
    };
    let mut items = Vec::new();
    if let Some(script) = &connector.script {
        let which = match script.operations.len() {
            0 => "all operations".to_owned(),
            1 => "one operation".to_owned(),
            count => format!("{count} operations"),
        };
        let what = match (script.edits_requests, script.edits_responses) {
            (true, _) => "without it, the API may refuse requests",
            (false, true) => "answers come as the API gives them, which may not be as documented",
            (false, false) => "it seems to change nothing",
        };
        items.push(format!(
            "- The connector has a script for {which}, which this crate does not run: {what}. Code of your own can stand in for it, as a [`runtime::hook::Hook`]: `Client::builder().with(|builder| builder.hook(…))`."
        ));
    }
    let mut parameters = plan::sets(api).flat_map(|set| &set.parameters);
    if parameters.any(|parameter| parameter.kind == ConnectionParameterKind::Gateway) {
        items.push("- The connector reaches its API through an on-premises data gateway, which this crate does not support.".to_owned());
    }
    let unknown = api
        .operations()
        .flat_map(|operation| &operation.extensions.unknown_policies);
    let mut unknown: Vec<&String> = unknown.collect();
    unknown.sort_unstable();
    unknown.dedup();
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(|id| docs::code(id)).collect();
        items.push(format!(
            "- The connector has policies that are not known, and not carried out: {}.",
            names.join(", ")
        ));
    }
    if items.is_empty() {
        return items;
    }
    items.splice(0..0, ["# What is missing".to_owned(), String::new()]);
    items
}
