//! Mutations: of bytes, of lines, and of JSON as a tree.

use fastrand::Rng;
use serde_json::{Map, Value};

/// As long may inputs get.
const LIMIT: usize = 256 * 1024;

/// Pieces that mean something to one of the targets.
const PIECES: [&str; 40] = [
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551616",
    "\"\"",
    "{}",
    "[]",
    "\u{feff}",
    "\\ud800",
    "$ref",
    "#/components/schemas/",
    "#",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "enum",
    "const",
    "type",
    "properties",
    "items",
    "additionalProperties",
    "discriminator",
    "required",
    "nullable",
    "x-ms-",
    "{",
    "}",
    "\n\n",
    "\r\n",
    "data:",
    "id:",
    ",",
    ";",
    "=\"",
    "Digest realm=",
    "2024-02-29T23:59:60Z",
    "next",
    "&a [*a,*a]",
];

/// A variation of an input; `other` is another one to take parts from.
pub fn mutate(rng: &mut Rng, input: &[u8], other: &[u8]) -> Vec<u8> {
    let tree = serde_json::from_slice::<Value>(input).ok();
    let mut output = match tree {
        Some(mut tree) if rng.u8(..4) > 0 => {
            let donor = serde_json::from_slice::<Value>(other).unwrap_or(Value::Null);
            for _ in 0..rng.usize(1..5) {
                change_tree(rng, &mut tree, &donor);
            }
            tree.to_string().into_bytes()
        }
        _ => input.to_vec(),
    };
    let rounds = match output == input {
        true => rng.usize(1..6),
        false => usize::from(rng.u8(..8) == 0),
    };
    for _ in 0..rounds {
        match rng.bool() {
            true => change_bytes(rng, &mut output, other),
            false => change_lines(rng, &mut output),
        }
    }
    output.truncate(LIMIT);
    output
}

fn change_bytes(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = rng.usize(..=bytes.len());
    let end = (at + rng.usize(..64)).min(bytes.len());
    match rng.u8(..6) {
        0 => drop(bytes.drain(at..end)),
        1 => {
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
        }
        2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << rng.u8(..8);
            }
        }
        3 => {
            let piece = PIECES[rng.usize(..PIECES.len())];
            bytes.splice(at..end, piece.bytes());
        }
        4 => {
            let from = rng.usize(..=other.len());
            let to = (from + rng.usize(..512)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
        _ => bytes.insert(at, rng.u8(..)),
    }
}

/// Lines carry the structure of YAML and of headers.
fn change_lines(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let (at, other) = (rng.usize(..lines.len()), rng.usize(..lines.len()));
    match rng.u8(..5) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[other].clone()),
        2 => lines.swap(at, other),
        3 => lines[at].splice(..0, *b"  ").for_each(drop),
        _ => {
            let spaces = lines[at].iter().take_while(|byte| **byte == b' ').count();
            lines[at].drain(..spaces.min(2));
        }
    }
    *bytes = lines.join(&b'\n');
}

fn change_tree(rng: &mut Rng, tree: &mut Value, donor: &Value) {
    let replacement = match rng.u8(..3) {
        0 => pick(rng, donor).clone(),
        1 => pick(rng, tree).clone(),
        _ => invent(rng),
    };
    let name = PIECES[rng.usize(..PIECES.len())].to_owned();
    let place = pick_mut(rng, tree);
    match (rng.u8(..4), &mut *place) {
        (0, Value::Object(members)) if !members.is_empty() => {
            let key = members.keys().nth(rng.usize(..members.len())).cloned();
            if let Some(value) = key.and_then(|key| members.remove(&key))
                && rng.bool()
            {
                members.insert(name, value);
            }
        }
        (1, Value::Object(members)) => drop(members.insert(name, replacement)),
        (0, Value::Array(items)) if !items.is_empty() => {
            items.swap_remove(rng.usize(..items.len()));
        }
        (1, Value::Array(items)) => items.push(replacement),
        _ => *place = replacement,
    }
}

fn invent(rng: &mut Rng) -> Value {
    match rng.u8(..8) {
        0 => Value::Null,
        1 => Value::Bool(rng.bool()),
        2 => Value::from(rng.i64(..)),
        3 => Value::from(rng.f64() * 1e12),
        4 => Value::Array(vec![Value::Null; rng.usize(..4)]),
        5 => Value::Object(Map::new()),
        _ => Value::from(PIECES[rng.usize(..PIECES.len())]),
    }
}

/// A node somewhere in a tree; deeper ones are as likely as those above them.
fn pick<'v>(rng: &mut Rng, mut value: &'v Value) -> &'v Value {
    while rng.u8(..6) > 0 {
        let inner = match value {
            Value::Array(items) if !items.is_empty() => items.get(rng.usize(..items.len())),
            Value::Object(members) if !members.is_empty() => {
                members.values().nth(rng.usize(..members.len()))
            }
            _ => None,
        };
        let Some(inner) = inner else { break };
        value = inner;
    }
    value
}

fn pick_mut<'v>(rng: &mut Rng, value: &'v mut Value) -> &'v mut Value {
    let length = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    if length == 0 || rng.u8(..6) == 0 {
        return value;
    }
    let at = rng.usize(..length);
    match value {
        Value::Array(items) => pick_mut(rng, &mut items[at]),
        Value::Object(members) => {
            let key = members.keys().nth(at).cloned().unwrap_or_default();
            pick_mut(rng, &mut members[key.as_str()])
        }
        leaf => leaf,
    }
}
