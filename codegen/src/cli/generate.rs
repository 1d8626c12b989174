//! The main command: from a document to a crate on disk.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use connector_gen::diagnostics::Severity;
use connector_gen::report::Report;
use connector_gen::settings::Settings;
use connector_gen::source::Input;
use connector_gen::write::{Refusal, WriteError, Written};
use connector_gen::{GenerateError, Generated, RuntimeDependency, Stage, source};

use super::arguments::Generate;
use super::explain::explain;
use super::progress::Progress;
use super::whole::write_whole;
use super::{Exit, fail, generator, place, print};

/// Appended to the manifest of a crate that lies in a workspace which does not list it.
const OWN_WORKSPACE: &str = "
# This folder lies in a Cargo workspace that does not list this package. Once it does, generate again.
[workspace]
";

pub fn run(arguments: &Generate) -> Exit {
    let start = Instant::now();
    let progress = Progress::start(!arguments.quiet && io::stderr().is_terminal());
    let generated = generate(arguments, &progress);
    let (mut generated, folder) = match generated {
        Ok(generated) => generated,
        Err(failure) => {
            progress.finish();
            return failure.end(arguments);
        }
    };
    progress.enter(Stage::Write);
    let mut timings = std::mem::take(&mut generated.timings);
    let outcome = timings.measure(Stage::Write, || settle(&generated, &folder, arguments));
    generated.timings = timings;
    progress.finish();

    let least = if arguments.quiet {
        Severity::Error
    } else {
        Severity::Warning
    };
    let definition = &generated.definition;
    explain(
        &generated.diagnostics,
        &definition.sources,
        least,
        arguments.definition.color,
        rest_hint(arguments),
    );
    let exit = tell(&generated, &folder, &outcome, arguments, start.elapsed());
    let mut report = Report::generated(&generated);
    report.outcome = outcome.name();
    write_report(&report, arguments).unwrap_or(exit)
}

/// Why there is nothing to write.
enum Failure {
    Document(GenerateError),
    Place(PathBuf, String),
}

/// Goes through the stages up to the files of the crate, and decides where they go.
fn generate(arguments: &Generate, progress: &Progress) -> Result<(Generated, PathBuf), Failure> {
    let spec = arguments.spec.as_deref().unwrap_or(Path::new("-"));
    keep_document_from_report(arguments, spec)?;
    let generator = generator(&arguments.definition, spec)
        .strict(arguments.strict)
        .tests(arguments.tests)
        .on_stage(progress.watcher());
    let lowered = generator.lower().map_err(|error| {
        let inputs = error
            .definition()
            .map_or(&[][..], |definition| &definition.inputs);
        let kept = keep_from_report(inputs.iter().filter_map(Input::path), arguments);
        kept.err().unwrap_or(Failure::Document(error))
    })?;
    let inputs = lowered.definition.inputs.iter().filter_map(Input::path);
    keep_from_report(inputs, arguments)?;
    let folder = arguments
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from(lowered.api.package.as_str()));
    if !arguments.check {
        keep_from_crate(spec, "document", &folder)?;
        for input in lowered.definition.inputs.iter().filter_map(Input::path) {
            keep_from_crate(input, "document", &folder)?;
        }
    }
    let misplaced = |error: io::Error| Failure::Place(folder.clone(), error.to_string());
    let runtime = runtime(arguments, &folder)?;
    let mut generated = lowered.render(runtime).map_err(Failure::Document)?;
    if place::workspace_in_the_way(&folder)
        .map_err(misplaced)?
        .is_some()
    {
        let manifest = generated.files.get("Cargo.toml").unwrap_or_default();
        let manifest = format!("{manifest}{OWN_WORKSPACE}");
        generated.files.insert("Cargo.toml", manifest);
    }
    Ok((generated, folder))
}

