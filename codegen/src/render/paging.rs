//! What the calls of operations with pages have beside `send`.

use proc_macro2::TokenStream;
use quote::quote;

use super::ty::{Scope, ty};
use crate::model::{Api, Operation, Outcome, Output};

/// `pages` and `items`.
pub(super) fn methods(api: &Api, operation: &Operation) -> Option<TokenStream> {
    let paging = operation.extensions.paging.as_ref()?;
    let page = match &operation.output {
        Output::One(Outcome::Json(page)) => ty(api, page, Scope::Operations),
        _ => quote!(runtime::Value),
    };
    let item = ty(api, &paging.item, Scope::Operations);
    let name = &paging.next_link;
    let items = (paging.items != "value").then(|| {
        let items = &paging.items;
        quote!(.items(#items))
    });
    let paging = quote!(runtime::pages::Paging::next_link(#name) #items);
    Some(quote! {
        /// The pages of the list, one after the other.
        #[inline]
        pub fn pages(self) -> runtime::pages::Pages<#page> {
            runtime::pages::Pages::new(self.0, #paging)
        }

        /// The elements of the list, from all of its pages.
        #[inline]
        pub fn items(self) -> runtime::pages::Items<#item> {
            runtime::pages::Items::new(self.0, #paging)
        }
    })
}
