//! What the rules explain, and what they do not.

use serde_json::{Value, json};

use super::*;
use crate::conformance::documents::Document;

/// The rule for violations of a call of `POST /a`.
fn of_violations(operation: &Value, violations: &Value) -> Option<&'static str> {
    let problem = json!({"type": "https://stoplight.io/prism/errors#UNPROCESSABLE_ENTITY", "validation": violations});
    of_problem(operation, &problem)
}

fn of_problem(operation: &Value, problem: &Value) -> Option<&'static str> {
    let document = Document::of(json!({"paths": {"/a": {"post": operation}}}));
    explain(&Rejection {
        document: &document,
        pointer: "/paths/~1a/post",
        outcome: Outcome::Rejected,
        said: &problem.to_string(),
    })
}

fn body(media_type: &str, schema: &Value) -> Value {
    json!({"requestBody": {"content": {media_type: {"schema": schema}}}})
}

fn at(location: &[&str], code: &str, message: &str) -> Value {
    json!([{"location": location, "code": code, "message": message}])
}

#[test]
fn members_of_forms_are_explained_where_they_are_lists_or_objects() {
    let properties = json!({"list": {"type": "array"}, "n": {"type": "integer"}, "either": {"anyOf": [{"type": "object"}]}});
    let composed = json!({"allOf": [{"properties": properties}]});
    for (media_type, rule) in [
        (FORM, "prism-form"),
        ("multipart/form-data", "prism-multipart"),
    ] {
        let operation = body(media_type, &composed);
        for (location, message, expected) in [
            (&["body", "list"][..], "must be array", Some(rule)),
            (&["body", "either", "x"], "must be object", Some(rule)),
            (&["body"], "must have required property 'list'", Some(rule)),
            (&["body", "n"], "must be integer", None),
            (&["body"], "must have required property 'n'", None),
            (&["query", "list"], "must be array", None),
        ] {
            let found = of_violations(&operation, &at(location, "type", message));
            assert_eq!(found, expected, "{location:?} {message}");
        }
    }
    let json = body("application/json", &composed);
    let found = of_violations(&json, &at(&["body", "list"], "type", "must be array"));
    assert_eq!(found, None);
}

#[test]
fn arms_of_a_choice_that_were_not_meant_are_explained_beside_what_is_lost() {
    let message = json!({"properties": {"kind": {"enum": ["m"]}, "data": {"type": "object"}}});
    let ping = json!({"properties": {"kind": {"enum": ["p"]}}});
    let operation = body(FORM, &json!({"anyOf": [message, ping]}));
    let kind = json!({"location": ["body", "kind"], "code": "enum"});
    let data = json!({"location": ["body", "data"], "code": "type"});
    let found = of_violations(&operation, &json!([kind, data]));
    assert_eq!(found, Some("prism-form"));
    assert_eq!(of_violations(&operation, &json!([kind])), None);
}

#[test]
fn texts_that_match_several_arms_are_explained_in_forms() {
    let number = json!({"type": "integer"});
    let text = json!({"type": "string", "maxLength": 25});
    let choice = |arms: &[&Value]| json!({"properties": {"nonce": {"oneOf": arms}}});
    let violation = at(
        &["body", "nonce"],
        "oneOf",
        "must match exactly one schema in oneOf",
    );
    let of = |media_type, schema| of_violations(&body(media_type, &schema), &violation);
    let both = || choice(&[&number, &text]);
    assert_eq!(of(FORM, both()), Some("prism-form-choice"));
    assert_eq!(of("multipart/form-data", both()), Some("prism-form-choice"));
    assert_eq!(of("application/json", both()), None);
    assert_eq!(of(FORM, choice(&[&text])), None);
}

#[test]
fn forms_of_swagger_are_parameters() {
    let operation = json!({
        "consumes": [FORM],
        "parameters": [{"in": "formData", "name": "list", "type": "array"}, {"in": "formData", "name": "n", "type": "string"}],
    });
    let of = |name| of_violations(&operation, &at(&["body", name], "type", "must be array"));
    assert_eq!(of("list"), Some("prism-form"));
    assert_eq!(of("n"), None);
}

