//! The canonical document becomes the model of a crate: references are resolved, `allOf` is composed,
//! unions are classified, circles are broken and every name is chosen.
//!
//! Components get their names first and are lowered one after the other, never inside each other, so
//! neither the depth of the document nor the order of its parts matters to the result.

mod body;
mod choices;
mod compose;
mod connector;
mod dispatch;
mod enumeration;
mod extension;
mod fixed;
mod format;
mod header;
mod job;
mod media;
pub(crate) mod names;
mod namespace;
mod object;
mod operation;
mod paging;
mod parameter;
mod plural;
mod recursion;
mod response;
mod schema;
mod security;
mod stream;
mod tag;
#[cfg(test)]
mod tests;
mod trigger;
mod union;
mod usage;
mod version;
mod webhook;
mod wire;

use std::collections::HashMap;

use indexmap::IndexMap;
use openapiv3::{OpenAPI, ReferenceOr, Schema};

use self::names::Scope;
use self::schema::{Identity, Lowered, Open, Place, SchemaRef, unescape};
use crate::diagnostics::{Diagnostics, Pointer};
use crate::model::{Api, Docs, Model, ModelId, ModelKind, PackageName, RustName, Type};
use crate::normalize::Normalized;
use crate::settings::Settings;

/// What the caller decides about the crate.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The crate's name; made from the document's title if absent.
    pub package: Option<PackageName>,
    /// Whether components become models that no operation uses.
    pub all_models: bool,
    /// What `connector.toml` says.
    pub settings: Settings,
    /// Whether wire tests are made.
    pub tests: bool,
}

/// Lowers a canonical document.
#[must_use]
pub fn lower(normalized: &Normalized, options: &Options, diagnostics: &mut Diagnostics) -> Api {
    let document = &normalized.openapi;
    let mut lowering = Lowering::new(document, diagnostics);
    lowering.name_components();
    let mut skipped = Vec::new();
    let (mut modules, mut features) = (Scope::modules(), Scope::features());
    let mut tags = lowering.tags(&mut modules, &mut features, &mut skipped);
    let webhooks = lowering.webhooks(&tags, &mut modules, &mut features);
    version::settle(&mut tags);
    if options.all_models || tags.is_empty() {
        lowering.ask_for_all();
    }
    lowering.lower_components();
    let security_schemes = lowering.security_schemes();
    let hints = lowering.hints;
    let mut models = lowering.models;
    recursion::box_variants(&mut models);
    recursion::break_circles(&mut models, diagnostics);
    let mut api = Api {
        package: options
            .package
            .clone()
            .unwrap_or_else(|| PackageName::from_text(&document.info.title)),
        title: document.info.title.clone(),
        version: document.info.version.clone(),
        description: document.info.description.clone(),
        servers: document.servers.iter().map(security::server).collect(),
        security_schemes,
        nesting: recursion::depth(&models),
        tags,
        webhooks,
        models,
        skipped,
        connector: None,
        wire: Vec::new(),
        decoding: options.settings.decoding().mode,
    };
    if let Some(source) = &normalized.connector {
        connector::connect(&mut api, source, document, diagnostics);
    }
    trigger::settle(&mut api);
    paging::settle(&mut api, &hints, &options.settings, diagnostics);
    job::settle(&mut api, &options.settings);
    choices::settle(&mut api, diagnostics);
    stream::settle(&mut api);
    usage::settle(&mut api);
    fixed::fill_in(&mut api);
    if options.tests {
        api.wire = wire::tests(&api, document, diagnostics);
    }
    api
}

/// The work in progress: the document it reads and the models it has made so far.
struct Lowering<'a> {
    document: &'a OpenAPI,
    diagnostics: &'a mut Diagnostics,
    models: Vec<Model>,
    /// The names of models.
    types: Scope,
    /// The names of components, by key.
    names: HashMap<&'a str, RustName>,
    /// The models of those components that something needs.
    components: HashMap<&'a str, ModelId>,
    /// The same in the order in which the need was found: a component's index and its model.
    asked: Vec<(usize, ModelId)>,
    /// Forms made of components, by the component's key.
    forms: HashMap<&'a str, ModelId>,
    /// The unions being spread at the moment, to stop at circles.
    distributing: Vec<*const Schema>,
    /// How many variants were made by spreading.
    distributed: usize,
    /// The schemas in place whose types are being made, each inside the one before.
    open: Vec<Open>,
    /// The types of those that must not be made again.
    shared: HashMap<Identity, Type>,
    /// What is kept of the document for pages.
    hints: paging::Hints,
}

