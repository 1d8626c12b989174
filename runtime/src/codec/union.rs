//! `oneOf` and `anyOf`: which variant a value is.
//!
//! Trying every variant until one decodes is slow and picks the wrong one when a model has few required members. So a variant
//! states its [`Shape`], and the value's own members decide.

use std::cmp::Reverse;

use serde_json::Value;

use super::decoding::{Mode, attempt, compare, is_lenient, note};
use super::scalar::integral;
use super::{DecodeError, Encode, UnknownVariant};

/// A set of JSON types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// `null`.
    pub const NULL: Self = Self(1);
    /// `true` and `false`.
    pub const BOOLEAN: Self = Self(1 << 1);
    /// Numbers without a fraction.
    pub const INTEGER: Self = Self(1 << 2);
    /// All numbers.
    pub const NUMBER: Self = Self(1 << 3);
    /// Strings.
    pub const STRING: Self = Self(1 << 4);
    /// Arrays.
    pub const ARRAY: Self = Self(1 << 5);
    /// Objects.
    pub const OBJECT: Self = Self(1 << 6);
    /// Everything.
    pub const ANY: Self = Self(0x7f);

    /// The union of both sets.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What the values of a union's variant look like.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    kinds: Kinds,
    required: &'static [&'static str],
    known: &'static [&'static str],
    tag: Option<Tag>,
    tags: &'static [Tag],
}

/// A member and the values that it has in this variant.
type Tag = (&'static str, &'static [&'static str]);

impl Shape {
    /// Values of these JSON types.
    #[must_use]
    pub const fn of(kinds: Kinds) -> Self {
        Self {
            kinds,
            required: &[],
            known: &[],
            tag: None,
            tags: &[],
        }
    }

    /// Members that an object of this shape must have.
    #[must_use]
    pub const fn required(mut self, names: &'static [&'static str]) -> Self {
        self.required = names;
        self
    }

    /// All members that an object of this shape declares.
    #[must_use]
    pub const fn known(mut self, names: &'static [&'static str]) -> Self {
        self.known = names;
        self
    }

    /// A string member that has one of these values, if it is there and not null.
    #[must_use]
    pub const fn tag(mut self, name: &'static str, values: &'static [&'static str]) -> Self {
        self.tag = Some((name, values));
        self
    }

    /// Several such members.
    #[must_use]
    pub const fn tags(mut self, tags: &'static [(&'static str, &'static [&'static str])]) -> Self {
        self.tags = tags;
        self
    }

    /// How well the value fits; `None` when it cannot be of this shape.
    fn fit(&self, value: &Value) -> Option<Fit> {
        let exactness = exactness(self.kinds, value)?;
        let Value::Object(members) = value else {
            return Some(Fit {
                tags: 0,
                exactness,
                members: 0,
                required: 0,
                doubts: Reverse(0),
            });
        };
        if !self.required.iter().all(|name| members.contains_key(*name)) {
            return None;
        }
        let (mut tags, mut doubts) = (0, 0);
        for (name, values) in self.tag.iter().chain(self.tags) {
            match members.get(*name) {
                Some(Value::String(text)) if values.contains(&text.as_str()) => tags += 1,
                Some(Value::String(_)) if values.len() > 1 => doubts += 1,
                Some(Value::Null) | None => {}
                Some(_) => return None,
            }
        }
        let known = self
            .known
            .iter()
            .filter(|name| members.contains_key(**name))
            .count();
        let unknown = members.len() - known.min(members.len());
        Some(Fit {
            tags,
            exactness,
            members: known as isize - unknown as isize,
            required: self.required.len(),
            doubts: Reverse(doubts),
        })
    }
}

/// Compared from the first field to the last; more is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    tags: usize,
    exactness: u8,
    members: isize,
    required: usize,
    /// Members whose value is none of several that are listed. The list may have grown, or the variant is the wrong one.
    doubts: Reverse<usize>,
}

