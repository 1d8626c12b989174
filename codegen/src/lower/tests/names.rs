//! Names of models, modules, methods.

use super::{paths, received, sent};
use crate::diagnostics::Code;

const DONE: &str = "responses: {'204': {description: d}}";

/// `GET` operations, `tag operationId` each.
fn tagged(operations: &[(&str, &str)]) -> super::Lowered {
    let operations: String = operations
        .iter()
        .enumerate()
        .map(|(index, (tag, id))| {
            format!("/p{index}: {{get: {{tags: ['{tag}'], operationId: '{id}', {DONE}}}}}\n")
        })
        .collect();
    paths(&operations, "schemas: {}")
}

#[test]
fn methods_leave_out_the_name_of_their_tag() {
    let of = tagged(&[
        ("customers", "listCustomers"),
        ("customers", "getCustomer"),
        ("customers", "customers/archive-all"),
        ("companies", "getCompany"),
    ]);
    assert_eq!(
        of.functions(),
        [
            "customers.list",
            "customers.get",
            "customers.archive_all",
            "companies.get"
        ]
    );
}

#[test]
fn methods_keep_the_name_of_their_tag_where_the_rest_would_mislead() {
    let of = tagged(&[
        ("orders", "listOrders"),
        ("orders", "listCustomerOrders"),
        ("orders", "cancelOpenOrders"),
        ("orders", "GetOrdersOrder"),
        ("orders", "exportAllOrders"),
    ]);
    assert_eq!(
        of.functions(),
        [
            "orders.list",
            "orders.list_customer_orders",
            "orders.cancel_open_orders",
            "orders.get_orders_order",
            "orders.export_all"
        ]
    );
}

#[test]
fn methods_that_would_collide_keep_their_whole_name() {
    let of = tagged(&[("customers", "listCustomers"), ("customers", "list")]);
    assert_eq!(
        of.functions(),
        ["customers.list_customers", "customers.list"]
    );
}

#[test]
fn missing_operation_ids_are_made_of_method_and_path() {
    let of = paths(
        &format!("/customers/{{id}}/orders: {{get: {{{DONE}}}}}"),
        "schemas: {}",
    );
    assert_eq!(of.operation().id, "get_customers_by_id_orders");
    assert_eq!(of.functions(), ["customers.get_customers_by_id_orders"]);
}

#[test]
fn operation_ids_used_twice_get_a_number_and_a_warning() {
    let of = tagged(&[("a", "run"), ("a", "run"), ("b", "run")]);
    assert_eq!(of.functions(), ["a.run", "a.run2", "b.run"]);
    let ids: Vec<&str> = of
        .api
        .operations()
        .map(|operation| operation.id.as_str())
        .collect();
    assert_eq!(ids, ["run", "run2", "run3"]);
    assert!(of.has(Code::OperationIdDuplicate));
}

#[test]
fn tags_that_differ_in_case_or_signs_are_one_module() {
    let of = tagged(&[("Pet Store", "a"), ("pet-store", "b")]);
    assert_eq!(of.functions(), ["pet_store.a", "pet_store.b"]);
}

#[test]
fn operations_without_tags_are_grouped_by_path() {
    let of = paths(
        &format!("/v1/users/{{id}}: {{get: {{operationId: getUser, {DONE}}}}}"),
        "schemas: {}",
    );
    assert_eq!(of.functions(), ["users.get"]);
}

#[test]
fn modules_and_accessors_keep_clear_of_the_crates_own() {
    let of = tagged(&[
        ("models", "a"),
        ("client", "b"),
        ("builder", "c"),
        ("type", "d"),
        ("self", "e"),
        ("from_env", "f"),
    ]);
    let modules: Vec<_> = of.api.tags.iter().map(|tag| tag.module.as_str()).collect();
    assert_eq!(
        modules,
        [
            "models_api",
            "client_api",
            "builder_api",
            "type_",
            "self_",
            "from_env_api"
        ]
    );
}

