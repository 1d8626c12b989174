//! What Prism says against a call.

use serde::Deserialize;
use serde_json::Value;

use super::calls::Outcome;
use super::documents::Document;

/// A call that was not accepted, and what the document says about its operation.
#[derive(Debug)]
pub struct Rejection<'a> {
    pub document: &'a Document,
    /// Where the document has the operation.
    pub pointer: &'a str,
    pub outcome: Outcome,
    /// What the tests report: Prism's answer, or what went wrong with it.
    pub said: &'a str,
}

/// Prism's answer to a request that breaks the document.
#[derive(Debug, Default, Deserialize)]
pub struct Problem {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    pub validation: Vec<Violation>,
}

/// One thing that is wrong with a request, or with the document's example of an answer.
#[derive(Debug, Deserialize)]
pub struct Violation {
    #[serde(default)]
    pub location: Vec<Value>,
    /// A keyword, or a status.
    #[serde(default)]
    pub code: Value,
    #[serde(default)]
    pub message: String,
}

impl Violation {
    /// Where it is: `query`, `header`, `path`, `cookie`, `body`, or `response`.
    pub fn place(&self) -> &str {
        self.path().next().unwrap_or_default()
    }

    /// The name of the parameter, or of the member of the body.
    pub fn name(&self) -> &str {
        self.path().nth(1).unwrap_or_default()
    }

    /// The name of the property or parameter that is missing, if that is what is wrong.
    pub fn missing(&self) -> &str {
        self.message.split('\'').nth(1).unwrap_or_default()
    }

    /// Whether this is where it is.
    pub fn location_is(&self, path: &[&str]) -> bool {
        self.path().eq(path.iter().copied())
    }

    /// The way to it, without the word for the request. The number of an item of a list is no name.
    pub fn path(&self) -> impl Iterator<Item = &str> {
        let texts = self.location.iter();
        let texts = texts.map(|part| part.as_str().unwrap_or_default());
        texts.skip_while(|text| *text == "request")
    }

