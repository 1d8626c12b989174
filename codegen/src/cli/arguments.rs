//! What can be said on the command line.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

/// Paragraphs are lines here, which clap wraps to the width of the terminal; what must stay as it is fits into 80 columns.
const EXAMPLES: &str = "\
Examples:
  connector-gen acme.yaml                     write the crate to ./acme
  connector-gen acme.yaml -o crates/acme --name acme-client
  curl -s https://example.com/openapi.json | connector-gen - --name example
  connector-gen acme.yaml -o acme --check     for CI: is it up to date?
  connector-gen connectors/acme               a Power Platform connector's folder
  connector-gen acme.yaml --overlay fixes.overlay.yaml
  connector-gen inspect acme.yaml             look at a document first

Documents of several files:
  A `$ref` may lead to other files, JSON or YAML, in the folder of the document and below it. What lies elsewhere, and what is on the web, is read only if --allow-path or --allow-url say so; links out of the folder are not followed. What is refused or missing costs the operations that need it, not the document. --report lists what was read.

The output:
  A library crate: Cargo.toml, README.md and src/, with one module and one Cargo feature per tag of the document. \
The folder is replaced whole or not at all; only `target` and `Cargo.lock` in it stay. If nothing changed, no file \
is touched. A folder that connector-gen did not write is refused. The same document gives the same bytes on every \
machine.

  The crate depends on `connector-runtime`: on the folder that --runtime-path names; else, within a checkout of \
connector-gen, on the checkout's `runtime` folder; else on the published version. If it lands in a Cargo workspace \
that does not list it, it gets an empty `[workspace]` table of its own.

Credentials:
  Neither this program nor the crate that it writes holds any. The client is given them in code, or reads them from \
environment variables, such as ACME_TOKEN for the crate `acme`; the crate's README lists them.

Exit status:
  0  the crate was written, or is up to date
  1  no crate: the document cannot be read or has errors (--strict: warnings)
  2  the command line makes no sense
  3  the folder was refused, or the crate or the report could not be written
  4  --check found differences";

/// Generate a typed Rust client crate from an API definition
///
/// Reads OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0, in JSON or YAML, and folders of Power Platform connectors. What cannot be generated is skipped,
/// operation by operation, and reported with its place in the document.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_long_help = EXAMPLES,
    after_help = "`--help` shows examples, exit codes and where credentials come from.",
    max_term_width = 100
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub generate: Generate,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what a document holds: operations, security, servers, what would be skipped
    Inspect(Inspect),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub struct Generate {
    /// The document: a file, a folder that holds one, or `-` for the standard input
    ///
    /// A Power Platform connector is its folder, or the definition in it: its `apiProperties.json` and its script are
    /// read as well. A file that is called like a subcommand is named with its folder: `./inspect`.
    #[arg(required = true, value_hint = ValueHint::AnyPath)]
    pub spec: Option<PathBuf>,

    /// The folder to write the crate to [default: the crate's name, in the current folder]
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub definition: Definition,

    /// Depend on the connector-runtime in this folder instead of the published version
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub runtime_path: Option<PathBuf>,

    /// Write what happened to a JSON file: every diagnostic, every operation, counts and timings
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,

    /// Replace the output folder even if connector-gen did not write it; all that is in it is lost
    #[arg(long)]
    pub force: bool,

    /// Write nothing; compare the output folder with what would be written
    #[arg(long, conflicts_with = "force")]
    pub check: bool,

    /// Add tests to the crate that call every operation with made-up values and check what is sent
    ///
    /// `cargo test` runs them without a server; with CONNECTOR_TEST_SERVER=URL, they call that one, with the credentials of the
    /// crate's variables or, with CONNECTOR_TEST_CREDENTIALS=made-up, with some that are none.
    #[arg(long)]
    pub tests: bool,

    /// Treat warnings as errors
    #[arg(long)]
    pub strict: bool,

    /// Print errors only
    #[arg(short, long)]
    pub quiet: bool,
}

/// What `inspect` is told.
#[derive(Debug, Args)]
pub struct Inspect {
    /// The document: a file, a folder that holds one, or `-` for the standard input
    #[arg(value_hint = ValueHint::AnyPath)]
    pub spec: PathBuf,

    #[command(flatten)]
    pub definition: Definition,

    /// Print JSON, in the form of `--report`
    #[arg(long)]
    pub json: bool,
}

/// What is said about any document.
#[derive(Debug, Args)]
pub struct Definition {
    /// The crate's name [default: made from the API's title]
    #[arg(long)]
    pub name: Option<String>,

    /// Settings that the document lacks, such as how lists are paged [default: `connector.toml` beside the document]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub settings: Option<PathBuf>,

    /// Change the document by an overlay (Overlay Specification 1.0 to 1.2) before it is read; may be repeated, and
    /// they are applied in this order
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub overlay: Vec<PathBuf>,

    /// Let `$ref`s lead to files in another folder than that of the document and those below it; may be repeated
    #[arg(
        long,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        value_parser = PathBufValueParser::new().try_map(folder)
    )]
    pub allow_path: Vec<PathBuf>,

    /// Let `$ref`s lead to URLs that start like this, such as https://example.com/schemas/; may be repeated
    ///
    /// They are fetched over https (from this machine also over http), without credentials; redirects are followed
    /// to what is allowed as well.
    #[arg(long, value_name = "PREFIX", value_hint = ValueHint::Url, value_parser = web_address)]
    pub allow_url: Vec<String>,

    /// The folder, or the URL, that `$ref`s of a document from the standard input start from
    #[arg(long, value_name = "DIR|URL", value_hint = ValueHint::AnyPath)]
    pub base: Option<String>,

    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

/// A folder that is there: a mistyped one would allow for nothing, without a word.
fn folder(path: PathBuf) -> Result<PathBuf, &'static str> {
    match path.is_dir() {
        true => Ok(path),
        false => Err("there is no such folder"),
    }
}

fn web_address(text: &str) -> Result<String, &'static str> {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some(scheme) if ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) => {
            Ok(text.to_owned())
        }
        _ => Err("it starts with https:// or, on this machine, http://"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_document_is_required_unless_a_subcommand_is_given() {
        assert!(Arguments::try_parse_from(["connector-gen"]).is_err());
        assert!(Arguments::try_parse_from(["connector-gen", "inspect"]).is_err());
        assert!(Arguments::try_parse_from(["connector-gen", "completions", "bash"]).is_ok());
        assert!(Arguments::try_parse_from(["connector-gen", "acme.yaml"]).is_ok());
    }

    #[test]
    fn what_would_allow_for_nothing_is_refused() {
        let parsed = |arguments: [&str; 2]| {
            let all = ["connector-gen", "acme.yaml"].into_iter().chain(arguments);
            Arguments::try_parse_from(all).is_ok()
        };
        assert!(parsed(["--allow-path", "."]));
        assert!(!parsed(["--allow-path", "no/such/folder"]));
        assert!(parsed(["--allow-url", "HTTPS://example.com/schemas/"]));
        assert!(!parsed(["--allow-url", "example.com/schemas/"]));
    }

    #[test]
    fn a_file_named_like_a_subcommand_is_named_with_its_folder() {
        let arguments = Arguments::try_parse_from(["connector-gen", "./inspect"]).unwrap();
        assert!(arguments.command.is_none());
        assert_eq!(arguments.generate.spec, Some(PathBuf::from("./inspect")));
    }

    #[test]
    fn options_of_the_main_command_do_not_go_with_subcommands() {
        assert!(
            Arguments::try_parse_from(["connector-gen", "--force", "inspect", "acme.yaml"])
                .is_err()
        );
    }
}
