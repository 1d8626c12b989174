//! `connector rotate-key`.

use connector_runtime::environment::Environment;
use connector_runtime::store::Key;

use super::exit::Outcome;

/// Encrypts everything with a new key, and gives the old one up.
pub async fn run(environment: &Environment, json: bool) -> Outcome {
    let store = environment.store();
    let old = store.key_in_use().await?;
    let new = Key::generate()?;
    let id = new.id().to_owned();
    let rotation = store.rotate_key(new).await?;
    // What can't be opened stays under the old key, which must stay then, too.
    let retired = match rotation.unreadable.is_empty() {
        true => store.retire_key(&old, environment.journal()).await.is_ok(),
        false => false,
    };
    if json {
        say!(
            "{}",
            serde_json::json!({ "key": id, "rewrapped": rotation.rewrapped, "unreadable": rotation.unreadable.len(), "retired": retired.then_some(old) })
        );
        return Ok(());
    }
    say!(
        "{} values are encrypted with the new key {id}",
        rotation.rewrapped
    );
    for value in &rotation.unreadable {
        eprintln!(
            "warning: a value of the connection {} cannot be decrypted: {}",
            value.connection, value.reason
        );
    }
    if !retired {
        eprintln!("warning: the old key {old} is still kept");
    }
    Ok(())
}
