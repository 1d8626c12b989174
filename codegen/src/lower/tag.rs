//! Groups of operations and the names of what is in them.

use std::collections::HashMap;

use super::names::{MAX_LENGTH, value_name, words};

/// The group of an operation: its first tag, or a segment of its path.
pub(super) fn group(tags: &[String], path: &str) -> String {
    tags.iter()
        .find(|tag| !tag.trim().is_empty())
        .cloned()
        .unwrap_or_else(|| path_group(path))
}

/// The first segment of a path that says what it is about; what leads there only stands in for it.
fn path_group(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let segments = || {
        path.split('/')
            .map(subject)
            .filter(|segment| segment.contains(char::is_alphanumeric))
            .filter(|segment| !segment.contains(['{', '}']) && !is_version(segment))
    };
    segments()
        .find(|segment| !leads_on(segment))
        .or_else(|| segments().next_back())
        .unwrap_or("default")
        .to_owned()
}

/// A segment without what is done to it: `orders({id})`, `mail:send`, `users.json`.
fn subject(segment: &str) -> &str {
    let segment = segment.split(['(', ':']).next().unwrap_or_default();
    match segment.rsplit_once('.') {
        Some((name, "json" | "xml" | "php" | "asmx" | "ashx" | "aspx" | "svc")) => name,
        _ => segment,
    }
}

/// Whether a segment is how APIs begin their paths.
fn leads_on(segment: &str) -> bool {
    let plain: String = segment
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    matches!(
        plain.as_str(),
        "api" | "apis" | "restapi" | "rest" | "webapi" | "odata" | "public" | "external"
    )
}

/// Whether a segment is a version: `v2`, `1.0`, `v1beta1`, `2024-01-31`, `beta`.
fn is_version(segment: &str) -> bool {
    let stage = |word: &str| {
        matches!(
            word,
            "alpha" | "beta" | "preview" | "rc" | "stable" | "latest" | "p" | "b"
        )
    };
    let lower = segment.to_ascii_lowercase();
    if lower.len() > 1 && stage(&lower) {
        return true;
    }
    let number = lower.strip_prefix('v').unwrap_or(&lower);
    let mut words = number.split(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_'));
    number.starts_with(|c: char| c.is_ascii_digit())
        && words.all(|word| word.is_empty() || stage(word))
}

/// An operationId for an operation without one: the method and the path. Of a path that is too long for a name, the beginning is left
/// out, which says least.
pub(super) fn invented_id(method: &str, path: &str) -> String {
    let segments = path.split(['/', '?', '#', '&', '=']);
    let segments: Vec<&str> = segments.filter(|segment| !segment.is_empty()).collect();
    let named = |segments: &[&str]| {
        let mut id = method.to_lowercase();
        // No name has so many characters.
        for segment in segments.iter().take(MAX_LENGTH) {
            id.push_str(if segment.starts_with('{') {
                "_by_"
            } else {
                "_"
            });
            id.push_str(segment);
        }
        id
    };
    let fits = |segments: &[&str]| words(&named(segments)).join("_").len() <= MAX_LENGTH;
    let mut from = 0;
    if !fits(&segments) {
        from = segments.len().saturating_sub(1);
        while from > 0 && fits(&segments[from - 1..]) {
            from -= 1;
        }
    }
    value_name(&named(&segments[from..]))
}

/// Method names for the operations of a group: without the group's own name where that is clear.
pub(super) fn function_names(group: &str, ids: &[&str]) -> Vec<String> {
    let short = without_prefixes(group, ids);
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

/// Short names, those of ids like `SalesOrders_Get` without what stands before the action if it is about the group.
fn without_prefixes(group: &str, ids: &[&str]) -> Vec<String> {
    let short: Vec<String> = ids.iter().map(|id| shorten(group, id)).collect();
    let actions: Vec<Option<String>> = ids.iter().map(|id| action(group, id)).collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for (short, action) in short.iter().zip(&actions) {
        *count.entry(short).or_default() += 1;
        if let Some(action) = action.as_ref().filter(|action| *action != short) {
            *count.entry(action).or_default() += 1;
        }
    }
    short
        .iter()
        .zip(&actions)
        .map(|(short, action)| match action {
            Some(action) if count[action.as_str()] == 1 => action.clone(),
            _ => short.clone(),
        })
        .collect()
}

/// What comes after the only underscore of an id, if a word before it names the group.
fn action(group: &str, id: &str) -> Option<String> {
    let (controller, action) = id.split_once('_')?;
    let group_words = words(group);
    let names = |word: &String| group_words.iter().any(|of| singular(of) == singular(word));
    if action.is_empty() || action.contains('_') || !words(controller).iter().any(names) {
        return None;
    }
    Some(shorten(group, action))
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
    fn controllers_that_name_the_group_are_left_out_of_methods() {
        let names = |group: &str, ids: &[&str]| function_names(group, ids);
        assert_eq!(
            names(
                "Contract User",
                &[
                    "SalesContracts_GetContractUsers",
                    "Contracts_AddContractUser",
                    "Users_List"
                ]
            ),
            ["get", "add", "list"]
        );
        // `list` is taken by what names the group alone.
        assert_eq!(
            names(
                "Machines",
                &["Machines_List", "MachineImages_List", "Other_Get"]
            ),
            ["list", "images_list", "other_get"]
        );
    }

    #[test]
    fn segments_that_lead_to_the_subject_are_passed_over() {
        for (path, expected) in [
            ("/api/public/v1/rooms/{id}", "rooms"),
            ("/odata/v2/Courses({id})", "Courses"),
            ("/beta/planner/tasks", "planner"),
            ("/v1beta1/2024-01-31/x", "x"),
            ("/mail:send", "mail"),
            ("/users.json", "users"),
            ("/rest-api/webapi", "webapi"),
            ("/public", "public"),
            ("/vendors", "vendors"),
            ("/3d/models", "3d"),
            ("/-/x", "x"),
        ] {
            assert_eq!(group(&[], path), expected, "{path}");
        }
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
        let long = "/one/two/three/{four}/five".repeat(9);
        let id = invented_id("PUT", &format!("/api/{long}/end"));
        assert!(
            id.starts_with("put_five_one") && id.ends_with("_two_three_by_four_five_end"),
            "{id}"
        );
    }
}
