//! Places in JSON as the extensions of Power Platform write them.

use serde_json::Value;

/// The value at a place such as `value`, `data/items`, `paging.next`, or `@odata.nextLink`.
///
/// Documents separate members by `/` or `.`, and names hold both, so a member of the whole name counts first, then the longest
/// name that leads on. The empty place is the value itself.
pub(crate) fn lookup<'v>(value: &'v Value, place: &str) -> Option<&'v Value> {
    let place = place.trim_matches('/');
    if place.is_empty() {
        return Some(value);
    }
    if let Some(found) = member(value, place) {
        return Some(found);
    }
    let separators = place.rmatch_indices(['/', '.']);
    separators
        .filter_map(|(at, _)| {
            let inner = member(value, &place[..at])?;
            lookup(inner, &place[at + 1..])
        })
        .next()
}

/// The same to change it.
pub(crate) fn lookup_mut<'v>(value: &'v mut Value, place: &str) -> Option<&'v mut Value> {
    let place = place.trim_matches('/');
    if place.is_empty() {
        return Some(value);
    }
    if member(value, place).is_some() {
        return member_mut(value, place);
    }
    let mut separators = place.rmatch_indices(['/', '.']).map(|(at, _)| at);
    let at = separators.find(|at| {
        let inner = member(value, &place[..*at]);
        inner.is_some_and(|inner| lookup(inner, &place[at + 1..]).is_some())
    })?;
    lookup_mut(member_mut(value, &place[..at])?, &place[at + 1..])
}

/// Takes the value out that [`lookup`] finds.
pub(crate) fn take(value: &mut Value, place: &str) -> Option<Value> {
    lookup_mut(value, place).map(Value::take)
}

/// The value behind members and indexes.
pub(crate) fn walk(
    value: &Value,
    steps: impl IntoIterator<Item = impl AsRef<str>>,
) -> Option<&Value> {
    let mut steps = steps.into_iter();
    steps.try_fold(value, |value, step| member(value, step.as_ref()))
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    }
}

fn member_mut<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Value> {
    match value {
        Value::Object(members) => members.get_mut(name),
        Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_names_count_before_paths() {
        let value = json!({"@odata.nextLink": "a", "@odata": {"nextLink": "b"}, "paging": {"next": {"link": "c"}}});
        assert_eq!(lookup(&value, "@odata.nextLink"), Some(&json!("a")));
        assert_eq!(lookup(&value, "paging.next.link"), Some(&json!("c")));
        assert_eq!(lookup(&value, "paging/next/link"), Some(&json!("c")));
        assert_eq!(lookup(&value, "paging.other"), None);
        assert_eq!(lookup(&value, ""), Some(&value));
    }

    #[test]
    fn what_is_found_is_taken_out() {
        let mut value = json!({"a.b": {"c": [1]}, "a": {"b": 2}});
        assert_eq!(take(&mut value, "a.b.c"), Some(json!([1])));
        assert_eq!(take(&mut value, "a/b"), Some(json!(2)));
        assert_eq!(take(&mut value, "a.x"), None);
        assert_eq!(
            take(&mut value, ""),
            Some(json!({"a.b": {"c": null}, "a": {"b": null}}))
        );
        assert_eq!(value, json!(null));
    }

    #[test]
    fn names_with_dots_lead_on_as_well() {
        let value = json!({"a.b": {"c": 1}, "a": {"x": 2}, "list": [{"id": 3}]});
        assert_eq!(lookup(&value, "a.b.c"), Some(&json!(1)));
        assert_eq!(lookup(&value, "list/0/id"), Some(&json!(3)));
        assert_eq!(walk(&value, ["list", "0", "id"]), Some(&json!(3)));
        assert_eq!(walk(&value, ["list", "1", "id"]), None);
    }
}