/// Refuses to write the report over the document, or over a file that belongs to it.
fn keep_document_from_report(arguments: &Generate, spec: &Path) -> Result<(), Failure> {
    // A document that can't be read is told about later.
    let mut files = source::files(spec).unwrap_or_default();
    let settings = arguments.definition.settings.clone();
    files.extend(settings.or_else(|| Settings::beside(spec)));
    files.extend(arguments.definition.overlay.iter().cloned());
    keep_from_report(files.iter().map(PathBuf::as_path), arguments)
}

fn keep_from_report<'a>(
    mut files: impl Iterator<Item = &'a Path>,
    arguments: &Generate,
) -> Result<(), Failure> {
    let report = arguments.report.as_deref();
    let Some((report, target)) = report.and_then(|path| Some((path, path.canonicalize().ok()?)))
    else {
        return Ok(());
    };
    if files.any(|file| file.canonicalize().is_ok_and(|file| file == target)) {
        return Err(destroys("document", report));
    }
    Ok(())
}

/// Refuses to replace a folder that holds what the crate is made of; `what` names it.
fn keep_from_crate(path: &Path, what: &str, folder: &Path) -> Result<(), Failure> {
    let current = std::env::current_dir().and_then(|path| path.canonicalize());
    let (Ok(path), Ok(replaced), Ok(current)) =
        (path.canonicalize(), folder.canonicalize(), current)
    else {
        return Ok(());
    };
    // A file and the current folder are never replaced.
    let is_replaced = replaced.is_dir() && !current.starts_with(&replaced);
    if is_replaced && path.starts_with(&replaced) {
        return Err(destroys(what, folder));
    }
    Ok(())
}

fn destroys(what: &str, path: &Path) -> Failure {
    let reason = format!("writing here would destroy the {what}");
    Failure::Place(path.to_owned(), reason)
}

/// Where the crate finds the runtime.
fn runtime(arguments: &Generate, folder: &Path) -> Result<RuntimeDependency, Failure> {
    let path = match &arguments.runtime_path {
        Some(path) if !place::is_runtime(path) => {
            return Err(Failure::Place(
                path.clone(),
                "there is no connector-runtime in this folder".to_owned(),
            ));
        }
        Some(path) => Some(path.clone()),
        None => place::runtime_of_checkout(),
    };
    let Some(path) = path else {
        return Ok(RuntimeDependency::default());
    };
    if !arguments.check {
        keep_from_crate(&path, "runtime", folder)?;
    }
    let relative = place::relative_path(folder, &path);
    relative
        .map(RuntimeDependency::Path)
        .map_err(|error| Failure::Place(path, error.to_string()))
}

impl Failure {
    /// Tells the user, and ends.
    fn end(self, arguments: &Generate) -> Exit {
        let error = match self {
            Self::Document(error) => error,
            Self::Place(path, reason) => {
                fail(format_args!("`{}`: {reason}", path.display()));
                return Exit::Output;
            }
        };
        let least = if arguments.quiet && !error.is_strict() {
            Severity::Error
        } else {
            Severity::Warning
        };
        explain(
            error.diagnostics(),
            error.sources(),
            least,
            arguments.definition.color,
            rest_hint(arguments),
        );
        if error.is_strict() {
            fail("nothing was written: with --strict, warnings are errors");
        } else if error.is_about_document() {
            fail("nothing was written");
        } else {
            fail(&error);
        }
        write_report(&Report::failed(&error), arguments).unwrap_or(Exit::Document)
    }
}

/// What became of the folder.
enum Outcome {
    Written(Written),
    UpToDate,
    Different(Vec<String>),
    Failed(WriteError),
}

impl Outcome {
    /// The name in the report.
    fn name(&self) -> &'static str {
        match self {
            Self::Written(Written::Created) => "created",
            Self::Written(Written::Replaced) => "replaced",
            Self::Written(Written::Unchanged) | Self::UpToDate => "unchanged",
            Self::Different(_) => "different",
            Self::Failed(WriteError::Refused { .. }) => "refused",
            Self::Failed(_) => "failed",
        }
    }
}

