//! The way through all stages: what the binary, build scripts and tools call.

mod error;
mod timings;

use std::io;
use std::path::{Path, PathBuf};

pub use self::error::GenerateError;
pub use self::timings::{Stage, Timings};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Severity, Sources};
use crate::lower::{self, lower};
use crate::model::{Api, PackageName};
use crate::normalize::{self, Origins, normalize};
use crate::render::{self, RuntimeDependency, render};
use crate::settings::Settings;
use crate::source::{Access, Document, Format, Input, SourceError};
use crate::write::{self, Difference, FileSet, WriteError, Written};

/// The stages recurse as deep as a document may be nested; the main thread's stack is not ours to choose.
const STACK_BYTES: usize = 256 << 20;

/// Generates a crate from a document.
///
/// ```no_run
/// use connector_gen::{Generator, RuntimeDependency};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let generated = Generator::new("acme.yaml").name("acme").generate(RuntimeDependency::default())?;
/// generated.write_to("crates/acme", false)?;
/// # Ok(())
/// # }
/// ```
pub struct Generator {
    input: Place,
    package: Option<PackageName>,
    settings: Option<PathBuf>,
    strict: bool,
    tests: bool,
    all_models: bool,
    overlays: Vec<PathBuf>,
    access: Access,
    on_stage: Box<dyn Fn(Stage) + Send + Sync>,
}

/// Where the document is.
enum Place {
    Path(PathBuf),
    Stdin,
    Bytes { name: String, bytes: Vec<u8> },
}

