//! Power Platform connectors: where the values of connection parameters go, what operations require, tiers.

use serde_json::{Value, json};

use super::{Lowered, document};
use crate::diagnostics::Code;
use crate::model::{ConnectionParameter, Connector, OAuthGrant, SchemeKind, Tier};

/// A connector with the operations `A` and `B`, these schemes and properties, and further members of the root.
fn with_root(schemes: Value, properties: Value, root: Value) -> Lowered {
    let operation =
        |id: &str| json!({"operationId": id, "responses": {"200": {"description": "d"}}});
    let mut definition = json!({
        "swagger": "2.0",
        "info": {"title": "T", "version": "1"},
        "host": "acme.com",
        "paths": {"/a": {"get": operation("A")}, "/b": {"get": operation("B")}},
        "securityDefinitions": schemes,
        "x-connector-properties": properties,
    });
    for (key, value) in root.as_object().into_iter().flatten() {
        definition[key] = value.clone();
    }
    document(&definition.to_string())
}

fn connector(schemes: Value, parameters: Value, root: Value) -> Lowered {
    with_root(schemes, json!({"connectionParameters": parameters}), root)
}

impl Lowered {
    fn connector(&self) -> &Connector {
        self.api.connector.as_ref().unwrap()
    }

    /// Every parameter and its bindings: `set/name: key X, policy`.
    fn bindings(&self) -> Vec<String> {
        let sets = self.connector().parameter_sets.iter();
        let parameter = |set: &str, parameter: &ConnectionParameter| {
            let words: Vec<String> = parameter.bindings.iter().map(ToString::to_string).collect();
            let set = if set.is_empty() {
                String::new()
            } else {
                format!("{set}/")
            };
            format!("{set}{}: {}", parameter.wire, words.join(", "))
        };
        sets.flat_map(|set| set.parameters.iter().map(|one| parameter(&set.wire, one)))
            .collect()
    }

    /// The alternatives of the operation `A`, then those of `B` if they differ.
    fn required(&self) -> Vec<String> {
        let mut all = Vec::new();
        for operation in self.api.operations() {
            let alternatives = operation.security.iter().flatten();
            let alternatives: Vec<String> = alternatives
                .map(|alternative| {
                    let names: Vec<&str> =
                        alternative.iter().map(|one| one.scheme.as_str()).collect();
                    format!("[{}]", names.join(" & "))
                })
                .collect();
            let alternatives = alternatives.join(" ");
            if !all.contains(&alternatives) {
                all.push(alternatives);
            }
        }
        all
    }

    fn scheme(&self, name: &str) -> &SchemeKind {
        let mut schemes = self.api.security_schemes.iter();
        &schemes.find(|scheme| scheme.name == name).unwrap().kind
    }
}

fn api_key(name: &str) -> Value {
    json!({"type": "apiKey", "in": "header", "name": name})
}

/// A parameter that a connection can't do without.
fn required(kind: &str) -> Value {
    json!({"type": kind, "uiDefinition": {"constraints": {"required": "true"}}})
}

fn secret() -> Value {
    required("securestring")
}

fn text() -> Value {
    required("string")
}

fn token(host: &str) -> Value {
    json!({"type": "oauthSetting", "oAuthSettings": {"customParameters": {
        "authorizationUrl": {"value": format!("https://{host}/auth")},
        "tokenUrl": {"value": format!("https://{host}/token")},
    }}})
}

fn basic() -> Value {
    json!({"type": "basic"})
}

fn header(name: &str, value: &str) -> Value {
    json!({"templateId": "setheader", "parameters": {"name": name, "value": value}})
}

#[test]
fn account_signs_with_its_key_although_a_policy_reads_the_account() {
    let shared_key = json!({"k": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-connector-scheme": "azureSharedKey",
    }});
    let host = json!({"templateId": "dynamichosturl", "parameters": {
        "urlTemplate": "https://@connectionParameters('accountName').@connectionParameters('suffix')",
    }});
    let of = |parameters: Value| {
        let properties = json!({
            "connectionParameters": parameters,
            "policyTemplateInstances": [host],
        });
        with_root(shared_key.clone(), properties, json!({}))
    };
    let bound = of(json!({"accountName": text(), "suffix": text(), "accessKey": secret()}));
    assert_eq!(
        bound.bindings(),
        [
            "accountName: username k, policy",
            "suffix: policy",
            "accessKey: password k"
        ]
    );
    assert_eq!(bound.required(), ["[k]"]);
    // Nothing says which of two secrets is the key.
    let unbound = of(json!({"accountName": text(), "one": secret(), "other": secret()}));
    assert_eq!(
        unbound.bindings(),
        ["accountName: policy", "one: ", "other: "]
    );
}

