//! Versions of operations.

use super::{Lowered, paths};

/// `GET /<id>` for each annotation, with more members if any.
fn versions(operations: &[(&str, &str)]) -> Lowered {
    let operations: Vec<_> = operations
        .iter()
        .map(|(id, annotation)| {
            format!("/{id}: {{get: {{operationId: {id}, x-ms-api-annotation: {{{annotation}}}, responses: {{'204': {{description: d}}}}}}}}")
        })
        .collect();
    paths(&operations.join("\n"), "schemas: {}")
}

/// `id deprecated replacement` of each operation.
fn described(of: &Lowered) -> Vec<String> {
    let line = |operation: &crate::model::Operation| {
        let annotation = operation.extensions.annotation.as_ref();
        let replacement = annotation.and_then(|annotation| annotation.replacement.as_deref());
        let (deprecated, replacement) = (operation.docs.deprecated, replacement.unwrap_or("-"));
        format!("{} {deprecated} {replacement}", operation.id)
    };
    of.api.operations().map(line).collect()
}

#[test]
fn the_newest_version_of_a_family_replaces_the_others() {
    let of = versions(&[
        ("a", "family: F, revision: 1, status: Production"),
        ("c", "family: F, revision: 3"),
        ("b", "family: F, revision: '2'"),
        ("d", "family: G, revision: 1"),
    ]);
    assert_eq!(
        described(&of),
        ["a true c", "c false -", "b true c", "d false -"]
    );
}

#[test]
fn a_preview_replaces_nothing() {
    let of = versions(&[
        ("a", "family: F, revision: 1"),
        ("b", "family: F, revision: 2, status: Preview"),
    ]);
    assert_eq!(described(&of), ["a false -", "b false -"]);
}

#[test]
fn a_replacement_counts_if_it_is_there() {
    let of = versions(&[
        (
            "a",
            "status: deprecated, replacement: {api: x, operationId: b}",
        ),
        ("b", "replacement: {operationId: gone}"),
        ("c", "replacement: {operationId: c}"),
    ]);
    assert_eq!(described(&of), ["a true b", "b false -", "c false -"]);
}
