//! The end of a connection.

use super::{CredentialDefinition, Environment, Found};
use crate::error::Result;
use crate::oauth::AuthorizationServer;

impl Environment {
    /// Removes a connection, also one that can't be read: erases its secrets and revokes its tokens where the server allows it
    /// (RFC 7009). Gives what could not be revoked, for people.
    ///
    /// # Errors
    /// When there is no such connection, it is declared in `connections.toml`, or the store can't be written.
    pub async fn remove(&self, connector: &str, name: &str) -> Result<Vec<String>> {
        let (id, servers) = match self.require(connector, name).await {
            Ok(found) => {
                self.refuse_declared(&found, connector, name)?;
                let servers = self.servers(&found, connector, name).await;
                (found.id, servers)
            }
            // What can't be read can still be erased.
            Err(error) => match self.id(connector, name).await {
                Ok(Some(id)) => (id, Vec::new()),
                _ => return Err(error),
            },
        };
        // Erased first: what fails afterwards must not bring it back.
        let mut tokens = self.0.store.remove_connection(&id).await?;
        // Those that the store could not take are too late now.
        let late = self.0.journal.replay(&self.0.store).await?;
        tokens.extend(late.into_iter().filter(|(key, _)| key.connection() == id));
        let mut notices = Vec::new();
        for (key, tokens) in tokens {
            let scheme = key.slot().split('?').next().unwrap_or_default();
            let revoked = match servers.iter().find(|(name, _)| name == scheme) {
                Some((_, Ok(server))) => match server.revoke(&tokens).await {
                    Ok(true) => Ok(()),
                    Ok(false) => Err("the server names no place for it".to_owned()),
                    Err(error) => Err(error.to_string()),
                },
                Some((_, Err(error))) => Err(error.to_string()),
                None => Err("the connection's definition could not be read".to_owned()),
            };
            if let Err(error) = revoked {
                notices.push(format!(
                    "the tokens for `{scheme}` are erased here, but not revoked: {error}"
                ));
            }
        }
        Ok(notices)
    }

    /// The authorization servers of a connection, by scheme.
    async fn servers(
        &self,
        found: &Found,
        connector: &str,
        name: &str,
    ) -> Vec<(String, Result<AuthorizationServer>)> {
        let mut servers = Vec::new();
        for (scheme, credential) in &found.definition.credentials {
            if matches!(credential, CredentialDefinition::OAuth(_)) {
                let server = self.authorization_server(connector, name, scheme).await;
                servers.push((scheme.clone(), server));
            }
        }
        servers
    }

    /// The id of a connection that is kept, whether or not it can be read.
    async fn id(&self, connector: &str, name: &str) -> Result<Option<String>> {
        let kept = self.0.store.connections().await?;
        let found = kept
            .into_iter()
            .find(|kept| kept.connector == connector && kept.name == name);
        Ok(found.map(|kept| kept.id))
    }
}
