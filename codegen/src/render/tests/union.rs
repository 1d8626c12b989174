//! Unions and enums.

use super::{MODELS, schemas};

#[test]
fn a_union_is_an_enum_with_its_unknown_kept() {
    let of = schemas("X: {oneOf: [{type: string}, {type: array, items: {type: string}}]}");
    insta::assert_snapshot!(of.item(MODELS, "pub enum X"), @r#"
    #[derive(Clone)]
    #[non_exhaustive]
    pub enum X {
        String(String),
        StringArray(Vec<String>),
        #[doc(hidden)]
        Unknown(runtime::UnknownVariant),
    }
    "#);
    insta::assert_snapshot!(of.item(MODELS, "impl runtime::Decode for X"), @r#"
    impl runtime::Decode for X {
        #[inline]
        fn decode(value: runtime::Value) -> runtime::Result<Self, runtime::DecodeError> {
            const SHAPES: &[runtime::Shape] = &[
                runtime::Shape::of(runtime::Kinds::STRING),
                runtime::Shape::of(runtime::Kinds::ARRAY),
            ];
            runtime::decode_union(
                value,
                "X",
                SHAPES,
                |index, value| match index {
                    0 => runtime::Decode::decode(value).map(Self::String),
                    _ => runtime::Decode::decode(value).map(Self::StringArray),
                },
                Self::Unknown,
            )
        }
    }
    "#);
}

#[test]
fn a_tag_that_the_content_lacks_is_written() {
    let of = schemas(
        "Cat: {type: object, properties: {a: {type: string}}}\nDog: {type: object, properties: {b: {type: string}}}\nX: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: kind, mapping: {cat: Cat, dog: Dog}}}",
    );
    insta::assert_snapshot!(of.item(MODELS, "impl runtime::Encode for X"), @r#"
    impl runtime::Encode for X {
        #[inline]
        fn encode(&self) -> runtime::Value {
            match self {
                Self::Cat(value) => {
                    runtime::encode_tagged(runtime::Encode::encode(value), "kind", "cat")
                }
                Self::Dog(value) => {
                    runtime::encode_tagged(runtime::Encode::encode(value), "kind", "dog")
                }
                Self::Unknown(value) => runtime::Encode::encode(value),
            }
        }
    }
    "#);
    insta::assert_snapshot!(of.item(MODELS, "impl From<Cat> for X"), @r#"
    impl From<Cat> for X {
        #[inline]
        fn from(value: Cat) -> Self {
            Self::Cat(Box::new(value))
        }
    }
    "#);
}

#[test]
fn variants_that_hold_equal_types_have_no_conversion() {
    let of = schemas(
        "A: {type: array, items: {type: string}}\nB: {type: array, items: {type: string}}\nX: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}, {type: integer}]}",
    );
    let text = of.file(MODELS);
    assert!(text.contains("impl From<i64> for X"));
    assert!(!text.contains("impl From<A> for X"));
}

#[test]
fn a_string_enum_keeps_what_it_does_not_know() {
    let of = schemas("X: {type: string, enum: [free, not yet]}");
    insta::assert_snapshot!(of.item(MODELS, "pub enum X"), @r#"
    #[derive(Clone, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum X {
        /// `free`
        Free,
        /// `not yet`
        NotYet,
        #[doc(hidden)]
        Unknown(runtime::UnknownValue),
    }
    "#);
    insta::assert_snapshot!(of.item(MODELS, "impl From<&str> for X"), @r#"
    impl From<&str> for X {
        #[inline]
        fn from(value: &str) -> Self {
            match value {
                "free" => Self::Free,
                "not yet" => Self::NotYet,
                other => Self::Unknown(runtime::UnknownValue::new(other)),
            }
        }
    }
    "#);
}
