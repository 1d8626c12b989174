//! `multipart/form-data` (RFC 7578).

use std::fmt;
use std::fmt::Write as _;

use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::Body;
use crate::codec::Encode;
use crate::descriptor::{Encoding, MediaType, essence};
use crate::encode::scalar_text;
use crate::error::{Error, Result};

/// A form of parts: values and files.
#[derive(Clone, Debug, Default)]
pub struct Multipart(Vec<(String, Content)>);

#[derive(Clone)]
enum Content {
    Value(Value),
    File(FilePart),
}

impl Multipart {
    /// A form without parts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value. Scalars become text, objects become `application/json`, arrays become one part per element; where the
    /// document gives the part a JSON media type, any value becomes JSON.
    #[must_use]
    pub fn value<T: Encode + ?Sized>(self, name: &str, value: &T) -> Self {
        self.with(name, Content::Value(value.encode()))
    }

    /// Adds a value, if there is one.
    #[must_use]
    pub fn value_optional<T: Encode>(self, name: &str, value: &Option<T>) -> Self {
        match value {
            Some(value) => self.value(name, value),
            None => self,
        }
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, name: &str, file: impl Into<FilePart>) -> Self {
        self.with(name, Content::File(file.into()))
    }

    /// Adds a file, if there is one.
    #[must_use]
    pub fn file_optional(self, name: &str, file: Option<FilePart>) -> Self {
        match file {
            Some(file) => self.file(name, file),
            None => self,
        }
    }

    /// Adds several files under one name (RFC 7578 section 4.3).
    #[must_use]
    pub fn files(self, name: &str, files: Vec<FilePart>) -> Self {
        files
            .into_iter()
            .fold(self, |form, file| form.file(name, file))
    }

    /// Sets a value to `true`: in any case, or only if it is not set.
    pub(crate) fn flag(&mut self, name: &str, in_any_case: bool) {
        let is_set = self.0.iter().any(|(set, _)| set == name);
        if is_set && !in_any_case {
            return;
        }
        self.0.retain(|(set, _)| set != name);
        self.0
            .push((name.to_owned(), Content::Value(Value::Bool(true))));
    }

    fn with(mut self, name: &str, content: Content) -> Self {
        self.0.push((name.to_owned(), content));
        self
    }

    /// Writes the form: its `Content-Type` and its body.
    pub(crate) fn encode(self, media: &MediaType) -> Result<(String, Body)> {
        let boundary = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let mut body = Body::empty();
        for (name, content) in self.0 {
            let encoding = media.encoding_of(&name);
            for part in content.into_parts(encoding) {
                let headers = part.headers(&name, encoding)?;
                body.append(format!("--{boundary}\r\n{headers}\r\n").into());
                body.append(part.body);
                body.append("\r\n".into());
            }
        }
        body.append(format!("--{boundary}--\r\n").into());
        let kind = if media.name().starts_with("multipart/") {
            media.name()
        } else {
            "multipart/form-data"
        };
        Ok((format!("{kind}; boundary={boundary}"), body.joined()))
    }
}

impl Content {
    fn into_parts(self, encoding: Option<&'static Encoding>) -> Vec<Part> {
        match self {
            Self::File(file) => vec![Part::file(file)],
            Self::Value(Value::Null) => Vec::new(),
            Self::Value(value) if documented_type(encoding).is_some_and(is_json) => {
                vec![Part::json(&value)]
            }
            Self::Value(Value::Array(items)) => items.iter().map(Part::value).collect(),
            Self::Value(value) => vec![Part::value(&value)],
        }
    }
}

struct Part {
    filename: Option<String>,
    content_type: Option<String>,
    /// The media type when neither the caller nor the document names one.
    default_type: Option<&'static str>,
    /// The caller's own headers.
    headers: Vec<(String, String)>,
    body: Body,
}

impl Part {
    fn file(file: FilePart) -> Self {
        Self {
            filename: file.filename,
            content_type: file.content_type,
            default_type: Some("application/octet-stream"),
            headers: file.headers,
            body: file.body,
        }
    }

    fn value(value: &Value) -> Self {
        match value {
            Value::Array(_) | Value::Object(_) => Self::json(value),
            scalar => Self {
                filename: None,
                content_type: None,
                default_type: None,
                headers: Vec::new(),
                body: scalar_text(scalar).into(),
            },
        }
    }

    fn json(value: &Value) -> Self {
        let default_type = Some("application/json");
        Self {
            filename: None,
            content_type: None,
            default_type,
            headers: Vec::new(),
            body: value.to_string().into(),
        }
    }

    fn headers(&self, name: &str, encoding: Option<&'static Encoding>) -> Result<String> {
        let mut disposition = format!("form-data; name=\"{}\"", quoted(name));
        if let Some(filename) = &self.filename {
            let _ = write!(disposition, "; filename=\"{}\"", quoted(filename));
        }
        let content_type = self
            .content_type
            .as_deref()
            .or(documented_type(encoding))
            .or(self.default_type);
        let fixed = encoding.map_or(&[][..], |encoding| encoding.headers);
        let others = [("Content-Disposition", disposition.as_str())]
            .into_iter()
            .chain(content_type.map(|value| ("Content-Type", value)))
            .chain(fixed.iter().copied())
            .filter(|(header, _)| {
                let mut own = self.headers.iter();
                !own.any(|(name, _)| name.eq_ignore_ascii_case(header))
            });
        let own = self.headers.iter();
        let own = own.map(|(header, value)| (header.as_str(), value.as_str()));
        let mut headers = String::new();
        for (header, value) in others.chain(own) {
            // Control characters would break the lines, and no server reads others in a header.
            if HeaderName::try_from(header).is_err()
                || HeaderValue::from_bytes(value.as_bytes()).is_err()
            {
                return Err(Error::request(format!(
                    "the part {name:?} has a header {header:?} that cannot be sent"
                )));
            }
            let _ = write!(headers, "{header}: {value}\r\n");
        }
        Ok(headers)
    }
}

