//! A spinner for those who wait.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use connector_gen::Stage;
use indicatif::{ProgressBar, ProgressStyle};

/// What is over before anyone wonders gets no spinner.
const PATIENCE: Duration = Duration::from_millis(300);

const TICK: Duration = Duration::from_millis(100);

/// What the display is told.
enum Signal {
    Enter(Stage),
    Finish,
}

/// Shows the current stage, if it takes long.
pub struct Progress {
    stages: Option<Sender<Signal>>,
    display: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows something only if `is_on`.
    pub fn start(is_on: bool) -> Self {
        if !is_on {
            return Self {
                stages: None,
                display: None,
            };
        }
        let (stages, receiver) = channel();
        let display = std::thread::spawn(move || display(&receiver));
        Self {
            stages: Some(stages),
            display: Some(display),
        }
    }

    /// What the generator calls when a stage begins.
    pub fn watcher(&self) -> impl Fn(Stage) + Send + Sync + 'static {
        let stages = self.stages.clone();
        move |stage| {
            if let Some(stages) = &stages {
                // The display has ended; so has the need for it.
                let _ = stages.send(Signal::Enter(stage));
            }
        }
    }

    /// Says that a stage of the caller's own begins.
    pub fn enter(&self, stage: Stage) {
        if let Some(stages) = &self.stages {
            let _ = stages.send(Signal::Enter(stage));
        }
    }

    /// Clears the line.
    pub fn finish(self) {
        if let (Some(stages), Some(display)) = (self.stages, self.display) {
            let _ = stages.send(Signal::Finish);
            let _ = display.join();
        }
    }
}

fn display(signals: &Receiver<Signal>) {
    let start = Instant::now();
    let mut stage = Stage::Source;
    let mut bar: Option<ProgressBar> = None;
    loop {
        let wait = if bar.is_some() {
            TICK
        } else {
            PATIENCE.saturating_sub(start.elapsed())
        };
        match signals.recv_timeout(wait) {
            Ok(Signal::Enter(next)) => stage = next,
            Ok(Signal::Finish) | Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => bar.get_or_insert_with(spinner).tick(),
        }
        if let Some(bar) = &bar {
            bar.set_message(doing(stage));
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar
}

fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Source => "reading the document",
        Stage::Normalize => "bringing the document to one form",
        Stage::Lower => "working out operations and models",
        Stage::Render => "rendering the crate",
        Stage::Write => "writing the crate",
    }
}
