//! Questions to the person, if there is one.

use std::io::{IsTerminal as _, Read as _, Write as _, stderr, stdin};

use connector_runtime::environment::Secret;
use connector_runtime::secrecy::zeroize::Zeroizing;

use super::add::absolute;
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

    /// Whether somebody can be asked.
    pub fn asks(&self) -> bool {
        self.asks
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
                Some(default) if !default.is_empty() => eprint!("{question} [{default}]: "),
                _ => eprint!("{question}: "),
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

    /// A line of text that may be empty, which it is if nobody can be asked.
    pub fn text_if_any(&self, question: &str) -> Result<String, Failure> {
        self.text(question, "", Some(""))
    }

    /// A default for people: where nobody can look at it, it has to be said.
    pub fn suggestion(&self, default: &'static str) -> Option<&'static str> {
        self.asks.then_some(default)
    }

    /// Tells what a question is about.
    pub fn say(&self, text: &str) {
        if self.asks {
            eprintln!("{text}");
        }
    }

    /// One of several; asks only if there are several.
    pub fn choice(
        &self,
        question: &str,
        flag: &str,
        choices: &[String],
        default: Option<&str>,
    ) -> Result<String, Failure> {
        match choices {
            [] => Err(Failure::usage(format!(
                "{question}: there is nothing to choose from"
            ))),
            [only] => Ok(only.clone()),
            choices => {
                let listed = choices.join(", ");
                loop {
                    let text = self.text(&format!("{question} ({listed})"), flag, default)?;
                    if choices.contains(&text) {
                        return Ok(text);
                    }
                    if !self.asks {
                        return Err(Failure::usage(format!(
                            "{question}: `{text}` is none of {listed}"
                        )));
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
        let secret = self.secret_if_any(question, source)?;
        secret.ok_or_else(|| Failure::usage(format!("{question}: it is empty")))
    }

    /// A secret that there need not be: a person may enter nothing.
    pub fn secret_if_any(
        &self,
        question: &str,
        source: &SecretSource,
    ) -> Result<Option<Secret>, Failure> {
        if let Some(variable) = &source.secret_env {
            return Ok(Some(Secret::Env(variable.clone())));
        }
        if let Some(file) = &source.secret_file {
            return Ok(Some(Secret::File(absolute(file)?)));
        }
        let failed = |error: std::io::Error| Failure::usage(format!("{question}: {error}"));
        if source.secret_stdin {
            let mut text = Zeroizing::new(String::new());
            stdin().read_to_string(&mut text).map_err(failed)?;
            let secret = text.trim_end_matches(['\r', '\n']);
            if secret.is_empty() {
                return Err(Failure::usage(format!(
                    "{question}: there is nothing on the standard input"
                )));
            }
            return Ok(Some(Secret::value(secret)));
        }
        if !self.asks {
            return Err(Failure::usage(format!(
                "{question}: give it with --secret-env, --secret-file, or --secret-stdin"
            )));
        }
        let typed = rpassword::prompt_password(format!("{question}: ")).map_err(failed)?;
        let typed = Zeroizing::new(typed);
        Ok((!typed.is_empty()).then(|| Secret::value(typed.as_str())))
    }
}