#[test]
fn the_five_rules_bind_whatever_security_says() {
    let of = connector(
        json!({"API Key": api_key("X-Key")}),
        json!({"ApiKey": secret()}),
        json!({"security": []}),
    );
    assert_eq!(of.bindings(), ["ApiKey: key API Key"]);
    assert_eq!(of.required(), ["[API Key]"]);
    let of = connector(
        json!({"b": basic()}),
        json!({"password": secret(), "UserName": text()}),
        json!({}),
    );
    assert_eq!(
        of.bindings(),
        ["password: password b", "UserName: username b"]
    );
    assert_eq!(of.required(), ["[b]"]);
    let of = connector(
        json!({"o": {"type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://x", "tokenUrl": "https://y", "scopes": {"s": ""}}}),
        json!({"token": token("idp.example"), "token:TenantId": text()}),
        json!({"security": [{"o": ["s"]}]}),
    );
    assert_eq!(
        of.bindings(),
        ["token: oauth o", "token:TenantId: exchange TenantId"]
    );
    assert_eq!(of.required(), ["[o]"]);
    assert!(of.diagnostics.is_empty());
}

#[test]
fn tokens_without_a_scheme_get_one() {
    let of = connector(json!({}), json!({"token": token("idp.example")}), json!({}));
    assert_eq!(of.bindings(), ["token: oauth token"]);
    assert_eq!(of.required(), ["[token]"]);
    let SchemeKind::OAuth2(flows) = of.scheme("token") else {
        panic!()
    };
    let grant = OAuthGrant::AuthorizationCode {
        authorization_url: "https://idp.example/auth".to_owned(),
        token_url: "https://idp.example/token".to_owned(),
    };
    assert_eq!(flows[0].grant, grant);
}

#[test]
fn each_authorization_server_has_a_scheme() {
    let set = |name: &str, host: &str| json!({"name": name, "parameters": {"token": token(host)}});
    let sets = json!({"values": [set("eu", "eu.example"), set("us", "us.example"), set("other", "eu.example")]});
    let of = with_root(
        json!({}),
        json!({"connectionParameterSets": sets}),
        json!({}),
    );
    assert_eq!(
        of.bindings(),
        [
            "eu/token: oauth token_eu",
            "us/token: oauth token_us",
            "other/token: oauth token_eu",
        ]
    );
    assert_eq!(of.required(), ["[token_eu] [token_us]"]);
    let sets = &of.connector().parameter_sets;
    let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["Eu", "Us", "Other"]);
}

#[test]
fn sets_are_alternatives() {
    let sets = json!({"values": [
        {"name": "key", "parameters": {"api_key": secret()}},
        {"name": "person", "parameters": {"username": text(), "password": secret()}},
    ]});
    let of = with_root(
        json!({"b": basic(), "k": api_key("X-Key")}),
        json!({"connectionParameterSets": sets}),
        json!({"security": [{"b": [], "k": []}]}),
    );
    assert_eq!(of.required(), ["[k] [b]"]);
}

#[test]
fn parameters_that_are_named_like_a_scheme_or_its_header_are_its_key() {
    let of = connector(
        json!({"API Key": api_key("Authorization"), "Account": api_key("Account-Token")}),
        json!({"apiKey": secret(), "accountToken": text()}),
        json!({"security": [{"API Key": [], "Account": []}]}),
    );
    assert_eq!(
        of.bindings(),
        ["apiKey: key API Key", "accountToken: key Account"]
    );
    assert_eq!(of.required(), ["[API Key & Account]"]);
}

#[test]
fn of_several_places_for_a_key_the_first_that_is_required_is_taken() {
    let of = connector(
        json!({"a": api_key("A"), "b": api_key("B")}),
        json!({"api_key": secret()}),
        json!({"security": [{"b": []}, {"a": []}]}),
    );
    assert_eq!(of.bindings(), ["api_key: key b"]);
    assert_eq!(of.required(), ["[b]"]);
    assert!(of.has(Code::SecuritySchemeUnfed));
}

