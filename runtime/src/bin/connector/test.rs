//! `connector test`.

use std::time::Instant;

use connector_runtime::environment::{
    ConnectionDefinition, ConnectionStatus, ConnectorDescription, CredentialDefinition,
    Environment, SchemeDescription,
};
use connector_runtime::{Client, Error, Text};

use super::arguments::{Test, Which};
use super::exit::{Code, Failure, Outcome};

/// Tries a connection.
pub async fn run(environment: &Environment, test: &Test, json: bool) -> Outcome {
    let Which { connector, name } = &test.which;
    let info = environment.info(connector, name).await?;
    if info.status == ConnectionStatus::NeedsSignIn {
        let message = format!("a person has to sign in: connector sign-in {connector} {name}");
        return Err(Failure::new(Code::NeedsSignIn, message));
    }
    let definition = environment
        .definition(connector, name)
        .await?
        .unwrap_or_default();
    let api = described(&definition, connector).leak();
    let connection = environment.connection(api, connector, name).await?;
    let client = Client::builder(api).connection(connection).build()?;
    let begun = Instant::now();
    let status = match &test.path {
        None => client.check_credentials().await.map(|()| None),
        Some(path) => {
            let path = format!("/{}", path.trim_start_matches('/'));
            let response = client.request("GET", path).send_with_response::<Text>();
            response.await.map(|response| Some(response.status()))
        }
    };
    match status {
        Ok(status) => tell(json, status, begun),
        Err(error) => Err(explained(environment, error, &test.which).await),
    }
}

fn tell(json: bool, status: Option<u16>, begun: Instant) -> Outcome {
    let millis = begun.elapsed().as_millis();
    if json {
        say!(
            "{}",
            serde_json::json!({ "ok": true, "status": status, "milliseconds": millis })
        );
        return Ok(());
    }
    match status {
        Some(status) => say!("the API answered {status} in {millis} ms"),
        None => say!("the credential is ready ({millis} ms); name a path to call the API"),
    }
    Ok(())
}

/// An error, and whether a person can mend it by signing in: the refresh that failed has left that in the store.
async fn explained(environment: &Environment, error: Error, which: &Which) -> Failure {
    let Which { connector, name } = which;
    let info = environment.info(connector, name).await;
    if info.is_ok_and(|info| info.status == ConnectionStatus::NeedsSignIn) {
        let message = format!("{error}: connector sign-in {connector} {name}");
        return Failure::new(Code::NeedsSignIn, message);
    }
    error.into()
}

/// What the connector said about itself, or what its credentials tell about it.
pub fn described(definition: &ConnectionDefinition, connector: &str) -> ConnectorDescription {
    if let Some(description) = &definition.description {
        return description.clone();
    }
    let mut description = ConnectorDescription::new(connector);
    description.security_schemes = definition
        .credentials
        .iter()
        .map(|(name, credential)| {
            let kind = match credential {
                CredentialDefinition::Password { .. } => "basic",
                CredentialDefinition::SharedKey { .. } => "azure_shared_key",
                CredentialDefinition::AwsSigv4 { .. } => "aws_sigv4",
                CredentialDefinition::OAuth(_) => "oauth2",
                _ => "bearer",
            };
            SchemeDescription::new(name, kind)
        })
        .collect();
    description
}
