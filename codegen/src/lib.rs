//! x
pub mod diagnostics;
pub mod source;
pub mod normalize;
pub mod model;
pub mod lower;
