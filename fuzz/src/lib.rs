//! Fuzzing on stable Rust: inputs are mutated here and tried in a process of their own, which may crash, hang or eat memory.
//!
//! There is no instrumentation. What a target says about an input (which diagnostics, which kind of error) stands for coverage: an
//! input that makes it say something new is kept and mutated further.

pub mod mutate;
pub mod run;
pub mod sections;
pub mod targets;
pub mod worker;
