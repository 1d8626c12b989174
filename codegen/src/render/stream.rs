//! What the calls of operations have that answer bit by bit.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{docs, outcome};
use crate::model::{Api, Operation, Outcome, Output, StreamFlag};

/// `stream`, where `send` gives something else.
pub(super) fn method(api: &Api, operation: &Operation) -> Option<TokenStream> {
    let stream = operation.stream.as_ref()?;
    let (decoder, value) = outcome::decoder(api, &stream.outcome);
    let accept = &stream.accept;
    let mut text = vec![format!(
        "Sends the request and asks for a stream ({}) in place of what `send` gives.",
        docs::code(accept)
    )];
    text.extend(flag_text(operation));
    let docs = docs::lines(text.iter().map(String::as_str));
    let flag = match operation.stream_flag {
        Some(StreamFlag::Body) => Some(quote!(self.0.turn_on("stream");)),
        Some(StreamFlag::Query(index)) => {
            let index = Literal::usize_unsuffixed(index);
            Some(quote!(self.0.set(#index, &true);))
        }
        None => None,
    };
    Some(quote! {
        #docs
        #[inline]
        pub fn stream(mut self) -> runtime::Sending<#value> {
            self.0.accept(#accept);
            #flag
            self.0.send::<#decoder>()
        }
    })
}

fn flag_text(operation: &Operation) -> Option<String> {
    Some(match operation.stream_flag? {
        StreamFlag::Body => "It sets the member `stream` of the body to `true`.".to_owned(),
        StreamFlag::Query(_) => "It sets the parameter `stream` to `true`.".to_owned(),
    })
}

/// What `send` does first where it gives a stream, if it does something: the member of the body says so, unless the caller has set it.
pub(super) fn before_send(operation: &Operation) -> Option<TokenStream> {
    let is_body = operation.stream.is_none() && operation.stream_flag == Some(StreamFlag::Body);
    is_body.then(|| quote!(self.0.turn_on_by_default("stream");))
}

/// What the docs of an operation say about its stream.
pub(super) fn about(operation: &Operation) -> Option<String> {
    const EVENTS: &str = "[`Events`](runtime::stream::Events)";
    const LINES: &str = "[`Lines`](runtime::stream::Lines)";
    fn items(outcome: &Outcome) -> Option<&'static str> {
        match outcome {
            Outcome::Events(_) | Outcome::EventObjects(_) => Some(EVENTS),
            Outcome::Lines(_) => Some(LINES),
            _ => None,
        }
    }
    if let Some(stream) = &operation.stream {
        let items = items(&stream.outcome)?;
        return Some(format!(
            "With `.stream()` in place of `.send()`, the answer comes bit by bit, as {items}."
        ));
    }
    let Output::One(outcome) = &operation.output else {
        return None;
    };
    let items = items(outcome)?;
    let mut text = format!("The answer comes bit by bit, as {items}.");
    if before_send(operation).is_some() {
        text.push_str(" The member `stream` of the body is sent as `true` unless it is set.");
    }
    Some(text)
}