/// The part's media type in the document: the first of the list, unless it is a range such as `image/*`.
fn documented_type(encoding: Option<&'static Encoding>) -> Option<&'static str> {
    let list = encoding?.content_type?;
    list.split(',')
        .map(str::trim)
        .find(|name| !name.is_empty() && !name.contains('*'))
}

fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence.eq_ignore_ascii_case("application/json")
        || essence.to_ascii_lowercase().ends_with("+json")
}

/// Names and filenames as browsers write them, which RFC 7578 section 2 refers to (WHATWG HTML, "multipart form data"), save
/// backslashes at the end: many servers would take the quote behind for an escaped one, and read on.
fn quoted(name: &str) -> String {
    let kept = name.trim_end_matches('\\');
    let escaped = kept
        .replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    escaped + &"%5C".repeat(name.len() - kept.len())
}

/// A file in a form.
#[derive(Clone, Debug)]
pub struct FilePart {
    filename: Option<String>,
    content_type: Option<String>,
    headers: Vec<(String, String)>,
    body: Body,
}

impl FilePart {
    /// A file by its name and content.
    pub fn new(filename: impl Into<String>, body: impl Into<Body>) -> Self {
        Self {
            filename: Some(filename.into()),
            content_type: None,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// The file's media type. Without it, the document's is used, else `application/octet-stream`.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Adds a header to the file's part, in place of what it would be otherwise: one that the document fixes, the media type, or the
    /// `Content-Disposition`, which then has to name the part.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl From<Vec<u8>> for FilePart {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new("file", bytes)
    }
}

impl From<Body> for FilePart {
    fn from(body: Body) -> Self {
        Self::new("file", body)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => f.write_str("value"),
            Self::File(file) => fmt::Debug::fmt(file, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(form: Multipart, media: &MediaType) -> String {
        let (content_type, body) = form.encode(media).unwrap();
        let boundary = content_type.split_once("boundary=").unwrap().1;
        let text = String::from_utf8(body.as_bytes().unwrap().to_vec()).unwrap();
        text.replace(boundary, "B").replace("\r\n", "\n")
    }

    #[test]
    fn values_become_text_and_objects_become_json() {
        let form = Multipart::new()
            .value("name", "Ada")
            .value("tags", &["a", "b"])
            .value("size", &5.0)
            .value("meta", &json!({"a": 1}))
            .value_optional("none", &None::<i64>);
        let expected = "--B\nContent-Disposition: form-data; name=\"name\"\n\nAda\n\
            --B\nContent-Disposition: form-data; name=\"tags\"\n\na\n\
            --B\nContent-Disposition: form-data; name=\"tags\"\n\nb\n\
            --B\nContent-Disposition: form-data; name=\"size\"\n\n5\n\
            --B\nContent-Disposition: form-data; name=\"meta\"\nContent-Type: application/json\n\n{\"a\":1}\n\
            --B--\n";
        assert_eq!(
            written(form, &MediaType::new("multipart/form-data")),
            expected
        );
    }

    #[test]
    fn document_decides_the_type_of_a_part() {
        static ENCODINGS: [Encoding; 2] = [
            Encoding::new("tags").content_type("application/json"),
            Encoding::new("photo")
                .content_type("image/*, image/png")
                .headers(&[("X-Kind", "photo")]),
        ];
        let media = MediaType::new("multipart/form-data").encoding(&ENCODINGS);
        let form = Multipart::new()
            .value("tags", &["a"])
            .file("photo", FilePart::new("a\".png\r\n\\", "x"));
        let expected = "--B\nContent-Disposition: form-data; name=\"tags\"\nContent-Type: application/json\n\n[\"a\"]\n\
            --B\nContent-Disposition: form-data; name=\"photo\"; filename=\"a%22.png%0D%0A%5C\"\nContent-Type: image/png\n\
            X-Kind: photo\n\nx\n--B--\n";
        assert_eq!(written(form, &media), expected);
    }

    #[test]
    fn what_no_header_can_hold_is_refused() {
        let file = FilePart::new("a", "x").content_type("text/plain\r\nX-Evil: 1");
        for file in [
            file,
            FilePart::new("a", "x").header("X-A", "1\nX-Evil: 1"),
            FilePart::new("a", "x").header("X-A: 1\r\nX-Evil", "1"),
            FilePart::new("a", "x").header("X-A", "a\0"),
            FilePart::new("a\u{7f}", "x"),
        ] {
            let form = Multipart::new().file("f", file);
            assert!(form.encode(&MediaType::new("multipart/form-data")).is_err());
        }
    }

    #[test]
    fn headers_of_the_caller_replace_others() {
        static ENCODINGS: [Encoding; 1] =
            [Encoding::new("f").headers(&[("X-Kind", "photo"), ("X-Size", "s")])];
        let media = MediaType::new("multipart/form-data").encoding(&ENCODINGS);
        let file = FilePart::new("a", "x")
            .header("x-kind", "scan")
            .header("content-type", "text/plain");
        let expected = "--B\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\n\
            X-Size: s\nx-kind: scan\ncontent-type: text/plain\n\nx\n--B--\n";
        assert_eq!(written(Multipart::new().file("f", file), &media), expected);
    }
}
