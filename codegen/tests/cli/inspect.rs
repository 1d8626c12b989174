//! `connector-gen inspect`.

use crate::scratch::{DOCUMENT, Scratch, json};

#[test]
fn inspect_shows_what_a_document_holds() {
    let scratch = Scratch::new("inspect");
    let run = scratch.run(&["inspect", "acme.yaml"]).exits(0);
    for expected in [
        "Acme API 1.4.0 (OpenAPI 3.0.3)\n",
        "crate `acme-api`: 2 operations in 1 module, 1 model;",
        "  https://{region}.acme.com  region=eu (eu, us)\n",
        "  key  API key in the header `X-Api-Key`\n",
        "  GET     /customers       client.customers().list()\n",
        "  DELETE  /customers/{id}  client.customers().delete()  (deprecated)\n",
    ] {
        assert!(
            run.stdout.contains(expected),
            "{expected:?} is missing:\n{}",
            run.stdout
        );
    }
    assert_eq!(scratch.names(), ["acme.yaml"]);
    assert_eq!(run.stderr, "");
}

#[test]
fn inspect_shows_what_a_connector_takes() {
    let scratch = Scratch::new("inspect-connector");
    let document = r#"{
        "swagger": "2.0", "info": {"title": "T", "version": "1"}, "host": "acme.com",
        "paths": {"/a": {"get": {"operationId": "A", "responses": {"200": {"description": "d"}}}}},
        "securityDefinitions": {"k": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "x-connector-properties": {
            "scriptOperations": ["A"],
            "connectionParameters": {"api_key": {"type": "securestring"}, "note": {"type": "string"}},
            "policyTemplateInstances": [
                {"templateId": "mystery", "parameters": {}},
                {"templateId": "setheader", "parameters": {"name": "a", "value": "@connectionParameters('api_key')"}}
            ]
        }
    }"#;
    let report = scratch.run_with_input(&["inspect", "-", "--json"], document);
    assert_eq!(
        json(&report.exits(0).stdout)["connector"],
        serde_json::json!({
            "tier": "5",
            "tier_meaning": "all operations need a hook in place of the script",
            "parameters": [
                {"set": "", "name": "api_key", "kind": "secret", "required": false, "bindings": ["key k", "policy"]},
                {"set": "", "name": "note", "kind": "text", "required": false, "bindings": []},
            ],
            "policies": 1, "unknown_policies": ["mystery"], "scripted": 1,
        })
    );
    let run = scratch.run_with_input(&["inspect", "-"], document);
    let expected = "
Connector
  tier 5: all operations need a hook in place of the script
  api_key  secret   to key k, policy (optional)
  note     text     to nowhere (optional)
  policies: 1
  policies that are not carried out: mystery
  operations that go through a script: 1
";
    let text = run.exits(0).stdout;
    assert!(text.contains(expected), "{text}");
}

#[test]
fn inspect_shows_streams_and_what_the_api_sends() {
    let scratch = Scratch::new("inspect-webhooks");
    let document = r##"{
        "openapi": "3.0.3", "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"post": {
            "operationId": "watch",
            "responses": {"200": {"description": "d", "content": {"text/event-stream": {}}}},
            "callbacks": {"done": {"{$request.body#/url}": {"put": {
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}
            }}}}
        }}},
        "x-webhooks": {"news": {"post": {
            "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}
        }}}
    }"##;
    let text = scratch.run_with_input(&["inspect", "-"], document);
    let text = text.exits(0).stdout;
    let expected =
        "\nStreams\n  watch: events\n\nWebhooks\n  news: POST\n  done: PUT, after watch\n";
    assert!(text.contains(expected), "{text}");
    let report = scratch.run_with_input(&["inspect", "-", "--json"], document);
    let report = json(&report.exits(0).stdout);
    assert_eq!(report["operations"][0]["stream"], "events");
    assert_eq!(
        report["webhooks"],
        serde_json::json!([
            {"name": "news", "method": "POST", "type": "News", "pointer": "/x-webhooks/news/post"},
            {
                "name": "done", "method": "PUT", "type": "WatchDone", "callback_of": "watch",
                "pointer": "/paths/~1a/post/callbacks/done/{$request.body#~1url}/put",
            },
        ])
    );
}

#[test]
fn inspect_gives_json_when_asked_and_explains_failures() {
    let scratch = Scratch::new("inspect-json");
    let report = json(
        &scratch
            .run_with_input(&["inspect", "-", "--json"], DOCUMENT)
            .exits(0)
            .stdout,
    );
    assert_eq!(report["operations"][0]["call"], "client.customers().list()");
    assert_eq!(report["document"]["name"], "<stdin>");
    scratch.write("broken.json", "{\"openapi\": }");
    let run = scratch.run(&["inspect", "broken.json"]).exits(1);
    assert!(run.stderr.contains("broken.json:1:"), "{run:?}");
}
