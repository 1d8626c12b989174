//! The command line: reads arguments, calls the library, tells the user.

mod arguments;
mod explain;
mod generate;
mod inspect;
mod place;
mod progress;
mod whole;

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use connector_gen::Generator;

use self::arguments::{Arguments, Command, Definition};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// All is well.
    Success,
    /// The document could not be generated.
    Document,
    /// The arguments make no sense. Clap uses this number, too.
    Usage,
    /// The output was refused, or the file system failed.
    Output,
    /// `--check` found differences.
    Different,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Document => 1,
            Self::Usage => 2,
            Self::Output => 3,
            Self::Different => 4,
        }
    }
}

/// Runs the command that the arguments ask for.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let exit = match arguments.command {
        Some(Command::Inspect(inspect)) => inspect::run(&inspect),
        Some(Command::Completions { shell }) => completions(shell),
        None => match arguments.generate.spec {
            Some(_) => generate::run(&arguments.generate),
            // Clap requires one; this is only for the type.
            None => Exit::Usage,
        },
    };
    // Nothing is left to do that the system would not do faster: the model of a large API has millions of parts.
    let _ = io::stdout().flush();
    std::process::exit(i32::from(exit.code()))
}

fn completions(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(
        shell,
        &mut Arguments::command(),
        env!("CARGO_BIN_NAME"),
        &mut script,
    );
    print(&String::from_utf8_lossy(&script))
}

/// The generator for a document named on the command line.
fn generator(definition: &Definition, spec: &std::path::Path) -> Generator {
    let generator = if spec.as_os_str() == "-" {
        Generator::from_stdin()
    } else {
        Generator::new(spec)
    };
    let generator = match &definition.name {
        Some(name) => generator.name(name),
        None => generator,
    };
    let generator = match &definition.settings {
        Some(path) => generator.settings(path),
        None => generator,
    };
    let generator = match &definition.base {
        Some(base) => generator.base(base),
        None => generator,
    };
    let generator = definition
        .overlay
        .iter()
        .fold(generator, Generator::overlay);
    let generator = definition
        .allow_path
        .iter()
        .fold(generator, Generator::allow_path);
    definition
        .allow_url
        .iter()
        .fold(generator, Generator::allow_url)
}

/// Prints a result; a reader that has seen enough, such as `head`, is no error.
fn print(text: &str) -> Exit {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            fail(format_args!(
                "could not write to the standard output: {error}"
            ));
            Exit::Output
        }
        _ => Exit::Success,
    }
}

/// Tells that something went wrong.
fn fail(message: impl fmt::Display) {
    // There is nobody left to tell if this fails.
    let _ = writeln!(io::stderr(), "error: {message}");
}
