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
    "newuri(",
    "newuribuilder",
    "newhttpclient",
    ".requesturi=",
    "formurlencodedcontent",
    "multipartformdatacontent",
];

/// The same for what it gives back.
const RESPONSE_EDITS: &[&str] = &[
    "newhttpresponsemessage",
    "createjsoncontent",
    ".content=",
    ".headers.location=",
    ".headers.add",
    ".headers.tryadd",
    ".statuscode=",
    "newstringcontent",
];

impl Normalizer<'_> {
    /// The operations that go through a script, if the properties list them: `scriptOperations`, or the older
    /// `script.operationIds`. An empty list means all.
    pub(super) fn scripted_operations(
        &mut self,
        properties: &mut Map<String, Value>,
        ids: &OperationIds,
        at: &At<'_>,
    ) -> Option<Vec<String>> {
        let (key, value) = match take(properties, "scriptOperations") {
            Some(value) => ("scriptOperations", value),
            None => {
                let script = take(properties, "script")?;
                let mut script = self.mapping(script, &at.key("script"));
                (
                    "script",
                    take(&mut script, "operationIds").unwrap_or_default(),
                )
            }
        };
        let at = at.key(key);
        let named = self.strings(value, &at);
        let named: Vec<&str> = named
            .iter()
            .map(|id| id.trim())
            .filter(|id| !id.is_empty())
            .collect();
        let known = self.known_operations(&named, ids, &at);
        // Nothing is scripted if the operations that were are gone, and a list of none would mean all.
        (named.is_empty() || !known.is_empty()).then_some(known)
    }

    /// The script, from its text and the list of its operations. There may be a list without a text; an empty list alone is no
    /// script, since every connector may have one.
    pub(super) fn script(
        &mut self,
        file: Option<Value>,
        listed: Option<Vec<String>>,
        at: &At<'_>,
    ) -> Option<Script> {
        let text = file.and_then(|file| {
            let mut file = self.mapping(file, at);
            let text = take(&mut file, "text")?;
            self.string(text, &at.key("text"))
        });
        let script = match (text, listed) {
            (None, None) => return None,
            (None, Some(operations)) if operations.is_empty() => return None,
            (None, Some(operations)) => Script {
                operations,
                edits_requests: true,
                edits_responses: true,
            },
            (Some(text), listed) => Script {
                operations: listed.unwrap_or_default(),
                ..edits(&text)
            },
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
        Some(script)
    }
}

/// Which way a script works on, as far as its text tells: comments and spaces aside, it is searched for what it takes to change the
/// request (assigning to its members, making another one) or the answer. Some scripts are thought to do more than they do; one that
/// does something in a way that no published script does may be thought to do less. A script that sends nothing makes up its answers,
/// and counts as one that changes requests: there is no call without it.
fn edits(text: &str) -> Script {
    let code = code(text);
    let has = |marks: &[&str]| marks.iter().any(|mark| code.contains(mark));
    let sends = code.contains("sendasync(");
    Script {
        operations: Vec::new(),
        edits_requests: !sends || has(REQUEST_EDITS),
        edits_responses: has(RESPONSE_EDITS),
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
