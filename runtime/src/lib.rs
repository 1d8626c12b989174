//! The library that every generated client crate links.
