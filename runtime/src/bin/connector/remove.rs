//! `connector remove`.

use connector_runtime::environment::Environment;

use super::arguments::{Remove, Which};
use super::exit::{Failure, Outcome};
use super::prompt::Prompt;

/// Removes a connection.
pub async fn run(environment: &Environment, remove: &Remove, json: bool) -> Outcome {
    let Which { connector, name } = &remove.which;
    // Says so if there is none, before it asks.
    environment.info(connector, name).await?;
    let sure = remove.yes
        || Prompt::new(json)
            .confirm(&format!("Remove {connector} {name} and erase its secrets?"))?;
    if !sure {
        return Err(Failure::usage(
            "nothing was removed; --yes removes without asking",
        ));
    }
    let notices = environment.remove(connector, name).await?;
    if json {
        say!(
            "{}",
            serde_json::json!({ "removed": { "connector": connector, "name": name }, "notices": notices })
        );
        return Ok(());
    }
    say!("removed {connector} {name}");
    for notice in notices {
        eprintln!("warning: {notice}");
    }
    Ok(())
}
