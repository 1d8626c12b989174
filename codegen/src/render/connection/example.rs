//! Examples for docs and README.

use super::plan::{Holds, Plan, PlannedField, PlannedSet};
use crate::model::{Action, Api, Binding, ConnectionParameterKind, Piece, SchemeKind};
use crate::render;

/// An expression for the parameters of a connection.
pub(in crate::render) struct Arguments {
    /// What to import from the crate.
    pub(in crate::render) imports: Vec<String>,
    /// The expression.
    pub(in crate::render) expression: String,
    /// The security schemes that have a credential then.
    pub(in crate::render) schemes: Vec<String>,
}

/// The parameters of the connection in an example; the first way that needs no tokens.
pub(in crate::render) fn arguments(api: &Api) -> Option<Arguments> {
    if !super::has_parameters(api) {
        return None;
    }
    let plan = Plan::new(api);
    let has_tokens = |set: &&PlannedSet<'_>| {
        let mut fields = set.fields.iter();
        fields.any(|field| matches!(field.holds, Holds::Credential(_)))
    };
    let set = plan
        .sets
        .iter()
        .find(|set| !has_tokens(set) && !set.fields.is_empty());
    let set = set.or(plan.sets.first())?;
    Some(construction(api, &plan, set))
}

/// Whether a call of an operation is one request. Some policies make requests of their own.
pub(in crate::render) fn is_one_request(api: &Api) -> bool {
    let policies = api.connector.iter().flat_map(|of| &of.policies);
    let mut actions = policies.map(|policy| &policy.action);
    !actions.any(|action| matches!(action, Action::SetFromUrl { .. }))
}

/// Whether a policy says where the API is.
pub(in crate::render) fn has_host(api: &Api) -> bool {
    let policies = api.connector.iter().flat_map(|of| &of.policies);
    let mut actions = policies.map(|policy| &policy.action);
    actions.any(|action| matches!(action, Action::SetHost { .. }))
}

/// A set with what a connection can't do without. Tokens are given although they may be left out: calls need them.
fn construction(api: &Api, plan: &Plan<'_>, set: &PlannedSet<'_>) -> Arguments {
    let mut imports = vec![format!("connection::{}", set.name)];
    let mut value = |field: &PlannedField<'_>| match &field.holds {
        Holds::Text => format!("\"{}\"", text(field)),
        Holds::Secret => format!("\"{}\"", secret(api, field)),
        Holds::Choice(index) => {
            let choice = &plan.choices[*index];
            imports.push(format!("connection::{}", choice.name));
            let first = choice.values.first().map(|(name, _)| name.as_str());
            format!("{}::{}", choice.name, first.unwrap_or_default())
        }
        Holds::Credential(_) => {
            imports.push("Credential".to_owned());
            "Credential::bearer(\"access token\")".to_owned()
        }
    };
    let required: Vec<String> = set.required().map(&mut value).collect();
    let optional = set.fields.iter().filter(|field| !field.required);
    let tokens = optional.filter(|field| matches!(field.holds, Holds::Credential(_)));
    let setters: String = tokens
        .map(|field| format!(".{}({})", field.setter, value(field)))
        .collect();
    imports.sort();
    imports.dedup();
    let given = set
        .fields
        .iter()
        .filter(|field| field.required || is_tokens(field));
    let bindings = given.flat_map(|field| &field.of.bindings);
    Arguments {
        expression: format!("{}::new({}){setters}", set.name, required.join(", ")),
        imports,
        schemes: bindings
            .filter_map(Binding::scheme)
            .map(str::to_owned)
            .collect(),
    }
}

