//! A trie of wanted pointers, so that one pass over a text finds them all.

use std::collections::HashMap;

use super::place::places_of;
use crate::diagnostics::Pointer;

/// A place in a text, as the scanner at hand knows it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Position {
    /// A byte offset.
    Byte(usize),
    /// A line and a column, both from 1.
    Line(usize, usize),
}

#[derive(Default)]
struct Node {
    children: HashMap<String, usize>,
    position: Option<Position>,
}

/// The wanted pointers by their tokens.
pub(super) struct Trie {
    nodes: Vec<Node>,
}

impl Trie {
    /// The node of the empty pointer.
    pub(super) const ROOT: usize = 0;

    pub(super) fn new(pointers: &[Pointer]) -> Self {
        let mut trie = Self {
            nodes: vec![Node::default()],
        };
        for pointer in pointers {
            let mut node = Self::ROOT;
            for token in pointer.tokens() {
                node = match trie.child(node, &token) {
                    Some(child) => child,
                    None => trie.insert(node, token.into_owned()),
                };
            }
        }
        trie
    }

    fn insert(&mut self, parent: usize, token: String) -> usize {
        let child = self.nodes.len();
        self.nodes.push(Node::default());
        self.nodes[parent].children.insert(token, child);
        child
    }

    pub(super) fn child(&self, node: usize, token: &str) -> Option<usize> {
        self.nodes[node].children.get(token).copied()
    }

    pub(super) fn has_children(&self, node: usize) -> bool {
        !self.nodes[node].children.is_empty()
    }

    /// Notes where a node is; of a duplicate key the last place counts, as its value does.
    pub(super) fn place(&mut self, node: usize, position: Position) {
        self.nodes[node].position = Some(position);
    }

    /// The lines and columns of `pointers`, or of their nearest ancestors that were found.
    pub(super) fn positions(
        &self,
        pointers: &[Pointer],
        text: &str,
    ) -> Vec<Option<(usize, usize)>> {
        let found: Vec<_> = pointers
            .iter()
            .map(|pointer| self.nearest(pointer))
            .collect();
        let offsets = found.iter().filter_map(|position| match position {
            Some(Position::Byte(offset)) => Some(*offset),
            _ => None,
        });
        let lines = places_of(text, offsets.collect());
        let resolve = |position| match position {
            Position::Byte(offset) => lines.get(&offset).copied().unwrap_or((1, 1)),
            Position::Line(line, column) => (line, column),
        };
        found
            .into_iter()
            .map(|position| position.map(resolve))
            .collect()
    }

    fn nearest(&self, pointer: &Pointer) -> Option<Position> {
        let mut node = Self::ROOT;
        let mut nearest = self.nodes[node].position;
        for token in pointer.tokens() {
            node = self.child(node, &token)?;
            nearest = self.nodes[node].position.or(nearest);
        }
        nearest
    }
}
