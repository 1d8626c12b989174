//! `connection.rs`: what a connection of a Power Platform connector keeps, as types.
//!
//! One struct for each way to authenticate; an enum of them if there are several. A parameter that offers values is an
//! enum of its own. The runtime takes all of them as text, by their names.

mod about;
mod descriptor;
mod example;
mod plan;

use proc_macro2::TokenStream;
use quote::quote;

pub(super) use self::about::{connecting, limits};
pub(super) use self::descriptor::provider;
pub(super) use self::example::{Arguments, arguments, has_host, is_one_request, uses};
use self::plan::{Choice, Holds, Plan, PlannedField, PlannedSet};
pub(super) use self::plan::{feeds, has_foreign_names, has_parameters, sign_ins};
use super::docs;
use super::ty::ident;
use crate::model::{Api, Docs};

/// `connection.rs`.
pub(super) fn module(api: &Api) -> TokenStream {
    let plan = Plan::new(api);
    let about = super::models::inner(docs::lines([
        "What a connection keeps: where the API is, and who is calling.",
    ]));
    let descriptor = descriptor::parameter_sets(&plan);
    let sets = plan.sets.iter().map(|set| item(api, &plan, set));
    let one_of = (plan.sets.len() > 1).then(|| one_of(&plan));
    let choices = plan.choices.iter().map(choice);
    quote! {
        #about

        use connector_runtime as runtime;

        #one_of
        #(#sets)*
        #(#choices)*

        /// The same for the runtime, which knows parameters by their names.
        pub(crate) const PARAMETER_SETS: &[runtime::ParameterSet] = #descriptor;
    }
}

/// The enum of all ways to authenticate.
fn one_of(plan: &Plan<'_>) -> TokenStream {
    let names: Vec<_> = plan.sets.iter().map(|set| ident(&set.name)).collect();
    let variants: Vec<_> = plan.sets.iter().map(|set| ident(&set.variant)).collect();
    let docs = plan.sets.iter().map(|set| {
        let docs = Docs {
            summary: set.of.docs.summary.clone().or(Some(set.of.wire.clone())),
            ..Docs::default()
        };
        docs::outer(&docs, &[])
    });
    quote! {
        /// The ways to authenticate. Each is made of the struct of the same name.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum ConnectionParameters {
            #(#docs #variants(#names),)*
        }

        impl ConnectionParameters {
            pub(crate) fn apply(self, builder: runtime::ClientBuilder) -> runtime::ClientBuilder {
                match self {
                    #(Self::#variants(parameters) => parameters.apply(builder),)*
                }
            }
        }

        #(impl From<#names> for ConnectionParameters {
            fn from(parameters: #names) -> Self {
                Self::#variants(parameters)
            }
        })*
    }
}

/// The struct of one way to authenticate.
fn item(api: &Api, plan: &Plan<'_>, set: &PlannedSet<'_>) -> TokenStream {
    let name = ident(&set.name);
    let docs = docs::lines(about::set(api, set).iter().map(String::as_str));
    // Without anything that must be said, there is a default.
    let default = set.required().next().is_none().then(|| quote!(Default,));
    let fields = set.fields.iter().map(|field| {
        let docs = docs::lines(about::field(api, field).iter().map(String::as_str));
        let name = ident(&field.of.name);
        let ty = ty(plan, field);
        let ty = if field.required {
            ty
        } else {
            quote!(Option<#ty>)
        };
        quote!(#docs pub #name: #ty,)
    });
    let new = new(plan, set);
    let setters = set
        .fields
        .iter()
        .filter(|field| !field.required)
        .map(|field| setter(plan, field));
    let apply = apply(set);
    quote! {
        #docs
        #[derive(Clone, Debug, #default)]
        #[non_exhaustive]
        pub struct #name {
            #(#fields)*
        }

        impl #name {
            #new
            #(#setters)*
            #apply
        }
    }
}