#[test]
fn a_form_that_is_a_text_is_explained_as_a_whole() {
    let violation = at(&["body"], "type", "must be string");
    let text = body(FORM, &json!({"type": "string"}));
    assert_eq!(of_violations(&text, &violation), Some("prism-form-text"));
    let object = body(FORM, &json!({"type": "object"}));
    assert_eq!(of_violations(&object, &violation), None);
}

#[test]
fn bodies_of_text_are_explained_where_something_else_is_asked_for() {
    let of = |media_type: &str, location: &[&str], message: &str| {
        let operation = body(media_type, &json!({"type": "object"}));
        of_violations(&operation, &at(location, "type", message))
    };
    let message = "Request body must be object";
    for media_type in ["application/xml", "text/plain"] {
        assert_eq!(of(media_type, &["body"], message), Some("prism-text-body"));
        assert_eq!(of(media_type, &["body", "a"], message), None);
        assert_eq!(
            of(media_type, &["body"], "Request body must be string"),
            None
        );
    }
    assert_eq!(of("application/json", &["body"], message), None);
}

#[test]
fn pluses_are_explained_in_forms_alone() {
    let said = at(
        &["body", "n"],
        "",
        "Reserved characters used in request body",
    );
    let schema = json!({"properties": {"n": {"type": "string"}}});
    assert_eq!(
        of_violations(&body(FORM, &schema), &said),
        Some("prism-form-plus")
    );
    assert_eq!(
        of_violations(&body("multipart/form-data", &schema), &said),
        None
    );
}

#[test]
fn a_name_that_no_template_has_takes_the_other_parameters_of_the_path_along() {
    let lost = |path: &str, name: &str| {
        let names = ["base id", "table"].map(|name| json!({"in": "path", "name": name}));
        let document = Document::of(json!({"paths": {path: {"get": {"parameters": names}}}}));
        let message = format!("must have required property '{name}'");
        let problem = json!({
            "type": "https://stoplight.io/prism/errors#UNPROCESSABLE_ENTITY",
            "validation": at(&["path"], "required", &message),
        });
        explain(&Rejection {
            document: &document,
            pointer: &format!("/paths/{}/get", path.replace('/', "~1")),
            outcome: Outcome::Rejected,
            said: &problem.to_string(),
        })
    };
    assert_eq!(
        lost("/{base id}/{table}", "table"),
        Some("prism-path-names")
    );
    assert_eq!(lost("/{base id}/{table}", "other"), None);
    assert_eq!(lost("/{table}", "table"), None);
}

#[test]
fn listed_values_of_another_type_are_explained_wherever_they_are() {
    let texts = json!({"type": "integer", "enum": ["0 (None)", "1 (Some)"]});
    let numbers = json!({"type": "integer", "enum": [0, "1"]});
    let of = |schema: &Value| {
        let list =
            json!({"type": "array", "items": {"allOf": [{"properties": {"state": schema}}]}});
        let mut operation = body("application/json", &list);
        operation["parameters"] = json!([{"in": "query", "name": "kind", "schema": schema}]);
        let message = "must be integer";
        let mut location = at(&["body"], "type", message);
        location[0]["location"] = json!(["body", 3, "state"]);
        let kind = at(&["query", "kind"], "type", message);
        [location, kind].map(|violations| of_violations(&operation, &violations))
    };
    assert_eq!(of(&texts), [Some("document-enum-type"); 2]);
    assert_eq!(of(&numbers), [None; 2]);
}

#[test]
fn members_with_dynamic_references_are_explained() {
    let list =
        |item: Value| json!({"type": "array", "items": {"oneOf": [{"type": "string"}, item]}});
    let tree = json!({"properties": {"tree": list(json!({"$recursiveRef": "#"})), "flat": list(json!({}))}});
    let operation = body("application/json", &tree);
    let of = |name| of_violations(&operation, &at(&["body", name, "0"], "oneOf", "must match"));
    assert_eq!(of("tree"), Some("prism-dynamic-reference"));
    assert_eq!(of("flat"), None);
}

