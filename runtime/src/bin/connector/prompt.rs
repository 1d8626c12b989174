//! Questions to the person, if there is one.

use std::io::{IsTerminal as _, Read as _, Write as _, stderr, stdin};

use connector_runtime::SecretString;
use connector_runtime::environment::Secret;
use connector_runtime::secrecy::ExposeSecret as _;

use super::arguments::SecretSource;
use super::exit::Failure;

/// Asks, or says which argument is missing.
pub struct Prompt {
    asks: bool,
}

impl Prompt {
    /// Asks if somebody sits there and JSON was not asked for.
    pub fn new(json: bool) -> Self {
        Self {
            asks: !json && stdin().is_terminal() && stderr().is_terminal(),
        }
    }

    /// A line of text; `flag` is the argument that would give it.
    pub fn text(
        &self,
        question: &str,
        flag: &str,
        default: Option<&str>,
    ) -> Result<String, Failure> {
        if !self.asks {
            return match default {
                Some(default) => Ok(default.to_owned()),
                None => Err(Failure::usage(format!("{question}: give it with {flag}"))),
            };
        }
        loop {
            match default {
                Some(default) => eprint!("{question} [{default}]: "),
                None => eprint!("{question}: "),
            }
            let _ = stderr().flush();
            let mut line = String::new();
            let read = stdin()
                .read_line(&mut line)
                .map_err(|error| Failure::usage(error.to_string()))?;
            match (line.trim(), default) {
                ("", Some(default)) => return Ok(default.to_owned()),
                ("", None) if read == 0 => {
                    return Err(Failure::usage(format!("{question}: nothing was entered")));
                }
                ("", None) => {}
                (text, _) => return Ok(text.to_owned()),
            }
        }
    }

    /// One of several; asks only if there are several.
    pub fn choice(
        &self,
        question: &str,
        flag: &str,
        choices: &[String],
    ) -> Result<String, Failure> {
        match choices {
            [] => Err(Failure::usage(format!(
                "{question}: there is nothing to choose from"
            ))),
            [only] => Ok(only.clone()),
            choices => {
                let listed = choices.join(", ");
                loop {
                    let text = self.text(&format!("{question} ({listed})"), flag, None)?;
                    if choices.contains(&text) {
                        return Ok(text);
                    }
                    eprintln!("`{text}` is none of {listed}");
                }
            }
        }
    }

    /// Yes or no; no if nobody can be asked.
    pub fn confirm(&self, question: &str) -> Result<bool, Failure> {
        if !self.asks {
            return Ok(false);
        }
        let answer = self.text(&format!("{question} (yes/no)"), "--yes", Some("no"))?;
        Ok(matches!(answer.as_str(), "y" | "yes"))
    }

    /// A secret, from where the arguments say or typed unseen.
    pub fn secret(&self, question: &str, source: &SecretSource) -> Result<Secret, Failure> {
        if let Some(variable) = &source.secret_env {
            return Ok(Secret::Env(variable.clone()));
        }
        if let Some(file) = &source.secret_file {
            let path =
                std::path::absolute(file).map_err(|error| Failure::usage(error.to_string()))?;
            return Ok(Secret::File(path));
        }
        let secret = if source.secret_stdin {
            let mut text = String::new();
            stdin()
                .read_to_string(&mut text)
                .map_err(|error| Failure::usage(error.to_string()))?;
            SecretString::from(text.trim_end_matches(['\r', '\n']))
        } else if self.asks {
            let typed = rpassword::prompt_password(format!("{question}: "));
            typed
                .map(SecretString::from)
                .map_err(|error| Failure::usage(error.to_string()))?
        } else {
            return Err(Failure::usage(format!(
                "{question}: give it with --secret-env, --secret-file, or --secret-stdin"
            )));
        };
        if secret.expose_secret().is_empty() {
            return Err(Failure::usage(format!("{question}: it is empty")));
        }
        Ok(Secret::Value(secret))
    }
}
