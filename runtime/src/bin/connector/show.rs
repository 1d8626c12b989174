//! `connector list` and `connector show`.

use connector_runtime::environment::{ConnectionInfo, CredentialStatus, Environment};
use serde_json::{Value, json};

use super::arguments::Which;
use super::exit::Outcome;

/// Lists all connections.
pub async fn list(environment: &Environment, as_json: bool) -> Outcome {
    let connections = environment.list().await?;
    if as_json {
        let list: Vec<Value> = connections.iter().map(object).collect();
        println!("{}", Value::from(list));
        return Ok(());
    }
    if connections.is_empty() {
        println!("no connections in {}", environment.folder().display());
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
    let address = definition.and_then(|definition| definition.base_url);
    if as_json {
        let mut object = object(&info);
        object["base_url"] = address.into();
        object["problem"] = problem.into();
        println!("{object}");
        return Ok(());
    }
    println!("{} {}: {}", info.connector, info.name, info.status.as_str());
    match (&problem, &address) {
        (Some(problem), _) => println!("  {problem}"),
        (None, Some(address)) => println!("  address: {address}"),
        (None, None) => println!("  address: as the API's document or who signed in says"),
    }
    if info.declared {
        println!("  declared in connections.toml");
    }
    for (scheme, status) in &info.credentials {
        println!("  {scheme}: {}, {}", status.kind, status.status.as_str());
        if let Some(at) = status.expires_at {
            println!("    the access token expires at {at}");
        }
        if let Some(notice) = &status.notice {
            println!("    {notice}");
        }
    }
    if let Some(at) = info.created_at {
        println!("  made at {at}");
    }
    if let Some(at) = info.last_used_at {
        println!("  last used at {at}");
    }
    println!("  key: {}", environment.key_place());
    Ok(())
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
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
