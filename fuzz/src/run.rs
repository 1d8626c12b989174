//! The loop: mutate, try, keep what is new, make small what fails.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context as _, Result};
use fastrand::Rng;

use crate::{mutate, worker};

/// After as long, a target counts as hanging.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// As many attempts are made to make a failing input smaller.
const MINIMISING: usize = 400;

/// How to fuzz.
#[derive(Debug)]
pub struct Options {
    /// The target's name.
    pub target: String,
    /// For how long.
    pub duration: Duration,
    /// Where random numbers begin.
    pub seed: u64,
    /// Files, or folders of files, to begin with.
    pub seeds: Vec<PathBuf>,
    /// Where failing inputs are kept.
    pub corpus: PathBuf,
}

/// Why an input fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Failure {
    /// A panic, an abort, a stack overflow, too much memory.
    Crash,
    Hang,
}

/// Fuzzes a target, and gives the number of inputs that fail.
///
/// # Errors
/// When there are no seeds, or no worker can be started.
pub fn run(options: &Options) -> Result<usize> {
    let mut pool = Vec::new();
    for path in options.seeds.iter().chain([&options.corpus]) {
        collect(path, &mut pool)?;
    }
    anyhow::ensure!(!pool.is_empty(), "there are no seeds");
    let mut rng = Rng::with_seed(options.seed);
    let mut worker = Worker::start(&options.target)?;
    let (mut said, mut failures) = (HashSet::new(), HashSet::new());
    let (started, seeds) = (Instant::now(), pool.len());
    let (mut tried, mut reported) = (0_usize, started);
    while started.elapsed() < options.duration {
        let input = match pool.get(tried) {
            Some(seed) if tried < seeds => seed.clone(),
            _ => {
                let (one, other) = (rng.usize(..pool.len()), rng.usize(..pool.len()));
                mutate::mutate(&mut rng, &pool[one], &pool[other])
            }
        };
        tried += 1;
        match worker.try_input(&input) {
            Ok(words) => {
                if said.insert(words) && tried > seeds {
                    pool.push(input);
                }
            }
            Err((failure, message)) => {
                let (place, line) = (place(&message), message.lines().next().unwrap_or_default());
                eprintln!("{failure:?} at {place}: {line}");
                if failures.insert((failure, place.clone())) {
                    let small = minimise(&options.target, input, failure, &place)?;
                    keep(&options.corpus, failure, &small)?;
                }
                worker = Worker::start(&options.target)?;
            }
        }
        if reported.elapsed() > Duration::from_secs(30) {
            reported = Instant::now();
            let seconds = started.elapsed().as_secs();
            eprintln!(
                "{seconds} s: {tried} inputs, {} kept, {} failures",
                pool.len(),
                failures.len()
            );
        }
    }
    println!(
        "{}: {tried} inputs, {} kept, {} failures",
        options.target,
        pool.len(),
        failures.len()
    );
    Ok(failures.len())
}

fn collect(path: &Path, pool: &mut Vec<Vec<u8>>) -> Result<()> {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        entries.sort();
        for entry in entries {
            collect(&entry, pool)?;
        }
        return Ok(());
    }
    // Large ones are slow to try, and small ones have the same keywords.
    if fs::metadata(path)?.len() <= 256 * 1024 {
        pool.push(fs::read(path)?);
    }
    Ok(())
}

/// The line of source at which a panic happened; without one, failures of a kind count as the same.
fn place(message: &str) -> String {
    let line = message.lines().find(|line| line.contains("panicked at"));
    let place = line.and_then(|line| line.split("panicked at ").nth(1));
    place.unwrap_or("an unknown place").to_owned()
}

/// Leaves out pieces as long as the input fails in the same way.
fn minimise(target: &str, input: Vec<u8>, failure: Failure, at: &str) -> Result<Vec<u8>> {
    // Each attempt at one that hangs takes all of the time limit.
    let attempts = match failure {
        Failure::Crash => MINIMISING,
        Failure::Hang => 12,
    };
    let (mut smallest, mut size, mut from) = (input, 0, 0);
    for _ in 0..attempts {
        if size == 0 {
            size = (smallest.len() / 2).max(1);
        }
        if from >= smallest.len() {
            if size == 1 {
                break;
            }
            (size, from) = (size / 2, 0);
        }
        let end = (from + size).min(smallest.len());
        let mut shorter = smallest.clone();
        shorter.drain(from..end);
        let outcome = Worker::start(target)?.try_input(&shorter);
        match outcome {
            Err((kind, message)) if kind == failure && place(&message) == at => smallest = shorter,
            _ => from = end,
        }
    }
    Ok(smallest)
}

fn keep(corpus: &Path, failure: Failure, input: &[u8]) -> Result<()> {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let kind = match failure {
        Failure::Crash => "crash",
        Failure::Hang => "hang",
    };
    fs::create_dir_all(corpus)?;
    let path = corpus.join(format!("{kind}-{:016x}", hasher.finish()));
    fs::write(&path, input).with_context(|| path.display().to_string())?;
    eprintln!("kept as {}", path.display());
    Ok(())
}

/// A process that tries inputs.
struct Worker {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Vec<u8>>,
    errors: Receiver<String>,
}

impl Worker {
    fn start(target: &str) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["worker", target])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("no worker")?;
        let input = child.stdin.take().context("no input")?;
        let mut output = child.stdout.take().context("no output")?;
        let mut stderr = child.stderr.take().context("no errors")?;
        let ((answer, answers), (error, errors)) = (channel(), channel());
        thread::spawn(move || {
            while let Ok(Some(said)) = worker::read(&mut output) {
                if answer.send(said).is_err() {
                    break;
                }
            }
        });
        thread::spawn(move || {
            let mut text = Vec::new();
            let _ = std::io::Read::read_to_end(&mut stderr, &mut text);
            let _ = error.send(String::from_utf8_lossy(&text).into_owned());
        });
        Ok(Self {
            child,
            input,
            answers,
            errors,
        })
    }

    fn try_input(&mut self, input: &[u8]) -> Result<Vec<u8>, (Failure, String)> {
        let written = worker::write(&mut self.input, input);
        let answer = written.ok().map(|()| self.answers.recv_timeout(TIME_LIMIT));
        match answer {
            Some(Ok(said)) => Ok(said),
            Some(Err(std::sync::mpsc::RecvTimeoutError::Timeout)) => {
                Err((Failure::Hang, String::new()))
            }
            _ => {
                let message = self.errors.recv_timeout(TIME_LIMIT).unwrap_or_default();
                Err((Failure::Crash, message))
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
