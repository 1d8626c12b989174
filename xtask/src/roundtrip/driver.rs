//! The generated crate of a document, and a program in it that decodes and encodes what it is told.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use connector_gen::model::{Api, Model, ModelKind};
use connector_gen::{Generator, RuntimeDependency};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::workspace;

/// What the program does; the table of components comes after it.
const PROGRAM: &str = r#"
use runtime::{Decode, Encode};

type Trip = fn(runtime::Value, bool) -> Result<runtime::Value, String>;

fn trip<T: Decode + Encode>(value: runtime::Value, is_nullable: bool) -> Result<runtime::Value, String> {
    let found = match is_nullable {
        true => Option::<T>::decode(value).map(|value| value.encode()),
        false => T::decode(value).map(|value| value.encode()),
    };
    found.map_err(|error| error.to_string())
}

fn answer(line: &str) -> runtime::Value {
    let mut answer = runtime::Value::Object(Default::default());
    let asked: runtime::Value = match line.parse() {
        Ok(asked) => asked,
        Err(_) => return answer,
    };
    let component = asked["component"].as_str().unwrap_or_default();
    let trip = TABLE.iter().find(|(name, _)| *name == component);
    let is_nullable = asked["nullable"] == true;
    match trip.map(|(_, trip)| trip(asked["instance"].clone(), is_nullable)) {
        Some(Ok(encoded)) => answer["encoded"] = encoded,
        Some(Err(error)) => answer["error"] = error.into(),
        None => answer["error"] = "there is no such component".into(),
    }
    answer
}

fn run() {
    let mut output = std::io::stdout().lock();
    for line in std::io::BufRead::lines(std::io::stdin().lock()).map_while(Result::ok) {
        if std::io::Write::write_all(&mut output, format!("{}\n", answer(&line)).as_bytes()).is_err() {
            return;
        }
    }
}

fn main() {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(run);
    thread.unwrap().join().unwrap();
}
"#;

/// A crate with the program.
pub struct Driver {
    /// The folder of the crate.
    pub folder: PathBuf,
    binary: String,
    /// What the crate was made from.
    pub api: Api,
}

/// An instance on its way through the program.
pub struct Question<'a> {
    pub component: &'a str,
    pub instance: &'a Value,
    /// Whether the component allows null: whoever refers to it then has an `Option` of its type.
    pub is_nullable: bool,
}

/// What the program made of an instance.
#[derive(Deserialize)]
pub struct Answer {
    /// What the decoded value encodes.
    pub encoded: Option<Value>,
    /// Why it was not decoded.
    pub error: Option<String>,
}

impl Answer {
    /// The answer of a type that loses nothing.
    pub fn with(value: Value) -> Self {
        Self {
            encoded: Some(value),
            error: None,
        }
    }
}

