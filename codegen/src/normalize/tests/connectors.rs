//! Power Platform connectors: parameters, policies, scripts.

use serde_json::{Value, json};

use super::{Outcome, try_document};
use crate::diagnostics::Code;
use crate::model::{AllowedValue, ConnectionParameterKind as Kind, Section};
use crate::normalize::{ConnectionParameter, Connector};

/// A document with the operations `List`, `Get` and `post-one`, and further members of the root.
pub(super) fn connector(members: &Value) -> Outcome {
    let operation = |id: &str| {
        json!({
            "operationId": id,
            "responses": {"200": {"description": "d", "schema": {"$ref": "#/definitions/Thing"}}},
        })
    };
    let mut document = json!({
        "swagger": "2.0",
        "info": {"title": "T", "version": "1"},
        "host": "acme.com",
        "paths": {
            "/things": {"get": operation("List"), "post": operation("post-one")},
            "/things/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "type": "string"}],
                "get": operation("Get"),
            },
        },
        "definitions": {"Thing": {"type": "object", "properties": {"id": {"type": "string"}}}},
    });
    for (key, value) in members.as_object().into_iter().flatten() {
        document[key] = value.clone();
    }
    try_document(&document.to_string()).unwrap()
}

pub(super) fn properties(properties: Value) -> Outcome {
    connector(&json!({"x-connector-properties": properties}))
}

impl Outcome {
    fn connector(&self) -> &Connector {
        self.normalized.connector.as_ref().unwrap()
    }

    pub(super) fn parameters(&self) -> &[ConnectionParameter] {
        match self.connector().parameter_sets.as_slice() {
            [set] => &set.parameters,
            sets => panic!("{} sets", sets.len()),
        }
    }

    fn names(&self) -> Vec<&str> {
        let names = self.parameters().iter().map(|one| one.name.as_str());
        names.collect()
    }
}

fn parameters(parameters: Value) -> Outcome {
    properties(json!({"connectionParameters": parameters}))
}

fn policies(policies: Value) -> Outcome {
    properties(json!({
        "connectionParameters": {"Region": {"type": "string"}, "api_key": {"type": "securestring"}},
        "policyTemplateInstances": policies,
    }))
}

fn policy(id: &str, parameters: Value) -> Outcome {
    policies(json!([{"templateId": id, "title": "t", "parameters": parameters}]))
}

#[test]
fn a_document_without_members_of_its_own_is_no_connector() {
    assert!(connector(&json!({})).normalized.connector.is_none());
}

#[test]
fn types_are_read_in_any_letter_case() {
    let of = parameters(json!({
        "a": {"type": "SecureString"},
        "b": {"type": "string"},
        "c": {"type": "oAuthSetting", "oAuthSettings": {}},
        "d": {"type": "gatewaySetting"},
        "e": {"type": "string", "uiDefinition": {"constraints": {"clearText": "false"}}},
        "f": {"type": "int"},
    }));
    let kinds: Vec<&Kind> = of.parameters().iter().map(|one| &one.kind).collect();
    assert!(matches!(
        kinds[..],
        [
            Kind::Secret,
            Kind::Text,
            Kind::OAuth(_),
            Kind::Gateway,
            Kind::Secret,
            Kind::Text
        ]
    ));
    assert!(of.findings().contains(
        &"connection-parameter-invalid /x-connector-properties/connectionParameters/f".to_owned()
    ));
}

#[test]
fn constraints_are_read_wherever_they_stand() {
    let of = parameters(json!({
        "host": {
            "type": "string",
            "defaultValue": "eu",
            "uiDefinition": {
                "displayName": "Host", "description": "Where it is", "tooltip": "Where it is",
                "constraints": {
                    "required": "true", "tabIndex": "2",
                    "allowedValues": [{"text": "Europe", "value": "eu"}, {"value": "us"}, "asia", "asia"],
                },
            },
        },
        "key": {"type": "securestring", "uiDefinition": {"constraints": {"required": true, "tabIndex": 1}}},
        "only": {
            "type": "string",
            "uiDefinition": {"constraints": {"required": "true", "hidden": "true", "allowedValues": ["x"]}},
        },
        "gate": {
            "type": "string",
            "uiDefinition": {"constraints": {"required": "true", "capability": ["gateway"]}},
        },
    }));
    assert_eq!(of.names(), ["key", "host", "only", "gate"]);
    let [key, host, only, gate] = of.parameters() else {
        panic!()
    };
    assert!(key.required && !host.required && !only.required && !gate.required);
    assert_eq!(host.default.as_deref(), Some("eu"));
    assert_eq!(host.docs.description.as_deref(), Some("Where it is"));
    assert_eq!(only.default.as_deref(), Some("x"));
    let value = |wire: &str, title: Option<&str>| AllowedValue {
        wire: wire.to_owned(),
        title: title.map(str::to_owned),
    };
    assert_eq!(
        host.values,
        [
            value("eu", Some("Europe")),
            value("us", None),
            value("asia", None)
        ]
    );
}

