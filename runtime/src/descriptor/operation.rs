//! One operation.

use super::{MediaType, Parameter, Requirement, Server};

/// An operation of an API.
#[derive(Debug)]
pub struct Operation {
    id: &'static str,
    method: &'static str,
    path: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// `None`: the document declares nothing.
    pub(crate) security: Option<&'static [&'static [Requirement]]>,
    pub(crate) bodies: &'static [MediaType],
    pub(crate) accept: Option<&'static str>,
    pub(crate) servers: &'static [Server],
    pub(crate) success: &'static [u16],
}

impl Operation {
    /// An operation by its id, its method, and its path template as the document has it.
    ///
    /// The template may hold more than a path: `/x?action=y` sends a fixed query, and `#…`, which some documents use to make
    /// keys unique, is not sent.
    #[must_use]
    pub const fn new(id: &'static str, method: &'static str, path: &'static str) -> Self {
        Self {
            id,
            method,
            path,
            parameters: &[],
            security: None,
            bodies: &[],
            accept: None,
            servers: &[],
            success: &[],
        }
    }

    /// The parameters; setters refer to them by index.
    #[must_use]
    pub const fn parameters(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// The alternatives (OR) of sets of schemes (AND) that the operation asks for. An empty set stands for an anonymous call.
    #[must_use]
    pub const fn security(mut self, alternatives: &'static [&'static [Requirement]]) -> Self {
        self.security = Some(alternatives);
        self
    }

    /// The media types that the body can have.
    #[must_use]
    pub const fn bodies(mut self, bodies: &'static [MediaType]) -> Self {
        self.bodies = bodies;
        self
    }

    /// The value of the `Accept` header.
    #[must_use]
    pub const fn accept(mut self, accept: &'static str) -> Self {
        self.accept = Some(accept);
        self
    }

    /// Servers of this operation or its path, which replace those of the API.
    #[must_use]
    pub const fn servers(mut self, servers: &'static [Server]) -> Self {
        self.servers = servers;
        self
    }

    /// Statuses outside 2xx that are results, not errors.
    #[must_use]
    pub const fn success(mut self, statuses: &'static [u16]) -> Self {
        self.success = statuses;
        self
    }

    /// The operation's id.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The HTTP method.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// The path template.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    pub(crate) fn is_success(&self, status: u16) -> bool {
        (200..300).contains(&status) || self.success.contains(&status)
    }
}
