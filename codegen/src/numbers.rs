//! Numbers for names that are taken.

use std::collections::HashMap;
use std::hash::Hash;

/// The next number to try for each name that was wanted. Names are never given back, so a search goes on where the last one ended.
#[derive(Debug)]
pub(crate) struct Numbers<K>(HashMap<K, usize>);

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Numbers<K> {
    /// The first of the names with a number, from 2 on, that `claim` finds free; for a name that is taken itself.
    pub(crate) fn free(
        &mut self,
        wanted: K,
        numbered: impl Fn(usize) -> String,
        mut claim: impl FnMut(&str) -> bool,
    ) -> String {
        let number = self.0.entry(wanted).or_insert(2);
        loop {
            let name = numbered(*number);
            *number += 1;
            if claim(&name) {
                return name;
            }
        }
    }
}
