//! Random values through every style, read back by a decoder that shares nothing with the encoder.
//!
//! A failure names the seed of its value; `CONNECTOR_SEED=seed` makes that one alone.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::{cookie_text, form_body, header_text, path_text, query_pairs};
use crate::descriptor::{MediaType, Parameter, Style};

/// How many values each property is held against.
const VALUES: usize = 3_000;

type Checked = Result<(), String>;

fn repeatedly(check: impl Fn(&mut Rng) -> Checked) {
    let given = std::env::var("CONNECTOR_SEED").ok();
    let given: Option<u64> = given.and_then(|seed| seed.parse().ok());
    let count = if given.is_some() { 1 } else { VALUES };
    for _ in 0..count {
        let seed = given.unwrap_or_else(|| fastrand::u64(..));
        if let Err(message) = check(&mut Rng::with_seed(seed)) {
            panic!("CONNECTOR_SEED={seed}: {message}");
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(read: &T, written: &T, wire: &str) -> Checked {
    if read == written {
        return Ok(());
    }
    Err(format!(
        "{written:?} was sent as {wire:?} and read as {read:?}"
    ))
}

// What is sent.

/// A text of what means something somewhere, of other scripts, and of controls, but for the characters in `without`.
fn text(rng: &mut Rng, without: &str) -> String {
    const ODD: &[u8] = b"%&=+;,/?#[]{}()<>|\\^`\"'!@$*:~.-_ 0aZ";
    let length = rng.usize(1..8);
    let mut text = String::new();
    while text.chars().count() < length {
        let c = match rng.u8(0..8) {
            0 => rng.char(..),
            1 => char::from(rng.u8(0..128)),
            2 => 'é',
            // An escape in the value is a text like any other.
            3 if !without.contains('%') => {
                text.push_str("%41");
                continue;
            }
            _ => char::from(ODD[rng.usize(..ODD.len())]),
        };
        if !without.contains(c) {
            text.push(c);
        }
    }
    text
}

/// A scalar, and the text that it is outside of JSON.
fn scalar(rng: &mut Rng, without: &str) -> (Value, String) {
    match rng.u8(0..6) {
        0 => {
            let number = rng.i64(..);
            (json!(number), number.to_string())
        }
        1 => {
            let flag = rng.bool();
            (json!(flag), flag.to_string())
        }
        _ => {
            let text = text(rng, without);
            (json!(text), text)
        }
    }
}

fn list(rng: &mut Rng, without: &str) -> (Value, Vec<String>) {
    let count = rng.usize(1..5);
    let (values, texts): (Vec<_>, _) = (0..count).map(|_| scalar(rng, without)).unzip();
    (Value::Array(values), texts)
}

fn object(rng: &mut Rng, without: &str) -> (Value, Vec<(String, String)>) {
    let count = rng.usize(1..5);
    let mut members = Map::new();
    let mut texts: Vec<(String, String)> = Vec::new();
    for _ in 0..count {
        let name = text(rng, without);
        let (value, text) = scalar(rng, without);
        if members.insert(name.clone(), value).is_none() {
            texts.push((name, text));
        } else {
            texts.retain(|(known, _)| *known != name);
            members.shift_remove(&name);
            members.insert(name.clone(), json!(text));
            texts.push((name, text));
        }
    }
    (Value::Object(members), texts)
}

/// Lists and objects in each other, none of them empty, and the same with a text for each scalar.
fn tree(rng: &mut Rng, depth: usize) -> (Value, Value) {
    let without = "[]";
    match rng.u8(0..if depth == 0 { 1 } else { 3 }) {
        1 => {
            let count = rng.usize(1..4);
            let (items, texts): (Vec<_>, Vec<_>) = (0..count).map(|_| tree(rng, depth - 1)).unzip();
            (Value::Array(items), Value::Array(texts))
        }
        2 => {
            let (mut members, mut texts) = (Map::new(), Map::new());
            for _ in 0..rng.usize(1..4) {
                // A name in digits would be the index of an element.
                let name = format!("n{}", text(rng, without));
                let (value, text) = tree(rng, depth - 1);
                members.insert(name.clone(), value);
                texts.insert(name, text);
            }
            (Value::Object(members), Value::Object(texts))
        }
        _ => {
            let (value, text) = scalar(rng, without);
            (value, json!(text))
        }
    }
}

// What is read.

/// Reads the escapes of RFC 3986 section 2.1. What is no escape is an error.
fn unescaped(wire: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut rest = wire.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = after;
            continue;
        }
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.ok_or_else(|| format!("{wire:?} has a lonely %"))?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|error| format!("{wire:?}: {error}"))
}

fn all_unescaped<'a>(wires: impl Iterator<Item = &'a str>) -> Result<Vec<String>, String> {
    wires.map(unescaped).collect()
}

