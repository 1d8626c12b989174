//! The command line from the outside: what it writes, what it says, how it exits.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod connector;
mod external;
mod folder;
mod generate;
mod inspect;
mod scratch;
