//! Bytes to text: byte order marks and UTF-16.

use super::SourceError;
use crate::diagnostics::Code;

/// Decodes a document. RFC 8259 wants UTF-8, YAML 1.2 (section 5.2) also allows UTF-16, and editors on Windows
/// write both with a byte order mark.
pub(super) fn decode(name: &str, mut bytes: Vec<u8>) -> Result<String, SourceError> {
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => {
            bytes.drain(..3);
            utf8(name, bytes)
        }
        [0xFF, 0xFE, rest @ ..] => utf16(name, rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(name, rest, u16::from_be_bytes),
        [first, 0, ..] if *first != 0 => utf16(name, &bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(name, &bytes, u16::from_be_bytes),
        _ => utf8(name, bytes),
    }
}

/// Refuses bytes that are no text in any encoding that [`decode`] knows, by the first of them.
pub(super) fn refuse_binary(name: &str, start: &[u8]) -> Result<(), SourceError> {
    // U+0000 is allowed neither in JSON nor in YAML; in UTF-16 it takes two bytes at an even place.
    if !start.chunks_exact(2).any(|pair| pair == [0, 0]) {
        return Ok(());
    }
    let message = "this is no text, but binary data".to_owned();
    Err(SourceError::located(
        Code::EncodingInvalid,
        name,
        (1, 1),
        message,
        "",
    ))
}

fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, SourceError> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let message = "the document is not valid UTF-8 here".to_owned();
        SourceError::located(
            Code::EncodingInvalid,
            name,
            (line, column),
            message,
            &before,
        )
        .with_hint("save the file as UTF-8")
    })
}

fn utf16(name: &str, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, SourceError> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let decoded: Result<String, _> = char::decode_utf16(units).collect();
    decoded.map_err(|_| {
        let message = "the document looks like UTF-16 but is not valid".to_owned();
        SourceError::located(Code::EncodingInvalid, name, (1, 1), message, "")
            .with_hint("save the file as UTF-8")
    })
}
