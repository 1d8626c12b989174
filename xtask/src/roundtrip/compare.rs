//! Whether two JSON values are the same.

use std::collections::HashSet;

use serde_json::Value;

/// The first place where two values differ, and how. Numbers are compared by value, and members in `optional` may lose
/// a null.
pub fn difference(sent: &Value, returned: &Value, optional: &HashSet<String>) -> Option<String> {
    at(sent, returned, optional, &mut String::new())
}

fn at(
    sent: &Value,
    returned: &Value,
    optional: &HashSet<String>,
    place: &mut String,
) -> Option<String> {
    let here = |what: String, place: &str| Some(format!("`{place}`: {what}"));
    match (sent, returned) {
        (Value::Object(sent), Value::Object(returned)) => {
            for (name, value) in sent {
                let length = place.len();
                place.push('/');
                place.push_str(name);
                let found = match returned.get(name) {
                    Some(other) => at(value, other, optional, place),
                    None if value.is_null() && optional.contains(name) => None,
                    None => here(format!("{} is lost", excerpt(value)), place),
                };
                if found.is_some() {
                    return found;
                }
                place.truncate(length);
            }
            let added = returned.keys().find(|name| !sent.contains_key(*name))?;
            here(format!("`{added}` is added"), place)
        }
        (Value::Array(sent), Value::Array(returned)) if sent.len() == returned.len() => {
            for (index, (value, other)) in sent.iter().zip(returned).enumerate() {
                let length = place.len();
                place.push_str(&format!("/{index}"));
                if let Some(found) = at(value, other, optional, place) {
                    return Some(found);
                }
                place.truncate(length);
            }
            None
        }
        (Value::Number(one), Value::Number(other)) if same_number(one, other) => None,
        (sent, returned) if sent == returned => None,
        (sent, returned) => here(
            format!("{} became {}", excerpt(sent), excerpt(returned)),
            place,
        ),
    }
}

fn same_number(one: &serde_json::Number, other: &serde_json::Number) -> bool {
    if let (Some(one), Some(other)) = (one.as_i128(), other.as_i128()) {
        return one == other;
    }
    one.as_f64() == other.as_f64()
}

/// The beginning of a value.
pub fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plain(sent: &Value, returned: &Value) -> Option<String> {
        difference(sent, returned, &HashSet::new())
    }

    #[test]
    fn null_and_absence_are_the_same_where_the_type_says_so() {
        let optional = HashSet::from(["a".to_owned()]);
        assert_eq!(
            difference(&json!({ "a": null }), &json!({}), &optional),
            None
        );
        assert!(difference(&json!({ "b": null }), &json!({}), &optional).is_some());
        assert!(difference(&json!({ "a": 1 }), &json!({}), &optional).is_some());
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert_eq!(
            plain(&json!({ "a": [1, 2.0] }), &json!({ "a": [1.0, 2] })),
            None
        );
        assert!(
            plain(
                &json!(9_007_199_254_740_993_i64),
                &json!(9_007_199_254_740_992_i64)
            )
            .is_some()
        );
    }

    #[test]
    fn the_first_difference_is_told_with_its_place() {
        let told = |sent, returned| plain(&sent, &returned).unwrap();
        assert_eq!(
            told(json!({ "a": { "b": 1 } }), json!({ "a": {} })),
            "`/a/b`: 1 is lost"
        );
        assert_eq!(told(json!([1]), json!([2])), "`/0`: 1 became 2");
        assert_eq!(told(json!({}), json!({ "a": 1 })), "``: `a` is added");
    }
}