#[test]
fn the_only_secret_is_the_key_of_the_only_scheme() {
    let bindings = |schemes: Value, parameters: Value| {
        let properties = json!({
            "connectionParameters": parameters,
            "policyTemplateInstances": [header("X-Org", "@connectionParameters('org')")],
        });
        with_root(schemes, properties, json!({})).bindings()
    };
    let one = json!({"k": api_key("X-Key")});
    assert_eq!(
        bindings(one.clone(), json!({"pat": secret(), "org": secret()})),
        ["pat: key k", "org: policy"]
    );
    // Who could tell which?
    assert_eq!(
        bindings(one.clone(), json!({"pat": secret(), "pin": secret()})),
        ["pat: ", "pin: "]
    );
    assert_eq!(bindings(one, json!({"pat": text()})), ["pat: "]);
    // Another key is there already, and both are not required together.
    let two = json!({"k": api_key("X-Key"), "l": api_key("X-Other")});
    assert_eq!(
        bindings(two, json!({"api_key": secret(), "pat": secret()})),
        ["api_key: key k", "pat: "]
    );
}

#[test]
fn pairs_with_other_names_are_for_basic_if_it_is_plain_which_is_which() {
    let bindings =
        |parameters: Value| connector(json!({"b": basic()}), parameters, json!({})).bindings();
    assert_eq!(
        bindings(json!({"api_token": secret(), "email": text()})),
        ["api_token: password b", "email: username b"]
    );
    assert_eq!(
        bindings(json!({"accountSid": secret(), "authToken": secret()})),
        ["accountSid: username b", "authToken: password b"]
    );
    assert_eq!(
        bindings(json!({"one": secret(), "two": secret()})),
        ["one: ", "two: "]
    );
}

#[test]
fn a_user_name_and_a_password_without_a_scheme_are_for_basic() {
    let parameters = json!({"username": secret(), "password": secret()});
    let of = connector(json!({}), parameters.clone(), json!({}));
    assert_eq!(
        of.bindings(),
        ["username: username basic", "password: password basic"]
    );
    assert_eq!(of.required(), ["[basic]"]);
    assert!(of.has(Code::ConnectionParameterUnbound));
    // A policy takes them.
    let properties = json!({
        "connectionParameters": parameters,
        "policyTemplateInstances": [header("X-User", "@connectionParameters('username')@connectionParameters('password')")],
    });
    let of = with_root(json!({}), properties, json!({}));
    assert_eq!(of.bindings(), ["username: policy", "password: policy"]);
    assert!(of.api.security_schemes.is_empty() && of.diagnostics.is_empty());
}

#[test]
fn what_nothing_takes_is_reported() {
    let of = connector(json!({}), json!({"api_key": secret()}), json!({}));
    assert_eq!(of.bindings(), ["api_key: "]);
    let found = of.diagnostics.iter().next().unwrap();
    assert_eq!(found.code, Code::ConnectionParameterUnbound);
    assert_eq!(
        found.pointer.as_str(),
        "/x-connector-properties/connectionParameters/api_key"
    );
}

#[test]
fn keys_that_may_be_left_out_are_no_condition() {
    let of = connector(
        json!({"k": api_key("X-Key")}),
        json!({"api_key": {"type": "securestring"}}),
        json!({"security": [{"k": []}]}),
    );
    assert_eq!(of.required(), ["[k] []"]);
}

#[test]
fn schemes_that_nothing_feeds_make_no_call_impossible() {
    let of = connector(
        json!({"k": api_key("X-Key")}),
        json!({}),
        json!({"security": [{"k": []}]}),
    );
    assert_eq!(of.required(), ["[k] []"]);
    // A policy authenticates.
    let properties = json!({
        "connectionParameters": {"pat": secret()},
        "policyTemplateInstances": [header("x-key", "@connectionParameters('pat')")],
    });
    let of = with_root(
        json!({"k": api_key("X-Key")}),
        properties,
        json!({"security": [{"k": []}]}),
    );
    assert_eq!(of.bindings(), ["pat: policy"]);
    assert_eq!(of.required(), ["[]"]);
    assert!(of.has(Code::SecuritySchemeUnfed));
}

#[test]
fn a_policy_that_completes_a_key_does_not_replace_it() {
    let properties = json!({
        "connectionParameters": {"api_key": secret()},
        "policyTemplateInstances": [header("Authorization", "Bearer @headers('authorization')")],
    });
    let of = with_root(
        json!({"k": api_key("Authorization")}),
        properties,
        json!({}),
    );
    assert_eq!(of.bindings(), ["api_key: key k"]);
    assert_eq!(of.required(), ["[k]"]);
}

