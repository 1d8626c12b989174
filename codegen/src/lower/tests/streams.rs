//! Answers that come bit by bit.

use super::{Lowered, document, operation, paths};
use crate::model::{Location, Operation, StreamFlag};

/// `POST /things/{id}` that answers with this content.
fn answering(content: &str) -> Lowered {
    operation(&format!(
        "operationId: watch\nresponses: {{'200': {{description: d, content: {content}}}}}"
    ))
}

/// What an operation of OpenAPI 3.2 with this content gives.
fn items(content: &str) -> Vec<String> {
    let of = document(&format!(
        "openapi: 3.2.0\ninfo: {{title: T, version: '1'}}\npaths: {{/things: {{get: {{operationId: watch, responses: {{'200': {{description: d, content: {content}}}}}}}}}}}\ncomponents: {{schemas: {{Pet: {{type: object, properties: {{name: {{type: string}}}}}}}}}}"
    ));
    of.output()
}

const PET: &str = "{$ref: '#/components/schemas/Pet'}";

/// The stream beside the other answer, and its `Accept` header.
fn alternative(of: &Lowered) -> Option<(String, String)> {
    let stream = of.operation().stream.as_ref()?;
    Some((of.outcome(&stream.outcome), stream.accept.clone()))
}

#[test]
fn schema_of_an_event_stream_is_that_of_the_data() {
    for (schema, expected) in [
        (format!("schema: {PET}"), "events of Pet"),
        ("schema: {type: string}".to_owned(), "events of String"),
        (
            "schema: {type: object, properties: {n: {type: integer}}}".to_owned(),
            "events of WatchEvent",
        ),
        // An array of the data; an event has no elements.
        (
            format!("schema: {{type: array, items: {PET}}}"),
            "events of Vec<Pet>",
        ),
        (String::new(), "events of Value"),
        (
            "schema: {type: string, format: binary}".to_owned(),
            "stream",
        ),
    ] {
        let of = answering(&format!("{{text/event-stream: {{{schema}}}}}"));
        assert_eq!(of.output(), [expected], "{schema}");
        assert_eq!(of.operation().accept, "text/event-stream");
    }
}

#[test]
fn schema_that_describes_the_event_is_seen_through() {
    let event = format!(
        "{{type: object, properties: {{event: {{type: string}}, data: {PET}, id: {{type: string}}, retry: {{type: integer}}}}}}"
    );
    for schema in [event.clone(), format!("{{type: array, items: {event}}}")] {
        let of = answering(&format!("{{text/event-stream: {{schema: {schema}}}}}"));
        assert_eq!(of.output(), ["events of Pet"], "{schema}");
    }
    // What has more than an event has is data.
    let more = format!("{{type: object, properties: {{data: {PET}, total: {{type: integer}}}}}}");
    let of = answering(&format!("{{text/event-stream: {{schema: {more}}}}}"));
    assert_eq!(of.output(), ["events of WatchEvent"]);
}

#[test]
fn item_schema_describes_the_event() {
    let with = |data: &str| {
        let item = format!(
            "{{type: object, properties: {{event: {{type: string}}, data: {data}, extra: {{}}}}}}"
        );
        items(&format!("{{text/event-stream: {{itemSchema: {item}}}}}"))
    };
    assert_eq!(with(PET), ["events of Pet"]);
    assert_eq!(with("{type: string}"), ["events of String"]);
    // What is no event is taken for its data.
    assert_eq!(
        items(&format!("{{text/event-stream: {{itemSchema: {PET}}}}}")),
        ["events of Pet"]
    );
}

#[test]
fn several_kinds_of_events_are_a_union_of_objects() {
    let arm = |name: &str| {
        format!(
            "{{type: object, required: [event], properties: {{event: {{type: string, const: {name}}}, data: {PET}}}}}"
        )
    };
    let union = format!("{{oneOf: [{}, {}]}}", arm("a"), arm("b"));
    let found = items(&format!("{{text/event-stream: {{itemSchema: {union}}}}}"));
    assert_eq!(found, ["event objects WatchItem"]);
    let of = answering(&format!("{{text/event-stream: {{schema: {union}}}}}"));
    assert_eq!(of.output(), ["event objects WatchEvent"]);
}