#[test]
fn features_are_ascii_and_keep_clear_of_the_crates_own() {
    let of = tagged(&[
        ("Größe", "a"),
        ("日本", "b"),
        ("default", "c"),
        ("User Groups", "d"),
    ]);
    let features: Vec<_> = of.api.tags.iter().map(|tag| tag.feature.as_str()).collect();
    assert_eq!(features, ["gre", "group", "default-api", "user-groups"]);
}

#[test]
fn calls_are_named_apart_from_their_tags_handle() {
    let of = tagged(&[("pets", "pets")]);
    let tag = &of.api.tags[0];
    assert_eq!(
        [tag.handle.as_str(), tag.operations[0].builder.as_str()],
        ["Pets", "Pets2"]
    );
}

#[test]
fn models_that_shadow_the_prelude_are_renamed() {
    let of = received(
        "Option: {type: object, properties: {a: {type: string}}}\nX: {type: object, required: [o], properties: {o: {$ref: '#/components/schemas/Option'}}}",
    );
    assert_eq!(of.fields("X"), ["o: OptionModel"]);
}

#[test]
fn inline_schemas_are_named_after_where_they_are() {
    let of = received(
        "X: {type: object, properties: {address: {type: object, properties: {lines: {type: array, items: {type: object, properties: {a: {type: string}}}}}}}}",
    );
    assert_eq!(of.fields("X"), ["address: XAddress?"]);
    assert_eq!(of.fields("XAddress"), ["lines: Vec<XAddressLine>?"]);
}

#[test]
fn fields_are_identifiers_each_once() {
    let of = received(
        "X: {type: object, properties: {type: {type: string}, createdAt: {type: string}, created_at: {type: string}, 2fa: {type: string}, '': {type: string}, '@id': {type: string}, naïve: {type: string}, self: {type: string}}}",
    );
    let names: Vec<_> = of
        .object("X")
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "type_",
            "created_at",
            "created_at2",
            "value_2fa",
            "empty",
            "id",
            "naïve",
            "self_"
        ]
    );
}

#[test]
fn setters_keep_clear_of_what_structs_have() {
    let of = sent(
        "X: {type: object, properties: {new: {type: string}, clone: {type: string}, encode: {type: string}, default: {type: string}}}",
    );
    let setters: Vec<_> = of
        .object("X")
        .fields
        .iter()
        .map(|field| field.setter.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(
        setters,
        ["new_value", "clone_value", "encode_value", "default_value"]
    );
}

#[test]
fn elements_are_called_like_their_list_unless_something_else_is() {
    let list = "{type: array, items: {type: object, properties: {a: {type: string}}}}";
    let one = "{type: object, properties: {a: {type: string}}}";
    let of = received(&format!(
        "X: {{type: object, properties: {{labels: {list}, label: {one}, parts: {list}, data: {list}, value: {list}, routes: {list}}}}}\nXPart: {one}"
    ));
    assert_eq!(
        of.fields("X"),
        [
            "labels: Vec<XLabelsItem>?",
            "label: XLabel?",
            "parts: Vec<XPartsItem>?",
            "data: Vec<XDataItem>?",
            "value: Vec<XItem>?",
            "routes: Vec<XRoute>?"
        ]
    );
}

#[test]
fn namespaces_are_left_out_of_names_where_the_rest_is_free() {
    let of = received(
        "X: {type: object, properties: {a: {$ref: '#/components/schemas/Acme.Sales.Models.Order'}, b: {$ref: '#/components/schemas/Order'}, c: {$ref: '#/components/schemas/Acme.Sales.Models.Item'}}}\nAcme.Sales.Models.Order: {type: object, properties: {a: {type: string}}}\nOrder: {type: object, properties: {a: {type: string}}}\nAcme.Sales.Models.Item: {type: object, properties: {a: {type: string}}}",
    );
    assert_eq!(of.fields("X"), ["a: ModelsOrder?", "b: Order?", "c: Item?"]);
}