/// 0 for a shape that takes anything, more for one that means this very type.
fn exactness(kinds: Kinds, value: &Value) -> Option<u8> {
    let specific = if kinds == Kinds::ANY { 0 } else { 2 };
    let fits = |kind, exactness| kinds.contains(kind).then_some(exactness);
    match value {
        Value::Null => fits(Kinds::NULL, specific),
        Value::Bool(_) => fits(Kinds::BOOLEAN, specific),
        Value::String(_) => fits(Kinds::STRING, specific),
        Value::Array(_) => fits(Kinds::ARRAY, specific),
        Value::Object(_) => fits(Kinds::OBJECT, specific),
        Value::Number(number) => {
            let integer = integral(number).and_then(|_| fits(Kinds::INTEGER, specific));
            // A number shape takes integers too, but not before a shape that asks for them.
            integer.or_else(|| fits(Kinds::NUMBER, specific / 2))
        }
    }
}

/// Decodes a union without a discriminator: the variants whose [`Shape`] fits are tried, the best fit first.
///
/// A variant that the value names by a tag must decode, and its error is the caller's. Without a tag, a variant that does not
/// decode counts as not fitting. Of variants that fit equally well, the one that keeps most of the value is taken.
/// A value that fits no variant is kept as `unknown`.
///
/// # Errors
/// When the variant that a tag names does not decode.
///
/// A lenient decoding forgives nothing as long as a variant may fit exactly, and after that only in the variant that fits better than
/// all others: nothing is guessed.
pub fn decode_union<T: Encode>(
    value: Value,
    _type_name: &'static str,
    shapes: &'static [Shape],
    variant: fn(usize, Value) -> Result<T, DecodeError>,
    unknown: fn(UnknownVariant) -> T,
) -> Result<T, DecodeError> {
    let candidates = candidates(&value, shapes);
    for (rank, candidate) in candidates.iter().enumerate() {
        if candidate.tagged {
            return variant(candidate.index, value);
        }
        let decode = |index| variant(index, value.clone());
        let equals = || candidates.iter().filter(|other| other.fit == candidate.fit);
        let is_first = candidates[..rank]
            .iter()
            .all(|other| other.fit != candidate.fit);
        if is_first && equals().count() > 1 {
            let mut best = None;
            let mut whole = |equal: &Candidate| {
                let decode = || whole(decode(equal.index)?, &value, equal.index, &mut best);
                attempt(Mode::Trying, decode).ok()
            };
            if let Some(decoded) = compare(|| equals().find_map(&mut whole)) {
                return Ok(decoded);
            }
            if let Some(Kept { index, .. }) = best
                && let Ok(decoded) = attempt(Mode::Trying, || decode(index))
            {
                return Ok(decoded);
            }
        }
        if let Ok(decoded) = attempt(Mode::Trying, || decode(candidate.index)) {
            return Ok(decoded);
        }
    }
    if is_lenient()
        && let Some(best) = candidates.first().filter(|best| best.best)
        && let Ok(decoded) = attempt(Mode::Lenient, || variant(best.index, value.clone()))
    {
        return Ok(decoded);
    }
    Ok(unknown(UnknownVariant::from(value)))
}

/// The variant that keeps most of a value.
struct Kept {
    index: usize,
    values: usize,
}

/// A variant that keeps all of the JSON that it was decoded from; if it does not, `best` is the one that keeps most so far.
fn whole<T: Encode>(
    decoded: T,
    value: &Value,
    index: usize,
    best: &mut Option<Kept>,
) -> Result<T, DecodeError> {
    let encoded = decoded.encode();
    if encoded == *value {
        return Ok(decoded);
    }
    let values = kept(&encoded, value);
    if best.as_ref().is_none_or(|best| values > best.values) {
        *best = Some(Kept { index, values });
    }
    Err(DecodeError::expected("what is known", value))
}

/// How many of the values in `value` are still in `encoded`.
fn kept(encoded: &Value, value: &Value) -> usize {
    match (encoded, value) {
        (Value::Object(encoded), Value::Object(value)) => {
            let members = value.iter();
            let kept =
                members.filter_map(|(name, value)| Some(1 + kept(encoded.get(name)?, value)));
            kept.sum()
        }
        (Value::Array(encoded), Value::Array(value)) => {
            let items = encoded.iter().zip(value);
            items.map(|(encoded, value)| 1 + kept(encoded, value)).sum()
        }
        _ => usize::from(encoded == value),
    }
}

