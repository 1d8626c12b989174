//! Formats: the scalars that they choose.

use crate::model::Scalar;

/// The text of a format, whether the crate knows it or not.
pub(super) fn format_name<T: FormatName>(format: &openapiv3::VariantOrUnknownOrEmpty<T>) -> String {
    match format {
        openapiv3::VariantOrUnknownOrEmpty::Item(item) => item.text().to_owned(),
        openapiv3::VariantOrUnknownOrEmpty::Unknown(text) => text.clone(),
        openapiv3::VariantOrUnknownOrEmpty::Empty => String::new(),
    }
}

/// The formats that `openapiv3` knows, as text again: one list of formats is easier to keep than two.
pub(super) trait FormatName {
    fn text(&self) -> &'static str;
}

impl FormatName for openapiv3::StringFormat {
    fn text(&self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Password => "password",
            Self::Byte => "byte",
            Self::Binary => "binary",
        }
    }
}

impl FormatName for openapiv3::IntegerFormat {
    fn text(&self) -> &'static str {
        match self {
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }
}

impl FormatName for openapiv3::NumberFormat {
    fn text(&self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Double => "double",
        }
    }
}

pub(super) fn string_scalar(format: &str) -> Scalar {
    match format {
        "date-time" => Scalar::DateTime,
        "date" => Scalar::Date,
        "time" => Scalar::Time,
        "uuid" => Scalar::Uuid,
        "byte" => Scalar::Base64,
        _ => Scalar::String,
    }
}

pub(super) fn integer_scalar(format: &str) -> Scalar {
    match format {
        "int8" | "int16" | "int32" => Scalar::I32,
        "uint8" | "uint16" | "uint32" => Scalar::U32,
        "uint64" | "uint" => Scalar::U64,
        _ => Scalar::I64,
    }
}

pub(super) fn number_scalar(format: &str) -> Scalar {
    match format {
        "int32" | "int64" | "integer" => Scalar::I64,
        _ => Scalar::F64,
    }
}
