//! What a document says about what a rule looks at.

use serde_json::Value;

use crate::conformance::rejection::{Rejection, Violation};

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The bodies of the operation in media types that begin like this.
pub(super) fn media<'a>(
    rejection: &'a Rejection<'_>,
    name: &'static str,
) -> impl Iterator<Item = &'a Value> {
    let content = rejection.body()["content"].as_object();
    let content = content.into_iter().flatten();
    content
        .filter(move |(media_type, _)| media_type.starts_with(name))
        .map(|(_, media)| media)
}

/// The schema of the member of a form that a violation is about, or null. In Swagger 2.0, it is a parameter.
pub(super) fn member<'a>(
    rejection: &'a Rejection<'_>,
    media_type: &'static str,
    violation: &'a Violation,
) -> &'a Value {
    if violation.place() != "body" || !has_media(rejection, media_type) {
        return &Value::Null;
    }
    let name = match violation.name() {
        "" => violation.missing(),
        name => name,
    };
    let schemas = media(rejection, media_type).map(|media| &media["schema"]);
    let found = schemas.map(|schema| property(rejection, schema, name, 0));
    let mut found = found.filter(|schema| !schema.is_null());
    found
        .next()
        .unwrap_or_else(|| rejection.parameter("formData", name))
}

/// The schema of a property, in a schema or what it is composed of.
fn property<'a>(
    rejection: &'a Rejection<'_>,
    schema: &'a Value,
    name: &str,
    depth: usize,
) -> &'a Value {
    let schema = rejection.document.resolve(schema);
    let own = &schema["properties"][name];
    if !own.is_null() || depth > 4 {
        return own;
    }
    let arms = arms(schema).map(|arm| property(rejection, arm, name, depth + 1));
    let mut arms = arms.filter(|found| !found.is_null());
    arms.next().unwrap_or(&Value::Null)
}

/// Whether a violation is about a member of a form that is a list or an object. Where the form is a choice, what else Prism says is why
/// the arms that were not meant don't fit.
pub(super) fn is_about_structure(
    rejection: &Rejection<'_>,
    media_type: &'static str,
    violation: &Violation,
) -> bool {
    let is_one = |violation: &Violation| {
        is_structured(rejection, member(rejection, media_type, violation), 0)
    };
    let is_choice = |media: &Value| {
        let schema = rejection.document.resolve(&media["schema"]);
        schema["anyOf"].is_array() || schema["oneOf"].is_array()
    };
    is_one(violation)
        || violation.place() == "body"
            && media(rejection, media_type).any(is_choice)
            && rejection
                .problem()
                .is_some_and(|problem| problem.validation.iter().any(is_one))
}

/// Whether a schema is a choice of several types that a text can be.
pub(super) fn has_scalars_to_choose_from(rejection: &Rejection<'_>, schema: &Value) -> bool {
    let arms = rejection.document.resolve(schema)["oneOf"].as_array();
    let arms = arms.into_iter().flatten();
    let is_scalar = |arm: &&Value| {
        let ty = &rejection.document.resolve(arm)["type"];
        matches!(
            ty.as_str(),
            Some("string" | "integer" | "number" | "boolean")
        )
    };
    arms.filter(is_scalar).count() > 1
}

/// Whether an arm of a schema's `oneOf` is all that another arm is, and more.
pub(super) fn has_extended_arm(rejection: &Rejection<'_>, schema: &Value) -> bool {
    let listed = schema["oneOf"].as_array();
    let arms = || listed.into_iter().flatten();
    let mut extended = arms().flat_map(|arm| {
        let parts = rejection.document.resolve(arm)["allOf"].as_array();
        parts.into_iter().flatten()
    });
    extended.any(|part| part["$ref"].is_string() && arms().any(|arm| arm["$ref"] == part["$ref"]))
}

/// Whether a list or an object is among the values of a schema.
fn is_structured(rejection: &Rejection<'_>, schema: &Value, depth: usize) -> bool {
    let schema = rejection.document.resolve(schema);
    let is_one = |kind: &Value| kind == "array" || kind == "object";
    let kinds = schema["type"].as_array();
    is_one(&schema["type"])
        || kinds.is_some_and(|kinds| kinds.iter().any(is_one))
        || schema["properties"].is_object()
        || depth < 4 && arms(schema).any(|arm| is_structured(rejection, arm, depth + 1))
}

fn arms(schema: &Value) -> impl Iterator<Item = &Value> {
    let keywords = ["allOf", "oneOf", "anyOf"].into_iter();
    keywords.flat_map(|keyword| schema[keyword].as_array().into_iter().flatten())
}

