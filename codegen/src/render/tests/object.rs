//! Structs.

use super::{MODELS, schemas};

#[test]
fn required_members_are_arguments_and_others_setters() {
    let of = schemas(
        "X: {type: object, required: [id, kind], properties: {id: {type: string}, kind: {const: x}, count: {type: integer}, note: {type: [string, 'null']}, tags: {type: array, items: {type: string}}}}",
    );
    insta::assert_snapshot!(of.item(MODELS, "impl X "), @r#"
    impl X {
        /// A `X` with what is required; the setters add the rest.
        #[inline]
        pub fn new(id: impl Into<String>) -> Self {
            Self {
                id: id.into(),
                kind: "x".to_owned(),
                count: None,
                note: runtime::Patch::Absent,
                tags: None,
            }
        }

        /// Sets `count`.
        #[inline]
        pub fn count(mut self, value: i64) -> Self {
            self.count = Some(value);
            self
        }

        /// Sets `note`.
        #[inline]
        pub fn note(mut self, value: impl Into<runtime::Patch<String>>) -> Self {
            self.note = value.into();
            self
        }

        /// Sets `tags`.
        #[inline]
        pub fn tags(mut self, value: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.tags = Some(value.into_iter().map(Into::into).collect());
            self
        }
    }
    "#);
}

#[test]
fn what_may_be_empty_is_set_by_its_value() {
    let of = schemas(
        "X: {type: object, properties: {v: {anyOf: [{type: integer}, {type: string, enum: ['']}]}}}",
    );
    insta::assert_snapshot!(of.item(MODELS, "pub fn v("), @r"
    /// Sets `v`.
    #[inline]
    pub fn v(mut self, value: impl Into<runtime::OrEmpty<i64>>) -> Self {
        self.v = Some(value.into());
        self
    }
    ");
}

#[test]
fn fields_say_what_the_document_says() {
    let of = schemas(
        "X: {type: object, properties: {createdAt: {type: string, format: date-time, readOnly: true}, limit: {type: integer, default: 20, description: How many.}}}",
    );
    insta::assert_snapshot!(of.item(MODELS, "pub struct X"), @r#"
    #[derive(Clone)]
    #[non_exhaustive]
    pub struct X {
        /// Only received, never sent.
        pub created_at: Option<runtime::DateTime>,
        /// How many.
        ///
        /// Default: `20`.
        pub limit: Option<i64>,
    }
    "#);
}

#[test]
fn a_struct_that_is_only_received_has_no_constructor() {
    let of = super::document(
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/x: {get: {operationId: x, responses: {'200': {description: d, content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}}}}}",
    );
    assert!(!of.file(MODELS).contains("pub fn new"));
}

#[test]
fn the_codec_reads_and_writes_wire_names() {
    let of = schemas(
        "X: {type: object, required: [a], properties: {a: {type: string}, camelCase: {type: integer}}, additionalProperties: {type: boolean}}",
    );
    insta::assert_snapshot!(of.item(MODELS, "impl runtime::Decode for X"), @r#"
    impl runtime::Decode for X {
        #[inline]
        fn decode(value: runtime::Value) -> runtime::Result<Self, runtime::DecodeError> {
            let mut object = runtime::Object::from_value(value, "X")?;
            let (a, camel_case) = object.read(["a", "camelCase"])?;
            let additional_properties = object.rest()?;
            Ok(Self {
                a,
                camel_case,
                additional_properties,
            })
        }
    }
    "#);
    insta::assert_snapshot!(of.item(MODELS, "impl runtime::Encode for X"), @r#"
    impl runtime::Encode for X {
        #[inline]
        fn encode(&self) -> runtime::Value {
            runtime::Object::new()
                .with(&[("a", &self.a)])
                .with_present(&[("camelCase", &self.camel_case)])
                .with_rest(&self.additional_properties)
                .into_value()
        }
    }
    "#);
}

#[test]
fn a_member_called_object_does_not_hide_the_object() {
    let of = schemas(
        "X: {type: object, properties: {object: {type: string}, members: {type: string}}, additionalProperties: true}",
    );
    assert!(
        of.file(MODELS)
            .contains("let mut json = runtime::Object::from_value(value, \"X\")?;")
    );
}
