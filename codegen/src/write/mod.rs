//! The last stage: a set of files becomes a folder on disk.
//!
//! A folder is replaced whole or not at all, so that a failed run never leaves half a crate, and only if this
//! program wrote it, so that a mistyped `-o` never costs anyone their work.

mod check;
mod destination;
mod files;
mod folder;
mod sibling;

pub use self::check::{Difference, check};
pub use self::destination::Refusal;
pub use self::files::{FileSet, UnsafePath};
pub use self::folder::{WriteError, Written, write};