/// The schemas of everything that is given to an operation.
pub(super) fn given<'a>(rejection: &'a Rejection<'_>) -> impl Iterator<Item = &'a Value> {
    let schemas = rejection
        .parameters()
        .map(|parameter| match &parameter["schema"] {
            Value::Null => parameter,
            schema => schema,
        });
    schemas.chain(media(rejection, "").map(|media| &media["schema"]))
}

/// Whether a schema lists values, and none that is of its type.
pub(super) fn has_no_value(schema: &Value) -> bool {
    let is_of_type = |value: &Value| match schema["type"].as_str() {
        Some("integer" | "number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        _ => true,
    };
    let listed = schema["enum"].as_array();
    listed.is_some_and(|listed| !listed.is_empty() && !listed.iter().any(is_of_type))
}

/// Whether a schema for which `is_one` holds is in a schema, deep down perhaps.
pub(super) fn reaches(
    rejection: &Rejection<'_>,
    schema: &Value,
    is_one: fn(&Value) -> bool,
    depth: usize,
) -> bool {
    let schema = rejection.document.resolve(schema);
    let members = schema["properties"].as_object();
    let inside = members.into_iter().flatten().map(|(_, member)| member);
    let inside = inside.chain(arms(schema)).chain(schema.get("items"));
    let mut inside = inside.chain(schema.get("additionalProperties"));
    is_one(schema)
        || depth < 8 && inside.any(|inside| reaches(rejection, inside, is_one, depth + 1))
}

/// Whether a violation is about a member of the body in which such a schema is.
pub(super) fn is_about_member_with(
    rejection: &Rejection<'_>,
    violation: &Violation,
    is_one: fn(&Value) -> bool,
) -> bool {
    let members = media(rejection, "")
        .map(|media| property(rejection, &media["schema"], violation.name(), 0));
    let mut members = members.filter(|member| !member.is_null());
    violation.place() == "body" && members.any(|member| reaches(rejection, member, is_one, 0))
}

/// The schemas of the value that a violation is about: several where they are composed.
pub(super) fn schemas_at<'a>(
    rejection: &'a Rejection<'_>,
    violation: &Violation,
) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = match violation.place() {
        "body" => media(rejection, "").map(|media| &media["schema"]).collect(),
        _ => vec![&parameter(rejection, violation)["schema"]],
    };
    let beneath = if violation.place() == "body" { 1 } else { 2 };
    for name in violation.path().skip(beneath) {
        let owners = found
            .into_iter()
            .map(|schema| with_arms(rejection, schema, 0));
        let inside = owners.flatten().flat_map(|owner| {
            let own = [&owner["properties"][name], &owner["items"]];
            own.into_iter().chain([&owner["additionalProperties"]])
        });
        found = inside.filter(|schema| schema.is_object()).collect();
    }
    let owners = found
        .into_iter()
        .map(|schema| with_arms(rejection, schema, 0));
    owners.flatten().collect()
}

/// A schema and what it is composed of.
fn with_arms<'a>(rejection: &'a Rejection<'_>, schema: &'a Value, depth: usize) -> Vec<&'a Value> {
    let schema = rejection.document.resolve(schema);
    let mut all = vec![schema];
    if depth < 4 {
        all.extend(arms(schema).flat_map(|arm| with_arms(rejection, arm, depth + 1)));
    }
    all
}

/// The parameter that a violation is about, or null.
pub(super) fn parameter<'a>(rejection: &'a Rejection<'_>, violation: &Violation) -> &'a Value {
    match violation.place() {
        place @ ("query" | "path" | "header" | "cookie") => {
            rejection.parameter(place, violation.name())
        }
        _ => &Value::Null,
    }
}

pub(super) fn is_object(rejection: &Rejection<'_>, schema: &Value) -> bool {
    let schema = rejection.document.resolve(schema);
    schema["type"] == "object" || schema["properties"].is_object() || schema["allOf"].is_array()
}

/// Whether the body of the operation can be sent in a media type that begins like this; in Swagger 2.0, whether it is a form.
pub(super) fn has_media(rejection: &Rejection<'_>, media: &str) -> bool {
    media_types(rejection).any(|name| name.starts_with(media))
}

/// The media types that the body of the operation can be sent in.
pub(super) fn media_types<'a>(rejection: &'a Rejection<'_>) -> impl Iterator<Item = &'a str> {
    let content = rejection.body()["content"].as_object();
    let consumes = [
        &rejection.operation()["consumes"],
        rejection.document.at("/consumes"),
    ];
    let consumes = consumes.into_iter().find_map(Value::as_array);
    let names = content
        .into_iter()
        .flat_map(|content| content.keys().map(String::as_str));
    let old = consumes.into_iter().flatten().filter_map(Value::as_str);
    names.chain(old)
}