    fn in_short(&self) -> String {
        let texts = self.location.iter().map(|part| match part {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let location: Vec<_> = texts.collect();
        let code = match &self.code {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        format!("{} ({code}) {}", location.join("."), self.message)
    }
}

impl Problem {
    /// The name of the error: `UNPROCESSABLE_ENTITY`.
    pub fn name(&self) -> &str {
        self.kind.rsplit('#').next().unwrap_or_default()
    }
}

impl Rejection<'_> {
    /// Prism's answer, if it is one.
    pub fn problem(&self) -> Option<Problem> {
        let problem: Option<Problem> = serde_json::from_str(self.said).ok();
        // Errors of the document are objects as well.
        problem.filter(|problem| problem.kind.contains("/prism/errors#"))
    }

    /// Whether Prism, which checks the request before it looks for an answer, found nothing wrong with the request. Of its errors for
    /// want of an answer, those that the tests can't tell from one about the request are told here, by what the document has.
    pub fn is_only_about_the_answer(&self, status: Option<u16>) -> bool {
        if self.is_empty_for_want_of_media_types() {
            return true;
        }
        let is_refused = status.is_some_and(|status| status >= 400);
        if !is_refused || self.outcome == Outcome::Undecodable {
            return false;
        }
        match self.problem() {
            // A document without a success has nothing but errors to answer with. For a wrong request, the tests had its violations.
            None => true,
            // Comes when an answer is written, which is after the violations are.
            Some(problem) if problem.title.starts_with("Cannot find serializer") => true,
            // An answer can't be made up. It would be one for a wrong request if the document had one.
            Some(problem) => {
                matches!(problem.name(), "UNKNOWN" | "SCHEMA_TOO_COMPLEX")
                    && !self.has_answer_for_wrong_requests()
            }
        }
    }

    /// Whether a success is empty since a Swagger 2.0 document has no `produces`, so that Prism has no media type to give it in.
    pub fn is_empty_for_want_of_media_types(&self) -> bool {
        self.outcome == Outcome::Failed
            && self.said.ends_with("$ is missing")
            && self.lacks("produces")
    }

    /// Whether an example of the document has, in the place where the answer was not understood, what was found there, or nothing.
    pub fn is_said_by_an_example(&self) -> bool {
        let found = || {
            let (_, rest) = self.said.split_once(" at $")?;
            rest.split_once(", found ")
        };
        let missing = || {
            let (_, rest) = self.said.split_once("type: $")?;
            rest.strip_suffix(" is missing")?.rsplit_once('.')
        };
        if let Some((path, found)) = found() {
            return self.has_example(|example| value_at(example, path).map(kind) == Some(found));
        }
        missing().is_some_and(|(path, name)| {
            self.has_example(|example| {
                value_at(example, path).is_some_and(|it| it.is_object() && it.get(name).is_none())
            })
        })
    }

    /// Whether there is such an example of an answer.
    fn has_example(&self, is_one: impl Fn(&Value) -> bool) -> bool {
        let mut examples = self.answers().flat_map(|media| {
            let listed = media["examples"].as_object().into_iter().flatten();
            let listed = listed.map(|(_, example)| &self.document.resolve(example)["value"]);
            listed.chain(media.get("example"))
        });
        examples.any(is_one)
    }

    /// Whether a Swagger 2.0 document has no media types for the requests (`consumes`) or answers (`produces`) of the operation.
    pub fn lacks(&self, keyword: &str) -> bool {
        let own = &self.operation()[keyword];
        let shared = self.document.at(&format!("/{keyword}"));
        let is_empty = |value: &Value| value.as_array().is_none_or(Vec::is_empty);
        self.document.at("/swagger").is_string() && is_empty(own) && is_empty(shared)
    }

    /// Whether the document has an answer that Prism gives to a request that is wrong.
    fn has_answer_for_wrong_requests(&self) -> bool {
        let answers = self.operation()["responses"].as_object();
        let mut statuses = answers.into_iter().flatten().map(|(status, _)| status);
        statuses.any(|status| status.starts_with('4') || status == "default")
    }

    /// The operation in the document.
    pub fn operation(&self) -> &Value {
        self.document.at(self.pointer)
    }

    /// The path of the operation, as the document has it.
    pub fn path(&self) -> String {
        let token = self.pointer.split('/').nth(2).unwrap_or_default();
        token.replace("~1", "/").replace("~0", "~")
    }

    /// The parameter in the document. That of the operation comes before that of the path.
    pub fn parameter(&self, place: &str, name: &str) -> &Value {
        let found = self.parameters().find(|parameter| {
            let known = parameter["name"].as_str();
            known.is_some_and(|known| known.eq_ignore_ascii_case(name)) && parameter["in"] == place
        });
        found.unwrap_or(&Value::Null)
    }

    /// The parameters in the document, those of the operation before those of the path.
    pub fn parameters(&self) -> impl Iterator<Item = &Value> {
        let path = self.pointer.rsplit_once('/').map_or("", |(path, _)| path);
        let owners = [self.operation(), self.document.at(path)].into_iter();
        let listed = owners.flat_map(|owner| owner["parameters"].as_array().into_iter().flatten());
        listed.map(|parameter| self.document.resolve(parameter))
    }

    /// What the answers in the document have, by media type.
    pub fn answers(&self) -> impl Iterator<Item = &Value> {
        let answers = self.operation()["responses"].as_object();
        let answers = answers.into_iter().flatten();
        answers.flat_map(|(_, answer)| {
            let content = self.document.resolve(answer)["content"].as_object();
            content.into_iter().flatten().map(|(_, media)| media)
        })
    }

    /// The request body in the document.
    pub fn body(&self) -> &Value {
        self.document.at(&format!("{}/requestBody", self.pointer))
    }

    /// What was said, in a line.
    pub fn in_short(&self) -> String {
        let Some(problem) = self.problem() else {
            return shortened(self.said, 300);
        };
        let violations: Vec<_> = problem.validation.iter().map(Violation::in_short).collect();
        let said = if violations.is_empty() {
            problem.detail.clone()
        } else {
            violations.join("; ")
        };
        shortened(&format!("{}: {said}", problem.name()), 300)
    }
}

/// The value at a path such as `.items[0].price`.
fn value_at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let mut steps = path.split(['.', '[', ']']).filter(|step| !step.is_empty());
    steps.try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    })
}