/// A text that can stand in an address.
fn text(field: &PlannedField<'_>) -> &'static str {
    let is_name = |binding: &Binding| matches!(binding, Binding::Username(_));
    match field.of.bindings.iter().any(is_name) {
        true => "user",
        false => "example",
    }
}

fn secret(api: &Api, field: &PlannedField<'_>) -> &'static str {
    let is = |wanted: fn(&Binding) -> bool| field.of.bindings.iter().any(wanted);
    if is(|binding| matches!(binding, Binding::Username(_))) {
        "user"
    } else if is(|binding| matches!(binding, Binding::Password(_))) {
        "password"
    } else if is_in_address(api, &field.of.wire) {
        "example"
    } else {
        "secret"
    }
}

fn is_in_address(api: &Api, parameter: &str) -> bool {
    let policies = api.connector.iter().flat_map(|of| &of.policies);
    let templates = policies.filter_map(|policy| match &policy.action {
        Action::SetHost { url } => Some(url),
        _ => None,
    });
    let mut pieces = templates.flat_map(|template| &template.0);
    pieces.any(|piece| {
        matches!(piece, Piece::ConnectionParameter(name, _) if name.eq_ignore_ascii_case(parameter))
    })
}

/// Lines that import from the crate.
pub(in crate::render) fn uses(api: &Api, imports: &[String]) -> Vec<String> {
    let name = api.package.crate_name();
    let (inner, outer): (Vec<&str>, Vec<&str>) = imports
        .iter()
        .map(String::as_str)
        .partition(|import| import.starts_with("connection::"));
    let list = |names: Vec<&str>| match names.as_slice() {
        [one] => (*one).to_owned(),
        all => format!("{{{}}}", all.join(", ")),
    };
    let inner: Vec<&str> = inner
        .into_iter()
        .map(|import| import.trim_start_matches("connection::"))
        .collect();
    let mut lines = Vec::new();
    if !inner.is_empty() {
        lines.push(format!("use {name}::connection::{};", list(inner)));
    }
    if !outer.is_empty() {
        lines.push(format!("use {name}::{};", list(outer)));
    }
    lines
}

/// A client of one way to authenticate.
pub(super) fn client(api: &Api, plan: &Plan<'_>, set: &PlannedSet<'_>) -> Vec<String> {
    let name = api.package.crate_name();
    let Arguments {
        mut imports,
        expression,
        ..
    } = construction(api, plan, set);
    imports.push("Client".to_owned());
    imports.sort();
    let mut lines = vec!["```rust,no_run".to_owned()];
    lines.extend(uses(api, &imports));
    lines.extend([
        String::new(),
        format!("fn connect() -> {name}::Result<Client> {{"),
        format!("    let parameters = {expression};"),
        "    Client::builder().parameters(parameters).build()".to_owned(),
        "}".to_owned(),
        "```".to_owned(),
    ]);
    lines
}

/// An entry of `connections.toml` for the first way to authenticate.
pub(super) fn declaration(api: &Api, plan: &Plan<'_>) -> Vec<String> {
    let Some(set) = plan.sets.iter().find(|set| !set.fields.is_empty()) else {
        return Vec::new();
    };
    let connection = format!("{}.work", api.package.as_str());
    let mut lines = vec!["```toml".to_owned(), format!("[{connection}]")];
    if !set.of.wire.is_empty() {
        lines.push(format!("parameter_set = {}", toml_string(&set.of.wire)));
    }
    let shown = set
        .fields
        .iter()
        .filter(|field| field.required || is_tokens(field));
    let (tokens, values): (Vec<_>, Vec<_>) = shown.partition(|field| is_tokens(field));
    let (secrets, texts): (Vec<_>, Vec<_>) = values
        .into_iter()
        .partition(|field| field.of.kind == ConnectionParameterKind::Secret);
    if !texts.is_empty() {
        lines.extend([String::new(), format!("[{connection}.parameters]")]);
    }
    for field in texts {
        let value = match &field.holds {
            Holds::Choice(index) => {
                let value = plan.choices[*index].values.first();
                value.map_or("", |(_, value)| value.wire.as_str())
            }
            _ => text(field),
        };
        lines.push(format!("{} = {}", key(&field.of.wire), toml_string(value)));
    }
    if !secrets.is_empty() {
        lines.extend([String::new(), format!("[{connection}.secrets]")]);
    }
    for field in secrets {
        let variable = render::environment::parameter(api, &field.of.wire);
        let reference = toml_string(&format!("env:{variable}"));
        lines.push(format!("{} = {reference}", key(&field.of.wire)));
    }
    for field in tokens {
        let Holds::Credential(scheme) = &field.holds else {
            continue;
        };
        lines.extend([
            String::new(),
            format!("[{connection}.credentials.{}]", key(scheme)),
            "type = \"oauth2\"".to_owned(),
            "grant = \"authorization_code\"".to_owned(),
            "client_id = \"your application\"".to_owned(),
        ]);
    }
    lines.push("```".to_owned());
    lines
}

fn is_tokens(field: &PlannedField<'_>) -> bool {
    matches!(field.holds, Holds::Credential(_))
}

/// How somebody signs in, and what becomes of the tokens.
pub(super) fn sign_in(
    api: &Api,
    plan: &Plan<'_>,
    set: &PlannedSet<'_>,
    field: &PlannedField<'_>,
) -> Vec<String> {
    let Holds::Credential(scheme) = &field.holds else {
        return Vec::new();
    };
    let mut schemes = api.security_schemes.iter();
    let is_oauth = |kind: &SchemeKind| {
        matches!(
            kind,
            SchemeKind::OAuth2(_) | SchemeKind::OpenIdConnect { .. }
        )
    };
    if !schemes.any(|known| known.name == *scheme && is_oauth(&known.kind)) {
        return Vec::new();
    }
    let name = api.package.crate_name();
    let Arguments {
        imports,
        expression,
        ..
    } = construction(api, plan, set);
    let parameters = expression.replace("Credential::bearer(\"access token\")", "credential");
    let mut imports: Vec<String> = imports
        .into_iter()
        .filter(|it| it != "Credential")
        .collect();
    imports.extend(["API".to_owned(), "Client".to_owned()]);
    let exchanged = set.fields.iter().filter_map(|field| {
        let mut bindings = field.of.bindings.iter();
        bindings.find_map(|binding| match binding {
            Binding::Exchange(name) if field.required => {
                Some(format!(".value({name:?}, \"example\")"))
            }
            _ => None,
        })
    });
    let values: String = exchanged.collect();
    let mut lines = vec![
        "```rust,no_run".to_owned(),
        "# #[cfg(feature = \"sign-in\")] mod example {".to_owned(),
    ];
    lines.extend(uses(api, &imports));
    lines.extend([
        format!("use {name}::runtime::oauth::{{AuthorizationServer, OAuthClient, OAuthCredential}};"),
        String::new(),
        format!("async fn connect() -> {name}::Result<Client> {{"),
        format!("    let application = OAuthClient::new(\"id\", \"secret\"){values};"),
        format!("    let server = AuthorizationServer::builder(application).api(&API, {scheme:?}).build().await?;"),
        "    let signed_in = server.sign_in().run().await?;".to_owned(),
        "    let credential = OAuthCredential::signed_in(server.client().clone(), signed_in.tokens);".to_owned(),
        format!("    Client::builder().parameters({parameters}).build()"),
        "}".to_owned(),
        "# }".to_owned(),
        "```".to_owned(),
    ]);
    lines
}

/// A key in TOML: bare, if its letters allow it.
pub(super) fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    match !name.is_empty() && name.chars().all(is_bare) {
        true => name.to_owned(),
        false => toml_string(name),
    }
}

fn toml_string(text: &str) -> String {
    render::manifest::string(text)
}
