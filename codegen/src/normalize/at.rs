//! The place that is being read.

use crate::diagnostics::Pointer;

/// A place in the source document, as a list on the stack: going down costs nothing, and a [`Pointer`] is made
/// only where there is something to report.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    token: Token<'a>,
    depth: usize,
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Root(&'a Pointer),
    Key(&'a At<'a>, &'a str),
    Index(&'a At<'a>, usize),
}

impl<'a> At<'a> {
    /// The place that `pointer` names.
    pub(super) fn root(pointer: &'a Pointer) -> Self {
        Self {
            token: Token::Root(pointer),
            depth: 0,
        }
    }

    /// The member `key` of this place.
    pub(super) fn key<'b>(&'b self, key: &'b str) -> At<'b> {
        At {
            token: Token::Key(self, key),
            depth: self.depth + 1,
        }
    }

    /// The item `index` of this place.
    pub(super) fn index(&'a self, index: usize) -> At<'a> {
        At {
            token: Token::Index(self, index),
            depth: self.depth + 1,
        }
    }

    /// How many levels this is below where reading started.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The place as a pointer into the source document.
    pub(super) fn pointer(&self) -> Pointer {
        match self.token {
            Token::Root(pointer) => pointer.clone(),
            Token::Key(parent, key) => {
                let mut pointer = parent.pointer();
                pointer.push(key);
                pointer
            }
            Token::Index(parent, index) => parent.pointer().index(index),
        }
    }
}