#[test]
fn an_arm_that_extends_another_is_explained() {
    let action = json!({"properties": {"type": {"type": "string"}}});
    let of = |part: &Value| {
        let snapshot = json!({"allOf": [part, {"properties": {"name": {"type": "string"}}}]});
        let arms = json!({"oneOf": [{"$ref": "#/components/schemas/Action"}, snapshot]});
        let problem = json!({
            "type": "https://stoplight.io/prism/errors#UNPROCESSABLE_ENTITY",
            "validation": at(&["body"], "oneOf", "must match exactly one schema in oneOf"),
        });
        let operation = body("application/json", &arms);
        let document = Document::of(json!({
            "paths": {"/a": {"post": operation}},
            "components": {"schemas": {"Action": action, "Other": {}}},
        }));
        explain(&Rejection {
            document: &document,
            pointer: "/paths/~1a/post",
            outcome: Outcome::Rejected,
            said: &problem.to_string(),
        })
    };
    let same = json!({"$ref": "#/components/schemas/Action"});
    let other = json!({"$ref": "#/components/schemas/Other"});
    assert_eq!(of(&same), Some("document-arms-overlap"));
    assert_eq!(of(&other), None);
}

#[test]
fn a_required_value_that_there_is_none_for_explains_why_nothing_was_called() {
    let of = |values: &Value| {
        let schema = json!({"properties": {"state": {"type": "integer", "enum": values}}});
        let operation = body("application/json", &schema);
        let document = Document::of(json!({"paths": {"/a": {"post": operation}}}));
        explain(&Rejection {
            document: &document,
            pointer: "/paths/~1a/post",
            outcome: Outcome::NotCallable,
            said: "no body could be made up that its schema allows",
        })
    };
    assert_eq!(of(&json!(["0 (None)"])), Some("document-no-value"));
    assert_eq!(of(&json!([0])), None);
}

#[test]
fn headers_that_openapi_ignores_are_explained_in_whatever_way_they_are_wrong() {
    let operation = json!({});
    let of = |location: &[&str], message: &str| {
        of_violations(&operation, &at(location, "enum", message))
    };
    let missing = "Request header must have required property 'accept'";
    assert_eq!(of(&["header"], missing), Some("ignored-header"));
    let wrong = "must be equal to one of the allowed values";
    assert_eq!(
        of(&["header", "content-type"], wrong),
        Some("ignored-header")
    );
    assert_eq!(of(&["header", "x-type"], wrong), None);
}

#[test]
fn a_value_that_does_not_fit_its_type_is_never_explained() {
    let document = Document::of(json!({"paths": {"/a#b": {"post": {}}}}));
    let of = |outcome| {
        explain(&Rejection {
            document: &document,
            pointer: "/paths/~1a#b/post",
            outcome,
            said: "`a`: expected a string at $, found null",
        })
    };
    assert_eq!(of(Outcome::Rejected), Some("prism-path-query"));
    assert_eq!(of(Outcome::Undecodable), None);
}

#[test]
fn lists_that_may_be_null_are_texts_to_prism() {
    let of = |nullable: bool| {
        let schema = json!({"type": "array", "nullable": nullable});
        let operation = json!({"parameters": [{"in": "query", "name": "list", "schema": schema}]});
        of_violations(
            &operation,
            &at(&["query", "list"], "type", "must be array,null"),
        )
    };
    assert_eq!(of(true), Some("prism-untyped-parameter"));
    assert_eq!(of(false), None);
}

#[test]
fn one_violation_without_a_rule_leaves_the_call_unexplained() {
    let operation = body(
        FORM,
        &json!({"properties": {"list": {"type": "array"}, "n": {"type": "integer"}}}),
    );
    let list = json!({"location": ["body", "list"], "code": "type"});
    let number = json!({"location": ["body", "n"], "code": "type"});
    assert_eq!(
        of_violations(&operation, &json!([list])),
        Some("prism-form")
    );
    assert_eq!(of_violations(&operation, &json!([list, number])), None);
}