struct Candidate {
    index: usize,
    fit: Fit,
    tagged: bool,
    /// Whether no other candidate fits as well.
    best: bool,
}

fn candidates(value: &Value, shapes: &[Shape]) -> Vec<Candidate> {
    let mut fits: Vec<(Fit, usize)> = shapes
        .iter()
        .enumerate()
        .filter_map(|(index, shape)| Some((shape.fit(value)?, index)))
        .collect();
    // A doubtful variant counts if it knows members that those without doubts would lose. If there are none of these, the value
    // is kept as it is.
    let known = fits
        .iter()
        .filter(|(fit, _)| fit.doubts.0 == 0)
        .map(|(fit, _)| fit.members)
        .max();
    fits.retain(|(fit, _)| fit.doubts.0 == 0 || known.is_some_and(|known| fit.members > known));
    // A stable sort: among equals, the order of the document decides.
    fits.sort_by(|(left, _), (right, _)| right.cmp(left));
    // Two variants with the same tag value are told apart by trying.
    let tagged = fits.iter().filter(|(fit, _)| fit.tags > 0).count() == 1;
    let equals = fits
        .iter()
        .filter(|(fit, _)| Some(fit) == fits.first().map(|(best, _)| best))
        .count();
    fits.iter()
        .enumerate()
        .map(|(rank, (fit, index))| Candidate {
            index: *index,
            fit: *fit,
            tagged: tagged && fit.tags > 0,
            best: rank == 0 && equals == 1,
        })
        .collect()
}

/// Decodes a union with a discriminator: the value of `property` chooses the variant. A value that `tags` does not list, or
/// that has no such member, is kept as `unknown`.
///
/// # Errors
/// When the value is not an object, or the chosen variant does not decode.
pub fn decode_tagged<T>(
    value: Value,
    type_name: &'static str,
    property: &'static str,
    tags: &'static [(&'static str, usize)],
    variant: fn(usize, Value) -> Result<T, DecodeError>,
    unknown: fn(UnknownVariant) -> T,
) -> Result<T, DecodeError> {
    if value.is_null() && is_lenient() {
        note("an object", &value);
        return Ok(unknown(UnknownVariant::from(value)));
    }
    match tagged_index(&value, type_name, property, tags)? {
        Some(index) => variant(index, value),
        None => Ok(unknown(UnknownVariant::from(value))),
    }
}

fn tagged_index(
    value: &Value,
    type_name: &str,
    property: &str,
    tags: &[(&str, usize)],
) -> Result<Option<usize>, DecodeError> {
    let Value::Object(members) = value else {
        return Err(DecodeError::expected(
            format!("an object for `{type_name}`"),
            value,
        ));
    };
    // Documents also discriminate by booleans and numbers; their JSON text is the key.
    let tag = match members.get(property) {
        Some(Value::String(text)) => text.clone(),
        Some(other @ (Value::Bool(_) | Value::Number(_))) => other.to_string(),
        _ => return Ok(None),
    };
    Ok(tags
        .iter()
        .find(|(name, _)| *name == tag)
        .map(|(_, index)| *index))
}

