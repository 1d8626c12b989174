//! Responses of operations whose script makes something else of them than the API sends.

use openapiv3::{
    AnySchema, Components, MediaType, OpenAPI, ReferenceOr, Response, Responses, Schema,
    SchemaData, SchemaKind, StatusCode,
};

use super::covers;

/// Takes the schema from every JSON answer to a successful call of these operations: what the document says of it is true only
/// behind the script.
pub(super) fn forget_responses(openapi: &mut OpenAPI, operations: &[String]) {
    let components = openapi.components.as_ref();
    for item in openapi.paths.paths.values_mut() {
        let ReferenceOr::Item(item) = item else {
            continue;
        };
        let methods = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.options,
            &mut item.head,
            &mut item.patch,
            &mut item.trace,
        ];
        for operation in methods.into_iter().filter_map(Option::as_mut) {
            let id = operation.operation_id.as_deref().unwrap_or_default().trim();
            if covers(operations, id) {
                forget(&mut operation.responses, components);
            }
        }
    }
}

fn forget(responses: &mut Responses, components: Option<&Components>) {
    let successes = responses
        .responses
        .iter_mut()
        .filter(|(status, _)| is_success(status))
        .map(|(_, response)| response);
    // Answers that no status is named for may be errors, and stay as they are if there is another answer.
    let mut all: Vec<&mut ReferenceOr<Response>> = successes.collect();
    if all.is_empty() {
        all.extend(&mut responses.default);
    }
    for response in all {
        if let Some(mut own) = resolved(response, components) {
            for (name, content) in &mut own.content {
                if name.to_ascii_lowercase().contains("json") {
                    content.schema = Some(anything());
                }
            }
            *response = ReferenceOr::Item(own);
        }
    }
}

fn is_success(status: &StatusCode) -> bool {
    match status {
        StatusCode::Code(code) => (200..300).contains(code),
        StatusCode::Range(range) => *range == 2,
    }
}

/// The response itself if it has content with a schema.
fn resolved(response: &ReferenceOr<Response>, components: Option<&Components>) -> Option<Response> {
    let found = match response {
        ReferenceOr::Item(response) => response,
        ReferenceOr::Reference { reference } => {
            let key = reference.rsplit('/').next()?;
            let key = key.replace("~1", "/").replace("~0", "~");
            match components?.responses.get(&key)? {
                ReferenceOr::Item(response) => response,
                ReferenceOr::Reference { .. } => return None,
            }
        }
    };
    let typed = |content: &MediaType| content.schema.is_some();
    found.content.values().any(typed).then(|| found.clone())
}

fn anything() -> ReferenceOr<Schema> {
    ReferenceOr::Item(Schema {
        schema_data: SchemaData::default(),
        schema_kind: SchemaKind::Any(AnySchema::default()),
    })
}
