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
        explanation: "Prism reads a list or an object in a parameter only where `type` says it in the schema itself: behind a reference, \
            in a composition, or with several types, it sees a text.",
        link: "https://github.com/stoplightio/prism/issues/2675",
        applies: Applies::Violation(|rejection, violation| {
            let parameter = parameter(rejection, violation);
            let schema = rejection.document.resolve(&parameter["schema"]);
            let is_composed = ["anyOf", "oneOf", "allOf"]
                .iter()
                .any(|keyword| schema[*keyword].is_array());
            is_composed || schema["type"].is_array() || parameter["schema"]["$ref"].is_string()
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
        explanation: "Prism takes each part of `multipart/form-data` for a text, and the last of several with one name: lists, objects, files \
            with constraints have the wrong type.",
        link: "https://github.com/stoplightio/prism/pull/2321",
        applies: Applies::Violation(|rejection, violation| {
            violation.place() == "body" && has_media(rejection, "multipart/")
        }),
    },
    Rule {
        name: "prism-form",
        explanation: "Prism reads a list or an object in a form only in a style that `encoding` names; by default, each member is one text, \
            and what brackets mean is unknown.",
        link: "https://github.com/stoplightio/prism/issues/1622",
        applies: Applies::Violation(|rejection, violation| {
            violation.place() == "body" && has_media(rejection, "application/x-www-form-urlencoded")
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
                    "NO_RESPONSE_DEFINED"
                        | "NO_SUCCESS_RESPONSE_DEFINED"
                        | "NO_COMPLEX_OBJECT_TEXT"
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
    names.chain(old).any(|name| name.starts_with(media))
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
