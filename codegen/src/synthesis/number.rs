//! Numbers.

use serde_json::{Number, Value};

use super::check::is_multiple;
use super::kinds::Kinds;
use super::shape::Shape;

/// Up to here binary fractions hold every integer.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Numbers that the shape allows: a plain one, then the bounds.
pub(super) fn numbers(shape: &Shape<'_>) -> Vec<Value> {
    // `type: number` with the format of an integer is how some write integers.
    let format = shape.format.as_deref().unwrap_or_default();
    let is_integer = !shape.kinds.contains(Kinds::NUMBER)
        || format.starts_with("int")
        || format.starts_with("uint");
    let (low, high) = range(shape);
    let step = shape.numbers.multiples.iter().copied().fold(0.0, f64::max);
    let mut wishes = Vec::new();
    if is_integer || step > 0.0 {
        wishes.extend([1.0, 2.0, 0.0]);
    } else {
        wishes.extend([1.5, 0.5, 1.0]);
    }
    let ends = [
        low.filter(|low| low.abs() < EXACT),
        high.filter(|high| high.abs() < EXACT),
        low.zip(high).map(|(low, high)| low + (high - low) / 2.0),
    ];
    for end in ends.into_iter().flatten() {
        let unit = if is_integer { 1.0 } else { 0.25 };
        wishes.extend([end, end.ceil(), end.floor(), end + unit, end - unit]);
        if step > 0.0 {
            let times = (end / step).round();
            wishes.extend([times * step, (times + 1.0) * step, (times - 1.0) * step]);
        }
    }
    if step > 0.0 {
        wishes.extend([step, step * 2.0]);
    }
    let mut numbers = Vec::new();
    for wish in wishes {
        let is_fine =
            wish.is_finite() && (!is_integer || wish.fract() == 0.0) && allows(shape, wish);
        let Some(value) = value_of(wish).filter(|_| is_fine) else {
            continue;
        };
        if !numbers.contains(&value) {
            numbers.push(value);
        }
    }
    numbers
}

/// A whole number is written without a fraction.
pub(super) fn value_of(number: f64) -> Option<Value> {
    if number.fract() == 0.0 && number.abs() <= EXACT {
        return Some(Value::from(number as i64));
    }
    Number::from_f64(number).map(Value::Number)
}

fn allows(shape: &Shape<'_>, number: f64) -> bool {
    let (low, high) = (&shape.numbers.lower, &shape.numbers.upper);
    let above = |bound: &super::shape::Bound| {
        number > bound.value || number == bound.value && !bound.is_exclusive
    };
    let below = |bound: &super::shape::Bound| {
        number < bound.value || number == bound.value && !bound.is_exclusive
    };
    let (least, most) = range(shape);
    low.as_ref().is_none_or(above)
        && high.as_ref().is_none_or(below)
        && least.is_none_or(|least| number >= least)
        && most.is_none_or(|most| number <= most)
        && shape
            .numbers
            .multiples
            .iter()
            .all(|of| is_multiple(number, *of))
}

/// The bounds, those of the format included.
fn range(shape: &Shape<'_>) -> (Option<f64>, Option<f64>) {
    let of_format = match shape.format.as_deref() {
        Some("int32") => (Some(f64::from(i32::MIN)), Some(f64::from(i32::MAX))),
        Some("int8") => (Some(-128.0), Some(127.0)),
        Some("int16") => (Some(-32_768.0), Some(32_767.0)),
        Some("uint8") => (Some(0.0), Some(255.0)),
        Some("uint16") => (Some(0.0), Some(65_535.0)),
        Some("uint32") => (Some(0.0), Some(f64::from(u32::MAX))),
        Some("uint64") => (Some(0.0), None),
        _ => (None, None),
    };
    let tighter =
        |one: Option<f64>, other: Option<f64>, pick: fn(f64, f64) -> f64| match (one, other) {
            (Some(one), Some(other)) => Some(pick(one, other)),
            (one, other) => one.or(other),
        };
    let lower = shape.numbers.lower.map(|bound| bound.value);
    let upper = shape.numbers.upper.map(|bound| bound.value);
    (
        tighter(lower, of_format.0, f64::max),
        tighter(upper, of_format.1, f64::min),
    )
}
