//! How long each stage takes.

use std::time::{Duration, Instant};

/// A stage of the way from document to crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of the modules")]
pub enum Stage {
    Source,
    Normalize,
    Lower,
    Render,
    Write,
}

impl Stage {
    /// The name, as in the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Normalize => "normalize",
            Self::Lower => "lower",
            Self::Render => "render",
            Self::Write => "write",
        }
    }
}

/// How long the stages took, in the order in which they ran.
#[derive(Clone, Debug, Default)]
pub struct Timings {
    stages: Vec<(Stage, Duration)>,
}

impl Timings {
    /// Runs a stage and notes the time that it takes.
    pub fn measure<T>(&mut self, stage: Stage, run: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = run();
        self.stages.push((stage, start.elapsed()));
        result
    }

    /// The stages that ran.
    pub fn iter(&self) -> impl Iterator<Item = (Stage, Duration)> + '_ {
        self.stages.iter().copied()
    }

    /// The time of all stages together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.stages.iter().map(|(_, duration)| *duration).sum()
    }
}
