//! Generates a typed Rust client crate from an OpenAPI or Swagger document.

pub mod diagnostics;