/// Names and values in turns.
fn by_turns(texts: Vec<String>) -> Vec<(String, String)> {
    let pairs = texts.chunks(2);
    pairs
        .map(|pair| (pair[0].clone(), pair.get(1).cloned().unwrap_or_default()))
        .collect()
}

/// `a=1` between separators.
fn equations(wire: &str, separator: &str) -> Result<Vec<(String, String)>, String> {
    let pairs = wire.split(separator).map(|pair| {
        let (name, text) = pair
            .split_once('=')
            .ok_or_else(|| format!("no = in {pair:?}"))?;
        Ok((unescaped(name)?, unescaped(text)?))
    });
    pairs.collect()
}

/// Puts names in brackets together again: `a[b][0]=1`.
fn gathered(pairs: &[(String, String)]) -> Value {
    let mut root = Value::Null;
    for (name, text) in pairs {
        let mut keys = name.split('[').map(|key| key.trim_end_matches(']'));
        let mut place = slot(&mut root, keys.next().unwrap_or_default(), false);
        for key in keys {
            place = slot(place, key, true);
        }
        *place = json!(text);
    }
    root
}

fn slot<'a>(value: &'a mut Value, key: &str, indexed: bool) -> &'a mut Value {
    if let (true, Ok(index)) = (indexed, key.parse::<usize>()) {
        if !value.is_array() {
            *value = json!([]);
        }
        let Value::Array(items) = value else {
            unreachable!("it was just made one");
        };
        if items.len() <= index {
            items.resize(index + 1, Value::Null);
        }
        return &mut items[index];
    }
    if !value.is_object() {
        *value = json!({});
    }
    &mut value[key]
}

/// The characters that may stand in a query beside escapes (RFC 3986 section 3.4), save those that separate pairs.
fn only(wire: &str, allowed: &str) -> Checked {
    let is_allowed =
        |c: char| c.is_ascii_alphanumeric() || "-._~%".contains(c) || allowed.contains(c);
    match wire.chars().find(|c| !is_allowed(*c)) {
        Some(c) => Err(format!("{c:?} stands in {wire:?}")),
        None => Ok(()),
    }
}

// Properties.

/// The only pair of a parameter.
fn pair(parameter: &Parameter, value: &Value) -> Result<String, String> {
    let mut pairs = query_pairs(parameter, value);
    let (name, wire) = pairs.pop().ok_or("there is no pair")?;
    if !pairs.is_empty() || name != "p%20q" {
        return Err(format!("{name} is not the only pair"));
    }
    Ok(wire)
}

#[test]
fn lists_in_queries_can_be_read() {
    for (style, delimiter, without) in [
        (Style::Form, ",", ""),
        (Style::SpaceDelimited, "%20", " "),
        (Style::PipeDelimited, "%7C", "|"),
        (Style::TabDelimited, "%09", "\t"),
    ] {
        repeatedly(|rng| {
            let (value, texts) = list(rng, without);
            let joined = Parameter::query("p q").style(style).explode(false);
            let wire = pair(&joined, &value)?;
            only(&wire, ",")?;
            same(&all_unescaped(wire.split(delimiter))?, &texts, &wire)?;

            let exploded = Parameter::query("p q").style(style).explode(true);
            let pairs = query_pairs(&exploded, &value);
            let read = all_unescaped(pairs.iter().map(|(_, wire)| wire.as_str()))?;
            same(&read, &texts, &format!("{pairs:?}"))
        });
    }
}

#[test]
fn objects_in_queries_can_be_read() {
    repeatedly(|rng| {
        let (value, texts) = object(rng, "");
        let wire = pair(&Parameter::query("p q").explode(false), &value)?;
        only(&wire, ",")?;
        same(&by_turns(all_unescaped(wire.split(','))?), &texts, &wire)?;

        let pairs = query_pairs(&Parameter::query("p q").explode(true), &value);
        let wires = pairs.iter().map(|(name, text)| format!("{name}={text}"));
        let wire = wires.collect::<Vec<_>>().join("&");
        only(&wire, "=&")?;
        same(&equations(&wire, "&")?, &texts, &wire)
    });
}

#[test]
fn deep_objects_can_be_read() {
    repeatedly(|rng| {
        let (value, texts) = tree(rng, 3);
        let parameter = Parameter::query("p q")
            .style(Style::DeepObject)
            .explode(true);
        let pairs = query_pairs(&parameter, &value);
        let wires = pairs.iter().map(|(name, text)| format!("{name}={text}"));
        let wire = wires.collect::<Vec<_>>().join("&");
        only(&wire, "=&")?;
        let read = gathered(&equations(&wire, "&")?);
        same(&read["p q"], &texts, &wire)
    });
}

#[test]
fn reserved_characters_in_queries_can_be_read() {
    repeatedly(|rng| {
        // An escape in the value is one on the wire.
        let sent = text(rng, "%");
        let wire = pair(&Parameter::query("p q").allow_reserved(), &json!(sent))?;
        only(&wire, "!$'()*,;:@/?=")?;
        same(&unescaped(&wire)?, &sent, &wire)
    });
}

