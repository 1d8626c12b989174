//! What the API sends.

use super::*;

const HEAD: &str = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n";

/// The webhooks of a document, `Type METHOD Event`.
fn webhooks(lowered: &Lowered) -> Vec<String> {
    let all = lowered.api.webhooks.iter().flat_map(|of| &of.all);
    all.map(|of| format!("{} {} {}", of.ty, of.method, lowered.show(&of.event)))
        .collect()
}

#[test]
fn webhook_is_named_after_itself_and_its_method_where_there_are_several() {
    let body =
        "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}";
    let lowered = document(&format!(
        "{HEAD}webhooks:\n  newPet: {{post: {{{body}}}}}\n  pet-gone: {{post: {{{body}}}, put: {{{body}}}}}\ncomponents: {{schemas: {{Pet: {{type: object}}}}}}\n"
    ));
    assert_eq!(
        webhooks(&lowered),
        [
            "NewPet POST Pet",
            "PetGonePut PUT Pet",
            "PetGonePost POST Pet"
        ]
    );
    assert!(lowered.model("Pet").in_webhook);
}

#[test]
fn callback_belongs_to_its_operation() {
    let lowered = operation(
        "operationId: order\nrequestBody: {content: {application/json: {schema: {type: object}}}}\nresponses: {'204': {description: d}}\ncallbacks: {shipped: {'{$request.body#/url}': {post: {requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {id: {type: string}}}}}}}}}}",
    );
    assert_eq!(webhooks(&lowered), ["OrderShipped POST ShippedEvent"]);
    let webhook = &lowered.api.webhooks.as_ref().unwrap().all[0];
    assert!(webhook.is_form);
    let callback = webhook.callback.as_ref().unwrap();
    assert_eq!(
        (callback.operation.as_str(), callback.expression.as_str()),
        ("order", "{$request.body#/url}")
    );
}

#[test]
fn webhook_without_a_body_that_can_be_read_is_noted() {
    let lowered = document(&format!(
        "{HEAD}webhooks: {{picture: {{post: {{requestBody: {{content: {{image/png: {{}}}}}}}}}}}}\n"
    ));
    assert!(lowered.api.webhooks.is_none());
    assert!(lowered.has(Code::WebhookSkipped));
}

#[test]
fn tags_have_their_names_before_webhooks() {
    let lowered = document(&format!(
        "{HEAD}paths: {{/webhooks: {{get: {{operationId: list, responses: {{'204': {{description: d}}}}}}}}}}\nwebhooks: {{ping: {{post: {{requestBody: {{content: {{application/json: {{}}}}}}}}}}}}\n"
    ));
    assert_eq!(lowered.api.tags[0].module.as_str(), "webhooks");
    let webhooks = lowered.api.webhooks.as_ref().unwrap();
    assert_ne!(webhooks.module.as_str(), "webhooks");
    assert_ne!(webhooks.feature, lowered.api.tags[0].feature);
    assert_eq!(lowered.show(&webhooks.all[0].event), "Value");
}
