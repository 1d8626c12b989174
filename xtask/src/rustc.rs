//! Stands in for rustc, to measure the compilation of single crates.
//!
//! Cargo starts `RUSTC_WORKSPACE_WRAPPER` in place of rustc for the members of a workspace only. This program names
//! itself as that wrapper when it checks generated crates, so that the figures are those of each crate's own rustc:
//! neither its dependencies nor Cargo count.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use connector_tests::process;
use serde::{Deserialize, Serialize};

/// Names the file to which measurements are added.
const LOG: &str = "XTASK_RUSTC_LOG";

/// What one rustc used.
#[derive(Debug, Deserialize, Serialize)]
pub struct Measurement {
    /// The name given with `--crate-name`.
    pub crate_name: String,
    /// The folder of the package.
    pub folder: PathBuf,
    /// Wall time.
    pub seconds: f64,
    /// The largest resident set.
    pub peak_bytes: u64,
}

/// Makes Cargo measure the crates of its workspace and add what it finds to `log`.
///
/// # Errors
///
/// When the path of this program is unknown.
pub fn measure_with(cargo: &mut Command, log: &Path) -> Result<()> {
    cargo
        .env("RUSTC_WORKSPACE_WRAPPER", env::current_exe()?)
        .env(LOG, log);
    Ok(())
}

/// The measurements in `log`, which need not exist.
///
/// # Errors
///
/// When the file can't be read or isn't ours.
pub fn read_log(log: &Path) -> Result<Vec<Measurement>> {
    if !log.exists() {
        return Ok(Vec::new());
    }
    fs::read_to_string(log)?
        .lines()
        .map(|line| serde_json::from_str(line).context("the log of measurements is broken"))
        .collect()
}

/// The log, when this program was started in place of rustc.
pub fn measurement_log() -> Option<PathBuf> {
    env::var_os(LOG).map(PathBuf::from)
}

/// Runs the rustc that Cargo asked for and adds what it used to `log`.
pub fn run_measured(log: &Path) -> ExitCode {
    match measured(log) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: can't measure rustc: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measured(log: &Path) -> Result<ExitCode> {
    let mut args = env::args_os().skip(1);
    let rustc = args.next().context("rustc is missing in the arguments")?;
    let args: Vec<_> = args.collect();
    let usage = process::measure(Command::new(rustc).args(&args))?;

    let name = args.iter().skip_while(|arg| *arg != "--crate-name").nth(1);
    // `___` is Cargo asking for the configuration of the target.
    if let Some(name) = name.filter(|name| *name != "___") {
        let measurement = Measurement {
            crate_name: name.to_string_lossy().into_owned(),
            folder: env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default().into(),
            seconds: usage.wall.as_secs_f64(),
            peak_bytes: usage.peak_bytes,
        };
        // Written at once: other compilers append to the same file.
        let line = serde_json::to_string(&measurement)? + "\n";
        let mut file = OpenOptions::new().create(true).append(true).open(log)?;
        file.write_all(line.as_bytes())?;
    }
    let code = usage.status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
