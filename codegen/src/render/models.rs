//! The modules of models: which model lives where, and what each module imports.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::ty::{Scope, ident, ty};
use super::{docs, enumeration, form, has_features, object, print, union};
use crate::model::{Api, Model, ModelId, ModelKind, Type};

/// The file that a model lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    /// Reached by the operations of several tags.
    Shared,
    /// Reached by the operations of one tag only, and compiled with it.
    Tag(usize),
    /// Reached by what the API sends, and compiled with it.
    Webhooks,
    /// Reached by no operation.
    Unreferenced,
}

impl Home {
    pub fn module(self, api: &Api) -> String {
        match self {
            Self::Shared => "shared".to_owned(),
            // A name of our own in front keeps clear of `shared` and `unreferenced`.
            Self::Tag(tag) => format!(
                "of_{}",
                api.tags[tag].module.as_str().trim_start_matches("r#")
            ),
            Self::Webhooks => "webhooks".to_owned(),
            Self::Unreferenced => "unreferenced".to_owned(),
        }
    }

    /// The feature that the module needs.
    fn feature(self, api: &Api) -> Option<String> {
        match self {
            Self::Shared => None,
            Self::Tag(tag) => has_features(api).then(|| api.tags[tag].feature.clone()),
            Self::Webhooks => api.webhooks.as_ref().map(|of| of.feature.clone()),
            Self::Unreferenced => Some("unreferenced-models".to_owned()),
        }
    }
}

/// Where each model lives.
pub(super) fn homes(api: &Api) -> BTreeMap<Home, Vec<ModelId>> {
    let mut homes: BTreeMap<Home, Vec<ModelId>> = BTreeMap::new();
    for (index, model) in api.models.iter().enumerate() {
        homes
            .entry(home(api, model))
            .or_default()
            .push(ModelId::new(index));
    }
    homes
}

fn home(api: &Api, model: &Model) -> Home {
    match model.tags.as_slice() {
        // A crate without operations is all models.
        [] if api.tags.is_empty() => Home::Shared,
        [] if model.in_webhook => Home::Webhooks,
        [] => Home::Unreferenced,
        [tag] if has_features(api) => Home::Tag(*tag),
        _ => Home::Shared,
    }
}

/// `models/mod.rs`: everything is reached as `models::Name`.
pub(super) fn root(api: &Api, homes: &BTreeMap<Home, Vec<ModelId>>) -> TokenStream {
    let modules = homes.keys().map(|home| {
        let module = format_ident!("{}", home.module(api));
        let path = (!home.module(api).is_ascii()).then(|| {
            let path = format!("{}.rs", home.module(api));
            quote!(#[path = #path])
        });
        let gate = home
            .feature(api)
            .map(|feature| quote!(#[cfg(feature = #feature)]));
        quote! {
            #gate
            #path
            mod #module;
            #gate
            pub use self::#module::*;
        }
    });
    let doc = docs::lines(["The types of requests and responses."]);
    let doc = inner(doc);
    quote! {
        #doc
        #(#modules)*
    }
}

/// Turns outer doc attributes into those of the module itself.
pub(super) fn inner(outer: TokenStream) -> TokenStream {
    let file: syn::Result<Vec<syn::Attribute>> =
        syn::parse::Parser::parse2(syn::Attribute::parse_outer, outer);
    let attributes = file.unwrap_or_default().into_iter().map(|mut attribute| {
        attribute.style = syn::AttrStyle::Inner(syn::token::Not::default());
        attribute
    });
    quote!(#(#attributes)*)
}

/// One module of models.
pub(super) fn module(
    api: &Api,
    home: Home,
    homes: &BTreeMap<Home, Vec<ModelId>>,
) -> syn::Result<String> {
    let ids = homes.get(&home).map_or(&[][..], Vec::as_slice);
    let local: BTreeSet<ModelId> = ids.iter().copied().collect();
    let imported: BTreeSet<String> = ids
        .iter()
        .flat_map(|id| api.model(*id).kind.named_models())
        .filter(|id| !local.contains(id))
        .map(|id| api.model(id).name.as_str().to_owned())
        .collect();
    let imports = (!imported.is_empty()).then(|| {
        let names = imported.iter().map(|name| format_ident!("{name}"));
        quote!(use super::{#(#names),*};)
    });
    let implementations = implementations(api, ids);
    let needs_runtime = ids.iter().any(|id| needs_runtime(&api.model(*id).kind));
    let runtime = needs_runtime.then(|| {
        quote!(
            use connector_runtime as runtime;
        )
    });
    let mut text = print(quote!(#runtime #imports))?;
    // A file of models can be most of the crate.
    let models = ids.par_iter().map(|id| print(model(api, api.model(*id))));
    text.extend(models.collect::<syn::Result<Vec<String>>>()?);
    text.push_str(&print(implementations)?);
    Ok(text)
}

fn needs_runtime(kind: &ModelKind) -> bool {
    fn named(ty: &Type) -> bool {
        use crate::model::Scalar;
        match ty {
            Type::Scalar(scalar) => matches!(
                scalar,
                Scalar::DateTime | Scalar::Date | Scalar::Time | Scalar::Uuid | Scalar::Base64
            ),
            Type::Value | Type::Map(_) | Type::OrEmpty(_) => true,
            Type::Vec(inner) | Type::Option(inner) | Type::Boxed(inner) => named(inner),
            Type::Tuple(items) => items.iter().any(named),
            Type::Model(_) => false,
        }
    }
    match kind {
        ModelKind::Alias(ty) => named(ty),
        _ => true,
    }
}

fn model(api: &Api, model: &Model) -> TokenStream {
    match &model.kind {
        ModelKind::Struct(of) => object::object(api, model, of),
        ModelKind::StringEnum(of) => enumeration::string_enum(model, of),
        ModelKind::IntegerEnum(of) => enumeration::integer_enum(model, of),
        ModelKind::Union(of) => union::union(api, model, of),
        ModelKind::Form(of) => form::form(api, model, of),
        ModelKind::Alias(of) => {
            let name = ident(&model.name);
            let docs = docs::outer(&model.docs, &[]);
            let ty = ty(api, of, Scope::Models);
            quote!(#docs pub type #name = #ty;)
        }
    }
}

/// The trait implementations that are the same for every model of a kind; serde's in a call of their own, since they
/// are a feature.
fn implementations(api: &Api, ids: &[ModelId]) -> TokenStream {
    let of = |wanted: fn(&ModelKind) -> bool| {
        ids.iter()
            .map(|id| api.model(*id))
            .filter(|model| wanted(&model.kind))
            .map(|model| ident(&model.name))
            .collect::<Vec<_>>()
    };
    let codecs = of(|kind| matches!(kind, ModelKind::Struct(_) | ModelKind::Union(_)));
    let strings = of(|kind| matches!(kind, ModelKind::StringEnum(_)));
    let integers = of(|kind| matches!(kind, ModelKind::IntegerEnum(_)));
    let all: Vec<_> = strings.iter().chain(&integers).chain(&codecs).collect();
    let serde = (!all.is_empty()).then(|| {
        quote! {
            #[cfg(feature = "serde")]
            runtime::impl_serde!(#(#all),*);
        }
    });
    let codecs = (!codecs.is_empty()).then(|| quote!(runtime::impl_model!(#(#codecs),*);));
    let strings = (!strings.is_empty()).then(|| quote!(runtime::impl_string_enum!(#(#strings),*);));
    let integers =
        (!integers.is_empty()).then(|| quote!(runtime::impl_integer_enum!(#(#integers),*);));
    quote!(#strings #integers #codecs #serde)
}
