//! How fast answers become models: `cargo bench -p connector-runtime --bench decode`.
//!
//! The models are written as the generator writes them. What JSON parsing takes is measured by itself.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use connector_runtime::mock::{MockTransport, Reply};
use connector_runtime::{
    Api, Bytes, Client, DateTime, Decode, DecodeError, Encode, Json, Kinds, Map, Object, Operation,
    Request, Server, Shape, UnknownVariant, Value, decode_union,
};
use divan::Bencher;
use divan::counter::BytesCount;
use tokio::runtime::Runtime;

static API: Api = Api::new("acme", "1").servers(&[Server::new("https://api.acme.example")]);
static LIST: Operation = Operation::new("listOrders", "GET", "/orders").accept("application/json");

fn main() {
    divan::main();
}

struct Order {
    _id: i64,
    _number: String,
    _created: DateTime,
    _total: f64,
    _paid: bool,
    _note: Option<String>,
    _customer: Customer,
    _lines: Vec<Line>,
    _source: Source,
    _labels: Map<String>,
}

struct Customer {
    _id: i64,
    _name: String,
    _email: Option<String>,
}

struct Line {
    _article: String,
    _count: i32,
    _price: f64,
}

enum Source {
    Card { _number: String },
    Bank { _iban: String },
    Unknown(UnknownVariant),
}

impl Decode for Order {
    #[inline]
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let (_id, _number, _created, _total, _paid, _note, _customer, _lines, _source, _labels) =
            Object::decode(
                value,
                "Order",
                [
                    "id", "number", "created", "total", "paid", "note", "customer", "lines",
                    "source", "labels",
                ],
            )?;
        Ok(Self {
            _id,
            _number,
            _created,
            _total,
            _paid,
            _note,
            _customer,
            _lines,
            _source,
            _labels,
        })
    }
}

impl Decode for Customer {
    #[inline]
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let (_id, _name, _email) = Object::decode(value, "Customer", ["id", "name", "email"])?;
        Ok(Self { _id, _name, _email })
    }
}

impl Decode for Line {
    #[inline]
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let (_article, _count, _price) =
            Object::decode(value, "Line", ["article", "count", "price"])?;
        Ok(Self {
            _article,
            _count,
            _price,
        })
    }
}

impl Decode for Source {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        static SHAPES: [Shape; 2] = [
            Shape::of(Kinds::OBJECT)
                .required(&["number"])
                .known(&["number"]),
            Shape::of(Kinds::OBJECT)
                .required(&["iban"])
                .known(&["iban"]),
        ];
        let variant = |index, value| match index {
            0 => Object::decode(value, "Card", ["number"])
                .map(|(_number,): (String,)| Self::Card { _number }),
            _ => Object::decode(value, "Bank", ["iban"])
                .map(|(_iban,): (String,)| Self::Bank { _iban }),
        };
        decode_union(value, "Source", &SHAPES, variant, Self::Unknown)
    }
}

impl Encode for Source {
    fn encode(&self) -> Value {
        match self {
            Self::Card { _number } => serde_json::json!({"number": _number}),
            Self::Bank { _iban } => serde_json::json!({"iban": _iban}),
            Self::Unknown(value) => value.encode(),
        }
    }
}

/// Some 4 MB, in which `id` is spelled as asked.
fn orders(id: impl Fn(usize) -> Value) -> Value {
    let order = |index| {
        serde_json::json!({
            "id": id(index),
            "number": format!("2026-{index:06}"),
            "created": "2026-03-01T10:00:00Z",
            "total": index as f64 + 0.5,
            "paid": index % 2 == 0,
            "note": null,
            "customer": {"id": index, "name": "Ada Lovelace", "email": "ada@acme.example"},
            "lines": [
                {"article": "A screw of some size", "count": 12, "price": 0.2},
                {"article": "Another screw", "count": 1, "price": 1},
                {"article": "A box for all of them", "count": 2, "price": 10.25},
            ],
            "source": match index % 2 {
                0 => serde_json::json!({"number": "4242"}),
                _ => serde_json::json!({"iban": "DE00"}),
            },
            "labels": {"colour": "red", "stage": "test"},
        })
    };
    Value::Array((0..9_000).map(order).collect())
}

#[divan::bench]
fn parse_alone(bencher: Bencher<'_, '_>) {
    let text = orders(Value::from).to_string();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| serde_json::from_str::<Value>(&text).expect("JSON"));
}

#[divan::bench]
fn decode_alone(bencher: Bencher<'_, '_>) {
    let value = orders(Value::from);
    bencher
        .counter(BytesCount::of_str(&value.to_string()))
        .with_inputs(|| value.clone())
        .bench_values(|value| Vec::<Order>::decode(value).expect("orders"));
}

#[divan::bench]
fn answer_as_documented(bencher: Bencher<'_, '_>) {
    answer(bencher, orders(Value::from));
}

fn answer(bencher: Bencher<'_, '_>, body: Value) {
    let runtime = Runtime::new().expect("a runtime");
    let body = Bytes::from(body.to_string());
    let length = body.len();
    let mock = MockTransport::new();
    mock.handler(move |_| Reply::bytes(200, "application/json", body.clone()));
    let client = Client::builder(&API)
        .transport(mock)
        .build()
        .expect("the client is valid");
    bencher.counter(BytesCount::new(length)).bench_local(|| {
        let call = Request::new(&client, &LIST).send::<Json<Vec<Order>>>();
        runtime.block_on(call).expect("orders").len()
    });
}
