//! The calls as data.

use std::sync::OnceLock;

use serde_json::Value;

use super::Undecodable;
use crate::body::{FilePart, Multipart};
use crate::codec::Decode;

/// The calls of a group of operations, in JSON. They are parsed once.
#[derive(Debug)]
pub struct Cases {
    json: &'static str,
    parsed: OnceLock<Value>,
}

impl Cases {
    /// Takes the text of a generated file.
    #[must_use]
    pub const fn new(json: &'static str) -> Self {
        Self {
            json,
            parsed: OnceLock::new(),
        }
    }

    /// The calls of one operation. A file that is no JSON has none.
    pub(super) fn of(&self, operation: &str) -> Option<Tests<'_>> {
        let parsed = self
            .parsed
            .get_or_init(|| serde_json::from_str(self.json).unwrap_or_default());
        let tests = parsed.get(operation)?;
        // The name of an operation with the same answers.
        let same = tests.get("answers").and_then(Value::as_str);
        Some(Tests {
            value: tests,
            answers: list(
                same.and_then(|same| parsed.get(same)).unwrap_or(tests),
                "answers",
            ),
        })
    }
}

/// The calls of one operation.
#[derive(Clone, Copy)]
pub(super) struct Tests<'a> {
    value: &'a Value,
    answers: &'a [Value],
}

impl<'a> Tests<'a> {
    pub(super) fn text(&self, key: &str) -> &'a str {
        self.value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(super) fn list(&self, key: &str) -> &'a [Value] {
        list(self.value, key)
    }

    pub(super) fn is(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }

    pub(super) fn cases(&self) -> impl Iterator<Item = Case<'a>> {
        let cases = self.list("cases").iter();
        cases.map(|value| Case {
            value,
            answer: None,
        })
    }

    /// Each call with an answer, and as often as there are answers.
    pub(super) fn answered_cases(&self) -> impl Iterator<Item = Case<'a>> {
        let (cases, answers) = (self.list("cases"), self.answers);
        let count = match cases.is_empty() {
            true => 0,
            false => cases.len().max(answers.len()),
        };
        (0..count).map(move |index| Case {
            value: &cases[index % cases.len()],
            // Each answer has its turn.
            answer: answers.get(index % answers.len().max(1)),
        })
    }
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let list = value.get(key).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// One call: its arguments and its body, decoded to the types that the generated functions take.
#[derive(Debug)]
pub struct Case<'a> {
    value: &'a Value,
    pub(super) answer: Option<&'a Value>,
}

impl Case<'_> {
    /// What is particular about the call.
    #[must_use]
    pub fn name(&self) -> &str {
        self.value
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// An argument that the function takes.
    ///
    /// # Errors
    /// When there is none, or its value does not fit the type.
    pub fn required<T: Decode>(&self, name: &str) -> Result<T, Undecodable> {
        decoded(self.member("arguments", name), name)
    }

    /// The value for a setter, if this call sets it.
    ///
    /// # Errors
    /// When the value does not fit the type.
    pub fn optional<T: Decode>(&self, name: &str) -> Result<Option<T>, Undecodable> {
        maybe(self.member("arguments", name), name)
    }

    /// Which of the operation's media types the body has; `None` if this call has no body.
    #[must_use]
    pub fn media(&self) -> Option<u64> {
        self.body_member("media")?.as_u64()
    }

    /// The body.
    ///
    /// # Errors
    /// When there is none, or its value does not fit the type.
    pub fn body<T: Decode>(&self) -> Result<T, Undecodable> {
        decoded(self.body_member("value"), "body")
    }

    /// A part of a form.
    ///
    /// # Errors
    /// When there is none, or its value does not fit the type.
    pub fn part<T: Decode>(&self, name: &str) -> Result<T, Undecodable> {
        decoded(self.part_value(name), name)
    }

    /// A part of a form, if this call has it.
    ///
    /// # Errors
    /// When its value does not fit the type.
    pub fn optional_part<T: Decode>(&self, name: &str) -> Result<Option<T>, Undecodable> {
        maybe(self.part_value(name), name)
    }

    /// A part of a form that is a file.
    ///
    /// # Errors
    /// When there is none.
    pub fn file(&self, name: &str) -> Result<FilePart, Undecodable> {
        self.optional_file(name).ok_or_else(|| missing(name))
    }

    /// A part of a form that is a file, if this call has it.
    #[must_use]
    pub fn optional_file(&self, name: &str) -> Option<FilePart> {
        self.part_value(name).map(file)
    }

    /// Parts of a form that are files of one name.
    ///
    /// # Errors
    /// When there are none.
    pub fn files(&self, name: &str) -> Result<Vec<FilePart>, Undecodable> {
        self.optional_files(name).ok_or_else(|| missing(name))
    }

    /// Parts of a form that are files of one name, if this call has them.
    #[must_use]
    pub fn optional_files(&self, name: &str) -> Option<Vec<FilePart>> {
        let files = self.part_value(name)?.as_array()?;
        Some(files.iter().map(file).collect())
    }

    /// A form of parts that the document does not describe.
    #[must_use]
    pub fn multipart(&self) -> Multipart {
        let parts = self.body_member("value").and_then(Value::as_object);
        let parts = parts.into_iter().flatten();
        parts.fold(Multipart::new(), |form, (name, value)| {
            form.value(name, value)
        })
    }

    /// A body that is text.
    #[must_use]
    pub fn text(&self) -> String {
        let text = self.body_member("text").and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }

    /// A body that is bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.text().into_bytes()
    }

    /// What must be sent.
    pub(super) fn sent(&self) -> &Value {
        self.value.get("sent").unwrap_or(&Value::Null)
    }

    pub(super) fn body_member(&self, name: &str) -> Option<&Value> {
        self.member("body", name)
    }

    fn member(&self, of: &str, name: &str) -> Option<&Value> {
        self.value.get(of)?.get(name)
    }

    /// The value of a part; one that is null is no part.
    fn part_value(&self, name: &str) -> Option<&Value> {
        let value = self.body_member("value")?.get(name)?;
        (!value.is_null()).then_some(value)
    }
}

fn file(value: &Value) -> FilePart {
    FilePart::new("file.bin", super::value::text(value).into_bytes())
}

fn maybe<T: Decode>(value: Option<&Value>, name: &str) -> Result<Option<T>, Undecodable> {
    match value {
        Some(value) => decoded(Some(value), name).map(Some),
        None => Ok(None),
    }
}

fn decoded<T: Decode>(value: Option<&Value>, name: &str) -> Result<T, Undecodable> {
    let value = value.ok_or_else(|| missing(name))?;
    T::decode(value.clone()).map_err(|error| Undecodable(format!("`{name}`: {error}: {value}")))
}

fn missing(name: &str) -> Undecodable {
    Undecodable(format!("the call has no value for `{name}`"))
}
