//! Bytes to text: byte order marks, UTF-16, and what editors on Windows leave in UTF-8.

use super::SourceError;
use super::place::place_of;
use crate::diagnostics::{Code, Diagnostics, Location};

/// Decodes a document. RFC 8259 wants UTF-8, YAML 1.2 (section 5.2) also allows UTF-16, and editors on Windows
/// write both with a byte order mark.
pub(super) fn decode(
    name: &str,
    mut bytes: Vec<u8>,
    diagnostics: &mut Diagnostics,
) -> Result<String, SourceError> {
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => {
            bytes.drain(..3);
            let message = "the file starts with a byte order mark, which JSON does not know";
            // YAML allows for one.
            if bytes.trim_ascii_start().starts_with(b"{") {
                diagnostics.note_at(Code::ByteOrderMark, Location::start_of(name), message);
            }
            utf8(name, bytes, diagnostics)
        }
        [0xFF, 0xFE, rest @ ..] => utf16(name, rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(name, rest, u16::from_be_bytes),
        [first, 0, ..] if *first != 0 => utf16(name, &bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(name, &bytes, u16::from_be_bytes),
        _ => utf8(name, bytes, diagnostics),
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

fn utf8(name: &str, bytes: Vec<u8>, diagnostics: &mut Diagnostics) -> Result<String, SourceError> {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error.into_bytes(),
    };
    let repaired = windows_1252(&bytes).map_err(|before| {
        let message = "the document is not valid UTF-8 here".to_owned();
        let place = place_of(&before, before.len());
        SourceError::located(Code::EncodingInvalid, name, place, message, &before)
            .with_hint("save the file as UTF-8")
    })?;
    let (line, column) = place_of(&repaired.text, repaired.first);
    let read_as = repaired.text[repaired.first..].chars().next();
    let message = match repaired.count {
        1 => "a byte here is not UTF-8; it was read as".to_owned(),
        count => format!("{count} bytes are not UTF-8, the first one here; it was read as"),
    };
    let location = Location {
        file: name.to_owned(),
        line,
        column,
    };
    diagnostics
        .warn_at(
            Code::EncodingRepaired,
            location,
            format!(
                "{message} `{}`, as in Windows-1252",
                read_as.unwrap_or_default()
            ),
        )
        .hint("save the file as UTF-8");
    Ok(repaired.text)
}

/// A text with bytes of another encoding in it.
struct Repaired {
    text: String,
    /// The byte offset in `text` of the first character that was no UTF-8.
    first: usize,
    /// How many bytes were no UTF-8.
    count: usize,
}

/// Reads the bytes that are no UTF-8 as Windows-1252, which is what text pasted on Windows most often was. If there
/// is a byte that Windows-1252 doesn't have either, fails with the text before it.
fn windows_1252(bytes: &[u8]) -> Result<Repaired, String> {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 16);
    let (mut first, mut count) = (None, 0);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let Some(character) = character_of(*byte) else {
                return Err(text);
            };
            first.get_or_insert(text.len());
            count += 1;
            text.push(character);
        }
    }
    Ok(Repaired {
        text,
        first: first.unwrap_or_default(),
        count,
    })
}

/// The character of a byte in Windows-1252: that of ISO 8859-1 but for the 32 codes of controls.
fn character_of(byte: u8) -> Option<char> {
    /// The characters of 0x80 to 0x9F; U+0000 where there is none.
    const PUNCTUATION: [char; 32] = [
        '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0',
        '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => Some(PUNCTUATION[usize::from(byte - 0x80)]).filter(|found| *found != '\0'),
        _ => Some(char::from(byte)),
    }
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
