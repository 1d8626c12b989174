//! Values on the wire outside JSON: paths, queries, headers, cookies, forms.
//!
//! OpenAPI 3.0.4 section 4.7.12.3 ("Style Values") and RFC 6570 say how; where both are silent, the module that decides says so.

mod form;
mod parameter;
mod path;
pub(crate) mod percent;
mod place;
#[cfg(test)]
mod properties;
mod value;

pub(crate) use self::form::form_body;
pub(crate) use self::parameter::{cookie_text, header_text, query_pairs, query_string};
pub(crate) use self::path::{Target, expand, literal, path_text, refuse_dot_segments};
pub(crate) use self::place::fits;
pub(crate) use self::value::scalar_text;
