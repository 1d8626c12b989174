//! Mutations: of bytes, of lines, and of JSON as a tree.

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::sections;

/// As long may inputs get.
const LIMIT: usize = 256 * 1024;

/// Pieces that mean something to most targets; each has its own beside these.
const PIECES: [&str; 14] = [
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551616",
    "\"\"",
    "{}",
    "[]",
    "{",
    "}",
    ",",
    ";",
    "\n\n",
    "\r\n",
];

/// Makes variations of inputs.
#[derive(Debug)]
pub struct Mutator {
    rng: Rng,
    pieces: &'static [&'static str],
}

impl Mutator {
    /// A mutator for a target with these pieces, whose random numbers begin at `seed`.
    #[must_use]
    pub fn new(seed: u64, pieces: &'static [&'static str]) -> Self {
        let rng = Rng::with_seed(seed);
        Self { rng, pieces }
    }

    /// A variation of some input of a pool, with parts of others.
    pub fn mutate(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let [input, one, other] = [(); 3].map(|()| &pool[self.rng.usize(..pool.len())]);
        // Small ones are tried much faster, and say as much.
        let input = if one.len() < input.len() { one } else { input };
        let mut output = self.change(input, other);
        output.truncate(LIMIT);
        output
    }

    fn change(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let parts = sections::starts(input);
        match parts.len() {
            0 => self.change_text(input, other),
            _ if self.rng.u8(..8) == 0 => self.change_text(input, other),
            count => {
                let part = self.rng.usize(..count);
                self.change_part(input, parts[part], parts.get(part + 1).copied(), other)
            }
        }
    }

    /// Changes, repeats or leaves out a part of an input that has several.
    fn change_part(
        &mut self,
        input: &[u8],
        start: usize,
        end: Option<usize>,
        other: &[u8],
    ) -> Vec<u8> {
        let end = end.unwrap_or(input.len());
        let line = input[start..end].iter().position(|byte| *byte == b'\n');
        let body = line.map_or(end, |line| start + line + 1);
        let (_, others) = sections::split(other);
        let donor = match others.len() {
            0 => other,
            count => others[self.rng.usize(..count)].body,
        };
        let middle = match self.rng.u8(..16) {
            0 => Vec::new(),
            1 => [&input[start..end], b"\n", &input[start..end]].concat(),
            2 => [&input[start..body], donor, b"\n"].concat(),
            _ => {
                let mut text = &input[body..end];
                // The line feed before the next part belongs to neither.
                let feed = text.ends_with(b"\n") && end < input.len();
                text = &text[..text.len() - usize::from(feed)];
                let changed = self.change_text(text, donor);
                [&input[start..body], &changed, &b"\n"[..usize::from(feed)]].concat()
            }
        };
        [&input[..start], &middle, &input[end..]].concat()
    }

    fn change_text(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let tree = serde_json::from_slice::<Value>(input).ok();
        let mut output = match tree {
            Some(mut tree) if self.rng.u8(..4) > 0 => {
                let donor = serde_json::from_slice::<Value>(other).unwrap_or(Value::Null);
                for _ in 0..self.rng.usize(1..5) {
                    self.change_tree(&mut tree, &donor);
                }
                tree.to_string().into_bytes()
            }
            _ => input.to_vec(),
        };
        let rounds = match output == input {
            true => self.rng.usize(1..6),
            false => usize::from(self.rng.u8(..8) == 0),
        };
        for _ in 0..rounds {
            match self.rng.bool() {
                true => self.change_bytes(&mut output, other),
                false => change_lines(&mut self.rng, &mut output),
            }
        }
        output
    }

    fn piece(&mut self) -> &'static str {
        let at = self.rng.usize(..PIECES.len() + self.pieces.len());
        let own = || self.pieces[at - PIECES.len()];
        PIECES.get(at).copied().unwrap_or_else(own)
    }

    fn change_bytes(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.rng.usize(..=bytes.len());
        let end = (at + self.rng.usize(..64)).min(bytes.len());
        match self.rng.u8(..6) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            2 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.rng.u8(..8);
                }
            }
            3 => {
                let piece = self.piece();
                bytes.splice(at..end, piece.bytes());
            }
            4 => {
                let from = self.rng.usize(..=other.len());
                let to = (from + self.rng.usize(..512)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            _ => bytes.insert(at, self.rng.u8(..)),
        }
    }

    fn change_tree(&mut self, tree: &mut Value, donor: &Value) {
        let replacement = match self.rng.u8(..3) {
            0 => pick(&mut self.rng, donor).clone(),
            1 => pick(&mut self.rng, tree).clone(),
            _ => self.invent(),
        };
        let name = self.piece().to_owned();
        let place = pick_mut(&mut self.rng, tree);
        match (self.rng.u8(..4), &mut *place) {
            (0, Value::Object(members)) if !members.is_empty() => {
                let key = members.keys().nth(self.rng.usize(..members.len())).cloned();
                if let Some(value) = key.and_then(|key| members.remove(&key))
                    && self.rng.bool()
                {
                    members.insert(name, value);
                }
            }
            (1, Value::Object(members)) => drop(members.insert(name, replacement)),
            (0, Value::Array(items)) if !items.is_empty() => {
                items.swap_remove(self.rng.usize(..items.len()));
            }
            (1, Value::Array(items)) => items.push(replacement),
            _ => *place = replacement,
        }
    }

    fn invent(&mut self) -> Value {
        match self.rng.u8(..8) {
            0 => Value::Null,
            1 => Value::Bool(self.rng.bool()),
            2 => Value::from(self.rng.i64(..)),
            3 => Value::from(self.rng.f64() * 1e12),
            4 => Value::Array(vec![Value::Null; self.rng.usize(..4)]),
            5 => Value::Object(Map::new()),
            _ => Value::from(self.piece()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_changed_one_by_one() {
        let input = b"head\n=== a\n{\"x\": 1}\n=== b\ntext".to_vec();
        let mut mutator = Mutator::new(1, &["piece"]);
        let mutants: Vec<_> = (0..200)
            .map(|_| mutator.mutate(std::slice::from_ref(&input)))
            .collect();
        let is_kept = |part: &[u8]| {
            mutants
                .iter()
                .filter(|mutant| mutant.windows(part.len()).any(|window| window == part))
                .count()
        };
        assert!(is_kept(b"=== b\ntext") > 80);
        assert!(is_kept(b"\"x\":1") + is_kept(b"\"x\": 1") > 80);
        assert!(mutants.iter().filter(|mutant| **mutant == input).count() < 20);
    }
}
