//! JSON to Rust and back, for generated models.
//!
//! Generated crates hold thousands of types. Deriving serde for each costs most of their build time, because every derive
//! expands to a visitor that is generic over the format. [`Decode`] and [`Encode`] go through one concrete [`Value`] instead:
//! a model's code is a handful of calls into [`Object`], and [`impl_serde!`](crate::impl_serde) builds the serde traits on top.

mod base64;
mod container;
mod date_time;
mod decoding;
mod enumeration;
mod error;
mod fields;
mod forgive;
mod lookup;
mod object;
mod or_empty;
mod patch;
mod path;
mod scalar;
mod serde;
mod union;
mod unknown;

pub use self::base64::Base64;
pub(crate) use self::date_time::http_date;
pub use self::date_time::{DateTime, ParseTimeError, Time};
pub use self::decoding::{Decoding, Deviation, Deviations};
pub use self::enumeration::UnknownInteger;
pub use self::error::DecodeError;
pub use self::fields::Fields;
pub(crate) use self::lookup::{lookup, lookup_mut, take, walk};
pub use self::object::Object;
pub use self::or_empty::OrEmpty;
pub use self::patch::Patch;
pub use self::union::{Kinds, Shape, decode_tagged, decode_union, encode_tagged};
pub use self::unknown::{UnknownValue, UnknownVariant};
pub use jiff::civil::Date;
pub use serde_json::Value;

/// What the macros of this module call.
pub(crate) mod private {
    pub use super::enumeration::{decode_integer, decode_string};
    pub use super::serde::{debug, deserialize, equal, serialize};
}
pub use uuid::Uuid;

/// A JSON object with free names and values of one type; members are kept in the order of their names.
pub type Map<T> = std::collections::BTreeMap<String, T>;

/// A type that can be read from JSON.
///
/// Nothing is coerced: a string that holds a number is not a number. What JSON itself leaves open is no coercion: `3`, `3.0` and
/// `3e0` are the same number. Answers are read in a more forgiving way, and other values if asked for: see [`Decoding`].
pub trait Decode: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// When the value has another type than expected, or lacks a required member. The error names the place.
    fn decode(value: Value) -> Result<Self, DecodeError>;

    /// What a missing member of an object decodes to: an error, except for types that have a notion of absence.
    ///
    /// # Errors
    /// Unless the type can be absent.
    #[inline]
    fn absent() -> Result<Self, DecodeError> {
        Err(DecodeError::missing())
    }
}

/// A type that can be written as JSON. Numbers that JSON cannot say (NaN, infinities) become `null`.
pub trait Encode {
    /// Writes the value.
    fn encode(&self) -> Value;

    /// Whether the value stands for a member that is not there; true only for `None` and [`Patch::Absent`].
    #[inline]
    fn is_absent(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
