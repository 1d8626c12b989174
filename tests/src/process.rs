//! Runs other programs with a bound on time and memory, and tells what they used.
//!
//! The generator promises bounded time and memory for whatever it is given. Only another process can watch that
//! promise: a panic, a hang or an abort inside of it cannot hide from its parent.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use wait4::Wait4;

/// What a program may use before it is ended.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall time.
    pub time: Duration,
    /// Address space in bytes. Bounds memory from above, since what is resident is never more. Linux only.
    pub memory: Option<u64>,
}

/// What a program used.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// How the program ended.
    pub status: ExitStatus,
    /// From start to end.
    pub wall: Duration,
    /// The largest resident set in bytes, of the program or of a child that it waited for.
    pub peak_bytes: u64,
}

/// What came of a program that was watched.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What it used.
    pub usage: Usage,
    /// Whether it was ended because its time was up.
    pub timed_out: bool,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Outcome {
    /// Whether the program ended by itself, with success.
    #[must_use]
    pub fn success(&self) -> bool {
        self.usage.status.success() && !self.timed_out
    }

    /// Whether the program broke down rather than ended: a panic, a signal or a time-out.
    #[must_use]
    pub fn broke_down(&self) -> bool {
        self.timed_out || self.usage.status.code().is_none() || self.stderr.contains("panicked at")
    }
}

/// Runs a program to its end, whose output goes where ours goes, and tells what it used.
///
/// # Errors
///
/// When the program can't be started or waited for.
pub fn measure(command: &mut Command) -> io::Result<Usage> {
    let start = Instant::now();
    let mut child = command.spawn()?;
    finish(&mut child, start)
}

/// Runs a program within `limits`, with nothing on its standard input, and keeps what it writes.
///
/// # Errors
///
/// When the program can't be started or waited for. That it fails is an [`Outcome`].
pub fn run(command: &mut Command, limits: Limits) -> io::Result<Outcome> {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let pid = Pid::from_child(&child);
    limit_memory(pid, limits.memory)?;
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();

    thread::scope(|scope| {
        let stdout = scope.spawn(|| read_lossy(stdout));
        let stderr = scope.spawn(|| read_lossy(stderr));
        let (done, end) = mpsc::channel();
        scope.spawn(move || done.send(finish(&mut child, start)));

        let (usage, timed_out) = match end.recv_timeout(limits.time) {
            Ok(usage) => (usage, false),
            Err(RecvTimeoutError::Timeout) => {
                // It may have ended in this very moment, which is as good.
                let _ = kill_process(pid, Signal::KILL);
                (end.recv().map_err(io::Error::other)?, true)
            }
            Err(disconnected) => return Err(io::Error::other(disconnected)),
        };
        Ok(Outcome {
            usage: usage?,
            timed_out,
            stdout: stdout.join().unwrap_or_default(),
            stderr: stderr.join().unwrap_or_default(),
        })
    })
}

fn finish(child: &mut Child, start: Instant) -> io::Result<Usage> {
    let end = child.wait4()?;
    Ok(Usage {
        status: end.status,
        wall: start.elapsed(),
        peak_bytes: end.rusage.maxrss,
    })
}

fn read_lossy(stream: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // What was read before an error is still worth showing.
        let _ = stream.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Bounds the address space of a program that has just been started.
#[cfg(target_os = "linux")]
fn limit_memory(pid: Pid, bytes: Option<u64>) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, prlimit};
    let Some(bytes) = bytes else { return Ok(()) };
    let limit = Rlimit {
        current: Some(bytes),
        maximum: Some(bytes),
    };
    match prlimit(Some(pid), Resource::As, limit) {
        // A program that has ended already needs no bound.
        Ok(_) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_: Pid, _: Option<u64>) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limits: Limits) -> Outcome {
        run(Command::new("sh").args(["-c", script]), limits).unwrap()
    }

    const SHORT: Limits = Limits {
        time: Duration::from_millis(200),
        memory: None,
    };

    #[test]
    fn keeps_both_outputs_and_the_status() {
        let outcome = shell("echo out; echo err >&2; exit 3", SHORT);
        assert_eq!(outcome.usage.status.code(), Some(3));
        assert_eq!(
            (outcome.stdout.as_str(), outcome.stderr.as_str()),
            ("out\n", "err\n")
        );
        assert!(!outcome.success() && !outcome.broke_down());
    }

    #[test]
    fn ends_a_program_whose_time_is_up() {
        let outcome = shell("exec sleep 60", SHORT);
        assert!(outcome.timed_out && outcome.broke_down());
        assert!(outcome.usage.wall < Duration::from_secs(10));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn ends_a_program_that_takes_too_much_memory() {
        let limits = Limits {
            time: Duration::from_secs(20),
            memory: Some(256 << 20),
        };
        let script = r#"sleep 0.1; exec awk 'BEGIN { s = "x"; while (length(s) < 1e9) s = s s }'"#;
        let outcome = shell(script, limits);
        assert!(!outcome.success() && !outcome.timed_out);
        assert!(outcome.usage.peak_bytes < 300 << 20);
    }

    #[test]
    fn tells_the_peak_memory() {
        let outcome = shell("exec sleep 0", SHORT);
        assert!(outcome.usage.peak_bytes > 100 << 10);
    }
}