#[test]
fn lines_are_items_or_the_elements_of_an_array() {
    for media_type in [
        "application/jsonl",
        "application/x-ndjson",
        "application/json-seq",
    ] {
        let content = |schema: &str| format!("{{{media_type}: {{{schema}}}}}");
        assert_eq!(
            answering(&content(&format!("schema: {PET}"))).output(),
            ["lines of Pet"]
        );
        let array = format!("schema: {{type: array, items: {PET}}}");
        assert_eq!(answering(&content(&array)).output(), ["lines of Pet"]);
        assert_eq!(answering(&content("")).output(), ["lines of Value"]);
        assert_eq!(
            items(&content(&format!("itemSchema: {PET}"))),
            ["lines of Pet"]
        );
        // Arrays can be items.
        let array = format!("itemSchema: {{type: array, items: {PET}}}");
        assert_eq!(items(&content(&array)), ["lines of WatchItem"]);
        // What is text to the document is handed over as it is.
        assert_eq!(
            answering(&content("schema: {type: string}")).output(),
            ["stream"]
        );
    }
}

#[test]
fn stream_beside_another_answer_is_reached_as_well() {
    let of = answering(&format!(
        "{{text/event-stream: {{schema: {PET}}}, application/json: {{schema: {{type: boolean}}}}}}"
    ));
    assert_eq!(of.output(), ["bool"]);
    assert_eq!(of.operation().accept, "application/json");
    assert_eq!(
        alternative(&of),
        Some(("events of Pet".to_owned(), "text/event-stream".to_owned()))
    );
    let bytes = answering("{audio/mpeg: {}, application/x-ndjson: {}}");
    assert_eq!(bytes.output(), ["stream"]);
    assert_eq!(alternative(&bytes).unwrap().0, "lines of Value");
    let both = answering("{application/jsonl: {}, text/event-stream: {}}");
    assert_eq!(both.output(), ["lines of Value"]);
    assert_eq!(alternative(&both).unwrap().0, "events of Value");
    assert!(alternative(&answering("{text/event-stream: {}}")).is_none());
}

fn asked(parameters: &str, body: &str, media_type: &str) -> (Option<StreamFlag>, bool) {
    let of = paths(
        &format!(
            "/things:\n  post:\n    operationId: ask\n    parameters: {parameters}\n    requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {body}}}}}}}}}\n    responses: {{'200': {{description: d, content: {{text/event-stream: {{}}, {media_type}}}}}}}"
        ),
        "schemas: {}",
    );
    let operation: &Operation = of.operation();
    let mut query = operation
        .parameters
        .iter()
        .filter(|of| of.location == Location::Query);
    let fixed = query.any(|parameter| parameter.fixed == Some(serde_json::Value::Bool(true)));
    (operation.stream_flag, fixed)
}

#[test]
fn boolean_named_stream_asks_for_the_stream() {
    const JSON: &str = "application/json: {}";
    let flag = "{stream: {type: [boolean, 'null']}}";
    assert_eq!(asked("[]", flag, JSON).0, Some(StreamFlag::Body));
    assert_eq!(asked("[]", flag, "").0, Some(StreamFlag::Body));
    assert_eq!(asked("[]", "{stream: {type: string}}", JSON).0, None);
    assert_eq!(asked("[]", "{streaming: {type: boolean}}", JSON).0, None);
    let query =
        "[{name: a, in: query, schema: {}}, {name: stream, in: query, schema: {type: boolean}}]";
    assert_eq!(
        asked(query, "{}", JSON),
        (Some(StreamFlag::Query(1)), false)
    );
    // Where there is nothing but the stream, it is asked for unless the caller says otherwise.
    assert_eq!(asked(query, "{}", ""), (Some(StreamFlag::Query(1)), true));
}

#[test]
fn parameter_does_not_take_the_name_of_the_method() {
    let of = paths(
        "/things:\n  get:\n    operationId: watch\n    parameters: [{name: stream, in: query, schema: {type: boolean}}]\n    responses: {'200': {description: d, content: {application/json: {}, text/event-stream: {}}}}",
        "schemas: {}",
    );
    assert_eq!(of.operation().parameters[0].name.to_string(), "stream2");
}
