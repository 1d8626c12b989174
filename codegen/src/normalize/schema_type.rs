//! The types of JSON Schema, and what authors write instead.

use std::fmt;

/// A type of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypeName {
    String,
    Integer,
    Number,
    Boolean,
    Array,
    Object,
    Null,
}

impl TypeName {
    const ALL: [Self; 7] = [
        Self::String,
        Self::Integer,
        Self::Number,
        Self::Boolean,
        Self::Array,
        Self::Object,
        Self::Null,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
            Self::Null => "null",
        }
    }

    /// The type with exactly this name.
    pub(super) fn exact(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|candidate| candidate.as_str() == name)
    }

    /// The types and the format that a name which no specification knows most likely means. No types: anything.
    pub(super) fn meant_by(name: &str) -> (TypeSet, Option<&'static str>) {
        let name = name.trim().to_ascii_lowercase();
        if let Some(exact) = Self::exact(&name) {
            return (TypeSet::of(exact), None);
        }
        let (meant, format) = match name.as_str() {
            "str" | "text" | "enum" | "char" | "varchar" => (Self::String, None),
            "date" => (Self::String, Some("date")),
            "datetime" | "date-time" | "timestamp" => (Self::String, Some("date-time")),
            "time" => (Self::String, Some("time")),
            "uuid" | "guid" => (Self::String, Some("uuid")),
            "uri" | "url" => (Self::String, Some("uri")),
            "email" => (Self::String, Some("email")),
            "password" => (Self::String, Some("password")),
            "byte" | "base64" => (Self::String, Some("byte")),
            "file" | "binary" => (Self::String, Some("binary")),
            "int" | "short" => (Self::Integer, None),
            "int32" => (Self::Integer, Some("int32")),
            "int64" | "long" | "bigint" => (Self::Integer, Some("int64")),
            "float" => (Self::Number, Some("float")),
            "double" => (Self::Number, Some("double")),
            "decimal" | "numeric" => (Self::Number, None),
            "bool" => (Self::Boolean, None),
            "list" | "set" => (Self::Array, None),
            "map" | "dict" | "dictionary" | "hash" => (Self::Object, None),
            _ if name.starts_with("array") => (Self::Array, None),
            _ => return (TypeSet::default(), None),
        };
        (TypeSet::of(meant), format)
    }
}

/// A set of types, in a fixed order so that the order in the document doesn't matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TypeSet(u8);

impl TypeSet {
    /// So many types, integers counted as numbers, are all there are.
    pub(super) const ANYTHING: usize = 5;

    pub(super) fn of(name: TypeName) -> Self {
        Self(1 << name as u8)
    }

    pub(super) fn insert(&mut self, name: TypeName) {
        self.extend(Self::of(name));
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(super) fn contains(self, name: TypeName) -> bool {
        self.0 & Self::of(name).0 != 0
    }

    pub(super) fn without(self, name: TypeName) -> Self {
        Self(self.0 & !Self::of(name).0)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub(super) fn iter(self) -> impl Iterator<Item = TypeName> {
        TypeName::ALL
            .into_iter()
            .filter(move |name| self.contains(*name))
    }

    /// The one type, if there is one only.
    pub(super) fn single(self) -> Option<TypeName> {
        if self.len() == 1 {
            self.iter().next()
        } else {
            None
        }
    }
}

impl fmt::Display for TypeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.iter().next() {
            Some(first) => f.write_str(first.as_str()),
            None => f.write_str("any"),
        }
    }
}