/// What errors call a value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Why Prism does not serve a document: the line that says so.
pub fn of_document(said: &str) -> String {
    let lines: Vec<_> = said.lines().map(str::trim).collect();
    let telling = |line: &&&str| line.contains("fatal") || line.contains("rror");
    let line = lines.iter().skip(1).find(telling);
    shortened(line.or(lines.first()).copied().unwrap_or_default(), 200)
}

fn shortened(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_about_the_answer(document: Value, outcome: Outcome, status: u16, said: &str) -> bool {
        let rejection = Rejection {
            document: &Document::of(document),
            pointer: "/paths/~1a/get",
            outcome,
            said,
        };
        rejection.is_only_about_the_answer(Some(status))
    }

    fn answering(statuses: &[&str]) -> Value {
        let answers: serde_json::Map<_, _> = statuses
            .iter()
            .map(|status| ((*status).to_owned(), json!({})))
            .collect();
        json!({"paths": {"/a": {"get": {"responses": answers}}}})
    }

    #[test]
    fn an_answer_that_cannot_be_made_up_tells_of_the_request_only_if_a_wrong_one_has_an_answer() {
        let problem = |name: &str, title: &str| {
            json!({"type": format!("https://stoplight.io/prism/errors#{name}"), "title": title})
                .to_string()
        };
        let unknown = problem("UNKNOWN", "x");
        let unwritten = problem("UNKNOWN", "Cannot find serializer for image/png");
        let wrong = problem("UNPROCESSABLE_ENTITY", "Invalid request");
        for (statuses, said, expected) in [
            (&["200"][..], &unknown, true),
            (&["200", "422"], &unknown, false),
            (&["200", "default"], &unknown, false),
            (&["200", "default"], &unwritten, true),
            (&["200"], &wrong, false),
        ] {
            let found = is_about_the_answer(answering(statuses), Outcome::Rejected, 500, said);
            assert_eq!(found, expected, "{statuses:?} {said}");
        }
    }

    #[test]
    fn a_document_that_has_errors_alone_answers_with_them() {
        let is_one =
            |outcome, status| is_about_the_answer(answering(&["400"]), outcome, status, "{}");
        assert!(is_one(Outcome::Rejected, 400));
        assert!(is_one(Outcome::Failed, 500));
        // A success that is not understood is a failure.
        assert!(!is_one(Outcome::Failed, 200));
    }

    #[test]
    fn examples_that_have_what_was_found_say_it() {
        let example = json!({"list": [{"price": "-0.1", "id": 1}]});
        let content = json!({"application/json": {"examples": {"a": {"value": example}}}});
        let operation = json!({"responses": {"200": {"content": content}}});
        let document = Document::of(json!({"paths": {"/a": {"get": operation}}}));
        for (said, expected) in [
            ("expected a number at $.list[0].price, found a string", true),
            ("expected a number at $.list[0].price, found null", false),
            ("expected a string at $.list[0].id, found a string", false),
            ("expected a string at $.list[1].id, found a string", false),
            ("a: the documented type: $.list[0].name is missing", true),
            ("a: the documented type: $.list[0].id is missing", false),
            ("a: the documented type: $.none.id is missing", false),
        ] {
            let rejection = Rejection {
                document: &document,
                pointer: "/paths/~1a/get",
                outcome: Outcome::Failed,
                said,
            };
            assert_eq!(rejection.is_said_by_an_example(), expected, "{said}");
        }
    }

    #[test]
    fn a_success_without_content_is_no_failure_where_swagger_has_no_media_types() {
        let of = |document| is_about_the_answer(document, Outcome::Failed, 200, "a: $ is missing");
        assert!(of(json!({"swagger": "2.0"})));
        assert!(!of(
            json!({"swagger": "2.0", "produces": ["application/json"]})
        ));
        assert!(!of(json!({"openapi": "3.0.3"})));
    }
}
