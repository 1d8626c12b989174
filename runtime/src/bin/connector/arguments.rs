//! The command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use connector_runtime::environment::{GrantDefinition, Secret};
use connector_runtime::oauth::ClientAuthentication;

/// Manages the connections of this person: which APIs they lead to, and with which secrets.
///
/// Connections are kept encrypted in $CONNECTOR_HOME, or in `connector` in the system's folder for configuration. The key is in
/// $CONNECTOR_KEY, in the file `key` beside them, or in the keyring of the system.
///
/// A secret is never an argument: it is asked for, or read from a variable, a file, or the standard input.
#[derive(Debug, Parser)]
#[command(
    name = "connector",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done; 1 refused or unreachable; 2 wrong or missing arguments; 3 the environment can't be read or written; 4 a person has to sign in."
)]
pub struct Arguments {
    /// Where connections are kept
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Prints JSON, and asks nothing
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Adds a connection, and signs in if it needs a person
    Add(Box<Add>),
    /// Signs a person in
    SignIn(SignIn),
    /// Lists all connections
    List,
    /// Shows a connection, without its secrets
    Show(Which),
    /// Tries a connection: fetches a token, and calls the API if a path is given
    Test(Test),
    /// Encrypts everything with a new key
    RotateKey,
    /// Removes a connection: revokes its tokens and erases its secrets
    Remove(Remove),
    /// Prints a script for completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Names a connection.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// The connector, such as `acme`
    pub connector: String,
    /// The connection's name, such as `work`
    pub name: String,
}

#[derive(Args, Debug)]
pub struct Add {
    #[command(flatten)]
    pub which: Which,
    /// What the connector says about itself: the `connector.json` of its generated crate, or the crate's folder
    #[arg(long, value_name = "PATH")]
    pub from: Option<PathBuf>,
    /// The API's address
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Which of the document's servers to use, counted from 0
    #[arg(long, value_name = "N")]
    pub server: Option<usize>,
    /// A variable in the server's URL
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub variable: Vec<(String, String)>,
    /// A connection parameter, or a value that the provider's URLs need, such as a tenant
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub parameter: Vec<(String, String)>,
    /// A connection parameter that is a secret, by the place where it is read each time anew: NAME=env:VARIABLE,
    /// NAME=file:PATH, or NAME=keyring:SERVICE/ACCOUNT
    #[arg(long = "secret", value_name = "NAME=REFERENCE", value_parser = reference)]
    pub parameter_secret: Vec<NamedSecret>,
    /// The way to authenticate, for connectors with several
    #[arg(long, value_name = "NAME")]
    pub parameter_set: Option<String>,
    /// The security scheme that the credential is for
    #[arg(long, value_name = "NAME")]
    pub scheme: Option<String>,
    /// The kind of credential
    #[arg(long = "type", value_name = "KIND")]
    pub kind: Option<Kind>,
    /// User name, storage account, or access key id
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// The region, for AWS, where the host name does not tell
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,
    /// The service, for AWS, where the host name does not tell
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    #[command(flatten)]
    pub oauth: OAuth,
    #[command(flatten)]
    pub secret: SecretSource,
    /// A file with the client certificate and its key, in PEM, for mutual TLS
    #[arg(long, value_name = "FILE")]
    pub client_identity: Option<PathBuf>,
    /// A file with a root certificate to trust, in PEM
    #[arg(long, value_name = "FILE")]
    pub root_certificate: Vec<PathBuf>,
    /// Sends credentials over plain http to other machines, too
    #[arg(long)]
    pub allow_insecure_credentials: bool,
    /// Does not sign in now
    #[arg(long)]
    pub no_sign_in: bool,
    #[command(flatten)]
    pub way: Way,
}

/// A connection parameter and where its secret is read; nothing if that is no such place.
#[derive(Clone, Debug)]
pub struct NamedSecret {
    pub name: String,
    pub secret: Option<Secret>,
}

/// How a person signs in.
#[derive(Args, Clone, Copy, Debug)]
pub struct Way {
    /// Signs in on another device, with a code
    #[arg(long)]
    pub device: bool,
    /// Prints the address of the sign-in page instead of opening a browser
    #[arg(long)]
    pub no_browser: bool,
}