#[test]
fn sets_count_before_plain_parameters() {
    let of = properties(json!({
        "connectionParameters": {"a": {"type": "string"}},
        "connectionParameterSets": {
            "uiDefinition": {},
            "values": [
                {"name": "one", "uiDefinition": {"displayName": "One"}, "parameters": {"b": {"type": "string"}}},
                {"parameters": {}},
            ],
        },
    }));
    let sets = &of.connector().parameter_sets;
    let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["one", "set2"]);
    assert_eq!(sets[0].docs.summary.as_deref(), Some("One"));
    assert_eq!(sets[0].parameters[0].name, "b");
}

#[test]
fn parameters_that_differ_in_letter_case_are_one() {
    let of = parameters(json!({"Key": {"type": "string"}, "key": {"type": "string"}}));
    assert_eq!(of.names(), ["Key"]);
    assert!(of.has(Code::ConnectionParameterInvalid));
}

#[test]
fn wrong_types_are_reported_and_never_fatal() {
    for broken in [
        json!([]),
        json!({"connectionParameters": [1], "policyTemplateInstances": {"a": 1}, "scriptOperations": 3}),
        json!({"connectionParameters": {"a": 1, "b": {"type": [], "uiDefinition": "x"}}}),
        json!({"connectionParameterSets": {"values": [1, {"name": {}, "parameters": []}]}}),
        json!({"policyTemplateInstances": [{"templateId": 7}, {"templateId": "setheader", "parameters": []}]}),
        json!({"connectionParameters": {"t": {"type": "oauthSetting", "oAuthSettings": {
            "identityProvider": [], "customParameters": 1, "scopes": {"a": 1}, "properties": 2, "additionalParameters": 1}}}}),
    ] {
        let of = properties(broken.clone());
        assert!(!of.findings().is_empty(), "{broken}");
    }
}

