//! `connector sign-in`.

use connector_runtime::environment::{
    CredentialDefinition, Environment, GrantDefinition, OAuthDefinition,
};

use super::arguments::SignIn;
use super::exit::{Failure, Outcome};

/// Signs a person in and keeps the tokens.
pub async fn run(environment: &Environment, arguments: &SignIn, json: bool) -> Outcome {
    let which = &arguments.which;
    let (scheme, oauth) = interactive(environment, arguments).await?;
    let server = environment
        .authorization_server(&which.connector, &which.name, &scheme)
        .await?;
    let signed_in = if arguments.way.device || oauth.grant == GrantDefinition::DeviceCode {
        let device = server.device_sign_in();
        device
            .run(|prompt| {
                eprintln!(
                    "Open {} and enter the code {}",
                    prompt.verification_url, prompt.user_code
                );
                if let Some(url) = &prompt.complete_url {
                    eprintln!("or open {url}");
                }
            })
            .await?
    } else {
        let mut sign_in = server.sign_in();
        if let Some(port) = oauth.redirect_port {
            sign_in = sign_in.redirect_uri(format!("http://127.0.0.1:{port}/"));
        }
        if arguments.way.no_browser || json {
            sign_in = sign_in.open_with(|url| {
                eprintln!("Open this address to sign in:\n{url}");
                Ok(())
            });
        } else {
            eprintln!("Sign in with the browser that opens now.");
        }
        sign_in.run().await?
    };
    environment
        .signed_in(&which.connector, &which.name, &scheme, &signed_in)
        .await?;
    let notice = signed_in.notice();
    if json {
        say!(
            "{}",
            serde_json::json!({ "signed_in": { "connector": which.connector, "name": which.name, "scheme": scheme }, "notice": notice })
        );
        return Ok(());
    }
    say!("signed in to {} {}", which.connector, which.name);
    if let Some(notice) = notice {
        eprintln!("warning: {notice}");
    }
    Ok(())
}

/// The scheme that needs a person.
async fn interactive(
    environment: &Environment,
    arguments: &SignIn,
) -> Result<(String, OAuthDefinition), Failure> {
    let which = &arguments.which;
    let definition = environment
        .definition(&which.connector, &which.name)
        .await?;
    let Some(definition) = definition else {
        return Err(Failure::usage(format!(
            "there is no connection `{1}` of `{0}`: make one with `connector add {0} {1}`",
            which.connector, which.name
        )));
    };
    let fits = |scheme: &String, oauth: &OAuthDefinition| match &arguments.scheme {
        Some(wanted) => wanted == scheme && oauth.grant.needs_sign_in(),
        None => oauth.grant.needs_sign_in(),
    };
    let mut found: Vec<(String, OAuthDefinition)> = definition
        .credentials
        .into_iter()
        .filter_map(|(scheme, credential)| match credential {
            CredentialDefinition::OAuth(oauth) if fits(&scheme, &oauth) => Some((scheme, *oauth)),
            _ => None,
        })
        .collect();
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (Some(_), _) => Err(Failure::usage(
            "several schemes of the connection need a person: choose one with --scheme",
        )),
        (None, _) => Err(Failure::usage(match &arguments.scheme {
            Some(scheme) => format!(
                "nobody has to sign in for the scheme `{scheme}` of {} {}",
                which.connector, which.name
            ),
            None => format!(
                "nobody has to sign in for {} {}: its credentials do without",
                which.connector, which.name
            ),
        })),
    }
}
