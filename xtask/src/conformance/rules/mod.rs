//! Reasons for which Prism refuses what is right, and documents contradict themselves. Never by the name of a document.
//!
//! A rule looks at one thing that Prism says is wrong with a request, and at what the document says about it. A call is explained when
//! everything that is said against it is.

mod schemas;

use self::schemas::{
    FORM, given, has_extended_arm, has_media, has_no_value, has_scalars_to_choose_from,
    is_about_member_with, is_about_structure, is_object, media, media_types, member, parameter,
    reaches, schemas_at,
};
use super::calls::Outcome;
use super::crates::NO_ANSWER;
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
            // Of `nullable`, Prism makes a second type.
            is_composed || schema["type"].is_array() || schema["nullable"] == true
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
            is_about_structure(rejection, "multipart/", violation)
        }),
    },
    Rule {
        name: "prism-form",
        explanation: "Prism reads a list or an object in a form only in a style that `encoding` names, and of `deepObject` only what has \
            its `type` in the schema itself; by default, each member is one text, and what brackets mean is unknown.",
        link: "https://github.com/stoplightio/prism/issues/1622",
        applies: Applies::Violation(|rejection, violation| {
            is_about_structure(rejection, FORM, violation)
        }),
    },
    Rule {
        name: "prism-form-choice",
        explanation: "Prism converts a member of a form to each type that its schema asks for: a text of digits matches all arms of a `oneOf` \
            of numbers and texts, not exactly one.",
        link: "https://ajv.js.org/coercion.html",
        applies: Applies::Violation(|rejection, violation| {
            let forms = [FORM, "multipart/"].into_iter();
            violation.code == "oneOf"
                && forms
                    .map(|form| member(rejection, form, violation))
                    .any(|member| has_scalars_to_choose_from(rejection, member))
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
        explanation: "Prism makes an object of every form, in parts or not, also where the document says that the form is a text.",
        link: "https://github.com/stoplightio/prism/blob/master/packages/http/src/validator/validators/body.ts",
        applies: Applies::Violation(|rejection, violation| {
            let mut forms = media(rejection, FORM).chain(media(rejection, "multipart/"));
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
            let is_stream = rejection
                .answers()
                .any(|media| media["itemSchema"].is_object());
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
        name: "prism-no-answer",
        explanation: "Prism comes to no end, as with a pattern that backtracks without bound against the document's own example, and answers \
            nobody in the meantime.",
        link: "https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS",
        applies: Applies::Call(|rejection| {
            rejection.outcome == Outcome::Failed && rejection.said.contains(NO_ANSWER)
        }),
    },
    Rule {
        name: "prism-dynamic-reference",
        explanation: "Prism takes what `$recursiveRef` and `$dynamicRef` refer to for anything, so that more than one arm of a `oneOf` fits.",
        link: "https://json-schema.org/draft/2019-09/release-notes#core-vocabulary",
        applies: Applies::Violation(|rejection, violation| {
            is_about_member_with(rejection, violation, |schema| {
                schema["$recursiveRef"].is_string() || schema["$dynamicRef"].is_string()
            })
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
        explanation: "The document has `Accept`, `Content-Type` or `Authorization` as a parameter, which OpenAPI has ignored; Prism does not.",
        link: "https://spec.openapis.org/oas/v3.0.4.html#fixed-fields-for-use-with-schema",
        applies: Applies::Violation(|_, violation| {
            let is_ignored = |name| matches!(name, "accept" | "content-type" | "authorization");
            violation.place() == "header"
                && (is_ignored(violation.missing()) || is_ignored(violation.name()))
        }),
    },
    Rule {
        name: "document-enum-type",
        explanation: "The document lists values that are not of the type that it asks for, texts for an integer, say: none is valid.",
        link: "https://www.rfc-editor.org/rfc/internet-drafts/draft-bhutton-json-schema-validation-01.html#section-6.1.2",
        applies: Applies::Violation(|rejection, violation| {
            matches!(violation.code.as_str(), Some("type" | "enum"))
                && schemas_at(rejection, violation)
                    .iter()
                    .any(|schema| has_no_value(schema))
        }),
    },
    Rule {
        name: "document-no-value",
        explanation: "The document requires a value that it allows none for: the ones it lists are not of the type that it asks for.",
        link: "https://www.rfc-editor.org/rfc/internet-drafts/draft-bhutton-json-schema-validation-01.html#section-6.1.2",
        applies: Applies::Call(|rejection| {
            rejection.outcome == Outcome::NotCallable
                && given(rejection).any(|schema| reaches(rejection, schema, has_no_value, 0))
        }),
    },
    Rule {
        name: "document-arms-overlap",
        explanation: "The document has a `oneOf` with an arm that extends another one: what is of the extended arm is of the other as well, and \
            never of exactly one.",
        link: "https://json-schema.org/understanding-json-schema/reference/combining#oneOf",
        applies: Applies::Violation(|rejection, violation| {
            violation.code == "oneOf"
                && schemas_at(rejection, violation)
                    .iter()
                    .any(|schema| has_extended_arm(rejection, schema))
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
    Rule {
        name: "document-example-type",
        explanation: "The example that Prism answers with has a value of another type than the document's own schema has, or nothing, at the \
            place that the tests name.",
        link: "https://spec.openapis.org/oas/v3.0.4.html#example-object",
        applies: Applies::Call(|rejection| {
            rejection.outcome == Outcome::Failed && rejection.is_said_by_an_example()
        }),
    },
];

/// The name of the rule that explains why a call was not accepted; of the first, if there are several.
pub fn explain(rejection: &Rejection<'_>) -> Option<&'static str> {
    // It was never sent.
    if rejection.outcome == Outcome::Undecodable {
        return None;
    }
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
mod tests;
