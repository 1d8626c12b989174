//! `connector list` and `connector show`.

use connector_runtime::environment::{
    ConnectionDefinition, ConnectionInfo, CredentialDefinition, CredentialStatus, Environment,
    ProviderReference, Secret,
};
use connector_runtime::oauth::Provider;
use serde_json::{Value, json};

use super::arguments::Which;
use super::exit::Outcome;

/// Lists all connections.
pub async fn list(environment: &Environment, as_json: bool) -> Outcome {
    let connections = environment.list().await?;
    if as_json {
        let list: Vec<Value> = connections.iter().map(object).collect();
        say!("{}", Value::from(list));
        return Ok(());
    }
    if connections.is_empty() {
        say!("no connections in {}", environment.folder().display());
        return Ok(());
    }
    let rows = connections.iter().map(|each| {
        let kinds: Vec<&str> = each
            .credentials
            .iter()
            .map(|(_, status)| status.kind.as_str())
            .collect();
        let used = each
            .last_used_at
            .map_or_else(|| "never".to_owned(), |at| at.to_string());
        [
            each.connector.clone(),
            each.name.clone(),
            each.status.as_str().to_owned(),
            kinds.join(", "),
            used,
        ]
    });
    let head = ["CONNECTOR", "NAME", "STATUS", "CREDENTIALS", "LAST USED"].map(str::to_owned);
    print_table(std::iter::once(head).chain(rows).collect());
    Ok(())
}

/// Shows a connection.
pub async fn show(environment: &Environment, which: &Which, as_json: bool) -> Outcome {
    let info = environment.info(&which.connector, &which.name).await?;
    let definition = environment.definition(&which.connector, &which.name).await;
    // One that can't be read is shown, too, with the reason.
    let (definition, problem) = match definition {
        Ok(definition) => (definition, None),
        Err(error) => (None, Some(error.to_string())),
    };
    let address = definition.as_ref().and_then(address);
    if as_json {
        let mut object = object(&info);
        object["base_url"] = address.into();
        object["problem"] = problem.into();
        if let Some(definition) = &definition {
            object["parameter_set"] = definition.parameter_set.clone().into();
            object["parameters"] = json!(definition.parameters);
            let secrets = definition.secrets.iter();
            let secrets = secrets.map(|(name, secret)| (name.clone(), place(secret)));
            object["secrets"] = Value::Object(secrets.collect());
        }
        say!("{object}");
        return Ok(());
    }
    say!("{} {}: {}", info.connector, info.name, info.status.as_str());
    match (&problem, &address) {
        (Some(problem), _) => say!("  {problem}"),
        (None, Some(address)) => say!("  address: {address}"),
        (None, None) => say!("  address: depends on who signs in"),
    }
    if info.declared {
        say!("  declared in connections.toml");
    }
    if let Some(definition) = &definition {
        show_parameters(definition);
    }
    for (scheme, status) in &info.credentials {
        say!("  {scheme}: {}, {}", status.kind, status.status.as_str());
        if let Some(at) = status.expires_at {
            say!("    the access token expires at {at}");
        }
        if let Some(notice) = &status.notice {
            say!("    {notice}");
        }
    }
    if let Some(at) = info.created_at {
        say!("  made at {at}");
    }
    if let Some(at) = info.last_used_at {
        say!("  last used at {at}");
    }
    say!("  key: {}", environment.key_place());
    Ok(())
}

/// The connection parameters, with the places of secrets.
fn show_parameters(definition: &ConnectionDefinition) {
    if let Some(set) = &definition.parameter_set {
        say!("  parameter set: {set}");
    }
    for (name, value) in &definition.parameters {
        say!("  parameter {name}: {value}");
    }
    for (name, secret) in &definition.secrets {
        match place(secret).as_str() {
            Some(place) => say!("  parameter {name}: {place}"),
            None => say!("  parameter {name}: a secret"),
        }
    }
}

/// Where a secret is read from; nothing for one that is kept here.
fn place(secret: &Secret) -> Value {
    match secret.is_value() {
        true => Value::Null,
        false => format!("{secret:?}").into(),
    }
}

/// The address of the API: the connection's own, or the document's with its variables filled in.
fn address(definition: &ConnectionDefinition) -> Option<String> {
    if definition.base_url.is_some() {
        return definition.base_url.clone();
    }
    if definition.credentials.values().any(knows_address) {
        return None;
    }
    let servers = &definition.description.as_ref()?.servers;
    let server = servers.get(definition.server.unwrap_or_default())?;
    let mut url = server.url.clone();
    for variable in &server.variables {
        let given = definition.server_variables.get(&variable.name);
        let value = given.unwrap_or(&variable.default);
        url = url.replace(&format!("{{{}}}", variable.name), value);
    }
    Some(url)
}

/// Whether the address depends on who signs in.
fn knows_address(credential: &CredentialDefinition) -> bool {
    let CredentialDefinition::OAuth(oauth) = credential else {
        return false;
    };
    match &oauth.provider {
        Some(ProviderReference::Known(name)) => {
            Provider::known(name).is_ok_and(|provider| provider.base_url.is_some())
        }
        Some(ProviderReference::Described(provider)) => provider.base_url.is_some(),
        None => false,
    }
}

fn object(info: &ConnectionInfo) -> Value {
    let credentials: serde_json::Map<String, Value> = info
        .credentials
        .iter()
        .map(|(scheme, status)| (scheme.clone(), credential(status)))
        .collect();
    json!({
        "connector": info.connector,
        "name": info.name,
        "status": info.status.as_str(),
        "declared": info.declared,
        "credentials": credentials,
        "created_at": info.created_at.map(|at| at.to_string()),
        "last_used_at": info.last_used_at.map(|at| at.to_string()),
    })
}

fn credential(status: &CredentialStatus) -> Value {
    json!({
        "kind": status.kind,
        "status": status.status.as_str(),
        "expires_at": status.expires_at.map(|at| at.to_string()),
        "refreshable": status.refreshable,
        "notice": status.notice,
    })
}

fn print_table(rows: Vec<[String; 5]>) {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..5).map(width).collect();
    for row in &rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        say!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
