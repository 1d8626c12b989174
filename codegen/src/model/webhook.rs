//! Requests that the API sends.

use super::{Docs, RustName, Type};
use crate::diagnostics::Pointer;

/// All that the API sends, printed as one module and one Cargo feature.
#[derive(Debug)]
pub struct Webhooks {
    /// The module.
    pub module: RustName,
    /// The Cargo feature.
    pub feature: String,
    /// Webhooks in the document's order, then callbacks.
    pub all: Vec<Webhook>,
}

/// A webhook (OpenAPI 3.1.1, section 4.8.1) or a callback (OpenAPI 3.0.4, section 4.8.18).
#[derive(Debug)]
pub struct Webhook {
    /// Its name in the document.
    pub name: String,
    /// Where it is in the canonical document.
    pub pointer: Pointer,
    /// Summary, description, deprecation.
    pub docs: Docs,
    /// The type that stands for it.
    pub ty: RustName,
    /// The HTTP method in capitals.
    pub method: String,
    /// What the body says.
    pub event: Type,
    /// Whether the body is a form rather than JSON.
    pub is_form: bool,
    /// What makes the API send it, if it is a callback.
    pub callback: Option<Callback>,
}

/// Where a callback comes from and goes to.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The id of the operation.
    pub operation: String,
    /// The runtime expression for the URL, such as `{$request.body#/url}`.
    pub expression: String,
}