/// Writes the crate, or compares the folder with it.
fn settle(generated: &Generated, folder: &Path, arguments: &Generate) -> Outcome {
    if !arguments.check {
        return match generated.write_to(folder, arguments.force) {
            Ok(written) => Outcome::Written(written),
            Err(error) => Outcome::Failed(error),
        };
    }
    match generated.check(folder) {
        Ok(differences) if differences.is_empty() => Outcome::UpToDate,
        Ok(differences) => {
            Outcome::Different(differences.iter().map(ToString::to_string).collect())
        }
        Err(error) => Outcome::Failed(WriteError::Io {
            folder: folder.to_owned(),
            error,
        }),
    }
}

/// Says how it went.
fn tell(
    generated: &Generated,
    folder: &Path,
    outcome: &Outcome,
    arguments: &Generate,
    elapsed: Duration,
) -> Exit {
    // Without a slash at the end, which the messages add.
    let shown: PathBuf = folder.components().collect();
    let shown = shown.display();
    match outcome {
        Outcome::Written(written) => {
            let (counted, spent) = (counted(generated), spent(generated, elapsed));
            match written {
                Written::Created | Written::Replaced => {
                    summarize(
                        arguments,
                        format_args!("generated {counted} into {shown}/{spent}"),
                    );
                }
                Written::Unchanged => {
                    summarize(
                        arguments,
                        format_args!("{shown}/ already holds these {counted}{spent}"),
                    );
                }
            }
            Exit::Success
        }
        Outcome::UpToDate => {
            summarize(arguments, format_args!("{shown}/ is up to date"));
            Exit::Success
        }
        Outcome::Different(differences) => {
            let printed = print(&(differences.join("\n") + "\n"));
            fail(format_args!(
                "{shown}/ is not up to date: {}",
                counted_as(differences.len(), "difference")
            ));
            if printed == Exit::Success {
                Exit::Different
            } else {
                printed
            }
        }
        Outcome::Failed(error) => {
            fail(error);
            if let WriteError::Refused {
                reason: Refusal::Foreign,
                ..
            } = error
            {
                let _ = writeln!(io::stderr(), "hint: name another folder with -o");
            }
            Exit::Output
        }
    }
}

fn summarize(arguments: &Generate, message: std::fmt::Arguments<'_>) {
    if !arguments.quiet {
        // There is nobody left to tell if this fails.
        let _ = writeln!(io::stderr(), "{message}");
    }
}

/// `1223 operations and 1664 models`.
fn counted(generated: &Generated) -> String {
    let operations = counted_as(generated.api.operations().count(), "operation");
    format!(
        "{operations} and {}",
        counted_as(generated.api.models.len(), "model")
    )
}

/// ` (3 skipped, 41 warnings) in 0.8 s`.
fn spent(generated: &Generated, elapsed: Duration) -> String {
    let mut asides = Vec::new();
    if !generated.api.skipped.is_empty() {
        asides.push(format!("{} skipped", generated.api.skipped.len()));
    }
    for (severity, name) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        match generated.diagnostics.count(severity) {
            0 => {}
            count => asides.push(counted_as(count, name)),
        }
    }
    let asides = if asides.is_empty() {
        String::new()
    } else {
        format!(" ({})", asides.join(", "))
    };
    let seconds = elapsed.as_secs_f64();
    if seconds < 0.1 {
        format!("{asides} in {:.0} ms", seconds * 1e3)
    } else {
        format!("{asides} in {seconds:.1} s")
    }
}

/// `1 model`, `2 models`.
pub(super) fn counted_as(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// How the user gets all diagnostics.
fn rest_hint(arguments: &Generate) -> &'static str {
    if arguments.report.is_some() {
        "the report"
    } else {
        "--report FILE"
    }
}

/// Writes the report if one is wanted; the exit is how that failed.
fn write_report(report: &Report<'_>, arguments: &Generate) -> Option<Exit> {
    let path = arguments.report.as_deref()?;
    let written = report
        .to_json()
        .map_err(io::Error::from)
        .and_then(|json| write_whole(path, &json));
    let error = written.err()?;
    fail(format_args!(
        "could not write the report to `{}`: {error}",
        path.display()
    ));
    Some(Exit::Output)
}
