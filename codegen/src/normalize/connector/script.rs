//! C# scripts. They are not carried out: what is read is which operations go through them, and which way they work on.

use serde_json::{Map, Value};

use super::{OperationIds, take};
use crate::diagnostics::Code;
use crate::model::Script;
use crate::normalize::Normalizer;
use crate::normalize::at::At;

/// Members and constructors that a script needs to send something else than it was given, in lower case without spaces.
const REQUEST_EDITS: &[&str] = &[
    "request.requesturi=",
    "request.content=",
    "request.method=",
    "request.headers.add",
    "request.headers.tryadd",
    "request.headers.remove",
    "request.headers.clear",
    "request.headers.authorization=",
    "newhttprequestmessage",
    "newhttpclient",
    ".requesturi=",
    "formurlencodedcontent",
    "multipartformdatacontent",
];

/// The same for the body that it gives back.
const BODY_EDITS: &[&str] = &[
    "newhttpresponsemessage",
    "createjsoncontent",
    ".content=",
    "newstringcontent",
];

/// The same for the rest of the answer: webhooks get the `Location` that the platform needs.
const HEADER_EDITS: &[&str] = &[
    ".headers.location=",
    "response.headers.add",
    "response.headers.tryadd",
    ".statuscode=",
];

impl Normalizer<'_> {
    /// The operations that go through a script: `scriptOperations`, or the older `script.operationIds`. An empty list means all.
    pub(super) fn scripted_operations(
        &mut self,
        properties: &mut Map<String, Value>,
        ids: &OperationIds,
        at: &At<'_>,
    ) -> Listed {
        let (key, value) = match take(properties, "scriptOperations") {
            Some(value) => ("scriptOperations", value),
            None => {
                let Some(script) = take(properties, "script") else {
                    return Listed::All;
                };
                let mut script = self.mapping(script, &at.key("script"));
                (
                    "script",
                    take(&mut script, "operationIds").unwrap_or_default(),
                )
            }
        };
        let at = at.key(key);
        match self.named_operations(value, ids, &at) {
            Some(all) if all.is_empty() => Listed::All,
            Some(known) => Listed::Some(known),
            None => Listed::Gone,
        }
    }

    /// The script, from its text and the list of its operations, and whether it makes other bodies of answers. There may be a list
    /// without a text.
    pub(super) fn script(
        &mut self,
        file: Option<Value>,
        listed: Listed,
        at: &At<'_>,
    ) -> Option<(Script, bool)> {
        let text = file.and_then(|file| {
            let mut file = self.mapping(file, at);
            let text = take(&mut file, "text")?;
            self.string(text, &at.key("text"))
        });
        let edits = match (&text, &listed) {
            (_, Listed::Gone) | (None, Listed::All) => return None,
            (None, Listed::Some(_)) => Edits {
                requests: true,
                bodies: true,
                headers: true,
            },
            (Some(text), _) => edits(text),
        };
        let script = Script {
            operations: match listed {
                Listed::Some(operations) => operations,
                Listed::All | Listed::Gone => Vec::new(),
            },
            edits_requests: edits.requests,
            edits_responses: edits.bodies || edits.headers,
        };
        let scope = match script.operations.len() {
            0 => "all operations".to_owned(),
            1 => "one operation".to_owned(),
            many => format!("{many} operations"),
        };
        let message = format!("{scope} go through a C# script, which is not carried out");
        self.diagnostics
            .note(Code::ScriptNotRun, &at.pointer(), message)
            .hint("a hook of the client can do what the script does");
        Some((script, edits.bodies))
    }
}

/// The operations that go through a script, if there is one.
#[derive(Default)]
pub(super) enum Listed {
    #[default]
    All,
    Some(Vec<String>),
    /// None of those that are named exists.
    Gone,
}

/// What a script changes.
#[derive(Debug, PartialEq, Eq)]
struct Edits {
    requests: bool,
    bodies: bool,
    headers: bool,
}

/// Which way a script works on, as far as its text tells: comments and spaces aside, it is searched for what it takes to change the
/// request (assigning to its members, making another one) or the answer. Some scripts are thought to do more than they do; one that
/// does something in a way that no published script does may be thought to do less. A script that sends nothing makes up its answers,
/// and counts as one that changes requests: there is no call without it.
fn edits(text: &str) -> Edits {
    let code = code(text);
    let has = |marks: &[&str]| marks.iter().any(|mark| code.contains(mark));
    let sends = code.contains("sendasync(");
    // What becomes the content of the request says nothing about the answer.
    let rest = ["createjsoncontent", "newstringcontent", ""]
        .iter()
        .fold(code.clone(), |code, made| {
            code.replace(&format!("request.content={made}"), "")
        });
    let rest_has = |marks: &[&str]| marks.iter().any(|mark| rest.contains(mark));
    Edits {
        requests: !sends || has(REQUEST_EDITS),
        bodies: !sends || rest_has(BODY_EDITS),
        headers: rest_has(HEADER_EDITS),
    }
}

/// The text in lower case without spaces and comments.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, after)| after);
        } else if rest.starts_with("//") && !code.ends_with(':') {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else {
            if !character.is_whitespace() {
                code.extend(character.to_lowercase());
            }
            rest = after;
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::{Edits, edits};

    fn changes(text: &str) -> (bool, bool, bool) {
        let Edits {
            requests,
            bodies,
            headers,
        } = edits(text);
        (requests, bodies, headers)
    }

    const SEND: &str = "var response = await this.Context.SendAsync(this.Context.Request, this.CancellationToken);";

    #[test]
    fn a_script_that_passes_on_what_it_gets_changes_nothing() {
        assert_eq!(
            changes(&format!("{SEND} return response;")),
            (false, false, false)
        );
    }

    #[test]
    fn content_of_the_answer_and_of_the_request_are_told_apart() {
        let answer = format!("{SEND} response.Content = CreateJsonContent(text); return response;");
        assert_eq!(changes(&answer), (false, true, false));
        let request = format!(
            "this.Context.Request.Content = CreateJsonContent(text); {SEND} return response;"
        );
        assert_eq!(changes(&request), (true, false, false));
    }

    #[test]
    fn the_place_of_a_webhook_is_no_body() {
        let text = format!("{SEND} response.Headers.Location = new Uri(place); return response;");
        assert_eq!(changes(&text), (false, false, true));
    }

    #[test]
    fn answers_that_are_made_up_need_the_script() {
        let text = "var response = new HttpResponseMessage(HttpStatusCode.OK); return response;";
        assert_eq!(changes(text), (true, true, false));
    }

    #[test]
    fn comments_do_nothing() {
        let text = format!(
            "// request.Method = HttpMethod.Put;\n/* new HttpRequestMessage() */ var u = \"https://x\"; {SEND}"
        );
        assert_eq!(changes(&text), (false, false, false));
        assert_eq!(changes("/* SendAsync("), (true, true, false));
    }
}
