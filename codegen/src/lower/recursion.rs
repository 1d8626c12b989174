//! Types that contain themselves: where a `Box` has to stand, and what can't be written at all.

use crate::diagnostics::{Code, Diagnostics, Pointer};
use crate::model::{Model, ModelId, ModelKind, Type};

/// Breaks every circle of types that hold each other by value.
pub(super) fn break_circles(models: &mut [Model], diagnostics: &mut Diagnostics) {
    break_aliases(models, diagnostics);
    let edges: Vec<Vec<usize>> = models.iter().map(|model| held(&model.kind)).collect();
    let components = components(&edges);
    for (index, model) in models.iter_mut().enumerate() {
        let is_circle = |id: ModelId| {
            let target = id.index();
            components[target] == components[index]
                && (target != index || edges[index].contains(&index))
        };
        match &mut model.kind {
            ModelKind::Struct(object) => object
                .fields
                .iter_mut()
                .for_each(|field| indirect(&mut field.ty, &is_circle)),
            ModelKind::Union(union) => union
                .variants
                .iter_mut()
                .for_each(|variant| indirect(&mut variant.ty, &is_circle)),
            ModelKind::Alias(ty) => indirect(ty, &is_circle),
            ModelKind::StringEnum(_) | ModelKind::IntegerEnum(_) | ModelKind::Form(_) => {}
        }
    }
}

/// Unions hold their structs in a `Box`, so that one large arm does not make all large.
pub(super) fn box_variants(models: &mut [Model]) {
    let structs: Vec<bool> = models
        .iter()
        .map(|model| matches!(model.kind, ModelKind::Struct(_)))
        .collect();
    for model in models {
        let ModelKind::Union(union) = &mut model.kind else {
            continue;
        };
        for variant in &mut union.variants {
            if matches!(variant.ty, Type::Model(id) if structs[id.index()]) {
                variant.ty = Type::Boxed(Box::new(variant.ty.clone()));
            }
        }
    }
}

/// How deep models lie inside each other at most, counted along one depth-first walk.
///
/// rustc walks types the same way when it checks what dropping them drops.
pub(super) fn depth(models: &[Model]) -> usize {
    let edges: Vec<Vec<usize>> = models
        .iter()
        .map(|model| {
            model
                .kind
                .named_models()
                .into_iter()
                .map(ModelId::index)
                .collect()
        })
        .collect();
    let mut seen = vec![false; edges.len()];
    let mut deepest = 0;
    for root in 0..edges.len() {
        if seen[root] {
            continue;
        }
        seen[root] = true;
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.last_mut() {
            match edges[*node].get(*next) {
                Some(&target) => {
                    *next += 1;
                    if !seen[target] {
                        seen[target] = true;
                        stack.push((target, 0));
                        deepest = deepest.max(stack.len());
                    }
                }
                None => {
                    stack.pop();
                }
            }
        }
    }
    deepest
}

/// A type alias that leads back to itself has no meaning in Rust; it becomes any JSON.
fn break_aliases(models: &mut [Model], diagnostics: &mut Diagnostics) {
    let edges: Vec<Vec<usize>> = models
        .iter()
        .map(|model| match &model.kind {
            ModelKind::Alias(ty) => {
                let mut ids = Vec::new();
                ty.for_each_model(&mut |id| ids.push(id.index()));
                ids.retain(|id| matches!(models[*id].kind, ModelKind::Alias(_)));
                ids
            }
            _ => Vec::new(),
        })
        .collect();
    let components = components(&edges);
    for (index, model) in models.iter_mut().enumerate() {
        let circular = edges[index]
            .iter()
            .any(|target| components[*target] == components[index]);
        if circular {
            let name = model.component.clone().unwrap_or_default();
            let pointer = Pointer::from_tokens(["components", "schemas", name.as_str()]);
            diagnostics.warn(
                Code::AliasCircular,
                &pointer,
                "the schema consists of nothing but itself; it becomes any JSON",
            );
            model.kind = ModelKind::Alias(Type::Value);
        }
    }
}

/// The models that are part of a value, not behind a pointer.
fn held(kind: &ModelKind) -> Vec<usize> {
    let mut ids = Vec::new();
    match kind {
        ModelKind::Struct(object) => object
            .fields
            .iter()
            .for_each(|field| by_value(&field.ty, &mut ids)),
        ModelKind::Union(union) => union
            .variants
            .iter()
            .for_each(|variant| by_value(&variant.ty, &mut ids)),
        ModelKind::Alias(ty) => by_value(ty, &mut ids),
        ModelKind::StringEnum(_) | ModelKind::IntegerEnum(_) | ModelKind::Form(_) => {}
    }
    ids
}

fn by_value(ty: &Type, ids: &mut Vec<usize>) {
    match ty {
        Type::Model(id) => ids.push(id.index()),
        Type::Option(inner) | Type::OrEmpty(inner) => by_value(inner, ids),
        Type::Tuple(items) => items.iter().for_each(|item| by_value(item, ids)),
        Type::Scalar(_) | Type::Value | Type::Vec(_) | Type::Map(_) | Type::Boxed(_) => {}
    }
}

fn indirect(ty: &mut Type, is_circle: &impl Fn(ModelId) -> bool) {
    match ty {
        Type::Model(id) if is_circle(*id) => *ty = Type::Boxed(Box::new(ty.clone())),
        Type::Option(inner) | Type::OrEmpty(inner) => indirect(inner, is_circle),
        Type::Tuple(items) => items.iter_mut().for_each(|item| indirect(item, is_circle)),
        _ => {}
    }
}

/// The strongly connected component of each node (Tarjan 1972), without recursion.
fn components(edges: &[Vec<usize>]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let size = edges.len();
    let mut index = vec![UNSEEN; size];
    let mut low = vec![0; size];
    let mut component = vec![UNSEEN; size];
    let mut open = Vec::new();
    let mut counter = 0;
    for root in 0..size {
        if index[root] != UNSEEN {
            continue;
        }
        let mut stack = vec![(root, 0)];
        while let Some(&mut (node, ref mut next)) = stack.last_mut() {
            if *next == 0 {
                index[node] = counter;
                low[node] = counter;
                counter += 1;
                open.push(node);
            }
            if let Some(&target) = edges[node].get(*next) {
                *next += 1;
                if index[target] == UNSEEN {
                    stack.push((target, 0));
                } else if component[target] == UNSEEN {
                    low[node] = low[node].min(index[target]);
                }
                continue;
            }
            stack.pop();
            if let Some(&mut (parent, _)) = stack.last_mut() {
                low[parent] = low[parent].min(low[node]);
            }
            if low[node] == index[node] {
                while let Some(member) = open.pop() {
                    component[member] = node;
                    if member == node {
                        break;
                    }
                }
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn nodes_of_one_circle_share_a_component() {
        let found = components(&[vec![1], vec![2], vec![0, 3], vec![], vec![4]]);
        assert_eq!(found[0], found[1]);
        assert_eq!(found[1], found[2]);
        assert_ne!(found[2], found[3]);
        assert_ne!(found[3], found[4]);
    }
}
