//! How the program ends.

use std::process::ExitCode;

use connector_runtime::{Error, ErrorKind};

/// What a command gives.
pub type Outcome = Result<(), Failure>;

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    code: Code,
    message: String,
}

/// The exit codes, which `--help` documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A call or the authorization server refused, or could not be reached.
    Refused = 1,
    /// The arguments make no sense, or something is missing and nobody can be asked. Clap uses this number, too.
    Usage = 2,
    /// The environment can't be opened, read or written.
    Store = 3,
    /// A person has to sign in.
    NeedsSignIn = 4,
}

impl Failure {
    /// A failure with a certain code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// Something was refused.
    pub fn other(message: impl Into<String>) -> Self {
        Self::new(Code::Refused, message)
    }

    /// The arguments are not enough.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// The same failure with a line about what to do.
    pub fn with_hint(mut self, hint: &str) -> Self {
        self.message = format!("{}\n{hint}", self.message);
        self
    }

    /// Says it on the standard error, and gives the exit code.
    pub fn tell(self, json: bool) -> ExitCode {
        if json {
            let object = serde_json::json!({ "error": self.message });
            eprintln!("{object}");
        } else {
            eprintln!("error: {}", self.message);
        }
        ExitCode::from(self.code as u8)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error.kind() {
            ErrorKind::Store => Code::Store,
            ErrorKind::Configuration => Code::Usage,
            _ => Code::Refused,
        };
        let mut message = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            let text = cause.to_string();
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            source = cause.source();
        }
        Self::new(code, message)
    }
}