/// Writes the discriminator into a variant's JSON, unless the variant wrote it itself.
#[must_use]
pub fn encode_tagged(mut value: Value, property: &str, tag: &str) -> Value {
    if let Value::Object(members) = &mut value {
        let member = members.entry(property).or_insert(Value::Null);
        if member.is_null() {
            *member = Value::from(tag);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Decode, Object};
    use serde_json::json;

    #[derive(Debug, PartialEq)]
    enum Source {
        Card(i64),
        Bank(String),
        Text(String),
        Unknown(UnknownVariant),
    }

    impl Encode for Source {
        fn encode(&self) -> Value {
            match self {
                Self::Card(number) => json!({ "number": number }),
                Self::Bank(iban) => json!({ "iban": iban }),
                Self::Text(text) => json!(text),
                Self::Unknown(value) => value.encode(),
            }
        }
    }

    static SHAPES: [Shape; 3] = [
        Shape::of(Kinds::OBJECT)
            .required(&["number"])
            .known(&["object", "number"])
            .tag("object", &["card"]),
        Shape::of(Kinds::OBJECT)
            .required(&["iban"])
            .known(&["object", "iban", "bic"])
            .tag("object", &["bank"]),
        Shape::of(Kinds::STRING),
    ];

    fn variant(index: usize, value: Value) -> Result<Source, DecodeError> {
        match index {
            0 => Ok(Source::Card(
                Object::from_value(value, "Card")?.required("number")?,
            )),
            1 => Ok(Source::Bank(
                Object::from_value(value, "Bank")?.required("iban")?,
            )),
            _ => String::decode(value).map(Source::Text),
        }
    }

    fn decode(value: Value) -> Result<Source, DecodeError> {
        decode_union(value, "Source", &SHAPES, variant, Source::Unknown)
    }

    #[test]
    fn members_decide() {
        assert_eq!(decode(json!({"number": 1})).unwrap(), Source::Card(1));
        assert_eq!(
            decode(json!({"iban": "x", "bic": "y"})).unwrap(),
            Source::Bank("x".to_owned())
        );
        assert_eq!(decode(json!("id")).unwrap(), Source::Text("id".to_owned()));
    }

    #[test]
    fn tag_outweighs_members() {
        let both = json!({"object": "bank", "number": 1, "iban": "x"});
        assert_eq!(decode(both).unwrap(), Source::Bank("x".to_owned()));
    }

    static OPTIONS: [Shape; 2] = [
        Shape::of(Kinds::OBJECT)
            .known(&["currency", "bank"])
            .tags(&[
                ("currency", &["eur", "usd"]),
                ("method", &["instant", "slow"]),
            ]),
        Shape::of(Kinds::OBJECT).tags(&[("method", &["instant", "slow"])]),
    ];

    fn first_option(value: Value) -> Option<usize> {
        let candidates = candidates(&value, &OPTIONS);
        candidates.first().map(|candidate| candidate.index)
    }

    #[test]
    fn of_equals_the_variant_that_keeps_everything_is_taken() {
        static EQUAL: [Shape; 2] = [Shape::of(Kinds::OBJECT), Shape::of(Kinds::OBJECT)];
        let decode = |value| decode_union(value, "Source", &EQUAL, of_any, Source::Unknown);
        // The first keeps `number` only.
        fn of_any(index: usize, value: Value) -> Result<Source, DecodeError> {
            let number = Object::from_value(value.clone(), "Card")?.required("number")?;
            match index {
                0 => Ok(Source::Card(number)),
                _ => Ok(Source::Unknown(value.into())),
            }
        }
        assert_eq!(decode(json!({"number": 1})).unwrap(), Source::Card(1));
        let more = json!({"number": 1, "iban": "x"});
        assert_eq!(decode(more.clone()).unwrap(), Source::Unknown(more.into()));
    }

    #[test]
    fn of_equals_that_lose_something_the_one_that_keeps_most_is_taken() {
        #[derive(Debug, PartialEq)]
        struct Picked(usize, Value);
        impl Encode for Picked {
            fn encode(&self) -> Value {
                self.1.clone()
            }
        }
        static EQUAL: [Shape; 3] = [Shape::of(Kinds::OBJECT); 3];
        let decode = |value| {
            let variant = |index, value: Value| {
                let names: &[&str] = [&["a"][..], &["a", "parent"], &["b"]][index];
                let members = names
                    .iter()
                    .filter_map(|name| Some((*name, value.get(name)?.clone())));
                Ok(Picked(
                    index,
                    members
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                ))
            };
            decode_union(value, "Picked", &EQUAL, variant, |_| Picked(9, Value::Null)).unwrap()
        };
        let value = json!({"a": 1, "parent": {"type": "enum", "name": null}, "lost": 1});
        assert_eq!(decode(value).0, 1);
        assert_eq!(decode(json!({"a": 1, "lost": 1})).0, 0);
    }

    #[test]
    fn variants_in_variants_are_compared_in_little_time() {
        #[derive(Debug)]
        struct Nested(Option<Box<Nested>>);
        impl Encode for Nested {
            fn encode(&self) -> Value {
                json!({ "in": self.0.as_ref().map_or(Value::Null, |inner| inner.encode()) })
            }
        }
        impl Decode for Nested {
            fn decode(value: Value) -> Result<Self, DecodeError> {
                static EQUAL: [Shape; 3] = [Shape::of(Kinds::OBJECT); 3];
                let variant = |_, value| {
                    let inner = Object::from_value(value, "Nested")?.required("in")?;
                    Ok(Self(inner))
                };
                decode_union(value, "Nested", &EQUAL, variant, |_| Self(None))
            }
        }
        let mut value = json!({"in": null, "lost": 1});
        for _ in 0..100 {
            value = json!({ "in": value });
        }
        assert!(Nested::decode(value).is_ok());
    }

    #[test]
    fn null_refuses_no_variant_with_a_tag() {
        let value = json!({"currency": null, "method": null, "bank": {}});
        assert_eq!(first_option(value), Some(0));
    }

    #[test]
    fn a_list_of_values_that_grew_does_not_cost_the_variant_that_knows_the_member() {
        let value = json!({"currency": "cad", "method": "instant"});
        assert_eq!(first_option(value), Some(0));
        assert_eq!(first_option(json!({"method": "new"})), None);
    }

    #[test]
    fn variant_named_by_its_tag_must_decode() {
        let error = decode(json!({"object": "card", "number": "one"})).unwrap_err();
        assert_eq!(error.path(), "$.number");
    }

    #[test]
    fn values_of_no_known_shape_are_kept() {
        for value in [
            json!({"object": "cash", "number": 1}),
            json!({"number": "x"}),
            json!([1]),
            json!(null),
            json!({}),
        ] {
            assert_eq!(
                decode(value.clone()).unwrap(),
                Source::Unknown(value.into())
            );
        }
    }

    #[test]
    fn integers_prefer_integer_shapes() {
        static NUMBERS: [Shape; 2] = [
            Shape::of(Kinds::NUMBER.or(Kinds::NULL)),
            Shape::of(Kinds::INTEGER),
        ];
        let pick = |value| {
            candidates(&value, &NUMBERS)
                .first()
                .map(|candidate| candidate.index)
        };
        assert_eq!(pick(json!(3)), Some(1));
        assert_eq!(pick(json!(3.0)), Some(1));
        assert_eq!(pick(json!(3.5)), Some(0));
        assert_eq!(pick(json!(null)), Some(0));
        assert_eq!(pick(json!("3")), None);
    }

    #[test]
    fn discriminator_chooses_the_variant() {
        let tags: &'static [(&str, usize)] = &[("card", 0), ("bank", 1), ("2", 0)];
        let decode =
            |value| decode_tagged(value, "Source", "object", tags, variant, Source::Unknown);
        assert_eq!(
            decode(json!({"object": "card", "number": 1})).unwrap(),
            Source::Card(1)
        );
        assert_eq!(
            decode(json!({"object": 2, "number": 1})).unwrap(),
            Source::Card(1)
        );
        assert_eq!(
            decode(json!({"object": "bank"})).unwrap_err().to_string(),
            "$.iban is missing"
        );
        assert_eq!(
            decode(json!({"object": "new"})).unwrap(),
            Source::Unknown(json!({"object": "new"}).into())
        );
        assert_eq!(
            decode(json!({})).unwrap(),
            Source::Unknown(json!({}).into())
        );
        assert!(decode(json!(1)).is_err());
    }

    #[test]
    fn discriminator_is_written_only_where_it_lacks() {
        assert_eq!(
            encode_tagged(json!({"a": 1}), "type", "x"),
            json!({"a": 1, "type": "x"})
        );
        assert_eq!(
            encode_tagged(json!({"type": "y"}), "type", "x"),
            json!({"type": "y"})
        );
    }
}
