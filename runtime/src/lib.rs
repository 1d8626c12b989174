//! The library that every generated client crate links.

mod codec;
mod descriptor;

pub use codec::*;
pub use descriptor::*;
pub use jiff;

#[doc(hidden)]
pub mod __private {
    pub use serde;
}