#[test]
fn every_policy_template_is_read() {
    let body = "@body()";
    let of = policies(json!([
        {"templateId": "dynamicHostUrl", "parameters": {"x-ms-apimTemplateParameter.urlTemplate": "https://@connectionParameters('region').acme.com/{dummy}"}},
        {"templateId": "dynamicsubdomain", "parameters": {"urlTemplate": "https://@queryParameters('host')"}},
        {"templateId": "routerequesttoendpoint", "parameters": {
            "x-ms-apimTemplate-operationName": ["get"],
            "x-ms-apimTemplateParameter.newPath": "/v1/things/{id}?@headers('q')",
            "x-ms-apimTemplateParameter.httpMethod": "@Request.OriginalHTTPMethod"}},
        {"templateId": "SETHEADER", "parameters": {
            "x-ms-apimTemplateParameter.name": "Authorization", "x-ms-apimTemplateParameter.value": "Bearer @connectionParameters('API_KEY', '')",
            "x-ms-apimTemplateParameter.existsAction": "Skip", "x-ms-apimTemplate-policySection": "Response"}},
        {"templateId": "setqueryparameter", "parameters": {"name": "v", "value": 2, "existsAction": "append"}},
        {"templateId": "setproperty", "parameters": {
            "newPropertyParentPathTemplate": body, "newPropertySubPathTemplate": "['@odata.type']", "propertyValuePathTemplate": "[{@body().a}]"}},
        {"templateId": "stringreplace", "parameters": {
            "propertyParentPath": "@body().references", "propertySubPath": "link", "sourceString": ".", "replacementString": "",
            "newPropertyPath": "@item().link"}},
        {"templateId": "convertobjecttoarray", "parameters": {
            "propertyParentPath": body, "propertySubPath": "null", "newPropertyPath": "@body().zones", "keyName": "k", "valueName": "v"}},
        {"templateId": "convertarraytoobject", "parameters": {
            "propertyParentPath": body, "propertySubPath": "list", "newPropertyPath": "@body().map", "keyWithinCollectionPath": "id", "retainKey": "true"}},
        {"templateId": "stringtoarray", "parameters": {
            "propertyParentPath": body, "propertySubPath": "list", "newPropertyPath": "@body().list", "delimiterList": ";", "childPropertyName": "id"}},
        {"templateId": "encodepropertyvalue", "parameters": {"propertyParentPath": body, "propertySubPath": "a.b", "newPropertyPath": "@item().b"}},
        {"templateId": "moveproperties", "parameters": {
            "srcParentPath": body, "srcSubPath": "custom", "dstParentPath": "body()", "dstSubPath": "null", "copyOnlySubProperties": "true"}},
        {"templateId": "moveproperties", "parameters": {"srcParentPath": "@body().a", "srcSubPath": "b", "dstParentPath": body}},
        {"templateId": "setvaluefromurl", "parameters": {
            "parameterTemplate": "@headers('If-Match')", "httpMethod": "GET", "parameterValueUrl": "/things/{id}",
            "parameterValuePathTemplate": "@body()['@odata.etag']"}},
        {"templateId": "updatenextlink", "parameters": {"nextLinkPropertyName": "@odata.nextLink"}},
        {"templateId": "pollingtrigger", "parameters": {
            "triggerConfig": {"since": "@{triggerBody().items[0].at}", "n": 1, "": "x"}, "triggerDataPath": "@triggerBody().items"}},
        {"templateId": "setconnectionstatustounauthenticated", "parameters": {"statusCode": 401}},
    ]));
    let policies: Vec<String> = of
        .connector()
        .policies
        .iter()
        .map(|policy| {
            let section = match policy.section {
                Section::Request => "request",
                Section::Response => "response",
            };
            format!("{section} {:?}: {:?}", policy.operations, policy.action)
        })
        .collect();
    insta::assert_snapshot!(policies.join("\n"));
    // The parameter without a name.
    assert_eq!(
        of.findings(),
        [
            "policy-invalid /x-connector-properties/policyTemplateInstances/15/parameters/triggerConfig"
        ]
    );
}

#[test]
fn unknown_templates_are_kept_by_their_id() {
    let of = policy("rewritebody", json!({"operationName": ["LIST"]}));
    let unknown = &of.connector().unknown_policies;
    assert_eq!(unknown[0].id, "rewritebody");
    assert_eq!(unknown[0].operations, ["List"]);
    assert!(of.connector().policies.is_empty() && of.has(Code::PolicyUnknown));
}

#[test]
fn policies_that_lack_something_are_left_out() {
    for (id, parameters) in [
        ("setheader", json!({"value": "x"})),
        ("setheader", json!({"name": " ", "value": "x"})),
        ("dynamichosturl", json!({})),
        ("dynamichosturl", json!({"urlTemplate": ""})),
        (
            "setconnectionstatustounauthenticated",
            json!({"statusCode": "soon"}),
        ),
        (
            "setvaluefromurl",
            json!({"parameterTemplate": "x", "parameterValueUrl": "/", "parameterValuePathTemplate": "@body()"}),
        ),
        (
            "setheader",
            json!({"name": "a", "value": "b", "policySection": "Failure"}),
        ),
    ] {
        let of = policy(id, parameters.clone());
        assert!(of.connector().policies.is_empty(), "{id} {parameters}");
        assert!(of.has(Code::PolicyInvalid), "{id} {parameters}");
    }
}