#[test]
fn an_operation_that_needs_nothing_may_be_called_without() {
    let login = json!({
        "/a": {"get": {"operationId": "A", "responses": {"200": {"description": "d"}}}},
        "/b": {"post": {"operationId": "B", "security": [], "responses": {"200": {"description": "d"}}}},
    });
    let schemes = json!({"k": api_key("X-Key")});
    let parameters = json!({"api_key": secret()});
    let of = connector(
        schemes.clone(),
        parameters.clone(),
        json!({"security": [{"k": []}], "paths": login}),
    );
    assert_eq!(of.required(), ["[k]", "[k] []"]);
    // Where the document requires nothing at all, that says nothing.
    let of = connector(schemes, parameters, json!({"security": [], "paths": login}));
    assert_eq!(of.required(), ["[k]"]);
}

#[test]
fn a_definition_alone_keeps_its_requirements() {
    let definition = json!({
        "swagger": "2.0", "info": {"title": "T", "version": "1"}, "host": "acme.com",
        "paths": {"/a": {"get": {"operationId": "A", "responses": {"200": {"description": "d"}}}}},
        "securityDefinitions": {"k": api_key("X-Key")}, "security": [{"k": []}],
        "x-ms-capabilities": {"testConnection": {"operationId": "a"}},
    });
    let of = document(&definition.to_string());
    assert_eq!(of.required(), ["[k]"]);
    assert_eq!(of.connector().test_connection.as_deref(), Some("A"));
}

#[test]
fn parameters_are_named_without_what_they_are_for_and_required_ones_come_first() {
    let of = connector(
        json!({}),
        json!({"zone": {"type": "string"}, "token:TenantId": text(), "tenantId": text(), "token": token("idp.example")}),
        json!({}),
    );
    let [set] = of.connector().parameter_sets.as_slice() else {
        panic!()
    };
    let names: Vec<&str> = set.parameters.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["tenant_id", "tenant_id2", "token", "zone"]);
    assert_eq!(set.name.as_str(), "ConnectionParameters");
}

#[test]
fn the_hardest_requirement_is_the_tier() {
    let tier = |policies: Value, script: Value| {
        let properties = json!({"policyTemplateInstances": policies, "scriptOperations": ["A"]});
        let root = json!({"x-connector-script": script});
        with_root(json!({}), properties, root).connector().tier
    };
    let none = json!({"text": "return await this.Context.SendAsync(this.Context.Request);"});
    let reshapes = json!({"text": "await this.Context.SendAsync(r); response.Content = CreateJsonContent(x);"});
    let rewrites =
        json!({"text": "request.Method = HttpMethod.Put; await this.Context.SendAsync(request);"});
    let set = header("a", "b");
    let answer = json!({"templateId": "setheader", "parameters": {"name": "a", "value": "b", "policySection": "Response"}});
    let route = json!({"templateId": "routerequesttoendpoint", "parameters": {"newPath": "/x"}});
    let property = json!({"templateId": "setproperty", "parameters": {
        "newPropertyParentPathTemplate": "@body()", "newPropertySubPathTemplate": "a", "propertyValuePathTemplate": "b"}});
    let link =
        json!({"templateId": "updatenextlink", "parameters": {"nextLinkPropertyName": "next"}});
    assert_eq!(tier(json!([link, answer]), none.clone()), Tier::Plain);
    assert_eq!(tier(json!([set]), none.clone()), Tier::Policies);
    assert_eq!(tier(json!([route, set]), none.clone()), Tier::Routing);
    assert_eq!(tier(json!([property, route]), none), Tier::Bodies);
    assert_eq!(tier(json!([route]), reshapes), Tier::ScriptResponses);
    assert_eq!(tier(json!([route]), rewrites.clone()), Tier::ScriptSome);
    let all = with_root(
        json!({}),
        json!({}),
        json!({"x-connector-script": rewrites}),
    );
    assert_eq!(all.connector().tier, Tier::ScriptAll);
    let gateway = connector(
        json!({}),
        json!({"g": {"type": "gatewaySetting"}}),
        json!({}),
    );
    assert_eq!(gateway.connector().tier, Tier::Gateway);
    assert!(gateway.diagnostics.is_empty());
}

#[test]
fn operations_say_what_is_not_carried_out() {
    let of = with_root(
        json!({}),
        json!({
            "scriptOperations": ["b"],
            "policyTemplateInstances": [
                {"templateId": "mystery", "parameters": {"operationName": ["A"]}},
                {"templateId": "mystery", "parameters": {}},
            ],
        }),
        json!({}),
    );
    let seen: Vec<(bool, usize)> = of
        .api
        .operations()
        .map(|operation| {
            let extensions = &operation.extensions;
            (extensions.scripted, extensions.unknown_policies.len())
        })
        .collect();
    assert_eq!(seen, [(false, 1), (true, 1)]);
}
