//! Triggers, options, pages.

use super::*;
use crate::model::{Argument, PagingWay, TriggerKind, UrlStep, WireName};

fn lowered(paths: &str) -> Lowered {
    document(&format!(
        "swagger: '2.0'\ninfo: {{title: T, version: '1'}}\nconsumes: [application/json]\nproduces: [application/json]\npaths:\n{paths}\ndefinitions:\n  Item: {{type: object, properties: {{id: {{type: integer}}}}}}\n  Node: {{type: object, x-ms-dynamic-schema: {{operationId: A}}, properties: {{next: {{$ref: '#/definitions/Node'}}, all: {{type: array, items: {{$ref: '#/definitions/Node'}}}}}}}}\n"
    ))
}

fn find<'l>(lowered: &'l Lowered, id: &str) -> &'l Operation {
    let mut all = lowered.api.operations();
    all.find(|operation| operation.id == id).unwrap()
}

fn kind<'l>(lowered: &'l Lowered, id: &str) -> &'l TriggerKind {
    &find(lowered, id).extensions.trigger.as_ref().unwrap().kind
}

/// `POST /hooks` with this body schema, and more paths.
fn webhook(schema: &str, more: &str) -> Lowered {
    lowered(&format!(
        "  /hooks:
    x-ms-notification-content: {{schema: {{type: object, properties: {{item: {{$ref: '#/definitions/Item'}}}}}}}}
    post:
      operationId: Sub
      x-ms-trigger: single
      parameters: [{{name: b, in: body, required: true, schema: {schema}}}]
      responses: {{201: {{description: d}}}}
{more}"
    ))
}

const URL: &str = "{type: object, required: [url], properties: {url: {type: string, x-ms-notification-url: true}}}";

#[test]
fn notification_content_becomes_a_received_model() {
    let lowered = webhook(URL, "");
    let TriggerKind::Webhook { event, .. } = kind(&lowered, "Sub") else {
        panic!("it has a URL");
    };
    let Type::Model(id) = event else {
        panic!("it has a schema");
    };
    let model = lowered.api.model(*id);
    assert_eq!(model.name.as_str(), "SubEvent");
    assert!(model.in_response && !model.in_request);
    assert!(lowered.find("Item").is_some());
}

#[test]
fn body_is_made_without_the_url_wherever_it_stands() {
    let lowered = webhook(URL, "");
    let field = &lowered.object("SubRequest").fields[0];
    assert_eq!((field.presence, field.in_new), (Presence::Optional, false));
    assert!(field.setter.is_some());

    let nested = "{type: object, properties: {list: {type: array, items: {allOf: [{type: object, properties: {at: {type: string, x-ms-notification-url: 'true'}}}]}}}}";
    let lowered = webhook(nested, "");
    let TriggerKind::Webhook { url, .. } = kind(&lowered, "Sub") else {
        panic!("it has a URL");
    };
    let property = |name: &str| UrlStep::Property(WireName::new(name));
    assert_eq!(*url, [property("list"), UrlStep::Element, property("at")]);
}

#[test]
fn webhook_without_a_place_for_the_url_is_no_trigger() {
    let lowered = webhook("{type: object, properties: {a: {type: string}}}", "");
    assert!(find(&lowered, "Sub").extensions.trigger.is_none());
}

#[test]
fn only_one_fitting_operation_ends_a_subscription() {
    let delete = |path: &str, id: &str, more: &str| {
        let names = path.matches('{').count();
        assert_eq!(names, 1);
        let name = &path[path.find('{').unwrap() + 1..path.find('}').unwrap()];
        format!(
            "  {path}:\n    delete:\n      operationId: {id}\n{more}      parameters: [{{name: {name}, in: path, type: string, required: true}}]\n      responses: {{204: {{description: d}}}}\n"
        )
    };
    let hidden = "      x-ms-visibility: internal\n";
    for (more, expected) in [
        (delete("/hooks/{id}", "Del", ""), Some("Del")),
        (delete("/webhook/{id}", "DelHook", hidden), Some("DelHook")),
        (delete("/webhook/{id}", "DelHook", ""), None),
        (delete("/items/{id}", "DelItem", hidden), None),
        (
            delete("/a/hook/{id}", "One", hidden) + &delete("/b/hook/{id}", "Two", hidden),
            None,
        ),
    ] {
        let lowered = webhook(URL, &more);
        let TriggerKind::Webhook { unsubscribe, .. } = kind(&lowered, "Sub") else {
            panic!("it has a URL");
        };
        let found = unsubscribe.as_ref().map(|(id, _)| id.as_str());
        assert_eq!(found, expected, "{more}");
    }
}