impl<'a> Lowering<'a> {
    fn new(document: &'a OpenAPI, diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            document,
            diagnostics,
            models: Vec::new(),
            types: Scope::types(),
            names: HashMap::new(),
            components: HashMap::new(),
            asked: Vec::new(),
            forms: HashMap::new(),
            distributing: Vec::new(),
            distributed: 0,
            open: Vec::new(),
            shared: HashMap::new(),
            hints: paging::Hints::default(),
        }
    }

    /// Names all components, used or not, so that the use of one never renames another.
    fn name_components(&mut self) {
        let keys: Vec<&'a str> = self
            .schemas()
            .map(|schemas| schemas.keys())
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        // Names that nothing can be left out of come first.
        let (qualified, plain): (Vec<_>, Vec<_>) = keys
            .into_iter()
            .partition(|key| namespace::is_qualified(key));
        for key in plain {
            let name = self.types.claim_type(key);
            self.names.insert(key, name);
        }
        for key in qualified {
            let short = namespace::short(key, |name| self.types.is_free(name));
            let name = self.types.claim_type(short.as_deref().unwrap_or(key));
            self.names.insert(key, name);
        }
    }

    /// The model of a component; asking for it is what makes it part of the crate.
    fn component(&mut self, key: &str) -> Option<ModelId> {
        let key = unescape(key);
        let (index, key, _) = self.schemas()?.get_full(&*key)?;
        if let Some(id) = self.components.get(key.as_str()) {
            return Some(*id);
        }
        let id = ModelId::new(self.models.len());
        self.models.push(Model {
            name: self.names.get(key.as_str())?.clone(),
            component: Some(key.clone()),
            docs: Docs::default(),
            // The kind is known once the component is lowered.
            kind: ModelKind::Alias(Type::Value),
            in_request: false,
            in_response: false,
            in_webhook: false,
            tags: Vec::new(),
        });
        self.components.insert(key, id);
        self.asked.push((index, id));
        Some(id)
    }

    /// Lowers the components that have been asked for, and those that they ask for in turn.
    fn lower_components(&mut self) {
        let Some(schemas) = self.schemas() else {
            return;
        };
        let base = Pointer::from_tokens(["components", "schemas"]);
        let mut next = 0;
        while let Some(&(index, id)) = self.asked.get(next) {
            next += 1;
            let Some((key, schema)) = schemas.get_index(index) else {
                continue;
            };
            let place = Place::new(self.models[id.index()].name.as_str(), base.join(key));
            let kind = match SchemaRef::new(schema) {
                SchemaRef::Inline(inline) => {
                    self.models[id.index()].docs = schema::docs(&inline.schema_data);
                    match self.inline(inline, &place) {
                        Lowered::Model(kind) => kind,
                        Lowered::Type(ty) => ModelKind::Alias(ty),
                    }
                }
                reference @ SchemaRef::Component(_) => {
                    ModelKind::Alias(self.schema_type(reference, &place).ty)
                }
            };
            self.models[id.index()].kind = kind;
        }
    }

    /// Asks for every component, in the document's order.
    fn ask_for_all(&mut self) {
        for key in self
            .schemas()
            .map(|schemas| schemas.keys())
            .into_iter()
            .flatten()
        {
            self.component(key);
        }
    }

    fn schemas(&self) -> Option<&'a IndexMap<String, ReferenceOr<Schema>>> {
        self.document
            .components
            .as_ref()
            .map(|components| &components.schemas)
    }

    /// Adds a model under the first free form of `name`.
    fn add_model(&mut self, name: &str, docs: Docs, kind: ModelKind) -> ModelId {
        let id = ModelId::new(self.models.len());
        self.models.push(Model {
            name: self.types.claim_joined(name),
            component: None,
            docs,
            kind,
            in_request: false,
            in_response: false,
            in_webhook: false,
            tags: Vec::new(),
        });
        id
    }
}
