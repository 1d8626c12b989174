//! Generates a typed Rust client crate from an OpenAPI or Swagger document.

pub mod diagnostics;
mod generator;
pub mod lower;
pub mod model;
pub mod normalize;
mod numbers;
pub mod render;
pub mod report;
pub mod settings;
pub mod source;
pub mod synthesis;
pub mod write;

pub use generator::{Definition, GenerateError, Generated, Generator, Lowered, Stage, Timings};
pub use render::RuntimeDependency;