#[test]
fn spaces_of_a_value_count_and_keys_are_kept_unless_they_are_dropped() {
    let of = policies(json!([
        {"templateId": "setproperty", "parameters": {
            "newPropertyParentPathTemplate": "@body()", "newPropertySubPathTemplate": "orderHint", "propertyValuePathTemplate": " !"}},
        {"templateId": "convertarraytoobject", "parameters": {
            "propertyParentPath": "@body()", "propertySubPath": "a", "newPropertyPath": "@body().a", "keyWithinCollectionPath": "id", "retainKey": ""}},
    ]));
    let actions: Vec<String> = of
        .connector()
        .policies
        .iter()
        .map(|policy| format!("{:?}", policy.action))
        .collect();
    assert!(actions[0].contains(r#"Text(" !")"#), "{actions:?}");
    assert!(actions[1].contains("retain_key: true"), "{actions:?}");
}

#[test]
fn operations_are_found_in_any_letter_case_and_missing_ones_reported() {
    let header = |operations: Value| {
        let parameters =
            json!({"name": "a", "value": "b", "x-ms-apimTemplate-operationName": operations});
        policy("setheader", parameters)
    };
    let of = header(json!(["POST-ONE", "list", "List", "gone"]));
    assert_eq!(of.connector().policies[0].operations, ["post-one", "List"]);
    assert!(of.has(Code::PolicyInvalid));
    // A list of nothing would mean all.
    let of = header(json!(["gone"]));
    assert!(of.connector().policies.is_empty());
    let of = header(json!([]));
    assert!(of.connector().policies[0].operations.is_empty());
}

#[test]
fn undeclared_connection_parameters_and_odd_words_are_reported() {
    let of = policy(
        "setheader",
        json!({"name": "a", "value": "@connectionParameters('nowhere')@heders('x')", "existsAction": "delete"}),
    );
    let base = "/x-connector-properties/policyTemplateInstances/0/parameters";
    assert_eq!(
        of.findings(),
        [
            format!("expression-invalid {base}/value"),
            format!("policy-invalid {base}/existsAction"),
            format!("policy-invalid {base}"),
        ]
    );
}

#[test]
fn capabilities_and_metadata_are_read() {
    let of = connector(&json!({
        "x-connector-properties": {"publisher": "Acme"},
        "x-ms-capabilities": {"testConnection": {"operationId": "list", "parameters": {}}},
        "x-ms-connector-metadata": [
            {"propertyName": "Website", "propertyValue": "https://acme.com "},
            {"propertyName": "Empty", "propertyValue": ""},
        ],
    }));
    let connector = of.connector();
    assert_eq!(connector.publisher.as_deref(), Some("Acme"));
    assert_eq!(connector.test_connection.as_deref(), Some("List"));
    let website = ("Website".to_owned(), "https://acme.com".to_owned());
    assert_eq!(connector.metadata, [website]);
    let of = super::connectors::connector(&json!({
        "x-ms-capabilities": {"testConnection": {"operationId": "gone"}},
    }));
    assert_eq!(of.connector().test_connection, None);
    assert!(!of.connector().has_properties && of.has(Code::ConnectorPropertyInvalid));
}

/// What a script does to the answer of `List`.
const RESHAPES: &str = "await this.Context.SendAsync(r); response.Content = CreateJsonContent(x);";

fn scripted(properties: Value, text: Option<&str>) -> Outcome {
    let mut members = json!({"x-connector-properties": properties});
    if let Some(text) = text {
        members["x-connector-script"] = json!({"file": "script.csx", "text": text});
    }
    connector(&members)
}

#[test]
fn responses_that_a_script_reshapes_lose_their_type() {
    let schema = |of: &Outcome, path: &str| {
        let path = path.replace('/', "~1");
        of.at(&format!(
            "/paths/{path}/get/responses/200/content/application~1json/schema"
        ))
    };
    let of = scripted(json!({"scriptOperations": ["LIST"]}), Some(RESHAPES));
    assert_eq!(schema(&of, "/things"), json!({}));
    assert_ne!(schema(&of, "/things/{id}"), json!({}));
    assert!(of.connector().is_scripted("List") && !of.connector().is_scripted("Get"));
    assert!(of.has(Code::ScriptNotRun));
    let of = scripted(json!({}), Some(RESHAPES));
    assert_eq!(schema(&of, "/things/{id}"), json!({}));
    assert!(of.connector().is_scripted("Get"));
}

#[test]
fn a_list_alone_is_a_script_and_an_empty_list_is_none() {
    let of = scripted(json!({"script": {"operationIds": ["Get"]}}), None);
    let script = of.connector().script.as_ref().unwrap();
    assert_eq!(script.operations, ["Get"]);
    assert!(script.edits_requests && script.edits_responses);
    assert_eq!(
        scripted(json!({"scriptOperations": []}), None)
            .connector()
            .script,
        None
    );
    // The operations are gone: a list of none would mean all.
    let of = scripted(json!({"scriptOperations": ["gone"]}), Some(RESHAPES));
    assert_eq!(of.connector().script, None);
}
