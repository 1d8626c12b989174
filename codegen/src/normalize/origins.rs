//! Where the parts of the canonical document came from.

use std::collections::HashMap;
use std::sync::Arc;

use super::Dialect;
use crate::diagnostics::Pointer;

/// Maps pointers into the canonical document to pointers into the source document. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// The places that moved; what lies below moved with them.
    moved: Arc<HashMap<Pointer, Pointer>>,
}

impl Origins {
    /// The source of a place in the canonical document: that of the nearest ancestor that moved, or the same place.
    #[must_use]
    pub fn to_source(&self, canonical: &Pointer) -> Pointer {
        source_of(&self.moved, canonical)
    }
}

fn source_of(moved: &HashMap<Pointer, Pointer>, canonical: &Pointer) -> Pointer {
    let mut ancestor = Some(canonical.clone());
    while let Some(place) = ancestor {
        if let Some(source) = moved.get(&place) {
            let below = canonical.strip_prefix(&place).unwrap_or_default();
            return Pointer::parse(&format!("{source}{below}")).unwrap_or_else(|_| source.clone());
        }
        ancestor = place.parent();
    }
    canonical.clone()
}

/// Collects the places that move.
#[derive(Default)]
pub(super) struct OriginsBuilder {
    moved: HashMap<Pointer, Pointer>,
}

impl OriginsBuilder {
    pub(super) fn new(dialect: Dialect) -> Self {
        let mut builder = Self::default();
        if dialect == Dialect::Swagger20 {
            for (section, source) in [
                ("schemas", "definitions"),
                ("parameters", "parameters"),
                ("responses", "responses"),
                ("securitySchemes", "securityDefinitions"),
            ] {
                builder.insert(
                    Pointer::from_tokens(["components", section]),
                    Pointer::from_tokens([source]),
                );
            }
        }
        builder
    }

    /// Notes that `canonical` comes from `source`.
    pub(super) fn insert(&mut self, canonical: Pointer, source: Pointer) {
        if canonical != source {
            self.moved.insert(canonical, source);
        }
    }

    /// The source of a place, as far as it is known yet.
    pub(super) fn to_source(&self, canonical: &Pointer) -> Pointer {
        source_of(&self.moved, canonical)
    }

    pub(super) fn finish(&mut self) -> Origins {
        Origins {
            moved: Arc::new(std::mem::take(&mut self.moved)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_moved_ancestor_decides() {
        let pointer = |text: &str| Pointer::parse(text).unwrap();
        let mut builder = OriginsBuilder::new(Dialect::Swagger20);
        builder.insert(
            pointer("/components/schemas/Pet_owner"),
            pointer("/definitions/Pet/properties/owner"),
        );
        let origins = builder.finish();
        let source = |text: &str| origins.to_source(&pointer(text)).to_string();
        assert_eq!(
            source("/components/schemas/Pet/properties/a"),
            "/definitions/Pet/properties/a"
        );
        assert_eq!(
            source("/components/schemas/Pet_owner/type"),
            "/definitions/Pet/properties/owner/type"
        );
        assert_eq!(
            source("/components/securitySchemes/key"),
            "/securityDefinitions/key"
        );
        assert_eq!(source("/paths/~1a"), "/paths/~1a");
    }
}