impl Driver {
    /// Generates the crate `name` from a document into a folder of that name in `crates`.
    ///
    /// # Errors
    ///
    /// When the document can't be generated from, or the folder can't be written.
    pub fn generate(document: &Path, name: &str, crates: &Path) -> Result<Self> {
        let folder = crates.join(name);
        let runtime = workspace::root().join("runtime").display().to_string();
        let generated = Generator::new(document)
            .name(name)
            .all_models(true)
            .generate(RuntimeDependency::Path(runtime))?;
        generated.write_to(&folder, true)?;
        let (binary, package) = (format!("roundtrip-{name}"), generated.api.package.as_str());
        let program = program(&generated.api, package);
        let bin = folder.join("src").join("bin");
        fs::create_dir_all(&bin)?;
        fs::write(bin.join(format!("{binary}.rs")), program)?;
        // A program of an earlier run would answer for one that does not compile.
        drop(fs::remove_file(built(&binary)));
        let manifest = folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest)?;
        fs::write(manifest, with_models_only(&text, &generated.api))?;
        Ok(Self {
            folder,
            binary,
            api: generated.api,
        })
    }

    /// Builds the programs in one workspace, in `crates`.
    ///
    /// # Errors
    ///
    /// When Cargo can't be run. A crate that does not compile shows when its program is run.
    pub fn build_all(drivers: &[&Self], crates: &Path, jobs: usize) -> Result<String> {
        let members: Vec<_> = drivers
            .iter()
            .filter_map(|driver| driver.folder.file_name())
            .collect();
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
        fs::write(crates.join("Cargo.toml"), manifest)?;
        fs::copy(
            workspace::root().join("Cargo.lock"),
            crates.join("Cargo.lock"),
        )?;
        let output = workspace::cargo_for_generated()
            .args(["build", "--quiet", "--workspace", "--bins", "--keep-going"])
            .arg(format!("--jobs={}", jobs.max(1)))
            .arg("--manifest-path")
            .arg(crates.join("Cargo.toml"))
            .output()
            .context("can't run cargo build")?;
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Sends instances through the program: one answer for each, fewer when it broke down.
    ///
    /// # Errors
    ///
    /// When it was not built.
    pub fn run(&self, questions: &[Question<'_>]) -> Result<Vec<Answer>> {
        let binary = built(&self.binary);
        if !binary.exists() {
            bail!("the crate does not compile");
        }
        let mut child = Command::new(binary)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut input = child.stdin.take().context("no standard input")?;
        let mut text = String::new();
        for asked in questions {
            let line = json!({
                "component": asked.component,
                "instance": asked.instance,
                "nullable": asked.is_nullable,
            });
            let _ = writeln!(text, "{line}");
        }
        // The program answers while it is asked, so somebody has to listen.
        let asking = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let output = child.wait_with_output()?;
        drop(asking.join());
        let lines = output
            .stdout
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        Ok(lines
            .map_while(|line| serde_json::from_slice(line).ok())
            .collect())
    }
}

/// Where Cargo puts a program.
fn built(binary: &str) -> PathBuf {
    workspace::target_of_generated().join("debug").join(binary)
}

/// A manifest whose default features are all models and nothing for sending, which would take long to build.
fn with_models_only(manifest: &str, api: &Api) -> String {
    let all_models = "unreferenced-models";
    let has_more = manifest.contains(&format!("\n{all_models} = ["));
    let webhooks = api.webhooks.as_ref().map(|of| of.feature.as_str());
    let line = |line: &str| {
        let Some(features) = line
            .strip_prefix("default = [")
            .and_then(|rest| rest.strip_suffix(']'))
        else {
            return line.to_owned();
        };
        let features = features
            .split(", ")
            .map(|feature| feature.trim_matches('"'));
        let is_wanted =
            |feature: &&str| !["", "rustls", "compression", "gzip", "deflate"].contains(feature);
        let features = features
            .filter(is_wanted)
            .chain(has_more.then_some(all_models))
            .chain(webhooks);
        format!("default = {:?}", features.collect::<Vec<_>>())
    };
    let lines: Vec<String> = manifest.lines().map(line).collect();
    lines.join("\n") + "\n"
}

/// The components that have a type to decode, with their models.
pub fn decodable(api: &Api) -> impl Iterator<Item = (&str, &Model)> {
    let models = api.models.iter();
    let models = models.filter(|model| !matches!(model.kind, ModelKind::Form(_)));
    models.filter_map(|model| Some((model.component.as_deref()?, model)))
}

/// The program for a crate.
fn program(api: &Api, package: &str) -> String {
    let library = package.replace('-', "_");
    // A crate without models has no such module, and a crate may be called like the module.
    let models = match api.models.is_empty() {
        true => "runtime",
        false => "models, runtime",
    };
    let mut text = format!(
        "//! Decodes and encodes instances.\n#![allow(dead_code, unused_imports)]\nuse ::{library}::{{{models}}};\n{PROGRAM}"
    );
    let _ = writeln!(text, "\nconst TABLE: &[(&str, Trip)] = &[");
    for (component, model) in decodable(api) {
        let _ = writeln!(
            text,
            "    ({component:?}, trip::<models::{}>),",
            model.name.as_str()
        );
    }
    let _ = writeln!(text, "];");
    text
}
