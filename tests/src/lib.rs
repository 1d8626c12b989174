//! End-to-end tests of the generator and of the crates it writes; see `tests/`.