#[test]
fn events_of_a_polled_answer_are_its_list_or_its_only_list() {
    let poll = |mode: &str, schema: &str| {
        lowered(&format!(
            "  /p:\n    get:\n      operationId: Poll\n      x-ms-trigger: {mode}\n      responses: {{200: {{description: d, schema: {schema}}}}}\n"
        ))
    };
    let item = "{$ref: '#/definitions/Item'}";
    let list = format!("{{type: array, items: {item}}}");
    let wrapped = format!("{{type: object, properties: {{n: {{type: integer}}, all: {list}}}}}");
    let two = format!("{{type: object, properties: {{a: {list}, b: {list}}}}}");
    for (mode, schema, expected, name) in [
        ("batch", list.as_str(), Some(vec![]), Some("Item")),
        (
            "batch",
            &wrapped,
            Some(vec!["all".to_owned()]),
            Some("Item"),
        ),
        ("batch", &two, Some(vec![]), None),
        ("single", item, None, Some("Item")),
    ] {
        let lowered = poll(mode, schema);
        let TriggerKind::Polling { event, items } = kind(&lowered, "Poll") else {
            panic!("it has no URL");
        };
        assert_eq!(*items, expected, "{schema}");
        let model = match event {
            Type::Model(id) => Some(lowered.api.model(*id).name.as_str()),
            _ => None,
        };
        assert_eq!(model, name, "{schema}");
    }
}

#[test]
fn newer_form_of_options_counts_and_arguments_are_read() {
    let lowered = lowered(
        "  /a:
    get:
      operationId: A
      parameters:
        - {name: p, in: query, type: integer, x-ms-dynamic-values: {operationId: Gone, value-path: x}, x-ms-dynamic-list: {operationId: B, itemsPath: i, itemValuePath: v, itemTitlePath: t, parameters: {c: 5, q: {parameterReference: body/z}}}}
        - {name: file, in: query, type: string, x-ms-dynamic-values: {capability: file-picker}}
        - {name: old, in: query, type: array, items: {type: string}, x-ms-dynamic-values: {operationId: Gone, value-path: x}}
      responses: {200: {description: d}}
  /b:
    get: {operationId: B, responses: {200: {description: d}}}
",
    );
    let choices = &find(&lowered, "A").extensions.choices;
    assert_eq!(choices.len(), 1);
    let only = &choices[0];
    assert_eq!(only.function.as_str(), "options_for_a_p");
    assert_eq!(only.ty, Type::Scalar(Scalar::I64));
    assert_eq!(
        (
            only.items.as_str(),
            only.value.as_str(),
            only.title.as_str()
        ),
        ("i", "v", "t")
    );
    let expected = [
        ("c".to_owned(), Argument::Constant(5.into())),
        ("q".to_owned(), Argument::Chosen),
    ];
    assert_eq!(only.source.arguments, expected);
    assert!(lowered.has(Code::DynamicSourceMissing));
}

#[test]
fn pages_have_the_type_of_an_element() {
    let page = |extension: &str| {
        lowered(&format!(
            "  /l:\n    get:\n      operationId: L\n      x-ms-pageable: {extension}\n      responses: {{200: {{description: d, schema: {{type: object, properties: {{value: {{type: array, items: {{$ref: '#/definitions/Item'}}}}, data: {{type: object, properties: {{ids: {{type: array, items: {{type: string}}}}}}}}}}}}}}}}\n"
        ))
    };
    let lowered = page("{nextLinkName: '@odata.nextLink'}");
    let paging = find(&lowered, "L").extensions.paging.clone().unwrap();
    assert_eq!(paging.way, PagingWay::Link("@odata.nextLink".to_owned()));
    assert!(matches!(paging.item, Type::Model(_)));
    let lowered = page("{nextLinkName: next, itemName: data/ids}");
    let paging = find(&lowered, "L").extensions.paging.clone().unwrap();
    assert_eq!(paging.item, Type::STRING);
    assert!(
        find(&page("{nextLinkName: null}"), "L")
            .extensions
            .paging
            .is_none()
    );
}

#[test]
fn circles_in_bodies_and_answers_end() {
    let lowered = lowered(
        "  /a:
    post:
      operationId: A
      x-ms-trigger: single
      parameters: [{name: b, in: body, schema: {$ref: '#/definitions/Node'}}]
      responses: {200: {description: d, schema: {$ref: '#/definitions/Node'}}}
",
    );
    let schemas = &find(&lowered, "A").extensions.schemas;
    assert_eq!(schemas.len(), 2);
    assert!(!schemas[0].of_response && schemas[1].of_response);
}
