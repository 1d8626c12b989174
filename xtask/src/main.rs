//! Tasks for those who work on the project: `cargo xtask`.

fn main() {}
