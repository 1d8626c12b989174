//! Which models requests contain, which responses contain, and which tags reach them.

use std::collections::HashSet;

use crate::model::{
    Api, BodyKind, Field, ModelId, ModelKind, Operation, Outcome, Output, Presence, TriggerKind,
    Type,
};

/// Marks every model with its uses and settles what depends on them.
pub(super) fn settle(api: &mut Api) {
    let edges: Vec<Vec<ModelId>> = api
        .models
        .iter()
        .map(|model| model.kind.named_models())
        .collect();
    for tag in 0..api.tags.len() {
        let mut sent = Vec::new();
        let mut received = Vec::new();
        for operation in &api.tags[tag].operations {
            roots(operation, &mut sent, &mut received);
        }
        let sent = reachable(&edges, sent);
        let received = reachable(&edges, received);
        for (index, model) in api.models.iter_mut().enumerate() {
            let id = ModelId::new(index);
            model.in_request |= sent.contains(&id);
            model.in_response |= received.contains(&id);
            if sent.contains(&id) || received.contains(&id) {
                model.tags.push(tag);
            }
        }
    }
    let webhooks = api.webhooks.iter().flat_map(|webhooks| &webhooks.all);
    let mut sent = Vec::new();
    for webhook in webhooks {
        webhook.event.for_each_model(&mut |id| sent.push(id));
    }
    for id in reachable(&edges, sent) {
        let model = &mut api.models[id.index()];
        (model.in_response, model.in_webhook) = (true, true);
    }
    for model in &mut api.models {
        if let ModelKind::Struct(object) = &mut model.kind {
            for field in &mut object.fields {
                settle_field(field, model.in_request, model.in_response);
            }
        }
    }
}

/// Null and absent are only told apart where someone can send either; what one direction
/// never carries is optional if the model goes both ways.
fn settle_field(field: &mut Field, in_request: bool, in_response: bool) {
    if field.presence == Presence::Patch && !in_request {
        field.presence = Presence::Optional;
    }
    if field.read_only && in_request {
        field.setter = None;
        field.in_new = false;
        field.constant = None;
        field.fixed = None;
        field.presence = Presence::Optional;
    }
    if field.write_only && in_response && field.presence == Presence::Required {
        field.presence = Presence::Optional;
        field.constant = None;
    }
}

fn roots(operation: &Operation, sent: &mut Vec<ModelId>, received: &mut Vec<ModelId>) {
    let mut add = |ty: &Type| ty.for_each_model(&mut |id| sent.push(id));
    for parameter in &operation.parameters {
        add(&parameter.ty);
    }
    for body in &operation.bodies {
        match &body.kind {
            BodyKind::Json(ty) | BodyKind::Form(ty) => add(ty),
            BodyKind::Multipart(Some(id)) => add(&Type::Model(*id)),
            BodyKind::Multipart(None) | BodyKind::Text | BodyKind::Binary => {}
        }
    }
    let mut add = |ty: &Type| ty.for_each_model(&mut |id| received.push(id));
    let mut outcome = |outcome: &Outcome| {
        if let Outcome::Json(ty)
        | Outcome::Events(ty)
        | Outcome::EventObjects(ty)
        | Outcome::Lines(ty) = outcome
        {
            add(ty);
        }
    };
    match &operation.output {
        Output::One(one) => outcome(one),
        Output::ByStatus { outcomes, .. } => outcomes.iter().for_each(|(_, _, one)| outcome(one)),
    }
    if let Some(stream) = &operation.stream {
        outcome(&stream.outcome);
    }
    operation
        .errors
        .iter()
        .filter_map(|error| error.ty.as_ref())
        .for_each(&mut add);
    operation.headers.iter().for_each(|header| add(&header.ty));
    if let Some(trigger) = &operation.extensions.trigger {
        let (TriggerKind::Webhook { event, .. } | TriggerKind::Polling { event, .. }) =
            &trigger.kind;
        add(event);
    }
}

fn reachable(edges: &[Vec<ModelId>], roots: Vec<ModelId>) -> HashSet<ModelId> {
    let mut seen = HashSet::new();
    let mut open = roots;
    while let Some(id) = open.pop() {
        if seen.insert(id)
            && let Some(next) = edges.get(id.index())
        {
            open.extend(next);
        }
    }
    seen
}
