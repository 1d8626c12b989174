//! References to other files: everything becomes one document.
//!
//! What is referred to becomes a component of the document, once, whatever the way to it, or is put in place of the
//! reference if components have no section for it, such as path items. So later stages meet references within the
//! document only. A component that is nothing but a reference to another file is that file's content; other things
//! are named after their last word in their file, or after the file itself ([`naming`]).
//!
//! A file is known by where it is, without links; references start from the file that they are in, or from the URI
//! that it gives itself (`$self`, `$id`). What may be read is [`Access`]'s to say: a definition is anyone's. A
//! reference that leads nowhere, or where it may not, stays as it is, with a warning, so that only what needs it is
//! lost.
//!
//! It goes in three steps: [`collect`] reads all files and finds all targets, [`naming`] names them, [`assemble`] puts
//! them in. A document without such references is not even looked through.

mod access;
mod address;
mod assemble;
mod collect;
#[cfg(feature = "fetch")]
mod fetch;
mod grammar;
mod library;
mod naming;
mod resolve;

pub use self::access::Access;
use self::access::Gate;
use self::assemble::Assembly;
use self::collect::collect;
use self::library::Library;
use super::Document;
use crate::diagnostics::Diagnostics;

impl Document {
    /// Puts everything that the document refers to in other files into its tree, as far as `access` allows.
    ///
    /// What can't be read is reported; the references to it stay as they are.
    pub fn resolve(&mut self, access: &Access, diagnostics: &mut Diagnostics) {
        if !self
            .files
            .iter()
            .any(|file| may_refer_elsewhere(&file.text))
        {
            return;
        }
        let Some(gate) = Gate::new(access, self.path.as_deref()) else {
            return;
        };
        let mut library = Library::new(gate, self, diagnostics);
        let collection = collect(&mut library);
        let names = naming::name(&library, &collection);
        Assembly::new(&mut library, collection, names).run();
    }
}

/// Whether a text may have a reference that does not start with `#`. It takes no parser to rule that out for nearly
/// all documents.
fn may_refer_elsewhere(text: &str) -> bool {
    let finder = memchr::memmem::Finder::new("$ref");
    finder.find_iter(text.as_bytes()).any(|at| {
        let after = text[at + "$ref".len()..]
            .trim_start_matches(['"', '\''])
            .trim_start();
        let value = after.strip_prefix(':').unwrap_or_default().trim_start();
        // A property of this name, or a word in a text, is no reference.
        after.starts_with(':') && !value.trim_start_matches(['"', '\'']).starts_with('#')
    })
}