#[test]
fn path_parameters_can_be_read() {
    let styles = [Style::Simple, Style::Label, Style::Matrix];
    let all = styles.map(|style| [(style, false), (style, true)]);
    for (style, explode) in all.into_iter().flatten() {
        let parameter = Parameter::path("p").style(style).explode(explode);
        // A dot is never escaped, so that nobody can tell it from the delimiter.
        let without = match (style, explode) {
            (Style::Label, true) => ".",
            _ => "",
        };
        let (prefix, delimiter) = match (style, explode) {
            (Style::Label, true) => (".", "."),
            (Style::Label, false) => (".", ","),
            (Style::Matrix, true) => (";", ";"),
            (Style::Matrix, false) => (";p=", ","),
            _ => ("", ","),
        };
        let written = |value: &Value| {
            let wire = path_text(&parameter, Some(value)).map_err(|error| error.to_string())?;
            only(&wire, ",;=")?;
            let rest = wire.strip_prefix(prefix);
            rest.map(str::to_owned)
                .ok_or_else(|| format!("{wire:?} does not begin with {prefix:?}"))
        };
        repeatedly(|rng| {
            let (value, texts) = list(rng, without);
            let wire = written(&value)?;
            let items = wire.split(delimiter).map(|item| match (style, explode) {
                (Style::Matrix, true) => item.strip_prefix("p=").unwrap_or("no name"),
                _ => item,
            });
            same(&all_unescaped(items)?, &texts, &wire)?;

            let (value, texts) = object(rng, without);
            let wire = written(&value)?;
            let read = match explode {
                true => equations(&wire, delimiter)?,
                false => by_turns(all_unescaped(wire.split(delimiter))?),
            };
            same(&read, &texts, &wire)
        });
    }
}

#[test]
fn headers_can_be_read() {
    repeatedly(|rng| {
        // Headers know no escapes.
        let (value, texts) = list(rng, ",");
        let wire = header_text(&Parameter::header("p"), &value).ok_or("nothing is sent")?;
        let read: Vec<_> = wire.split(',').map(str::to_owned).collect();
        same(&read, &texts, &wire)?;

        let (value, texts) = object(rng, ",=");
        let parameter = Parameter::header("p").explode(true);
        let wire = header_text(&parameter, &value).ok_or("nothing is sent")?;
        let members = wire.split(',').filter_map(|member| member.split_once('='));
        let read: Vec<_> = members
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect();
        same(&read, &texts, &wire)
    });
}

#[test]
fn cookies_can_be_read() {
    // RFC 6265 section 4.1.1, save the comma, which separates elements, and the percent sign.
    let allowed = "!#$&'()*+/:<=>?@[]^`{|}";
    repeatedly(|rng| {
        let (value, texts) = list(rng, "");
        let parameter = Parameter::cookie("p").explode(false);
        let wire = cookie_text(&parameter, &value).ok_or("nothing is sent")?;
        let items = wire.strip_prefix("p=").ok_or("it has another name")?;
        only(items, &format!("{allowed},"))?;
        same(&all_unescaped(items.split(','))?, &texts, &wire)?;

        let parameter = Parameter::cookie("p").explode(true);
        let wire = cookie_text(&parameter, &value).ok_or("nothing is sent")?;
        only(&wire, &format!("{allowed}; "))?;
        let cookies = equations(&wire, "; ")?;
        let read: Vec<_> = cookies.into_iter().map(|(_, text)| text).collect();
        same(&read, &texts, &wire)
    });
}

#[test]
fn forms_can_be_read() {
    let media = MediaType::new("application/x-www-form-urlencoded");
    repeatedly(|rng| {
        let mut members = Map::new();
        let mut expected = Map::new();
        for _ in 0..rng.usize(1..5) {
            let name = format!("n{}", text(rng, "[]"));
            let (value, text) = tree(rng, 2);
            members.insert(name.clone(), value);
            expected.insert(name, text);
        }
        let wire = form_body(&media, &Value::Object(members));
        only(&wire, "=&+*")?;
        // WHATWG URL, "application/x-www-form-urlencoded parsing".
        let pairs = equations(&wire.replace('+', "%20"), "&")?;
        let mut read = gathered(&pairs);
        // A list of scalars repeats its name, and a list of one looks like its element.
        for (name, value) in &expected {
            let is_flat = |items: &Vec<Value>| items.iter().all(Value::is_string);
            if value.as_array().is_some_and(is_flat) {
                let repeated = pairs.iter().filter(|(known, _)| known == name);
                read[name] = repeated.map(|(_, text)| json!(text)).collect();
            }
        }
        same(&read, &Value::Object(expected), &wire)
    });
}
