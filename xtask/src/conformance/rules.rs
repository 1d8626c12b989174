//! Reasons for which Prism refuses what is right, and documents contradict themselves. Never by the name of a document.
//!
//! A rule looks at one thing that Prism says is wrong with a request, and at what the document says about it. A call is explained when
//! everything that is said against it is.

use serde_json::Value;

use super::calls::Outcome;
use super::rejection::{Rejection, Violation};

/// A reason that is not ours.
pub struct Rule {
    /// What the table calls it.
    pub name: &'static str,
    /// Whose fault it is, and why.
    pub explanation: &'static str,
    /// Where that is known.
    pub link: &'static str,
    applies: Applies,
}

enum Applies {
    /// To one violation of several.
    Violation(fn(&Rejection<'_>, &Violation) -> bool),
    /// To the call as a whole.
    Call(fn(&Rejection<'_>) -> bool),
}

/// All of them; the first that applies counts.
pub const RULES: &[Rule] = &[
    Rule {
        name: "prism-deep-object",
        explanation: "Prism reads `deepObject` by the names in `properties`, after it has put the names of the request into lower case: \
            members with capitals, additional ones, and those of references or compositions are lost.",
        link: "https://github.com/stoplightio/prism/blob/master/packages/http/src/validator/deserializers/style/deepObject.ts",
        applies: Applies::Violation(|rejection, violation| {
            parameter(rejection, violation)["style"] == "deepObject"
        }),
    },
    Rule {
        name: "prism-exploded-object",
        explanation: "Prism reads an exploded object by the names in `properties`, after it has put the names of the request into lower case.",
        link: "https://github.com/stoplightio/prism/blob/master/packages/http/src/validator/deserializers/style/form.ts",
        applies: Applies::Violation(|rejection, violation| {
            let parameter = parameter(rejection, violation);
            let is_form = matches!(parameter["style"].as_str(), None | Some("form"));
            is_form
                && parameter["explode"] != false
                && violation.place() == "query"
                && is_object(rejection, &parameter["schema"])
        }),
    },
    Rule {
        name: "prism-content-parameter",
        explanation: "Prism holds the text of a parameter with `content` against the schema, without reading it in its media type.",
        link: "https://github.com/stoplightio/prism/blob/master/packages/http/src/validator/validators/params.ts",
        applies: Applies::Violation(|rejection, violation| {
            parameter(rejection, violation)["content"].is_object()
        }),
    },
    Rule {
        name: "prism-untyped-parameter",
        explanation: "Prism reads a list or an object in a parameter only where `type` says it in the schema itself: in a composition, \
            or with several types, it sees a text.",
        link: "https://github.com/stoplightio/prism/issues/2675",
        applies: Applies::Violation(|rejection, violation| {
            let parameter = parameter(rejection, violation);
            let schema = rejection.document.resolve(&parameter["schema"]);
            let is_composed = ["anyOf", "oneOf", "allOf"]
                .iter()
                .any(|keyword| schema[*keyword].is_array());
            is_composed || schema["type"].is_array()
        }),
    },
    Rule {
        name: "prism-path-list",
        explanation: "uri-template-lite splits path parameters at commas before Prism reads them in their style, which breaks down on the list.",
        link: "https://github.com/stoplightio/prism/issues/2710",
        applies: Applies::Call(|rejection| {
            rejection.said.contains("split is not a function")
                || rejection.said.contains("startsWith is not a function")
        }),
    },
    Rule {
        name: "prism-label-object",
        explanation: "Prism splits an exploded object in the style `label` at commas, not at dots.",
        link: "https://github.com/stoplightio/prism/blob/master/packages/http/src/validator/deserializers/style/label.ts",
        applies: Applies::Violation(|rejection, violation| {
            let parameter = parameter(rejection, violation);
            parameter["style"] == "label"
                && parameter["explode"] == true
                && is_object(rejection, &parameter["schema"])
        }),
    },
    Rule {
        name: "prism-delimited-list",
        explanation: "Prism makes a list of one element, nothing, of a list in the styles `spaceDelimited` and `pipeDelimited` that is left out.",
        link: "https://github.com/stoplightio/prism/blob/master/packages/http/src/validator/deserializers/style/delimited.ts",
        applies: Applies::Violation(|rejection, violation| {
            let parameter = parameter(rejection, violation);
            let style = parameter["style"].as_str();
            matches!(style, Some("spaceDelimited" | "pipeDelimited")) && violation.code == "type"
        }),
    },
    Rule {
        name: "prism-delimited",
        explanation: "Prism breaks down on objects in the styles `spaceDelimited` and `pipeDelimited`.",
        link: "https://github.com/stoplightio/prism/blob/master/packages/http/src/validator/deserializers/style/delimited.ts",
        applies: Applies::Call(|rejection| {
            rejection
                .said
                .contains("delimited style is only applicable to array")
        }),
    },
    Rule {
        name: "prism-multipart",
        explanation: "Prism takes each part of `multipart/form-data` for a text, and the last of several with one name: lists and objects \
            have the wrong type.",
        link: "https://github.com/stoplightio/prism/pull/2321",
        applies: Applies::Violation(|rejection, violation| {
            is_structured(rejection, member(rejection, "multipart/", violation), 0)
        }),
    },
    Rule {
        name: "prism-form",
        explanation: "Prism reads a list or an object in a form only in a style that `encoding` names, and of `deepObject` only what has \
            its `type` in the schema itself; by default, each member is one text, and what brackets mean is unknown.",
        link: "https://github.com/stoplightio/prism/issues/1622",
        applies: Applies::Violation(|rejection, violation| {
            is_structured(rejection, member(rejection, FORM, violation), 0)
        }),
    },
    Rule {
        name: "prism-form-plus",
        explanation: "Prism takes the `+` that is a space in forms for a reserved character, in members that have an `encoding`.",
        link: "https://url.spec.whatwg.org/#urlencoded-serializing",
        applies: Applies::Violation(|rejection, violation| {
            violation.message == "Reserved characters used in request body"
                && !member(rejection, FORM, violation).is_null()
        }),
    },
    Rule {
        name: "prism-form-text",
        explanation: "Prism makes an object of every form, also where the document says that the form is a text.",
        link: "https://github.com/stoplightio/prism/blob/master/packages/http/src/validator/validators/body.ts",
        applies: Applies::Violation(|rejection, violation| {
            let mut forms = media(rejection, FORM);
            violation.location_is(&["body"])
                && violation.code == "type"
                && forms.any(|form| rejection.document.resolve(&form["schema"])["type"] == "string")
        }),
    },
    Rule {
        name: "prism-text-body",
        explanation: "Prism parses JSON and forms only: of any other body, XML say, it sees a text, which the schema of an object or a list refuses.",
        link: "https://github.com/stoplightio/prism/blob/master/packages/http/src/validator/validators/body.ts",
        applies: Applies::Violation(|rejection, violation| {
            let is_text = |name: &str| name.starts_with("text/") || name.ends_with("xml");
            violation.location_is(&["body"])
                && violation.code == "type"
                && ["must be object", "must be array"]
                    .iter()
                    .any(|it| violation.message.ends_with(it))
                && media_types(rejection).any(is_text)
        }),
    },
    Rule {
        name: "prism-digest",
        explanation: "Prism takes a Digest only if everything in it is letters and digits in quotes, which the `uri` is not.",
        link: "https://github.com/stoplightio/prism/blob/master/packages/http/src/validator/validators/security/handlers/digestAuth.ts",
        applies: Applies::Violation(|rejection, violation| {
            let schemes = rejection.document.at("/components/securitySchemes");
            let mut schemes = schemes.as_object().into_iter().flatten();
            violation.code == 401 && schemes.any(|(_, scheme)| scheme["scheme"] == "digest")
        }),
    },
    Rule {
        name: "prism-body-as-form",
        explanation: "Swagger 2.0 lists forms in `consumes` of an operation with a parameter in `body`; Prism leaves them out.",
        link: "https://github.com/stoplightio/http-spec/blob/master/src/oas2/transformers/params.ts",
        applies: Applies::Call(|rejection| {
            let problem = rejection.problem().unwrap_or_default();
            let mut violations = problem.validation.iter();
            let is_refused = problem.name() == "INVALID_CONTENT_TYPE"
                || violations.any(|violation| violation.code == 415);
            let listed = rejection.operation()["parameters"].as_array();
            let mut listed = listed.into_iter().flatten();
            let has_body =
                listed.any(|parameter| rejection.document.resolve(parameter)["in"] == "body");
            is_refused && has_body && has_media(rejection, "application/x-www-form-urlencoded")
        }),
    },
    Rule {
        name: "prism-path-query",
        explanation: "The document has a query in a path, by which it tells operations apart; Prism looks for paths only, as OpenAPI has them.",
        link: "https://github.com/OAI/OpenAPI-Specification/issues/182",
        applies: Applies::Call(|rejection| {
            let path = rejection.path();
            path.contains('?') || path.contains('#')
        }),
    },
    Rule {
        name: "prism-not-acceptable",
        explanation: "Prism has nothing to answer with in the media type that the document has for the answer, and says that it is not acceptable.",
        link: "https://docs.stoplight.io/docs/prism/f51bcc80a02db-errors",
        applies: Applies::Call(|rejection| {
            let problem = rejection.problem();
            problem.is_some_and(|problem| problem.name() == "NOT_ACCEPTABLE")
        }),
    },
    Rule {
        name: "prism-sequence",
        explanation: "Prism can't make up the items of a stream, since `schema` does not describe it: the call was understood, and there is no answer.",
        link: "https://spec.openapis.org/oas/v3.2.0.html#sequential-media-types",
        applies: Applies::Call(|rejection| {
            let problem = rejection.problem();
            let is_unknown = problem.is_some_and(|problem| problem.name() == "UNKNOWN");
            let answers = rejection.operation()["responses"].as_object();
            let mut answers = answers.into_iter().flatten();
            let is_stream = answers.any(|(_, answer)| {
                let content = rejection.document.resolve(answer)["content"].as_object();
                let mut media = content.into_iter().flatten();
                media.any(|(_, media)| media["itemSchema"].is_object())
            });
            is_unknown && is_stream
        }),
    },
    Rule {
        name: "prism-breaks-down",
        explanation: "Prism throws an exception, which only the tests' own script keeps from ending it.",
        link: "https://github.com/stoplightio/prism/issues/2672",
        applies: Applies::Call(|rejection| {
            let problem = rejection.problem();
            problem.is_some_and(|problem| problem.name() == "BROKE_DOWN")
        }),
    },
    Rule {
        name: "empty-list",
        explanation: "The document allows a list without elements where no style can write one: it leaves no trace, so that the parameter is missing.",
        link: "https://www.rfc-editor.org/rfc/rfc6570#section-2.3",
        applies: Applies::Violation(|rejection, violation| {
            let missing = violation.missing();
            let parameter = rejection.parameter(violation.place(), missing);
            let schema = rejection.document.resolve(&parameter["schema"]);
            // In Swagger 2.0, the keywords stand in the parameter itself.
            let is_list = schema["type"] == "array" || parameter["type"] == "array";
            violation.code == "required" && is_list
        }),
    },
    Rule {
        name: "document-content-type",
        explanation: "The document has a parameter `Content-Type` with a value that is none of the media types of the body.",
        link: "https://spec.openapis.org/oas/v3.0.4.html#parameter-object",
        applies: Applies::Call(|rejection| {
            let problem = rejection.problem();
            problem.is_some_and(|problem| problem.name() == "INVALID_CONTENT_TYPE")
                && rejection.parameter("header", "content-type").is_object()
        }),
    },
    Rule {
        name: "prism-form-objects",
        explanation: "Prism wants a list of objects in a form to be JSON, whatever style it is in.",
        link: "https://github.com/stoplightio/prism/pull/2379",
        applies: Applies::Call(|rejection| {
            rejection
                .said
                .contains("Cannot deserialize JSON object array in form data")
        }),
    },
    Rule {
        name: "prism-path-names",
        explanation: "Prism loses all parameters of a path in which one has a character in its name that variables of URI templates have not.",
        link: "https://github.com/stoplightio/prism/issues/1007",
        applies: Applies::Violation(|rejection, violation| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            let path = rejection.path();
            let names = path.split('{').skip(1);
            let mut names = names.filter_map(|rest| Some(rest.split_once('}')?.0));
            violation.place() == "path"
                && rejection.parameter("path", violation.missing()).is_object()
                && names.any(|name| !name.chars().all(is_plain))
        }),
    },
    Rule {
        name: "ignored-header",
        explanation: "The document requires `Accept`, `Content-Type` or `Authorization` as a parameter, which OpenAPI has ignored; Prism does not.",
        link: "https://spec.openapis.org/oas/v3.0.4.html#fixed-fields-for-use-with-schema",
        applies: Applies::Violation(|_, violation| {
            let missing = violation.missing();
            violation.place() == "header"
                && matches!(missing, "accept" | "content-type" | "authorization")
        }),
    },
    Rule {
        name: "document-no-media-types",
        explanation: "A Swagger 2.0 document without `produces` or `consumes`: Prism answers without content, and takes no body.",
        link: "https://swagger.io/specification/v2/#operation-object",
        applies: Applies::Call(|rejection| {
            rejection.lacks("produces") && rejection.said.ends_with("$ is missing")
                || rejection.lacks("consumes")
                    && rejection.said.contains("No supported content types")
        }),
    },
    Rule {
        name: "document-no-answer",
        explanation: "The document has no answer that Prism could give: none with a success, or none in a media type that it has.",
        link: "https://docs.stoplight.io/docs/prism/f51bcc80a02db-errors",
        applies: Applies::Call(|rejection| {
            rejection.problem().is_some_and(|problem| {
                matches!(
                    problem.name(),
                    "NO_RESPONSE_RESPONSE_DEFINED" | "NO_COMPLEX_OBJECT_TEXT"
                )
            })
        }),
    },
    Rule {
        name: "document-example",
        explanation: "The example that Prism answers with does not fit the document's own schema.",
        link: "https://docs.stoplight.io/docs/prism/9528b5a8272c0-dynamic-response-generation-with-faker",
        applies: Applies::Violation(|_, violation| violation.place() == "response"),
    },
];

const FORM: &str = "application/x-www-form-urlencoded";

/// The bodies of the operation in media types that begin like this.
fn media<'a>(rejection: &'a Rejection<'_>, name: &'static str) -> impl Iterator<Item = &'a Value> {
    let content = rejection.body()["content"].as_object();
    let content = content.into_iter().flatten();
    content
        .filter(move |(media_type, _)| media_type.starts_with(name))
        .map(|(_, media)| media)
}

/// The schema of the member of a form that a violation is about, or null. In Swagger 2.0, it is a parameter.
fn member<'a>(
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

/// The parameter that a violation is about, or null.
fn parameter<'a>(rejection: &'a Rejection<'_>, violation: &Violation) -> &'a Value {
    match violation.place() {
        place @ ("query" | "path" | "header" | "cookie") => {
            rejection.parameter(place, violation.name())
        }
        _ => &Value::Null,
    }
}

fn is_object(rejection: &Rejection<'_>, schema: &Value) -> bool {
    let schema = rejection.document.resolve(schema);
    schema["type"] == "object" || schema["properties"].is_object() || schema["allOf"].is_array()
}

/// Whether the body of the operation can be sent in a media type that begins like this; in Swagger 2.0, whether it is a form.
fn has_media(rejection: &Rejection<'_>, media: &str) -> bool {
    media_types(rejection).any(|name| name.starts_with(media))
}

/// The media types that the body of the operation can be sent in.
fn media_types<'a>(rejection: &'a Rejection<'_>) -> impl Iterator<Item = &'a str> {
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

/// The name of the rule that explains why a call was not accepted; of the first, if there are several.
pub fn explain(rejection: &Rejection<'_>) -> Option<&'static str> {
    let whole = RULES.iter().find(|rule| match rule.applies {
        Applies::Call(applies) => applies(rejection),
        Applies::Violation(_) => false,
    });
    if let Some(rule) = whole {
        return Some(rule.name);
    }
    if rejection.outcome == Outcome::NotCallable {
        return None;
    }
    let problem = rejection.problem()?;
    let mut names = problem.validation.iter().map(|violation| {
        let rule = RULES.iter().find(|rule| match rule.applies {
            Applies::Violation(applies) => applies(rejection, violation),
            Applies::Call(_) => false,
        });
        rule.map(|rule| rule.name)
    });
    let first = names.next()??;
    names.all(|name| name.is_some()).then_some(first)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
}
