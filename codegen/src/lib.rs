//! Generates a typed Rust client crate from an OpenAPI or Swagger document.

pub mod diagnostics;
pub mod lower;
pub mod model;
pub mod normalize;
pub mod render;
pub mod source;
pub mod write;
