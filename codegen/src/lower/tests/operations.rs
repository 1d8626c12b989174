//! Operations as a whole.

use super::{operation, paths};

const DONE: &str = "responses: {'204': {description: d}}";

#[test]
fn method_path_and_words_are_kept() {
    let of = operation(&format!(
        "operationId: x\nsummary: Does it.\ndescription: At length.\ndeprecated: true\n{DONE}"
    ));
    let operation = of.operation();
    assert_eq!(
        [&operation.method, &operation.path],
        ["POST", "/things/{id}"]
    );
    assert_eq!(operation.docs.summary.as_deref(), Some("Does it."));
    assert_eq!(operation.docs.description.as_deref(), Some("At length."));
    assert!(operation.docs.deprecated);
}

#[test]
fn the_summary_of_the_path_stands_in() {
    let of = paths(
        &format!("/x:\n  summary: Things.\n  get: {{operationId: x, {DONE}}}"),
        "schemas: {}",
    );
    assert_eq!(of.operation().docs.summary.as_deref(), Some("Things."));
}

#[test]
fn tags_carry_their_description() {
    let of = super::document(&format!(
        "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\ntags: [{{name: pets, description: All about pets.}}]\npaths: {{/x: {{get: {{tags: [pets, other], operationId: x, {DONE}}}}}}}"
    ));
    assert_eq!(of.api.tags.len(), 1);
    assert_eq!(
        of.api.tags[0].description.as_deref(),
        Some("All about pets.")
    );
}

#[test]
fn an_operation_that_cannot_be_generated_is_skipped_with_its_reason() {
    let of = paths(
        &format!(
            "/x:\n  get: {{operationId: broken, x-connector-skip: It is broken., {DONE}}}\n  put: {{operationId: fine, {DONE}}}"
        ),
        "schemas: {}",
    );
    assert_eq!(of.operation().id, "fine");
    assert_eq!(of.api.skipped[0].id, "broken");
    assert_eq!(of.api.skipped[0].reason, "It is broken.");
}

#[test]
fn other_methods_are_sent_as_they_are_written_to_the_path_itself() {
    let of = paths(
        &format!(
            "/x/{{id}}:\n  parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]\n  query: {{{DONE}}}\n  additionalOperations: {{COPY: {{operationId: copy, {DONE}}}}}"
        ),
        "schemas: {}",
    );
    let found: Vec<_> = of.api.tags[0]
        .operations
        .iter()
        .map(|operation| (&*operation.id, &*operation.method, &*operation.path))
        .collect();
    assert_eq!(
        found,
        [
            ("query_x_by_id", "QUERY", "/x/{id}"),
            ("copy", "COPY", "/x/{id}")
        ]
    );
    assert_eq!(of.api.tags[0].operations[0].parameters.len(), 1);
}

#[test]
fn tags_of_openapi_3_2_that_are_labels_make_no_modules() {
    let of = super::document(&format!(
        "openapi: 3.2.0\ninfo: {{title: T, version: '1'}}\ntags: [{{name: beta, kind: badge}}, {{name: cats, summary: About cats., description: At length., parent: pets, kind: nav}}, {{name: pets}}]\npaths: {{/x: {{get: {{tags: [beta, cats], operationId: x, {DONE}}}}}}}"
    ));
    let tags: Vec<_> = of.api.tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(tags, ["cats"]);
    assert_eq!(
        of.api.tags[0].description.as_deref(),
        Some("About cats.\n\nAt length.\n\nBelongs to `pets`.")
    );
}
