//! What the calls of operations with pages have beside `send`.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::ty::{Scope, ty};
use crate::model::{Api, Operation, Outcome, Output, Paging, PagingWay};

/// How the operation hands out pages, and `pages` and `items`.
pub(super) fn methods(api: &Api, operation: &Operation) -> Option<TokenStream> {
    let paging = operation.extensions.paging.as_ref()?;
    let page = match &operation.output {
        Output::One(Outcome::Json(page)) => ty(api, page, Scope::Operations),
        _ => quote!(runtime::Value),
    };
    let item = ty(api, &paging.item, Scope::Operations);
    let described = described(paging);
    Some(quote! {
        const PAGING: runtime::pages::Paging = #described;

        /// The pages of the list, one after the other.
        #[inline]
        pub fn pages(self) -> runtime::pages::Pages<#page> {
            runtime::pages::Pages::new(self.0, Self::PAGING)
        }

        /// The elements of the list, from all of its pages.
        #[inline]
        pub fn items(self) -> runtime::pages::Items<#item> {
            runtime::pages::Items::new(self.0, Self::PAGING)
        }
    })
}

fn described(paging: &Paging) -> TokenStream {
    let (way, default_items) = match &paging.way {
        PagingWay::Link(place) => (quote!(next_link(#place)), "value"),
        PagingWay::LinkHeader => (quote!(link_header()), ""),
        PagingWay::Cursor { next, parameter } => (quote!(cursor(#next, #parameter)), ""),
        PagingWay::LastItem { id, parameter } => (quote!(last_item(#id, #parameter)), ""),
        PagingWay::Offset { parameter, first } => {
            let first = first_unless(*first, 0);
            (quote!(offset(#parameter) #first), "")
        }
        PagingWay::Page { parameter, first } => {
            let first = first_unless(*first, 1);
            (quote!(page(#parameter) #first), "")
        }
    };
    let items = (paging.items != default_items).then(|| {
        let items = &paging.items;
        quote!(.items(#items))
    });
    let in_body = paging.in_body.then(|| quote!(.in_body()));
    let more = paging.more.as_ref().map(|place| quote!(.more(#place)));
    let total = paging.total.as_ref().map(|place| quote!(.total(#place)));
    let total_pages = paging
        .total_pages
        .as_ref()
        .map(|place| quote!(.total_pages(#place)));
    quote!(runtime::pages::Paging::#way #in_body #more #total #total_pages #items)
}

/// The number of the first page, unless the runtime assumes it.
fn first_unless(first: u64, assumed: u64) -> Option<TokenStream> {
    let number = Literal::u64_unsuffixed(first);
    (first != assumed).then(|| quote!(.first(#number)))
}

/// What the docs of an operation say about its pages.
pub(super) fn about(operation: &Operation) -> Option<String> {
    operation.extensions.paging.as_ref()?;
    Some("The list comes in pages: `.items()` in place of `.send()` gives the elements of all of them, as [`Items`](runtime::pages::Items), and `.pages()` one page after the other.".to_owned())
}
