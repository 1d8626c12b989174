//! The loop: mutate, try, keep what is new, make small what fails.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context as _, Result};

use crate::mutate::Mutator;
use crate::sections;
use crate::targets::Target;
use crate::worker;

/// After as much time of the processor, a target counts as hanging.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// After as long, it does so even if it only waits.
const WAITING_LIMIT: Duration = Duration::from_secs(300);
/// A worker tries as many inputs: targets leak what descriptors are made of.
const INPUTS_OF_A_WORKER: usize = 20_000;
/// As many attempts are made to make a failing input smaller.
const MINIMISING: usize = 400;

/// How to fuzz.
#[derive(Debug)]
pub struct Options {
    /// The target.
    pub target: &'static Target,
    /// For how long.
    pub duration: Duration,
    /// Where random numbers begin.
    pub seed: u64,
    /// Files, or folders of files, to begin with.
    pub seeds: Vec<PathBuf>,
    /// Whether the files of such a folder are one input.
    pub are_joined: bool,
    /// The seeds of the target.
    pub corpus: PathBuf,
    /// Where failing inputs are kept.
    pub keep: PathBuf,
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
    for path in &options.seeds {
        collect(path, options.are_joined, &mut pool)?;
    }
    collect(&options.corpus, false, &mut pool)?;
    anyhow::ensure!(!pool.is_empty(), "there are no seeds");
    let mut mutator = Mutator::new(options.seed, options.target.pieces);
    let mut worker = Worker::start(options.target)?;
    let (mut said, mut failures) = (HashSet::new(), HashSet::new());
    let (started, seeds) = (Instant::now(), pool.len());
    let (mut tried, mut reported) = (0_usize, started);
    while started.elapsed() < options.duration {
        let input = match pool.get(tried) {
            Some(seed) if tried < seeds => seed.clone(),
            _ => mutator.mutate(&pool),
        };
        tried += 1;
        if tried.is_multiple_of(INPUTS_OF_A_WORKER) {
            worker = Worker::start(options.target)?;
        }
        match worker.try_input(&input) {
            Ok(words) => {
                if said.insert(words) && tried > seeds {
                    pool.push(input);
                }
            }
            Err((failure, message)) => {
                let place = place(&message);
                if failures.insert((failure, place.clone())) {
                    let message: String = message.chars().take(2000).collect();
                    eprintln!("{failure:?} at {place}: {message}");
                    let small = minimise(options.target, input, failure, &place)?;
                    keep(&options.keep, failure, &small)?;
                }
                worker = Worker::start(options.target)?;
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
        options.target.name,
        pool.len(),
        failures.len()
    );
    Ok(failures.len())
}

fn collect(path: &Path, are_joined: bool, pool: &mut Vec<Vec<u8>>) -> Result<()> {
    let mut inputs = Vec::new();
    if path.is_dir() {
        let mut entries: Vec<PathBuf> = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        entries.sort();
        let (folders, files): (Vec<_>, Vec<_>) = entries.iter().partition(|path| path.is_dir());
        for folder in folders {
            collect(folder, are_joined, pool)?;
        }
        match are_joined {
            true => inputs.push(join(&files)?),
            false => {
                for file in files {
                    inputs.push(fs::read(file)?);
                }
            }
        }
    } else {
        inputs.push(fs::read(path)?);
    }
    // Large ones are slow to try, and small ones have the same keywords.
    pool.extend(inputs.into_iter().filter(|input| input.len() <= 256 * 1024));
    Ok(())
}

/// Files as the parts of one input.
fn join(files: &[&PathBuf]) -> Result<Vec<u8>> {
    let mut input = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        input.extend_from_slice(sections::MARK);
        input.extend_from_slice(name.as_bytes());
        input.push(b'\n');
        input.extend(fs::read(file)?);
        input.push(b'\n');
    }
    Ok(input)
}

/// The line of source at which a panic happened; without one, failures of a kind count as the same.
fn place(message: &str) -> String {
    let line = message.lines().find(|line| line.contains("panicked at"));
    let place = line.and_then(|line| line.split("panicked at ").nth(1));
    place.unwrap_or("an unknown place").to_owned()
}

/// Leaves out pieces as long as the input fails in the same way.
fn minimise(target: &Target, input: Vec<u8>, failure: Failure, at: &str) -> Result<Vec<u8>> {
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

fn keep(folder: &Path, failure: Failure, input: &[u8]) -> Result<()> {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let kind = match failure {
        Failure::Crash => "crash",
        Failure::Hang => "hang",
    };
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{kind}-{:016x}", hasher.finish()));
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
    started: Instant,
}

impl Worker {
    fn start(target: &Target) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["worker", target.name])
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
            started: Instant::now(),
        })
    }

    fn try_input(&mut self, input: &[u8]) -> Result<Vec<u8>, (Failure, String)> {
        let (begun, used) = (Instant::now(), self.processor_time());
        let mut failure = Failure::Crash;
        if worker::write(&mut self.input, input).is_ok() {
            loop {
                match self.answers.recv_timeout(Duration::from_secs(1)) {
                    Ok(said) => return Ok(said),
                    Err(RecvTimeoutError::Timeout) => {
                        let used = self.processor_time().saturating_sub(used);
                        if used > TIME_LIMIT || begun.elapsed() > WAITING_LIMIT {
                            failure = Failure::Hang;
                            break;
                        }
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        }
        let message = match failure {
            Failure::Crash => self.errors.recv_timeout(TIME_LIMIT).unwrap_or_default(),
            Failure::Hang => String::new(),
        };
        Err((failure, message))
    }

    /// The time that the processor spent on the worker: on a busy machine, an input may wait for long. Where there is no `/proc`, the
    /// time of the clock counts.
    fn processor_time(&self) -> Duration {
        /// As Linux tells every program, whatever the kernel counts in.
        const TICKS_PER_SECOND: u64 = 100;
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let ticks = stat.ok().and_then(|stat| {
            // The name before it is in brackets, and may hold blanks.
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
            let (user, system) = (fields.next()?, fields.next()?);
            Some(user.parse::<u64>().ok()? + system.parse::<u64>().ok()?)
        });
        match ticks {
            Some(ticks) => Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND),
            None => self.started.elapsed(),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
