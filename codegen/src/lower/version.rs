//! Versions of one action (`x-ms-api-annotation`): a newer one takes the place of the older ones.

use std::collections::{HashMap, HashSet};

use crate::model::{Annotation, Operation, Tag};

/// Marks operations that another one replaces, and says which.
pub(super) fn settle(tags: &mut [Tag]) {
    let newest = newest(tags);
    let ids: HashSet<String> = all(tags).map(|operation| operation.id.clone()).collect();
    let operations = tags.iter_mut().flat_map(|tag| &mut tag.operations);
    for operation in operations {
        let Some(annotation) = &mut operation.extensions.annotation else {
            continue;
        };
        let newer = annotation
            .family
            .as_ref()
            .and_then(|family| newest.get(family));
        let newer = newer.filter(|(revision, id)| {
            annotation.revision.unwrap_or(1) < *revision && *id != operation.id
        });
        // One that is not here, or is the operation itself, helps nobody.
        annotation.replacement = annotation
            .replacement
            .take()
            .filter(|id| ids.contains(id) && *id != operation.id)
            .or_else(|| newer.map(|(_, id)| id.clone()));
        operation.docs.deprecated |= annotation.replacement.is_some() || is_deprecated(annotation);
    }
}

/// The newest version of each family that is there to stay.
fn newest(tags: &[Tag]) -> HashMap<String, (u64, String)> {
    let mut newest: HashMap<String, (u64, String)> = HashMap::new();
    for operation in all(tags).filter(|operation| !operation.docs.deprecated) {
        let Some(annotation) = &operation.extensions.annotation else {
            continue;
        };
        let (Some(family), Some(revision)) = (&annotation.family, annotation.revision) else {
            continue;
        };
        if is_preview(annotation) || is_deprecated(annotation) {
            continue;
        }
        match newest.get(family) {
            Some((known, _)) if *known >= revision => {}
            _ => {
                newest.insert(family.clone(), (revision, operation.id.clone()));
            }
        }
    }
    newest
}

fn all(tags: &[Tag]) -> impl Iterator<Item = &Operation> {
    tags.iter().flat_map(|tag| &tag.operations)
}

fn is_preview(annotation: &Annotation) -> bool {
    has_status(annotation, "preview")
}

fn is_deprecated(annotation: &Annotation) -> bool {
    has_status(annotation, "deprecated")
}

fn has_status(annotation: &Annotation, name: &str) -> bool {
    let status = annotation.status.as_deref();
    status.is_some_and(|status| status.eq_ignore_ascii_case(name))
}