/// What OAuth 2.0 needs.
#[derive(Args, Debug)]
#[command(next_help_heading = "OAuth 2.0")]
pub struct OAuth {
    /// How tokens come into being
    #[arg(long, value_name = "GRANT")]
    pub grant: Option<Grant>,
    /// The client's id
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// The client has no secret
    #[arg(long)]
    pub public: bool,
    /// The variable with the client's secret, where the secret below is a person's password
    #[arg(long, value_name = "VARIABLE", conflicts_with = "public")]
    pub client_secret_env: Option<String>,
    /// How the client proves who it is
    #[arg(long, value_name = "METHOD")]
    pub authentication: Option<Authentication>,
    /// A file with the client's private key, in PEM
    #[arg(long, value_name = "FILE")]
    pub private_key: Option<PathBuf>,
    /// The id of the private key
    #[arg(long, value_name = "ID")]
    pub key_id: Option<String>,
    /// A scope to ask for; may be repeated
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// The authorization server: a known one such as `github`, or a JSON or TOML file that describes it
    #[arg(long, value_name = "NAME|FILE")]
    pub provider: Option<String>,
    /// The issuer, whose metadata has the endpoints
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// The token endpoint
    #[arg(long, value_name = "URL")]
    pub token_url: Option<String>,
    /// Where a person signs in
    #[arg(long, value_name = "URL")]
    pub authorization_url: Option<String>,
    /// The port of the redirect to this machine, if it is registered
    #[arg(long, value_name = "PORT")]
    pub redirect_port: Option<u16>,
}

/// Where the secret comes from, if nobody is to be asked.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Secret")]
#[group(multiple = false)]
pub struct SecretSource {
    /// Reads it from an environment variable, each time anew
    #[arg(long, value_name = "VARIABLE")]
    pub secret_env: Option<String>,
    /// Reads it from a file, each time anew
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Reads it from the standard input, once
    #[arg(long)]
    pub secret_stdin: bool,
}

impl SecretSource {
    /// Whether it comes from anywhere.
    pub fn is_given(&self) -> bool {
        self.secret_env.is_some() || self.secret_file.is_some() || self.secret_stdin
    }
}

#[derive(Args, Debug)]
pub struct SignIn {
    #[command(flatten)]
    pub which: Which,
    /// The security scheme; needed if several of the connection's need a person
    #[arg(long, value_name = "NAME")]
    pub scheme: Option<String>,
    #[command(flatten)]
    pub way: Way,
}

#[derive(Args, Debug)]
pub struct Test {
    #[command(flatten)]
    pub which: Which,
    /// A path of the API to GET
    pub path: Option<String>,
}

#[derive(Args, Debug)]
pub struct Remove {
    #[command(flatten)]
    pub which: Which,
    /// Does not ask
    #[arg(long)]
    pub yes: bool,
}

/// Kinds of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Nothing: something on the way adds the credential
    None,
    /// User name and password
    Password,
    /// An API key, or a token that does not expire
    Key,
    /// OAuth 2.0 or OpenID Connect
    #[value(name = "oauth2")]
    OAuth2,
    /// Azure Storage account and key
    SharedKey,
    /// AWS access key
    AwsSigv4,
}

/// How tokens come into being.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Grant {
    /// The application itself calls
    ClientCredentials,
    /// A person signs in with a browser here
    AuthorizationCode,
    /// A person signs in with a browser anywhere
    DeviceCode,
    /// The person's password is kept
    Password,
    /// A signed statement, as for service accounts
    JwtBearer,
}

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Authentication {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Body,
    /// `private_key_jwt`
    PrivateKeyJwt,
    /// `tls_client_auth`
    Tls,
    /// A public client
    None,
}

impl From<Grant> for GrantDefinition {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::ClientCredentials => Self::ClientCredentials,
            Grant::AuthorizationCode => Self::AuthorizationCode,
            Grant::DeviceCode => Self::DeviceCode,
            Grant::Password => Self::Password,
            Grant::JwtBearer => Self::JwtBearer,
        }
    }
}

impl From<Authentication> for ClientAuthentication {
    fn from(authentication: Authentication) -> Self {
        match authentication {
            Authentication::Basic => Self::Basic,
            Authentication::Body => Self::Body,
            Authentication::PrivateKeyJwt => Self::PrivateKeyJwt,
            Authentication::Tls => Self::Tls,
            Authentication::None => Self::None,
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// Never fails: the message would quote what may be the secret itself.
fn reference(text: &str) -> Result<NamedSecret, std::convert::Infallible> {
    let (name, place) = text.split_once('=').unwrap_or_default();
    Ok(NamedSecret {
        name: name.to_owned(),
        secret: Secret::reference(place).ok(),
    })
}

/// Prints a completion script.
pub fn completions(shell: clap_complete::Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "connector", &mut script);
    say!("{}", String::from_utf8_lossy(&script).trim_end());
}
