//! Groups of operations and the names of what is in them.

use std::collections::HashMap;

use super::names::{value_name, words};

/// The group of an operation: its first tag, or a segment of its path.
pub(super) fn group(tags: &[String], path: &str) -> String {
    tags.iter()
        .find(|tag| !tag.trim().is_empty())
        .cloned()
        .unwrap_or_else(|| path_group(path))
}

/// The first segment of a path that says what it is about.
fn path_group(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('/')
        .filter(|segment| !segment.is_empty() && !segment.contains(['{', '}']))
        .find(|segment| !is_version(segment) && !matches!(*segment, "api" | "rest"))
        .unwrap_or("default")
        .to_owned()
}

fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix(['v', 'V']).unwrap_or(segment);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// An operationId for an operation without one: the method and the path.
pub(super) fn invented_id(method: &str, path: &str) -> String {
    let mut id = method.to_lowercase();
    for segment in path
        .split(['/', '?', '#', '&', '='])
        .filter(|segment| !segment.is_empty())
    {
        id.push('_');
        if segment.starts_with('{') {
            id.push_str("by_");
        }
        id.push_str(segment);
    }
    value_name(&id)
}

/// Method names for the operations of a group: without the group's own name where that is clear.
pub(super) fn function_names(group: &str, ids: &[&str]) -> Vec<String> {
    let short: Vec<String> = ids.iter().map(|id| shorten(group, id)).collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for name in &short {
        *count.entry(name).or_default() += 1;
    }
    ids.iter()
        .zip(&short)
        .map(|(id, name)| {
            if count[name.as_str()] == 1 {
                name.clone()
            } else {
                value_name(id)
            }
        })
        .collect()
}

/// `listCustomers` and `customers/list` in the group `customers` become `list`.
///
/// Behind a verb alone the group is the object; in `listCustomerOrders` another word stands between them, and
/// `orders().list_customer()` would say something else.
fn shorten(group: &str, id: &str) -> String {
    let group = words(group);
    let all = words(id);
    let same = |words: &[String]| {
        words.len() == group.len()
            && words
                .iter()
                .zip(&group)
                .all(|(a, b)| singular(a) == singular(b))
    };
    let size = group.len();
    if size == 0 || all.len() <= size {
        return value_name(id);
    }
    let rest = if same(&all[..size]) {
        &all[size..]
    } else if same(&all[all.len() - size..]) && is_verb(&all[..all.len() - size]) {
        &all[..all.len() - size]
    } else {
        return value_name(id);
    };
    value_name(&rest.join("_"))
}

/// Whether the words before the name of the group are a verb, and perhaps how many it is about.
fn is_verb(words: &[String]) -> bool {
    match words {
        [_] => true,
        [_, many] => matches!(many.as_str(), "all" | "many" | "multiple"),
        _ => false,
    }
}

fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    word.strip_suffix('s')
        .filter(|stem| stem.len() > 1 && !stem.ends_with('s'))
        .unwrap_or(word)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{function_names, group, invented_id};

    #[test]
    fn the_name_of_the_group_is_left_out_of_methods() {
        let names = |group: &str, ids: &[&str]| function_names(group, ids);
        assert_eq!(
            names(
                "customers",
                &["listCustomers", "getCustomer", "createCustomer"]
            ),
            ["list", "get", "create"]
        );
        assert_eq!(
            names("repos", &["repos/get", "repos/list-for-org"]),
            ["get", "list_for_org"]
        );
        assert_eq!(names("companies", &["getCompany"]), ["get"]);
    }

    #[test]
    fn methods_that_would_collide_keep_their_whole_name() {
        assert_eq!(
            function_names("customers", &["listCustomers", "list"]),
            ["list_customers", "list"]
        );
        assert_eq!(function_names("customers", &["customers"]), ["customers"]);
    }

    #[test]
    fn operations_without_tags_are_grouped_by_path() {
        assert_eq!(group(&[], "/v1/customers/{id}"), "customers");
        assert_eq!(group(&[], "/api/v2.1/{tenant}/users"), "users");
        assert_eq!(group(&[], "/{id}"), "default");
        assert_eq!(group(&["Pets".to_owned()], "/x"), "Pets");
    }

    #[test]
    fn missing_ids_are_made_of_method_and_path() {
        assert_eq!(
            invented_id("GET", "/customers/{id}/orders"),
            "get_customers_by_id_orders"
        );
        assert_eq!(invented_id("POST", "/"), "post");
    }
}
