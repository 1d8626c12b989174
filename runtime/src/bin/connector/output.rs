//! The standard output.

use std::fmt::Arguments;
use std::io::{Write as _, stdout};

/// Prints a line. Whoever does not read to the end has what they wanted: `connector list | head -1`.
pub fn line(text: Arguments<'_>) {
    let _ = writeln!(stdout(), "{text}");
}

/// [`line()`], with the arguments of `println!`.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::line(format_args!($($text)*)) };
}