impl Generator {
    /// Reads the document from a file, or from a folder that holds one. What a Power Platform connector has beside its
    /// definition is read as well.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::from_input(Place::Path(path.into()))
    }

    /// Reads the document from the standard input.
    #[must_use]
    pub fn from_stdin() -> Self {
        Self::from_input(Place::Stdin)
    }

    /// Takes the document itself; `name` is what diagnostics call it.
    #[must_use]
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::from_input(Place::Bytes {
            name: name.into(),
            bytes: bytes.into(),
        })
    }

    fn from_input(input: Place) -> Self {
        Self {
            input,
            package: None,
            settings: None,
            strict: false,
            tests: false,
            all_models: false,
            overlays: Vec::new(),
            access: Access::default(),
            on_stage: Box::new(|_| {}),
        }
    }

    /// Names the crate; otherwise the title of the API does.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.package = Some(PackageName::from_text(name));
        self
    }

    /// Reads the settings from this file. Otherwise they are in the `connector.toml` beside the document, if there is one; a document
    /// that is no file has none.
    #[must_use]
    pub fn settings(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings = Some(path.into());
        self
    }

    /// Makes every warning an error.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Adds tests that call every operation with values made from its schemas.
    #[must_use]
    pub fn tests(mut self, tests: bool) -> Self {
        self.tests = tests;
        self
    }

    /// Makes models of all components, not only of those that an operation uses.
    #[must_use]
    pub fn all_models(mut self, all_models: bool) -> Self {
        self.all_models = all_models;
        self
    }

    /// Changes the document by an overlay (Overlay Specification 1.0 to 1.2). Several are applied in the order in which
    /// they are named.
    #[must_use]
    pub fn overlay(mut self, path: impl Into<PathBuf>) -> Self {
        self.overlays.push(path.into());
        self
    }

    /// Lets references lead to files in `folder` and below it, beside those in the folder of the document.
    #[must_use]
    pub fn allow_path(mut self, folder: impl Into<PathBuf>) -> Self {
        self.access.folders.push(folder.into());
        self
    }

    /// Lets references lead to URLs below `prefix`, such as `https://example.com/schemas/`: the same scheme, host and
    /// port, and the path up to a slash.
    ///
    /// They are fetched over https, or from this machine, without credentials, and redirects are followed to what is
    /// allowed as well. It takes the feature `fetch`, which is on by default.
    #[must_use]
    pub fn allow_url(mut self, prefix: impl Into<String>) -> Self {
        self.access.urls.push(prefix.into());
        self
    }

    /// Says where references of a document start from that has no place of its own, since it comes from the standard
    /// input or from memory: a folder, whose files may then be read, or the URL of the document.
    #[must_use]
    pub fn base(mut self, base: impl Into<String>) -> Self {
        self.access.base = Some(base.into());
        self
    }

    /// Calls `watch` whenever a stage begins.
    #[must_use]
    pub fn on_stage(mut self, watch: impl Fn(Stage) + Send + Sync + 'static) -> Self {
        self.on_stage = Box::new(watch);
        self
    }

    /// Goes all the way to the files of the crate.
    ///
    /// # Errors
    /// When the document cannot be read or is no API definition; with [`strict`](Self::strict), when there is
    /// anything to warn about.
    pub fn generate(self, runtime: RuntimeDependency) -> Result<Generated, GenerateError> {
        self.lower()?.render(runtime)
    }

    /// Goes as far as the model: what the document holds, and what would be skipped.
    ///
    /// # Errors
    /// As for [`generate`](Self::generate).
    pub fn lower(self) -> Result<Lowered, GenerateError> {
        std::thread::scope(|scope| {
            let stages = std::thread::Builder::new()
                .name("stages".to_owned())
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, || self.run_stages())
                .map_err(GenerateError::thread)?;
            stages
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn run_stages(self) -> Result<Lowered, GenerateError> {
        let mut timings = Timings::default();
        let mut diagnostics = Diagnostics::new();

        (self.on_stage)(Stage::Source);
        let settings = match self.input.settings(self.settings) {
            Ok(settings) => settings,
            Err(error) => return Err(GenerateError::unreadable(&error, diagnostics, timings)),
        };
        let read = timings.measure(Stage::Source, || {
            let mut document = self.input.read(&mut diagnostics)?;
            for overlay in &self.overlays {
                document.overlay(overlay, &mut diagnostics)?;
            }
            document.resolve(&self.access, &mut diagnostics);
            Ok(document)
        });
        let mut document = match read {
            Ok(document) => document,
            Err(error) => return Err(GenerateError::unreadable(&error, diagnostics, timings)),
        };
        let mut definition = Definition::of(&document);
        if let Some((file, text)) = settings.source() {
            let input = Input::file(Path::new(file), text.len());
            definition.inputs.push(input);
        }

        (self.on_stage)(Stage::Normalize);
        let root = std::mem::take(&mut document.root);
        let options = normalize::Options {
            examples: self.tests,
        };
        let normalized = timings.measure(Stage::Normalize, || {
            normalize(root, &options, &mut diagnostics)
        });
        let normalized = match normalized {
            Ok(normalized) => normalized,
            Err(error) => {
                report(error.diagnostic(), &mut diagnostics);
                let definition = definition.with_excerpts(document, &mut diagnostics);
                return Err(GenerateError::invalid(definition, diagnostics, timings));
            }
        };

        (self.on_stage)(Stage::Lower);
        let origins = normalized.origins.clone();
        diagnostics.translate_pointers(move |canonical| origins.to_source(canonical));
        let options = lower::Options {
            all_models: self.all_models,
            tests: self.tests,
            package: self.package,
            settings,
        };
        let mut api = timings.measure(Stage::Lower, || {
            lower(&normalized, &options, &mut diagnostics)
        });
        point_to_source(&mut api, &normalized.origins);
        drop(normalized);

        check_operations(&options.settings, &api, &mut diagnostics);
        let mut definition = definition.with_excerpts(document, &mut diagnostics);
        let mut of_settings = diagnostics
            .iter()
            .filter(|one| one.code == Code::SettingsInvalid)
            .map(|one| one.severity)
            .peekable();
        if of_settings.peek().is_some()
            && let Some((file, text)) = options.settings.source()
        {
            definition.sources.add(file, text);
        }
        if of_settings.any(|severity| severity == Severity::Error) {
            return Err(GenerateError::invalid(definition, diagnostics, timings));
        }
        let is_refused = self.strict
            && diagnostics.count(Severity::Warning) + diagnostics.count(Severity::Error) > 0;
        if is_refused {
            return Err(GenerateError::strict(definition, diagnostics, timings));
        }
        Ok(Lowered {
            api,
            diagnostics,
            definition,
            timings,
            on_stage: self.on_stage,
        })
    }
}

/// Takes over a diagnostic that ended a stage.
fn report(found: &Diagnostic, diagnostics: &mut Diagnostics) {
    let reported = diagnostics.report(
        found.code,
        found.severity,
        &found.pointer,
        found.message.clone(),
    );
    reported.location.clone_from(&found.location);
    reported.hint.clone_from(&found.hint);
}

/// Makes the pointers of operations and webhooks lead into the document that the user knows.
fn point_to_source(api: &mut Api, origins: &Origins) {
    let operations = api.tags.iter_mut().flat_map(|tag| &mut tag.operations);
    let places = operations.map(|operation| &mut operation.pointer);
    let webhooks = api.webhooks.iter_mut().flat_map(|of| &mut of.all);
    let others = webhooks.map(|webhook| &mut webhook.pointer);
    let skipped = api.skipped.iter_mut().map(|skipped| &mut skipped.pointer);
    for pointer in places.chain(others).chain(skipped) {
        *pointer = origins.to_source(pointer);
    }
}

/// Reports operations in the settings that the document does not have.
fn check_operations(settings: &Settings, api: &Api, diagnostics: &mut Diagnostics) {
    let generated = api
        .operations()
        .map(|one| (one.id.as_str(), one.method.as_str(), one.path.as_str()));
    let calls: Vec<(&str, Vec<_>)> = api
        .skipped
        .iter()
        .map(|one| (one.id.as_str(), one.pointer.tokens().collect()))
        .collect();
    let skipped = calls.iter().map(|(id, tokens)| match tokens.as_slice() {
        [_, path, method, ..] => (*id, &**method, &**path),
        _ => (*id, "", ""),
    });
    settings.check_operations(generated.chain(skipped), diagnostics);
}

impl Place {
    /// What is beside the document, unless another file is named.
    fn settings(&self, named: Option<PathBuf>) -> Result<Settings, SourceError> {
        let path = named.or_else(|| match self {
            Self::Path(path) => Settings::beside(path),
            Self::Stdin | Self::Bytes { .. } => None,
        });
        path.map_or_else(|| Ok(Settings::default()), |path| Settings::load(&path))
    }

    fn read(self, diagnostics: &mut Diagnostics) -> Result<Document, SourceError> {
        match self {
            Self::Path(path) => Document::load(&path, diagnostics),
            Self::Stdin => Document::read("<stdin>", io::stdin().lock(), diagnostics),
            Self::Bytes { name, bytes } => Document::parse(&name, bytes, diagnostics),
        }
    }
}

/// The document as it was read.
#[derive(Debug, Clone)]
pub struct Definition {
    /// The file's name as it was given.
    pub name: String,
    /// The notation it is in.
    pub format: Format,
    /// The specification it follows, as it says itself, such as `OpenAPI 3.1.0`.
    pub dialect: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// Everything that was read, in the order of reading, the document first: what references lead to, what belongs to
    /// a Power Platform connector, overlays, settings.
    pub inputs: Vec<Input>,
    /// The texts, for excerpts; none if there is nothing to say about them.
    pub sources: Sources,
}

impl Definition {
    /// Describes a document before its tree and text go their own ways.
    fn of(document: &Document) -> Self {
        let version = |keyword: &str| {
            Some(
                document
                    .root
                    .get(keyword)?
                    .as_str()?
                    .chars()
                    .take(16)
                    .collect::<String>(),
            )
        };
        let dialect = match (version("openapi"), version("swagger")) {
            (Some(version), _) => format!("OpenAPI {version}"),
            (None, Some(version)) => format!("Swagger {version}"),
            (None, None) => "unknown".to_owned(),
        };
        Self {
            name: document.definition().name.clone(),
            format: document.definition().format.unwrap_or(Format::Yaml),
            dialect,
            bytes: document.definition().text.len(),
            inputs: document.inputs(),
            sources: Sources::default(),
        }
    }

    /// Looks up where the diagnostics are, and keeps the texts only if there are any.
    fn with_excerpts(mut self, document: Document, diagnostics: &mut Diagnostics) -> Self {
        if !diagnostics.is_empty() {
            document.locate_all(diagnostics);
            self.sources = document.into_sources();
        }
        self
    }
}

/// A document, understood.
pub struct Lowered {
    /// What the crate will hold.
    pub api: Api,
    /// What there is to say about the document.
    pub diagnostics: Diagnostics,
    /// The document.
    pub definition: Definition,
    /// How long the stages took.
    pub timings: Timings,
    on_stage: Box<dyn Fn(Stage) + Send + Sync>,
}

impl Lowered {
    /// Renders the crate.
    ///
    /// # Errors
    /// When this program has a bug: what it renders is not Rust.
    pub fn render(mut self, runtime: RuntimeDependency) -> Result<Generated, GenerateError> {
        (self.on_stage)(Stage::Render);
        let options = render::Options { runtime };
        let rendered = self
            .timings
            .measure(Stage::Render, || render(&self.api, &options));
        let Self {
            api,
            diagnostics,
            definition,
            timings,
            ..
        } = self;
        match rendered {
            Ok(files) => Ok(Generated {
                files,
                api,
                diagnostics,
                definition,
                timings,
            }),
            Err(error) => Err(GenerateError::render(
                error,
                definition,
                diagnostics,
                timings,
            )),
        }
    }
}

/// A crate, ready to be written.
#[derive(Debug)]
pub struct Generated {
    /// The files of the crate.
    pub files: FileSet,
    /// What they were rendered from.
    pub api: Api,
    /// What there is to say about the document.
    pub diagnostics: Diagnostics,
    /// The document.
    pub definition: Definition,
    /// How long the stages took.
    pub timings: Timings,
}

impl Generated {
    /// The files that the crate depends on, for a build script to name in `cargo:rerun-if-changed`.
    pub fn inputs(&self) -> impl Iterator<Item = &Path> {
        self.definition.inputs.iter().filter_map(Input::path)
    }

    /// Makes a folder hold this crate and nothing else, beside what Cargo keeps there.
    ///
    /// `force` allows for replacing a folder that this program did not write.
    ///
    /// # Errors
    /// When the folder must not be replaced or the file system fails; the folder is then as it was before.
    pub fn write_to(&self, folder: impl AsRef<Path>, force: bool) -> Result<Written, WriteError> {
        write::write(folder.as_ref(), &self.files, force)
    }

    /// Compares a folder with this crate.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn check(&self, folder: impl AsRef<Path>) -> io::Result<Vec<Difference>> {
        write::check(folder.as_ref(), &self.files)
    }
}