fn new(plan: &Plan<'_>, set: &PlannedSet<'_>) -> TokenStream {
    let arguments = set.required().map(|field| {
        let (name, ty) = (ident(&field.of.name), taken(plan, field));
        quote!(#name: #ty)
    });
    let fields = set.fields.iter().map(|field| {
        let name = ident(&field.of.name);
        match (field.required, takes_into(field)) {
            (true, true) => quote!(#name: #name.into()),
            (true, false) => quote!(#name),
            (false, _) => quote!(#name: None),
        }
    });
    let doc = match set.required().next() {
        Some(_) => " Parameters with what a connection can't do without.",
        None => " Parameters without any value: all may be left out.",
    };
    quote! {
        #[doc = #doc]
        #[must_use]
        pub fn new(#(#arguments),*) -> Self {
            Self { #(#fields),* }
        }
    }
}

fn setter(plan: &Plan<'_>, field: &PlannedField<'_>) -> TokenStream {
    let (name, setter) = (ident(&field.of.name), ident(&field.setter));
    let doc = format!(" Sets [`{}`](#structfield.{0}).", field.of.name);
    let ty = taken(plan, field);
    let value = match takes_into(field) {
        true => quote!(#name.into()),
        false => quote!(#name),
    };
    quote! {
        #[doc = #doc]
        #[must_use]
        pub fn #setter(mut self, #name: #ty) -> Self {
            self.#name = Some(#value);
            self
        }
    }
}

/// Hands the values over to the runtime.
fn apply(set: &PlannedSet<'_>) -> TokenStream {
    let which = (!set.of.wire.is_empty()).then(|| {
        let name = &set.of.wire;
        quote!(builder = builder.parameter_set(#name);)
    });
    let values = set.fields.iter().map(|field| {
        let (name, wire) = (ident(&field.of.name), &field.of.wire);
        let access = match field.required {
            true => quote!(self.#name),
            // Not by its own name, which may be that of the builder.
            false => quote!(value),
        };
        let call = match &field.holds {
            Holds::Credential(scheme) => quote!(builder.credential(#scheme, #access)),
            Holds::Choice(_) => quote!(builder.parameter(#wire, #access.as_str())),
            Holds::Text | Holds::Secret => quote!(builder.parameter(#wire, #access)),
        };
        match field.required {
            true => quote!(builder = #call;),
            false => quote!(if let Some(value) = self.#name { builder = #call; }),
        }
    });
    let changes = which.is_some() || !set.fields.is_empty();
    let mutable = changes.then(|| quote!(mut));
    quote! {
        pub(crate) fn apply(self, #mutable builder: runtime::ClientBuilder) -> runtime::ClientBuilder {
            #which
            #(#values)*
            builder
        }
    }
}

/// The type of a field.
fn ty(plan: &Plan<'_>, field: &PlannedField<'_>) -> TokenStream {
    match field.holds {
        Holds::Text => quote!(String),
        Holds::Secret => quote!(runtime::SecretString),
        Holds::Credential(_) => quote!(runtime::Credential),
        Holds::Choice(index) => {
            let name = ident(&plan.choices[index].name);
            quote!(#name)
        }
    }
}

/// What a function takes for a field.
fn taken(plan: &Plan<'_>, field: &PlannedField<'_>) -> TokenStream {
    let ty = ty(plan, field);
    match takes_into(field) {
        true => quote!(impl Into<#ty>),
        false => ty,
    }
}

fn takes_into(field: &PlannedField<'_>) -> bool {
    !matches!(field.holds, Holds::Choice(_))
}

/// The enum of a parameter's values.
fn choice(choice: &Choice<'_>) -> TokenStream {
    let name = ident(&choice.name);
    let docs = docs::outer(
        &Docs {
            summary: choice.of.docs.summary.clone(),
            ..Docs::default()
        },
        &[format!(
            "The values of the connection parameter {}.",
            docs::code(&choice.of.wire)
        )],
    );
    let names: Vec<_> = choice.values.iter().map(|(name, _)| ident(name)).collect();
    let wires: Vec<_> = choice.values.iter().map(|(_, of)| &of.wire).collect();
    let variants = choice.values.iter().map(|(name, value)| {
        let name = ident(name);
        let title = value.title.as_deref().map(docs::inline);
        let title = title.filter(|title| !title.is_empty() && *title != value.wire);
        let wire = docs::code(&value.wire);
        let text = title.map_or_else(|| wire.clone(), |title| format!("{title}: {wire}"));
        let docs = docs::lines([text.as_str()]);
        quote!(#docs #name,)
    });
    quote! {
        #docs
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
        }

        impl #name {
            /// All values, in the connector's order.
            pub const ALL: &'static [Self] = &[#(Self::#names),*];

            /// The value as the connector knows it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    #(Self::#names => #wires,)*
                }
            }
        }
    }
}
