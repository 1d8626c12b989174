//! JSON into types and back.

use std::fmt::Write as _;

use connector_runtime::{
    Base64, Date, DateTime, Decode, DecodeError, Decoding, Encode, Kinds, Map, Object, OrEmpty,
    Shape, Time, UnknownVariant, Value, decode_union,
};

/// One member of each kind that models have.
#[derive(Debug)]
pub(super) struct Everything {
    integer: i64,
    number: f64,
    text: Option<String>,
    flag: Option<bool>,
    at: Option<DateTime>,
    on: Option<Date>,
    time: Option<Time>,
    bytes: Option<Base64>,
    list: Option<Vec<Self>>,
    either: Option<Either>,
    empty: Option<OrEmpty<Box<Self>>>,
    rest: Option<Map<Value>>,
}

#[derive(Debug)]
enum Either {
    Text(String),
    Object(Box<Everything>),
    Map(Map<i32>),
    Unknown(UnknownVariant),
}

impl Decode for Everything {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let mut object = Object::from_value(value, "Everything")?;
        let (integer, number, text, flag, at, on, time, bytes, list, either, empty) =
            object.read([
                "integer", "number", "text", "flag", "at", "on", "time", "bytes", "list", "either",
                "empty",
            ])?;
        let rest = Some(object.rest()?);
        Ok(Self {
            integer,
            number,
            text,
            flag,
            at,
            on,
            time,
            bytes,
            list,
            either,
            empty,
            rest,
        })
    }
}

impl Encode for Everything {
    fn encode(&self) -> Value {
        let rest = self.rest.clone().unwrap_or_default();
        Object::new()
            .with(&[("integer", &self.integer), ("number", &self.number)])
            .with_present(&[
                ("text", &self.text),
                ("flag", &self.flag),
                ("at", &self.at),
                ("on", &self.on),
                ("time", &self.time),
                ("bytes", &self.bytes),
                ("list", &self.list),
                ("either", &self.either),
                ("empty", &self.empty),
            ])
            .with_rest(&rest)
            .into_value()
    }
}

impl Decode for Either {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        static SHAPES: [Shape; 3] = [
            Shape::of(Kinds::STRING),
            Shape::of(Kinds::OBJECT)
                .required(&["integer"])
                .known(&["integer", "number", "text"])
                .tag("text", &["everything"]),
            Shape::of(Kinds::OBJECT),
        ];
        let variant = |index, value| match index {
            0 => String::decode(value).map(Self::Text),
            1 => Box::decode(value).map(Self::Object),
            _ => Map::decode(value).map(Self::Map),
        };
        decode_union(value, "Either", &SHAPES, variant, Self::Unknown)
    }
}

impl Encode for Either {
    fn encode(&self) -> Value {
        match self {
            Self::Text(text) => text.encode(),
            Self::Object(object) => object.encode(),
            Self::Map(map) => map.encode(),
            Self::Unknown(value) => value.encode(),
        }
    }
}

/// Models, unions, dates, times and base64, in both modes. What was read must be written so that it is read as the same.
pub(super) const PIECES: &[&str] = &[
    "1e999",
    "18446744073709551616",
    "9007199254740993",
    "-0",
    "\\ud800",
    "2024-02-29T23:59:60Z",
    "10:15:30+01:00",
    "integer",
    "everything",
    "either",
    "empty",
    "NaN",
    "dGVzdA==",
];

pub(super) fn run(input: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(input) else {
        return "no JSON".to_owned();
    };
    let text = value.to_string();
    let mut said = String::new();
    for decoding in [Decoding::Strict, Decoding::Lenient] {
        match decoding.decode::<Everything>(&value) {
            Ok((read, deviations)) => {
                let written = read.encode();
                // A number that JSON cannot say is written as `null`, which may be read as 0.
                let has_all = !["NaN", "Infinity"].iter().any(|it| text.contains(it));
                if let Ok((again, _)) = decoding.decode::<Everything>(&written) {
                    assert!(
                        again.encode() == written || !has_all,
                        "written and read again: {written}"
                    );
                } else {
                    assert_ne!(
                        decoding,
                        Decoding::Strict,
                        "what was read is not read again"
                    );
                }
                let kinds: std::collections::BTreeSet<String> = deviations
                    .as_slice()
                    .iter()
                    .map(|one| format!("{}/{}", one.expected(), one.found()))
                    .collect();
                let _ = write!(said, "{decoding:?} {kinds:?} ");
            }
            Err(error) => {
                let _ = (error.excerpt(), error.path());
                let _ = write!(said, "{decoding:?} {:?} ", error.expected_type());
            }
        }
    }
    said
}
