//! What the end-to-end tests stand on: processes that are watched, and the servers that generated clients call.
//!
//! `cargo xtask` measures with the same [`process`] module, so that a figure means the same wherever it is printed.

pub mod process;
