//! Reading a multipart body (RFC 7578, RFC 2046 section 5.1), and comparing its parts.

use serde_json::Value;

use crate::descriptor::essence;

use super::value::{is_same, text};

struct Part<'a> {
    head: String,
    content: &'a [u8],
}

/// What is wrong with the parts of a body.
pub(super) fn differ(expected: &Value, content_type: &str, body: &[u8]) -> Option<String> {
    let Some(found) = read(content_type, body) else {
        return Some(format!("the body has no parts for `{content_type}`"));
    };
    let expected = expected.as_array().map(Vec::as_slice).unwrap_or_default();
    if expected.len() != found.len() {
        return Some(format!(
            "there are {} parts, expected {}",
            found.len(),
            expected.len()
        ));
    }
    let mut pairs = expected.iter().zip(&found);
    pairs.find_map(|(expected, found)| part_differs(expected, found))
}

fn part_differs(expected: &Value, found: &Part<'_>) -> Option<String> {
    let wanted = |key: &str| expected.get(key).and_then(Value::as_str);
    let name = found.disposition("name");
    if name.as_deref() != wanted("name") {
        return Some(format!("a part is {name:?}, expected {:?}", wanted("name")));
    }
    let name = name.unwrap_or_default();
    let file = found.disposition("filename");
    if file.as_deref() != wanted("file") {
        return Some(format!(
            "the file of the part `{name}` is {file:?}, expected {:?}",
            wanted("file")
        ));
    }
    // Text is what a part is that says nothing (RFC 7578, section 4.4).
    let media_type = found.header("content-type").unwrap_or("text/plain");
    let expected_type = wanted("type").unwrap_or("text/plain");
    if !essence(media_type).eq_ignore_ascii_case(essence(expected_type)) {
        return Some(format!(
            "the media type of the part `{name}` is `{media_type}`, expected `{expected_type}`"
        ));
    }
    let same = match expected.get("json") {
        Some(json) => serde_json::from_slice::<Value>(found.content)
            .is_ok_and(|content| is_same(json, &content)),
        None => {
            expected
                .get("text")
                .map(text)
                .unwrap_or_default()
                .as_bytes()
                == found.content
        }
    };
    (!same).then(|| {
        format!(
            "the part `{name}` is `{}`, expected `{expected}`",
            String::from_utf8_lossy(found.content)
        )
    })
}

impl Part<'_> {
    fn header(&self, wanted: &str) -> Option<&str> {
        let mut lines = self
            .head
            .split("\r\n")
            .filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))?;
        Some(value.trim())
    }

    /// A parameter of `Content-Disposition`, as browsers write it.
    fn disposition(&self, wanted: &str) -> Option<String> {
        let value = self.header("content-disposition")?;
        let mut rest = value.strip_prefix("form-data")?;
        while let Some(after) = rest.strip_prefix("; ") {
            let (name, quoted) = after.split_once("=\"")?;
            let (value, behind) = quoted.split_once('"')?;
            if name == wanted {
                let value = value.replace("%22", "\"").replace("%0D", "\r");
                return Some(value.replace("%0A", "\n"));
            }
            rest = behind;
        }
        None
    }
}

/// The parts between the boundaries.
fn read<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let (_, boundary) = content_type.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let delimiter = format!("\r\n--{boundary}");
    let first = format!("--{boundary}");
    let mut rest = body.strip_prefix(first.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        let inner = rest.strip_prefix(b"\r\n")?;
        let end = find(inner, delimiter.as_bytes())?;
        let part = &inner[..end];
        let (head, content) = match part.strip_prefix(b"\r\n") {
            Some(content) => (&b""[..], content),
            None => {
                let at = find(part, b"\r\n\r\n")?;
                (&part[..at], &part[at + 4..])
            }
        };
        parts.push(Part {
            head: String::from_utf8_lossy(head).into_owned(),
            content,
        });
        rest = &inner[end + delimiter.len()..];
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}
